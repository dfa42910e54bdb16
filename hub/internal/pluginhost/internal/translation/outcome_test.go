package translation_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/pluginhost/internal/translation"
	"sportello.dev/plugins-sdk/channelpb"
)

func accepted(d string, state channelpb.DeliveryState) *channelpb.DeliveryResult {
	return &channelpb.DeliveryResult{DeliveryId: d, Result: &channelpb.DeliveryResult_Accepted{
		Accepted: &channelpb.Accepted{State: state, Evidence: inline("proof"), EvidenceKind: "smtp"},
	}}
}

func refused(d string, class channelpb.FailureClass) *channelpb.DeliveryResult {
	return &channelpb.DeliveryResult{DeliveryId: d, Result: &channelpb.DeliveryResult_Failure{
		Failure: &channelpb.Failure{Class: class, RetryAfter: durationpb.New(10 * 365 * 24 * time.Hour)},
	}}
}

func TestResultsBelongToTheTransmission(t *testing.T) {
	t.Parallel()
	one, two, three := id.New[id.Delivery](), id.New[id.Delivery](), id.New[id.Delivery]()
	asked := []delivery.Recipient{{Delivery: one}, {Delivery: two}, {Delivery: three}}
	got := translation.Results([]*channelpb.DeliveryResult{
		accepted(one.String(), channelpb.DeliveryState_DELIVERY_STATE_SENT),
		refused(one.String(), channelpb.FailureClass_FAILURE_CLASS_TRANSIENT),
		accepted(id.New[id.Delivery]().String(), channelpb.DeliveryState_DELIVERY_STATE_SENT),
		refused(two.String(), channelpb.FailureClass_FAILURE_CLASS_RATE_LIMITED),
		{DeliveryId: three.String()},
		nil,
	}, asked, blobs)
	require.Equal(t, []delivery.Result{
		{Delivery: one, State: delivery.Sent, Evidence: []byte("proof"), EvidenceKind: "smtp"},
		{Delivery: two, Failure: &delivery.Failure{Class: delivery.RateLimited, RetryAfter: 365 * 24 * time.Hour}},
	}, got, "the first answer for each, none invented for the third")
}

func TestAcceptedStatesAreThree(t *testing.T) {
	t.Parallel()
	d := id.New[id.Delivery]()
	for in, want := range map[channelpb.DeliveryState]delivery.State{
		channelpb.DeliveryState_DELIVERY_STATE_ACCEPTED:  delivery.Accepted,
		channelpb.DeliveryState_DELIVERY_STATE_SENT:      delivery.Sent,
		channelpb.DeliveryState_DELIVERY_STATE_DELIVERED: delivery.Delivered,
		channelpb.DeliveryState_DELIVERY_STATE_READ:      delivery.Accepted,
		77: delivery.Accepted,
	} {
		got := translation.Results([]*channelpb.DeliveryResult{accepted(d.String(), in)}, []delivery.Recipient{{Delivery: d}}, blobs)
		require.Equal(t, want, got[0].State)
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	require.Equal(t, delivery.Found, translation.Finding(channelpb.LookupDeliveryResponse_FINDING_FOUND))
	require.Equal(t, delivery.Absent, translation.Finding(channelpb.LookupDeliveryResponse_FINDING_ABSENT))
	require.Equal(t, delivery.Unknown, translation.Finding(channelpb.LookupDeliveryResponse_FINDING_UNSPECIFIED))
	require.Equal(t, delivery.Unknown, translation.Finding(42))
}

func TestRequestsCarryEverything(t *testing.T) {
	t.Parallel()
	tr := delivery.Transmission{
		ID: id.New[id.Transmission](), Channel: id.New[id.Channel](), Attempt: 2, Origin: "automatic", SenderName: "Anagrafe", Language: "it",
		Recipients: []delivery.Recipient{{Delivery: id.New[id.Delivery](), Kind: "email", Value: "a@x", Name: "A", Role: "cc"}},
		Content:    delivery.Content{Subject: "s", Text: "t", HTML: "h", Attachments: []delivery.Attachment{{SHA256: known[:], Size: 3, Name: "n"}}},
		Thread:     delivery.Thread{MessageID: "<1>", InReplyTo: "<0>", References: []string{"<0>"}, ReplyToken: "tok", TicketNumber: "n"},
	}
	r := translation.SendRequest(&tr)
	require.Equal(t, tr.ID.String(), r.GetTransmissionId())
	require.EqualValues(t, 2, r.GetAttempt())
	require.Equal(t, channelpb.Origin_ORIGIN_AUTOMATIC, r.GetOrigin())
	require.Equal(t, channelpb.Role_ROLE_CC, r.GetRecipients()[0].GetRole())
	require.Equal(t, "tok", r.GetThread().GetReplyToken())
	require.EqualValues(t, 3, r.GetContent().GetAttachments()[0].GetBlob().GetSize())
	l := translation.LookupRequest(&tr, time.Unix(5, 0))
	require.EqualValues(t, 5, l.GetAttemptedAt().GetSeconds())
	require.Equal(t, r.GetRecipients()[0].GetDeliveryId(), l.GetRecipients()[0].GetDeliveryId())

	require.Equal(t, "raw", string(translation.Raw(intake.Raw{Inline: []byte("raw")}).GetInline()))
	require.EqualValues(t, 3, translation.Raw(intake.Raw{SHA256: known[:], Size: 3}).GetBlob().GetSize())
}

func TestAbility(t *testing.T) {
	t.Parallel()
	got := translation.Ability(&channelpb.OpenResponse{
		Capabilities: []channelpb.Capability{channelpb.Capability_CAPABILITY_LOOKUP_DELIVERY, channelpb.Capability_CAPABILITY_EXCLUSIVE, 99},
		Limits:       &channelpb.Limits{MessageBytes: math.MaxUint64, Recipients: 5, AttachmentTypes: []string{"image/png"}, Html: true},
		Reconcile:    channelpb.Reconcile_RECONCILE_RECEIPTS, OwnAddress: address("town@example.org"), AuthenticatesSenders: true,
	})
	require.Equal(t, channel.Ability{
		Capabilities: []channel.Capability{channel.LookupDelivery, channel.Exclusive, "99"},
		Limits:       channel.Limits{MessageBytes: math.MaxInt64, Recipients: 5, AttachmentTypes: []string{"image/png"}, HTML: true},
		Reconcile:    channel.ReconcileReceipts, Own: channel.Address{Kind: "email", Value: "town@example.org", Name: "Anna"},
		AuthenticatesSenders: true,
	}, got)
	require.Equal(t, channel.Ability{}, translation.Ability(nil))
}

func TestHealth(t *testing.T) {
	t.Parallel()
	for in, want := range map[channelpb.WatchHealthResponse_State]channel.HealthState{
		channelpb.WatchHealthResponse_STATE_CONNECTING:    channel.Connecting,
		channelpb.WatchHealthResponse_STATE_HEALTHY:       channel.Healthy,
		channelpb.WatchHealthResponse_STATE_DEGRADED:      channel.Degraded,
		channelpb.WatchHealthResponse_STATE_MISCONFIGURED: channel.Misconfigured,
		channelpb.WatchHealthResponse_STATE_DOWN:          channel.Down,
		55:                                                channel.Unknown,
	} {
		require.Equal(t, want, translation.Health(&channelpb.WatchHealthResponse{State: in}).State)
	}
}
