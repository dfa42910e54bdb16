package channel

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"sportello.dev/plugins-sdk/channelpb"
)

// EventFromProto maps an event from the wire; Body is nil for a kind that this version does not know.
func EventFromProto(in *channelpb.Event) Event {
	out := Event{ID: in.GetEventId(), OccurredAt: timeFromProto(in.GetOccurredAt())}
	if raw := rawFromProto(in.GetRaw()); raw != nil {
		out.Raw = *raw
	}
	switch kind := in.GetKind().(type) {
	case *channelpb.Event_Message:
		out.Body = messageFromProto(kind.Message)
	case *channelpb.Event_Report:
		report := reportFromProto(kind.Report)
		out.Body = &report
	case *channelpb.Event_Signal:
		out.Body = &AddressSignal{
			Address: addressFromProto(kind.Signal.GetAddress()), Kind: SignalKind(kind.Signal.GetKind()),
			Detail: kind.Signal.GetDetail(),
		}
	case *channelpb.Event_Call:
		out.Body = callFromProto(kind.Call)
	case *channelpb.Event_Unparsed:
		out.Body = &Unparsed{Code: kind.Unparsed.GetCode(), Detail: kind.Unparsed.GetDetail()}
	}
	return out
}

func messageFromProto(in *channelpb.InboundMessage) *InboundMessage {
	out := &InboundMessage{
		From:        addressFromProto(in.GetFrom()),
		Parties:     each(in.GetParties(), partyFromProto),
		Subject:     in.GetSubject(),
		Text:        in.GetText(),
		HTML:        in.GetHtml(),
		Attachments: each(in.GetAttachments(), attachmentFromProto),
		ExternalIDs: each(in.GetExternalIds(), externalIDFromProto),
		AnswersTo:   in.GetAnswersTo(),
		Tokens:      in.GetTokens(),
		Numbers:     in.GetNumbers(),
		Class:       MessageClass(in.GetClass()),
		Fingerprint: in.GetFingerprint(),
		Language:    in.GetLanguage(),
		Headers:     in.GetHeaders(),
		SentAt:      timeFromProto(in.GetSentAt()),
		Reports:     each(in.GetReports(), reportFromProto),
		Units:       in.GetUnits(),
		Signatures:  each(in.GetSignatures(), signatureFromProto),
		Forwarded:   addressFromProto(in.GetForwarded()),
		Trial:       in.GetTrial(),
	}
	if a := in.GetAuthentication(); a != nil {
		out.Authentication = &Authentication{
			Authenticated: a.GetAuthenticated(), Authority: a.GetAuthority(), Results: a.GetResults(),
		}
	}
	if f := in.GetForm(); f != nil {
		out.Form = &Form{ID: f.GetFormId(), Version: f.GetVersion(), Fields: f.GetFieldsJson()}
	}
	return out
}

func signatureFromProto(in *channelpb.Signature) Signature {
	return Signature{
		State: SignatureState(in.GetState()), Reason: in.GetReason(), Signer: in.GetSigner(), Email: in.GetEmail(),
		Issuer: in.GetIssuer(), SignedAt: timeFromProto(in.GetSignedAt()), Whole: in.GetWhole(),
	}
}

func reportFromProto(in *channelpb.DeliveryReport) DeliveryReport {
	out := DeliveryReport{
		DeliveryID:   in.GetDeliveryId(),
		ExternalIDs:  each(in.GetExternalIds(), externalIDFromProto),
		State:        DeliveryState(in.GetState()),
		Failure:      failureFromProto(in.GetFailure()),
		Evidence:     rawFromProto(in.GetEvidence()),
		EvidenceKind: in.GetEvidenceKind(),
		Verified:     in.GetVerified(),
		At:           timeFromProto(in.GetAt()),
		RetryUntil:   timeFromProto(in.GetRetryUntil()),
	}
	if in.GetRecipient() != nil {
		recipient := addressFromProto(in.GetRecipient())
		out.Recipient = &recipient
	}
	return out
}

