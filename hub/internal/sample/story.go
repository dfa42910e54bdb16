package sample

import (
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/ticket"
)

// story is the life of one ticket.
type story struct {
	id       uuid.UUID
	number   ticket.Number
	desk     *desk
	way      *way
	assignee uuid.UUID
	status   ticket.Status
	// letter is the matter, person who wrote first.
	letter  *pastLetter
	person  int
	opened  time.Time
	taken   time.Time
	turns   []turn
	closed  time.Time
	waiting time.Time
	trouble string
}

// turn is a message of a story.
type turn struct {
	id        uuid.UUID
	direction ticket.Direction
	at        time.Time
	author    uuid.UUID
	text      int
	// transmission and delivery exist where it left.
	transmission, delivery uuid.UUID
}

// turnCounts are the messages of ten tickets in a row, in an order that differs from ten to ten.
var turnCounts = [10]int{1, 8, 3, 4, 10, 2, 5, 7, 4, 6}

func (s *stories) story(i int) *story {
	rng := rand.New(rand.NewPCG(s.seed, uint64(i)))
	opened := s.opened(i)
	t := &story{number: s.numberOf(i, opened.Year()), opened: opened}
	t.id = seededID(opened, rng)
	t.desk = pickDesk(s.town.offices, rng)
	t.way = pickWay(s.town.ways, t.desk.slug, rng)
	t.letter = s.texts.letter(t.desk.matters, rng)
	// Few write often, most once or twice.
	share := rng.Float64()
	t.person = int(share * share * float64(s.people))
	t.status = statusAt(s.now.Sub(opened), rng)
	count := turnCounts[(i%10+int(s.seed)+i/10*3)%10]
	if count == 1 && (t.status == ticket.StatusWaitingCitizen || t.status == ticket.StatusWaitingThird) {
		t.status = ticket.StatusOpen
	}
	t.assign(rng)
	s.converse(t, count, rng)
	s.conclude(t, rng)
	return t
}

func pickDesk(desks []desk, rng *rand.Rand) *desk {
	left := rng.IntN(100)
	for i := range desks {
		if left -= desks[i].share; left < 0 {
			return &desks[i]
		}
	}
	return &desks[0]
}

// pickWay leaves the mailbox of another office aside.
func pickWay(ways []way, slug string, rng *rand.Rand) *way {
	left := rng.IntN(100)
	for i := range ways {
		if left -= ways[i].share; left < 0 {
			if w := &ways[i]; w.of == "" || w.of == slug {
				return w
			}
			break
		}
	}
	return &ways[0]
}

// statusAt is how far a ticket of that age has come: most are over within weeks, a few are never looked at again.
func statusAt(age time.Duration, rng *rand.Rand) ticket.Status {
	const day = 24 * time.Hour
	open := 0.007
	switch {
	case age < 2*day:
		open = 0.8
	case age < 7*day:
		open = 0.5
	case age < 30*day:
		open = 0.15
	case age < 90*day:
		open = 0.05
	}
	if rng.Float64() >= open {
		if age < 30*day || rng.IntN(20) == 0 {
			return ticket.StatusResolved
		}
		return ticket.StatusClosed
	}
	part := rng.IntN(100)
	switch {
	case part < 25 && age < 30*day:
		return ticket.StatusNew
	case part < 55:
		return ticket.StatusOpen
	case part < 80:
		return ticket.StatusWaitingCitizen
	case part < 92:
		return ticket.StatusWaitingThird
	}
	return ticket.StatusSuspended
}

func (t *story) assign(rng *rand.Rand) {
	chance := 97
	switch t.status {
	case ticket.StatusNew:
		chance = 4
	case ticket.StatusOpen:
		chance = 85
	}
	if rng.IntN(100) < chance && len(t.desk.operators) > 0 {
		t.assignee = t.desk.operators[rng.IntN(len(t.desk.operators))]
	}
}

// converse writes the turns, none of them in the future.
func (s *stories) converse(t *story, count int, rng *rand.Rand) {
	t.turns = make([]turn, count)
	at := t.opened
	step := min(20*time.Hour, max(s.now.Sub(t.opened)/time.Duration(2*count), 2*time.Millisecond))
	for k := range t.turns {
		if k > 0 {
			at = at.Add(time.Millisecond + time.Duration(rng.Int64N(int64(step)))).Truncate(time.Millisecond)
		}
		u := &t.turns[k]
		u.at, u.text, u.direction = at, rng.IntN(1<<20), t.direction(k, count, rng)
		u.id = seededID(at, rng)
		if u.direction == ticket.DirectionInbound {
			continue
		}
		u.author = t.assignee
		if u.author == uuid.Nil && len(t.desk.operators) > 0 {
			u.author = t.desk.operators[rng.IntN(len(t.desk.operators))]
		}
		if u.direction == ticket.DirectionOutbound {
			u.transmission, u.delivery = seededID(at, rng), seededID(at, rng)
		}
	}
	t.taken = t.opened.Add(time.Duration(rng.Int64N(int64(step)))).Truncate(time.Millisecond)
}

// direction is who speaks at turn k: first the citizen, at the end whoever the status says.
func (t *story) direction(k, count int, rng *rand.Rand) ticket.Direction {
	last := k == count-1
	switch {
	case k == 0:
		return ticket.DirectionInbound
	case t.status == ticket.StatusNew:
		if rng.IntN(3) == 0 {
			return ticket.DirectionNote
		}
		return ticket.DirectionInbound
	case last && t.status == ticket.StatusOpen:
		return ticket.DirectionInbound
	case last && t.status == ticket.StatusWaitingThird:
		return ticket.DirectionNote
	case last && rng.IntN(4) > 0, last && t.status == ticket.StatusWaitingCitizen:
		return ticket.DirectionOutbound
	case rng.IntN(5) == 0:
		return ticket.DirectionNote
	case t.turns[k-1].direction == ticket.DirectionInbound:
		return ticket.DirectionOutbound
	}
	return ticket.DirectionInbound
}

// conclude derives the clocks from the turns.
func (s *stories) conclude(t *story, rng *rand.Rand) {
	for _, u := range t.turns {
		switch u.direction {
		case ticket.DirectionInbound:
			if t.waiting.IsZero() {
				t.waiting = u.at
			}
		case ticket.DirectionOutbound:
			t.waiting = time.Time{}
		}
	}
	last := t.turns[len(t.turns)-1]
	if t.status.Open() {
		// One answer in two hundred of those not long ago did not arrive, and nobody has decided yet.
		if s.now.Sub(last.at) < 60*24*time.Hour && last.delivery != uuid.Nil && rng.IntN(200) == 0 {
			t.trouble = []string{"failed", "uncertain"}[rng.IntN(2)]
		}
		return
	}
	t.waiting = time.Time{}
	t.closed = last.at.Add(time.Duration(rng.Int64N(int64(max(min(48*time.Hour, s.now.Sub(last.at)), 2))))).Truncate(time.Millisecond)
}
