package channel_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/id"
)

func TestLeaseHasOneHolder(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	made := create(t, s, pool, draft())

	var held atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, ok, err := s.Acquire(t.Context(), pool, made, id.New[id.Replica]())
			if err == nil && ok {
				held.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, held.Load())
}

func TestLeaseIsFencedByTerm(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	made := create(t, s, pool, draft())
	one, two := id.New[id.Replica](), id.New[id.Replica]()

	first, ok, err := s.Acquire(t.Context(), pool, made, one)
	require.NoError(t, err)
	require.True(t, ok)
	require.Empty(t, first.Cursor)
	require.NoError(t, s.Renew(t.Context(), pool, first))

	again, ok, err := s.Acquire(t.Context(), pool, made, one)
	require.NoError(t, err)
	require.True(t, ok, "the holder may take it anew")
	require.Greater(t, again.Term, first.Term)
	require.ErrorIs(t, s.Renew(t.Context(), pool, first), channel.ErrLeaseLost)

	_, ok, err = s.Acquire(t.Context(), pool, made, two)
	require.NoError(t, err)
	require.False(t, ok)

	_, err = pool.Exec(t.Context(), `UPDATE channel_lease SET expires_at = now() - interval '1 second', cursor = 'here'`)
	require.NoError(t, err)
	taken, ok, err := s.Acquire(t.Context(), pool, made, two)
	require.NoError(t, err)
	require.True(t, ok, "an expired lease is free")
	require.Equal(t, "here", string(taken.Cursor))
	require.ErrorIs(t, s.Renew(t.Context(), pool, again), channel.ErrLeaseLost)
}

func TestReleasedLeaseIsFreeAtOnce(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	made := create(t, s, pool, draft())
	one, two := id.New[id.Replica](), id.New[id.Replica]()

	held, _, err := s.Acquire(t.Context(), pool, made, one)
	require.NoError(t, err)
	require.NoError(t, s.Release(t.Context(), pool, held))
	next, ok, err := s.Acquire(t.Context(), pool, made, two)
	require.NoError(t, err)
	require.True(t, ok)

	require.NoError(t, s.Release(t.Context(), pool, held), "an old term releases nothing")
	require.NoError(t, s.Renew(t.Context(), pool, next))
}
