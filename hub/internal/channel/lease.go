package channel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sportello.dev/hub/internal/channel/internal/db"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

const (
	// LeaseTTL is how long a lease lives without renewal, by the database's clock.
	LeaseTTL = 30 * time.Second
	// LeaseRenewal is how often the holder renews.
	LeaseRenewal = 10 * time.Second
)

// ErrLeaseLost says that another replica holds the channel now.
var ErrLeaseLost = errors.New("the lease of the channel was lost")

// Lease is a replica's fenced right to a channel. Whoever writes the channel's position names the term: after the
// lease went to somebody else, or was taken anew, an older term writes nothing.
type Lease struct {
	Channel id.Channel
	Replica id.Replica
	Term    int64
	// Cursor is the position committed when the lease was taken.
	Cursor []byte
}

// Acquire takes the lease if it is free, expired, or already this replica's; each time it is a new term.
func (s *Store) Acquire(ctx context.Context, q postgres.Querier, channel id.Channel, replica id.Replica) (Lease, bool, error) {
	row, err := s.q.AcquireLease(ctx, q, db.AcquireLeaseParams{
		ChannelID: channel, Holder: replica, TtlSeconds: LeaseTTL.Seconds(),
	})
	if postgres.IsNoRows(err) {
		return Lease{}, false, nil
	}
	if err != nil {
		return Lease{}, false, fmt.Errorf("acquiring a lease: %w", err)
	}
	return Lease{Channel: channel, Replica: replica, Term: row.Term, Cursor: row.Cursor}, true, nil
}

// Renew keeps the lease; ErrLeaseLost when it is not ours any more.
func (s *Store) Renew(ctx context.Context, q postgres.Querier, l Lease) error {
	n, err := s.q.RenewLease(ctx, q, db.RenewLeaseParams{
		ChannelID: l.Channel, Holder: l.Replica, Term: l.Term, TtlSeconds: LeaseTTL.Seconds(),
	})
	if err != nil {
		return fmt.Errorf("renewing a lease: %w", err)
	}
	if n == 0 {
		return ErrLeaseLost
	}
	return nil
}

// Release gives the lease back, so that another replica need not wait for it to expire.
func (s *Store) Release(ctx context.Context, q postgres.Querier, l Lease) error {
	err := s.q.ReleaseLease(ctx, q, db.ReleaseLeaseParams{ChannelID: l.Channel, Holder: l.Replica, Term: l.Term})
	if err != nil {
		return fmt.Errorf("releasing a lease: %w", err)
	}
	return nil
}
