package intake

import (
	"context"
	"sync"
	"time"
)

// share is how many rows must wait for another worker to begin while one is busy. A batch costs dozens of statements
// however many rows it has: while one is under way, few arrivals wait for it to end, which they hardly notice.
const share = 12

// crew shares out what arrives among the workers of a replica.
type crew struct {
	arrived chan struct{}

	mu      sync.Mutex
	busy    int
	waiting int
}

func newCrew() *crew { return &crew{arrived: make(chan struct{}, 1)} }

// announce tells that rows wait, and wakes one who sleeps.
func (c *crew) announce(rows int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting += rows
	c.wake()
}

func (c *crew) wake() {
	select {
	case c.arrived <- struct{}{}:
	default:
	}
}

// begin asks whether it is worth while for one more to work, and tells how many rows waited then; who was told so ends
// it with end.
func (c *crew) begin(waited bool) (waiting int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !waited && c.busy > 0 && c.waiting < share {
		return 0, false
	}
	c.busy++
	return c.waiting, true
}

// taken notes how many rows fewer wait.
func (c *crew) taken(rows int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = max(c.waiting-rows, 0)
}

// end wakes another one for what came meanwhile: whoever was refused sleeps.
func (c *crew) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy--
	if c.waiting > 0 {
		c.wake()
	}
}

// sleep waits for an arrival, or for the next poll, and tells whether it was the poll.
func (c *crew) sleep(ctx context.Context) (polled bool) {
	timer := time.NewTimer(pollEvery)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-c.arrived:
	case <-timer.C:
		return true
	}
	return false
}
