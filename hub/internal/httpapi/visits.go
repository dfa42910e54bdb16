package httpapi

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// visitRoutes record what people come and call for.
type visitRoutes struct {
	db       *pgxpool.Pool
	tickets  *ticket.Store
	contacts *contact.Store
	offices  *office.Store
	composer *delivery.Composer
	show     presenter
	now      func() time.Time
}

// RecordTicket opens a ticket for a visit or a call.
func (h visitRoutes) RecordTicket(ctx context.Context, r api.RecordTicketRequestObject) (api.RecordTicketResponseObject, error) {
	req, b := requestOf(ctx), r.Body
	visit, err := visitOf(req, b)
	if err != nil {
		return nil, err
	}
	var made *ticket.Ticket
	err = postgres.InTx(ctx, h.db, func(tx pgx.Tx) (err error) {
		// A repeated request that was cut off after its commit finds what it recorded.
		if made, err = h.tickets.Recorded(ctx, tx, req.actor, visit.ID); err != nil || made != nil {
			return err
		}
		if err := h.visitor(ctx, tx, b, &visit); err != nil {
			return err
		}
		if b.Then == api.ThenAsk {
			if visit.Then.Ask, err = h.question(ctx, tx, b, &visit); err != nil {
				return err
			}
		}
		if made, err = h.tickets.Record(ctx, tx, req.scope, req.actor, visit); err == nil {
			postgres.Made(ctx, "tickets", string(made.Number))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	answer, err := h.recorded(ctx, made)
	if err != nil {
		return nil, err
	}
	return api.RecordTicket201JSONResponse(answer), nil
}

// visitOf reads the request but for who it was.
func visitOf(req *request, b *api.NewTicket) (ticket.Visit, error) {
	v := ticket.Visit{
		ID: id.Message{UUID: req.newUUID("visit")}, Way: ticket.Way(b.Way), Text: b.Text, Type: value(b.Type, ""),
		Office: id.Office{UUID: value(b.OfficeID, uuid.Nil)},
		Then: ticket.Then{Answered: b.Then == api.ThenAnswered, Answer: value(b.Answer, ""), Standing: standingOf(b.Standing),
			Mine: b.Then == api.ThenMine, Note: value(b.Note, "")},
	}
	if v.Office.IsZero() && len(req.actor.Offices) > 0 {
		v.Office = req.actor.Offices[0]
	}
	if v.Office.IsZero() {
		return v, fault.Invalid("office_id", "required", "say whose ticket it is")
	}
	if b.ContactID != nil && b.Person != nil {
		return v, fault.Invalid("person", "not_allowed", "either a contact or a person")
	}
	if b.Then != api.ThenAnswered && (b.Answer != nil || b.Standing != nil) {
		return v, fault.Invalid("answer", "not_allowed", "an answer goes with what was answered")
	}
	if b.Then != api.ThenAsk && b.Then != api.ThenTransfer {
		return v, nil
	}
	if b.ToOfficeID == nil {
		return v, fault.Invalid("to_office_id", "required", "say which office")
	}
	if b.Then == api.ThenTransfer {
		v.Then.Transfer = id.Office{UUID: *b.ToOfficeID}
	}
	return v, nil
}

// visitor finds or writes down who it was.
func (h visitRoutes) visitor(ctx context.Context, tx pgx.Tx, b *api.NewTicket, v *ticket.Visit) error {
	switch {
	case b.ContactID != nil:
		v.Contact.UUID = *b.ContactID
		err := h.tickets.SeesContact(ctx, tx, requestOf(ctx).scope.Sight(), v.Contact)
		if fault.Kind(err) == fault.CodeNotFound {
			return fault.Invalid("contact_id", "unknown", "no such contact")
		}
		if err != nil {
			return err
		}
	case b.Person != nil:
		p := contact.Visitor{
			Name: value(b.Person.Name, ""), Phone: value(b.Person.Phone, ""), Email: value(b.Person.Email, ""),
			FiscalCode: value(b.Person.FiscalCode, ""), Known: contact.Known(value(b.Person.Known, "")),
		}
		if err := h.meet(ctx, tx, &p, v); err != nil {
			return err
		}
	default:
		return nil
	}
	known, err := h.contacts.Get(ctx, tx, v.Contact)
	if err != nil {
		return err
	}
	v.Contact, v.Language, v.From.Name = known.ID, known.Language, known.Name
	return nil
}

// meet writes a visitor down. Whose telephone called is known only of one that was written down with it.
func (h visitRoutes) meet(ctx context.Context, tx pgx.Tx, p *contact.Visitor, v *ticket.Visit) error {
	if err := p.Tidy(); err != nil {
		return err
	}
	sees := h.tickets.Seeing(requestOf(ctx).scope)
	all, err := h.contacts.Belongings(ctx, tx, *p, sees)
	if err != nil {
		return err
	}
	if v.Contact, err = p.Settle(all); err != nil {
		return err
	}
	if v.Contact, err = h.contacts.Meet(ctx, tx, *p, v.Contact, all, sees); err != nil {
		return err
	}
	if v.Way == ticket.WayTelephone {
		v.From.Kind, v.From.Value = p.Telephone()
	}
	return nil
}

// question is what another office is asked: the note, or what the visitor said.
func (h visitRoutes) question(ctx context.Context, tx pgx.Tx, b *api.NewTicket, v *ticket.Visit) (*ticket.NewAsk, error) {
	ask := &ticket.NewAsk{ID: id.Ask{UUID: requestOf(ctx).newUUID("ask")}, Office: id.Office{UUID: *b.ToOfficeID}, Text: v.Then.Note}
	if ask.Text == "" {
		ask.Text = v.Text
	}
	if ask.Office == v.Office {
		return nil, fault.Invalid("to_office_id", "holds_it", "the office has the ticket")
	}
	asked, err := ticket.Receiving(ctx, tx, "to_office_id", ask.Office)
	if err != nil {
		return nil, err
	}
	ask.Due, err = askRoutes{offices: h.offices, now: h.now}.due(ctx, tx, asked.ID, nil, nil)
	return ask, err
}

func (h visitRoutes) recorded(ctx context.Context, t *ticket.Ticket) (api.RecordedTicket, error) {
	o, err := h.offices.Get(ctx, h.db, t.Office)
	if err != nil {
		return api.RecordedTicket{}, err
	}
	answer := api.RecordedTicket{
		Number: string(t.Number), Subject: t.Subject, Status: api.TicketStatus(t.Status), Office: api.OfficeRef{ID: t.Office.UUID, Name: o.Name},
		InSight: requestOf(ctx).scope.Covers(t.Office), Tell: []api.Tellable{},
	}
	if !answer.InSight {
		return answer, nil
	}
	list, err := h.composer.Tellable(ctx, h.db, t)
	for _, a := range list {
		answer.Tell = append(answer.Tell, api.Tellable{Kind: api.AddressKind(a.Kind), Address: a.Value, May: a.May, Why: a.Why})
	}
	return answer, err
}

// SendNumber sends the citizen the number of a ticket.
func (h visitRoutes) SendNumber(ctx context.Context, r api.SendNumberRequestObject) (api.SendNumberResponseObject, error) {
	req := requestOf(ctx)
	message := id.Message{UUID: req.newUUID("number")}
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		t, err := h.tickets.LockNumber(ctx, tx, req.scope, r.Number)
		if err != nil {
			return err
		}
		if _, err := h.tickets.Message(ctx, tx, req.scope, message); err == nil || fault.Kind(err) != fault.CodeNotFound {
			return err // told before, by a request that was cut off
		}
		return h.composer.TellNumber(ctx, tx, t, message, string(r.Body.Kind), r.Body.Address)
	})
	if err != nil {
		return nil, err
	}
	answer, err := h.show.message(ctx, req.scope, message)
	return api.SendNumber201JSONResponse(answer), err
}

// wayOf is how a message was said; nil when a channel carried it.
func wayOf(m ticket.Message) *api.Way { return optional(api.Way(m.Said())) }
