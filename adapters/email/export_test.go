package email

import "time"

// Hurried returns the adapter with pauses short enough for tests.
func Hurried(now func() time.Time) *Adapter {
	a := New(now)
	a.pace = pace{pollEvery: 20 * time.Millisecond, pollSoon: 20 * time.Millisecond, pollIdle: 100 * time.Millisecond,
		firstBackoff: time.Millisecond, lastBackoff: 5 * time.Millisecond, refusedBackoff: 50 * time.Millisecond}
	return a
}
