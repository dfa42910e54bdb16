package translation

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/plugins-sdk/channelpb"
)

// Blobs tells the size of a blob that the adapter put or was handed; false for any other.
type Blobs func(sum [sha256.Size]byte) (size int64, ok bool)

// ErrForeignOriginal says that an event names an original which its adapter never handed over. Without the original
// nothing would be left of the event, so it must not be accepted at all.
var ErrForeignOriginal = errors.New("the original of the event was never put")

// Event makes the hub's event of an adapter's.
func Event(in *channelpb.Event, blobs Blobs) (intake.Event, error) {
	b := &bounds{blobs: blobs}
	e := intake.Event{OccurredAt: moment(in.GetOccurredAt())}
	var err error
	if e.Raw, err = b.raw(in.GetRaw()); err != nil {
		return intake.Event{}, err
	}
	e.ID = b.eventID(in)
	switch kind := in.GetKind().(type) {
	case *channelpb.Event_Message:
		e.Message = b.message(kind.Message)
	case *channelpb.Event_Report:
		report := b.report(kind.Report)
		e.Report = &report
	case *channelpb.Event_Signal:
		e.Signal = b.signal(kind.Signal)
	case *channelpb.Event_Call:
		e.Call = b.call(kind.Call)
	case *channelpb.Event_Unparsed:
		e.Unparsed = &intake.Unparsed{
			Code: Text(kind.Unparsed.GetCode(), maxWord), Detail: Text(kind.Unparsed.GetDetail(), maxDetail),
		}
	default:
		b.fail("kind.unknown")
	}
	if b.broken != "" {
		unparsed(&e, b.broken, "")
	}
	return e, nil
}

// Damaged turns an event that the journal does not take into one that it takes: only the original and the reason.
func Damaged(e intake.Event, code string) intake.Event {
	unparsed(&e, code, "")
	e.Raw.MediaType = Text(e.Raw.MediaType, maxWord)
	return e
}

// eventID keeps the adapter's identifier, or makes one that is as stable when that cannot be stored.
func (b *bounds) eventID(in *channelpb.Event) string {
	id := in.GetEventId()
	if id != "" && len(id) <= maxEventID && utf8.ValidString(id) && !strings.ContainsRune(id, 0) {
		return id
	}
	b.fail("event.id")
	material := []byte(id)
	if id == "" {
		// Marshalling cannot fail here: the event has just come off the wire.
		material, _ = proto.MarshalOptions{Deterministic: true}.Marshal(in)
	}
	sum := sha256.Sum256(material)
	return "hub:" + hex.EncodeToString(sum[:])
}

func (b *bounds) raw(in *channelpb.Raw) (intake.Raw, error) {
	out := intake.Raw{MediaType: Text(in.GetMediaType(), maxWord)}
	switch bytes := in.GetBytes().(type) {
	case *channelpb.Raw_Inline:
		sum := sha256.Sum256(bytes.Inline)
		out.Inline, out.SHA256, out.Size = bytes.Inline, sum[:], int64(len(bytes.Inline))
		if out.Inline == nil {
			out.Inline = []byte{}
		}
	case *channelpb.Raw_Blob:
		sum, size, ok := b.blob(bytes.Blob)
		if !ok {
			return out, ErrForeignOriginal
		}
		out.SHA256, out.Size = sum, size
	}
	return out, nil
}

// blob answers only for bytes that the adapter really handed over; the size is the true one.
func (b *bounds) blob(in *channelpb.BlobRef) ([]byte, int64, bool) {
	sum, err := Sum(in)
	if err != nil {
		return nil, 0, false
	}
	size, ok := b.blobs(sum)
	return sum[:], size, ok
}

// Sum reads the name of a blob.
func Sum(in *channelpb.BlobRef) (sum [sha256.Size]byte, err error) {
	raw, err := hex.DecodeString(in.GetSha256())
	if err != nil || len(raw) != len(sum) {
		return sum, errors.New("not the name of a blob")
	}
	return [sha256.Size]byte(raw), nil
}

