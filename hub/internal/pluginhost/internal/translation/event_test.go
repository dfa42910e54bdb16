package translation_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/pluginhost/internal/translation"
	"sportello.dev/plugins-sdk/channelpb"
)

var known = sha256.Sum256([]byte("put"))

func blobs(sum [sha256.Size]byte) (int64, bool) { return 3, sum == known }

func ref() *channelpb.BlobRef {
	// The size is a lie: the hub knows better.
	return &channelpb.BlobRef{Sha256: hex.EncodeToString(known[:]), Size: 999}
}

func inline(s string) *channelpb.Raw {
	return &channelpb.Raw{Bytes: &channelpb.Raw_Inline{Inline: []byte(s)}, MediaType: "message/rfc822"}
}

func address(value string) *channelpb.Address {
	return &channelpb.Address{Kind: "email", Value: value, Name: "Anna"}
}

func full() *channelpb.Event {
	at := timestamppb.New(time.Unix(1_700_000_000, 0))
	return &channelpb.Event{
		EventId: "INBOX/7/42", OccurredAt: at, Raw: inline("raw"),
		Kind: &channelpb.Event_Message{Message: &channelpb.InboundMessage{
			From:    address("anna@example.org"),
			Parties: []*channelpb.Party{{Role: channelpb.Role_ROLE_REPLY_TO, Address: address("b@example.org")}},
			Subject: "Ciao", Text: "testo", Html: "<p>testo</p>",
			Attachments: []*channelpb.Attachment{{Blob: ref(), Name: "a.pdf", MediaType: "application/pdf", ContentId: "c", Inline: true}},
			ExternalIds: []*channelpb.ExternalId{{Kind: "message_id", Value: "<1@x>", Issuer: channelpb.Issuer_ISSUER_SENDER}},
			AnswersTo:   []string{"<0@x>"}, Tokens: []string{"tok"}, Numbers: []string{"2026-000001-4"},
			Class:          channelpb.MessageClass_MESSAGE_CLASS_OUT_OF_OFFICE,
			Authentication: &channelpb.Authentication{Authenticated: true, Authority: "mx.example", Results: map[string]string{"dkim": "pass"}},
			Fingerprint:    []byte{1, 2}, Language: "it", Headers: map[string]string{"thread-topic": "x"},
			Form:   &channelpb.Form{FormId: "f", Version: "1", FieldsJson: []byte(`{"a":1}`)},
			SentAt: at, Units: 2, Forwarded: address("d@example.org"),
			Signatures: []*channelpb.Signature{{State: channelpb.Signature_STATE_UNTRUSTED, Reason: "issuer", Signer: "Anna", Email: "anna@example.org", Issuer: "CA", SignedAt: at, Whole: true}},
			Reports: []*channelpb.DeliveryReport{{
				DeliveryId: "d", State: channelpb.DeliveryState_DELIVERY_STATE_FAILED, Recipient: address("c@example.org"), At: at, RetryUntil: at,
				Failure: &channelpb.Failure{
					Class: channelpb.FailureClass_FAILURE_CLASS_RECIPIENT, Code: "smtp.rcpt", ProviderCode: "550",
					RetryAfter: durationpb.New(time.Minute),
				},
				Evidence: &channelpb.Raw{Bytes: &channelpb.Raw_Blob{Blob: ref()}}, EvidenceKind: "dsn", Verified: true,
			}},
		}},
	}
}

func TestMessageIsTranslatedWhole(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_700_000_000, 0).UTC()
	got, err := translation.Event(full(), blobs)
	require.NoError(t, err)
	sum := sha256.Sum256([]byte("raw"))
	require.Equal(t, intake.Event{
		ID: "INBOX/7/42", OccurredAt: at,
		Raw: intake.Raw{Inline: []byte("raw"), SHA256: sum[:], Size: 3, MediaType: "message/rfc822"},
		Message: &intake.Inbound{
			From:    intake.Address{Kind: "email", Value: "anna@example.org", Name: "Anna"},
			Parties: []intake.Party{{Role: "reply_to", Address: intake.Address{Kind: "email", Value: "b@example.org", Name: "Anna"}}},
			Subject: "Ciao", Text: "testo", HTML: "<p>testo</p>",
			Attachments: []intake.Attachment{{SHA256: known[:], Size: 3, Name: "a.pdf", MediaType: "application/pdf", ContentID: "c", Inline: true}},
			ExternalIDs: []intake.ExternalID{{Kind: "message_id", Value: "<1@x>", Issuer: "sender"}},
			AnswersTo:   []string{"<0@x>"}, Tokens: []string{"tok"}, Numbers: []string{"2026-000001-4"}, Class: "out_of_office",
			Authentication: intake.Authentication{
				Authenticated: true, Authority: "mx.example", Results: map[string]string{"dkim": "pass"},
				Signatures: []intake.Signature{{State: "untrusted", Reason: "issuer", Signer: "Anna", Email: "anna@example.org", Issuer: "CA", SignedAt: at, Whole: true}},
			},
			Fingerprint: []byte{1, 2}, Language: "it", Headers: map[string]string{"thread-topic": "x"},
			FormID: "f", FormVersion: "1", FormFields: []byte(`{"a":1}`), SentAt: at, Units: 2, Forwarded: intake.Address{Kind: "email", Value: "d@example.org", Name: "Anna"},
			Reports: []delivery.Report{{
				Delivery: "d", RecipientKind: "email", RecipientValue: "c@example.org", State: "failed", EvidenceKind: "dsn",
				Failure:     &delivery.Failure{Class: delivery.RecipientFault, Code: "smtp.rcpt", ProviderCode: "550", RetryAfter: time.Minute},
				EvidenceSHA: known[:], Verified: true, At: at, RetryUntil: at,
			}},
		},
	}, got)
}

