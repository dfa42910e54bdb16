package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/fault"
)

const helloSum = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

func newFiles(t testing.TB) *blob.Files {
	t.Helper()
	s, err := blob.OpenFiles(filepath.Join(t.TempDir(), "blobs"))
	require.NoError(t, err)
	return s
}

// newS3 is a store in a bucket of an S3 server in this process. The returned
// function cuts the server off.
func newS3(t testing.TB) (*blob.S3, func()) {
	t.Helper()
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket("town"))
	server := httptest.NewServer(gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	t.Cleanup(server.Close)
	s, err := blob.OpenS3(t.Context(), blob.S3Config{
		Endpoint: strings.TrimPrefix(server.URL, "http://"), Bucket: "town", Prefix: "sportello/", Region: "us-east-1",
		AccessKey: "key", SecretKey: "secret", Insecure: true, TempDir: t.TempDir(),
	})
	require.NoError(t, err)
	return s, server.Close
}

// eachStore runs a test against every implementation.
func eachStore(t *testing.T, test func(*testing.T, blob.Store)) {
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		test(t, newFiles(t))
	})
	t.Run("s3", func(t *testing.T) {
		t.Parallel()
		s, _ := newS3(t)
		test(t, s)
	})
}

func list(t testing.TB, s blob.Store) []blob.Ref {
	t.Helper()
	var all []blob.Ref
	require.NoError(t, s.Walk(context.Background(), func(ref blob.Ref, put time.Time) error {
		require.WithinDuration(t, time.Now(), put, time.Minute)
		all = append(all, ref)
		return nil
	}))
	return all
}

func TestPutGetDelete(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s blob.Store) {
		ctx := t.Context()
		ref, err := blob.PutBytes(ctx, s, []byte("hello"))
		require.NoError(t, err)
		require.Equal(t, helloSum, ref.Sum.String())
		require.EqualValues(t, 5, ref.Size)

		again, err := s.Put(ctx, strings.NewReader("hello"), 100)
		require.NoError(t, err)
		require.Equal(t, ref, again)
		require.Equal(t, []blob.Ref{ref}, list(t, s))

		size, err := s.Stat(ctx, ref.Sum)
		require.NoError(t, err)
		require.EqualValues(t, 5, size)
		got, err := blob.ReadAll(ctx, s, ref.Sum, 5)
		require.NoError(t, err)
		require.Equal(t, "hello", string(got))
		_, err = blob.ReadAll(ctx, s, ref.Sum, 4)
		require.Equal(t, fault.CodeInvalid, fault.Kind(err))
		require.NoError(t, blob.Verify(ctx, s, ref.Sum))

		require.NoError(t, s.Delete(ctx, ref.Sum))
		require.NoError(t, s.Delete(ctx, ref.Sum), "deleting twice is no error")
		_, err = s.Stat(ctx, ref.Sum)
		require.Equal(t, fault.CodeNotFound, fault.Kind(err))
		_, err = s.Get(ctx, ref.Sum, blob.Range{})
		require.Equal(t, fault.CodeNotFound, fault.Kind(err), "%v", err)
		require.Empty(t, list(t, s))
	})
}

func TestRanges(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s blob.Store) {
		ref, err := blob.PutBytes(t.Context(), s, []byte("0123456789"))
		require.NoError(t, err)
		for _, c := range []struct {
			part blob.Range
			want string
		}{
			{blob.Range{}, "0123456789"},
			{blob.Range{Offset: 3}, "3456789"},
			{blob.Range{Offset: 3, Length: 4}, "3456"},
			{blob.Range{Length: 1}, "0"},
			{blob.Range{Offset: 8, Length: 100}, "89"},
			{blob.Range{Offset: 10}, ""},
		} {
			r, err := s.Get(t.Context(), ref.Sum, c.part)
			require.NoError(t, err, "%+v", c.part)
			got, err := io.ReadAll(r)
			require.NoError(t, err)
			require.NoError(t, r.Close())
			require.Equal(t, c.want, string(got), "%+v", c.part)
		}
		for _, bad := range []blob.Range{{Offset: 11}, {Offset: -1}, {Offset: 1, Length: -1}} {
			_, err := s.Get(t.Context(), ref.Sum, bad)
			require.Equal(t, fault.CodeInvalid, fault.Kind(err), "%+v", bad)
		}
	})
}

func TestRefusedPutsLeaveNothing(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s blob.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := s.Put(ctx, strings.NewReader("too long"), 7)
		require.Equal(t, fault.CodeInvalid, fault.Kind(err))

		broken := errors.New("the sender hung up")
		_, err = s.Put(ctx, io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken)), 100)
		require.ErrorIs(t, err, broken)
		require.Equal(t, fault.CodeInternal, fault.Kind(err), "the sender's failure is not the store's")

		cancel()
		_, err = s.Put(ctx, strings.NewReader("late"), 100)
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, list(t, s))
	})
}

