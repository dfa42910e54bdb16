package email

import (
	"context"
	"time"

	"sportello.dev/adapters/internal/reader"
)

// Hurried returns the adapter with pauses, and patience with a mail, short enough for tests.
func Hurried(now func() time.Time) *Adapter {
	a := New(now)
	a.pace = pace{pollEvery: 20 * time.Millisecond, pollSoon: 20 * time.Millisecond, pollIdle: 100 * time.Millisecond,
		firstBackoff: time.Millisecond, lastBackoff: 5 * time.Millisecond, refusedBackoff: 50 * time.Millisecond, backlog: 50}
	a.readers = reader.NewPool(reader.Bounds{CPU: time.Second, Memory: 256 << 20})
	a.patience = patience{find: 300 * time.Millisecond, look: 10 * time.Millisecond}
	return a
}

// WithRecords lets the adapter see these text records instead of the DNS.
func (a *Adapter) WithRecords(records map[string]string) *Adapter {
	a.lookupTXT = func(_ context.Context, name string) ([]string, error) { return []string{records[name]}, nil }
	return a
}

// WithPatience lets a trial wait so long for its letter.
func (a *Adapter) WithPatience(find time.Duration) *Adapter {
	a.patience.find = find
	return a
}

// lasting readers live as long as the tests: starting one costs a second under the race detector.
var lasting = func() *reader.Pool {
	pool := reader.NewPool(reader.DefaultBounds())
	pool.Hold()
	return pool
}()

// WithLastingReaders lets adapters that are made one after another share their readers.
func (a *Adapter) WithLastingReaders() *Adapter {
	a.readers = lasting
	return a
}
