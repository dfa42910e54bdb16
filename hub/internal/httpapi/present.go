package httpapi

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/inbox"
	"sportello.dev/hub/internal/mention"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/ticket"
)

// presenter gathers what an answer shows of a ticket or message from the stores that know it.
type presenter struct {
	db         *pgxpool.Pool
	tickets    *ticket.Store
	inbox      *inbox.Store
	deliveries *delivery.Store
	channels   *channel.Store
	offices    *office.Store
	mentions   *mention.Store
	now        func() time.Time
	// scanning says that somebody looks for viruses in files.
	scanning bool
}

// ticket shows one ticket whole.
func (p presenter) ticket(ctx context.Context, scope account.Scope, number ticket.Number) (api.Ticket, error) {
	scope = scope.Sight()
	page, err := p.inbox.List(ctx, p.db, scope, inbox.Filter{Queue: inbox.QueueAll, Numbers: []ticket.Number{number}, Limit: 1})
	if err != nil {
		return api.Ticket{}, err
	}
	if len(page.Items) == 0 {
		return api.Ticket{}, fault.NotFound("no such ticket")
	}
	t := page.Items[0]
	answer := ticketOf(scope, t)
	if err := p.around(ctx, scope, t, &answer); err != nil {
		return api.Ticket{}, err
	}
	return answer, p.handling(ctx, scope, t, &answer)
}

// around adds who and what belongs to a ticket.
func (p presenter) around(ctx context.Context, scope account.Scope, t inbox.Summary, answer *api.Ticket) error {
	a, err := p.tickets.Around(ctx, p.db, scope, t.ID)
	if err != nil {
		return err
	}
	answer.Parties, answer.Suggestions = each(a.Parties, partyOf), each(a.Suggestions, suggestionOf)
	answer.Joined = each(a.Joined, func(j ticket.Ticket) string { return string(j.Number) })
	answer.Links, answer.RequesterProposals = each(a.Links, linkOf), each(a.Proposals, proposalOf)
	answer.Asks, err = p.asks(ctx, a.Asks)
	return err
}

// each shows the things of a list one by one; never nil, so that an empty list is one in JSON.
func each[T, A any](list []T, as func(T) A) []A {
	shown := make([]A, len(list))
	for i, one := range list {
		shown[i] = as(one)
	}
	return shown
}

// handling adds how a ticket came here, whom it waits for and by what way it is answered.
func (p presenter) handling(ctx context.Context, scope account.Scope, t inbox.Summary, answer *api.Ticket) error {
	opens, err := p.tickets.NextWorkingDay(ctx, p.db, &t.Ticket)
	if err != nil {
		return err
	}
	answer.NextWorkingDay = optional(opens)
	if answer.Transfer, err = p.transfer(ctx, scope, t); err != nil {
		return err
	}
	chosen, err := p.tickets.Preference(ctx, p.db, scope, t.ID)
	if err == nil && chosen != nil {
		answer.ChosenAddress = &api.ChosenAddress{Address: chosen.Value, Kind: api.AddressKind(chosen.Kind), Since: chosen.Since}
	}
	return err
}

// transfer is how the ticket came to its office, for those who hold it and may give it back.
func (p presenter) transfer(ctx context.Context, scope account.Scope, t inbox.Summary) (*api.Transfer, error) {
	if !scope.Covers(t.Office) {
		return nil, nil
	}
	h, err := p.tickets.Transferred(ctx, p.db, scope, t.ID)
	if err != nil || h == nil {
		return nil, err
	}
	return &api.Transfer{From: api.OfficeRef{ID: h.From.UUID, Name: h.FromName}, By: *operatorRef(h.By, h.ByName), At: h.At}, nil
}

// handedOver shows a ticket as its operator left it, who no longer sees it: without what it has to do with others there.
func (p presenter) handedOver(ctx context.Context, t *ticket.Ticket) (api.Ticket, error) {
	answer, err := p.ticket(ctx, account.OfficeScope(t.Office), t.Number)
	if err != nil {
		return api.Ticket{}, err
	}
	empty := ticketOf(account.Scope{}, inbox.Summary{})
	answer.Suggestions, answer.Links, answer.RequesterProposals = empty.Suggestions, empty.Links, empty.RequesterProposals
	answer.Asks, answer.Transfer = empty.Asks, nil
	return answer, nil
}

// message shows one message.
func (p presenter) message(ctx context.Context, scope account.Scope, which id.Message) (api.Message, error) {
	m, err := p.tickets.Message(ctx, p.db, scope, which)
	if err != nil {
		return api.Message{}, err
	}
	list, err := p.messages(ctx, []ticket.Message{*m})
	if err != nil {
		return api.Message{}, err
	}
	return list[0], nil
}

// unchecked says of files that wait for a scanner, where there is none, that nobody looks at them.
func (p presenter) unchecked(files []api.Attachment) {
	for i := range files {
		if !p.scanning && files[i].Scan == api.AttachmentScanUnscanned {
			files[i].Scan = api.AttachmentScanOff
		}
	}
}

