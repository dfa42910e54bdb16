package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/live"
	"sportello.dev/hub/internal/scan"
)

// When health is no longer good: an accepted event waits this long for filing,
// a delivery is this long overdue. healthWait bounds the whole look.
const (
	slowJournal  = time.Minute
	slowDelivery = 2 * time.Minute
	slowScan     = 15 * time.Minute
	healthWait   = 3 * time.Second
)

// systemRoutes are health and the live stream.
type systemRoutes struct {
	db       *pgxpool.Pool
	accounts *account.Service
	channels *channel.Store
	live     *live.Hub
	version  string
	now      func() time.Time
	scanning bool
}

// GetHealth says how the hub is, from what the database knows now.
func (h systemRoutes) GetHealth(ctx context.Context, _ api.GetHealthRequestObject) (api.GetHealthResponseObject, error) {
	ctx, cancel := context.WithTimeout(ctx, healthWait)
	defer cancel()
	health := api.Health{Status: api.HealthStateOk, Version: optional(h.version)}
	checks := []func(context.Context) (api.HealthCheck, error){h.journal, h.deliveries, h.troubledChannels}
	if h.scanning {
		checks = append(checks, h.scanner)
	}
	for _, check := range checks {
		c, err := check(ctx)
		if err != nil {
			failing := api.HealthCheck{Name: "database", Status: api.HealthStateFailing}
			return api.GetHealth503JSONResponse{Status: api.HealthStateFailing, Version: health.Version, Checks: []api.HealthCheck{failing}}, nil
		}
		if c.Status != api.HealthStateOk {
			health.Status = api.HealthStateDegraded
		}
		health.Checks = append(health.Checks, c)
	}
	health.Checks = append(health.Checks, api.HealthCheck{Name: "database", Status: api.HealthStateOk})
	return api.GetHealth200JSONResponse(health), nil
}

// journal measures the age of the oldest event that waits for filing.
func (h systemRoutes) journal(ctx context.Context) (api.HealthCheck, error) {
	var seconds float32
	err := h.db.QueryRow(ctx, `SELECT coalesce(extract(epoch FROM now() - min(received_at)), 0)::real
		FROM journal WHERE state = 'pending'`).Scan(&seconds)
	return measured("journal", seconds, float64(seconds) > slowJournal.Seconds()), err
}

// deliveries counts those that should have been tried by now, up to 1000.
func (h systemRoutes) deliveries(ctx context.Context) (api.HealthCheck, error) {
	var overdue int
	err := h.db.QueryRow(ctx, `SELECT count(*) FROM (SELECT FROM delivery
		WHERE state = 'queued' AND next_attempt_at < now() - make_interval(secs => $1) LIMIT 1000) late`,
		slowDelivery.Seconds()).Scan(&overdue)
	return measured("deliveries", float32(overdue), overdue > 0), err
}

// troubledChannels counts the channels that should work and do not.
func (h systemRoutes) troubledChannels(ctx context.Context) (api.HealthCheck, error) {
	all, err := h.channels.List(ctx, h.db)
	troubled := 0
	for _, c := range all {
		if state, _, _, _ := channelState(c); state == api.ChannelStateSuspended || state == api.ChannelStateDegraded {
			troubled++
		}
	}
	return measured("channels", float32(troubled), troubled > 0), err
}

// scanner measures how long the file that waits longest for the virus scanner has been due.
func (h systemRoutes) scanner(ctx context.Context) (api.HealthCheck, error) {
	overdue, err := scan.Overdue(ctx, h.db, h.now())
	return measured("scanner", float32(overdue.Seconds()), overdue > slowScan), err
}

func measured(name string, value float32, bad bool) api.HealthCheck {
	c := api.HealthCheck{Name: name, Status: api.HealthStateOk, Value: &value}
	if bad {
		c.Status = api.HealthStateDegraded
	}
	return c
}

// GetLive answers with the live stream.
func (h systemRoutes) GetLive(ctx context.Context, _ api.GetLiveRequestObject) (api.GetLiveResponseObject, error) {
	actor := requestOf(ctx).actor
	who := actor.Operator.UUID
	if actor.Kind == account.KindToken {
		who = actor.Token.UUID
	}
	look := func(ctx context.Context) (account.Scope, error) {
		again, err := h.accounts.Again(ctx, actor)
		if err != nil {
			return account.Scope{}, err
		}
		return account.Allow(again, account.LiveRead, account.Object{})
	}
	stream := liveStream{ctx: ctx, hub: h.live, reader: live.Reader{Who: who, Look: look}}
	if actor.Until != nil {
		stream.lasts = max(time.Nanosecond, actor.Until.Sub(h.now()))
	}
	return stream, nil
}

// liveStream is an answer that lasts as long as the client listens. It keeps the
// request's context because the generated interface hands over no other.
type liveStream struct {
	ctx    context.Context
	hub    *live.Hub
	reader live.Reader
	// lasts is how long session or token are good for; 0 is for ever.
	lasts time.Duration
}

// VisitGetLiveResponse streams. A client that left is no error, and nothing could be told to it.
func (s liveStream) VisitGetLiveResponse(w http.ResponseWriter) error {
	ctx := s.ctx
	if s.lasts > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.lasts)
		defer cancel()
	}
	_ = s.hub.Stream(ctx, w, s.reader)
	return nil
}
