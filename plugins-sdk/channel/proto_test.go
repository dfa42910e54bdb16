package channel

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	"sportello.dev/plugins-sdk/channelpb"
)

// text draws what can travel: UTF-8 without NUL.
func text(t *rapid.T, name string) string {
	return strings.ReplaceAll(rapid.String().Draw(t, name), "\x00", "")
}

func texts(t *rapid.T, name string) []string {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return text(t, name) }), 1, 3).Draw(t, name)
}

func textMap(t *rapid.T, name string) map[string]string {
	key := rapid.Custom(func(t *rapid.T) string { return text(t, name) })
	return rapid.MapOfN(key, key, 1, 3).Draw(t, name)
}

func address(t *rapid.T) Address {
	return Address{Kind: "email", Value: text(t, "value"), Name: text(t, "name")}
}

func moment(t *rapid.T) time.Time {
	return time.Unix(rapid.Int64Range(1, 4e9).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).UTC()
}

func span(t *rapid.T) time.Duration {
	return time.Duration(rapid.Int64Range(1, 1e15).Draw(t, "span"))
}

func enum[T ~int32](t *rapid.T) T {
	// Beyond what is known: unknown values are carried.
	return T(rapid.Int32Range(0, 40).Draw(t, "enum"))
}

func blob(t *rapid.T) BlobRef {
	return BlobRef{SHA256: rapid.StringMatching(`[0-9a-f]{64}`).Draw(t, "sha"), Size: rapid.Uint64().Draw(t, "size")}
}

func raw(t *rapid.T) *Raw {
	if rapid.Bool().Draw(t, "inline") {
		return &Raw{Inline: rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"), MediaType: text(t, "type")}
	}
	ref := blob(t)
	return &Raw{Blob: &ref, MediaType: text(t, "type")}
}

func attachment(t *rapid.T) Attachment {
	return Attachment{
		Blob: blob(t), Name: text(t, "name"), MediaType: text(t, "type"), DeclaredType: text(t, "declared"),
		ContentID: text(t, "cid"), Inline: rapid.Bool().Draw(t, "inline"),
	}
}

func externalIDs(t *rapid.T) []ExternalID {
	return []ExternalID{{Kind: text(t, "kind"), Value: text(t, "value"), Issuer: enum[Issuer](t)}}
}

func failed(t *rapid.T) *Failure {
	return &Failure{
		Class: enum[FailureClass](t), Code: text(t, "code"), ProviderCode: text(t, "provider"),
		Detail: text(t, "detail"), RetryAfter: span(t),
	}
}

func report(t *rapid.T) DeliveryReport {
	recipient := address(t)
	return DeliveryReport{
		DeliveryID: text(t, "id"), ExternalIDs: externalIDs(t), Recipient: &recipient, State: enum[DeliveryState](t),
		Failure: failed(t), Evidence: raw(t), EvidenceKind: text(t, "kind"), Verified: rapid.Bool().Draw(t, "verified"),
		At: moment(t), RetryUntil: moment(t),
	}
}

func message(t *rapid.T) *InboundMessage {
	return &InboundMessage{
		From: address(t), Parties: []Party{{Role: enum[Role](t), Address: address(t)}}, Subject: text(t, "subject"),
		Text: text(t, "text"), HTML: text(t, "html"), Attachments: []Attachment{attachment(t)},
		ExternalIDs: externalIDs(t), AnswersTo: texts(t, "answers"), Tokens: texts(t, "tokens"),
		Numbers: texts(t, "numbers"), Class: enum[MessageClass](t),
		Authentication: &Authentication{
			Authenticated: rapid.Bool().Draw(t, "authenticated"), Authority: text(t, "authority"), Results: textMap(t, "results"),
		},
		Fingerprint: []byte(rapid.StringN(1, 32, 32).Draw(t, "fingerprint")), Language: text(t, "language"),
		Headers: textMap(t, "headers"),
		Form:    &Form{ID: text(t, "form"), Version: text(t, "version"), Fields: []byte(rapid.StringN(1, 9, 99).Draw(t, "fields"))},
		SentAt:  moment(t), Reports: []DeliveryReport{report(t)}, Units: rapid.Uint32().Draw(t, "units"), Forwarded: address(t),
	}
}

func body(t *rapid.T) Body {
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		return message(t)
	case 1:
		report := report(t)
		return &report
	case 2:
		return &AddressSignal{Address: address(t), Kind: enum[SignalKind](t), Detail: text(t, "detail")}
	case 3:
		recording := attachment(t)
		return &CallEvent{
			CallID: text(t, "call"), Step: enum[CallStep](t), Caller: address(t), Called: address(t),
			Operator: text(t, "operator"), At: moment(t), Duration: span(t), Recording: &recording,
			Choices: textMap(t, "choices"),
		}
	}
	return &Unparsed{Code: text(t, "code"), Detail: text(t, "detail")}
}

