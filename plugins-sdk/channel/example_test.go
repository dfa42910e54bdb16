package channel_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"sportello.dev/plugins-sdk/channel"
)

// Saying what can be done about a failure.
func ExampleFailure() {
	send := func(status int) error {
		switch {
		case status == http.StatusTooManyRequests:
			return channel.RateLimited(0, nil)
		case status == http.StatusUnauthorized:
			return channel.Misconfigured("sms.auth", "the provider refuses the key", nil)
		case status >= http.StatusInternalServerError:
			return channel.UnknownOutcome("sms.server", "the provider failed after it had the message", nil)
		}
		return nil
	}
	fmt.Println(channel.AsFailure(send(http.StatusUnauthorized)).Class == channel.FailureConfig)
	fmt.Println(channel.AsFailure(errors.New("anything else")).Class == channel.FailureUnknownOutcome)
	// Output:
	// true
	// true
}

// A configuration with a secret and a default.
func ExampleDecode() {
	type config struct {
		Account string `json:"account" jsonschema:"minLength=1" it:"Utenza|Nome presso il fornitore" en:"Account|Name at the provider"`
		Key     string `json:"key" jsonschema:"minLength=1" secret:"true" it:"Chiave" en:"Key"`
		Retries int    `json:"retries,omitempty" jsonschema:"default=3,minimum=0" it:"Tentativi" en:"Retries"`
	}
	decoded, err := channel.Decode[config](
		json.RawMessage(`{"account":"comune"}`), map[string]string{"/key": "s3cret"},
	)
	fmt.Println(decoded.Account, len(decoded.Key), decoded.Retries, err)
	_, err = channel.Decode[config](json.RawMessage(`{"acount":"comune"}`), map[string]string{"/key": "s3cret"})
	fmt.Println(err)
	// Output:
	// comune 6 3 <nil>
	// config.schema: /account Il campo è obbligatorio.
}

// A webhook: an ordinary handler that emits events.
func ExampleHTTP() {
	handler := channel.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		err := channel.Emit(r.Context(), channel.Event{
			ID:   "report/" + id,
			Body: &channel.DeliveryReport{State: channel.DeliveryDelivered},
		})
		if err != nil {
			http.Error(w, "try again", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	response, err := handler.HandleHTTP(context.Background(), channel.HTTPRequest{
		Method: http.MethodPost, URL: "https://town.example/c/sms/1/report/42", PathValues: map[string]string{"id": "42"},
		Body: io.NopCloser(strings.NewReader("")),
	})
	fmt.Println(response.Status, response.Events[0].ID, err)
	// Output: 204 report/42 <nil>
}

// Names from outside are made harmless before they go anywhere.
func ExampleCleanName() {
	fmt.Println(channel.CleanName("../../fattura\r\n.pdf"))
	// Output: fattura.pdf
}
