package ticket

import (
	"slices"
	"time"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
)

// Status is where a ticket stands; the database constrains it to these words.
type Status string

// The statuses. New is a ticket that nobody has taken up yet.
const (
	StatusNew            Status = "new"
	StatusOpen           Status = "open"
	StatusWaitingCitizen Status = "waiting_citizen"
	StatusWaitingThird   Status = "waiting_third"
	StatusSuspended      Status = "suspended"
	StatusResolved       Status = "resolved"
	StatusClosed         Status = "closed"
)

// Statuses lists every status.
func Statuses() []Status {
	return []Status{
		StatusNew, StatusOpen, StatusWaitingCitizen, StatusWaitingThird, StatusSuspended, StatusResolved, StatusClosed,
	}
}

// Valid tells whether the status exists.
func (s Status) Valid() bool {
	switch s {
	case StatusNew, StatusOpen, StatusWaitingCitizen, StatusWaitingThird, StatusSuspended, StatusResolved, StatusClosed:
		return true
	}
	return false
}

// Open tells whether there is still something to do.
func (s Status) Open() bool { return s.Valid() && s != StatusResolved && s != StatusClosed }

// afterInbound is the status once a person has written in. A suspended ticket stays so: it was put aside for a reason
// that a letter does not remove.
func (s Status) afterInbound() Status {
	switch s {
	case StatusNew, StatusSuspended:
		return s
	}
	return StatusOpen
}

// Priority orders tickets by urgency; the higher the more urgent.
type Priority int16

// The priorities.
const (
	PriorityLow    Priority = 1
	PriorityNormal Priority = 2
	PriorityHigh   Priority = 3
	PriorityUrgent Priority = 4
)

// Valid tells whether the priority exists.
func (p Priority) Valid() bool { return p >= PriorityLow && p <= PriorityUrgent }

// Ticket is one request of a citizen.
type Ticket struct {
	ID       id.Ticket `db:"id"`
	Number   Number    `db:"number"`
	Subject  string    `db:"subject"`
	Status   Status    `db:"status"`
	Priority Priority  `db:"priority"`
	Office   id.Office `db:"office_id"`
	// SharedWith are the offices that have something to do with it without holding it.
	SharedWith []id.Office `db:"shared_with"`
	Assignee   id.Operator `db:"assignee_id"`
	// RequestType is what the request is about, empty while nobody has said.
	RequestType string `db:"request_type"`
	// Standing is what is to be said of the status.
	Standing Standing `db:"standing"`
	// Tags are the town's own words for it, in the order in which they came.
	Tags []id.Tag `db:"tags"`
	// SnoozedUntil is until when it stays out of the lists of work, SnoozedBy who put it aside; a script is nobody.
	SnoozedUntil *time.Time  `db:"snoozed_until"`
	SnoozedBy    id.Operator `db:"snoozed_by"`
	// HeldBy is the office whose stay runs, HeldSince its beginning; nil when the ticket is over or joined to another.
	HeldBy    id.Office  `db:"held_by"`
	HeldSince *time.Time `db:"held_since"`
	// Contact is the requester; unset when nobody knows who wrote.
	Contact  id.Contact `db:"contact_id"`
	Language string     `db:"language"`
	// WaitingSince is since when the citizen waits for the town; nil when it is the citizen's turn.
	WaitingSince *time.Time `db:"waiting_since"`
	// LastMessageAt, LastChannelKind and Preview are those of the last message that a person wrote.
	LastMessageAt   time.Time `db:"last_message_at"`
	LastChannelKind string    `db:"last_channel_kind"`
	Preview         string    `db:"preview"`
	// MessageCount counts messages and notes, those of joined tickets included.
	MessageCount int `db:"message_count"`
	InboundCount int `db:"inbound_count"`
	// SecretVersion is the version of the tracking secret in force.
	SecretVersion int `db:"secret_version"`
	// MergedInto is the ticket this one was joined to.
	MergedInto     id.Ticket `db:"merged_into"`
	RetentionClass string    `db:"retention_class"`
	LegalHold      bool      `db:"legal_hold"`
	// Version rises with every change.
	Version   int64      `db:"version"`
	CreatedAt time.Time  `db:"created_at"`
	UpdatedAt time.Time  `db:"updated_at"`
	ClosedAt  *time.Time `db:"closed_at"`
	// FirstAnsweredAt is when an operator first answered; AnsweredBefore is the same until the writer has settled the clocks.
	FirstAnsweredAt *time.Time `db:"first_answered_at"`
	AnsweredBefore  *time.Time `db:"answered_before"`
	// FirstDueAt, NextDueAt and ResolveDueAt are by when the first answer, the next one and the end are, or were, due.
	FirstDueAt   *time.Time `db:"first_due_at"`
	NextDueAt    *time.Time `db:"next_due_at"`
	ResolveDueAt *time.Time `db:"resolve_due_at"`
	// DueAt is the nearest that runs, WarnedAt since when it is near, BreachedAt since when it is past.
	DueAt      *time.Time `db:"due_at"`
	WarnedAt   *time.Time `db:"warned_at"`
	BreachedAt *time.Time `db:"breached_at"`
	// ClockAt is when something about the clocks is to be recorded next.
	ClockAt *time.Time `db:"clock_at"`
	Clock   Clock      `db:"clock"`
	// waited is since when the citizen had waited for the answer given in this write, replied what is recorded of it.
	waited *time.Time
	// closing: this write closes it.
	closing bool
	// enclosed: this write puts it into this confidential office, or into a conversation that lies there.
	enclosed id.Office
	replied  map[string]string
	// ended is what is recorded of the change that ends the request in this write.
	ended map[string]string
}

