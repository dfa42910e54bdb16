package ticket

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

const partiesOf = `
	SELECT ticket_id, kind, value, name, contact_id,
	       CASE WHEN chosen AND cardinality($1::uuid[]) > 1 THEN 'third' ELSE role END AS role,
	       wrote_at, addressed_at, channel_id, chosen
	FROM ticket_party WHERE ticket_id = ANY($1)
	ORDER BY role, coalesce(wrote_at, addressed_at), kind, value`

// Parties lists who wrote or was written to on a ticket and on those joined to it, requesters first. Whom only a ticket's
// secret made a requester is a third person where tickets were joined: nobody proved that he is the citizen of the others.
func (s *Store) Parties(ctx context.Context, dbtx postgres.Querier, scope account.Scope, ticket id.Ticket) ([]Party, error) {
	tickets, err := s.conversation(ctx, dbtx, scope, ticket)
	if err != nil {
		return nil, err
	}
	rows, err := dbtx.Query(ctx, partiesOf, tickets)
	if err != nil {
		return nil, fmt.Errorf("reading the parties of a ticket: %w", err)
	}
	parties, err := pgx.CollectRows(rows, pgx.RowToStructByName[Party])
	if err != nil {
		return nil, fmt.Errorf("reading the parties of a ticket: %w", err)
	}
	return parties, nil
}

// Recipients is whom a reply goes to unless the operator says otherwise.
type Recipients struct {
	// Answers is the message answered and Subject its subject.
	Answers id.Message
	Subject string
	To      []Address
	// Others took part and can be added by the operator: third persons, and those in copy.
	Others []Address
}

// DefaultRecipients finds whom an answer to a message goes to; the unset message stands for the last one that a person
// wrote in. A third person is never among To.
func (s *Store) DefaultRecipients(ctx context.Context, dbtx postgres.Querier, scope account.Scope, ticket id.Ticket, answered id.Message) (Recipients, error) {
	parties, err := s.Parties(ctx, dbtx, scope, ticket)
	if err != nil {
		return Recipients{}, err
	}
	m, err := s.answered(ctx, dbtx, scope, ticket, answered)
	if err != nil {
		return Recipients{}, err
	}
	own, err := s.ownAddresses(ctx, dbtx)
	if err != nil {
		return Recipients{}, err
	}
	return recipients(m, parties, own), nil
}

// answered reads the message; nil when nobody has written in yet.
func (s *Store) answered(ctx context.Context, dbtx postgres.Querier, scope account.Scope, ticket id.Ticket, message id.Message) (*Message, error) {
	tickets, err := s.conversation(ctx, dbtx, scope, ticket)
	if err != nil {
		return nil, err
	}
	if message.IsZero() {
		const query = `SELECT m.id FROM message m
			WHERE m.ticket_id = ANY($1) AND m.direction = 'inbound' AND m.class = 'human'
			ORDER BY m.created_at DESC, m.id DESC LIMIT 1`
		err := dbtx.QueryRow(ctx, query, tickets).Scan(&message)
		if postgres.IsNoRows(err) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("finding the message to answer: %w", err)
		}
	}
	m, err := s.Message(ctx, dbtx, scope, message)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(tickets, m.Ticket) {
		return nil, fault.NotFound("no such message on this ticket")
	}
	return m, nil
}

// ownAddresses are those of our channels: nobody writes to oneself.
func (s *Store) ownAddresses(ctx context.Context, dbtx postgres.Querier) ([]Address, error) {
	rows, err := dbtx.Query(ctx, `SELECT address_kind AS kind, lower(address_value) AS value, '' AS name
		FROM channel WHERE address_value <> ''`)
	if err != nil {
		return nil, fmt.Errorf("reading the channels' addresses: %w", err)
	}
	own, err := pgx.CollectRows(rows, pgx.RowToStructByName[Address])
	if err != nil {
		return nil, fmt.Errorf("reading the channels' addresses: %w", err)
	}
	return own, nil
}

// recipients chooses. A Reply-To counts only when the sender is proved: otherwise a forged mail would lead the answer,
// and what it says of the citizen, to whoever forged it.
func recipients(m *Message, parties []Party, own []Address) Recipients {
	var r Recipients
	if m != nil {
		r.Answers, r.Subject = m.ID, m.Subject
	}
	if to := answerTo(m, parties); !to.IsZero() {
		r.To = []Address{to}
	} else if p := lastRequester(parties); p != nil {
		r.To = []Address{p.Address()}
	}
	for _, p := range parties {
		r.offer(p.Address(), own)
	}
	if m != nil {
		for _, a := range append(m.Addressed(RoleTo), m.Addressed(RoleCc)...) {
			r.offer(a, own)
		}
	}
	return r
}

// answerTo is where the writer of a message wants the answer, unless the writer is a third person.
func answerTo(m *Message, parties []Party) Address {
	if m == nil || m.Direction != DirectionInbound || !m.Class.Human() || m.ThirdPerson {
		return Address{}
	}
	requester := slices.ContainsFunc(parties, func(p Party) bool {
		return p.Role == RoleRequester && p.Address().Same(m.From)
	})
	if !requester {
		return Address{}
	}
	if replyTo := m.Addressed(RoleReplyTo); m.Authenticated && len(replyTo) > 0 {
		return replyTo[0]
	}
	return m.From
}

// lastRequester is the requester who wrote last, else the one written to last.
func lastRequester(parties []Party) *Party {
	var last *Party
	for i := range parties {
		p := &parties[i]
		if p.Role == RoleRequester && (last == nil || p.lastSeen().After(last.lastSeen())) {
			last = p
		}
	}
	return last
}

func (p *Party) lastSeen() time.Time {
	switch {
	case p.WroteAt != nil:
		return *p.WroteAt
	case p.AddressedAt != nil:
		return *p.AddressedAt
	}
	return time.Time{}
}

// offer adds somebody who could get the answer too, once.
func (r *Recipients) offer(a Address, own []Address) {
	for _, list := range [][]Address{own, r.To, r.Others} {
		if slices.ContainsFunc(list, a.Same) {
			return
		}
	}
	// What answers us is addressed to our own mailbox with the token behind a plus.
	if slices.ContainsFunc(own, a.untagged().Same) {
		return
	}
	r.Others = append(r.Others, a)
}

// untagged is a mail address without what stands behind a plus in its local part.
func (a Address) untagged() Address {
	local, domain, _ := strings.Cut(a.Value, "@")
	if name, _, tagged := strings.Cut(local, "+"); tagged {
		a.Value = name + "@" + domain
	}
	return a
}
