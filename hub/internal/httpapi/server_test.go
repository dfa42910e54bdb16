package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
)

// stubHandlers answer only what a test sets; everything else panics.
type stubHandlers struct {
	api.StrictServerInterface
	town   func(context.Context) (api.GetTownResponseObject, error)
	reply  func(context.Context, api.CreateReplyRequestObject) (api.CreateReplyResponseObject, error)
	upload func(context.Context, api.CreateUploadRequestObject) (api.CreateUploadResponseObject, error)
	list   func(context.Context, api.ListTicketsRequestObject) (api.ListTicketsResponseObject, error)
	patch  func(context.Context, api.UpdateTicketRequestObject) (api.UpdateTicketResponseObject, error)
}

func (s stubHandlers) GetTown(ctx context.Context, _ api.GetTownRequestObject) (api.GetTownResponseObject, error) {
	if s.town == nil {
		return api.GetTown200JSONResponse{Name: "Borgo Sereno"}, nil
	}
	return s.town(ctx)
}

func (s stubHandlers) CreateReply(ctx context.Context, r api.CreateReplyRequestObject) (api.CreateReplyResponseObject, error) {
	return s.reply(ctx, r)
}

func (s stubHandlers) CreateUpload(ctx context.Context, r api.CreateUploadRequestObject) (api.CreateUploadResponseObject, error) {
	return s.upload(ctx, r)
}

func (s stubHandlers) ListTickets(ctx context.Context, r api.ListTicketsRequestObject) (api.ListTicketsResponseObject, error) {
	if s.list == nil {
		return api.ListTickets200JSONResponse{Items: []api.TicketSummary{}}, nil
	}
	return s.list(ctx, r)
}

func (s stubHandlers) UpdateTicket(ctx context.Context, r api.UpdateTicketRequestObject) (api.UpdateTicketResponseObject, error) {
	return s.patch(ctx, r)
}

// stubAccounts know one token and one session.
type stubAccounts struct{ actor account.Actor }

func (s stubAccounts) ByToken(_ context.Context, secret string) (account.Actor, error) {
	if secret != "spt_good" {
		return account.Actor{}, account.ErrUnauthenticated
	}
	return s.actor, nil
}

func (s stubAccounts) BySession(ctx context.Context, secret string) (account.Actor, error) {
	return s.ByToken(ctx, "spt_"+secret)
}

// face is an internal listener with stubs behind it.
type face struct {
	t       *testing.T
	handler http.Handler
}

func newFace(t *testing.T, cfg Config, handlers api.StrictServerInterface) face {
	t.Helper()
	operator := account.Actor{Kind: account.KindOperator, Operator: id.New[id.Operator](), Role: account.FirstLevel}
	return newFaceAs(t, cfg, handlers, operator)
}

// newFaceOf is a listener that takes the test for this actor; its handlers all break.
func newFaceOf(t *testing.T, actor account.Actor) face {
	t.Helper()
	return newFaceAs(t, Config{}, stubHandlers{}, actor)
}

func newFaceAs(t *testing.T, cfg Config, handlers api.StrictServerInterface, actor account.Actor) face {
	t.Helper()
	around := Surroundings{Log: slog.New(slog.DiscardHandler), Now: time.Now, Registry: prometheus.NewRegistry()}
	ui := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "inbox at "+r.URL.Path) })
	who := stubAccounts{actor: actor}
	handler, err := Internal(cfg, around, handlers, who, ui)
	require.NoError(t, err)
	return face{t: t, handler: handler}
}

// ask sends a request; headers are "Name: value" lines.
func (f face) ask(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	f.t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(f.t.Context(), method, target, content)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w
}

const (
	asScript  = "Authorization: Bearer spt_good"
	asBrowser = "Cookie: sportello=good"
)

// problem reads the problem in an answer and checks what every problem has.
func problem(t *testing.T, w *httptest.ResponseRecorder) api.Problem {
	t.Helper()
	require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"), "%s", w.Body)
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	var p api.Problem
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
	require.Equal(t, w.Code, p.Status)
	require.NotNil(t, p.RequestID)
	require.NotEmpty(t, p.Code)
	return p
}