// overTheWire encodes and decodes, so that nothing passes by reference.
func overTheWire[M proto.Message](t require.TestingT, in, out M) M {
	encoded, err := proto.Marshal(in)
	require.NoError(t, err)
	require.NoError(t, proto.Unmarshal(encoded, out))
	return out
}

func TestEventRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		event := Event{ID: text(t, "id"), OccurredAt: moment(t), Raw: *raw(t), Body: body(t)}
		require.Equal(t, event, EventFromProto(overTheWire(t, EventToProto(event), &channelpb.Event{})))
	})
}

func TestTransmissionRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		recipients := []Recipient{{DeliveryID: text(t, "delivery"), Address: address(t), Role: enum[Role](t)}}
		thread := Thread{
			MessageID: text(t, "id"), InReplyTo: text(t, "reply"), References: texts(t, "references"),
			ReplyToken: text(t, "token"), TicketNumber: text(t, "number"), Headers: textMap(t, "headers"),
		}
		transmission := Transmission{
			ID: text(t, "id"), Attempt: rapid.Uint32().Draw(t, "attempt"), Recipients: recipients,
			Content: Content{
				Subject: text(t, "subject"), Text: text(t, "text"), HTML: text(t, "html"),
				Attachments: []Attachment{attachment(t)},
			},
			Thread: thread, Origin: enum[Origin](t), SenderName: text(t, "sender"), Language: text(t, "language"),
		}
		sent := overTheWire(t, TransmissionToProto("c", transmission), &channelpb.SendRequest{})
		require.Equal(t, "c", sent.GetChannelId())
		require.Equal(t, transmission, transmissionFromProto(sent))
		query := Query{
			TransmissionID: text(t, "id"), Attempt: rapid.Uint32().Draw(t, "attempt"), Thread: thread,
			Recipients: recipients, AttemptedAt: moment(t),
		}
		require.Equal(t, query, queryFromProto(overTheWire(t, QueryToProto("c", query), &channelpb.LookupDeliveryRequest{})))
	})
}

func TestResultRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		result := Result{Accepted: &Accepted{
			State: enum[DeliveryState](t), ExternalIDs: externalIDs(t), Evidence: raw(t), EvidenceKind: text(t, "kind"),
		}}
		if rapid.Bool().Draw(t, "failed") {
			result = Result{Failure: failed(t)}
		}
		sent := overTheWire(t, resultToProto("d", result), &channelpb.DeliveryResult{})
		require.Equal(t, Results{"d": result}, ResultsFromProto([]*channelpb.DeliveryResult{sent}))
	})
}

func TestDescriptionAndProfileRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		description := Description{
			Adapter: text(t, "adapter"), Version: text(t, "version"), ConfigSchema: []byte(`{}`),
			Capabilities: []Capability{enum[Capability](t)}, AddressKinds: texts(t, "kinds"),
			Routes: []Route{{
				Method: text(t, "method"), Pattern: text(t, "pattern"), Action: text(t, "action"),
				MaxBodyBytes: rapid.Int64().Draw(t, "max"), Page: rapid.Bool().Draw(t, "page"),
			}},
			DisplayName: textMap(t, "name"), IsolateChannels: rapid.Bool().Draw(t, "isolate"),
		}
		require.Equal(t, description, DescriptionFromProto(
			overTheWire(t, descriptionToProto(description), &channelpb.DescribeResponse{})))
		profile := Profile{
			Capabilities: []Capability{enum[Capability](t)},
			Limits: Limits{
				TextCharacters: rapid.Uint32().Draw(t, "text"), MessageBytes: rapid.Uint64().Draw(t, "message"),
				AttachmentBytes: rapid.Uint64().Draw(t, "attachment"), AttachmentTypes: texts(t, "types"),
				Recipients: rapid.Uint32().Draw(t, "recipients"), Concurrency: rapid.Uint32().Draw(t, "concurrency"),
				Subject: rapid.Bool().Draw(t, "subject"), HTML: rapid.Bool().Draw(t, "html"),
				Attachments: rapid.Bool().Draw(t, "attachments"),
			},
			Reconcile: enum[Reconcile](t), OwnAddress: address(t), ReplyToken: rapid.Bool().Draw(t, "reply"),
			AuthenticatesSenders: rapid.Bool().Draw(t, "authenticates"), TrackingPath: rapid.String().Draw(t, "tracking"),
		}
		require.Equal(t, profile, ProfileFromProto(overTheWire(t, profileToProto(profile), &channelpb.OpenResponse{})))
	})
}

func TestDiagnosticAndExchangeRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		diagnostic := Diagnostic{
			Severity: enum[Severity](t), Pointer: text(t, "pointer"), Code: text(t, "code"), Summary: text(t, "summary"),
			Remedy: text(t, "remedy"), Took: span(t),
		}
		sent := overTheWire(t, diagnosticToProto(diagnostic), &channelpb.Diagnostic{})
		require.Equal(t, []Diagnostic{diagnostic}, DiagnosticsFromProto([]*channelpb.Diagnostic{sent}))
		exchange := Exchange{
			Protocol: text(t, "protocol"), Request: text(t, "request"), Response: text(t, "response"),
			Error: text(t, "error"), StartedAt: moment(t), Took: span(t),
		}
		said := overTheWire(t, exchangeToProto(exchange), &channelpb.Exchange{})
		require.Equal(t, []Exchange{exchange}, ExchangesFromProto([]*channelpb.Exchange{said}))
	})
}

// TestForeignTextTravels: bytes that are no UTF-8 would make protobuf refuse the whole event.
func TestForeignTextTravels(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		foreign := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + "\xff\x00"
		event := EventToProto(Event{
			ID: foreign, Raw: Raw{Inline: []byte(foreign), MediaType: foreign},
			Body: &InboundMessage{
				From: Address{Value: foreign}, Subject: foreign, AnswersTo: []string{"a", foreign},
				Headers: map[string]string{foreign: foreign, "plain": "kept"},
				Reports: []DeliveryReport{{DeliveryID: foreign, Failure: &Failure{Detail: foreign}}},
			},
		})
		arrived := EventFromProto(overTheWire(t, event, &channelpb.Event{}))
		require.Equal(t, []byte(foreign), arrived.Raw.Inline, "originals are bytes and stay as they are")
		message := arrived.Body.(*InboundMessage)
		for _, text := range []string{
			arrived.ID, arrived.Raw.MediaType, message.From.Value, message.Subject, message.AnswersTo[1],
			message.Reports[0].DeliveryID, message.Reports[0].Failure.Detail,
		} {
			require.True(t, utf8.ValidString(text) && !strings.Contains(text, "\x00"))
		}
		require.Len(t, message.Headers, 2)
		require.Equal(t, "kept", message.Headers["plain"])
	})
}

// TestEnumsMatchTheProtocol compares by name, so that neither side can be renumbered alone.
func TestEnumsMatchTheProtocol(t *testing.T) {
	t.Parallel()
	values := func(descriptor protoreflect.EnumDescriptor) int { return descriptor.Values().Len() - 1 }
	for name, c := range map[string]struct{ last, count int }{
		"Capability":   {int(CapabilityCalls), values(channelpb.Capability(0).Descriptor())},
		"Reconcile":    {int(ReconcileReceipts), values(channelpb.Reconcile(0).Descriptor())},
		"Severity":     {int(SeverityError), values(channelpb.Diagnostic_Severity(0).Descriptor())},
		"Role":         {int(RoleEnvelope), values(channelpb.Role(0).Descriptor())},
		"Issuer":       {int(IssuerHub), values(channelpb.Issuer(0).Descriptor())},
		"MessageClass": {int(ClassSuspicious), values(channelpb.MessageClass(0).Descriptor())},
		"Delivery":     {int(DeliveryDelayed), values(channelpb.DeliveryState(0).Descriptor())},
		"Signal":       {int(SignalComplaint), values(channelpb.AddressSignal_Kind(0).Descriptor())},
		"CallStep":     {int(CallRecording), values(channelpb.CallEvent_Step(0).Descriptor())},
		"Failure":      {int(FailureUnknownOutcome), values(channelpb.FailureClass(0).Descriptor())},
		"Origin":       {int(OriginCampaign), values(channelpb.Origin(0).Descriptor())},
		"Verdict":      {int(VerdictUnknown), values(channelpb.LookupDeliveryResponse_Finding(0).Descriptor())},
		"Health":       {int(HealthDown), values(channelpb.WatchHealthResponse_State(0).Descriptor())},
		"Submit":       {int(SubmitRefused), values(channelpb.SubmitResponse_Outcome(0).Descriptor())},
	} {
		require.Equal(t, c.count, c.last, name)
	}
	require.EqualValues(t, channelpb.Capability_CAPABILITY_EXCLUSIVE, CapabilityExclusive)
	require.EqualValues(t, channelpb.Capability_CAPABILITY_INTERPRET, CapabilityInterpret)
	require.EqualValues(t, channelpb.MessageClass_MESSAGE_CLASS_RECEIPT, ClassReceipt)
	require.EqualValues(t, channelpb.DeliveryState_DELIVERY_STATE_FAILED, DeliveryFailed)
	require.EqualValues(t, channelpb.FailureClass_FAILURE_CLASS_CONFIG, FailureConfig)
	require.EqualValues(t, channelpb.WatchHealthResponse_STATE_MISCONFIGURED, HealthMisconfigured)
	require.EqualValues(t, channelpb.AddressSignal_KIND_OPTED_OUT, SignalOptedOut)
}
