package pluginhost

import (
	"cmp"
	"math/rand/v2"
	"time"

	"sportello.dev/hub/internal/channel"
)

// Timing is how long things may take and how often they happen.
type Timing struct {
	// Start bounds the way from launching a process to its first answer: 15 s.
	Start time.Duration
	// Ping is how often a process is asked whether it lives; one that misses three times is killed: 15 s.
	Ping time.Duration
	// BackoffMin and BackoffMax bound the wait before a restart: 1 s and 2 min.
	BackoffMin time.Duration
	BackoffMax time.Duration
	// Stable is how long a process must have been ready for its past to be forgotten: 5 min.
	Stable time.Duration
	// CrashWindow is the time within which five exits put a unit into quarantine: 10 min.
	CrashWindow time.Duration
	// Quarantine is how often a unit in quarantine is tried: 5 min.
	Quarantine time.Duration
	// Open and Close bound those calls: 60 s and 20 s.
	Open  time.Duration
	Close time.Duration
	// Poll is how often the table of channels is read: 5 s.
	Poll time.Duration
	// Lease is how often a lease is renewed or asked for: 10 s.
	Lease time.Duration
	// RetryMin and RetryMax bound the wait before a channel is opened, or its stream begun, again: 1 s and 1 min.
	RetryMin time.Duration
	RetryMax time.Duration
	// HTTP bounds what an adapter takes for a request that has arrived: 25 s.
	HTTP time.Duration
	// Submit bounds a submission as a whole: 10 s. The Submitter answers with a receipt code long before.
	Submit time.Duration
}

func (t Timing) orDefaults() Timing {
	for field, standard := range map[*time.Duration]time.Duration{
		&t.Start: 15 * time.Second, &t.Ping: 15 * time.Second,
		&t.BackoffMin: time.Second, &t.BackoffMax: 2 * time.Minute, &t.Stable: 5 * time.Minute,
		&t.CrashWindow: 10 * time.Minute, &t.Quarantine: 5 * time.Minute,
		&t.Open: time.Minute, &t.Close: 20 * time.Second,
		&t.Poll: 5 * time.Second, &t.Lease: channel.LeaseRenewal,
		&t.RetryMin: time.Second, &t.RetryMax: time.Minute,
		&t.HTTP: 25 * time.Second, &t.Submit: 10 * time.Second,
	} {
		*field = cmp.Or(*field, standard)
	}
	return t
}

// backoff doubles a wait up to a limit. Each wait is shortened at random by up to a third, so that what fell together
// does not rise together.
type backoff struct {
	least, most time.Duration
	next        time.Duration
}

func (b *backoff) wait() time.Duration {
	d := max(b.next, b.least)
	b.next = min(2*d, b.most)
	return d - rand.N(d/3+1)
}

func (b *backoff) reset() { b.next = 0 }