func TestOtherKinds(t *testing.T) {
	t.Parallel()
	e := full()
	e.Kind = &channelpb.Event_Signal{Signal: &channelpb.AddressSignal{
		Address: address("a"), Kind: channelpb.AddressSignal_KIND_OPTED_OUT, Detail: "STOP",
	}}
	got, err := translation.Event(e, blobs)
	require.NoError(t, err)
	require.Equal(t, "opted_out", got.Signal.Kind)

	e.Kind = &channelpb.Event_Call{Call: &channelpb.CallEvent{
		CallId: "c", Step: channelpb.CallEvent_STEP_VOICEMAIL, Caller: address("+39"), Duration: durationpb.New(-time.Second),
		Recording: &channelpb.Attachment{Blob: ref()}, Choices: map[string]string{"menu": "2"},
	}}
	got, err = translation.Event(e, blobs)
	require.NoError(t, err)
	require.Equal(t, "voicemail", got.Call.Step)
	require.Zero(t, got.Call.Duration)
	require.EqualValues(t, 3, got.Call.Recording.Size)

	e.Kind = &channelpb.Event_Report{Report: &channelpb.DeliveryReport{
		State: channelpb.DeliveryState_DELIVERY_STATE_DELAYED, Evidence: inline("receipt"),
	}}
	got, err = translation.Event(e, blobs)
	require.NoError(t, err)
	require.Equal(t, "delayed", got.Report.State)
	require.Equal(t, "receipt", string(got.Report.Evidence))

	e.Kind = &channelpb.Event_Unparsed{Unparsed: &channelpb.Unparsed{Code: "crash", Detail: "twice"}}
	got, err = translation.Event(e, blobs)
	require.NoError(t, err)
	require.Equal(t, &intake.Unparsed{Code: "crash", Detail: "twice"}, got.Unparsed)
}

func TestWhatBreaksABoundIsKeptAsOriginalOnly(t *testing.T) {
	t.Parallel()
	many := func(n int) []string { return make([]string, n) }
	for code, spoil := range map[string]func(*channelpb.Event, *channelpb.InboundMessage){
		"limit.text":    func(_ *channelpb.Event, m *channelpb.InboundMessage) { m.Text = strings.Repeat("x", 5<<20) },
		"limit.html":    func(_ *channelpb.Event, m *channelpb.InboundMessage) { m.Html = strings.Repeat("x", 9<<20) },
		"limit.subject": func(_ *channelpb.Event, m *channelpb.InboundMessage) { m.Subject = strings.Repeat("x", 11_000) },
		"limit.address": func(_ *channelpb.Event, m *channelpb.InboundMessage) { m.From.Value = strings.Repeat("x", 1001) },
		"limit.parties": func(_ *channelpb.Event, m *channelpb.InboundMessage) { m.Parties = make([]*channelpb.Party, 1001) },
		"limit.attachments": func(_ *channelpb.Event, m *channelpb.InboundMessage) {
			m.Attachments = make([]*channelpb.Attachment, 501)
		},
		"limit.external_ids": func(_ *channelpb.Event, m *channelpb.InboundMessage) {
			m.ExternalIds = make([]*channelpb.ExternalId, 101)
		},
		"limit.reports": func(_ *channelpb.Event, m *channelpb.InboundMessage) {
			m.Reports = make([]*channelpb.DeliveryReport, 201)
		},
		"limit.form":        func(_ *channelpb.Event, m *channelpb.InboundMessage) { m.Form.FieldsJson = make([]byte, 2<<20) },
		"limit.fingerprint": func(_ *channelpb.Event, m *channelpb.InboundMessage) { m.Fingerprint = make([]byte, 65) },
		"limit.evidence": func(_ *channelpb.Event, m *channelpb.InboundMessage) {
			m.Reports[0].Evidence = inline(strings.Repeat("x", 65<<10))
		},
		"form.json": func(_ *channelpb.Event, m *channelpb.InboundMessage) { m.Form.FieldsJson = []byte(`{`) },
		"blob.unknown": func(_ *channelpb.Event, m *channelpb.InboundMessage) {
			m.Attachments[0].Blob.Sha256 = strings.Repeat("0", 64)
		},
		"kind.unknown": func(e *channelpb.Event, _ *channelpb.InboundMessage) { e.Kind = nil },
		"event.id":     func(e *channelpb.Event, _ *channelpb.InboundMessage) { e.EventId = strings.Repeat("x", 501) },
		"limit.answers_to": func(_ *channelpb.Event, m *channelpb.InboundMessage) {
			m.AnswersTo = []string{strings.Repeat("x", 3000)}
		},
		"": func(_ *channelpb.Event, m *channelpb.InboundMessage) {
			m.AnswersTo, m.From.Name = many(5000), strings.Repeat("x", 5000)
		},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			e := full()
			spoil(e, e.GetMessage())
			got, err := translation.Event(e, blobs)
			require.NoError(t, err)
			require.Equal(t, "raw", string(got.Raw.Inline))
			if code == "" {
				require.NotNil(t, got.Message, "a long name and far references do no harm")
				return
			}
			require.Nil(t, got.Message)
			require.Equal(t, code, got.Unparsed.Code)
			require.Equal(t, intake.KindUnparsed, got.Kind())
		})
	}
}

