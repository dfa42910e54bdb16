package rogue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channelpb"
)

// Send writes the message beside the inbox, as proof that it went, and then does as it is told.
func (a *adapter) Send(ctx context.Context, r *channelpb.SendRequest) (*channelpb.SendResponse, error) {
	o, err := a.channel(r.GetChannelId())
	if err != nil {
		return nil, err
	}
	name := filepath.Join(o.Dir, fmt.Sprintf("%s-%d.sent", r.GetTransmissionId(), r.GetAttempt()))
	if err := os.WriteFile(name, []byte(r.GetContent().GetText()), 0o600); err != nil {
		return nil, err
	}
	answer := &channelpb.SendResponse{}
	for _, recipient := range r.GetRecipients() {
		answer.Results = append(answer.Results, o.result(recipient.GetDeliveryId()))
	}
	switch o.Settings.Send {
	case "hang":
		<-ctx.Done()
		return nil, status.FromContextError(ctx.Err()).Err()
	case "exit":
		os.Exit(4)
	case "prove":
		receipt, err := o.put(ctx, r.GetChannelId(), []byte("receipt"))
		if err != nil {
			return nil, err
		}
		answer.Results[0].GetAccepted().Evidence = &channelpb.Raw{Bytes: &channelpb.Raw_Blob{Blob: receipt}}
		answer.Results[1].GetAccepted().Evidence = &channelpb.Raw{Bytes: &channelpb.Raw_Blob{
			Blob: &channelpb.BlobRef{Sha256: strings.Repeat("ab", 32)},
		}}
	case "silent":
		answer.Results = answer.Results[1:]
	case "oversize":
		answer.Results[0].GetAccepted().Evidence = &channelpb.Raw{
			Bytes: &channelpb.Raw_Inline{Inline: make([]byte, 17<<20)},
		}
	}
	return answer, nil
}

func (o *opened) result(delivery string) *channelpb.DeliveryResult {
	failures := map[string]*channelpb.Failure{
		"refuse": {Class: channelpb.FailureClass_FAILURE_CLASS_RECIPIENT, Code: "rogue.no", Detail: "no such"},
		"config": {Class: channelpb.FailureClass_FAILURE_CLASS_CONFIG, Code: "rogue.account", Detail: "closed"},
	}
	if failure := failures[o.Settings.Send]; failure != nil {
		return &channelpb.DeliveryResult{DeliveryId: delivery, Result: &channelpb.DeliveryResult_Failure{Failure: failure}}
	}
	return &channelpb.DeliveryResult{DeliveryId: delivery, Result: &channelpb.DeliveryResult_Accepted{
		Accepted: &channelpb.Accepted{
			State:       channelpb.DeliveryState_DELIVERY_STATE_SENT,
			ExternalIds: []*channelpb.ExternalId{{Kind: "rogue_id", Value: delivery, Issuer: channelpb.Issuer_ISSUER_PROVIDER}},
		},
	}}
}

// LookupDelivery knows by the file that Send wrote.
func (a *adapter) LookupDelivery(_ context.Context, r *channelpb.LookupDeliveryRequest) (*channelpb.LookupDeliveryResponse, error) {
	o, err := a.channel(r.GetChannelId())
	if err != nil {
		return nil, err
	}
	_, err = os.Stat(filepath.Join(o.Dir, fmt.Sprintf("%s-%d.sent", r.GetTransmissionId(), r.GetAttempt())))
	if errors.Is(err, os.ErrNotExist) {
		return &channelpb.LookupDeliveryResponse{Finding: channelpb.LookupDeliveryResponse_FINDING_ABSENT}, nil
	}
	answer := &channelpb.LookupDeliveryResponse{Finding: channelpb.LookupDeliveryResponse_FINDING_FOUND}
	for _, recipient := range r.GetRecipients() {
		answer.Results = append(answer.Results, o.result(recipient.GetDeliveryId()))
	}
	return answer, nil
}

// HandleHTTP makes calls to the hub and answers with what came back, "code: detail" for an error.
func (a *adapter) HandleHTTP(ctx context.Context, r *channelpb.HandleHTTPRequest) (*channelpb.HandleHTTPResponse, error) {
	o, err := a.channel(r.GetChannelId())
	if err != nil {
		return nil, err
	}
	answer := &channelpb.HandleHTTPResponse{Status: 200, Headers: []*channelpb.Header{
		{Name: "Content-Type", Value: "text/plain"}, {Name: "Set-Cookie", Value: "a=b; Domain=example; Path=/"},
		{Name: "Connection", Value: "close"}, {Name: "X-Seen-IP", Value: r.GetRemoteIp()}, {Name: "Bad\nName", Value: "x"},
	}}
	switch r.GetAction() {
	case "events":
		answer.Events = append(answer.Events, event(string(r.GetBody()), "from the web"))
	case "page":
		answer.Body = []byte("<p>" + r.GetPathValues()["name"] + "</p>")
	case "host":
		if r.GetPathValues()["call"] == "serve" {
			answer.BodyBlob = &channelpb.BlobRef{Sha256: string(r.GetBody()), Size: 1}
			return answer, nil
		}
		answer.Body = []byte(o.call(ctx, r))
	}
	return answer, nil
}

