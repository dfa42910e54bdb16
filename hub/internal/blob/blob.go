// Package blob keeps bytes under the name of their own SHA-256: raw messages,
// attachments, evidence. Equal bytes are stored once.
//
// Bytes come first, rows after: Put makes the bytes durable, Keep writes, in the
// caller's transaction, the row that says who needs them. Sweep removes what
// nobody has needed for a week.
package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"time"

	"sportello.dev/hub/internal/fault"
)

// Sum is the SHA-256 of a blob's bytes, and its name.
type Sum [sha256.Size]byte

// String returns the sum in hexadecimal.
func (s Sum) String() string { return hex.EncodeToString(s[:]) }

// ParseSum reads a sum written in hexadecimal.
func ParseSum(text string) (Sum, error) {
	raw, err := hex.DecodeString(text)
	if err != nil {
		return Sum{}, fault.Invalid("sha256", "blob.sum", "a blob's name is 64 hexadecimal digits: %w", err)
	}
	return SumFromBytes(raw)
}

// SumFromBytes reads a sum as the database holds it.
func SumFromBytes(raw []byte) (Sum, error) {
	if len(raw) != sha256.Size {
		return Sum{}, fault.Invalid("sha256", "blob.sum", "a blob's name has %d bytes, not %d", sha256.Size, len(raw))
	}
	return Sum(raw), nil
}

// Ref names stored bytes.
type Ref struct {
	Sum  Sum
	Size int64
}

// Range is a part of a blob, in bytes; Length 0 means up to the end, so the
// zero Range is all of it.
type Range struct {
	Offset int64
	Length int64
}

// Store holds the bytes. Its errors are of kind NotFound (no such blob),
// Invalid (too large, range outside) or Unavailable (disk full, store away).
type Store interface {
	// Put reads r to its end, at most limit bytes, and returns when the bytes
	// are durable. After an error nothing is kept. Errors of r come back as they are.
	Put(ctx context.Context, r io.Reader, limit int64) (Ref, error)
	// Get opens a blob or a part of it. A read of the whole fails at its end
	// when the bytes are not the ones that were stored.
	Get(ctx context.Context, sum Sum, part Range) (io.ReadCloser, error)
	// Stat returns the size.
	Stat(ctx context.Context, sum Sum) (int64, error)
	// Delete removes a blob; one that is not there is no error.
	Delete(ctx context.Context, sum Sum) error
	// Walk calls fn for every blob, with the time it was last put.
	Walk(ctx context.Context, fn func(ref Ref, put time.Time) error) error
	// Identity returns the store's id; NotFound when it has none.
	Identity(ctx context.Context) (string, error)
	// Identify gives an id to a store that has none.
	Identify(ctx context.Context, id string) error
}

// PutBytes stores b.
func PutBytes(ctx context.Context, store Store, b []byte) (Ref, error) {
	return store.Put(ctx, bytes.NewReader(b), int64(len(b)))
}

// ReadAll returns all bytes of a blob, checked, when they are at most limit.
func ReadAll(ctx context.Context, store Store, sum Sum, limit int64) ([]byte, error) {
	size, err := store.Stat(ctx, sum)
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, tooLarge(limit)
	}
	r, err := store.Get(ctx, sum, Range{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading blob %s: %w", sum, err)
	}
	return b, nil
}

// Verify reads a blob and reports, as kind Unavailable, bytes that are not the
// ones that were stored.
func Verify(ctx context.Context, store Store, sum Sum) error {
	r, err := store.Get(ctx, sum, Range{})
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := io.Copy(io.Discard, r); err != nil {
		return fmt.Errorf("verifying blob %s: %w", sum, err)
	}
	return nil
}

func tooLarge(limit int64) error {
	return fault.Invalid("size", "blob.too_large", "the bytes exceed the limit of %d", limit)
}

// checked is a reader of a whole blob that compares the bytes with their name.
type checked struct {
	io.ReadCloser
	sum  Sum
	hash hash.Hash
}

func newChecked(r io.ReadCloser, sum Sum) *checked {
	return &checked{ReadCloser: r, sum: sum, hash: sha256.New()}
}

// Read implements io.Reader.
func (c *checked) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.hash.Write(p[:n])
	if err == io.EOF && Sum(c.hash.Sum(nil)) != c.sum {
		return n, fault.Unavailable("blob %s is damaged: its bytes are not the ones stored", c.sum)
	}
	return n, err
}

// cut is the part of a blob of the given size that a Range means.
func (r Range) cut(size int64) (offset, length int64, err error) {
	if r.Offset < 0 || r.Length < 0 || r.Offset > size {
		return 0, 0, fault.Invalid("range", "blob.range", "bytes %d+%d of a blob of %d", r.Offset, r.Length, size)
	}
	length = size - r.Offset
	if r.Length > 0 {
		length = min(length, r.Length)
	}
	return r.Offset, length, nil
}
