package sms_test

import (
	"testing"
	"time"

	"sportello.dev/adapters/internal/smpp"
	"sportello.dev/adapters/sms/internal/smsctest"
	"sportello.dev/plugins-sdk/channeltest"
)

func TestConformanceOfSMPP(t *testing.T) {
	t.Parallel()
	channeltest.Conformance(t, channeltest.Suite{
		Setup: centreWorld, Item: item, Transmission: transmission,
		LargestItem: 60 << 10,
		Malformed: [][]byte{
			smpp.PDU{Command: smpp.DeliverSM, Body: []byte("no end")}.Original(),
			smpp.PDU{Command: smpp.DeliverSM}.Original(),
			smpp.PDU{Command: smpp.DataSM, Body: []byte{0, 1, 1}}.Original(),
			smsctest.Deliver(smpp.Message{Class: smpp.ClassUDH, Short: []byte{200, 0, 3}}).Original(),
			smsctest.Deliver(smpp.Message{Coding: 0x04, Short: []byte{1, 2, 3}}).Original(),
			smsctest.Deliver(smpp.Message{Class: smpp.ClassReceipt, Short: []byte("id: stat:")}).Original(),
			smsctest.Deliver(smpp.Message{Source: smpp.Address{TON: 5, Value: "a\r\nBcc: b"}, Coding: 8, Short: []byte{0xD8, 0, 0}}).Original(),
		},
		Invalid: []channeltest.Invalid{
			{Name: "no centre", Config: []byte(`{"driver":"smpp","number":"+393202041999"}`), Pointer: "/smpp"},
			{Name: "no sender", Config: []byte(`{"smpp":{"host":"x","system_id":"y"}}`), Secrets: centreSecrets(), Pointer: "/number"},
			{Name: "no number", Config: []byte(`{"number":"pronto","smpp":{"host":"x","system_id":"y"}}`), Secrets: centreSecrets(), Pointer: "/number"},
			{Name: "alias of digits", Config: []byte(`{"sender":"12345","smpp":{"host":"x","system_id":"y"}}`), Secrets: centreSecrets(), Pointer: "/sender"},
			{Name: "alias with an accent", Config: []byte(`{"sender":"Città","smpp":{"host":"x","system_id":"y"}}`), Secrets: centreSecrets(), Pointer: "/sender"},
		},
		Patience: 15 * time.Second,
		Quiet:    150 * time.Millisecond,
	})
}

func TestConformanceOfTwilio(t *testing.T) {
	t.Parallel()
	channeltest.Conformance(t, channeltest.Suite{
		Setup: twilioWorld, Transmission: transmission, Patience: 15 * time.Second,
		Invalid: []channeltest.Invalid{
			{Name: "no account", Config: []byte(`{"driver":"twilio","number":"+393202041999"}`), Pointer: "/twilio"},
			{Name: "no encryption", Config: []byte(`{"driver":"twilio","number":"+393202041999","twilio":{"account_sid":"` + accountSID + `","base_url":"http://api.example.com"}}`),
				Secrets: map[string]string{"/twilio/auth_token": authToken}, Pointer: "/twilio/base_url"},
		},
	})
}

func TestConformanceOfHTTP(t *testing.T) {
	t.Parallel()
	config := func(section string) []byte {
		return []byte(`{"driver":"http","number":"+393202041999","http":{` + section + `}}`)
	}
	channeltest.Conformance(t, channeltest.Suite{
		Setup: gatewayWorld, Transmission: transmission, Patience: 15 * time.Second,
		Invalid: []channeltest.Invalid{
			{Name: "no provider", Config: []byte(`{"driver":"http","number":"+393202041999"}`), Pointer: "/http"},
			{Name: "no encryption", Config: config(`"url":"http://sms.example.com/"`), Pointer: "/http/url"},
			{Name: "short secret", Config: config(`"url":"https://sms.example.com/"`), Secrets: map[string]string{"/http/webhook_secret": "corta"}, Pointer: "/http/webhook_secret"},
			{Name: "signature without header", Config: config(`"url":"https://sms.example.com/","webhook_auth":"hmac"`),
				Secrets: map[string]string{"/http/webhook_secret": hookSecret}, Pointer: "/http/signature_header"},
			{Name: "a state that is none", Config: config(`"url":"https://sms.example.com/","status_map":["OK=fine"]`), Pointer: "/http/status_map"},
			{Name: "body that is no JSON", Config: config(`"url":"https://sms.example.com/","body":"{to"`), Pointer: "/http/body"},
		},
	})
}
