package journal_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator/journal"
)

func TestEntriesSurviveAndATornLineDoesNot(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

	j, err := journal.Open(path, true)
	require.NoError(t, err)
	for _, id := range []string{"<a@x>", "<b@x>"} {
		_, err = j.Add(journal.Entry{At: at, Via: journal.ViaMX, MessageID: id, To: []string{"urp@comune.valdoria.example"}})
		require.NoError(t, err)
	}
	require.NoError(t, j.Close())

	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString(`{"seq":3,"via":"m`)
	require.NoError(t, err)
	require.NoError(t, file.Close())

	j, err = journal.Open(path, true)
	require.NoError(t, err)
	third, err := j.Add(journal.Entry{At: at, MessageID: "<c@x>"})
	require.NoError(t, err)
	require.EqualValues(t, 3, third.Seq)
	require.NoError(t, j.Close())

	j, err = journal.Open(path, false)
	require.NoError(t, err)
	require.EqualValues(t, 3, j.Len())
	require.Equal(t, "<b@x>", j.After(1, 1)[0].MessageID)
	require.Len(t, j.After(1, 0), 2)
	require.Empty(t, j.After(99, 0))
	require.Equal(t, "<c@x>", j.Latest(2)[0].MessageID)
	require.NoError(t, j.Close())
}

func TestADamagedJournalIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	require.NoError(t, os.WriteFile(path, []byte("not json\n"), 0o600))
	_, err := journal.Open(path, false)
	require.ErrorContains(t, err, "entry 1")
}

func TestWithoutAFileItLivesInMemory(t *testing.T) {
	t.Parallel()
	j, err := journal.Open("", true)
	require.NoError(t, err)
	e, err := j.Add(journal.Entry{MessageID: "<a@x>"})
	require.NoError(t, err)
	require.EqualValues(t, 1, e.Seq)
	require.NoError(t, j.Close())
	require.NoError(t, j.Close())
}
