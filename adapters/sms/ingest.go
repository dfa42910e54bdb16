package sms

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"sportello.dev/adapters/internal/smpp"
	"sportello.dev/plugins-sdk/channel"
)

// mediaType of an original: the PDUs as they came, one after another, without their session's numbers.
const mediaType = "application/x-smpp"

// settleQueue is how many events may wait for the hub's word beside its window.
const settleQueue = 64

// ingestion is one run of Ingest.
type ingestion struct {
	*Centre

	sink   *channel.Sink
	ledger *ledger
	// assembling guards parts, which change when one comes and when the hub has the whole.
	assembling sync.Mutex
	parts      *assembly
	// delivering keeps positions in the order in which they were made.
	delivering sync.Mutex
	settling   chan settlement
	// crowded has room for one signal that the ledger is long.
	crowded chan struct{}
	// handled are the requests that this run has seen.
	handled map[*incoming]bool
}

// settlement is what is to be done when the hub has committed an event.
type settlement struct {
	receipt *channel.Receipt
	entry   *entry
	// done, for events that answer no request, such as long messages put together.
	done func(context.Context) error
}

// Ingest hands the hub what the centre sends, until ctx ends.
func (c *Centre) Ingest(ctx context.Context, start channel.Start, sink *channel.Sink) error {
	if c.link == nil {
		<-ctx.Done()
		return nil
	}
	run := &ingestion{
		Centre: c, sink: sink, ledger: newLedger(start.Cursor),
		settling: make(chan settlement, settleQueue), crowded: make(chan struct{}, 1), handled: map[*incoming]bool{},
	}
	run.ledger.adopt(c.link.replies())
	parts, err := loadAssembly(ctx, c.host)
	if err != nil {
		return stopped(ctx, err)
	}
	run.parts = parts
	group, within := errgroup.WithContext(ctx)
	group.Go(func() error { return run.feed(within) })
	group.Go(func() error { return run.settle(within) })
	group.Go(func() error { return run.barriers(within) })
	return stopped(ctx, group.Wait())
}

// stopped makes an orderly end of what ended because it was asked to.
func stopped(ctx context.Context, err error) error {
	asked := ctx.Err() != nil || errors.Is(err, channel.ErrStopped)
	if asked {
		return nil
	}
	return err
}

