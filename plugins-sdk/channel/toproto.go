package channel

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"sportello.dev/plugins-sdk/channelpb"
)

// EventToProto maps an event to the wire; text that cannot travel is replaced by U+FFFD.
func EventToProto(event Event) *channelpb.Event {
	out := &channelpb.Event{
		EventId:    event.ID,
		OccurredAt: timeToProto(event.OccurredAt),
		Raw:        rawToProto(&event.Raw),
	}
	switch body := event.Body.(type) {
	case *InboundMessage:
		out.Kind = &channelpb.Event_Message{Message: messageToProto(body)}
	case *DeliveryReport:
		out.Kind = &channelpb.Event_Report{Report: reportToProto(*body)}
	case *AddressSignal:
		out.Kind = &channelpb.Event_Signal{Signal: &channelpb.AddressSignal{
			Address: addressToProto(body.Address), Kind: channelpb.AddressSignal_Kind(body.Kind), Detail: body.Detail,
		}}
	case *CallEvent:
		out.Kind = &channelpb.Event_Call{Call: callToProto(body)}
	case *Unparsed:
		out.Kind = &channelpb.Event_Unparsed{Unparsed: &channelpb.Unparsed{Code: body.Code, Detail: body.Detail}}
	}
	sanitize(out)
	return out
}

func messageToProto(m *InboundMessage) *channelpb.InboundMessage {
	out := &channelpb.InboundMessage{
		From:        addressToProto(m.From),
		Parties:     each(m.Parties, partyToProto),
		Subject:     m.Subject,
		Text:        m.Text,
		Html:        m.HTML,
		Attachments: each(m.Attachments, attachmentToProto),
		ExternalIds: each(m.ExternalIDs, externalIDToProto),
		AnswersTo:   m.AnswersTo,
		Tokens:      m.Tokens,
		Numbers:     m.Numbers,
		Class:       channelpb.MessageClass(m.Class),
		Fingerprint: m.Fingerprint,
		Language:    m.Language,
		Headers:     m.Headers,
		SentAt:      timeToProto(m.SentAt),
		Reports:     each(m.Reports, reportToProto),
		Units:       m.Units,
		Signatures:  each(m.Signatures, signatureToProto),
		Trial:       m.Trial,
	}
	if m.Forwarded != (Address{}) {
		out.Forwarded = addressToProto(m.Forwarded)
	}
	if a := m.Authentication; a != nil {
		out.Authentication = &channelpb.Authentication{
			Authenticated: a.Authenticated, Authority: a.Authority, Results: a.Results,
		}
	}
	if f := m.Form; f != nil {
		out.Form = &channelpb.Form{FormId: f.ID, Version: f.Version, FieldsJson: f.Fields}
	}
	return out
}

func signatureToProto(s Signature) *channelpb.Signature {
	return &channelpb.Signature{
		State: channelpb.Signature_State(s.State), Reason: s.Reason, Signer: s.Signer, Email: s.Email,
		Issuer: s.Issuer, SignedAt: timeToProto(s.SignedAt), Whole: s.Whole,
	}
}

func reportToProto(r DeliveryReport) *channelpb.DeliveryReport {
	out := &channelpb.DeliveryReport{
		DeliveryId:   r.DeliveryID,
		ExternalIds:  each(r.ExternalIDs, externalIDToProto),
		State:        channelpb.DeliveryState(r.State),
		Failure:      failureToProto(r.Failure),
		Evidence:     rawToProto(r.Evidence),
		EvidenceKind: r.EvidenceKind,
		Verified:     r.Verified,
		At:           timeToProto(r.At),
		RetryUntil:   timeToProto(r.RetryUntil),
	}
	if r.Recipient != nil {
		out.Recipient = addressToProto(*r.Recipient)
	}
	return out
}

