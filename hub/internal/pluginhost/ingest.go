package pluginhost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/pluginhost/internal/translation"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/plugins-sdk/channel/wire"
	"sportello.dev/plugins-sdk/channelpb"
)

const (
	// window is how many events may wait for their acknowledgement.
	window = 64
	// gather is how long a batch waits for company.
	gather = 5 * time.Millisecond
	// maxBatchBytes ends a batch of large events early.
	maxBatchBytes = 8 << 20
	// commitWait bounds one transaction of the journal.
	commitWait = 30 * time.Second
	// settled is how long a stream must have run to be taken for well.
	settled = 10 * time.Second
)

// ingest keeps a stream open until ctx ends, the lease is lost or the channel is suspended.
func (s *seat) ingest(ctx context.Context, o *opened) error {
	retry := backoff{least: s.host.Timing.RetryMin, most: s.host.Timing.RetryMax}
	for {
		err := s.stream(ctx, o, &retry)
		// Lost for certain only when a new term cannot be had; a stream may also be fenced by our own next one.
		if _, held := o.tenure.current(); !held || ctx.Err() != nil {
			return nil //nolint:nilerr // the end of the lease or of ctx is no failure of the stream
		}
		s.log.Warn("ingest interrupted", "error", s.unit.redact.Clean(fmt.Sprint(err)))
		s.setTrouble(ctx, o, troubleCode(err))
		// A password that is refused must not be tried until the account is locked.
		if s.judge(ctx, o.revision, err) == nil {
			return errReopen
		}
		select {
		case <-ctx.Done():
		case <-time.After(retry.wait()):
		}
	}
}

// stream runs one stream from the committed position to its end.
func (s *seat) stream(ctx context.Context, o *opened, retry *backoff) error {
	lease, err := o.tenure.newTerm(ctx)
	if err != nil {
		return err
	}
	in := &inflow{seat: s, opened: o, lease: lease}
	err = in.run(ctx)
	if in.committed {
		retry.reset()
	}
	return err
}

func troubleCode(err error) string {
	var broken *commitError
	if errors.As(err, &broken) {
		return "journal.unavailable"
	}
	return "ingest.interrupted"
}

// commitError is a failure on the hub's side.
type commitError struct{ err error }

func (e *commitError) Error() string { return e.err.Error() }
func (e *commitError) Unwrap() error { return e.err }

// inflow is one stream. It ends by tearing the stream down: every event that the adapter delivered is then either
// committed and acknowledged, or comes again.
type inflow struct {
	seat      *seat
	opened    *opened
	lease     channel.Lease
	stream    grpc.BidiStreamingClient[channelpb.IngestRequest, channelpb.IngestResponse]
	seq       uint64
	committed bool
}

func (in *inflow) run(ctx context.Context) error {
	// The stream outlives ctx by a little: what was delivered is still committed and acknowledged.
	streaming, tear := context.WithCancel(context.WithoutCancel(ctx))
	var receiving sync.WaitGroup
	defer receiving.Wait()
	defer tear()
	var err error
	if in.stream, err = in.seat.proc.API.Ingest(streaming); err != nil {
		return err
	}
	start := &channelpb.IngestStart{ChannelId: in.seat.id.String(), Cursor: in.lease.Cursor, Window: window}
	if err := in.stream.Send(&channelpb.IngestRequest{Request: &channelpb.IngestRequest_Start{Start: start}}); err != nil {
		return err
	}
	incoming, ended := make(chan *channelpb.IngestResponse), make(chan error, 1)
	receiving.Go(func() { in.receive(streaming, incoming, ended) })
	return in.work(ctx, streaming, incoming, ended)
}

func (in *inflow) receive(ctx context.Context, incoming chan<- *channelpb.IngestResponse, ended chan<- error) {
	for {
		r, err := in.stream.Recv()
		if err != nil {
			ended <- err
			return
		}
		select {
		case incoming <- r:
		case <-ctx.Done():
			return
		}
	}
}

func (in *inflow) work(ctx, streaming context.Context, incoming <-chan *channelpb.IngestResponse, ended <-chan error) error {
	stopping := ctx.Done()
	well := time.After(settled)
	var patience <-chan time.Time
	for {
		select {
		case r := <-incoming:
			if err := in.take(streaming, in.gather(r, incoming)); err != nil {
				return err
			}
			in.well(ctx)
		case err := <-ended:
			if errors.Is(err, io.EOF) {
				return errors.New("the adapter ended the stream")
			}
			return err
		case <-well:
			in.well(ctx)
		case <-stopping:
			stopping = nil
			patience = time.After(in.seat.host.Timing.Close / 2)
			if err := in.stream.Send(&channelpb.IngestRequest{Request: &channelpb.IngestRequest_Stop{Stop: &channelpb.IngestStop{}}}); err != nil {
				return err
			}
		case <-patience:
			return errors.New("the adapter did not end the stream")
		}
	}
}

func (in *inflow) well(ctx context.Context) {
	if ctx.Err() == nil {
		in.seat.setTrouble(ctx, in.opened, "")
	}
}

