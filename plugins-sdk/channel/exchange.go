package channel

import (
	"context"
	"sync"
	"time"
)

const (
	// maxExchanges is the most exchanges kept of one call.
	maxExchanges = 20
	// maxExchangeText is the most characters kept of each side of an exchange.
	maxExchangeText = 4096
)

// Exchange is one request to a provider and its answer, for the channel's log. Secrets are removed before it leaves
// the adapter.
type Exchange struct {
	// Protocol is http, smtp, smpp...
	Protocol string
	Request  string
	Response string
	// Error says why there is no answer.
	Error     string
	StartedAt time.Time
	Took      time.Duration
}

// Record adds an exchange to the answer of the call that ctx belongs to; outside of one it does nothing. HTTPClient
// records by itself.
func Record(ctx context.Context, exchange Exchange) {
	if recorder, ok := ctx.Value(recorderKey{}).(*recorder); ok {
		recorder.add(exchange)
	}
}

type recorderKey struct{}

type recorder struct {
	redact func(string) string

	mu        sync.Mutex
	exchanges []Exchange
}

func withRecorder(ctx context.Context, redact func(string) string) (context.Context, *recorder) {
	recorder := &recorder{redact: redact}
	return context.WithValue(ctx, recorderKey{}, recorder), recorder
}

func (r *recorder) add(exchange Exchange) {
	// Redacted before it is cut: half a secret would not be recognised.
	exchange.Request = clip(r.redact(exchange.Request), maxExchangeText)
	exchange.Response = clip(r.redact(exchange.Response), maxExchangeText)
	exchange.Error = clip(r.redact(exchange.Error), maxDetail)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.exchanges) < maxExchanges {
		r.exchanges = append(r.exchanges, exchange)
	}
}

func (r *recorder) all() []Exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.exchanges
}
