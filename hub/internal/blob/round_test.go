package blob_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/postgres/pgtest"
)

// Puts that come together share their flushes; each is told of its own bytes, equal ones too.
func TestPutsThatComeTogether(t *testing.T) {
	t.Parallel()
	s := newFiles(t)
	var all sync.WaitGroup
	for n := range 60 {
		all.Go(func() {
			body := fmt.Sprintf("allegato %d", n%40)
			ref, err := blob.PutBytes(t.Context(), s, []byte(body))
			require.NoError(t, err)
			require.EqualValues(t, sha256.Sum256([]byte(body)), ref.Sum)
		})
	}
	all.Wait()
	stored := list(t, s)
	require.Len(t, stored, 40)
	for _, ref := range stored {
		require.NoError(t, blob.Verify(t.Context(), s, ref.Sum))
	}
}

// One whose bytes cannot be had fails alone.
func TestABrokenPutFailsAlone(t *testing.T) {
	t.Parallel()
	s := newFiles(t)
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			if n%2 == 0 {
				_, err := s.Put(t.Context(), strings.NewReader("troppo lungo"), 3)
				require.Error(t, err)
				return
			}
			_, err := blob.PutBytes(t.Context(), s, fmt.Appendf(nil, "intero %d", n))
			require.NoError(t, err)
		})
	}
	all.Wait()
	require.Len(t, list(t, s), 10)
}

func TestRecorder(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	recorder := blob.NewRecorder(pool)
	var all sync.WaitGroup
	errs := make([]error, 50)
	for n := range errs {
		all.Go(func() {
			ref := blob.Ref{Sum: sha256.Sum256(fmt.Append(nil, n%30)), Size: int64(n % 30)}
			errs[n] = recorder.Record(ref, "text/plain")
		})
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	var rows, bytes int
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*), sum(size) FROM blob`).Scan(&rows, &bytes))
	require.Equal(t, []int{30, 29 * 30 / 2}, []int{rows, bytes})

	// Bytes that nobody needed for a while are needed again.
	_, err := pool.Exec(t.Context(), `UPDATE blob SET unreferenced_since = now()`)
	require.NoError(t, err)
	require.NoError(t, recorder.Record(blob.Ref{Sum: sha256.Sum256([]byte("7")), Size: 7}, "text/plain"))
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM blob WHERE unreferenced_since IS NULL`).Scan(&rows))
	require.Equal(t, 1, rows)
	pool.Close()
	require.Error(t, recorder.Record(blob.Ref{}, "text/plain"))
}