// call names the channel of the request, or another one given as ?channel=.
func (o *opened) call(ctx context.Context, r *channelpb.HandleHTTPRequest) string {
	id, argument := r.GetChannelId(), string(r.GetBody())
	if _, other, ok := strings.Cut(r.GetUrl(), "?channel="); ok {
		id = other
	}
	switch r.GetPathValues()["call"] {
	case "put":
		blob, err := o.put(ctx, id, []byte(argument))
		return outcome(blob.GetSha256(), err)
	case "claim":
		blob, err := o.put(ctx, id, []byte(argument))
		return outcome(blob.GetSha256()+" "+blob.GetClaim(), err)
	case "attach":
		e := event("attach", "with a photo")
		e.GetMessage().Attachments = []*channelpb.Attachment{{Blob: claimed(argument)}}
		s, err := o.host.Submit(ctx, &channelpb.SubmitRequest{ChannelId: id, Event: e})
		return outcome(s.GetTrackingSecret(), err)
	case "get":
		bytes, err := o.getBlob(id, claimed(argument))
		return outcome(string(bytes), err)
	case "body":
		bytes, err := o.getBlob(id, r.GetBodyBlob())
		return outcome(fmt.Sprint(len(bytes)), err)
	case "state":
		key, value, _ := strings.Cut(argument, "=")
		put, err := o.host.PutState(ctx, &channelpb.PutStateRequest{ChannelId: id, Key: key, Value: []byte(value)})
		if err != nil {
			return outcome("", err)
		}
		got, err := o.host.GetState(ctx, &channelpb.GetStateRequest{ChannelId: id, Key: key})
		return outcome(fmt.Sprintf("%v %s", put.GetStored(), got.GetValue()), err)
	case "submit":
		s, err := o.host.Submit(ctx, &channelpb.SubmitRequest{ChannelId: id, Event: event(argument, "submitted")})
		return outcome(fmt.Sprintf("%s %s %s %s", s.GetOutcome(), s.GetTicketNumber(), s.GetTrackingSecret(), s.GetReceiptCode()), err)
	case "add":
		key := &channelpb.TicketKey{TicketNumber: argument, TrackingSecret: "s"}
		s, err := o.host.Submit(ctx, &channelpb.SubmitRequest{ChannelId: id, Event: event("on", "submitted"), Ticket: key})
		return outcome(fmt.Sprintf("%s wait %s", s.GetOutcome(), s.GetRetryAfter().AsDuration()), err)
	case "ticket":
		t, err := o.host.LookupTicket(ctx, &channelpb.LookupTicketRequest{ChannelId: id, TicketNumber: argument, TrackingSecret: "s"})
		if wait := t.GetRetryAfter(); wait != nil {
			return outcome(fmt.Sprintf("%v wait %s", t.GetFound(), wait.AsDuration()), err)
		}
		return outcome(fmt.Sprintf("%v %s", t.GetFound(), t.GetTicket().GetSubject()), err)
	case "ask":
		s, err := o.host.AskPreference(ctx, &channelpb.AskPreferenceRequest{
			ChannelId: id, Ticket: &channelpb.TicketKey{TicketNumber: argument, TrackingSecret: "s"}, Address: "anna@posta.example", Language: "it",
		})
		return outcome(fmt.Sprintf("%s %s wait %s", s.GetOutcome(), s.GetRequest(), s.GetRetryAfter().AsDuration()), err)
	case "confirm":
		number, code, _ := strings.Cut(argument, " ")
		s, err := o.host.ConfirmPreference(ctx, &channelpb.ConfirmPreferenceRequest{
			ChannelId: id, Ticket: &channelpb.TicketKey{TicketNumber: number, TrackingSecret: "s"}, Request: "r", Code: code,
		})
		return outcome(fmt.Sprintf("%s %d wait %s", s.GetOutcome(), s.GetTriesLeft(), s.GetRetryAfter().AsDuration()), err)
	case "drop":
		s, err := o.host.DropPreference(ctx, &channelpb.DropPreferenceRequest{ChannelId: id, Ticket: &channelpb.TicketKey{TicketNumber: argument}})
		return outcome(fmt.Sprintf("%v wait %s", s.GetAccepted(), s.GetRetryAfter().AsDuration()), err)
	case "sheets":
		_, err := o.host.SearchSheets(ctx, &channelpb.SearchSheetsRequest{ChannelId: id, Query: argument})
		return outcome("", err)
	}
	return "unknown call"
}

// claimed reads the name of a blob, with its claim after a space if there is one.
func claimed(argument string) *channelpb.BlobRef {
	sum, claim, _ := strings.Cut(argument, " ")
	return &channelpb.BlobRef{Sha256: sum, Claim: claim}
}

func (o *opened) put(ctx context.Context, id string, content []byte) (*channelpb.BlobRef, error) {
	stream, err := o.host.PutBlob(ctx)
	if err != nil {
		return nil, err
	}
	start := &channelpb.PutBlobStart{ChannelId: id, Size: uint64(len(content))}
	_ = stream.Send(&channelpb.PutBlobRequest{Part: &channelpb.PutBlobRequest_Start{Start: start}})
	_ = stream.Send(&channelpb.PutBlobRequest{Part: &channelpb.PutBlobRequest_Chunk{Chunk: content}})
	answer, err := stream.CloseAndRecv()
	return answer.GetBlob(), err
}

func (o *opened) getBlob(id string, ref *channelpb.BlobRef) ([]byte, error) {
	stream, err := o.host.GetBlob(context.Background(), &channelpb.GetBlobRequest{ChannelId: id, Blob: ref})
	if err != nil {
		return nil, err
	}
	var all []byte
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, part.GetChunk()...)
	}
}

func outcome(answer string, err error) string {
	if err != nil {
		return fmt.Sprintf("%s: %s", status.Code(err), status.Convert(err).Message())
	}
	return answer
}
