package pluginhost

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/pluginhost/internal/translation"
	"sportello.dev/plugins-sdk/channel/wire"
	"sportello.dev/plugins-sdk/channelpb"
)

var _ delivery.Transmitter = (*Host)(nil)

// Transmit implements delivery.Transmitter. Whatever fails before the call is made is delivery.ErrNotAttempted; whatever
// fails after that leaves the outcome unknown, also an error of the transport that had the call, because it does not say
// whether the adapter had the request.
func (h *Host) Transmit(ctx context.Context, t delivery.Transmission) ([]delivery.Result, error) {
	o := h.openChannel(t.Channel)
	if o == nil {
		return nil, fmt.Errorf("channel %s is not open here: %w", t.Channel, delivery.ErrNotAttempted)
	}
	free, err := o.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer free()
	request := translation.SendRequest(&t)
	if proto.Size(request) > wire.MaxMessage {
		return refuse(&t, "message.too_large"), nil
	}
	for _, a := range t.Content.Attachments {
		o.seat.proc.hand(a.SHA256, a.Size)
	}
	answer, reached, err := send(ctx, o.seat.proc.API, request)
	switch {
	case err != nil && !reached:
		return nil, fmt.Errorf("%w: transmitting: %w", delivery.ErrNotAttempted, o.clean(err))
	case err != nil:
		return nil, fmt.Errorf("transmitting: %w", o.clean(err))
	}
	o.gatherProofs(ctx, answer.GetResults())
	results := translation.Results(answer.GetResults(), t.Recipients, o.seat.proc.book.size)
	o.stopIfRefused(ctx, results)
	return results, nil
}

// send makes the call. That it reached no connection, as when the adapter has just ended, proves that nothing was sent.
func send(ctx context.Context, api channelpb.ChannelAdapterClient, request *channelpb.SendRequest) (answer *channelpb.SendResponse, reached bool, err error) {
	// The peer is known as soon as a connection has the call.
	var adapter peer.Peer
	answer, err = api.Send(ctx, request, grpc.Peer(&adapter))
	return answer, adapter.Addr != nil, err
}

// gatherProofs takes proofs that the adapter put as blobs into the answers. One that cannot be read, or is too large, is
// left out: the answer counts without it.
func (o *opened) gatherProofs(ctx context.Context, results []*channelpb.DeliveryResult) {
	for _, r := range results {
		evidence := r.GetAccepted().GetEvidence()
		if evidence.GetBlob() == nil {
			continue
		}
		content, err := o.readOwn(ctx, evidence.GetBlob())
		if err != nil {
			o.seat.log.Warn("proof of a transmission not kept", "delivery_id", translation.Text(r.GetDeliveryId(), 40), "error", err)
			continue
		}
		evidence.Bytes = &channelpb.Raw_Inline{Inline: content}
	}
}

// readOwn reads a blob that the adapter itself put.
func (o *opened) readOwn(ctx context.Context, ref *channelpb.BlobRef) ([]byte, error) {
	sum, err := translation.Sum(ref)
	if err != nil {
		return nil, err
	}
	if _, ok := o.seat.proc.book.size(sum); !ok {
		return nil, translation.ErrForeignOriginal
	}
	return blob.ReadAll(ctx, o.seat.host.Blobs, sum, translation.MaxProof)
}

// stopIfRefused suspends the channel when the provider refuses the account: nothing would go until an administrator acts.
func (o *opened) stopIfRefused(ctx context.Context, results []delivery.Result) {
	for _, r := range results {
		if r.Failure == nil || r.Failure.Class != delivery.ConfigFault {
			continue
		}
		if err := o.seat.suspend(ctx, o.revision, r.Failure.Code, r.Failure.Detail); err != nil {
			o.seat.log.Warn("channel not suspended", "error", err)
		}
		return
	}
}