func TestEqualPutsAtOnce(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s blob.Store) {
		body := bytes.Repeat([]byte("same"), 50_000)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := blob.PutBytes(t.Context(), s, body); err != nil {
					t.Errorf("putting: %v", err)
				}
			})
		}
		wg.Wait()
		all := list(t, s)
		require.Len(t, all, 1)
		require.NoError(t, blob.Verify(t.Context(), s, all[0].Sum))
	})
}

func TestWhatGoesInComesOut(t *testing.T) {
	t.Parallel()
	s := newFiles(t)
	rapid.Check(t, func(rt *rapid.T) {
		body := rapid.SliceOf(rapid.Byte()).Draw(rt, "body")
		ref, err := s.Put(context.Background(), iotest.OneByteReader(bytes.NewReader(body)), int64(len(body)))
		require.NoError(rt, err)
		got, err := blob.ReadAll(context.Background(), s, ref.Sum, ref.Size)
		require.NoError(rt, err)
		require.True(rt, bytes.Equal(body, got))
	})
}

func TestFilesNoticeDamage(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	s, err := blob.OpenFiles(root)
	require.NoError(t, err)
	ref, err := blob.PutBytes(t.Context(), s, []byte("hello"))
	require.NoError(t, err)
	path := filepath.Join(root, "sha256", helloSum[:2], helloSum[2:4], helloSum)
	require.NoError(t, os.WriteFile(path, []byte("hellO"), 0o600))
	require.Equal(t, fault.CodeUnavailable, fault.Kind(blob.Verify(t.Context(), s, ref.Sum)))
	_, err = blob.ReadAll(t.Context(), s, ref.Sum, 5)
	require.ErrorContains(t, err, "damaged")

	// A file cut short by a crash of the disk is written anew.
	require.NoError(t, os.WriteFile(path, []byte("he"), 0o600))
	_, err = blob.PutBytes(t.Context(), s, []byte("hello"))
	require.NoError(t, err)
	require.NoError(t, blob.Verify(t.Context(), s, ref.Sum))
}

func TestFilesDropWhatKilledWritersLeft(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	_, err := blob.OpenFiles(root)
	require.NoError(t, err)
	for name, age := range map[string]time.Duration{"put-old": 48 * time.Hour, "put-new": time.Hour} {
		path := filepath.Join(root, "tmp", name)
		require.NoError(t, os.WriteFile(path, []byte("x"), 0o600))
		then := time.Now().Add(-age)
		require.NoError(t, os.Chtimes(path, then, then))
	}
	_, err = blob.OpenFiles(root)
	require.NoError(t, err)
	require.NoFileExists(t, filepath.Join(root, "tmp", "put-old"))
	require.FileExists(t, filepath.Join(root, "tmp", "put-new"), "another replica may be writing it")
}

func TestFilesIgnoreStrangers(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	s, err := blob.OpenFiles(root)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(root, "sha256", "notes.txt"), nil, 0o600))
	require.Empty(t, list(t, s))
}

func TestS3Away(t *testing.T) {
	t.Parallel()
	s, cut := newS3(t)
	ref, err := blob.PutBytes(t.Context(), s, []byte("hello"))
	require.NoError(t, err)
	cut()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err = s.Stat(ctx, ref.Sum)
	require.Equal(t, fault.CodeUnavailable, fault.Kind(err), "%v", err)
	_, err = blob.PutBytes(ctx, s, []byte("more"))
	require.Error(t, err)
}

func TestS3NeedsItsBucket(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(gofakes3.New(s3mem.New(), gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	t.Cleanup(server.Close)
	_, err := blob.OpenS3(t.Context(), blob.S3Config{
		Endpoint: strings.TrimPrefix(server.URL, "http://"), Bucket: "town", Region: "us-east-1", AccessKey: "k", SecretKey: "s", Insecure: true,
	})
	require.ErrorContains(t, err, `no bucket "town"`)
}

func TestSums(t *testing.T) {
	t.Parallel()
	sum, err := blob.ParseSum(helloSum)
	require.NoError(t, err)
	require.Equal(t, helloSum, sum.String())
	for _, bad := range []string{"", "abc", helloSum + "00", strings.Repeat("z", 64), "../../etc/passwd"} {
		_, err := blob.ParseSum(bad)
		require.Equal(t, fault.CodeInvalid, fault.Kind(err), bad)
	}
}
