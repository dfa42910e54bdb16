package account

import (
	"fmt"
	"math"
	"sync"
	"time"
)

// ThrottledError says that too many sign-ins failed; After is how long to wait.
type ThrottledError struct{ After time.Duration }

// Error says how long to wait.
func (e *ThrottledError) Error() string {
	return fmt.Sprintf("too many failed sign-ins, wait %s", e.After.Round(time.Second))
}

// allowance is how many failures are free at once, and how soon one is forgiven.
type allowance struct {
	burst   float64
	forgive time.Duration
}

// tally is one count: whose, and how much is free.
type tally struct {
	key string
	allowance
}

// tallies are the three counts a try goes to. A person who mistypes from one
// place is stopped early; a guesser who changes place meets the limit of the
// login; one who tries many logins meets the limit of the place, which a town
// hall behind one address shares.
func tallies(login, place string) []tally {
	return []tally{
		{"both\x00" + login + "\x00" + place, allowance{burst: 5, forgive: time.Minute}},
		{"login\x00" + login, allowance{burst: 30, forgive: time.Minute}},
		{"place\x00" + place, allowance{burst: 50, forgive: 10 * time.Second}},
	}
}

// codeTallies are the counts of a code's tries. Whoever tries codes knows the password already, and there are but a
// million codes: a login has 10 tries at once and one more each 5 minutes, from wherever they come.
func codeTallies(login, place string) []tally {
	return []tally{
		{"login\x00" + login, allowance{burst: 10, forgive: 5 * time.Minute}},
		{"place\x00" + place, allowance{burst: 50, forgive: 10 * time.Second}},
	}
}

// maxBuckets bounds the memory of a throttle: some megabytes.
const maxBuckets = 20_000

// throttle counts failed sign-ins in this process. Each replica counts for itself.
type throttle struct {
	tallies func(login, place string) []tally
	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	allowance
	used float64
	at   time.Time
}

func newThrottle(of func(login, place string) []tally) *throttle {
	return &throttle{tallies: of, buckets: map[string]*bucket{}}
}

// charge counts one try against the login and the place before the password is
// looked at, so that parallel guesses count too. A try that is not allowed
// costs nothing. The returned function takes the charge back after a success.
func (t *throttle) charge(login, place string, now time.Time) (refund func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.makeRoom(now)
	var buckets []*bucket
	var wait time.Duration
	for _, c := range t.tallies(login, place) {
		b := t.bucket(c, now)
		buckets = append(buckets, b)
		wait = max(wait, b.wait())
	}
	if wait > 0 {
		return nil, &ThrottledError{After: wait}
	}
	for _, b := range buckets {
		b.used++
	}
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		for _, b := range buckets {
			b.used = math.Max(0, b.used-1)
		}
	}, nil
}

func (t *throttle) bucket(c tally, now time.Time) *bucket {
	b := t.buckets[c.key]
	if b == nil {
		b = &bucket{allowance: c.allowance, at: now}
		t.buckets[c.key] = b
	}
	b.settle(now)
	return b
}

// settle forgives what time has forgiven since the last look.
func (b *bucket) settle(now time.Time) {
	if since := now.Sub(b.at); since > 0 {
		b.used = math.Max(0, b.used-float64(since)/float64(b.forgive))
		b.at = now
	}
}

func (b *bucket) wait() time.Duration {
	over := b.used + 1 - b.burst
	if over <= 0 {
		return 0
	}
	return time.Duration(over * float64(b.forgive))
}

// makeRoom drops what is forgiven, and everything when that is not enough: the
// flood then pays again, and memory stays bounded.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.buckets) < maxBuckets {
		return
	}
	for key, b := range t.buckets {
		if b.settle(now); b.used < 1 {
			delete(t.buckets, key)
		}
	}
	if len(t.buckets) >= maxBuckets {
		clear(t.buckets)
	}
}
