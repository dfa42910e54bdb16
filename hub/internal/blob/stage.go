package blob

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"

	"sportello.dev/hub/internal/fault"
)

// staged is a complete, synced temporary file and its name-to-be.
type staged struct {
	path string
	ref  Ref
}

// stage copies r into a temporary file in dir. Whatever goes wrong, no file stays.
func stage(ctx context.Context, dir string, r io.Reader, limit int64) (_ staged, err error) {
	f, err := os.CreateTemp(dir, "put-*")
	if err != nil {
		return staged{}, fault.Unavailable("opening a temporary file: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	src := &source{ctx: ctx, r: r, left: limit}
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(f, sum), src)
	switch {
	case src.err != nil:
		return staged{}, src.err
	case src.left < 0:
		return staged{}, tooLarge(limit)
	case err != nil:
		return staged{}, fault.Unavailable("writing a blob: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return staged{}, fault.Unavailable("writing a blob to disk: %w", err)
	}
	return staged{path: f.Name(), ref: Ref{Sum: Sum(sum.Sum(nil)), Size: size}}, nil
}

// source tells errors of the reader from errors of the disk and stops one byte
// past the limit.
type source struct {
	ctx  context.Context
	r    io.Reader
	left int64
	err  error
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	if s.err = s.ctx.Err(); s.err != nil {
		return 0, s.err
	}
	if s.left < 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > s.left+1 {
		p = p[:s.left+1]
	}
	n, err := s.r.Read(p)
	s.left -= int64(n)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}
