package blob_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

const week = 7 * 24 * time.Hour

func owner() blob.Owner { return blob.Owner{Kind: "journal", ID: uuid.Must(uuid.NewV7())} }

func keep(t *testing.T, db *pgxpool.Pool, s blob.Store, text string, who blob.Owner) blob.Ref {
	t.Helper()
	ref, err := blob.PutBytes(t.Context(), s, []byte(text))
	require.NoError(t, err)
	require.NoError(t, blob.Keep(t.Context(), db, s, ref, "text/plain", who))
	return ref
}

func sweep(t *testing.T, db *pgxpool.Pool, s blob.Store, now time.Time) blob.Swept {
	t.Helper()
	swept, err := blob.Sweep(t.Context(), db, s, now)
	require.NoError(t, err)
	return swept
}

func TestKeepAndLookup(t *testing.T) {
	t.Parallel()
	db, s := pgtest.New(t), newFiles(t)
	ref := keep(t, db, s, "hello", owner())
	require.NoError(t, blob.Keep(t.Context(), db, s, ref, "image/png", owner()), "a second owner of equal bytes")
	info, err := blob.Lookup(t.Context(), db, ref.Sum)
	require.NoError(t, err)
	require.EqualValues(t, 5, info.Size)
	require.Equal(t, "text/plain", info.ContentType)
	require.Equal(t, blob.Unscanned, info.ScanState)
	_, err = blob.Lookup(t.Context(), db, blob.Sum{})
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
}

func TestKeepNeedsTheBytes(t *testing.T) {
	t.Parallel()
	db, s := pgtest.New(t), newFiles(t)
	err := postgres.InTx(t.Context(), db, func(tx pgx.Tx) error {
		return blob.Keep(t.Context(), tx, s, blob.Ref{Sum: blob.Sum{1}, Size: 3}, "", owner())
	})
	require.Equal(t, fault.CodeUnavailable, fault.Kind(err))
}

func TestSweepWaitsAWeekAfterTheLastNeed(t *testing.T) {
	t.Parallel()
	db, s, now := pgtest.New(t), newFiles(t), time.Now()
	first, second := owner(), owner()
	shared := keep(t, db, s, "shared", first)
	require.NoError(t, blob.Keep(t.Context(), db, s, shared, "", second))
	kept := keep(t, db, s, "kept", owner())

	require.NoError(t, blob.Release(t.Context(), db, first))
	require.Zero(t, sweep(t, db, s, now.Add(30*24*time.Hour)), "the second owner still needs it")
	require.NoError(t, blob.Release(t.Context(), db, second))
	require.Zero(t, sweep(t, db, s, now.Add(31*24*time.Hour)), "its week begins here")
	require.Zero(t, sweep(t, db, s, now.Add(31*24*time.Hour+week-time.Minute)))

	// Needed again for a while: the week starts over.
	again := owner()
	require.NoError(t, blob.Keep(t.Context(), db, s, shared, "", again))
	require.NoError(t, blob.Release(t.Context(), db, again))
	require.Zero(t, sweep(t, db, s, now.Add(40*24*time.Hour)))

	swept := sweep(t, db, s, now.Add(40*24*time.Hour+week))
	require.Equal(t, blob.Swept{Removed: 1, Bytes: int64(len("shared"))}, swept)
	_, err := blob.Lookup(t.Context(), db, shared.Sum)
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
	require.Equal(t, []blob.Ref{kept}, list(t, s))
}

func TestSweepAdoptsBytesWithoutARecord(t *testing.T) {
	t.Parallel()
	db, s, now := pgtest.New(t), newFiles(t), time.Now()
	_, err := blob.PutBytes(t.Context(), s, []byte("the hub died after this"))
	require.NoError(t, err)
	require.Zero(t, sweep(t, db, s, now), "it may be in use right now")
	require.Equal(t, blob.Swept{Adopted: 1}, sweep(t, db, s, now.Add(8*24*time.Hour)))
	require.Equal(t, 1, sweep(t, db, s, now.Add(16*24*time.Hour)).Removed)
	require.Empty(t, list(t, s))
}

// gated stops a Delete half-way.
type gated struct {
	blob.Store
	deleting, resume chan struct{}
}

func (g gated) Delete(ctx context.Context, sum blob.Sum) error {
	close(g.deleting)
	<-g.resume
	return g.Store.Delete(ctx, sum)
}

