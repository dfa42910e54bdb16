package email

import (
	"time"

	"sportello.dev/adapters/internal/reader"
)

// Hurried returns the adapter with pauses, and patience with a mail, short enough for tests.
func Hurried(now func() time.Time) *Adapter {
	a := New(now)
	a.pace = pace{pollEvery: 20 * time.Millisecond, pollSoon: 20 * time.Millisecond, pollIdle: 100 * time.Millisecond,
		firstBackoff: time.Millisecond, lastBackoff: 5 * time.Millisecond, refusedBackoff: 50 * time.Millisecond}
	a.readers = reader.NewPool(reader.Bounds{CPU: time.Second, Memory: 256 << 20})
	return a
}
