package pluginhost

import (
	"context"
	"crypto/sha256"
	"io"
	"sync"

	"sportello.dev/hub/internal/blob"
)

// maxBook is how many blobs a process may refer to, the latest ones: about 10 MiB of memory.
const maxBook = 100_000

// book lists the blobs that a process put or was handed: the only ones that it may name.
type book struct {
	mu    sync.Mutex
	sizes map[[sha256.Size]byte]int64
	order [][sha256.Size]byte
	next  int
}

func newBook() *book { return &book{sizes: map[[sha256.Size]byte]int64{}} }

func (b *book) add(sum [sha256.Size]byte, size int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.sizes[sum]; known {
		return
	}
	b.sizes[sum] = size
	if len(b.order) < maxBook {
		b.order = append(b.order, sum)
		return
	}
	delete(b.sizes, b.order[b.next])
	b.order[b.next] = sum
	b.next = (b.next + 1) % maxBook
}

func (b *book) size(sum [sha256.Size]byte) (int64, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	size, ok := b.sizes[sum]
	return size, ok
}

// keepBlob makes bytes durable and gives them a row, to which the journal can refer.
func (h *Host) keepBlob(ctx context.Context, r io.Reader, mediaType string) (blob.Ref, error) {
	ref, err := h.Blobs.Put(ctx, r, h.MaxBlob)
	if err != nil {
		return ref, err
	}
	return ref, h.recorder.Record(ref, mediaType)
}
