package ticket

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Leave is why an office no longer holds a ticket.
type Leave string

// The ways in which a stay ends.
const (
	LeaveTransferred Leave = "transferred"
	LeaveEnded       Leave = "ended"
	LeaveJoined      Leave = "joined"
)

// Stay is an interval during which an office held a ticket: from its arrival there, or its opening again, until it went
// to another office, was over, or became part of another ticket.
type Stay struct {
	Office id.Office `db:"office_id"`
	// OfficeName is filled in where stays are read.
	OfficeName string    `db:"office_name"`
	From       time.Time `db:"began_at"`
	// To is nil, and Reason empty, while the office still holds the ticket.
	To     *time.Time `db:"ended_at"`
	Reason Leave      `db:"reason"`
}

// holding is what decides which office holds a ticket, and since when. A stay that lasted no time is none.
type holding struct {
	office id.Office
	since  *time.Time
}

// turn goes on to what the ticket is at a time, and gives the stay that ended by it.
func (h *holding) turn(office id.Office, status Status, joined bool, at time.Time) (ended *Stay) {
	held := status.Open() && !joined
	if h.since != nil {
		if held && office == h.office {
			return nil
		}
		// Two hubs' clocks may differ by a little: what ends does not end before it began.
		if at.Before(*h.since) {
			at = *h.since
		}
		if at.After(*h.since) {
			ended = &Stay{Office: h.office, From: *h.since, To: &at, Reason: LeaveTransferred}
		}
		switch {
		case ended == nil || office != h.office:
		case joined:
			ended.Reason = LeaveJoined
		case !status.Open():
			ended.Reason = LeaveEnded
		}
		h.since = nil
	}
	if h.office = office; held {
		h.since = &at
	}
	return ended
}

// settleStays writes down the stays that end with what is written; a ticket just opened has had none.
func (w *writer) settleStays() {
	for _, list := range [][]*Ticket{w.opened, w.changed} {
		for _, t := range list {
			h := holding{office: t.HeldBy, since: t.HeldSince}
			if s := h.turn(t.Office, t.Status, !t.MergedInto.IsZero(), w.now); s != nil {
				w.stays.Add(uuid.Must(uuid.NewV7()), t.ID, s.Office, s.From, *s.To, s.Reason)
			}
			t.HeldBy, t.HeldSince = h.office, h.since
		}
	}
}

// Stays reads which offices held a ticket, oldest first; the one that holds it comes last.
func (s *Store) Stays(ctx context.Context, db postgres.Querier, scope account.Scope, ticket id.Ticket) ([]Stay, error) {
	t, err := s.Exact(ctx, db, scope, ticket)
	if err != nil {
		return nil, err
	}
	const query = `
		SELECT s.office_id, o.name AS office_name, s.began_at, s.ended_at, s.reason
		FROM stay s JOIN office o ON o.id = s.office_id WHERE s.ticket_id = $1
		UNION ALL
		SELECT t.office_id, o.name, t.held_since, NULL, ''
		FROM ticket t JOIN office o ON o.id = t.office_id WHERE t.id = $1 AND t.held_since IS NOT NULL
		ORDER BY began_at`
	rows, err := db.Query(ctx, query, t.ID)
	if err != nil {
		return nil, fmt.Errorf("reading a ticket's stays: %w", err)
	}
	stays, err := pgx.CollectRows(rows, pgx.RowToStructByName[Stay])
	if err != nil {
		return nil, fmt.Errorf("reading a ticket's stays: %w", err)
	}
	return stays, nil
}

// RecomputeStays finds the stays of a ticket from its events alone, in their order, and from the office that has it last:
// what is stored must be equal to it.
func RecomputeStays(events []Event, last id.Office) ([]Stay, error) {
	course, err := Course(events, last)
	if err != nil {
		return nil, err
	}
	h, stays := holding{}, []Stay{}
	for i, s := range course {
		if i == 0 {
			h.office = s.Office
		}
		if ended := h.turn(s.Office, s.Status, s.Joined, s.At); ended != nil {
			stays = append(stays, *ended)
		}
	}
	if h.since != nil {
		stays = append(stays, Stay{Office: h.office, From: *h.since})
	}
	return stays, nil
}

// Step is what a ticket was from one event on.
type Step struct {
	At     time.Time
	Office id.Office
	Status Status
	Joined bool
}

// Held tells whether its office had something to do.
func (s Step) Held() bool { return s.Status.Open() && !s.Joined }

// Course is what a ticket was from each of its events on, in their order; last is the office that has it.
func Course(events []Event, last id.Office) ([]Step, error) {
	first, err := firstOffice(events, last)
	if err != nil {
		return nil, err
	}
	now, course := Step{Office: first}, make([]Step, len(events))
	for i, e := range events {
		now.At = e.At
		switch e.Type {
		case EventOpened:
			now.Status = StatusNew
		case EventOfficeChanged:
			if now.Office, err = id.Parse[id.Office](e.Params["to"]); err != nil {
				return nil, fmt.Errorf("reading a change of office: %w", err)
			}
		case EventJoinedTo:
			now.Joined = true
		case EventUnjoined:
			now.Joined = false
		}
		if to := Status(e.Params["to"]); to.Valid() && e.Type.setsStatus() {
			now.Status = to
		}
		course[i] = now
	}
	return course, nil
}

// setsStatus tells whether an event of this type names the status it leads to.
func (e EventType) setsStatus() bool {
	switch e {
	case EventStatusChanged, EventReopened, EventReplied, EventWithdrawn, EventJoined:
		return true
	}
	return false
}

// firstOffice is where a ticket began: the event that opened it does not say.
func firstOffice(events []Event, last id.Office) (id.Office, error) {
	for _, e := range events {
		if e.Type == EventOfficeChanged {
			o, err := id.Parse[id.Office](e.Params["from"])
			if err != nil {
				return o, fmt.Errorf("reading a change of office: %w", err)
			}
			return o, nil
		}
	}
	return last, nil
}