func callToProto(c *CallEvent) *channelpb.CallEvent {
	out := &channelpb.CallEvent{
		CallId:   c.CallID,
		Step:     channelpb.CallEvent_Step(c.Step),
		Caller:   addressToProto(c.Caller),
		Called:   addressToProto(c.Called),
		Operator: c.Operator,
		At:       timeToProto(c.At),
		Duration: durationToProto(c.Duration),
		Choices:  c.Choices,
	}
	if c.Recording != nil {
		out.Recording = attachmentToProto(*c.Recording)
	}
	return out
}

func partyToProto(p Party) *channelpb.Party {
	return &channelpb.Party{Role: channelpb.Role(p.Role), Address: addressToProto(p.Address)}
}

// addressToProto maps the empty address to none.
func addressToProto(a Address) *channelpb.Address {
	if a == (Address{}) {
		return nil
	}
	return &channelpb.Address{Kind: a.Kind, Value: a.Value, Name: a.Name}
}

func externalIDToProto(id ExternalID) *channelpb.ExternalId {
	return &channelpb.ExternalId{Kind: id.Kind, Value: id.Value, Issuer: channelpb.Issuer(id.Issuer)}
}

func attachmentToProto(a Attachment) *channelpb.Attachment {
	return &channelpb.Attachment{
		Blob: blobToProto(a.Blob), Name: a.Name, MediaType: a.MediaType, DeclaredType: a.DeclaredType,
		ContentId: a.ContentID, Inline: a.Inline,
	}
}

func blobToProto(ref BlobRef) *channelpb.BlobRef {
	return &channelpb.BlobRef{Sha256: ref.SHA256, Size: ref.Size, Claim: ref.Claim}
}

// rawToProto maps a raw without bytes and type to none.
func rawToProto(raw *Raw) *channelpb.Raw {
	if raw == nil || raw.Blob == nil && raw.Inline == nil && raw.MediaType == "" {
		return nil
	}
	out := &channelpb.Raw{MediaType: raw.MediaType}
	switch {
	case raw.Blob != nil:
		out.Bytes = &channelpb.Raw_Blob{Blob: blobToProto(*raw.Blob)}
	case raw.Inline != nil:
		out.Bytes = &channelpb.Raw_Inline{Inline: raw.Inline}
	}
	return out
}

func failureToProto(f *Failure) *channelpb.Failure {
	if f == nil {
		return nil
	}
	return &channelpb.Failure{
		Class: channelpb.FailureClass(f.Class), Code: f.Code, ProviderCode: f.ProviderCode,
		Detail: clip(f.Detail, maxDetail), RetryAfter: durationToProto(f.RetryAfter),
	}
}

func resultToProto(deliveryID string, result Result) *channelpb.DeliveryResult {
	out := &channelpb.DeliveryResult{DeliveryId: deliveryID}
	switch {
	case result.Failure != nil:
		out.Result = &channelpb.DeliveryResult_Failure{Failure: failureToProto(result.Failure)}
	case result.Accepted != nil:
		a := result.Accepted
		out.Result = &channelpb.DeliveryResult_Accepted{Accepted: &channelpb.Accepted{
			State: channelpb.DeliveryState(a.State), ExternalIds: each(a.ExternalIDs, externalIDToProto),
			Evidence: rawToProto(a.Evidence), EvidenceKind: a.EvidenceKind,
		}}
	}
	return out
}

func recipientToProto(r Recipient) *channelpb.Recipient {
	return &channelpb.Recipient{
		DeliveryId: r.DeliveryID, Address: addressToProto(r.Address), Role: channelpb.Role(r.Role),
	}
}

func threadToProto(t Thread) *channelpb.Thread {
	return &channelpb.Thread{
		MessageId: t.MessageID, InReplyTo: t.InReplyTo, References: t.References, ReplyToken: t.ReplyToken,
		TicketNumber: t.TicketNumber, Headers: t.Headers,
	}
}

