package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"sportello.dev/hub/internal/fault"
)

// Files is a Store in a directory, which replicas may share:
//
//	store-id              whose bytes these are
//	tmp/                  what is being written
//	sha256/ab/cd/abcd...  the blobs
type Files struct {
	root string
	// lasting are the directories whose own entries are known to be on disk, at most 65,536; none is ever removed.
	lasting sync.Map
}

// staleAfter is the age at which a temporary file belongs to no living writer.
const staleAfter = 24 * time.Hour

// OpenFiles opens the directory and makes it when it is missing.
func OpenFiles(root string) (*Files, error) {
	s := &Files{root: root}
	for _, dir := range []string{s.tmp(), filepath.Join(root, "sha256")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("making the blob directory: %w", err)
		}
	}
	return s, s.dropStale(time.Now())
}

func (s *Files) tmp() string { return filepath.Join(s.root, "tmp") }

func (s *Files) path(sum Sum) string {
	name := sum.String()
	return filepath.Join(s.root, "sha256", name[:2], name[2:4], name)
}

// dropStale removes what killed writers left.
func (s *Files) dropStale(now time.Time) error {
	entries, err := os.ReadDir(s.tmp())
	if err != nil {
		return fmt.Errorf("reading the blob directory: %w", err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && now.Sub(info.ModTime()) > staleAfter {
			os.Remove(filepath.Join(s.tmp(), e.Name())) // else the next start will
		}
	}
	return nil
}

// Put implements Store.
func (s *Files) Put(ctx context.Context, r io.Reader, limit int64) (Ref, error) {
	st, err := stage(ctx, s.tmp(), r, limit)
	if err != nil {
		return Ref{}, err
	}
	defer os.Remove(st.path) // gone already when it was moved
	target := s.path(st.ref.Sum)
	now := time.Now()
	if info, err := os.Stat(target); err == nil && info.Size() == st.ref.Size {
		// The new time keeps Walk from taking it for an old orphan. The sync is for
		// the writer that has just placed it and has not synced yet.
		if os.Chtimes(target, now, now) == nil && s.sync(target) == nil {
			return st.ref, nil
		}
	}
	if err := s.place(st.path, target); err != nil {
		return Ref{}, fault.Unavailable("storing a blob: %w", err)
	}
	return st.ref, nil
}

// place moves a synced file to its name and makes the move durable.
func (s *Files) place(from, target string) error {
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	if err := os.Rename(from, target); err != nil {
		return err
	}
	return s.sync(target)
}

// sync makes the entry of a file durable, and once those of the directories above it.
func (s *Files) sync(target string) error {
	dir := filepath.Dir(target)
	if err := syncDir(dir); err != nil {
		return err
	}
	if _, lasts := s.lasting.Load(dir); lasts {
		return nil
	}
	if err := errors.Join(syncDir(filepath.Dir(dir)), syncDir(filepath.Join(s.root, "sha256"))); err != nil {
		return err
	}
	s.lasting.Store(dir, true)
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Get implements Store.
func (s *Files) Get(_ context.Context, sum Sum, part Range) (io.ReadCloser, error) {
	f, err := os.Open(s.path(sum))
	if err != nil {
		return nil, fileFault(err, sum)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, fileFault(err, sum)
	}
	if part == (Range{}) {
		return newChecked(f, sum), nil
	}
	offset, length, err := part.cut(info.Size())
	if err != nil {
		f.Close()
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, offset, length), f}, nil
}

// Stat implements Store.
func (s *Files) Stat(_ context.Context, sum Sum) (int64, error) {
	info, err := os.Stat(s.path(sum))
	if err != nil {
		return 0, fileFault(err, sum)
	}
	return info.Size(), nil
}

// Delete implements Store.
func (s *Files) Delete(_ context.Context, sum Sum) error {
	if err := os.Remove(s.path(sum)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fileFault(err, sum)
	}
	return nil
}

// Walk implements Store.
func (s *Files) Walk(ctx context.Context, fn func(Ref, time.Time) error) error {
	return filepath.WalkDir(filepath.Join(s.root, "sha256"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || d.IsDir() {
			return err
		}
		sum, err := ParseSum(d.Name())
		if err != nil {
			return nil //nolint:nilerr // not ours; never touched
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // deleted meanwhile
		}
		if err != nil {
			return fileFault(err, sum)
		}
		return fn(Ref{Sum: sum, Size: info.Size()}, info.ModTime())
	})
}

// Identity implements Store.
func (s *Files) Identity(context.Context) (string, error) {
	raw, err := os.ReadFile(filepath.Join(s.root, identityName))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fault.NotFound("%s has no %s", s.root, identityName)
	}
	if err != nil {
		return "", fault.Unavailable("reading the blob store's id: %w", err)
	}
	return strings.TrimSpace(string(raw)), nil
}

// Identify implements Store.
func (s *Files) Identify(ctx context.Context, id string) error {
	text := id + "\n"
	st, err := stage(ctx, s.tmp(), strings.NewReader(text), int64(len(text)))
	if err != nil {
		return err
	}
	defer os.Remove(st.path)
	// A link, unlike a rename, never replaces the id that another replica wrote first.
	if err := os.Link(st.path, filepath.Join(s.root, identityName)); err != nil {
		return fault.Unavailable("writing the blob store's id: %w", err)
	}
	if err := syncDir(s.root); err != nil {
		return fault.Unavailable("writing the blob store's id: %w", err)
	}
	return nil
}

// String names the store in messages to the administrator.
func (s *Files) String() string { return s.root }

func fileFault(err error, sum Sum) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fault.NotFound("blob %s: %w", sum, err)
	}
	return fault.Unavailable("blob %s: %w", sum, err)
}
