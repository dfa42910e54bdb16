package ticket

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Proposal is "the citizen is whoever wrote what a colleague forwarded".
type Proposal struct {
	ID      id.Suggestion `db:"id"`
	Ticket  id.Ticket     `db:"ticket_id"`
	Message id.Message    `db:"message_id"`
	Kind    string        `db:"kind"`
	Value   string        `db:"value"`
	Name    string        `db:"name"`
	// ByValue and ByName are the colleague.
	ByKind    string    `db:"by_kind"`
	ByValue   string    `db:"by_value"`
	ByName    string    `db:"by_name"`
	CreatedAt time.Time `db:"created_at"`
}

// Requester is who would become the citizen.
func (p *Proposal) Requester() Address { return Address{Kind: p.Kind, Value: p.Value, Name: p.Name} }

// ForwardedBy is who passed the message on.
func (p *Proposal) ForwardedBy() Address {
	return Address{Kind: p.ByKind, Value: p.ByValue, Name: p.ByName}
}

const proposalColumns = `p.id, m.ticket_id, p.message_id, p.kind, p.value, p.name, m.from_kind AS by_kind,
	m.from_value AS by_value, m.from_name AS by_name, p.created_at
	FROM requester_proposal p JOIN message m ON m.id = p.message_id`

const proposalsOf = `SELECT ` + proposalColumns + ` WHERE p.ticket_id = ANY($1) AND p.state = 'open' ORDER BY p.created_at, p.id`

// Proposals lists the open ones of a ticket and of those joined to it.
func (s *Store) Proposals(ctx context.Context, dbtx postgres.Querier, scope account.Scope, ticket id.Ticket) ([]Proposal, error) {
	tickets, err := s.conversation(ctx, dbtx, scope, ticket)
	if err != nil {
		return nil, err
	}
	rows, err := dbtx.Query(ctx, proposalsOf, tickets)
	if err != nil {
		return nil, fmt.Errorf("reading proposed citizens: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Proposal])
	if err != nil {
		return nil, fmt.Errorf("reading proposed citizens: %w", err)
	}
	return list, nil
}

// AcceptProposal makes the forwarded sender, whose contact is given, the citizen of the ticket; the colleague stays as a
// third person, who gets nothing unless an operator says so.
func (s *Store) AcceptProposal(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, p Proposal, contact id.Contact) (*Ticket, error) {
	t, err := s.decideProposal(ctx, tx, scope, by, p, stateAccepted)
	if err != nil {
		return nil, err
	}
	const demote = `UPDATE ticket_party SET role = 'third' WHERE ticket_id = $1 AND kind = $2 AND value = $3`
	const promote = `
		INSERT INTO ticket_party (ticket_id, kind, value, name, contact_id, role, wrote_at, channel_id)
		SELECT $1, $2, $3, $4, $5, 'requester', m.created_at, m.channel_id FROM message m WHERE m.id = $6
		ON CONFLICT (ticket_id, kind, value) DO UPDATE SET role = 'requester', contact_id = EXCLUDED.contact_id`
	b := &pgx.Batch{}
	b.Queue(demote, p.Ticket, p.ByKind, p.ByValue)
	b.Queue(promote, p.Ticket, p.Kind, p.Value, p.Name, contact, p.Message)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("changing the citizen of a ticket: %w", err)
	}
	w := s.writer(t, s.clock())
	w.record(actorOf(by), EventRequesterChanged, map[string]string{"from": p.ByValue, "to": p.Value})
	t.Contact = contact
	return t, w.send(ctx, tx)
}

// DismissProposal says that the colleague writes in their own name.
func (s *Store) DismissProposal(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, p Proposal) (*Ticket, error) {
	t, err := s.decideProposal(ctx, tx, scope, by, p, stateDismissed)
	if err != nil {
		return nil, err
	}
	w := s.writer(t, s.clock())
	w.record(actorOf(by), EventRequesterKept, map[string]string{"from": p.ByValue, "to": p.Value})
	return t, w.send(ctx, tx)
}

// decideProposal locks the ticket and closes the proposal; one decided before is a conflict.
func (s *Store) decideProposal(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, p Proposal, state string) (*Ticket, error) {
	t, err := s.Lock(ctx, tx, scope, p.Ticket)
	if err != nil {
		return nil, err
	}
	const update = `UPDATE requester_proposal SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1 AND state = 'open'`
	tag, err := tx.Exec(ctx, update, p.ID, state, by.Operator, s.clock())
	if err != nil {
		return nil, fmt.Errorf("deciding on a proposed citizen: %w", err)
	}
	if tag.RowsAffected() != 1 {
		return nil, fault.Conflict("it is decided who the citizen is")
	}
	return t, nil
}
