package pluginhost

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/pluginhost/internal/translation"
	"sportello.dev/plugins-sdk/channel/wire"
	"sportello.dev/plugins-sdk/channelpb"
)

const (
	maxHeaders     = 100
	maxHeaderBytes = 64 << 10
	// maxURL is in bytes.
	maxURL = 8 << 10
	// maxWebEvents is how many events one request may bring.
	maxWebEvents = 1000
	// maxDiscarded is how much of a form that is too large is still read, in bytes, before the answer.
	maxDiscarded = 256 << 20
)

// ServeChannel answers a request for a channel on the public listener: adapter and slug as in its address, rest what
// follows them. r.RemoteAddr must be the client's, not that of a proxy in front.
func (h *Host) ServeChannel(w http.ResponseWriter, r *http.Request, adapter, slug, rest string) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	to := h.target(r, adapter, slug, rest)
	ip := remoteIP(r)
	switch {
	case !h.limiter.allow(ip, to.cost()):
		notice(w, r, http.StatusTooManyRequests)
	case !to.known:
		notice(w, r, http.StatusNotFound)
	case to.opened == nil || !to.opened.ability.Can(channel.HTTP):
		notice(w, r, http.StatusServiceUnavailable)
	case to.route == nil || len(r.URL.String()) > maxURL:
		notice(w, r, http.StatusNotFound)
	default:
		secure(header, to.route.page)
		x := &exchange{target: to, host: h, ip: ip, adapter: adapter}
		x.serve(w, r)
	}
}

// target is where a request leads.
type target struct {
	// known says that there is such a channel; opened is nil while it is not open here.
	known  bool
	opened *opened
	// route is nil when the adapter declared none for the path; values are those of its pattern.
	route  *route
	values map[string]string
}

// PagesOf is the path of a channel's pages on the public listener, by its short name, which no two channels share.
// Without a name it is that of the only channel with pages, if there is one.
func (h *Host) PagesOf(slug string) (path string, ok bool) {
	found := 0
	for _, u := range h.all() {
		for _, c := range u.channels() {
			named := slug == "" || c.Slug == slug
			if c.Enabled && named && h.hasPages(c.ID) {
				path = "/c/" + u.entry.Name + "/" + c.Slug + "/"
				found++
			}
		}
	}
	return path, found == 1
}

