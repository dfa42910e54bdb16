package pluginhost_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/hub/internal/pluginhost/internal/rogue"
)

func newReader(s string) io.Reader { return strings.NewReader(s) }

func TestAdapterPutsAndGetsBlobs(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(func(c *pluginhost.Config) { c.MaxBlob = 1000 })
	r.awaitOpen(c)
	sum := r.host("uno", "put", "hello")
	require.Len(t, sum, 64)
	require.Equal(t, "hello", r.host("uno", "get", sum))
	var rows int
	require.NoError(t, o.pool.QueryRow(t.Context(), `SELECT count(*) FROM blob WHERE size = 5`).Scan(&rows))
	require.Equal(t, 1, rows, "the journal can refer to it")

	require.Contains(t, r.host("uno", "put", strings.Repeat("x", 1001)), "OutOfRange")
	require.Contains(t, r.host("uno", "get", "zz"), "InvalidArgument")
}

func TestABlobIsServedToTheClient(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(nil)
	r.awaitOpen(c)
	large := strings.Repeat("x", 200<<10)
	sum := r.host("uno", "put", large)
	w := r.ask(http.MethodPost, "uno", "host/serve", sum)
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, large, w.Body.String(), "all of it, whatever the adapter says of its size")
	require.Equal(t, "204800", w.Header().Get("Content-Length"))
	require.Equal(t, "attachment", w.Header().Get("Content-Disposition"))
	require.Contains(t, w.Header().Get("Content-Security-Policy"), "sandbox")
	for _, unknown := range []string{strings.Repeat("ab", 32), "zz", ""} {
		require.Equal(t, http.StatusServiceUnavailable, r.ask(http.MethodPost, "uno", "host/serve", unknown).Code)
	}
}

func TestBlobsOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	one, _ := o.rogueChannel("uno", rogue.Settings{})
	two, _ := o.rogueChannel("due", rogue.Settings{})
	r := o.start(func(c *pluginhost.Config) { c.Isolate = map[string]bool{"rogue": true} })
	r.awaitOpen(one)
	r.awaitOpen(two)
	sum := r.host("uno", "put", "secret of the first")
	require.Contains(t, r.host("due", "get", sum), "PermissionDenied")
	require.Equal(t, "secret of the first", r.host("uno", "get", sum))
}

// A page that follows another may be answered by another replica, or by the adapter's next process.
func TestAClaimNamesABlobOnEveryReplica(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	one, _ := o.rogueChannel("uno", rogue.Settings{})
	two, _ := o.rogueChannel("due", rogue.Settings{})
	here, there := o.start(nil), o.start(withServices)
	for _, r := range []*rig{here, there} {
		r.awaitOpen(one)
		r.awaitOpen(two)
	}
	claim := here.host("uno", "claim", "foto")
	sum, _, _ := strings.Cut(claim, " ")
	require.Contains(t, there.host("uno", "get", sum), "PermissionDenied", "the name alone is no proof")
	require.NotContains(t, there.host("uno", "attach", sum), "with a photo")
	require.Contains(t, there.host("due", "get", claim), "PermissionDenied", "nor is the claim of another channel")
	require.Equal(t, "with a photo 4", there.host("uno", "attach", claim))
	require.Equal(t, "foto", there.host("uno", "get", claim))
}

func TestChannelsOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	one, _ := o.rogueChannel("uno", rogue.Settings{})
	two, _ := o.rogueChannel("due", rogue.Settings{})
	r := o.start(withServices)
	r.awaitOpen(one)
	r.awaitOpen(two)
	for _, call := range []string{"put", "get", "state", "submit", "ticket", "ask", "confirm", "drop", "sheets"} {
		require.Contains(t, r.host("uno", call+"?channel="+two.String(), strings.Repeat("ab", 32)), "PermissionDenied", call)
	}
}

func TestAdapterKeepsState(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(nil)
	r.awaitOpen(c)
	require.Equal(t, "true refresh-token", r.host("uno", "state", "oauth=refresh-token"))
	require.Equal(t, "false refresh-token", r.host("uno", "state", "oauth=another"), "it exists already")
	require.Contains(t, r.host("uno", "state", "=x"), "InvalidArgument")
	require.Contains(t, r.host("uno", "state", "big="+strings.Repeat("x", 65<<10)), "InvalidArgument")
}

func TestFullDiskIsNoAcknowledgement(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	var full atomic.Bool
	full.Store(true)
	o.blobs = &faultyBlobs{Store: o.blobs, full: func() error {
		if full.Load() {
			return fault.Unavailable("no space left on device")
		}
		return nil
	}}
	c, dir := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(nil)
	r.awaitOpen(c)
	require.Contains(t, r.host("uno", "put", "x"), "Unavailable")
	arrive(t, dir, "a", strings.Repeat("x", 100<<10))
	eventually(t, func() bool { return r.channelStatus(c).Health.Code == "journal.unavailable" }, "trouble shown")
	require.False(t, inboxEmpty(dir))
	require.Empty(t, o.journal(c))

	full.Store(false)
	eventually(t, func() bool { return inboxEmpty(dir) }, "delivered when there is room")
	require.Len(t, o.journal(c), 1)
}