// messages adds to messages, read within a scope, what became of them.
func (p presenter) messages(ctx context.Context, list []ticket.Message) ([]api.Message, error) {
	ids := make([]id.Message, len(list))
	var notes []id.Message
	for i, m := range list {
		ids[i] = m.ID
		if m.Direction == ticket.DirectionNote {
			notes = append(notes, m.ID)
		}
	}
	sent, err := p.deliveries.OfMessages(ctx, p.db, ids)
	if err != nil {
		return nil, err
	}
	named, err := p.mentions.OfMessages(ctx, p.db, notes)
	if err != nil {
		return nil, err
	}
	answer := make([]api.Message, len(list))
	for i, m := range list {
		answer[i] = messageOf(m, sent[m.ID], p.now())
		answer[i].Mentions = mentioned(named[m.ID])
		p.unchecked(answer[i].Attachments)
	}
	return answer, nil
}

func ticketSummary(scope account.Scope, t inbox.Summary) api.TicketSummary {
	s := api.TicketSummary{
		Number: string(t.Number), Subject: t.Subject, Status: api.TicketStatus(t.Status), Office: api.OfficeRef{ID: t.Office.UUID, Name: t.OfficeName},
		ChannelKind: optional(t.LastChannelKind), MessageCount: t.MessageCount, Preview: t.Preview, Version: t.Version,
		WaitingSince: t.WaitingSince, LastMessageAt: t.LastMessageAt, CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
		Attention: []api.Attention{}, Assignee: operatorRef(t.Assignee, t.AssigneeName), Priority: int(t.Priority),
		Type: optional(t.RequestType), Standing: shownStanding(t.Standing), Tags: uuidsOf(t.Tags), SnoozedUntil: t.SnoozedUntil,
		SharedOnly: !scope.Sight().Covers(t.Office),
	}
	s.Clocks = clocksOf(t.Ticket)
	if !t.Requester.IsZero() {
		s.Contact = &api.ContactRef{ID: t.Requester.UUID, Name: t.RequesterName}
	}
	for _, why := range []struct {
		is   bool
		word api.Attention
	}{{t.AskEnded, api.AttentionAskEnded}, {t.DeliveryFailed, api.AttentionDeliveryFailed}, {t.DeliveryUncertain, api.AttentionDeliveryUncertain}, {t.Suggested, api.AttentionSuggestion}} {
		if why.is {
			s.Attention = append(s.Attention, why.word)
		}
	}
	return s
}

func ticketOf(scope account.Scope, t inbox.Summary) api.Ticket {
	s := ticketSummary(scope, t)
	return api.Ticket{
		Number: s.Number, Subject: s.Subject, Status: s.Status, Office: s.Office, ChannelKind: s.ChannelKind,
		MessageCount: s.MessageCount, Preview: s.Preview, Version: s.Version, WaitingSince: s.WaitingSince,
		LastMessageAt: s.LastMessageAt, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, Attention: s.Attention,
		Assignee: s.Assignee, Contact: s.Contact, Priority: s.Priority, Type: s.Type, Standing: s.Standing, ClosedAt: t.ClosedAt, Clocks: s.Clocks,
		Tags: s.Tags, SnoozedUntil: s.SnoozedUntil, SnoozedBy: optional(t.SnoozedBy.UUID), SharedOnly: s.SharedOnly,
		Parties: []api.Party{}, Suggestions: []api.Suggestion{}, Joined: []string{},
		Links: []api.TicketLink{}, Asks: []api.Ask{}, RequesterProposals: []api.RequesterProposal{},
	}
}

func linkOf(l ticket.Linked) api.TicketLink {
	return api.TicketLink{
		Kind: api.TicketLinkKind(l.Kind), Later: l.Back, Ticket: string(l.Number), Subject: l.Subject, Status: api.TicketStatus(l.Status),
	}
}

func proposalOf(p ticket.Proposal) api.RequesterProposal {
	return api.RequesterProposal{
		ID: p.ID.UUID, MessageID: p.Message.UUID, Requester: correspondent(p.Requester()), ForwardedBy: correspondent(p.ForwardedBy()),
		CreatedAt: p.CreatedAt,
	}
}

func partyOf(p ticket.Party) api.Party {
	party := api.Party{Address: p.Value, Kind: api.AddressKind(p.Kind), Name: optional(p.Name), Role: api.PartyRole(p.Role)}
	if !p.Contact.IsZero() {
		party.ContactID = &p.Contact.UUID
	}
	return party
}

func suggestionOf(s ticket.Suggestion) api.Suggestion {
	answer := api.Suggestion{
		ID: s.ID.UUID, Ticket: string(s.OtherNumber), Subject: s.OtherSubject, CreatedAt: s.CreatedAt,
		Reason: *reason(s.Reason, map[string]string{"number": string(s.OtherNumber)}),
	}
	if !s.Message.IsZero() {
		answer.MessageID = &s.Message.UUID
	}
	return answer
}

func eventOf(e ticket.Event) api.TicketEvent {
	event := api.TicketEvent{ID: e.ID.UUID, Ticket: string(e.TicketNumber), Type: string(e.Type), Params: e.Params, CreatedAt: e.At}
	if e.ActorName != "" {
		event.Actor = &api.OperatorRef{ID: e.ActorID, Name: e.ActorName}
	}
	return event
}

func operatorRef(who id.Operator, name string) *api.OperatorRef {
	if who.IsZero() {
		return nil
	}
	return &api.OperatorRef{ID: who.UUID, Name: name}
}