func TestWhoMayCome(t *testing.T) {
	t.Parallel()
	f := newFace(t, Config{}, stubHandlers{})
	for name, c := range map[string]struct {
		target string
		header string
		status int
	}{
		"anybody reads the town's name":       {"/api/v1/town", "X-None: ", 200},
		"nobody unknown lists tickets":        {"/api/v1/tickets", "X-None: ", 401},
		"a token opens":                       {"/api/v1/tickets", asScript, 200},
		"any case of the scheme":              {"/api/v1/tickets", "Authorization: bearer spt_good", 200},
		"a session opens":                     {"/api/v1/tickets", asBrowser, 200},
		"a wrong token is told even if open":  {"/api/v1/town", "Authorization: Bearer spt_bad", 401},
		"an ended session is nobody":          {"/api/v1/town", "Cookie: sportello=bad", 200},
		"an ended session opens nothing":      {"/api/v1/tickets", "Cookie: sportello=bad", 401},
		"a cookie for HTTPS is not for HTTP":  {"/api/v1/tickets", "Cookie: __Host-sportello=good", 401},
		"basic authentication is not a token": {"/api/v1/tickets", "Authorization: Basic c3B0X2dvb2Q=", 401},
		"an operator manages no tokens":       {"/api/v1/tokens", asScript, 403},
		"an unknown route":                    {"/api/v1/secrets", asScript, 404},
		"an unknown version":                  {"/api/v2/tickets", asScript, 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := face{t, f.handler}.ask("GET", c.target, "", c.header)
			require.Equal(t, c.status, w.Code, "%s", w.Body)
			if c.status >= 400 {
				problem(t, w)
			}
			if c.status == 401 {
				require.NotEmpty(t, w.Header().Get("WWW-Authenticate"))
			}
		})
	}
}

func TestOtherSitesChangeNothing(t *testing.T) {
	t.Parallel()
	patched := 0
	f := newFace(t, Config{Origins: []string{"https://sportello.comune.example"}}, stubHandlers{
		patch: func(context.Context, api.UpdateTicketRequestObject) (api.UpdateTicketResponseObject, error) {
			patched++
			return api.UpdateTicket200JSONResponse{}, nil
		},
	})
	change := func(headers ...string) *httptest.ResponseRecorder {
		return f.ask("PATCH", "http://hub.example/api/v1/tickets/2026-000001-3", `{"version":1,"status":"open"}`, headers...)
	}
	require.Equal(t, 403, change(asBrowser, "Sec-Fetch-Site: cross-site").Code)
	require.Equal(t, 403, change(asBrowser, "Sec-Fetch-Site: same-site").Code, "a sister site is another site")
	require.Equal(t, 403, change(asBrowser, "Origin: https://evil.example").Code, "browsers without fetch metadata")
	require.Zero(t, patched)
	require.Equal(t, 200, change(asBrowser, "Sec-Fetch-Site: same-origin").Code)
	require.Equal(t, 200, change(asBrowser, "Origin: http://hub.example").Code)
	require.Equal(t, 200, change(asBrowser, "Origin: https://sportello.comune.example", "Sec-Fetch-Site: cross-site").Code)
	require.Equal(t, 200, change(asScript, "Origin: https://evil.example").Code, "nobody can send another's token")
	require.Equal(t, 4, patched)
}

func TestRequestsAreHeldAgainstTheDescription(t *testing.T) {
	t.Parallel()
	f := newFace(t, Config{}, stubHandlers{})
	const reply = "/api/v1/tickets/2026-000001-3/replies"
	for name, c := range map[string]struct {
		method, target, body string
		status               int
		field, code          string
	}{
		"number without form":   {"GET", "/api/v1/tickets/12", "", 400, "number", "format"},
		"unknown queue":         {"GET", "/api/v1/tickets?queue=theirs", "", 400, "queue", "unknown"},
		"limit too large":       {"GET", "/api/v1/tickets?limit=51", "", 400, "limit", "out_of_range"},
		"limit no number":       {"GET", "/api/v1/tickets?limit=all", "", 400, "limit", "format"},
		"unknown status":        {"GET", "/api/v1/tickets?status=open,burnt", "", 400, "status.1", "unknown"},
		"id no UUID":            {"GET", "/api/v1/messages/1", "", 400, "id", "format"},
		"required parameter":    {"GET", "/api/v1/deliveries", "", 400, "state", "required"},
		"no body":               {"POST", reply, "", 400, "", ""},
		"broken JSON":           {"POST", reply, `{"text":`, 400, "", ""},
		"not an object":         {"POST", reply, `[]`, 422, "", "format"},
		"empty text":            {"POST", reply, `{"text":""}`, 422, "text", "too_short"},
		"missing text":          {"POST", reply, `{}`, 422, "text", "required"},
		"text of another type":  {"POST", reply, `{"text":1}`, 422, "text", "format"},
		"delay too long":        {"POST", reply, `{"text":"x","delay_seconds":61}`, 422, "delay_seconds", "out_of_range"},
		"upload id no UUID":     {"POST", reply, `{"text":"x","attachments":["1"]}`, 422, "attachments.0", "format"},
		"unknown address kind":  {"POST", reply, `{"text":"x","to":[{"kind":"pigeon","address":"roof"}]}`, 422, "to.0.kind", "unknown"},
		"misspelt field":        {"POST", reply, `{"text":"x","recipients":[]}`, 422, "recipients", "unknown"},
		"patch without version": {"PATCH", "/api/v1/tickets/2026-000001-3", `{"status":"open","subject":"x"}`, 422, "version", "required"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := face{t, f.handler}.ask(c.method, c.target, c.body, asScript)
			p := problem(t, w)
			require.Equal(t, c.status, w.Code, "%s", w.Body)
			require.Equal(t, "invalid", p.Code)
			if c.code != "" {
				require.NotNil(t, p.Fields, "%s", w.Body)
				require.Equal(t, c.field, (*p.Fields)[0].Field, "%s", w.Body)
				require.Equal(t, c.code, (*p.Fields)[0].Code, "%s", w.Body)
			}
		})
	}
	w := f.ask("POST", reply, `text=x`, asScript, "Content-Type: application/x-www-form-urlencoded")
	require.Equal(t, 415, w.Code)
	require.Equal(t, "unsupported_type", problem(t, w).Code)
}

