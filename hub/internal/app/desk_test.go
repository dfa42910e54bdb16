package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/httpapi/api"
)

// desk is the API of a hub, as anyone with a token uses it.
type desk struct{ base, token string }

// client bounds every call.
var client = &http.Client{Timeout: patience}

// call sends a request with a JSON body, if any, and returns status and answer. key, if any, is its Idempotency-Key.
func (d desk) call(t *testing.T, method, path string, body any, key ...string) (int, []byte) {
	t.Helper()
	var content io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		require.NoError(t, err)
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, d.base+path, content)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+d.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, k := range key {
		req.Header.Set("Idempotency-Key", k)
	}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, answer
}

// ask is call for what must work.
func ask[T any](t *testing.T, d desk, method, path string, body any, want int, key ...string) T {
	t.Helper()
	status, text := d.call(t, method, "/api/v1"+path, body, key...)
	require.Equal(t, want, status, "%s %s: %s", method, path, text)
	var answer T
	require.NoError(t, json.Unmarshal(text, &answer), "%s", text)
	return answer
}

func get[T any](t *testing.T, d desk, path string) T {
	t.Helper()
	return ask[T](t, d, http.MethodGet, path, nil, http.StatusOK)
}

// list reads all pages.
func list[T any](t *testing.T, d desk, path string) []T {
	t.Helper()
	type page struct {
		Items []T    `json:"items"`
		Next  string `json:"next"`
	}
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	var all []T
	for next := ""; ; {
		p := get[page](t, d, path+next)
		all = append(all, p.Items...)
		if p.Next == "" {
			return all
		}
		next = separator + "cursor=" + p.Next
	}
}

// tickets are those with mark in their subject.
func (d desk) tickets(t *testing.T, mark string) []api.TicketSummary {
	t.Helper()
	all := list[api.TicketSummary](t, d, "/tickets?queue=all&order=newest")
	return slices.DeleteFunc(all, func(x api.TicketSummary) bool { return !strings.Contains(x.Subject, mark) })
}

// ticket waits for the one ticket with mark in its subject.
func (d desk) ticket(t *testing.T, mark string) api.Ticket {
	t.Helper()
	return d.awaitTickets(t, mark, 1)[0]
}

// awaitTickets waits until so many tickets have mark in their subject; newest first.
func (d desk) awaitTickets(t *testing.T, mark string, n int) []api.Ticket {
	t.Helper()
	var found []api.TicketSummary
	await(t, "tickets about "+mark, func() bool {
		found = d.tickets(t, mark)
		return len(found) >= n
	})
	require.Len(t, found, n)
	all := make([]api.Ticket, n)
	for i, x := range found {
		all[i] = get[api.Ticket](t, d, "/tickets/"+x.Number)
	}
	return all
}

// messages is the conversation of a ticket, oldest first.
func (d desk) messages(t *testing.T, number string) []api.Message {
	t.Helper()
	return list[api.Message](t, d, "/tickets/"+number+"/messages")
}

// inbound are the messages of a conversation that came in.
func inbound(all []api.Message) []api.Message {
	return slices.DeleteFunc(slices.Clone(all), func(m api.Message) bool { return m.Direction != api.DirectionInbound })
}

// outbound are those that went out.
func outbound(all []api.Message) []api.Message {
	return slices.DeleteFunc(slices.Clone(all), func(m api.Message) bool { return m.Direction != api.DirectionOutbound })
}

// awaitInbound waits for the n-th message that came in on a ticket, and returns it.
func (d desk) awaitInbound(t *testing.T, number string, n int) api.Message {
	t.Helper()
	var in []api.Message
	await(t, "a message on ticket "+number, func() bool {
		in = inbound(d.messages(t, number))
		return len(in) >= n
	})
	require.Len(t, in, n)
	return in[n-1]
}

// reply answers on a ticket.
func (d desk) reply(t *testing.T, number string, r api.Reply, key ...string) api.Message {
	t.Helper()
	return ask[api.Message](t, d, http.MethodPost, "/tickets/"+number+"/replies", r, http.StatusCreated, key...)
}

// awaitState waits until every delivery of a message is in a state.
func (d desk) awaitState(t *testing.T, message api.Message, state api.DeliveryState) api.Message {
	t.Helper()
	await(t, "the delivery to be "+string(state), func() bool {
		message = get[api.Message](t, d, "/messages/"+message.ID.String())
		return len(message.Deliveries) > 0 && !slices.ContainsFunc(message.Deliveries, func(x api.Delivery) bool { return x.State != state })
	})
	return message
}

// refused sends what must be refused and returns the code of the problem.
func (d desk) refused(t *testing.T, method, path string, body any, want int) string {
	t.Helper()
	return ask[api.Problem](t, d, method, path, body, want).Code
}

// quarantined waits for the item in quarantine that match accepts.
func (d desk) quarantined(t *testing.T, match func(api.QuarantineItem) bool) api.QuarantineItem {
	t.Helper()
	var found []api.QuarantineItem
	await(t, "an item in quarantine", func() bool {
		found = slices.DeleteFunc(list[api.QuarantineItem](t, d, "/quarantine"), func(x api.QuarantineItem) bool { return !match(x) })
		return len(found) > 0
	})
	require.Len(t, found, 1)
	return found[0]
}

// value is what a pointer of an answer points to, or nothing.
func value[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}
