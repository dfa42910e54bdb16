package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// identify finds or makes the contact who wrote. Machines are nobody.
func (s *Stages) identify(ctx context.Context, w *work) error {
	if !w.class.Human() {
		return nil
	}
	m := w.event.Message
	var err error
	w.contact, err = s.contacts.Identify(ctx, w.tx, contact.Sender{
		Kind: w.sender.Kind, Value: w.sender.Value, Display: m.From.Value, Name: m.From.Name,
		Language: m.Language, Proved: m.Authentication.Authenticated,
	})
	return err
}

// thread decides to which ticket the message belongs.
func (s *Stages) thread(ctx context.Context, w *work) error {
	m := w.event.Message
	evidence, err := s.tickets.Gather(ctx, w.tx, s.tokens, ticket.Clues{
		Channel: w.row.ChannelID, Class: w.class, Sender: w.sender, Authenticated: m.Authentication.Authenticated,
		Subject: m.Subject, Tokens: m.Tokens, AnswersTo: append(slices.Clone(m.AnswersTo), reported(m)...),
		Numbers: append(slices.Clone(m.Numbers), m.Subject), Policy: s.policy,
	})
	if err != nil {
		return err
	}
	w.decision = ticket.Thread(evidence)
	if w.idReused {
		if w.decision.Reason.Params == nil {
			w.decision.Reason.Params = map[string]string{}
		}
		w.decision.Reason.Params["id_reused"] = "true"
	}
	return nil
}

// reported are the identifiers of our messages that a bounce or receipt speaks of.
func reported(m *Inbound) []string {
	var ids []string
	for _, r := range m.Reports {
		for _, x := range r.ExternalIDs {
			ids = append(ids, x.Value)
		}
	}
	return ids
}

// file puts the message on its ticket, or on a new one at the channel's office. Mail of machines about nothing we know
// waits for a person.
func (s *Stages) file(ctx context.Context, w *work) error {
	var err error
	switch w.decision.Outcome {
	case ticket.Hold:
		w.settled = true
		return s.journal.quarantine(ctx, w.tx, w.row.ID, ReasonMachine, string(w.class))
	case ticket.Attach:
		w.ticket, err = s.tickets.Lock(ctx, w.tx, account.SystemScope(), w.decision.Ticket)
	default:
		err = s.begin(ctx, w)
	}
	if err != nil {
		return err
	}
	in, err := w.inbound()
	if err != nil {
		return err
	}
	if w.message, err = s.tickets.AddInbound(ctx, w.tx, w.ticket, in); err != nil {
		return err
	}
	return s.tickets.Suggest(ctx, w.tx, w.ticket.ID, w.message, w.decision.Suggest)
}

// begin opens a ticket at the office of the channel, else at the town's first.
func (s *Stages) begin(ctx context.Context, w *work) error {
	office := w.channel.OfficeID
	if office.IsZero() {
		var err error
		office, err = s.journal.queries.FirstOffice(ctx, w.tx)
		if errors.Is(err, pgx.ErrNoRows) {
			return errors.New("the town has no office to hold a ticket")
		}
		if err != nil {
			return fmt.Errorf("finding an office: %w", err)
		}
	}
	m := w.event.Message
	var err error
	w.ticket, err = s.tickets.Create(ctx, w.tx, account.System(), ticket.Opening{
		Subject: subjectOf(m), Office: office, Contact: w.contact, Language: m.Language, At: w.row.ReceivedAt,
	})
	w.begun = true
	return err
}

// subjectOf is the subject, or the first words of a message without one.
func subjectOf(m *Inbound) string {
	if subject := strings.Join(strings.Fields(m.Subject), " "); subject != "" {
		return subject
	}
	return clip(strings.Join(strings.Fields(ticket.Preview(m.Text)), " "), 120)
}

func (w *work) inbound() (ticket.Inbound, error) {
	m := w.event.Message
	authentication, err := json.Marshal(m.Authentication)
	if err != nil {
		return ticket.Inbound{}, fmt.Errorf("encoding the authentication: %w", err)
	}
	in := ticket.Inbound{
		ID: id.New[id.Message](), Channel: w.row.ChannelID, ChannelKind: w.channel.Adapter, Class: w.class, Contact: w.contact,
		From: w.sender, Parties: w.parties, Subject: m.Subject, Text: m.Text, HTML: m.HTML, Language: m.Language,
		Decision: w.decision, Authenticated: m.Authentication.Authenticated, Authentication: authentication, Headers: m.Headers,
		Journal: w.row.ID, RawSHA256: w.row.RawSha256, Fingerprint: m.Fingerprint, SentAt: m.SentAt, ReceivedAt: w.row.ReceivedAt,
	}
	for _, x := range m.ExternalIDs {
		in.ExternalIDs = append(in.ExternalIDs, ticket.ExternalID{Kind: x.Kind, Value: x.Value, Issuer: ticket.Issuer(x.Issuer)})
	}
	for _, a := range m.Attachments {
		in.Attachments = append(in.Attachments, ticket.NewAttachment{
			SHA256: a.SHA256, Size: a.Size, Name: a.Name, MediaType: a.MediaType, DeclaredType: a.DeclaredType,
			ContentID: a.ContentID, Inline: a.Inline,
		})
	}
	return in, nil
}

// followUp is what a filed message sets off: reports it carries, and the acknowledgement of a new ticket.
func (s *Stages) followUp(ctx context.Context, w *work) error {
	m := w.event.Message
	if len(m.Reports) > 0 {
		if _, err := s.deliveries.AddReports(ctx, w.tx, w.row.ChannelID, w.row.ID, m.Reports); err != nil {
			return err
		}
	}
	if !w.begun || !w.class.Human() || w.sender.IsZero() || !mayAcknowledge(w) {
		return nil
	}
	if _, err := s.composer.Acknowledge(ctx, w.tx, w.ticket, w.message, w.sender, w.row.ChannelID); err != nil {
		return fmt.Errorf("acknowledging: %w", err)
	}
	return nil
}

// mayAcknowledge keeps the town from writing to itself and to mailboxes that nobody reads.
func mayAcknowledge(w *work) bool {
	if strings.EqualFold(w.sender.Value, w.channel.AddressValue) {
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