func TestKeepDuringASweepNeverLosesBytes(t *testing.T) {
	t.Parallel()
	db, s, now := pgtest.New(t), newFiles(t), time.Now()
	who := owner()
	ref := keep(t, db, s, "contested", who)
	require.NoError(t, blob.Release(t.Context(), db, who))
	sweep(t, db, s, now)

	slow := gated{Store: s, deleting: make(chan struct{}), resume: make(chan struct{})}
	swept := make(chan error, 1)
	go func() {
		_, err := blob.Sweep(t.Context(), db, slow, now.Add(week))
		swept <- err
	}()
	<-slow.deleting
	// The bytes are still there, so this put stores nothing.
	again, err := blob.PutBytes(t.Context(), s, []byte("contested"))
	require.NoError(t, err)
	require.Equal(t, ref, again)
	kept := make(chan error, 1)
	go func() { kept <- blob.Keep(t.Context(), db, s, again, "", owner()) }()
	require.Eventually(t, func() bool {
		var waiting bool
		err := db.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waiting)
		return err == nil && waiting
	}, 10*time.Second, 10*time.Millisecond, "Keep must wait for the sweep")
	close(slow.resume)
	require.NoError(t, <-swept)
	require.Equal(t, fault.CodeUnavailable, fault.Kind(<-kept), "Keep must see that the bytes are gone")
	keep(t, db, s, "contested", owner())
}

func TestSweepPassesOverWhatIsBeingKept(t *testing.T) {
	t.Parallel()
	db, s, now := pgtest.New(t), newFiles(t), time.Now()
	who := owner()
	ref := keep(t, db, s, "contested", who)
	require.NoError(t, blob.Release(t.Context(), db, who))
	sweep(t, db, s, now)
	require.NoError(t, postgres.InTx(t.Context(), db, func(tx pgx.Tx) error {
		if err := blob.Keep(t.Context(), tx, s, ref, "", owner()); err != nil {
			return err
		}
		require.Zero(t, sweep(t, db, s, now.Add(week)))
		return nil
	}))
	require.NoError(t, blob.Verify(t.Context(), s, ref.Sum))
}

func seedTown(t *testing.T, db *pgxpool.Pool) {
	t.Helper()
	_, err := db.Exec(t.Context(), `INSERT INTO town (name) VALUES ('Borgo')`)
	require.NoError(t, err)
}

func TestAttachBindsOnceAndRefusesOthers(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s blob.Store) {
		db := pgtest.New(t)
		require.Equal(t, fault.CodeConflict, fault.Kind(blob.Attach(t.Context(), db, s)), "no town yet")
		seedTown(t, db)
		require.NoError(t, blob.Attach(t.Context(), db, s))
		require.NoError(t, blob.Attach(t.Context(), db, s), "the second start")
		_, err := blob.PutBytes(t.Context(), s, []byte("hello"))
		require.NoError(t, err)
		require.NoError(t, blob.Attach(t.Context(), db, s))

		err = blob.Attach(t.Context(), db, newFiles(t))
		require.Equal(t, fault.CodeConflict, fault.Kind(err), "an empty directory of another machine")
		require.ErrorContains(t, err, "mounted")

		other := pgtest.New(t)
		seedTown(t, other)
		require.ErrorContains(t, blob.Attach(t.Context(), other, s), "another database")
		foreign := newFiles(t)
		require.NoError(t, blob.Attach(t.Context(), other, foreign))
		require.ErrorContains(t, blob.Attach(t.Context(), db, foreign), "is expected")
	})
}

func TestAttachEndsAnInterruptedFirstStart(t *testing.T) {
	t.Parallel()
	db, root := pgtest.New(t), t.TempDir()
	seedTown(t, db)
	s, err := blob.OpenFiles(root)
	require.NoError(t, err)
	id := uuid.NewString()
	require.NoError(t, s.Identify(t.Context(), id))
	require.Error(t, s.Identify(t.Context(), uuid.NewString()), "an id is never replaced")
	require.NoError(t, blob.Attach(t.Context(), db, s))
	raw, err := os.ReadFile(filepath.Join(root, "store-id"))
	require.NoError(t, err)
	require.Equal(t, id+"\n", string(raw))
}

func TestAttachAtOnce(t *testing.T) {
	t.Parallel()
	db, s := pgtest.New(t), newFiles(t)
	seedTown(t, db)
	results := make(chan error, 4)
	for range cap(results) {
		go func() { results <- blob.Attach(t.Context(), db, s) }()
	}
	for range cap(results) {
		require.NoError(t, <-results)
	}
}
