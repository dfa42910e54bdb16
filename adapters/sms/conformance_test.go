package sms_test

import (
	"testing"
	"time"

	"sportello.dev/adapters/sms/internal/smpp"
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
