package channel

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"google.golang.org/protobuf/proto"

	"sportello.dev/plugins-sdk/channel/wire"
	"sportello.dev/plugins-sdk/channelpb"
)

var (
	// ErrStopped says that the hub asked to stop, so an event was not taken: it comes again after the next start.
	ErrStopped = errors.New("ingest is stopping")
	// ErrNotCommitted says that the stream ended before the event was acknowledged: it may come again, so nothing must
	// be destroyed upstream.
	ErrNotCommitted = errors.New("the stream ended before the event was committed")
)

// Start is where an Ingester begins.
type Start struct {
	// Cursor is the committed position; empty on the first start.
	Cursor []byte
	// Window is the most events that may wait for an acknowledgement. Sink.Deliver waits by itself.
	Window int
}

// Sink takes what an Ingester delivers, in order. It is safe for concurrent use.
type Sink struct {
	// stop is done when no more events are wanted.
	stop context.Context
	send func(*channelpb.IngestResponse) error
	// slots holds one token for each event that waits for its acknowledgement.
	slots chan struct{}

	// sendMu keeps the order of seq and of the stream the same.
	sendMu sync.Mutex

	mu      sync.Mutex
	seq     uint64
	lost    bool
	pending []*Receipt
	idle    chan struct{}
}

func newSink(stop context.Context, window int, send func(*channelpb.IngestResponse) error) *Sink {
	idle := make(chan struct{})
	close(idle)
	return &Sink{stop: stop, send: send, slots: make(chan struct{}, window), idle: idle}
}

// Receipt tells when one event is committed.
type Receipt struct {
	seq       uint64
	done      chan struct{}
	err       error
	duplicate bool
}

// Done is closed when it is decided whether the event is committed.
func (r *Receipt) Done() <-chan struct{} { return r.done }

// Wait returns nil once the hub has committed the event: from then on it may be removed upstream. It returns
// ErrNotCommitted when the stream ends first. It needs no context: the hub acknowledges or ends the stream.
func (r *Receipt) Wait() error {
	<-r.done
	return r.err
}

// Duplicate says, after Wait, that the hub knew the event already.
func (r *Receipt) Duplicate() bool {
	<-r.done
	return r.duplicate
}

// Deliver hands over an event and the position after it. It waits only while the window is full, and returns before
// the event is committed; see Receipt.
func (s *Sink) Deliver(ctx context.Context, event Event, cursor []byte) (*Receipt, error) {
	if err := checkEvent(event); err != nil {
		return nil, err
	}
	return s.deliver(ctx, EventToProto(event), cursor)
}

// Advance moves the position without an event, for items that are none.
func (s *Sink) Advance(ctx context.Context, cursor []byte) (*Receipt, error) {
	return s.deliver(ctx, nil, cursor)
}

func (s *Sink) deliver(ctx context.Context, event *channelpb.Event, cursor []byte) (*Receipt, error) {
	if len(cursor) > wire.MaxCursor {
		return nil, fmt.Errorf("cursor of %d bytes, at most %d", len(cursor), wire.MaxCursor)
	}
	if size := proto.Size(event) + len(cursor); size > maxEvent {
		return nil, fmt.Errorf("event of %d bytes, at most %d: put large parts as blobs", size, maxEvent)
	}
	select {
	case s.slots <- struct{}{}:
	case <-s.stop.Done():
		return nil, ErrStopped
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s.sendMu.Lock()
	defer s.sendMu.Unlock()
	receipt, err := s.register()
	if err != nil {
		return nil, err
	}
	response := &channelpb.IngestResponse{Seq: receipt.seq, Cursor: cursor, Event: event}
	if err := s.send(response); err != nil {
		s.lose()
		return nil, fmt.Errorf("%w: %w", ErrNotCommitted, err)
	}
	return receipt, nil
}

func (s *Sink) register() (*Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost {
		return nil, ErrNotCommitted
	}
	if s.stop.Err() != nil {
		<-s.slots
		return nil, ErrStopped
	}
	s.seq++
	receipt := &Receipt{seq: s.seq, done: make(chan struct{})}
	if len(s.pending) == 0 {
		s.idle = make(chan struct{})
	}
	s.pending = append(s.pending, receipt)
	return receipt, nil
}

// acknowledge settles every event up to and including seq.
func (s *Sink) acknowledge(seq uint64, duplicates []uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seq > s.seq {
		return fmt.Errorf("acknowledgement of %d, but only %d were delivered", seq, s.seq)
	}
	known := make(map[uint64]bool, len(duplicates))
	for _, duplicate := range duplicates {
		known[duplicate] = true
	}
	settled := 0
	for _, receipt := range s.pending {
		if receipt.seq > seq {
			break
		}
		receipt.duplicate = known[receipt.seq]
		close(receipt.done)
		<-s.slots
		settled++
	}
	s.pending = s.pending[settled:]
	if settled > 0 && len(s.pending) == 0 {
		close(s.idle)
	}
	return nil
}

// lose settles everything that was not acknowledged as not committed.
func (s *Sink) lose() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost {
		return
	}
	s.lost = true
	for _, receipt := range s.pending {
		receipt.err = ErrNotCommitted
		close(receipt.done)
	}
	if len(s.pending) > 0 {
		close(s.idle)
	}
	s.pending = nil
}

// drained is closed when nothing waits for its acknowledgement.
func (s *Sink) drained() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.idle
}