// feed takes what comes, in order.
func (r *ingestion) feed(ctx context.Context) error {
	overdue := time.NewTicker(max(r.pace.parts/10, time.Millisecond))
	defer overdue.Stop()
	if err := r.wholes(ctx); err != nil {
		return err
	}
	for {
		if err := r.fetch(ctx); err != nil {
			return err
		}
		select {
		case <-r.link.arrived:
		case answer := <-r.late:
			if err := r.tooLate(ctx, answer); err != nil {
				return err
			}
		case <-overdue.C:
			if err := r.wholes(ctx); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// fetch goes through what waits. Requests of this run that still wait for the hub are passed over.
func (r *ingestion) fetch(ctx context.Context) error {
	waiting := r.link.waiting()
	still := make(map[*incoming]bool, len(waiting))
	for _, in := range waiting {
		still[in] = true
		if r.handled[in] {
			continue
		}
		if err := r.receive(ctx, in); err != nil {
			return err
		}
		r.handled[in] = true
	}
	for in := range r.handled {
		if !still[in] {
			delete(r.handled, in)
		}
	}
	return nil
}

// receive takes one request of the centre.
func (r *ingestion) receive(ctx context.Context, in *incoming) error {
	if part, isPart := partOf(in.pdu); isPart {
		return r.receivePart(ctx, in, part)
	}
	entry, id, verdict := r.ledger.meet(in, r.pace.repeated)
	switch verdict {
	case isKnown:
		r.reply(entry, r.ledger.known(entry))
		return nil
	case isWaiting:
		return nil
	}
	event, err := r.event(ctx, id, in.at, in.pdu)
	if err == nil {
		err = r.deliver(ctx, event, entry, nil)
	}
	if err != nil {
		r.ledger.forget(entry)
	}
	return err
}

// event reads PDUs that are one message, or one report.
func (r *ingestion) event(ctx context.Context, id string, at time.Time, pdus ...smpp.PDU) (channel.Event, error) {
	var original []byte
	for _, pdu := range pdus {
		original = append(original, pdu.Original()...)
	}
	raw, err := r.host.Raw(ctx, bytes.NewReader(original), mediaType)
	if err != nil {
		return channel.Event{}, fmt.Errorf("keeping an original: %w", err)
	}
	body, err := channel.Guard(func() (channel.Body, error) { return r.reader.read(pdus) })
	return channel.Event{ID: id, OccurredAt: at, Raw: raw, Body: body}, err
}

// deliver hands an event over with the position after it.
func (r *ingestion) deliver(ctx context.Context, event channel.Event, entry *entry, done func(context.Context) error) error {
	r.delivering.Lock()
	receipt, err := r.sink.Deliver(ctx, event, r.ledger.cursor())
	r.delivering.Unlock()
	if err != nil {
		return err
	}
	select {
	case r.settling <- settlement{receipt, entry, done}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// settle answers the centre as the hub commits, in order.
func (r *ingestion) settle(ctx context.Context) error {
	for {
		select {
		case s := <-r.settling:
			if err := s.receipt.Wait(); err != nil {
				return err
			}
			if s.entry != nil {
				r.reply(s.entry, r.ledger.commit(s.entry))
			}
			if s.done != nil {
				if err := s.done(ctx); err != nil {
					return err
				}
			}
		case <-ctx.Done():
			return r.settleRest()
		}
	}
}

// settleRest answers what the hub still commits after it asked to stop.
func (r *ingestion) settleRest() error {
	for {
		select {
		case s := <-r.settling:
			if s.receipt.Wait() == nil && s.entry != nil {
				r.reply(s.entry, r.ledger.commit(s.entry))
			}
		default:
			return nil
		}
	}
}

// reply tells the centre that a message is safe.
func (r *ingestion) reply(e *entry, requests []*incoming) {
	for _, in := range requests {
		if err := r.link.answer(in, smpp.OK); err != nil {
			r.log.Info("an answer did not leave; the centre sends the message again", "error", err)
			continue
		}
		if r.ledger.answered(e, r.now()) {
			select {
			case r.crowded <- struct{}{}:
			default:
			}
		}
	}
}

// barriers makes sure, again and again, that the centre has our answers, and moves the position over them.
func (r *ingestion) barriers(ctx context.Context) error {
	tick := time.NewTicker(r.pace.barrier)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-r.crowded:
		case <-ctx.Done():
			return nil
		}
		if err := r.barrier(ctx); err != nil {
			return err
		}
	}
}

func (r *ingestion) barrier(ctx context.Context) error {
	session := r.link.running()
	if session == nil || !r.ledger.unsure(session) {
		return nil
	}
	before := r.now()
	if r.link.alive(ctx, session) != nil {
		return nil // the session is over; the next one brings the repetitions
	}
	r.delivering.Lock()
	defer r.delivering.Unlock()
	r.link.arrivedBy(session, before)
	if !r.ledger.settle(session, before, r.now()) {
		return nil
	}
	_, err := r.sink.Advance(ctx, r.ledger.cursor())
	return err
}

// lateAnswer is the centre's answer to a message that Send had given up.
type lateAnswer struct {
	transmission channel.Transmission
	answer       smpp.PDU
}

// tooLate reports what became of an attempt of which nobody knew.
func (r *ingestion) tooLate(ctx context.Context, late lateAnswer) error {
	for _, recipient := range late.transmission.Recipients {
		report := &channel.DeliveryReport{DeliveryID: recipient.DeliveryID, State: channel.DeliveryAccepted, At: r.now()}
		if late.answer.Status != smpp.OK {
			report.State = channel.DeliveryFailed
			report.Failure = submitFailure(smpp.StatusError{Command: smpp.SubmitSM, Status: late.answer.Status})
		} else {
			report.ExternalIDs = externalIDs(smpp.ParseText(late.answer.Body))
		}
		event := channel.Event{
			ID:         fmt.Sprintf("late-%s-%d", recipient.DeliveryID, late.transmission.Attempt),
			OccurredAt: r.now(), Body: report, Raw: channel.Raw{Inline: late.answer.Original(), MediaType: mediaType},
		}
		if err := r.deliver(ctx, event, nil, nil); err != nil {
			return err
		}
	}
	return nil
}