// gather adds to the first event what comes within a few milliseconds.
func (in *inflow) gather(first *channelpb.IngestResponse, incoming <-chan *channelpb.IngestResponse) []*channelpb.IngestResponse {
	batch := []*channelpb.IngestResponse{first}
	size := proto.Size(first)
	over := time.NewTimer(gather)
	defer over.Stop()
	for len(batch) < intake.MaxBatch && size < maxBatchBytes {
		select {
		case r := <-incoming:
			batch = append(batch, r)
			size += proto.Size(r)
		case <-over.C:
			return batch
		}
	}
	return batch
}

// item is one delivered event, or only a position.
type item struct {
	seq    uint64
	cursor []byte
	event  *intake.Event
}

// take commits a batch and acknowledges it.
func (in *inflow) take(ctx context.Context, batch []*channelpb.IngestResponse) error {
	items := make([]item, 0, len(batch))
	var broken error
	for _, r := range batch {
		it, err := in.item(ctx, r)
		if err != nil {
			broken = err
			break
		}
		items = append(items, it)
	}
	// Those before a broken one are good.
	if len(items) > 0 {
		if err := in.store(ctx, items); err != nil {
			return err
		}
	}
	return broken
}

func (in *inflow) store(ctx context.Context, items []item) error {
	err := in.commit(ctx, items)
	if err == nil || !in.causedByEvent(ctx, err) {
		return err
	}
	// One of them is not taken; it must not hold back the others.
	for _, it := range items {
		if err := in.single(ctx, it); err != nil {
			return err
		}
	}
	return nil
}

func (in *inflow) single(ctx context.Context, it item) error {
	err := in.commit(ctx, []item{it})
	if err == nil || it.event == nil || !in.causedByEvent(ctx, err) {
		return err
	}
	in.seat.log.Error("an event is not taken as it is; its original goes to quarantine", "error", err)
	damaged := translation.Damaged(*it.event, "journal.refused")
	it.event = &damaged
	return in.commit(ctx, []item{it})
}

func (in *inflow) causedByEvent(ctx context.Context, err error) bool {
	var broken *commitError
	return errors.As(err, &broken) && ctx.Err() == nil && !errors.Is(err, intake.ErrLeaseLost) &&
		!errors.Is(err, context.DeadlineExceeded) && !postgres.IsRetryable(err)
}

func (in *inflow) item(ctx context.Context, r *channelpb.IngestResponse) (item, error) {
	if in.seq++; r.GetSeq() != in.seq {
		return item{}, fmt.Errorf("the adapter sent event %d where %d was due", r.GetSeq(), in.seq)
	}
	if len(r.GetCursor()) > wire.MaxCursor {
		return item{}, fmt.Errorf("the adapter sent a cursor of %d bytes", len(r.GetCursor()))
	}
	it := item{seq: r.GetSeq(), cursor: r.GetCursor()}
	if r.GetEvent() == nil {
		return it, nil
	}
	e, err := in.seat.event(ctx, r.GetEvent())
	if err != nil {
		return item{}, err
	}
	it.event = &e
	return it, nil
}

// commit writes items in one transaction and acknowledges them.
func (in *inflow) commit(ctx context.Context, items []item) error {
	b := intake.Batch{Channel: in.seat.id, Replica: in.lease.Replica, Term: in.lease.Term}
	ack := &channelpb.Ack{Seq: items[len(items)-1].seq}
	var seqs []uint64
	for _, it := range items {
		if len(it.cursor) > 0 {
			b.Cursor = it.cursor
		}
		if it.event != nil {
			b.Events = append(b.Events, *it.event)
			seqs = append(seqs, it.seq)
		}
	}
	committing, cancel := context.WithTimeout(ctx, commitWait)
	defer cancel()
	known, err := in.seat.host.Journal.Append(committing, b)
	if err != nil {
		return &commitError{err}
	}
	in.committed = true
	for i, again := range known {
		if again {
			ack.Duplicates = append(ack.Duplicates, seqs[i])
		}
	}
	return in.stream.Send(&channelpb.IngestRequest{Request: &channelpb.IngestRequest_Ack{Ack: ack}})
}

// event translates; an original that is too large to travel inside the event goes to the blob store first.
func (s *seat) event(ctx context.Context, in *channelpb.Event) (intake.Event, error) {
	if inline := in.GetRaw().GetInline(); len(inline) > intake.MaxInlineRaw {
		ref, err := s.host.keepBlob(ctx, bytes.NewReader(inline), in.GetRaw().GetMediaType())
		if err != nil {
			return intake.Event{}, &commitError{err}
		}
		s.proc.book.add(ref.Sum, ref.Size)
		in.Raw.Bytes = &channelpb.Raw_Blob{Blob: translation.BlobRef(ref.Sum[:], ref.Size)}
	}
	s.redeem(in.GetRaw().GetBlob())
	for _, a := range in.GetMessage().GetAttachments() {
		s.redeem(a.GetBlob())
	}
	return translation.Event(in, s.proc.book.size)
}

// redeem lets the process name a blob that the channel put through another one, if it holds the claim.
func (s *seat) redeem(ref *channelpb.BlobRef) {
	if ref.GetClaim() == "" {
		return
	}
	sum, err := translation.Sum(ref)
	if err != nil {
		return
	}
	if size, ok := s.host.Channels.Claimed(s.id, sum, ref.GetClaim(), s.host.Now()); ok {
		s.proc.book.add(sum, size)
	}
}
