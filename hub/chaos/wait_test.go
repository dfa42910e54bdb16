package chaos

import (
	"context"
	"fmt"
	"time"
)

// clock is how moments are written in stories.
const clock = "15:04:05.000"

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// await polls until done says so.
func await(ctx context.Context, most time.Duration, what string, done func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for !done() {
		if ctx.Err() != nil {
			return fmt.Errorf("waited %s for %s: %w", most, what, ctx.Err())
		}
		pause(ctx, 50*time.Millisecond)
	}
	return nil
}
