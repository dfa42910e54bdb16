package delivery

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/id"
)

// outlet is the channel that a transmission leaves by, and how many calls it takes at once; 0 is as many as there are.
type outlet struct {
	channel id.Channel
	calls   int
}

// address finds the channels of transmissions; one that is not there has none.
func (w *Worker) address(ctx context.Context, all []id.Transmission) ([]outlet, error) {
	ids := make([]uuid.UUID, len(all))
	for i, t := range all {
		ids[i] = t.UUID
	}
	rows, err := w.store.queries.Outlets(ctx, w.pool, ids)
	if err != nil {
		return nil, fmt.Errorf("finding channels: %w", err)
	}
	of := make(map[id.Transmission]outlet, len(rows))
	for _, r := range rows {
		of[r.ID] = outlet{channel: r.ChannelID, calls: int(r.Calls)}
	}
	list := make([]outlet, len(all))
	for i, t := range all {
		list[i] = of[t]
	}
	return list, nil
}

// roomWait is how long an attempt stands at a channel's door; then it makes room for those of other channels.
const roomWait = 10 * time.Second

// rooms bound how many attempts of a channel are begun and not over: twice as many as it takes calls at once, so that
// while some are under way others are begun and recorded. A hub that dies leaves no more of them in doubt.
type rooms struct {
	mu sync.Mutex
	of map[id.Channel]chan struct{}
}

// enter waits for room; it gives up after roomWait, or when ctx ends.
func (r *rooms) enter(ctx context.Context, o outlet) (leave func(), ok bool) {
	if o.calls <= 0 {
		return func() {}, true
	}
	room := r.room(o.channel, 2*o.calls)
	ctx, cancel := context.WithTimeout(ctx, roomWait)
	defer cancel()
	select {
	case room <- struct{}{}:
		return func() { <-room }, true
	case <-ctx.Done():
		return nil, false
	}
}

// room is a channel's, made anew when its size has changed: who is inside the old one leaves it in peace.
func (r *rooms) room(c id.Channel, size int) chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	room := r.of[c]
	if room == nil || cap(room) != size {
		room = make(chan struct{}, size)
		if r.of == nil {
			r.of = map[id.Channel]chan struct{}{}
		}
		r.of[c] = room
	}
	return room
}
