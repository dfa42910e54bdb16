package channel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/id"
)

func TestASuccessorNeedNotWaitForTheLeasesOfTheDead(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	d := draft()
	d.Slug = "altro"
	mine, others := create(t, s, pool, draft()), create(t, s, pool, d)
	dead, other, next := id.New[id.Replica](), id.New[id.Replica](), id.New[id.Replica]()
	held, _, err := s.Acquire(t.Context(), pool, mine, dead)
	require.NoError(t, err)
	_, _, err = s.Acquire(t.Context(), pool, others, other)
	require.NoError(t, err)

	require.NoError(t, s.ReleaseFormer(t.Context(), pool, dead))
	taken, ok, err := s.Acquire(t.Context(), pool, mine, next)
	require.NoError(t, err)
	require.True(t, ok)
	require.Greater(t, taken.Term, held.Term)
	require.ErrorIs(t, s.Renew(t.Context(), pool, held), channel.ErrLeaseLost)
	_, ok, err = s.Acquire(t.Context(), pool, others, next)
	require.NoError(t, err)
	require.False(t, ok, "what the living hold stays theirs")
}
