package channel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"sportello.dev/plugins-sdk/channel/wire"
)

// HTTPRequest is a webhook call or a page request that the hub proxied.
type HTTPRequest struct {
	// Action of the route that matched.
	Action string
	Method string
	// URL as the client asked for it on the public listener, absolute.
	URL    string
	Header http.Header
	// Body is the raw body, untouched, for signature checks.
	Body     io.ReadCloser
	RemoteIP string
	// PathValues of the route's pattern.
	PathValues map[string]string
	// RequestID identifies the request in logs.
	RequestID string
}

// HTTPResponse is the answer. The hub commits Events before it writes the rest, and answers 503 if that fails.
type HTTPResponse struct {
	Status int
	Header http.Header
	Body   []byte
	// Blob, which the channel put or was handed, takes the place of Body: the hub streams it, of any size.
	Blob   *BlobRef
	Events []Event
}

// maxResponse leaves room for events beside the body in one message.
const maxResponse = wire.MaxMessage / 2

// HTTP makes an HTTPHandler of an ordinary http.Handler: the action is Action(r), the path values are r.PathValue, and
// events are handed over with Emit(r.Context(), event).
func HTTP(handler http.Handler) HTTPHandler {
	return httpAdapter{handler: handler}
}

// Action is the action of the route by which the request of ctx came.
func Action(ctx context.Context) string {
	call, _ := ctx.Value(httpCallKey{}).(*httpCall)
	if call == nil {
		return ""
	}
	return call.action
}

// Emit adds an event to the answer of the request that ctx belongs to. The hub commits it before the client sees the
// answer; an answer of 400 or more drops the events, because the client was told that nothing was taken.
func Emit(ctx context.Context, event Event) error {
	call, ok := ctx.Value(httpCallKey{}).(*httpCall)
	if !ok {
		return errors.New("emitting an event: not inside a request of HTTP")
	}
	if err := checkEvent(event); err != nil {
		return err
	}
	call.mu.Lock()
	defer call.mu.Unlock()
	call.events = append(call.events, event)
	return nil
}

// ServeBlob makes a blob, which the channel put or was handed, the body of the answer to the request that ctx belongs to: the
// hub streams it to the client. What the handler itself writes as a body is dropped.
func ServeBlob(ctx context.Context, blob BlobRef) error {
	call, ok := ctx.Value(httpCallKey{}).(*httpCall)
	if !ok {
		return errors.New("serving a blob: not inside a request of HTTP")
	}
	call.mu.Lock()
	defer call.mu.Unlock()
	call.blob = &blob
	return nil
}

type httpCallKey struct{}

type httpCall struct {
	action string

	mu     sync.Mutex
	events []Event
	blob   *BlobRef
}

type httpAdapter struct{ handler http.Handler }

func (a httpAdapter) HandleHTTP(ctx context.Context, request HTTPRequest) (HTTPResponse, error) {
	call := &httpCall{action: request.Action}
	ctx = context.WithValue(ctx, httpCallKey{}, call)
	r, err := http.NewRequestWithContext(ctx, request.Method, request.URL, request.Body)
	if err != nil {
		return HTTPResponse{}, fmt.Errorf("building the request: %w", err)
	}
	if request.Header != nil {
		r.Header = request.Header
	}
	r.RemoteAddr = request.RemoteIP
	r.RequestURI = r.URL.RequestURI()
	r.ContentLength = -1
	for name, value := range request.PathValues {
		r.SetPathValue(name, value)
	}
	answer := &httpAnswer{header: http.Header{}}
	a.handler.ServeHTTP(answer, r)
	if answer.overflow {
		return HTTPResponse{}, fmt.Errorf("answer of more than %d bytes", maxResponse)
	}
	return answer.response(call), nil
}

// httpAnswer collects what a handler writes.
type httpAnswer struct {
	header   http.Header
	sent     http.Header
	status   int
	body     bytes.Buffer
	overflow bool
}

func (w *httpAnswer) Header() http.Header { return w.header }

func (w *httpAnswer) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *httpAnswer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.body.Len()+len(p) > maxResponse {
		w.overflow = true
		return 0, errors.New("answer too large")
	}
	return w.body.Write(p)
}

func (w *httpAnswer) response(call *httpCall) HTTPResponse {
	w.WriteHeader(http.StatusOK)
	call.mu.Lock()
	defer call.mu.Unlock()
	response := HTTPResponse{Status: w.status, Header: w.sent, Body: w.body.Bytes()}
	if call.blob != nil {
		response.Body, response.Blob = nil, call.blob
	}
	if w.status < http.StatusBadRequest {
		response.Events = call.events
	}
	return response
}
