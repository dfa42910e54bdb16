package delivery

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/delivery/internal/db"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
)

// Verdict is what an operator decides about a delivery that failed, expired, or whose outcome is unknown.
type Verdict string

// The verdicts. Resend makes a new delivery, to another address if one is given; the old one stays as it ended.
const (
	VerdictSent   Verdict = "sent"
	VerdictResend Verdict = "resend"
	VerdictGiveUp Verdict = "give_up"
)

// Decision is a verdict with who decided and why.
type Decision struct {
	Delivery id.Delivery
	Verdict  Verdict
	Reason   string
	Operator id.Operator
	// To is where a resend goes; nil means to the same address by the same channel.
	To *Target
}

// Decide applies an operator's decision in the caller's transaction. A delivery on which another decision stands, or
// that is not in trouble, is a conflict. A resend returns the new delivery.
func (s *Store) Decide(ctx context.Context, tx pgx.Tx, d Decision) (id.Delivery, error) {
	row, err := s.queries.LockDelivery(ctx, tx, d.Delivery)
	if errors.Is(err, pgx.ErrNoRows) {
		return id.Delivery{}, fault.NotFound("delivery %s", d.Delivery)
	}
	if err != nil {
		return id.Delivery{}, fmt.Errorf("locking the delivery: %w", err)
	}
	to, err := verdictState(State(row.State), d.Verdict)
	if err != nil {
		return id.Delivery{}, err
	}
	if !row.ReplacedBy.IsZero() {
		return id.Delivery{}, fault.Conflict("the delivery was already sent again")
	}
	var fresh id.Delivery
	if d.Verdict == VerdictResend {
		if fresh, err = s.resend(ctx, tx, row, d.To); err != nil {
			return id.Delivery{}, err
		}
	}
	_, err = s.queries.Decide(ctx, tx, db.DecideParams{
		State: string(to), DecidedBy: d.Operator, Decision: string(d.Verdict), DecisionReason: clip(d.Reason, 500),
		ReplacedBy: fresh, ID: d.Delivery,
	})
	if err != nil {
		return id.Delivery{}, fmt.Errorf("writing the decision: %w", err)
	}
	return fresh, s.event(ctx, tx, d.Delivery, State(row.State), to, ByOperator, string(d.Verdict), d.Operator)
}

// verdictState is the state a verdict leads to: uncertain becomes sent or failed, a failed delivery stays failed.
func verdictState(was State, v Verdict) (State, error) {
	switch {
	case was == Uncertain && v == VerdictSent:
		return Sent, nil
	case was == Uncertain && (v == VerdictResend || v == VerdictGiveUp):
		return Failed, nil
	case (was == Failed || was == Expired) && (v == VerdictResend || v == VerdictGiveUp):
		return was, nil
	}
	return "", fault.Conflict("a delivery in state %s takes no verdict %s", was, v)
}

func (s *Store) resend(ctx context.Context, tx pgx.Tx, row db.LockDeliveryRow, to *Target) (id.Delivery, error) {
	target := Target{Channel: row.ChannelID, Kind: row.AddressKind, Value: row.AddressValue}
	name := row.AddressName
	if to != nil {
		target, name = *to, ""
	}
	ids, err := s.Enqueue(ctx, tx, Outgoing{
		Message: row.MessageID, Ticket: row.TicketID, Channel: target.Channel,
		Recipients: []Recipient{{Kind: target.Kind, Value: target.Value, Name: name, Role: row.Role}},
	})
	if err != nil {
		return id.Delivery{}, fmt.Errorf("sending again: %w", err)
	}
	return ids[0], nil
}

// Cancel takes back the deliveries of a message while none was attempted. It is a conflict when one was: some of it
// may be on its way. The message itself is withdrawn by its ticket, in the same transaction.
func (s *Store) Cancel(ctx context.Context, tx pgx.Tx, m id.Message, by id.Operator) error {
	if _, err := s.queries.LockMessage(ctx, tx, m); err != nil {
		return fmt.Errorf("locking the message: %w", err)
	}
	cancelled, err := s.queries.CancelDeliveries(ctx, tx, m)
	if err != nil {
		return fmt.Errorf("cancelling deliveries: %w", err)
	}
	for _, d := range cancelled {
		if err := s.event(ctx, tx, d, Queued, Cancelled, ByOperator, "", by); err != nil {
			return err
		}
	}
	all, err := s.queries.CountDeliveries(ctx, tx, m)
	if err != nil {
		return fmt.Errorf("counting deliveries: %w", err)
	}
	if all == 0 || int(all) != len(cancelled) {
		return fault.Conflict("the message has begun to leave")
	}
	return nil
}
