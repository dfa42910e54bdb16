package pluginhost

import (
	"context"
	"errors"
	"sync"
	"time"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/intake"
)

const (
	// leaseMargin is how long before its end by our own clock a lease that cannot be renewed counts as lost.
	leaseMargin = 5 * time.Second
	// leaseCall bounds one statement about a lease.
	leaseCall = 5 * time.Second
)

// tenure is a seat's part in the competition for the channel's lease.
type tenure struct {
	seat *seat

	// asking is held while the database is asked, so that a renewal never names the term before the one just taken.
	asking sync.Mutex

	mu    sync.Mutex
	lease channel.Lease
	held  bool
	until time.Time
}

// acquire takes the lease, or a new term of it, if it can be had.
func (t *tenure) acquire(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, leaseCall)
	defer cancel()
	t.asking.Lock()
	defer t.asking.Unlock()
	asked := t.seat.host.Now()
	lease, ok, err := t.seat.host.Channels.Acquire(ctx, t.seat.host.Pool, t.seat.id, t.seat.host.Replica)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lease, t.held, t.until = lease, ok, asked.Add(channel.LeaseTTL-leaseMargin)
	return nil
}

func (t *tenure) current() (channel.Lease, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lease, t.held
}

func (t *tenure) drop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held = false
}

// renew keeps the lease; false means that it is lost, or cannot be relied on any longer.
func (t *tenure) renew(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, leaseCall)
	defer cancel()
	t.asking.Lock()
	defer t.asking.Unlock()
	lease, held := t.current()
	if !held {
		return false
	}
	asked := t.seat.host.Now()
	err := t.seat.host.Channels.Renew(ctx, t.seat.host.Pool, lease)
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil:
		t.until = asked.Add(channel.LeaseTTL - leaseMargin)
	case errors.Is(err, channel.ErrLeaseLost) || t.seat.host.Now().After(t.until):
		t.seat.log.Warn("lease lost", "error", err)
		t.held = false
	}
	return t.held
}

func (t *tenure) release(ctx context.Context) {
	lease, held := t.current()
	if !held {
		return
	}
	t.drop()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseCall)
	defer cancel()
	if err := t.seat.host.Channels.Release(ctx, t.seat.host.Pool, lease); err != nil {
		t.seat.log.Debug("lease not released; it will expire", "error", err)
	}
}

// run competes for the lease, and ingests while it has it, until ctx ends or the channel must be opened anew.
func (t *tenure) run(ctx context.Context, o *opened) error {
	for ctx.Err() == nil {
		if _, held := t.current(); !held {
			if err := t.await(ctx, o); err != nil {
				return err
			}
			continue
		}
		if err := t.ingest(ctx, o); err != nil {
			return err
		}
		if ctx.Err() == nil && o.ability.Can(channel.Exclusive) {
			// Its connection must go before another replica's comes.
			return errReopen
		}
	}
	return nil
}

// await asks for the lease now and then.
func (t *tenure) await(ctx context.Context, o *opened) error {
	select {
	case <-ctx.Done():
		return nil
	case <-time.After(t.seat.host.Timing.Lease):
	}
	if err := t.acquire(ctx); err != nil {
		t.seat.log.Debug("lease not asked for", "error", err)
		return nil
	}
	if _, held := t.current(); held && o.ability.Can(channel.Exclusive) {
		// Opened without the lease, it is not connected.
		return errReopen
	}
	return nil
}

// ingest keeps the lease and runs the stream beside it, until the lease is lost, the channel must be opened anew, or ctx
// ends.
func (t *tenure) ingest(ctx context.Context, o *opened) (err error) {
	ctx, end := context.WithCancel(ctx)
	var streaming sync.WaitGroup
	t.seat.publish(ctx, o)
	if o.ability.Can(channel.Ingest) {
		streaming.Go(func() {
			defer end()
			err = t.seat.ingest(ctx, o)
		})
	}
	t.keep(ctx, o)
	end()
	streaming.Wait()
	return err
}

// keep renews the lease until it is lost or ctx ends.
func (t *tenure) keep(ctx context.Context, o *opened) {
	tick := time.NewTicker(t.seat.host.Timing.Lease)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !t.renew(ctx) {
			return
		}
		t.seat.publish(ctx, o)
	}
}

// newTerm takes the lease anew for a new stream: the answer holds the committed position, and whatever an earlier
// stream still has under way in the database can no longer commit.
func (t *tenure) newTerm(ctx context.Context) (channel.Lease, error) {
	if err := t.acquire(ctx); err != nil {
		return channel.Lease{}, err
	}
	lease, held := t.current()
	if !held {
		return lease, intake.ErrLeaseLost
	}
	return lease, nil
}