// Limits of what a ticket row keeps; what exceeds them is cut, the message itself is kept whole.
const (
	maxSubject = 500
	maxPreview = 140
)

// Columns are what a Ticket is read from by the names of its fields, in queries in which its row is called t.
const Columns = `t.id, t.number, t.subject, t.status, t.priority, t.office_id, t.office_id AS held_by, t.held_since,
	t.shared_with, t.assignee_id, t.contact_id, t.language, t.waiting_since, t.last_message_at, t.last_channel_kind,
	t.preview, t.message_count, t.inbound_count, t.secret_version, t.merged_into, t.retention_class, t.legal_hold, t.version, t.created_at, t.updated_at, t.closed_at,
	t.first_answered_at, t.first_answered_at AS answered_before, t.first_due_at, t.next_due_at, t.resolve_due_at, t.due_at,
	t.warned_at, t.breached_at, t.clock_at, coalesce(t.clock, '{}') AS clock, coalesce(t.request_type, '') AS request_type,
	coalesce(t.standing, '{}') AS standing, coalesce(t.tags, '{}') AS tags, t.snoozed_until, t.snoozed_by`

// within tells whether the ticket is in scope, as inScope does in SQL.
func (t *Ticket) within(scope account.Scope) bool {
	return scope.Covers(t.Office) || slices.ContainsFunc(t.SharedWith, scope.CoversShare)
}

// missing says why a locked ticket, nil when there is none, is out of scope.
func (t *Ticket) missing(scope account.Scope) error {
	absent := fault.NotFound("no such ticket")
	return scope.Missing(absent, func(sight account.Scope) error {
		if t == nil || !t.within(sight) {
			return absent
		}
		return nil
	})
}

// typed is the request type as the row keeps it.
func (t *Ticket) typed() *string {
	if t.RequestType == "" {
		return nil
	}
	return &t.RequestType
}

// setStatus changes the status and what hangs on it: a ticket that is over has nobody waiting, and what was said of the
// status before it is no longer so.
func (t *Ticket) setStatus(s Status, at time.Time) {
	if t.Status.Open() && !s.Open() {
		t.ClosedAt, t.closing = &at, true
		t.WaitingSince = nil
		t.wake()
	}
	if s.Open() {
		t.ClosedAt = nil
	}
	if s != t.Status {
		t.Standing = Standing{}
	}
	t.Status = s
}
