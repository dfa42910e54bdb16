package office

import (
	"context"
	"sync"
	"time"

	"sportello.dev/hub/internal/postgres"
)

// bookAge is for how long terms and calendars are taken for the same without asking.
const bookAge = 5 * time.Second

// Book keeps the terms at hand for those who need them with every message.
type Book struct {
	store *Store
	now   func() time.Time

	mu    sync.Mutex
	terms *Terms
	read  time.Time
	// forgotten counts, so that what was read before is not kept after.
	forgotten int
}

// NewBook returns a book with this clock.
func NewBook(now func() time.Time) *Book { return &Book{store: NewStore(), now: now} }

// Terms are those in force, at most some seconds old.
func (b *Book) Terms(ctx context.Context, q postgres.Querier) (*Terms, error) {
	b.mu.Lock()
	terms, age, forgotten := b.terms, b.now().Sub(b.read), b.forgotten
	b.mu.Unlock()
	if terms != nil && age.Abs() < bookAge {
		return terms, nil
	}
	read := b.now()
	terms, err := b.store.Terms(ctx, q)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.forgotten == forgotten {
		b.terms, b.read = terms, read
	}
	return terms, nil
}

// Forget reads again next time: somebody has changed them.
func (b *Book) Forget() {
	b.mu.Lock()
	b.terms = nil
	b.forgotten++
	b.mu.Unlock()
}