// TransmissionToProto maps a transmission to the wire.
func TransmissionToProto(channelID string, t Transmission) *channelpb.SendRequest {
	return &channelpb.SendRequest{
		ChannelId: channelID, TransmissionId: t.ID, Attempt: t.Attempt,
		Recipients: each(t.Recipients, recipientToProto),
		Content: &channelpb.Content{
			Subject: t.Content.Subject, Text: t.Content.Text, Html: t.Content.HTML,
			Attachments: each(t.Content.Attachments, attachmentToProto),
		},
		Thread: threadToProto(t.Thread), Origin: channelpb.Origin(t.Origin), SenderName: t.SenderName,
		Language: t.Language,
	}
}

// QueryToProto maps a query to the wire.
func QueryToProto(channelID string, q Query) *channelpb.LookupDeliveryRequest {
	return &channelpb.LookupDeliveryRequest{
		ChannelId: channelID, TransmissionId: q.TransmissionID, Attempt: q.Attempt, Thread: threadToProto(q.Thread),
		Recipients: each(q.Recipients, recipientToProto), AttemptedAt: timeToProto(q.AttemptedAt),
	}
}

func profileToProto(p Profile) *channelpb.OpenResponse {
	return &channelpb.OpenResponse{
		Capabilities: capabilitiesToProto(p.Capabilities),
		Limits:       limitsToProto(p.Limits), Reconcile: channelpb.Reconcile(p.Reconcile),
		OwnAddress: addressToProto(p.OwnAddress), ReplyToken: p.ReplyToken,
		AuthenticatesSenders: p.AuthenticatesSenders, TrackingPath: p.TrackingPath,
	}
}

func limitsToProto(l Limits) *channelpb.Limits {
	return &channelpb.Limits{
		TextCharacters: l.TextCharacters, MessageBytes: l.MessageBytes, AttachmentBytes: l.AttachmentBytes,
		AttachmentTypes: l.AttachmentTypes, Recipients: l.Recipients, Concurrency: l.Concurrency,
		Subject: l.Subject, Html: l.HTML, Attachments: l.Attachments,
	}
}

func descriptionToProto(d Description) *channelpb.DescribeResponse {
	return &channelpb.DescribeResponse{
		Adapter: d.Adapter, Version: d.Version, ConfigSchema: d.ConfigSchema,
		Capabilities: capabilitiesToProto(d.Capabilities), AddressKinds: d.AddressKinds,
		HttpRoutes: each(d.Routes, func(r Route) *channelpb.HttpRoute {
			return &channelpb.HttpRoute{
				Method: r.Method, Pattern: r.Pattern, Action: r.Action, MaxBodyBytes: r.MaxBodyBytes, Page: r.Page,
			}
		}),
		DisplayName: d.DisplayName, IsolateChannels: d.IsolateChannels,
	}
}

func capabilitiesToProto(capabilities []Capability) []channelpb.Capability {
	return each(capabilities, func(c Capability) channelpb.Capability { return channelpb.Capability(c) })
}

func diagnosticToProto(d Diagnostic) *channelpb.Diagnostic {
	return &channelpb.Diagnostic{
		Severity: channelpb.Diagnostic_Severity(d.Severity), Pointer: d.Pointer, Code: d.Code, Summary: d.Summary,
		Remedy: d.Remedy, Took: durationToProto(d.Took),
	}
}

func exchangeToProto(e Exchange) *channelpb.Exchange {
	return &channelpb.Exchange{
		Protocol: e.Protocol, Request: e.Request, Response: e.Response, Error: e.Error,
		StartedAt: timeToProto(e.StartedAt), Took: durationToProto(e.Took),
	}
}

func timeToProto(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

func durationToProto(d time.Duration) *durationpb.Duration {
	if d == 0 {
		return nil
	}
	return durationpb.New(d)
}

// each maps a slice; nil stays nil.
func each[In, Out any](in []In, f func(In) Out) []Out {
	if in == nil {
		return nil
	}
	out := make([]Out, len(in))
	for i := range in {
		out[i] = f(in[i])
	}
	return out
}
