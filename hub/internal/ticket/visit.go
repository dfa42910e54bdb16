package ticket

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Way is how something was said that no channel carried. It stands in the place of a channel's kind.
type Way string

// The ways. A call that an operator wrote down counts with those that a telephone channel brings.
const (
	WayCounter   Way = "counter"
	WayTelephone Way = "telephony"
)

// Said is how a message was said; empty for one that a channel carried, and for a note.
func (m *Message) Said() Way {
	if !m.Channel.IsZero() || m.Direction == DirectionNote {
		return ""
	}
	switch w := Way(m.ChannelKind); w {
	case WayCounter, WayTelephone:
		return w
	}
	return ""
}

// Visit is what somebody came or called for, as an operator writes it down.
type Visit struct {
	// ID of the message to be: a repeated request gives the same one.
	ID  id.Message
	Way Way
	// Office holds the ticket at first, Contact is the visitor; unset when nobody knows who it was.
	Office   id.Office
	Contact  id.Contact
	Language string
	// From is the telephone that called, or just the visitor's name.
	From Address
	// Text is what it is about; its first line is the subject.
	Text string
	Type string
	Then Then
}

// Then is what follows a visit: one of these.
type Then struct {
	// Answered: it was answered at once, in these words.
	Answered bool
	Answer   string
	Standing Standing
	// Mine keeps it for the operator.
	Mine bool
	// Ask asks another office; the operator keeps it.
	Ask *NewAsk
	// Transfer hands it over to another office, with a note.
	Transfer id.Office
	Note     string
}

// answeredAloud stands for an answer that the operator wrote nothing of.
var answeredAloud = map[string]string{"it": "Risposta data a voce.", "en": "Answered in person."}

// Record opens a ticket for a visit and does what follows. The office and what is done to it must be in scope.
func (s *Store) Record(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, v Visit) (*Ticket, error) {
	subject, text, err := v.words()
	if err != nil {
		return nil, err
	}
	if !scope.Covers(v.Office) {
		return nil, fault.Invalid("office_id", "not_allowed", "the office is not one that the operator works for")
	}
	if _, err := nameOf(ctx, tx, `SELECT name FROM office WHERE id = $1 AND active`, "office_id", v.Office); err != nil {
		return nil, err
	}
	t, err := s.Create(ctx, tx, by, Opening{Subject: subject, Office: v.Office, Contact: v.Contact, Language: v.Language})
	if err != nil {
		return nil, err
	}
	message, err := s.AddInbound(ctx, tx, t, Inbound{
		ID: v.ID, ChannelKind: string(v.Way), Class: ClassHuman, Author: by.Operator, Contact: v.Contact, From: v.From, Subject: t.Subject,
		Text: text, Language: v.Language, Reason: Reason{Code: ReasonRecorded, Params: map[string]string{"operator": by.Name}},
	})
	if err != nil {
		return nil, err
	}
	if v.Type != "" {
		if t, err = s.Update(ctx, tx, scope, t.ID, by, Change{Version: t.Version, Type: &v.Type}); err != nil {
			return nil, err
		}
	}
	return s.proceed(ctx, tx, scope, by, t, v, message)
}

// words are the subject and the whole text. A text of one line is its own subject.
func (v *Visit) words() (subject, text string, err error) {
	if v.Way != WayCounter && v.Way != WayTelephone {
		return "", "", fault.Invalid("way", "unknown", "no way %q", v.Way)
	}
	text = strings.TrimSpace(clean(v.Text))
	if text == "" {
		return "", "", fault.Invalid("text", "required", "it says nothing")
	}
	first, _, _ := strings.Cut(text, "\n")
	return strings.Join(strings.Fields(first), " "), text, nil
}

// proceed does what follows the visit.
func (s *Store) proceed(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, t *Ticket, v Visit, message id.Message) (*Ticket, error) {
	then := v.Then
	switch {
	case then.Answered:
		answer := strings.TrimSpace(clean(then.Answer))
		if answer == "" {
			answer = answeredAloud[v.Language]
		}
		if answer == "" {
			answer = answeredAloud["it"]
		}
		_, err := s.AddOutbound(ctx, tx, t, by, Outbound{
			ChannelKind: string(v.Way), Origin: OriginOperator, Class: ClassHuman, Subject: t.Subject, Text: answer, Language: v.Language,
			Answers: message, Status: StatusResolved, Standing: then.Standing,
		})
		return t, err
	case !then.Transfer.IsZero():
		if then.Transfer == t.Office {
			return nil, fault.Invalid("to_office_id", "holds_it", "the office has the ticket")
		}
		return s.Update(ctx, tx, scope, t.ID, by, Change{Version: t.Version, Office: &then.Transfer, Note: strings.TrimSpace(then.Note)})
	case then.Ask != nil || then.Mine:
		t, err := s.Update(ctx, tx, scope, t.ID, by, Change{Version: t.Version, Assignee: &by.Operator})
		if err != nil || then.Ask == nil {
			return t, err
		}
		return t, s.Ask(ctx, tx, scope, by, t.ID, *then.Ask)
	}
	return t, nil
}

// Recorded finds the ticket of a visit that this operator recorded as the message; nil when there is none. Whoever
// recorded it is told of it also when it has left what he sees.
func (s *Store) Recorded(ctx context.Context, db postgres.Querier, by account.Actor, message id.Message) (*Ticket, error) {
	var ticket id.Ticket
	var office id.Office
	const query = `SELECT t.id, t.office_id FROM message m JOIN ticket t ON t.id = ticket_root(m.ticket_id)
		WHERE m.id = $1 AND m.author_id = $2 AND m.direction = 'inbound'`
	err := db.QueryRow(ctx, query, message, by.Operator).Scan(&ticket, &office)
	if postgres.IsNoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for a recorded visit: %w", err)
	}
	return s.ByID(ctx, db, account.OfficeScope(office), ticket)
}
