package sms

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"sportello.dev/adapters/internal/smpp"
	"sportello.dev/plugins-sdk/channel"
)

const (
	// routeInbound and routeStatus are where a provider calls, and the actions of its calls.
	routeInbound = "inbound"
	routeStatus  = "status"

	// maxCall is the largest body of a call, in bytes.
	maxCall = 64 << 10
)

// call is what a proved provider said: the body, or the query of a call without one.
type call struct {
	action, mediaType string
	data              []byte
	query             url.Values
}

func newCall(r *http.Request, body []byte) call {
	c := call{action: channel.Action(r.Context()), mediaType: r.Header.Get("Content-Type"), data: body, query: r.URL.Query()}
	// The secret by which the provider is known is not kept.
	c.query.Del(tokenName)
	if len(body) == 0 {
		c.data, c.mediaType = []byte(c.query.Encode()), formType
	}
	if c.mediaType == "" {
		c.mediaType = "application/octet-stream"
	}
	return c
}

// tokenName is the parameter that may carry a provider's secret.
const tokenName = "token"

// errForged refuses a call whose caller is not proved.
var errForged = errors.New("the call is not the provider's")

// hook answers a provider's calls.
type hook struct {
	host *channel.Host
	log  *slog.Logger
	now  func() time.Time
	// proved says whether the provider made a call, by its raw bytes.
	proved func(r *http.Request, body []byte) bool
	// read makes an event's id and body of a call; what it cannot read becomes Unparsed.
	read func(c call) (id string, event func() (channel.Body, error))
	// thanks is the positive answer.
	thanks func(w http.ResponseWriter)
}

// ServeHTTP takes one call: the hub commits its event before the provider sees the answer.
func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxCall+1))
	switch {
	case err != nil:
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	case len(body) > maxCall:
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	case !h.proved(r, body):
		h.log.Warn("a call was refused", "action", channel.Action(r.Context()), "error", errForged)
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	if err := h.take(r, body); err != nil {
		h.log.Warn("a call could not be taken", "error", err)
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	h.thanks(w)
}

func (h *hook) take(r *http.Request, body []byte) error {
	c := newCall(r, body)
	id, read := h.read(c)
	raw, err := h.host.Raw(r.Context(), bytes.NewReader(c.data), channel.OneLine(c.mediaType))
	if err != nil {
		return fmt.Errorf("keeping a call: %w", err)
	}
	parsed, err := channel.Guard(read)
	if err != nil {
		return err
	}
	return channel.Emit(r.Context(), channel.Event{ID: id, OccurredAt: h.now(), Raw: raw, Body: parsed})
}

const formType = "application/x-www-form-urlencoded"

// eventID names an event by what the provider calls it, else by its bytes.
func (c call) eventID(id string) string {
	if id != "" && len(id) <= maxCallID {
		return c.action + "/" + id
	}
	sum := sha256.Sum256(c.data)
	return c.action + "/" + hex.EncodeToString(sum[:])
}

// maxCallID is the longest id of a provider that names an event as it is, in bytes.
const maxCallID = 200

// written is an inbound message of an HTTP provider.
func (c *Config) written(from, to, text, id string, units uint32) (channel.Body, error) {
	if from == "" {
		return nil, &channel.Unparsed{Code: "http.sender", Detail: "a message without sender"}
	}
	message := &channel.InboundMessage{
		From: correspondent(smpp.Address{Value: from}), Text: text, Numbers: ticketNumbers(text), Class: channel.ClassHuman,
		ExternalIDs: externalIDs(id), Units: units,
	}
	if to != "" {
		message.Parties = []channel.Party{{Role: channel.RoleTo, Address: correspondent(smpp.Address{Value: to})}}
	}
	if c.ours(message.From) {
		message.Class = channel.ClassOwnLoop
	}
	sum := sha256.Sum256([]byte(message.From.Value + "\n" + text))
	message.Fingerprint = sum[:]
	return message, nil
}

// readAgain reads the original of a call once more.
func readAgain(ctx context.Context, host *channel.Host, raw channel.Raw) ([]byte, error) {
	original, err := host.OpenRaw(ctx, raw)
	if err != nil {
		return nil, err
	}
	defer func() { _ = original.Close() }() // only read
	return io.ReadAll(io.LimitReader(original, maxCall))
}