func (b *bounds) message(in *channelpb.InboundMessage) *intake.Inbound {
	b.count(len(in.GetParties()), maxParties, "parties")
	b.count(len(in.GetAttachments()), maxAttachments, "attachments")
	b.count(len(in.GetReports()), maxReports, "reports")
	b.count(len(in.GetFingerprint()), maxFingerprint, "fingerprint")
	b.count(len(in.GetForm().GetFieldsJson()), maxForm, "form")
	if fields := in.GetForm().GetFieldsJson(); len(fields) > 0 && !json.Valid(fields) {
		b.fail("form.json")
	}
	if b.broken != "" {
		return nil
	}
	out := &intake.Inbound{
		From:        b.address(in.GetFrom()),
		Parties:     each(in.GetParties(), b.party),
		Subject:     b.text(in.GetSubject(), maxSubject, "subject"),
		Text:        b.text(in.GetText(), maxText, "text"),
		HTML:        b.text(in.GetHtml(), maxHTML, "html"),
		Attachments: each(in.GetAttachments(), b.attachment),
		ExternalIDs: each(b.externalIDs(in.GetExternalIds()), func(x delivery.ExternalID) intake.ExternalID { return intake.ExternalID(x) }),
		AnswersTo:   b.hints(in.GetAnswersTo(), "answers_to"),
		Tokens:      b.hints(in.GetTokens(), "tokens"),
		Numbers:     b.hints(in.GetNumbers(), "numbers"),
		Class:       word(in.GetClass(), "MESSAGE_CLASS_"),
		Fingerprint: in.GetFingerprint(),
		Language:    b.text(in.GetLanguage(), maxWord, "language"),
		Headers:     b.pairs(in.GetHeaders(), "headers"),
		FormID:      b.text(in.GetForm().GetFormId(), maxWord, "form"),
		FormVersion: b.text(in.GetForm().GetVersion(), maxWord, "form"),
		FormFields:  in.GetForm().GetFieldsJson(),
		SentAt:      moment(in.GetSentAt()),
		Reports:     each(in.GetReports(), b.report),
		Units:       int(in.GetUnits()),
		Forwarded:   b.address(in.GetForwarded()),
		Trial:       b.text(in.GetTrial(), maxWord, "trial"),
	}
	out.Authentication = intake.Authentication{
		Authenticated: in.GetAuthentication().GetAuthenticated(),
		Authority:     b.text(in.GetAuthentication().GetAuthority(), maxName, "authentication"),
		Results:       b.pairs(in.GetAuthentication().GetResults(), "authentication"),
		Signatures:    each(in.GetSignatures()[:min(len(in.GetSignatures()), maxSignatures)], b.signature),
	}
	return out
}

func (b *bounds) signature(in *channelpb.Signature) intake.Signature {
	return intake.Signature{
		State: word(in.GetState(), "STATE_"), Reason: Text(in.GetReason(), maxWord), Signer: Text(in.GetSigner(), maxName),
		Email: Text(in.GetEmail(), maxAddress), Issuer: Text(in.GetIssuer(), maxName), SignedAt: moment(in.GetSignedAt()), Whole: in.GetWhole(),
	}
}

// hints are the nearest first: those beyond the bound add nothing and are left out.
func (b *bounds) hints(in []string, code string) []string {
	return each(in[:min(len(in), maxHints)], func(s string) string { return b.text(s, maxValue, code) })
}

func (b *bounds) address(in *channelpb.Address) intake.Address {
	return intake.Address{
		Kind:  b.text(in.GetKind(), maxWord, "address"),
		Value: b.text(in.GetValue(), maxAddress, "address"),
		// A long name is only less to read.
		Name: Text(in.GetName(), maxName),
	}
}

func (b *bounds) party(in *channelpb.Party) intake.Party {
	return intake.Party{Role: word(in.GetRole(), "ROLE_"), Address: b.address(in.GetAddress())}
}

func (b *bounds) attachment(in *channelpb.Attachment) intake.Attachment {
	sum, size, ok := b.blob(in.GetBlob())
	if !ok {
		b.fail("blob.unknown")
	}
	return intake.Attachment{
		SHA256:       sum,
		Size:         size,
		Name:         Text(in.GetName(), maxName),
		MediaType:    Text(in.GetMediaType(), maxWord),
		DeclaredType: Text(in.GetDeclaredType(), maxWord),
		ContentID:    b.text(in.GetContentId(), maxValue, "content_id"),
		Inline:       in.GetInline(),
	}
}

func (b *bounds) signal(in *channelpb.AddressSignal) *intake.Signal {
	return &intake.Signal{
		Address: b.address(in.GetAddress()), Kind: word(in.GetKind(), "KIND_"), Detail: Text(in.GetDetail(), maxDetail),
	}
}

func (b *bounds) call(in *channelpb.CallEvent) *intake.Call {
	out := &intake.Call{
		CallID:   b.text(in.GetCallId(), maxValue, "call_id"),
		Step:     word(in.GetStep(), "STEP_"),
		Caller:   b.address(in.GetCaller()),
		Called:   b.address(in.GetCalled()),
		Operator: b.text(in.GetOperator(), maxName, "operator"),
		At:       moment(in.GetAt()),
		Duration: duration(in.GetDuration()),
		Choices:  b.pairs(in.GetChoices(), "choices"),
	}
	if in.GetRecording() != nil {
		recording := b.attachment(in.GetRecording())
		out.Recording = &recording
	}
	return out
}
