package pluginhost

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// perSecond and burst bound what one client may ask for, in webhooks: a provider posts many from one address. A page,
	// or an address that leads nowhere, counts as pageCost of them.
	perSecond = 200
	burst     = 1000
	pageCost  = 10
	// maxClients bounds the memory of the limiter; about 10 MiB.
	maxClients = 50_000
	// clientIdle is how long a client is remembered.
	clientIdle = 10 * time.Minute
)

// limiter bounds the requests of each client. An IPv6 client has a whole /64.
type limiter struct {
	now func() time.Time

	mu      sync.Mutex
	clients map[netip.Prefix]*client
	swept   time.Time
}

type client struct {
	rate *rate.Limiter
	seen time.Time
}

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, clients: map[netip.Prefix]*client{}, swept: now()}
}

// allow counts a request of the given cost. An address that cannot be read shares its allowance with all others of that kind.
func (l *limiter) allow(ip string, cost int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if now.Sub(l.swept) > time.Minute || len(l.clients) > maxClients {
		l.sweep(now)
	}
	key := network(ip)
	c := l.clients[key]
	if c == nil {
		c = &client{rate: rate.NewLimiter(perSecond, burst)}
		l.clients[key] = c
	}
	c.seen = now
	return c.rate.AllowN(now, cost)
}

func (l *limiter) sweep(now time.Time) {
	l.swept = now
	for key, c := range l.clients {
		if now.Sub(c.seen) > clientIdle || len(l.clients) > maxClients {
			delete(l.clients, key)
		}
	}
}

func network(ip string) netip.Prefix {
	address, err := netip.ParseAddr(ip)
	if err != nil {
		return netip.Prefix{}
	}
	bits := 32
	if address = address.Unmap().WithZone(""); address.Is6() {
		bits = 64
	}
	prefix, err := address.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}
