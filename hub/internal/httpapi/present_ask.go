package httpapi

import (
	"context"
	"slices"
	"strings"
	"time"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// asks adds to questions, read within a scope, how long they waited by the hours of the offices asked, and how the letters
// to experts fare.
func (p presenter) asks(ctx context.Context, list []ticket.Ask) ([]api.Ask, error) {
	answer := make([]api.Ask, len(list))
	if len(list) == 0 {
		return answer, nil
	}
	calendars, err := p.offices.Calendars(ctx, p.db)
	if err != nil {
		return nil, err
	}
	var letters []id.Message
	for _, a := range list {
		if a.Outside() {
			letters = append(letters, a.Letter)
		}
	}
	sent := map[id.Message][]delivery.Delivery{}
	if len(letters) > 0 {
		if sent, err = p.deliveries.OfMessages(ctx, p.db, letters); err != nil {
			return nil, err
		}
	}
	for i, a := range list {
		until, hours := p.now(), a.Office
		if a.EndedAt != nil {
			until = *a.EndedAt
		}
		if a.Outside() {
			hours = a.From
		}
		answer[i] = askOf(a, sent[a.Letter], requestOf(ctx).actor)
		answer[i].WaitedSeconds = int64(calendars.For(hours).Between(a.At, until) / time.Second)
	}
	return answer, nil
}

func askOf(a ticket.Ask, sent []delivery.Delivery, reader account.Actor) api.Ask {
	answer := api.Ask{
		ID: a.ID.UUID, Ticket: string(a.Number), Subject: a.Subject, Text: a.Question, State: api.AskState(a.State),
		FromOffice: api.OfficeRef{ID: a.From.UUID, Name: a.FromName},
		AskedBy:    operatorRef(a.By, a.ByName), AskedAt: a.At, DueAt: a.Due, RemindedAt: a.RemindedAt,
		Answer: optional(a.Answer), EndedBy: operatorRef(a.EndedBy, a.EndedName), EndedAt: a.EndedAt,
	}
	if !a.AnswerID.IsZero() {
		answer.AnswerID = &a.AnswerID.UUID
	}
	if !a.Outside() {
		answer.Office = &api.OfficeRef{ID: a.Office.UUID, Name: a.OfficeName}
		answer.Answerable = a.State == ticket.AskOpen && slices.Contains(reader.Offices, a.Office)
		return answer
	}
	answer.Expert = &api.Expert{Address: a.ExpertValue, Name: optional(a.ExpertName)}
	if !a.AnswerID.IsZero() {
		answer.AnswerParams = &a.AnswerParams
		answer.Answer = optional(strings.TrimSpace(ticket.WithoutQuote(a.Answer)))
	}
	letters := make([]api.Delivery, len(sent))
	for i, d := range sent {
		letters[i] = deliveryOf(d)
	}
	answer.Deliveries = &letters
	return answer
}
