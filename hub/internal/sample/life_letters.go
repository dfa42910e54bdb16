package sample

import (
	"time"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/ticket"
)

func (l *life) message(direction ticket.Direction, subject string, text pastText, more func(row []any)) uuid.UUID {
	m := seededID(l.at, l.rng)
	l.messages++
	row := []any{
		m, l.id, string(direction), "operator", nil, "", nil, nil, "", "", "", subject, text.text, "it", "", false, nil, nil, l.at,
		map[string]string{},
	}
	more(row)
	l.add("message", row...)
	if direction != ticket.DirectionNote {
		l.latest.at, l.latest.preview, l.latest.channel = l.at, text.preview, row[5].(string)
	}
	return m
}

// way is by what the citizen is reached.
func (l *life) way() (kind, address string) {
	if kind = contact.KindEmail; l.channel == "sms" || l.channel == "telephony" || l.channel == "fax" {
		kind = "mobile"
	}
	return kind, personAddress(firstPerson+l.person, kind)
}

func (l *life) receive(text pastText, subject string) {
	kind, address := l.way()
	name := personName(firstPerson + l.person)
	text.text += "\n\n" + name
	reason := ticket.ReasonNew
	if l.inbound++; l.inbound > 1 {
		reason = ticket.ReasonToken
	}
	l.asked = l.message(ticket.DirectionInbound, subject, text, func(row []any) {
		row[3], row[5], row[7], row[8], row[9], row[10] = "citizen", l.channel, l.contactOf(l.person), kind, address, name
		row[14], row[15], row[17] = reason, true, l.at
		if l.channel == "email" {
			row[4] = l.town.Channel.UUID
		}
	})
	l.add("message_party", l.asked, 0, "to", contact.KindEmail, Mailbox, "Comune di Valdoria")
	l.wrote = l.at
	if l.waiting.IsZero() {
		l.waiting = l.at
	}
}

func (l *life) note(text string) {
	l.message(ticket.DirectionNote, "", past(text), func(row []any) { row[6] = l.operator })
}

// reply answers by mail, what came by mail or not.
func (l *life) reply(to ticket.Status) {
	list := l.texts.replies[l.letter.office]
	if len(list) == 0 {
		list = l.texts.anyReply
	}
	address, name := personAddress(firstPerson+l.person, contact.KindEmail), personName(firstPerson+l.person)
	m := l.message(ticket.DirectionOutbound, "Re: "+l.letter.subject, list[l.rng.IntN(len(list))], func(row []any) {
		row[4], row[5], row[6], row[8], row[9], row[10] = l.town.Channel.UUID, "email", l.operator, contact.KindEmail, Mailbox, "Comune di Valdoria"
		row[16], row[17] = l.asked, l.at
	})
	l.sent(m, address, name)
	params := map[string]string{"message": m.String()}
	target := ticket.TargetNext
	if l.first == nil {
		target, l.first = ticket.TargetFirst, new(l.at)
	}
	if !l.waiting.IsZero() {
		params["since"] = l.waiting.UTC().Format(time.RFC3339Nano)
		if due := l.due(target, l.waiting, ticket.Paused(l.pauses, ticket.StatusOpen, l.at)); due != nil {
			params["target"], params["due"] = string(target), due.Format(time.RFC3339Nano)
			if target == ticket.TargetFirst {
				l.firstDue = due
			}
		}
	}
	l.waiting, l.addressed = time.Time{}, l.at
	l.change(ticket.EventReplied, to, params)
}

// sent writes the record of a delivery as it stands long after.
func (l *life) sent(m uuid.UUID, address, name string) {
	transmission, channel := seededID(l.at, l.rng), l.town.Channel.UUID
	l.add("message_party", m, 0, "to", contact.KindEmail, address, name)
	l.add("transmission", transmission, m, channel, l.at)
	l.add("delivery", seededID(l.at, l.rng), m, l.id, transmission, channel, contact.KindEmail, address, name, "accepted", 1, l.at.AddDate(0, 0, 5), l.at, l.at)
	l.add("attempt", transmission, 1, uuid.UUID{15: 1}, l.at, l.at, l.at, "done")
}
