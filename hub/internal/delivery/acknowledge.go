package delivery

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// secretMark stands in an acknowledgement, as operators see it, for the tracking secret, which is filled in when the
// message leaves and never stored.
const secretMark = "••••-••••-••••-••••-••••-••••-••"

// acknowledgements are fixed texts: nothing of what the citizen wrote is repeated, so that nobody can make the town
// mail his words to somebody else.
var acknowledgements = map[string]string{
	"it": `Buongiorno,

abbiamo ricevuto la sua richiesta e le abbiamo dato il numero %s.
Un operatore le risponderà appena possibile. Per aggiungere informazioni basta rispondere a questo messaggio.

Codice personale per seguire la pratica: %s
Il codice è riservato: lo conservi e non lo comunichi ad altri.

%s

Questo messaggio è stato inviato automaticamente.`,
	"en": `Hello,

we have received your request and given it the number %s.
An operator will answer as soon as possible. To add information, simply reply to this message.

Personal code to follow your request: %s
Keep the code and do not share it.

%s

This message was sent automatically.`,
}

// Acknowledge writes the acknowledgement of a new ticket to the person who began it, on the channel used, unless the
// caps for that address are reached. It says whether one was written.
func (c *Composer) Acknowledge(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, answered id.Message, to ticket.Address, by id.Channel) (bool, error) {
	ch, err := c.channels.Get(ctx, tx, by)
	if err != nil {
		return false, fmt.Errorf("reading the channel: %w", err)
	}
	if !ch.Ability.Can(channel.Send) || !outletOf(ch).writesTo(to.Kind) {
		return false, nil
	}
	free, err := c.store.ClaimAutomatic(ctx, tx, to.Kind, to.Value, t.ID, "acknowledgement")
	if err != nil || !free {
		return false, err
	}
	town, err := c.offices.Town(ctx, tx)
	if err != nil {
		return false, err
	}
	text, ok := acknowledgements[t.Language]
	if !ok {
		text = acknowledgements["it"]
	}
	o := outgoing{channel: ch, message: ticket.Outbound{
		Origin: ticket.OriginAutomatic, Class: ticket.ClassAcknowledgement, Answers: answered, Language: t.Language,
		Parties: []ticket.MessageParty{{Role: ticket.RoleTo, Address: to}},
		Text:    fmt.Sprintf(text, t.Number, secretMark, town.Name),
	}}
	if err := c.address(ctx, tx, t, &o); err != nil {
		return false, err
	}
	o.message.Subject = acknowledgementSubject(t)
	_, err = c.write(ctx, tx, account.System(), t, o)
	return err == nil, err
}

// acknowledgementSubject repeats nothing that the citizen wrote.
func acknowledgementSubject(t *ticket.Ticket) string {
	if t.Language == "en" {
		return fmt.Sprintf("We have received your request [Rif. %s]", t.Number)
	}
	return fmt.Sprintf("Abbiamo ricevuto la sua richiesta [Rif. %s]", t.Number)
}
