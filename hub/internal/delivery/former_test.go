package delivery_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
)

func TestAttemptsOfABuriedReplicaAreLostAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	x, ids := b.enqueue(t, b.message, "ada@posta.example")
	b.lose(t, x, 1)
	dead := id.New[id.Replica]()
	require.NoError(t, b.store.Arrive(t.Context(), b.pool, dead, "uno"))
	b.exec(t, `UPDATE attempt SET replica = $1`, dead)

	require.NoError(t, b.sweeper.Sweep(t.Context()))
	require.Equal(t, delivery.Sending, b.state(t, ids[0]), "it was heard of just now")
	require.NoError(t, b.store.Bury(t.Context(), b.pool, dead))
	require.NoError(t, b.sweeper.Sweep(t.Context()))
	require.Equal(t, delivery.Uncertain, b.state(t, ids[0]))
}
