package ticket

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How many wrong secrets are looked at: of one client 20, then two a minute; for one number, from anywhere, 10, then one a
// minute. A secret has 128 bits: this keeps the log quiet and the database idle rather than the ticket safe.
const (
	clientGuesses = 20
	clientForgive = 30 * time.Second
	numberGuesses = 10
	numberForgive = time.Minute
	// maxGuessers bounds the memory, in clients and in numbers; some megabytes.
	maxGuessers = 20_000
)

// Guesses counts wrong secrets, in this process, by client and by ticket number, whether there is such a ticket or not.
// The limit of a number holds back only clients who gave a wrong secret themselves not long ago: whoever knows a number
// cannot lock its citizen out.
type Guesses struct {
	now func() time.Time

	mu      sync.Mutex
	clients map[string]*rate.Limiter
	numbers map[string]*rate.Limiter
}

// NewGuesses returns counts of nothing.
func NewGuesses(now func() time.Time) *Guesses {
	return &Guesses{now: now, clients: map[string]*rate.Limiter{}, numbers: map[string]*rate.Limiter{}}
}

// Wait is how long a client must wait before a secret for the number is looked at; zero: not at all.
func (g *Guesses) Wait(number Number, client string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	c, now := g.clients[client], g.now()
	if c == nil || c.TokensAt(now) >= clientGuesses {
		return 0
	}
	wait := until(c, now, clientForgive)
	if n := g.numbers[string(number)]; n != nil {
		wait = max(wait, until(n, now, numberForgive))
	}
	return wait
}

func until(l *rate.Limiter, now time.Time, forgive time.Duration) time.Duration {
	missing := 1 - l.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	return time.Duration(missing * float64(forgive))
}

// Wrong counts a wrong secret.
func (g *Guesses) Wrong(number Number, client string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	count(g.clients, client, clientForgive, clientGuesses, now)
	count(g.numbers, string(number), numberForgive, numberGuesses, now)
}

func count(all map[string]*rate.Limiter, key string, forgive time.Duration, burst int, now time.Time) {
	l := all[key]
	if l == nil {
		makeRoom(all, now)
		l = rate.NewLimiter(rate.Every(forgive), burst)
		all[key] = l
	}
	l.AllowN(now, 1)
}

// makeRoom forgets who is forgiven, and everybody when that is not enough.
func makeRoom(all map[string]*rate.Limiter, now time.Time) {
	if len(all) < maxGuessers {
		return
	}
	for key, l := range all {
		if l.TokensAt(now) >= float64(l.Burst()) {
			delete(all, key)
		}
	}
	if len(all) >= maxGuessers {
		clear(all)
	}
}
