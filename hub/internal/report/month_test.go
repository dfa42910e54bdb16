package report_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// month is a town of 20 offices and the tickets of one month, in which the clocks change and Easter Monday is a
// holiday: arrivals, answers, some of them called back, deadlines, transfers, ends, letters that open again, joins and their undoing.
type month struct {
	db      *pgxpool.Pool
	rng     *rand.Rand
	first   time.Time
	now     time.Time
	offices []id.Office
	made    uint64

	terms *office.Terms

	tickets, events, messages, stays [][]any
}

// lifetime is one of its tickets.
type lifetime struct {
	id      uuid.UUID
	office  id.Office
	status  ticket.Status
	joined  bool
	at      time.Time
	created time.Time
	held    time.Time
	channel string
	request string

	clocks
}

const monthOffices = 20

// firstLevel are the first of the offices, in which somebody of that role works.
const firstLevel = 3

func newMonth(t testing.TB, db *pgxpool.Pool, tickets int) *month {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Rome")
	require.NoError(t, err)
	m := &month{
		db: db, rng: rand.New(rand.NewPCG(41, 3)),
		first: time.Date(2026, 3, 15, 0, 0, 0, 0, zone), now: time.Date(2026, 4, 14, 11, 17, 23, 0, zone),
	}
	m.raise(t, zone)
	m.promise(t)
	for range tickets {
		m.live()
	}
	m.write(t)
	return m
}