type services struct{}

func (services) Submit(_ context.Context, _ id.Channel, e intake.Event, key *pluginhost.TicketKey) (pluginhost.Receipt, error) {
	if key != nil {
		switch ticket, err := (services{}).PublicTicket(context.Background(), *key); {
		case err != nil:
			return pluginhost.Receipt{}, err
		case ticket == nil:
			return pluginhost.Receipt{Outcome: "refused"}, nil
		}
	}
	switch e.ID {
	case "late":
		return pluginhost.Receipt{Outcome: "received", Code: "ABCD"}, nil
	case "broken":
		return pluginhost.Receipt{}, fmt.Errorf("committing: secret detail")
	}
	if e.Unparsed != nil {
		return pluginhost.Receipt{Outcome: "received", Code: e.Unparsed.Code}, nil
	}
	secret := e.Message.Text
	for _, a := range e.Message.Attachments {
		secret += fmt.Sprint(" ", a.Size)
	}
	return pluginhost.Receipt{Outcome: "filed", Number: "2026-000001-4", Secret: secret}, nil
}

func (services) PublicTicket(_ context.Context, key pluginhost.TicketKey) (*pluginhost.PublicTicket, error) {
	switch key.Number {
	case "2026-000001-4":
	case "guessed":
		return nil, &pluginhost.TooManyWrongError{After: time.Minute}
	default:
		return nil, nil
	}
	return &pluginhost.PublicTicket{Number: key.Number, Subject: "Carta d'identità"}, nil
}

func (services) AskPreference(ctx context.Context, key pluginhost.TicketKey, address, language string) (pluginhost.Asked, error) {
	if t, err := (services{}).PublicTicket(ctx, key); t == nil {
		return pluginhost.Asked{Outcome: "refused"}, err
	}
	return pluginhost.Asked{Outcome: "sent", Request: address + "/" + language, Valid: time.Minute}, nil
}

func (services) ConfirmPreference(ctx context.Context, key pluginhost.TicketKey, request, code string) (pluginhost.Confirmed, error) {
	if t, err := (services{}).PublicTicket(ctx, key); t == nil {
		return pluginhost.Confirmed{Outcome: "refused"}, err
	}
	if request+code == "r123456" {
		return pluginhost.Confirmed{Outcome: "confirmed"}, nil
	}
	return pluginhost.Confirmed{Outcome: "wrong", TriesLeft: 4}, nil
}

func (services) DropPreference(ctx context.Context, key pluginhost.TicketKey) (bool, error) {
	t, err := (services{}).PublicTicket(ctx, key)
	return t != nil, err
}

func withServices(c *pluginhost.Config) {
	c.Submitter, c.Tickets, c.Preferences = services{}, services{}, services{}
}

func TestSubmitAndTickets(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(withServices)
	r.awaitOpen(c)
	require.Equal(t, "OUTCOME_FILED 2026-000001-4 submitted ", r.host("uno", "submit", "now"))
	require.Equal(t, "OUTCOME_RECEIVED   ABCD", r.host("uno", "submit", "late"))
	broken := r.host("uno", "submit", "broken")
	require.Contains(t, broken, "Unavailable")
	require.NotContains(t, broken, "secret detail")
	require.Equal(t, "true Carta d'identità", r.host("uno", "ticket", "2026-000001-4"))
	require.Equal(t, "false ", r.host("uno", "ticket", "2026-000002-2"))
	require.Equal(t, "false wait 1m0s", r.host("uno", "ticket", "guessed"))
	require.Equal(t, "OUTCOME_REFUSED wait 1m0s", r.host("uno", "add", "guessed"))
	require.Equal(t, "OUTCOME_REFUSED wait 0s", r.host("uno", "add", "2026-000002-2"))
	require.Equal(t, "OUTCOME_FILED wait 0s", r.host("uno", "add", "2026-000001-4"))
	for call, want := range map[string]string{
		"ask 2026-000001-4": "OUTCOME_SENT anna@posta.example/it wait 0s", "ask 2026-000002-2": "OUTCOME_REFUSED  wait 0s",
		"ask guessed": "OUTCOME_REFUSED  wait 1m0s", "confirm 2026-000001-4 123456": "OUTCOME_CONFIRMED 0 wait 0s",
		"confirm 2026-000001-4 1": "OUTCOME_WRONG 4 wait 0s", "confirm 2026-000002-2 1": "OUTCOME_REFUSED 0 wait 0s",
		"confirm guessed 1": "OUTCOME_REFUSED 0 wait 1m0s", "drop 2026-000001-4": "true wait 0s", "drop 2026-000002-2": "false wait 0s",
		"drop guessed": "false wait 1m0s",
	} {
		name, argument, _ := strings.Cut(call, " ")
		require.Equal(t, want, r.host("uno", name, argument), call)
	}
	require.Contains(t, r.host("uno", "sheets", "tari"), "Unimplemented")
}