func callFromProto(in *channelpb.CallEvent) *CallEvent {
	out := &CallEvent{
		CallID:   in.GetCallId(),
		Step:     CallStep(in.GetStep()),
		Caller:   addressFromProto(in.GetCaller()),
		Called:   addressFromProto(in.GetCalled()),
		Operator: in.GetOperator(),
		At:       timeFromProto(in.GetAt()),
		Duration: durationFromProto(in.GetDuration()),
		Choices:  in.GetChoices(),
	}
	if in.GetRecording() != nil {
		recording := attachmentFromProto(in.GetRecording())
		out.Recording = &recording
	}
	return out
}

func partyFromProto(in *channelpb.Party) Party {
	return Party{Role: Role(in.GetRole()), Address: addressFromProto(in.GetAddress())}
}

func addressFromProto(in *channelpb.Address) Address {
	return Address{Kind: in.GetKind(), Value: in.GetValue(), Name: in.GetName()}
}

func externalIDFromProto(in *channelpb.ExternalId) ExternalID {
	return ExternalID{Kind: in.GetKind(), Value: in.GetValue(), Issuer: Issuer(in.GetIssuer())}
}

func attachmentFromProto(in *channelpb.Attachment) Attachment {
	return Attachment{
		Blob: blobFromProto(in.GetBlob()), Name: in.GetName(), MediaType: in.GetMediaType(),
		DeclaredType: in.GetDeclaredType(), ContentID: in.GetContentId(), Inline: in.GetInline(),
	}
}

func blobFromProto(in *channelpb.BlobRef) BlobRef {
	return BlobRef{SHA256: in.GetSha256(), Size: in.GetSize(), Claim: in.GetClaim()}
}

func rawFromProto(in *channelpb.Raw) *Raw {
	if in == nil {
		return nil
	}
	out := &Raw{MediaType: in.GetMediaType()}
	switch bytes := in.GetBytes().(type) {
	case *channelpb.Raw_Inline:
		// An empty inline original arrives as nil; it is still inline.
		out.Inline = append([]byte{}, bytes.Inline...)
	case *channelpb.Raw_Blob:
		ref := blobFromProto(bytes.Blob)
		out.Blob = &ref
	}
	return out
}

func failureFromProto(in *channelpb.Failure) *Failure {
	if in == nil {
		return nil
	}
	return &Failure{
		Class: FailureClass(in.GetClass()), Code: in.GetCode(), ProviderCode: in.GetProviderCode(),
		Detail: in.GetDetail(), RetryAfter: durationFromProto(in.GetRetryAfter()),
	}
}

// ResultsFromProto maps the results of a transmission from the wire.
func ResultsFromProto(in []*channelpb.DeliveryResult) Results {
	out := make(Results, len(in))
	for _, result := range in {
		out[result.GetDeliveryId()] = resultFromProto(result)
	}
	return out
}

func resultFromProto(in *channelpb.DeliveryResult) Result {
	switch result := in.GetResult().(type) {
	case *channelpb.DeliveryResult_Failure:
		return Result{Failure: failureFromProto(result.Failure)}
	case *channelpb.DeliveryResult_Accepted:
		return Result{Accepted: &Accepted{
			State:       DeliveryState(result.Accepted.GetState()),
			ExternalIDs: each(result.Accepted.GetExternalIds(), externalIDFromProto),
			Evidence:    rawFromProto(result.Accepted.GetEvidence()), EvidenceKind: result.Accepted.GetEvidenceKind(),
		}}
	}
	return Result{}
}

func recipientFromProto(in *channelpb.Recipient) Recipient {
	return Recipient{
		DeliveryID: in.GetDeliveryId(), Address: addressFromProto(in.GetAddress()), Role: Role(in.GetRole()),
	}
}

func threadFromProto(in *channelpb.Thread) Thread {
	return Thread{
		MessageID: in.GetMessageId(), InReplyTo: in.GetInReplyTo(), References: in.GetReferences(),
		ReplyToken: in.GetReplyToken(), TicketNumber: in.GetTicketNumber(), Headers: in.GetHeaders(),
	}
}

