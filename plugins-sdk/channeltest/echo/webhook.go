package echo

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"net/http"
	"time"

	"sportello.dev/plugins-sdk/channel"
)

const (
	actionPush   = "push"
	actionForm   = "form"
	actionStatus = "status"

	// SignatureHeader carries the signature of a call; see Sign.
	SignatureHeader = "X-Echo-Signature"

	// maxPush is the largest body of a call, in bytes.
	maxPush = 4 << 20
	maxForm = 64 << 10
)

// Sign signs the body of a call with the channel's token.
func Sign(token string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

func (e *echo) routes() http.Handler {
	actions := map[string]http.HandlerFunc{actionPush: e.push, actionForm: e.form, actionStatus: e.status}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if action, ok := actions[channel.Action(r.Context())]; ok {
			action(w, r)
			return
		}
		http.NotFound(w, r)
	})
}

// push takes a signed message from a provider that calls.
func (e *echo) push(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPush))
	if err != nil {
		http.Error(w, "body too large", http.StatusRequestEntityTooLarge)
		return
	}
	if !hmac.Equal([]byte(r.Header.Get(SignatureHeader)), []byte(Sign(e.config.Token, body))) {
		http.Error(w, "bad signature", http.StatusForbidden)
		return
	}
	event, err := e.eventOf(r, "push", body)
	if err == nil {
		err = channel.Emit(r.Context(), event)
	}
	if err != nil {
		// The provider calls again.
		e.Log.Warn("a call could not be taken", "error", err)
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// eventOf names the event by its bytes: the same call twice is one event.
func (e *echo) eventOf(r *http.Request, kind string, body []byte) (channel.Event, error) {
	raw, err := e.Host.Raw(r.Context(), bytes.NewReader(body), mediaType)
	if err != nil {
		return channel.Event{}, err
	}
	parsed, err := channel.Guard(func() (channel.Body, error) { return parse(body) })
	sum := sha256.Sum256(body)
	return channel.Event{ID: kind + "/" + hex.EncodeToString(sum[:]), OccurredAt: time.Now(), Raw: raw, Body: parsed}, err
}

// form takes a message from a page and shows the ticket's number.
func (e *echo) form(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	if err != nil {
		http.Error(w, "body too large", http.StatusRequestEntityTooLarge)
		return
	}
	event, err := e.eventOf(r, "form", body)
	if err != nil {
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	if _, unreadable := event.Body.(*channel.Unparsed); unreadable {
		http.Error(w, "not a message", http.StatusBadRequest)
		return
	}
	submission, err := e.Host.Submit(r.Context(), event)
	if err != nil {
		e.Log.Warn("a form could not be submitted", "error", err)
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprintf(w, "<!doctype html><title>Echo</title><p>%s</p><p>%s</p><p>%s</p>",
		html.EscapeString(submission.TicketNumber), html.EscapeString(submission.TrackingSecret),
		html.EscapeString(submission.ReceiptCode))
}

func (e *echo) status(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n")
}