func TestBodiesAreCapped(t *testing.T) {
	t.Parallel()
	f := newFace(t, Config{}, stubHandlers{
		upload: func(_ context.Context, r api.CreateUploadRequestObject) (api.CreateUploadResponseObject, error) {
			_, err := io.Copy(io.Discard, r.Body)
			return api.CreateUpload201JSONResponse{}, err
		},
	})
	w := f.ask("POST", "/api/v1/tickets/2026-000001-3/replies", `{"text":"`+strings.Repeat("x", defaultRequestBytes)+`"}`, asScript)
	require.Equal(t, 413, w.Code)
	require.Equal(t, "too_large", problem(t, w).Code)

	w = f.ask("POST", "/api/v1/uploads?name=a.bin", strings.Repeat("x", defaultRequestBytes+1), asScript, "Content-Type: application/octet-stream")
	require.Equal(t, 201, w.Code, "a file may be larger: %s", w.Body)

	// Without a declared length the cap strikes while reading.
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/api/v1/uploads?name=a.bin", io.LimitReader(zeros{}, 26<<20))
	r.Header.Set("Content-Type", "application/octet-stream")
	r.Header.Set("Authorization", "Bearer spt_good")
	rec := httptest.NewRecorder()
	f.handler.ServeHTTP(rec, r)
	require.Equal(t, 413, rec.Code)
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

func TestErrorsAreTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err    error
		status int
		code   string
		says   string
	}{
		"not found":    {fault.NotFound("ticket %d", 7), 404, "not_found", ""},
		"conflict":     {fault.Conflict("the message has begun to leave"), 409, "conflict", "The message has begun to leave."},
		"own conflict": {conflict(codeStale, "It changed."), 409, "stale", "It changed."},
		"forbidden":    {fault.Forbidden("no"), 403, "forbidden", ""},
		"unavailable":  {fault.Unavailable("disk full at /srv/x"), 503, "unavailable", ""},
		"throttled":    {&account.ThrottledError{After: 90 * time.Second}, 429, "rate_limited", ""},
		"bad login":    {account.ErrBadLogin, 401, "unauthenticated", "Wrong login or password."},
		"our own":      {io.ErrShortWrite, 500, "internal", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFace(t, Config{}, stubHandlers{town: func(context.Context) (api.GetTownResponseObject, error) { return nil, c.err }})
			w := f.ask("GET", "/api/v1/town", "")
			p := problem(t, w)
			require.Equal(t, c.status, w.Code)
			require.Equal(t, c.code, p.Code)
			if c.says != "" {
				require.Equal(t, c.says, *p.Detail)
			}
			require.NotContains(t, w.Body.String(), "/srv/x", "what is ours stays inside")
			require.NotContains(t, w.Body.String(), "short write")
		})
	}
	f := newFace(t, Config{}, stubHandlers{town: func(context.Context) (api.GetTownResponseObject, error) { panic("at the disco") }})
	w := f.ask("GET", "/api/v1/town", "", "X-Request-Id: proxy-1234")
	require.Equal(t, 500, w.Code)
	require.Equal(t, "proxy-1234", *problem(t, w).RequestID)
	require.NotContains(t, w.Body.String(), "disco")
}

