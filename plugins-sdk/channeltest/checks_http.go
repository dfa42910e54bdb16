package channeltest

import (
	"bytes"
	"net/http"

	"github.com/stretchr/testify/require"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channel/wire"
)

func httpChecks() []check {
	pushes := given(answersHTTP, func(s *subject) bool { return s.world.Webhook != nil }, "the world has no Webhook")
	return []check{
		{"http/routes declared", answersHTTP, httpRoutes},
		{"http/call becomes event", pushes, httpCall},
		{"http/called again, same event id", pushes, httpReplay},
		{"http/different calls, different ids", pushes, httpUnique},
		{"http/forged calls refused", pushes, httpForged},
		{"http/body changed on the way refused", pushes, httpChanged},
		{"http/large and odd calls survived", answersHTTP, httpOdd},
		{"http/headers cannot be split", answersHTTP, httpHeaders},
	}
}

func httpRoutes(t *trial) {
	require.NotEmpty(t, t.description.Routes, "HTTP is claimed: the description needs Routes")
	mux := http.NewServeMux()
	for _, route := range t.description.Routes {
		method := route.Method
		if method != "" {
			method += " "
		}
		require.NotPanics(t, func() { mux.Handle(method+"/"+route.Pattern, http.NotFoundHandler()) }, "pattern %q", route.Pattern)
	}
}

func httpCall(t *trial) {
	request := t.world.Webhook.Call(0)
	response, err := t.open().HTTP(request)
	require.NoError(t, err)
	require.Less(t, response.Status, http.StatusMultipleChoices)
	require.NotEmpty(t, response.Events)
	for _, event := range response.Events {
		require.NotEmpty(t, event.ID)
		require.NotNil(t, event.Body)
	}
	t.sameRaw(request.Body, response.Events[0])
}

func httpReplay(t *trial) {
	h := t.open()
	first, err := h.HTTP(t.world.Webhook.Call(0))
	require.NoError(t, err)
	second, err := t.restart().HTTP(t.world.Webhook.Call(0))
	require.NoError(t, err)
	require.Equal(t, ids(first.Events), ids(second.Events), "providers call again: the hub must recognise it")
}

func ids(events []channel.Event) (all []string) {
	for _, event := range events {
		all = append(all, event.ID)
	}
	return all
}

func httpUnique(t *trial) {
	h := t.open()
	first, err := h.HTTP(t.world.Webhook.Call(0))
	require.NoError(t, err)
	second, err := h.HTTP(t.world.Webhook.Call(1))
	require.NoError(t, err)
	require.NotEqual(t, ids(first.Events), ids(second.Events))
}

// refusedCall demands a 4xx, and that nothing was taken.
func (t *trial) refusedCall(h *Harness, request Request) {
	t.Helper()
	response, err := h.HTTP(request)
	require.NoError(t, err)
	require.GreaterOrEqual(t, response.Status, http.StatusBadRequest)
	require.Less(t, response.Status, http.StatusInternalServerError)
	require.Empty(t, response.Events, "a forged call was taken")
	require.Empty(t, t.host.Submissions(), "a forged call was submitted")
}

func httpForged(t *trial) {
	h := t.open()
	require.NotEmpty(t, t.world.Webhook.Forged, "the webhook needs Forged calls")
	for _, request := range t.world.Webhook.Forged {
		t.refusedCall(h, request)
	}
}

func httpChanged(t *trial) {
	request := t.world.Webhook.Call(0)
	request.Body = append(bytes.Clone(request.Body), ' ')
	t.refusedCall(t.open(), request)
}

func httpOdd(t *trial) {
	h := t.open()
	for _, route := range t.description.Routes {
		for _, body := range [][]byte{nil, {0xff, 0xfe, 0}, bytes.Repeat([]byte("a"), wire.MaxInlineBody+1)} {
			response, err := h.HTTP(Request{
				Action: route.Action, Method: orDefault(route.Method, http.MethodPost), Body: body,
				URL: "https://town.example/c/test/" + ChannelID + "/" + route.Pattern + "?a=%00&b=;",
			})
			require.NoError(t, err, "route %q", route.Pattern)
			require.Less(t, response.Status, http.StatusInternalServerError, "route %q", route.Pattern)
		}
	}
}

func httpHeaders(t *trial) {
	h := t.open()
	for _, route := range t.description.Routes {
		response, err := h.HTTP(Request{
			Action: route.Action, Method: orDefault(route.Method, http.MethodGet),
			URL: "https://town.example/c/test/x?next=%0d%0aX-Smuggled:%20yes",
		})
		require.NoError(t, err)
		require.Empty(t, response.Header.Get("X-Smuggled"))
		for name, values := range response.Header {
			for _, value := range values {
				require.NotContains(t, name+value, "\n", "route %q", route.Pattern)
				require.NotContains(t, name+value, "\r", "route %q", route.Pattern)
			}
		}
	}
}
