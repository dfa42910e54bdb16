package report_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/ticket"
)

// clocks are what a lifetime needs to have deadlines.
type clocks struct {
	// waiting is since when the citizen waits.
	waiting  time.Time
	answered bool
	pauses   []ticket.Pause
	noted    []noted
}

type noted struct {
	target ticket.Target
	due    time.Time
}

// promise sets terms of all units, for all, for a type, for an office, and for both.
func (m *month) promise(t testing.TB) {
	ctx, store := t.Context(), office.NewStore()
	worked := func(n int, unit office.TermUnit) *office.Term {
		return &office.Term{Amount: n, Unit: unit, Worked: true}
	}
	plain := func(n int, unit office.TermUnit) *office.Term { return &office.Term{Amount: n, Unit: unit} }
	require.NoError(t, store.PutTerms(ctx, m.db, []office.TermPolicy{
		{First: worked(4, office.InHours), Next: worked(2, office.InDays), Resolve: plain(5, office.InDays), WarnPercent: 75},
		{TermKey: office.TermKey{Type: "payment"}, First: plain(90, office.InMinutes), Resolve: worked(3, office.InDays), WarnPercent: 75},
		{TermKey: office.TermKey{Office: m.offices[5]}, Next: worked(6, office.InHours), Resolve: worked(30, office.InHours), WarnPercent: 75},
		{TermKey: office.TermKey{Office: m.offices[1], Type: "payment"}, First: worked(1, office.InDays), Resolve: worked(12, office.InHours), WarnPercent: 75},
	}))
	var err error
	m.terms, err = store.Terms(ctx, m.db)
	require.NoError(t, err)
}

func (m *month) due(l *lifetime, target ticket.Target, since time.Time, pauses []ticket.Pause) *time.Time {
	policy, calendar := m.terms.For(office.TermKey{Office: l.office, Type: l.request})
	return ticket.Deadline(target, &policy, calendar, since, pauses)
}

func (m *month) receive(l *lifetime, channel string) {
	m.message(l, ticket.DirectionInbound, channel)
	if l.waiting.IsZero() {
		l.waiting = l.at
	}
}

// replied is an answer, and what it changed.
type replied struct {
	message int
	since   time.Time
	first   bool
}

func (m *month) reply(l *lifetime) replied {
	id := m.message(l, ticket.DirectionOutbound, "email")
	params := map[string]string{"message": id.String()}
	r := replied{len(m.messages) - 1, l.waiting, !l.answered}
	if !l.waiting.IsZero() {
		target := ticket.TargetNext
		if r.first {
			target = ticket.TargetFirst
		}
		params["since"] = l.waiting.UTC().Format(time.RFC3339Nano)
		if due := m.due(l, target, l.waiting, ticket.Paused(l.pauses, ticket.StatusOpen, l.at)); due != nil {
			params["target"], params["due"] = string(target), due.UTC().Format(time.RFC3339Nano)
		}
	}
	l.waiting, l.answered = time.Time{}, true
	m.set(l, ticket.EventReplied, []ticket.Status{ticket.StatusWaitingCitizen, ticket.StatusWaitingCitizen, ticket.StatusResolved}[m.rng.IntN(3)], params)
	return r
}

// callBack takes a reply back before it leaves.
func (m *month) callBack(l *lifetime, r replied) {
	if l.at = l.at.Add(5 * time.Second); !l.at.Before(m.now) {
		l.at = l.at.Add(-5 * time.Second)
		return
	}
	row := m.messages[r.message]
	row[7] = l.at
	l.waiting, l.answered = r.since, !r.first
	m.set(l, ticket.EventWithdrawn, ticket.StatusOpen, map[string]string{"message": row[0].(uuid.UUID).String()})
}

// stop is what a change of status does to the clocks.
func (m *month) stop(l *lifetime, to ticket.Status, params map[string]string) {
	l.pauses = ticket.Paused(l.pauses, to, l.at)
	if !l.status.Open() || to.Open() {
		return
	}
	l.waiting = time.Time{}
	if due := m.due(l, ticket.TargetResolve, l.created, l.pauses); due != nil {
		params["resolve_due"] = due.UTC().Format(time.RFC3339Nano)
	}
}

// lapse puts on record which deadlines are missed until a time.
func (m *month) lapse(l *lifetime, until time.Time) {
	if l.joined {
		return
	}
	now := l.at
	answers := l.status.Open() && l.status != ticket.StatusWaitingCitizen && !l.waiting.IsZero()
	var late []noted
	for target, runs := range map[ticket.Target]bool{
		ticket.TargetFirst: answers && !l.answered, ticket.TargetNext: answers && l.answered,
		ticket.TargetResolve: l.status == ticket.StatusNew || l.status == ticket.StatusOpen,
	} {
		since := l.waiting
		if target == ticket.TargetResolve {
			since = l.created
		}
		if !runs {
			continue
		}
		n := noted{target: target}
		if due := m.due(l, target, since, l.pauses); due != nil {
			n.due = due.UTC()
		}
		if !n.due.IsZero() && !n.due.After(until) && !slices.Contains(l.noted, n) {
			late = append(late, n)
		}
	}
	slices.SortFunc(late, func(a, b noted) int { return a.due.Compare(b.due) })
	for _, n := range late {
		if l.at = now; n.due.After(now) {
			l.at = n.due
		}
		l.noted = append(l.noted, n)
		m.event(l, ticket.EventDeadlineMissed, map[string]string{"target": string(n.target), "due": n.due.Format(time.RFC3339Nano)})
	}
	l.at = now
}