func TestInvalidFieldsOfStoresAreTold(t *testing.T) {
	t.Parallel()
	f := newFace(t, Config{}, stubHandlers{town: func(context.Context) (api.GetTownResponseObject, error) {
		return nil, fault.Invalid("to", "address", "not an address")
	}})
	p := problem(t, f.ask("GET", "/api/v1/town", ""))
	require.Equal(t, 422, p.Status)
	require.Equal(t, []api.ProblemField{{Field: "to", Code: "address", Message: optional("Not an address.")}}, *p.Fields)
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	f := newFace(t, Config{}, stubHandlers{})
	for target, csp := range map[string]string{
		"/api/v1/town": apiCSP, "/api/docs": docsCSP, "/metrics": apiCSP,
	} {
		w := f.ask("GET", target, "")
		require.Equal(t, 200, w.Code, target)
		require.Equal(t, csp, w.Header().Get("Content-Security-Policy"), target)
		require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"), target)
		require.Equal(t, "DENY", w.Header().Get("X-Frame-Options"), target)
		require.Empty(t, w.Header().Get("Strict-Transport-Security"), target)
		require.NotEmpty(t, w.Header().Get("X-Request-Id"), target)
	}
	require.Equal(t, "no-store", f.ask("GET", "/api/v1/town", "").Header().Get("Cache-Control"))
	require.Equal(t, "inbox at /tickets/2026-000001-3", f.ask("GET", "/tickets/2026-000001-3", "").Body.String())
	require.Equal(t, 404, f.ask("GET", "/api", "").Code)
	require.Equal(t, 404, f.ask("GET", "/api/", "").Code)
}

func TestOnlyNamedProxiesAreBelieved(t *testing.T) {
	t.Parallel()
	seen := make(chan *request, 1)
	handlers := stubHandlers{town: func(ctx context.Context) (api.GetTownResponseObject, error) {
		seen <- requestOf(ctx)
		return api.GetTown200JSONResponse{}, nil
	}}
	forwarded := []string{"X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https", "Host: hub.example"}

	newFace(t, Config{}, handlers).ask("GET", "/api/v1/town", "", forwarded...)
	r := <-seen
	require.Equal(t, "192.0.2.1", r.place, "nobody is believed by default, not even a private address")
	require.False(t, r.secure)

	newFace(t, Config{Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/28")}}, handlers).ask("GET", "/api/v1/town", "", forwarded...)
	r = <-seen
	require.Equal(t, "203.0.113.9", r.place)
	require.True(t, r.secure)
	require.Equal(t, "https://hub.example", r.origin)

	newFace(t, Config{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, handlers).ask("GET", "/api/v1/town", "", forwarded...)
	r = <-seen
	require.Equal(t, "192.0.2.1", r.place)
	require.False(t, r.secure)
}

func TestCookieOverHTTPS(t *testing.T) {
	t.Parallel()
	f := newFace(t, Config{Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}}, stubHandlers{})
	w := f.ask("GET", "/api/v1/tickets", "", "X-Forwarded-Proto: https", "Cookie: __Host-sportello=good")
	require.Equal(t, 200, w.Code)
	require.NotEmpty(t, w.Header().Get("Strict-Transport-Security"))
	w = f.ask("GET", "/api/v1/tickets", "", "X-Forwarded-Proto: https", "Cookie: sportello=good")
	require.Equal(t, 401, w.Code, "the plain name counts for nothing over HTTPS")

	require.Equal(t, "__Host-sportello=x; Path=/; HttpOnly; Secure; SameSite=Strict", sessionCookie("x", true))
	require.Equal(t, "sportello=x; Path=/; HttpOnly; SameSite=Strict", sessionCookie("x", false))
	require.Contains(t, sessionCookie("", true), "Max-Age=0")
}

func TestDocumentation(t *testing.T) {
	t.Parallel()
	f := newFace(t, Config{}, stubHandlers{})
	w := f.ask("GET", "/api/docs", "")
	require.Equal(t, 200, w.Code)
	page := w.Body.String()
	s, err := loadSpec(Config{})
	require.NoError(t, err)
	for _, op := range s.operations {
		require.Contains(t, page, `<article id="`+op.id+`">`)
	}
	require.NotContains(t, page, "<script")
	require.NotContains(t, page, "http://")
	require.NotContains(t, page, "https://", "the page asks nobody else for anything")
	require.Contains(t, page, `<a href="#schema-Problem">Problem</a>`)
	w = f.ask("GET", "/api/openapi.yaml", "")
	require.Equal(t, specText, w.Body.Bytes())
	require.Contains(t, f.ask("GET", "/api/docs/style.css", "").Header().Get("Content-Type"), "text/css")
}

func TestMetricsNameRoutesNotAddresses(t *testing.T) {
	t.Parallel()
	f := newFace(t, Config{}, stubHandlers{})
	f.ask("GET", "/api/v1/tickets?q=2026", "", asScript)
	f.ask("BREW", "/coffee", "")
	text := f.ask("GET", "/metrics", "").Body.String()
	require.Contains(t, text, `route="/api/v1/tickets",status="200"`)
	require.NotContains(t, text, "2026")
	require.NotContains(t, text, "BREW")
	require.NotContains(t, text, "coffee")
}
