package intake

import (
	"context"
	"fmt"
	"strings"

	"sportello.dev/hub/internal/delivery"
)

// followUp writes what was filed, and what it sets off: the acknowledgements of new tickets, and the reports that
// messages carry.
func (s *Stages) followUp(ctx context.Context, v *wave) error {
	var wanted []delivery.Acknowledgement
	open := v.open()
	for _, w := range open {
		// Whom a forwarded mail is from, an operator says first.
		if w.begun && w.class.Human() && !w.sender.IsZero() && w.decision.Requester.IsZero() && mayAcknowledge(w) {
			wanted = append(wanted, delivery.Acknowledgement{Ticket: w.ticket, Answered: w.message, To: w.sender, By: w.Channel})
		}
		if w.answer != "" {
			wanted = append(wanted, delivery.Acknowledgement{Ticket: w.ticket, Answered: w.message, To: w.sender, By: w.Channel, Says: w.answer})
		}
	}
	acknowledged, err := s.composer.Acknowledge(ctx, v.tx, v.filing, wanted)
	if err != nil {
		return fmt.Errorf("acknowledging: %w", err)
	}
	if len(open) > 0 {
		if err := v.filing.Write(ctx, v.tx); err != nil {
			return err
		}
	}
	if err := s.composer.Dispatch(ctx, v.tx, acknowledged); err != nil {
		return fmt.Errorf("acknowledging: %w", err)
	}
	for _, w := range open {
		if reports := w.event.Message.Reports; len(reports) > 0 {
			if _, err := s.deliveries.AddReports(ctx, v.tx, w.Channel, w.ID, reports); err != nil {
				return err
			}
		}
	}
	return nil
}

// mayAcknowledge keeps the town from writing to itself and to mailboxes that nobody reads.
func mayAcknowledge(w *work) bool {
	if strings.EqualFold(w.sender.Value, w.Own) {
		return false
	}
	local, _, isMail := strings.Cut(w.sender.Value, "@")
	if !isMail {
		return true
	}
	local = strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(local))
	for _, machine := range []string{"noreply", "donotreply", "nonrispondere", "mailerdaemon", "postmaster", "bounce", "abuse"} {
		if strings.HasPrefix(local, machine) {
			return false
		}
	}
	return true
}
