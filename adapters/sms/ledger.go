package sms

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"time"

	"sportello.dev/adapters/internal/smpp"
)

const (
	// maxOpen bounds how many messages the position names, about 40 bytes each.
	maxOpen = 500
	// manyOpen is when the ledger is cleared without waiting for its time: it travels with every event.
	manyOpen = 64
	// openFor is how long the centre may take to repeat a message whose answer it did not get.
	openFor = 24 * time.Hour
)

// ledger knows the messages that were handed to the hub and of which it is not certain that the centre has our answer.
// The protocol gives messages no name: a repetition has the same bytes, and so has the same text written twice. What is
// in the ledger and comes again on another session is a repetition; all else is a new message.
type ledger struct {
	mu sync.Mutex
	// count numbers the events of the channel: together with the bytes it names them.
	count uint64
	open  []*entry
}

// entry is one message in the ledger.
type entry struct {
	hash string
	at   time.Time
	// session by which it came last; nil for one from the position at the start.
	session *smpp.Session
	// requests wait for the answer.
	requests   []*incoming
	committed  bool
	answeredAt time.Time
}

// position is the ledger as it travels with each event.
type position struct {
	Count uint64 `json:"n"`
	Open  []mark `json:"open,omitempty"`
}

type mark struct {
	Hash string `json:"h"`
	At   int64  `json:"t"`
}

// newLedger reads a position; one that is not readable counts as none.
func newLedger(cursor []byte) *ledger {
	var p position
	if json.Unmarshal(cursor, &p) != nil {
		p = position{}
	}
	g := &ledger{count: p.Count}
	for _, m := range p.Open {
		g.open = append(g.open, &entry{hash: m.Hash, at: time.Unix(m.At, 0), committed: true})
	}
	return g
}

// adopt marks what was answered on a session that still lives: it is not repeated there, so the same bytes are another
// message.
func (g *ledger) adopt(replies []reply) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range replies {
		for _, e := range g.open {
			if e.hash == r.hash && e.session == nil {
				e.session, e.answeredAt = r.session, r.at
				break
			}
		}
	}
}

// cursor is the position after all that is in the ledger.
func (g *ledger) cursor() []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := position{Count: g.count}
	for _, e := range g.open {
		p.Open = append(p.Open, mark{e.hash, e.at.Unix()})
	}
	encoded, err := json.Marshal(p)
	if err != nil {
		return nil // numbers and hexadecimal digits always encode
	}
	return encoded
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:12])
}

// verdict on a request of the centre.
type verdict int

const (
	isNew verdict = iota
	// isKnown was committed: it is answered at once.
	isKnown
	// isWaiting is with the hub: it is answered together with the first.
	isWaiting
)

// meet judges a request and notes it, by its id where it is new.
func (g *ledger) meet(in *incoming, repeated time.Duration) (e *entry, id string, v verdict) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, e := range g.open {
		if e.hash != in.hash {
			continue
		}
		again := e.session != in.session || e.answeredAt.IsZero() && in.at.Sub(e.at) >= repeated
		if !again {
			continue
		}
		e.session = in.session
		e.requests = append(e.requests, in)
		if e.committed {
			return e, "", isKnown
		}
		return e, "", isWaiting
	}
	e = &entry{hash: in.hash, at: in.at, session: in.session, requests: []*incoming{in}}
	g.add(e)
	id = in.hash + "-" + strconv.FormatUint(g.count, 36)
	g.count++
	return e, id, isNew
}

func (g *ledger) add(e *entry) {
	if len(g.open) >= maxOpen {
		g.open = g.open[1:]
	}
	g.open = append(g.open, e)
}

// forget removes an entry that never reached the hub.
func (g *ledger) forget(e *entry) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for at, known := range g.open {
		if known == e {
			g.open = append(g.open[:at], g.open[at+1:]...)
			return
		}
	}
}

// commit notes that the hub has a message, and answers who waits.
func (g *ledger) commit(e *entry) []*incoming {
	g.mu.Lock()
	defer g.mu.Unlock()
	e.committed = true
	return e.take()
}

// take empties the requests of an entry.
func (e *entry) take() []*incoming {
	requests := e.requests
	e.requests = nil
	return requests
}

// known answers who waits for a message that was committed before.
func (g *ledger) known(e *entry) []*incoming {
	g.mu.Lock()
	defer g.mu.Unlock()
	return e.take()
}

// answered notes when the answer left, and says whether so many are open that a sign of life should not wait.
func (g *ledger) answered(e *entry, at time.Time) (crowded bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	e.answeredAt = at
	return len(g.open) >= manyOpen
}

// unsure says whether answers have left on a session of which it is not known that they arrived.
func (g *ledger) unsure(session *smpp.Session) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, e := range g.open {
		if e.session == session && !e.answeredAt.IsZero() {
			return true
		}
	}
	return false
}

// settle closes what was answered on a session before a sign of life was asked for, and what has been open for too
// long. It says whether anything changed.
func (g *ledger) settle(session *smpp.Session, before, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	kept := g.open[:0]
	for _, e := range g.open {
		arrived := e.session == session && !e.answeredAt.IsZero() && !e.answeredAt.After(before)
		if !arrived && (now.Sub(e.at) < openFor || !e.committed) {
			kept = append(kept, e)
		}
	}
	changed := len(kept) != len(g.open)
	clear(g.open[len(kept):])
	g.open = kept
	return changed && !slices.ContainsFunc(kept, func(e *entry) bool { return !e.committed })
}