// raise makes the offices: most work as the town does, every fourth at weekends and at night, every fifth all the time
// with days of its own on which it is closed.
func (m *month) raise(t testing.TB, zone *time.Location) {
	ctx, store := t.Context(), office.NewStore()
	require.NoError(t, store.PutTown(ctx, m.db, office.Town{Name: "Valdoria", Zone: zone}))
	require.NoError(t, store.PutTownCalendar(ctx, m.db, office.TownCalendar{
		Hours:    append(hours("09:00", "13:00", "monday", "tuesday", "wednesday", "thursday", "friday"), hours("14:30", "17:00", "tuesday", "thursday")...),
		Holidays: true, Patron: "03-19", Closures: []office.ClosingDays{{From: "2026-04-03", Reason: "Venerdì santo"}},
	}))
	for n := range monthOffices {
		o, err := store.Add(ctx, m.db, office.Office{Slug: fmt.Sprintf("u%d", n), Name: fmt.Sprintf("Ufficio %d", n)})
		require.NoError(t, err)
		m.offices = append(m.offices, o)
		own := office.OwnCalendar{Office: o}
		switch {
		case n%5 == 4:
			own.Hours = hours("00:00", "24:00", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
			own.Closures = []office.ClosingDays{{From: "2026-03-24", To: "2026-03-25"}}
		case n%4 == 3:
			own.Hours = append(hours("01:30", "04:10", "saturday", "sunday"), hours("20:00", "23:59", "friday", "saturday", "sunday")...)
		}
		require.NoError(t, store.PutOfficeCalendar(ctx, m.db, own))
	}
	for n := range firstLevel {
		_, err := m.db.Exec(ctx, `WITH o AS (INSERT INTO operator (id, login, name, role) VALUES ($1, $2, $2, 'first_level'))
			INSERT INTO office_member (office_id, operator_id) VALUES ($3, $1)`, id.New[id.Operator](), fmt.Sprintf("op%d", n), m.offices[n])
		require.NoError(t, err)
	}
}

func hours(from, to string, days ...string) []office.Hours {
	var list []office.Hours
	for _, d := range days {
		list = append(list, office.Hours{Day: d, From: from, To: to})
	}
	return list
}

// live leads one ticket from its arrival until now, or until nothing happens any more.
func (m *month) live() {
	span := int(m.now.Sub(m.first) / time.Second)
	at := m.first.Add(time.Duration(m.rng.IntN(span)) * time.Second)
	if m.rng.IntN(20) == 0 {
		// The night in which an hour is missing.
		at = time.Date(2026, 3, 29, 0, 0, 0, 0, m.first.Location()).Add(time.Duration(m.rng.IntN(6*3600)) * time.Second)
	}
	l := &lifetime{
		id: m.id(at), office: m.offices[m.rng.IntN(m.rng.IntN(monthOffices)+1)], status: ticket.StatusNew,
		at: at, created: at, held: at, channel: []string{"email", "email", "webform", "sms", ""}[m.rng.IntN(5)],
		request: []string{"", "report", "payment"}[m.rng.IntN(3)],
	}
	m.event(l, ticket.EventOpened, nil)
	if l.channel != "" {
		m.receive(l, l.channel)
	}
	if m.rng.IntN(50) == 0 {
		m.set(l, ticket.EventStatusChanged, ticket.StatusResolved) // a call answered on the spot
	}
	for m.pass(l) {
		m.act(l)
	}
	m.lapse(l, m.now)
	m.rest(l)
}

// pass lets some time go by; false when it is over now.
func (m *month) pass(l *lifetime) bool {
	if m.rng.IntN(6) == 0 {
		return false
	}
	wait := 1 + m.rng.IntN([]int{600, 6 * 3600, 3 * 86400}[m.rng.IntN(3)])
	next := l.at.Add(time.Duration(wait) * time.Second)
	if !next.Before(m.now) {
		return false
	}
	m.lapse(l, next)
	l.at = next
	return true
}

func (m *month) act(l *lifetime) {
	if l.joined {
		if m.rng.IntN(2) == 0 {
			l.joined = false
			m.event(l, ticket.EventUnjoined, map[string]string{"number": "x"})
			m.hold(l)
		}
		return
	}
	switch m.rng.IntN(10) {
	case 0, 1, 2:
		m.reply(l)
	case 3, 4:
		m.receive(l, "sms")
		kind := ticket.EventStatusChanged
		if !l.status.Open() {
			kind = ticket.EventReopened
		}
		m.set(l, kind, ticket.StatusOpen)
	case 5:
		if l.status.Open() {
			m.hand(l, m.offices[m.rng.IntN(monthOffices)])
		}
	case 6, 7:
		m.set(l, ticket.EventStatusChanged, []ticket.Status{ticket.StatusResolved, ticket.StatusClosed, ticket.StatusSuspended}[m.rng.IntN(3)])
	case 8:
		m.callBack(l, m.reply(l))
	case 9:
		m.event(l, ticket.EventSubjectChanged, map[string]string{"from": "open", "to": "closed"})
		if m.rng.IntN(4) == 0 {
			m.leave(l, ticket.LeaveJoined)
			l.joined = true
			m.event(l, ticket.EventJoinedTo, map[string]string{"number": "x"})
		}
	}
}

func (m *month) hand(l *lifetime, to id.Office) {
	if to == l.office {
		return
	}
	m.leave(l, ticket.LeaveTransferred)
	m.event(l, ticket.EventOfficeChanged, map[string]string{"from": l.office.String(), "to": to.String()})
	l.office = to
	m.hold(l)
}

func (m *month) set(l *lifetime, kind ticket.EventType, to ticket.Status, more ...map[string]string) {
	params := map[string]string{"from": string(l.status), "to": string(to)}
	for _, each := range more {
		maps.Copy(params, each)
	}
	m.stop(l, to, params)
	m.event(l, kind, params)
	if l.status.Open() && !to.Open() {
		m.leave(l, ticket.LeaveEnded)
	}
	was := l.status
	l.status = to
	if !was.Open() {
		m.hold(l)
	}
}

// hold begins a stay where there is none.
func (m *month) hold(l *lifetime) {
	if l.held.IsZero() && l.status.Open() && !l.joined {
		l.held = l.at
	}
}

func (m *month) leave(l *lifetime, why ticket.Leave) {
	if l.held.IsZero() {
		return
	}
	if l.at.After(l.held) {
		m.stays = append(m.stays, []any{m.id(l.at), l.id, l.office.UUID, l.held, l.at, string(why)})
	}
	l.held = time.Time{}
}

// id is one of a thing made at that time, after those made before: ids tell which events are new.
func (m *month) id(at time.Time) (u uuid.UUID) {
	m.made++
	binary.BigEndian.PutUint64(u[:8], uint64(at.UnixMilli())<<16|0x7000)
	binary.BigEndian.PutUint64(u[8:], 1<<63|m.made)
	return u
}

func (m *month) event(l *lifetime, kind ticket.EventType, params map[string]string) {
	if params == nil {
		params = map[string]string{}
	}
	m.events = append(m.events, []any{m.id(l.at), l.id, string(kind), params, "operator", l.at})
}

func (m *month) message(l *lifetime, direction ticket.Direction, channel string) uuid.UUID {
	u, origin := m.id(l.at), "citizen"
	if direction == ticket.DirectionOutbound {
		if origin = "operator"; m.rng.IntN(5) == 0 {
			m.messages = append(m.messages, []any{m.id(l.at), l.id, "outbound", "automatic", channel, "human", l.at.Add(-time.Second), nil})
		}
	}
	m.messages = append(m.messages, []any{u, l.id, string(direction), origin, channel, "human", l.at, nil})
	return u
}

// rest makes the ticket's row.
func (m *month) rest(l *lifetime) {
	var held *time.Time
	if !l.held.IsZero() {
		held = &l.held
	}
	var request *string
	if l.request != "" {
		request = &l.request
	}
	m.tickets = append(m.tickets, []any{
		l.id, string(ticket.FormatNumber(2026, int64(len(m.tickets)+1))), string(l.status), l.office.UUID, l.at, held, l.created, l.at, request,
	})
}

// write copies everything; what points elsewhere is not checked, since nothing here depends on it.
func (m *month) write(t testing.TB) {
	require.NoError(t, postgres.InTx(t.Context(), m.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `SET LOCAL session_replication_role = replica`); err != nil {
			return err
		}
		for _, c := range []struct {
			table   string
			columns []string
			rows    [][]any
		}{
			{"ticket", []string{"id", "number", "status", "office_id", "last_message_at", "held_since", "created_at", "updated_at", "request_type"}, m.tickets},
			{"ticket_event", []string{"id", "ticket_id", "type", "params", "actor_kind", "at"}, m.events},
			{"message", []string{"id", "ticket_id", "direction", "origin", "channel_kind", "class", "created_at", "cancelled_at"}, m.messages},
			{"stay", []string{"id", "ticket_id", "office_id", "began_at", "ended_at", "reason"}, m.stays},
		} {
			if _, err := tx.CopyFrom(t.Context(), pgx.Identifier{c.table}, c.columns, pgx.CopyFromRows(c.rows)); err != nil {
				return err
			}
		}
		return nil
	}))
	m.tickets, m.events, m.messages, m.stays = nil, nil, nil, nil
	_, err := m.db.Exec(t.Context(), `ANALYZE ticket, ticket_event, message, stay`)
	require.NoError(t, err)
}
