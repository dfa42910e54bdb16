package sms_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/sms"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channelpb"
	"sportello.dev/plugins-sdk/channeltest"
)

func opened(t *testing.T, config json.RawMessage, secrets map[string]string) *channeltest.Harness {
	t.Helper()
	h := channeltest.Start(t, sms.Hurried(time.Now), channeltest.Patience(patience, 0))
	_, err := h.Open(channeltest.Opening{Config: config, Secrets: secrets})
	require.NoError(t, err)
	return h
}

func called(t *testing.T, h *channeltest.Harness, request channeltest.Request) channel.Event {
	t.Helper()
	response, err := h.HTTP(request)
	require.NoError(t, err)
	require.Less(t, response.Status, 300, "%s", response.Body)
	require.Len(t, response.Events, 1)
	return response.Events[0]
}

func TestTwilioTellsWhatBecameOfADelivery(t *testing.T) {
	t.Parallel()
	p := twilioProvider(t)
	h := opened(t, twilioConfig(t, p.URL), map[string]string{"/twilio/auth_token": authToken})
	_, err := h.Send(transmission(7))
	require.NoError(t, err)
	sent, err := url.ParseQuery(p.lastBody())
	require.NoError(t, err)
	require.Equal(t, origin+"status?d=delivery-7", sent.Get("StatusCallback"))
	require.Equal(t, townNumber, sent.Get("From"))
	status := func(word, code string) *channel.DeliveryReport {
		form := url.Values{"MessageSid": {"SM7"}, "MessageStatus": {word}, "To": {"+" + citizen(7)}}
		if code != "" {
			form.Set("ErrorCode", code)
		}
		return report(t, called(t, h, twilioCall("status", "?d=delivery-7", authToken, form)))
	}
	delivered := status("delivered", "")
	require.Equal(t, "delivery-7", delivered.DeliveryID, "also where the answer to the message was lost")
	require.Equal(t, channel.DeliveryDelivered, delivered.State)
	require.Equal(t, "SM7", delivered.ExternalIDs[0].Value)
	require.Equal(t, channel.DeliverySent, status("sent", "").State)
	require.Equal(t, channel.DeliveryAccepted, status("queued", "").State)
	for code, class := range map[string]channel.FailureClass{
		"30003": channel.FailureTransient, "30005": channel.FailureRecipient, "30007": channel.FailureContent,
		"21610": channel.FailureOptedOut, "": channel.FailureTransient, "99999": channel.FailureTransient,
	} {
		failed := status("undelivered", code)
		require.Equal(t, channel.DeliveryFailed, failed.State)
		require.Equal(t, class, failed.Failure.Class, code)
	}
	form := url.Values{"MessageSid": {"SM7"}, "MessageStatus": {"partying"}}
	event := called(t, h, twilioCall("status", "", authToken, form))
	require.IsType(t, &channel.Unparsed{}, event.Body, "a status that is not known is looked at by a person")
}

func TestTwilioMessages(t *testing.T) {
	t.Parallel()
	h := opened(t, twilioConfig(t, twilioProvider(t).URL), map[string]string{"/twilio/auth_token": authToken})
	form := twilioText(3)
	form.Set("Body", "Per la 2026-000123-4 😀")
	form.Set("NumMedia", "2")
	m := message(t, called(t, h, twilioCall("inbound", "", authToken, form)))
	require.Equal(t, "+"+citizen(3), m.From.Value)
	require.Equal(t, "mobile", m.From.Kind)
	require.Equal(t, "Per la 2026-000123-4 😀\n[MMS: allegati 2]", m.Text)
	require.Equal(t, []string{"2026-000123-4"}, m.Numbers)
	forged := twilioCall("inbound", "", "indovinato", form)
	response, err := h.HTTP(forged)
	require.NoError(t, err)
	require.Equal(t, http.StatusForbidden, response.Status)
	require.Empty(t, response.Events)
}

func TestAGatewayAsConfigured(t *testing.T) {
	t.Parallel()
	p := gatewayProvider(t)
	h := opened(t, gatewayConfig(t, p.URL, object{"status_map": []string{"42=delivered"}}), gatewaySecrets())
	first := transmission(1)
	first.Content.Text = "Prezzo: \"10 €\" {password}\n\\fine"
	results, err := h.Send(first)
	require.NoError(t, err)
	require.Equal(t, "1", results["delivery-1"].Accepted.ExternalIDs[0].Value, "a number as id")
	var sent map[string]string
	require.NoError(t, json.Unmarshal([]byte(p.lastBody()), &sent))
	require.Equal(t, map[string]string{
		"to": "+" + citizen(1), "text": first.Content.Text, "sender": townNumber, "ref": "transmission-1", "hook": origin + "status",
	}, sent, "a text never becomes part of the template")

	outcome := func(body string) channel.Event {
		return called(t, h, gatewayCall("status", hookSecret, []byte(body)))
	}
	require.Equal(t, channel.DeliveryDelivered, report(t, outcome(`{"id":1,"status":42}`)).State)
	require.Equal(t, channel.DeliveryFailed, report(t, outcome(`{"id":1,"status":"UNDELIV"}`)).State)
	require.IsType(t, &channel.Unparsed{}, outcome(`{"id":1,"status":"?"}`).Body)
	require.IsType(t, &channel.Unparsed{}, outcome(`[[[`).Body)
}

func TestAGatewayThatCallsWithAWord(t *testing.T) {
	t.Parallel()
	h := opened(t, gatewayConfig(t, gatewayProvider(t).URL, object{
		"webhook_auth": "token", "inbound_from": "msisdn", "inbound_text": "message", "inbound_id": "",
	}), gatewaySecrets())
	call := func(query url.Values) channeltest.Request {
		return channeltest.Request{Action: "inbound", Method: http.MethodGet, URL: origin + "inbound?" + query.Encode()}
	}
	query := url.Values{"msisdn": {citizen(4)}, "message": {"Ciao"}, "token": {hookSecret}}
	event := called(t, h, call(query))
	require.Equal(t, "+"+citizen(4), message(t, event).From.Value)
	require.NotContains(t, string(event.Raw.Inline), "token", "the secret is not kept")
	answer, err := h.Client.Interpret(h.Context(), &channelpb.InterpretRequest{
		ChannelId: channeltest.ChannelID, Raw: channel.EventToProto(event).GetRaw(),
	})
	require.NoError(t, err)
	require.Equal(t, "Ciao", message(t, channel.EventFromProto(answer.GetEvent())).Text)
	for _, wrong := range []string{"", "altro", hookSecret + " "} {
		query.Set("token", wrong)
		response, err := h.HTTP(call(query))
		require.NoError(t, err)
		require.Equal(t, http.StatusForbidden, response.Status)
	}
	request := call(url.Values{"msisdn": {citizen(5)}, "message": {"Ciao"}})
	request.Header = http.Header{"Authorization": {"Bearer " + hookSecret}}
	require.Equal(t, "Ciao", message(t, called(t, h, request)).Text)
}
