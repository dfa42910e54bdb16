package delivery

import (
	"cmp"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/contact"
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

// numberLetters give the number of a ticket to who did not write.
var numberLetters = map[string]string{
	"it": `Buongiorno,

il numero della sua richiesta è %s.
Per aggiungere informazioni basta rispondere a questo messaggio.

Codice personale per seguire la pratica: %s
Il codice è riservato: lo conservi e non lo comunichi ad altri.

%s

Questo messaggio è stato inviato automaticamente.`,
	"en": `Hello,

the number of your request is %s.
To add information, simply reply to this message.

Personal code to follow your request: %s
Keep the code and do not share it.

%s

This message was sent automatically.`,
}

// shortAcknowledgements are for text messages: one part, which is 160 characters with a town's name of up to 45.
var shortAcknowledgements = map[string]string{
	"it": "%[3]s: richiesta %[1]s ricevuta. Codice personale e riservato per seguirla: %[2]s",
	"en": "%[3]s: request %[1]s received. Personal, private code to follow it: %[2]s",
}

func telephone(kind string) bool { return kind == contact.KindMobile || kind == contact.KindLandline }

// acknowledgementText is the text in a ticket's language for an address of that kind.
func acknowledgementText(kind, language string, says Saying) string {
	texts := acknowledgements
	switch {
	case telephone(kind):
		texts = shortAcknowledgements
	case says == SayNumber:
		texts = numberLetters
	}
	if text, ok := texts[language]; ok {
		return text
	}
	return texts["it"]
}

// Acknowledgement is a new ticket and the message that began it, to be acknowledged to its writer on the channel used.
type Acknowledgement struct {
	// ID of the message to be; made when unset.
	ID     id.Message
	Ticket *ticket.Ticket
	// Answered is what began the ticket; unset where that needs no answer.
	Answered id.Message
	To       ticket.Address
	By       id.Channel
	// Says is what it tells: the number of a new ticket, unless it is set.
	Says Saying
}

// Acknowledgements are written with the filing that they were put into, and leave by Dispatch once that is done.
type Acknowledgements struct {
	outgoing []Outgoing
	booked   []Automatic
}

// Acknowledge puts acknowledgements into a filing, except where the channel cannot send them or the caps of an address
// are reached.
func (c *Composer) Acknowledge(ctx context.Context, tx pgx.Tx, f *ticket.Filing, wanted []Acknowledgement) (*Acknowledgements, error) {
	channels, able, err := c.ableTo(ctx, tx, wanted)
	if err != nil || len(able) == 0 {
		return &Acknowledgements{}, err
	}
	automatic := make([]Automatic, len(able))
	for i, a := range able {
		automatic[i] = Automatic{Kind: a.To.Kind, Value: a.To.Value, Ticket: a.Ticket.ID, What: cmp.Or(string(a.Says), "acknowledgement")}
	}
	may, err := c.store.MayWrite(ctx, tx, automatic)
	if err != nil {
		return nil, err
	}
	town, err := c.offices.Town(ctx, tx)
	if err != nil {
		return nil, err
	}
	page, err := c.trackingPage(ctx, tx)
	if err != nil {
		return nil, err
	}
	written := &Acknowledgements{}
	for i, a := range able {
		if may[i] {
			o := c.acknowledgement(a, channels[a.By], town.Name, page)
			written.outgoing = append(written.outgoing, o.enqueued(f.Outbound(a.Ticket, account.System(), o.message), a.Ticket.ID))
			written.booked = append(written.booked, automatic[i])
		}
	}
	return written, nil
}

// Dispatch makes the deliveries of acknowledgements whose filing was written.
func (c *Composer) Dispatch(ctx context.Context, tx pgx.Tx, written *Acknowledgements) error {
	if len(written.outgoing) == 0 {
		return nil
	}
	if err := c.store.Book(ctx, tx, written.booked); err != nil {
		return err
	}
	_, err := c.store.Enqueue(ctx, tx, written.outgoing...)
	return err
}

// ableTo keeps those whose channel can write to the address.
func (c *Composer) ableTo(ctx context.Context, tx pgx.Tx, wanted []Acknowledgement) (map[id.Channel]*channel.Channel, []Acknowledgement, error) {
	channels := map[id.Channel]*channel.Channel{}
	var able []Acknowledgement
	for _, a := range wanted {
		ch, ok := channels[a.By]
		if !ok {
			var err error
			if ch, err = c.channels.Get(ctx, tx, a.By); err != nil {
				return nil, nil, fmt.Errorf("reading the channel: %w", err)
			}
			channels[a.By] = ch
		}
		if ch.Ability.Can(channel.Send) && outletOf(ch).writesTo(a.To.Kind) {
			able = append(able, a)
		}
	}
	return channels, able, nil
}

func (c *Composer) acknowledgement(a Acknowledgement, by *channel.Channel, town, page string) outgoing {
	text := acknowledgementText(a.To.Kind, a.Ticket.Language, a.Says)
	o := outgoing{channel: by, message: ticket.Outbound{
		ID: a.ID, Origin: ticket.OriginAutomatic, Class: ticket.ClassAcknowledgement, Answers: a.Answered, Language: a.Ticket.Language,
		Parties: []ticket.MessageParty{{Role: ticket.RoleTo, Address: a.To}}, Subject: acknowledgementSubject(a.Ticket, a.Says),
		Text: followable(&a, fmt.Sprintf(text, a.Ticket.Number, secretMark, town), page, town),
	}}
	if a.Says != SayReceived && a.Says != SayNumber {
		o.message.Text = a.Says.text(town, a.Ticket)
	}
	c.identify(&o)
	return o
}

// acknowledgementSubject repeats nothing that the citizen wrote.
func acknowledgementSubject(t *ticket.Ticket, says Saying) string {
	subject := map[bool][2]string{
		false: {"Abbiamo ricevuto la sua richiesta", "We have received your request"},
		true:  {"Il numero della sua richiesta", "The number of your request"},
	}[says == SayNumber]
	if t.Language == "en" {
		return fmt.Sprintf("%s [Rif. %s]", subject[1], t.Number)
	}
	return fmt.Sprintf("%s [Rif. %s]", subject[0], t.Number)
}