func TestOriginalThatWasNeverPutIsNotAccepted(t *testing.T) {
	t.Parallel()
	e := full()
	e.Raw = &channelpb.Raw{Bytes: &channelpb.Raw_Blob{Blob: ref()}}
	got, err := translation.Event(e, blobs)
	require.NoError(t, err)
	require.Equal(t, intake.Raw{SHA256: known[:], Size: 3}, got.Raw)
	for _, sum := range []string{strings.Repeat("0", 64), "", "zz", strings.Repeat("0", 63)} {
		e.GetRaw().GetBlob().Sha256 = sum
		_, err = translation.Event(e, blobs)
		require.ErrorIs(t, err, translation.ErrForeignOriginal)
	}
}

func TestIdentifierThatCannotBeStoredGetsAStableOne(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", strings.Repeat("è", 251), "a\x00b"} {
		e := full()
		e.EventId = id
		one, err := translation.Event(e, blobs)
		require.NoError(t, err)
		two, err := translation.Event(proto.Clone(e).(*channelpb.Event), blobs)
		require.NoError(t, err)
		require.Equal(t, one.ID, two.ID)
		require.LessOrEqual(t, len(one.ID), 500)
		require.True(t, strings.HasPrefix(one.ID, "hub:"))
	}
}

func TestTrustIsNotGainedByUnknownWords(t *testing.T) {
	t.Parallel()
	e := full()
	e.GetMessage().ExternalIds[0].Issuer = 99
	e.GetMessage().Class = 99
	e.GetMessage().Reports[0].Failure.Class = 99
	got, err := translation.Event(e, blobs)
	require.NoError(t, err)
	require.Equal(t, "sender", got.Message.ExternalIDs[0].Issuer)
	require.Equal(t, "99", got.Message.Class, "carried")
	require.Equal(t, delivery.UnknownOutcome, got.Message.Reports[0].Failure.Class)
}

func TestDamagedKeepsTheOriginal(t *testing.T) {
	t.Parallel()
	e, err := translation.Event(full(), blobs)
	require.NoError(t, err)
	d := translation.Damaged(e, "journal.refused")
	require.Equal(t, e.ID, d.ID)
	require.Equal(t, e.Raw.Inline, d.Raw.Inline)
	require.Nil(t, d.Message)
	require.Equal(t, "journal.refused", d.Unparsed.Code)
}

func TestText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"abc": "abc", "a\x00b": "ab", "caff\xe8": "caff\uFFFD", "perché sì": "perch", "12345678": "123456",
	} {
		most := 6
		got := translation.Text(in, most+2*strings.Count(want, "\uFFFD"))
		require.Equal(t, want, got, in)
	}
}

// FuzzEvent feeds what any program could send: whatever it is, the journal can store what comes out.
func FuzzEvent(f *testing.F) {
	seed, err := proto.Marshal(full())
	require.NoError(f, err)
	f.Add(seed)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, wire []byte) {
		var in channelpb.Event
		if proto.Unmarshal(wire, &in) != nil {
			return
		}
		e, err := translation.Event(&in, blobs)
		if err != nil {
			require.ErrorIs(t, err, translation.ErrForeignOriginal)
			return
		}
		require.NotEmpty(t, e.ID)
		require.LessOrEqual(t, len(e.ID), 500)
		payload, err := json.Marshal(&e)
		require.NoError(t, err)
		require.False(t, bytes.Contains(payload, []byte(`\u0000`)))
		require.Less(t, len(payload), 64<<20)
	})
}
