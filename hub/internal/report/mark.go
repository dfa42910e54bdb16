package report

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/ticket"
)

// Kind is what counts in the life of a ticket.
type Kind string

// The kinds. A ticket is answered once, when an operator first writes to the citizen; it may be resolved several times,
// with reopened in between. Joined and parted are its leaving into another ticket and its return; came and went are its
// way from office to office.
const (
	Received Kind = "received"
	Answered Kind = "answered"
	Resolved Kind = "resolved"
	Reopened Kind = "reopened"
	Joined   Kind = "joined"
	Parted   Kind = "parted"
	Came     Kind = "came"
	Went     Kind = "went"
)

// met and missed are the kinds of a term's two ends.
func met(of ticket.Target) Kind    { return Kind(of) + "_met" }
func missed(of ticket.Target) Kind { return Kind(of) + "_missed" }

// mark is one thing that counts. Times are in seconds: worked and elapsed since the request came or was opened again,
// stayed in the office that it leaves (noStay when it ends none), rest until the end of the day.
type mark struct {
	kind       Kind
	at         int64 // in microseconds since 1970, so that marks can be compared
	day        office.Date
	office     id.Office
	channel    string
	request    string
	worked     int32
	elapsed    int32
	stayed     int32
	rest       int32
	firstLevel bool
}

const noStay = -1

// history is what marks are made from.
type history struct {
	ticket  id.Ticket
	created time.Time
	office  id.Office
	channel string
	request string
	events  []ticket.Event
	// answered is when an operator first wrote to the citizen; the unset time when nobody has.
	answered time.Time
}

// rules are what marks depend on beside the ticket.
type rules struct {
	calendars  *office.Calendars
	zone       *time.Location
	firstLevel map[id.Office]bool
}

// marks of a ticket, oldest first; none of one that the hub closed in the moment it came.
func (r *rules) marks(h *history) ([]mark, error) {
	course, err := ticket.Course(h.events, h.office)
	if err != nil {
		return nil, fmt.Errorf("reading the course of a ticket: %w", err)
	}
	if len(course) == 0 || closedByItself(h.events) {
		return nil, nil
	}
	l := &life{rules: r, history: h}
	l.begin(course[0])
	for _, s := range course[1:] {
		l.step(s)
	}
	l.answer(course)
	for _, v := range verdicts(h.events, course) {
		l.add(mark{kind: v.kind, office: v.office, stayed: noStay}, v.at)
	}
	slices.SortFunc(l.marks, inOrder)
	return l.marks, nil
}

// inOrder puts marks in an order that depends on nothing but them.
func inOrder(a, b mark) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.kind, b.kind), bytes.Compare(a.office.UUID[:], b.office.UUID[:]))
}

// closedByItself tells of mail that nobody has to work on: it is no request.
func closedByItself(events []ticket.Event) bool {
	opened := events[0]
	return slices.ContainsFunc(events[1:], func(e ticket.Event) bool {
		to := ticket.Status(e.Params["to"])
		return e.At.Equal(opened.At) && e.ActorKind == "system" && e.Type == ticket.EventStatusChanged && to.Valid() && !to.Open()
	})
}

// life follows a ticket through its course.
type life struct {
	*rules
	*history

	now ticket.Step
	// since is when its office began to hold it, begun when it came or was opened again, spent the working time from
	// then until it came to its office.
	since, begun time.Time
	spent        time.Duration
	// passed are the working stretches so far, for the first answer.
	passed []stretch
	// away tells that it has been at an office that is not of the first level.
	away  bool
	marks []mark
}

// stretch is a time at one office.
type stretch struct {
	office   id.Office
	from, to time.Time
}

func (l *life) begin(s ticket.Step) {
	l.now, l.since, l.begun = s, s.At, s.At
	if l.created.Before(s.At) {
		l.begun = l.created
	}
	l.spent = l.worked(s.Office, l.begun, s.At)
	if l.begun.Before(s.At) {
		l.passed = append(l.passed, stretch{s.Office, l.begun, s.At})
	}
	l.arrive(Received, s)
}

func (l *life) step(s ticket.Step) {
	was := l.now
	l.now = s
	switch {
	case was.Held() && s.Held() && was.Office == s.Office, !was.Held() && !s.Held():
	case was.Held() && s.Held():
		l.leave(Went, was.Office, s.At)
		l.arrive(Came, s)
	case was.Held() && s.Joined:
		l.leave(Joined, was.Office, s.At)
	case was.Held():
		l.leave(Resolved, was.Office, s.At)
	default:
		kind := Reopened
		if was.Joined {
			kind = Parted
		}
		l.begun, l.spent = s.At, 0
		l.arrive(kind, s)
	}
}

func (l *life) arrive(kind Kind, s ticket.Step) {
	l.since = s.At
	l.away = l.away || !l.firstLevel[s.Office]
	l.add(mark{kind: kind, office: s.Office, stayed: noStay}, s.At)
}

// leave ends a stay. An office that is left and closed at one event held it until then.
func (l *life) leave(kind Kind, from id.Office, at time.Time) {
	stay := l.worked(from, l.since, at)
	l.spent += stay
	l.passed = append(l.passed, stretch{from, l.since, at})
	m := mark{kind: kind, office: from, stayed: seconds(stay)}
	if !at.After(l.since) {
		m.stayed = noStay
	}
	if kind == Resolved {
		m.worked, m.elapsed, m.firstLevel = seconds(l.spent), seconds(at.Sub(l.begun)), !l.away
	}
	l.add(m, at)
}

// answer marks the first answer, at the office that had the ticket then.
func (l *life) answer(course []ticket.Step) {
	if l.answered.IsZero() {
		return
	}
	at, by := l.answered, course[0].Office
	for _, s := range course {
		if !s.At.After(at) {
			by = s.Office
		}
	}
	if l.now.Held() {
		l.passed = append(l.passed, stretch{l.now.Office, l.since, at})
	}
	var worked time.Duration
	for _, p := range l.passed {
		if p.to.After(at) {
			p.to = at
		}
		worked += l.worked(p.office, p.from, p.to)
	}
	l.add(mark{kind: Answered, office: by, stayed: noStay, worked: seconds(worked), elapsed: seconds(at.Sub(l.created))}, at)
}

func (l *life) add(m mark, at time.Time) {
	local := at.In(l.zone)
	m.at, m.day, m.channel, m.request = at.UnixMicro(), office.DateOf(local), l.channel, l.request
	m.rest = seconds(l.worked(m.office, at, midnight(m.day, l.zone, 1)))
	l.marks = append(l.marks, m)
}

func (l *life) worked(o id.Office, from, to time.Time) time.Duration {
	return l.calendars.For(o).Between(from, to)
}

// midnight is when a day begins on the town's clocks; days later, that one.
func midnight(d office.Date, zone *time.Location, days int) time.Time {
	return time.Date(d.Year, d.Month, d.Day+days, 0, 0, 0, 0, zone)
}

// seconds is never negative: two hubs' clocks may differ by a little.
func seconds(d time.Duration) int32 { return int32(max(d, 0) / time.Second) }