// enter waits for room in the channel, and refuses what must not be attempted here.
func (o *opened) enter(ctx context.Context) (free func(), err error) {
	if !o.ability.Can(channel.Send) {
		return nil, fmt.Errorf("channel %s does not send: %w", o.seat.id, delivery.ErrNotAttempted)
	}
	if o.ability.Can(channel.Exclusive) && !o.leads() {
		return nil, fmt.Errorf("channel %s sends on another replica: %w", o.seat.id, delivery.ErrNotAttempted)
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%w: %w", delivery.ErrNotAttempted, ctx.Err())
	}
	if o.sends == nil {
		return func() {}, nil
	}
	select {
	case o.sends <- struct{}{}:
		return func() { <-o.sends }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("channel %s is busy: %w", o.seat.id, delivery.ErrNotAttempted)
	}
}

// clean removes secrets from an adapter's error and keeps its code.
func (o *opened) clean(err error) error {
	s := status.Convert(err)
	return status.Error(s.Code(), translation.Text(o.seat.unit.redact.Clean(s.Message()), 500))
}

// refuse answers for every recipient that the message cannot go.
func refuse(t *delivery.Transmission, code string) []delivery.Result {
	results := make([]delivery.Result, 0, len(t.Recipients))
	for _, r := range t.Recipients {
		results = append(results, delivery.Result{
			Delivery: r.Delivery, Failure: &delivery.Failure{Class: delivery.ContentFault, Code: code},
		})
	}
	return results
}

// Lookup implements delivery.Transmitter. Any error leaves the finding unknown.
func (h *Host) Lookup(ctx context.Context, t delivery.Transmission, attemptedAt time.Time) (delivery.Finding, []delivery.Result, error) {
	o := h.openChannel(t.Channel)
	if o == nil {
		return delivery.Unknown, nil, fmt.Errorf("channel %s is not open here: %w", t.Channel, delivery.ErrNotAttempted)
	}
	if !o.ability.Can(channel.LookupDelivery) {
		return delivery.Unknown, nil, nil
	}
	answer, err := o.seat.proc.API.LookupDelivery(ctx, translation.LookupRequest(&t, attemptedAt))
	if err != nil {
		return delivery.Unknown, nil, fmt.Errorf("looking up a transmission: %w", o.clean(err))
	}
	o.gatherProofs(ctx, answer.GetResults())
	results := translation.Results(answer.GetResults(), t.Recipients, o.seat.proc.book.size)
	return translation.Finding(answer.GetFinding()), results, nil
}

// Interpret lets the channel's adapter read an original again. The event keeps its place: the answer has no identifier.
func (h *Host) Interpret(ctx context.Context, channelID id.Channel, raw intake.Raw) (intake.Event, error) {
	o := h.openChannel(channelID)
	if o == nil {
		return intake.Event{}, fmt.Errorf("channel %s is not open here: %w", channelID, delivery.ErrNotAttempted)
	}
	if raw.Inline == nil {
		o.seat.proc.hand(raw.SHA256, raw.Size)
	}
	request := &channelpb.InterpretRequest{ChannelId: channelID.String(), Raw: translation.Raw(raw)}
	answer, err := o.seat.proc.API.Interpret(ctx, request)
	if status.Code(err) == codes.Unimplemented {
		return intake.Event{}, fmt.Errorf("the adapter does not interpret originals: %w", delivery.ErrNotAttempted)
	}
	if err != nil {
		return intake.Event{}, fmt.Errorf("interpreting an original: %w", o.clean(err))
	}
	in := answer.GetEvent()
	if in == nil {
		return intake.Event{}, fmt.Errorf("the adapter made nothing of the original: %w", delivery.ErrNotAttempted)
	}
	// The row has both already; what the adapter says of them does not count.
	in.EventId, in.Raw = "interpreted", nil
	e, err := translation.Event(in, o.seat.proc.book.size)
	if err != nil {
		return intake.Event{}, fmt.Errorf("translating an interpreted original: %w", err)
	}
	e.ID, e.Raw = "", raw
	return e, nil
}
