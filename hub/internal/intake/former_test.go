package intake

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
)

func TestLanesOfTheDeadAreFreeUnlessSomebodyLives(t *testing.T) {
	t.Parallel()
	b := setupJournal(t)
	_, err := b.journal.Append(t.Context(), b.batch("1", letter("a", "ada@posta.example")))
	require.NoError(t, err)
	dead, err := b.journal.claim(t.Context(), 32, 32)
	require.NoError(t, err)
	require.Len(t, dead.entries, 1)
	claimed := func() int {
		c, err := b.journal.claim(t.Context(), 32, 32)
		require.NoError(t, err)
		return len(c.entries)
	}
	require.Zero(t, claimed())

	exec(t, b.pool, `INSERT INTO replica (id, name) VALUES ($1, 'due')`, id.New[id.Replica]())
	require.NoError(t, b.journal.FreeLanes(t.Context(), b.pool))
	require.Zero(t, claimed(), "it may be the lane of the one that lives")
	exec(t, b.pool, `UPDATE replica SET seen_at = now() - interval '1 hour'`)
	require.NoError(t, b.journal.FreeLanes(t.Context(), b.pool))
	require.Equal(t, 1, claimed())
}