// hasPages tells whether an open channel has a page at its root.
func (h *Host) hasPages(c id.Channel) bool {
	o := h.openChannel(c)
	if o == nil {
		return false
	}
	route, _ := o.seat.proc.about.match(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/"}}, "/")
	return route != nil && route.page
}

// cost is what a request takes of its client's allowance.
func (t *target) cost() int {
	if t.route == nil || t.route.page {
		return pageCost
	}
	return 1
}

func (h *Host) target(r *http.Request, adapter, slug, rest string) target {
	for _, u := range h.all() {
		if u.entry.Name != adapter {
			continue
		}
		for _, c := range u.channels() {
			if c.Slug != slug || !c.Enabled {
				continue
			}
			to := target{known: true, opened: h.openChannel(c.ID)}
			if to.opened != nil {
				to.route, to.values = to.opened.seat.proc.about.match(r, rest)
			}
			return to
		}
	}
	return target{}
}

// remoteIP is the client's address without the port.
func remoteIP(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

// secure sets what every answer carries. An adapter's page may replace the policy by one of its own; an answer to a
// program is shown by no browser.
func secure(header http.Header, page bool) {
	if page {
		header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "+
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		return
	}
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
}

// exchange is one proxied request.
type exchange struct {
	target

	host    *Host
	adapter string
	ip      string
}

func (x *exchange) serve(w http.ResponseWriter, r *http.Request) {
	// The listener bounds how long a body may take to arrive: photos from a telephone take longer than any answer.
	request, err := x.request(r.Context(), w, r)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		if x.route.page {
			// A browser shows an answer only when it could send to the end.
			_, _ = io.CopyN(io.Discard, r.Body, maxDiscarded)
		}
		notice(w, r, http.StatusRequestEntityTooLarge)
		return
	case errors.Is(err, errHeaders):
		http.Error(w, "the headers are too large", http.StatusRequestHeaderFieldsTooLarge)
		return
	case err != nil:
		x.opened.seat.log.Debug("request not read", "error", err)
		notice(w, r, http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), x.host.Timing.HTTP)
	defer cancel()
	answer, err := x.opened.seat.proc.API.HandleHTTP(ctx, request)
	if err != nil {
		x.opened.seat.log.Warn("request not answered", "request_id", request.GetRequestId(), "error", x.opened.clean(err))
		notice(w, r, http.StatusServiceUnavailable)
		return
	}
	// The adapter has done its part: a client that has gone meanwhile changes nothing.
	committing, stop := context.WithTimeout(context.WithoutCancel(ctx), commitWait)
	defer stop()
	if err := x.commit(committing, answer.GetEvents()); err != nil {
		x.opened.seat.log.Warn("events of a request not stored", "request_id", request.GetRequestId(), "error", err)
		notice(w, r, http.StatusServiceUnavailable)
		return
	}
	if answer.GetBodyBlob() != nil {
		x.answerBlob(ctx, w, r, answer)
		return
	}
	x.answer(w, answer)
}

var errHeaders = errors.New("too many headers")

func (x *exchange) request(ctx context.Context, w http.ResponseWriter, r *http.Request) (*channelpb.HandleHTTPRequest, error) {
	request := &channelpb.HandleHTTPRequest{
		ChannelId: x.opened.seat.id.String(), Action: x.route.action, Method: r.Method,
		Url:      x.host.publicOrigin() + translation.Text(r.URL.RequestURI(), maxURL),
		RemoteIp: x.ip, PathValues: x.values, RequestId: uuid.NewString(),
	}
	size := 0
	for name, values := range r.Header {
		if isHop(name) || isForwarded(name) {
			continue
		}
		for _, value := range values {
			size += len(name) + len(value)
			request.Headers = append(request.Headers, &channelpb.Header{
				Name: name, Value: strings.ToValidUTF8(value, "\uFFFD"),
			})
		}
	}
	if len(request.Headers) > maxHeaders || size > maxHeaderBytes {
		return nil, errHeaders
	}
	return request, x.body(ctx, http.MaxBytesReader(w, r.Body, x.route.maxBody), r, request)
}

// body reads the raw body; a large one becomes a blob that the adapter may read.
func (x *exchange) body(ctx context.Context, body io.Reader, r *http.Request, request *channelpb.HandleHTTPRequest) error {
	head, err := io.ReadAll(io.LimitReader(body, wire.MaxInlineBody+1))
	if err != nil {
		return err
	}
	if len(head) <= wire.MaxInlineBody {
		request.Body = head
		return nil
	}
	mediaType := translation.Text(r.Header.Get("Content-Type"), 100)
	ref, err := x.host.keepBlob(ctx, io.MultiReader(bytes.NewReader(head), body), mediaType)
	if err != nil {
		return err
	}
	x.opened.seat.proc.book.add(ref.Sum, ref.Size)
	request.BodyBlob = translation.BlobRef(ref.Sum[:], ref.Size)
	return nil
}

// commit stores the events before the client sees an answer.
func (x *exchange) commit(ctx context.Context, in []*channelpb.Event) error {
	if len(in) > maxWebEvents {
		return errors.New("too many events in one request")
	}
	events := make([]intake.Event, 0, len(in))
	for _, p := range in {
		e, err := x.opened.seat.event(ctx, p)
		if err != nil {
			return err
		}
		events = append(events, e)
	}
	for len(events) > 0 {
		n := min(len(events), intake.MaxBatch)
		if _, err := x.host.Journal.AppendUnleased(ctx, x.opened.seat.id, events[:n]); err != nil {
			return err
		}
		events = events[n:]
	}
	return nil
}

// answerBlob streams a blob that the adapter may name. It is always offered to be saved: a file of a stranger is not shown
// as if it were a page of the town.
func (x *exchange) answerBlob(ctx context.Context, w http.ResponseWriter, r *http.Request, answer *channelpb.HandleHTTPResponse) {
	sum, err := translation.Sum(answer.GetBodyBlob())
	size, known := int64(0), false
	if err == nil {
		size, known = x.opened.seat.proc.book.size(sum)
	}
	if !known {
		x.opened.seat.log.Error("the adapter answered with a blob that was neither put by nor handed to it")
		notice(w, r, http.StatusServiceUnavailable)
		return
	}
	content, err := x.host.Blobs.Get(ctx, sum, blob.Range{})
	if err != nil {
		x.opened.seat.log.Warn("blob of an answer not read", "error", err)
		notice(w, r, http.StatusServiceUnavailable)
		return
	}
	defer func() { _ = content.Close() }()
	code := x.head(w, answer)
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if w.Header().Get("Content-Disposition") == "" {
		w.Header().Set("Content-Disposition", "attachment")
	}
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	w.WriteHeader(code)
	if _, err := io.Copy(w, content); err != nil {
		x.opened.seat.log.Debug("answer not written", "error", err)
	}
}

func (x *exchange) answer(w http.ResponseWriter, answer *channelpb.HandleHTTPResponse) {
	w.WriteHeader(x.head(w, answer))
	//nolint:gosec // the page is the adapter's own; its type is declared and its policy set
	if _, err := w.Write(answer.GetBody()); err != nil {
		x.opened.seat.log.Debug("answer not written", "error", err)
	}
}

// head sets the headers of an answer and gives its status.
func (x *exchange) head(w http.ResponseWriter, answer *channelpb.HandleHTTPResponse) int {
	for _, in := range answer.GetHeaders()[:min(len(answer.GetHeaders()), maxHeaders)] {
		x.header(w.Header(), in.GetName(), in.GetValue())
	}
	if w.Header().Get("Content-Type") == "" && (len(answer.GetBody()) > 0 || answer.GetBodyBlob() != nil) {
		// Never guessed by the server: the body may hold what a stranger typed.
		w.Header().Set("Content-Type", "application/octet-stream")
	}
	code := int(answer.GetStatus())
	if code < http.StatusOK || code > 599 {
		code = http.StatusBadGateway
	}
	return code
}

// header takes over one header of the adapter's answer, except those that belong to the hub.
func (x *exchange) header(out http.Header, name, value string) {
	name = http.CanonicalHeaderKey(name)
	switch {
	case !validHeader(name, value) || isHop(name):
	case name == "Content-Security-Policy" && !x.route.page:
	case name == "X-Content-Type-Options" || name == "Strict-Transport-Security" || strings.HasPrefix(name, "Access-Control-"):
	case name == "Set-Cookie":
		x.cookie(out, value)
	case name == "Content-Type" || name == "Content-Security-Policy" || name == "Cache-Control" || name == "Referrer-Policy":
		out.Set(name, value)
	default:
		out.Add(name, value)
	}
}

// cookie keeps a page's cookie to its own channel, away from scripts and other sites.
func (x *exchange) cookie(out http.Header, line string) {
	cookie, err := http.ParseSetCookie(line)
	if err != nil || !x.route.page {
		return
	}
	cookie.Domain, cookie.Path = "", "/c/"+x.adapter+"/"+x.opened.slug+"/"
	cookie.HttpOnly, cookie.SameSite = true, http.SameSiteLaxMode
	cookie.Secure = strings.HasPrefix(x.host.PublicURL, "https:")
	out.Add("Set-Cookie", cookie.String())
}

func validHeader(name, value string) bool {
	if name == "" || len(name) > 100 || len(value) > maxURL {
		return false
	}
	for _, b := range []byte(name) {
		isLetter := b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z'
		if !isLetter && b != '-' && (b < '0' || b > '9') {
			return false
		}
	}
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// isHop names the headers that concern one connection only.
func isHop(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer",
		"Transfer-Encoding", "Upgrade", "Content-Length", "Date":
		return true
	}
	return false
}

// isForwarded names the headers by which a client could claim to be another; the adapter is told the true address.
func isForwarded(name string) bool {
	return name == "Forwarded" || name == "X-Real-Ip" || strings.HasPrefix(name, "X-Forwarded-")
}

func (h *Host) publicOrigin() string { return strings.TrimSuffix(h.PublicURL, "/") }