func transmissionFromProto(in *channelpb.SendRequest) Transmission {
	return Transmission{
		ID: in.GetTransmissionId(), Attempt: in.GetAttempt(), Recipients: each(in.GetRecipients(), recipientFromProto),
		Content: Content{
			Subject: in.GetContent().GetSubject(), Text: in.GetContent().GetText(), HTML: in.GetContent().GetHtml(),
			Attachments: each(in.GetContent().GetAttachments(), attachmentFromProto),
		},
		Thread: threadFromProto(in.GetThread()), Origin: Origin(in.GetOrigin()), SenderName: in.GetSenderName(),
		Language: in.GetLanguage(),
	}
}

func queryFromProto(in *channelpb.LookupDeliveryRequest) Query {
	return Query{
		TransmissionID: in.GetTransmissionId(), Attempt: in.GetAttempt(), Thread: threadFromProto(in.GetThread()),
		Recipients: each(in.GetRecipients(), recipientFromProto), AttemptedAt: timeFromProto(in.GetAttemptedAt()),
	}
}

// ProfileFromProto maps a channel's profile from the wire.
func ProfileFromProto(in *channelpb.OpenResponse) Profile {
	l := in.GetLimits()
	return Profile{
		Capabilities: capabilitiesFromProto(in.GetCapabilities()),
		Limits: Limits{
			TextCharacters: l.GetTextCharacters(), MessageBytes: l.GetMessageBytes(),
			AttachmentBytes: l.GetAttachmentBytes(), AttachmentTypes: l.GetAttachmentTypes(),
			Recipients: l.GetRecipients(), Concurrency: l.GetConcurrency(), Subject: l.GetSubject(),
			HTML: l.GetHtml(), Attachments: l.GetAttachments(),
		},
		Reconcile: Reconcile(in.GetReconcile()), OwnAddress: addressFromProto(in.GetOwnAddress()),
		ReplyToken: in.GetReplyToken(), AuthenticatesSenders: in.GetAuthenticatesSenders(),
		TrackingPath: in.GetTrackingPath(),
	}
}

// DescriptionFromProto maps an adapter's description from the wire.
func DescriptionFromProto(in *channelpb.DescribeResponse) Description {
	return Description{
		Adapter: in.GetAdapter(), Version: in.GetVersion(), ConfigSchema: in.GetConfigSchema(),
		Capabilities: capabilitiesFromProto(in.GetCapabilities()), AddressKinds: in.GetAddressKinds(),
		Routes: each(in.GetHttpRoutes(), func(r *channelpb.HttpRoute) Route {
			return Route{
				Method: r.GetMethod(), Pattern: r.GetPattern(), Action: r.GetAction(),
				MaxBodyBytes: r.GetMaxBodyBytes(), Page: r.GetPage(),
			}
		}),
		DisplayName: in.GetDisplayName(), IsolateChannels: in.GetIsolateChannels(),
	}
}

func capabilitiesFromProto(in []channelpb.Capability) []Capability {
	return each(in, func(c channelpb.Capability) Capability { return Capability(c) })
}

// DiagnosticsFromProto maps the answer of Validate from the wire.
func DiagnosticsFromProto(in []*channelpb.Diagnostic) []Diagnostic {
	return each(in, func(d *channelpb.Diagnostic) Diagnostic {
		return Diagnostic{
			Severity: Severity(d.GetSeverity()), Pointer: d.GetPointer(), Code: d.GetCode(), Summary: d.GetSummary(),
			Remedy: d.GetRemedy(), Took: durationFromProto(d.GetTook()),
		}
	})
}

// ExchangesFromProto maps provider exchanges from the wire.
func ExchangesFromProto(in []*channelpb.Exchange) []Exchange {
	return each(in, func(e *channelpb.Exchange) Exchange {
		return Exchange{
			Protocol: e.GetProtocol(), Request: e.GetRequest(), Response: e.GetResponse(), Error: e.GetError(),
			StartedAt: timeFromProto(e.GetStartedAt()), Took: durationFromProto(e.GetTook()),
		}
	})
}

func timeFromProto(in *timestamppb.Timestamp) time.Time {
	if in == nil {
		return time.Time{}
	}
	return in.AsTime()
}

func durationFromProto(in *durationpb.Duration) time.Duration {
	if in == nil {
		return 0
	}
	return in.AsDuration()
}
