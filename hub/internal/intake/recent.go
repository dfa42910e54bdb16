package intake

import (
	"sync"

	"sportello.dev/hub/internal/id"
)

// Bounds of what is kept in memory of events that have just been committed: a few claims' worth.
const (
	maxRecentEvents = 4 * rowsPerClaim
	maxRecentBytes  = 16 << 20
)

// recent holds events between their commit and their claim, which mostly follows in the same replica milliseconds later:
// the claim need not read and decode them again. It is a convenience, the journal has them all.
type recent struct {
	mu     sync.Mutex
	events map[id.Entry]recentEvent
	// order lists the entries as they came; some may be taken already.
	order []id.Entry
	bytes int
}

type recentEvent struct {
	event Event
	size  int
}

func newRecent() *recent { return &recent{events: map[id.Entry]recentEvent{}} }

// keep holds an event whose payload has size bytes, and lets go of the oldest where there are too many.
func (r *recent) keep(entry id.Entry, e *Event, size int) {
	if size > maxRecentBytes/8 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events[entry] = recentEvent{
		event: Event{Message: e.Message, Report: e.Report, Signal: e.Signal, Call: e.Call, Unparsed: e.Unparsed}, size: size,
	}
	r.order = append(r.order, entry)
	r.bytes += size
	for len(r.order) > maxRecentEvents || r.bytes > maxRecentBytes {
		r.drop(r.order[0])
		r.order = r.order[1:]
	}
}

func (r *recent) drop(entry id.Entry) {
	r.bytes -= r.events[entry].size
	delete(r.events, entry)
}

// take hands an event out, once.
func (r *recent) take(entry id.Entry) (Event, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept, ok := r.events[entry]
	r.drop(entry)
	return kept.event, ok
}
