package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres/pgtest"
)

// replies is a listener whose reply route does what the test says, and counts.
type replies struct {
	face
	pool  *pgxpool.Pool
	clock *atomic.Int64 // seconds
	made  *atomic.Int32
	last  *atomic.Pointer[uuid.UUID]
	// act may fail or wait; it runs once the request has its id.
	act *atomic.Pointer[func() error]
}

func newReplies(t *testing.T) replies {
	t.Helper()
	r := replies{pool: pgtest.New(t), clock: &atomic.Int64{}, made: &atomic.Int32{},
		last: &atomic.Pointer[uuid.UUID]{}, act: &atomic.Pointer[func() error]{}}
	r.clock.Store(1_780_000_000)
	handlers := stubHandlers{reply: func(ctx context.Context, _ api.CreateReplyRequestObject) (api.CreateReplyResponseObject, error) {
		made := requestOf(ctx).newUUID("message")
		r.last.Store(&made)
		r.made.Add(1)
		if act := r.act.Load(); act != nil {
			if err := (*act)(); err != nil {
				return nil, err
			}
		}
		return api.CreateReply201JSONResponse{ID: made}, nil
	}}
	around := Surroundings{DB: r.pool, Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(),
		Now: func() time.Time { return time.Unix(r.clock.Load(), 0) }}
	who := stubAccounts{actor: account.Actor{Kind: account.KindOperator, Operator: id.New[id.Operator](), Role: account.FirstLevel}}
	handler, err := Internal(Config{}, around, handlers, who, http.NotFoundHandler())
	require.NoError(t, err)
	r.face = face{t, handler}
	return r
}

func (r replies) fail(err error) {
	act := func() error { return err }
	r.act.Store(&act)
}

func (r replies) post(text string, headers ...string) *httptest.ResponseRecorder {
	return r.ask("POST", "/api/v1/tickets/2026-000001-3/replies", `{"text":"`+text+`"}`, append(headers, asScript)...)
}

const someKey = "Idempotency-Key: k-1"

func TestSameKeySameAnswer(t *testing.T) {
	t.Parallel()
	r := newReplies(t)
	first := r.post("ciao", someKey)
	require.Equal(t, 201, first.Code, "%s", first.Body)
	again := r.post("ciao", someKey)
	require.Equal(t, 201, again.Code)
	require.Equal(t, first.Body.String(), again.Body.String())
	require.Equal(t, first.Header().Get("Content-Type"), again.Header().Get("Content-Type"))
	require.Equal(t, "true", again.Header().Get("Idempotent-Replayed"))
	require.EqualValues(t, 1, r.made.Load())

	other := r.post("ciao", "Idempotency-Key: k-2")
	require.Equal(t, 201, other.Code)
	require.NotEqual(t, first.Body.String(), other.Body.String())
	require.Equal(t, 201, r.post("ciao").Code, "without a key every request counts")
	require.Equal(t, 201, r.post("ciao").Code)
	require.EqualValues(t, 4, r.made.Load())
}

func TestSameKeyOtherRequestIsRefused(t *testing.T) {
	t.Parallel()
	r := newReplies(t)
	require.Equal(t, 201, r.post("ciao", someKey).Code)
	w := r.post("addio", someKey)
	require.Equal(t, 422, w.Code)
	require.Equal(t, codeKeyReused, problem(t, w).Code)
	w = r.ask("POST", "/api/v1/tickets/2026-000002-6/replies", `{"text":"ciao"}`, someKey, asScript)
	require.Equal(t, 422, w.Code, "the same text to another ticket is another request")
	require.EqualValues(t, 1, r.made.Load())
}

func TestSecondRequestWhileTheFirstRuns(t *testing.T) {
	t.Parallel()
	r := newReplies(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	act := func() error { close(entered); <-leave; return nil }
	r.act.Store(&act)
	var wg sync.WaitGroup
	wg.Go(func() { r.post("ciao", someKey) })
	<-entered
	w := r.post("ciao", someKey)
	require.Equal(t, 409, w.Code)
	require.Equal(t, codeInProgress, problem(t, w).Code)
	require.NotEmpty(t, w.Header().Get("Retry-After"))
	close(leave)
	wg.Wait()
	require.Equal(t, 201, r.post("ciao", someKey).Code)
	require.EqualValues(t, 1, r.made.Load())
}

func TestRefusalFreesTheKey(t *testing.T) {
	t.Parallel()
	r := newReplies(t)
	r.fail(conflict(codeNewerMessage, "The citizen has written."))
	require.Equal(t, 409, r.post("ciao", someKey).Code)
	r.act.Store(nil)
	require.Equal(t, 201, r.post("ciao, ho letto", someKey).Code, "nothing was done, so the key may serve another text")
}

func TestOwnFailureKeepsIdsForTheNextTry(t *testing.T) {
	t.Parallel()
	r := newReplies(t)
	r.fail(errors.New("the network went away after the commit"))
	require.Equal(t, 500, r.post("ciao", someKey).Code)
	first := *r.last.Load()
	require.Equal(t, 422, r.post("addio", someKey).Code, "the outcome is unknown: no other request may have the key")
	r.act.Store(nil)
	r.clock.Add(10)
	require.Equal(t, 201, r.post("ciao", someKey).Code, "the same one may go on at once")
	require.Equal(t, first, *r.last.Load(), "and meets what it made")
}

func TestCutOffRequestIsTakenOver(t *testing.T) {
	t.Parallel()
	r := newReplies(t)
	r.fail(context.Canceled)
	// A process that was killed leaves the claim as it was.
	require.Equal(t, 500, r.post("ciao", someKey).Code)
	_, err := r.pool.Exec(t.Context(), `UPDATE idempotency_key SET claimed_at = created_at`)
	require.NoError(t, err)
	first := *r.last.Load()
	r.act.Store(nil)
	require.Equal(t, 409, r.post("ciao", someKey).Code, "it might still be running")
	r.clock.Add(int64(takeOver/time.Second) + 1)
	require.Equal(t, 201, r.post("ciao", someKey).Code)
	require.Equal(t, first, *r.last.Load())
}

func TestKeysOfOthersAreTheirs(t *testing.T) {
	t.Parallel()
	kept := &answers{db: pgtest.New(t), now: time.Now, log: slog.New(slog.DiscardHandler)}
	_, a, err := kept.begin(t.Context(), "operator:a", "k", []byte("1"))
	require.NoError(t, err)
	_, b, err := kept.begin(t.Context(), "operator:b", "k", []byte("2"))
	require.NoError(t, err)
	require.NotEqual(t, (&request{key: a}).newUUID("message"), (&request{key: b}).newUUID("message"))
	require.NotEqual(t, (&request{key: a}).newUUID("message"), (&request{key: a}).newUUID("delivery"))
}

func TestPruneAnswers(t *testing.T) {
	t.Parallel()
	r := newReplies(t)
	require.Equal(t, 201, r.post("ciao", someKey).Code)
	now := time.Unix(r.clock.Load(), 0)
	n, err := PruneAnswers(t.Context(), r.pool, now.Add(keepAnswers))
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = PruneAnswers(t.Context(), r.pool, now.Add(keepAnswers+time.Second))
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
}

func TestMadeIdsAreVersion7(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	made := (&request{key: &claim{actor: "a", key: "k", since: at}}).newUUID("message")
	require.EqualValues(t, 7, made.Version())
	require.Equal(t, uuid.RFC4122, made.Variant())
	seconds, _ := made.Time().UnixTime()
	require.Equal(t, at.Unix(), seconds)
	require.NotEqual(t, (&request{}).newUUID("message"), (&request{}).newUUID("message"))
}
