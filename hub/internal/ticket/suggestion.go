package ticket

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket/internal/db"
)

// Suggestion is "this ticket may belong to that one".
type Suggestion struct {
	ID     id.Suggestion `db:"id"`
	Ticket id.Ticket     `db:"ticket_id"`
	// Other is the ticket it may belong to, after following joins.
	Other        id.Ticket  `db:"other_id"`
	OtherNumber  Number     `db:"other_number"`
	OtherSubject string     `db:"other_subject"`
	OtherStatus  Status     `db:"other_status"`
	Message      id.Message `db:"message_id"`
	Reason       string     `db:"reason"`
	CreatedAt    time.Time  `db:"created_at"`
}

// Suggested is a ticket that a message may belong to besides; only operators see it, only operators decide.
type Suggested struct {
	Ticket id.Ticket
	Reason string
}

const (
	stateAccepted  = "accepted"
	stateDismissed = "dismissed"
	stateOpen      = "open"
)

const suggestionsOf = `
	SELECT g.id, g.ticket_id, t.id AS other_id, t.number AS other_number, t.subject AS other_subject,
	       t.status AS other_status, g.message_id, g.reason, g.created_at
	FROM ticket_suggestion g
	JOIN ticket t ON t.id = ticket_root(g.other_id)
	WHERE ` + inScope + ` AND g.ticket_id = ANY($4) AND g.state = 'open' AND NOT t.id = ANY($4)
	ORDER BY g.created_at, g.id`

// Suggestions lists the open ones of a ticket. The other ticket must be in scope too.
func (s *Store) Suggestions(ctx context.Context, dbtx postgres.Querier, scope account.Scope, ticket id.Ticket) ([]Suggestion, error) {
	tickets, err := s.conversation(ctx, dbtx, scope, ticket)
	if err != nil {
		return nil, err
	}
	rows, err := dbtx.Query(ctx, suggestionsOf, scope.AllBut(), scope.Offices(), scope.Shares(), tickets)
	if err != nil {
		return nil, fmt.Errorf("reading suggestions: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Suggestion])
	if err != nil {
		return nil, fmt.Errorf("reading suggestions: %w", err)
	}
	return list, nil
}

// Accept joins the tickets as suggested and returns the one to go on with; of what may be an expert's answer it makes one
// instead. A suggestion decided before is a conflict.
func (s *Store) Accept(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, suggestion id.Suggestion) (*Ticket, error) {
	g, err := s.openSuggestion(ctx, tx, scope, suggestion)
	if err != nil {
		return nil, err
	}
	if g.Reason == SuggestExpert {
		return s.acceptAnswer(ctx, tx, scope, by, g)
	}
	into, err := s.Join(ctx, tx, scope, by, g.TicketID, g.OtherID)
	if err != nil {
		return nil, err
	}
	return into, s.decide(ctx, tx, by, suggestion, stateAccepted)
}

// Dismiss says that the tickets have nothing to do with each other.
func (s *Store) Dismiss(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, suggestion id.Suggestion) (*Ticket, error) {
	g, err := s.openSuggestion(ctx, tx, scope, suggestion)
	if err != nil {
		return nil, err
	}
	other, err := s.ByID(ctx, tx, scope, g.OtherID)
	if err != nil {
		return nil, err
	}
	t, err := s.Lock(ctx, tx, scope, g.TicketID)
	if err != nil {
		return nil, err
	}
	w := s.writer(t, s.clock())
	w.record(actorOf(by), EventSuggestionDismissed,
		map[string]string{"number": string(other.Number), "reason": g.Reason})
	if err := w.send(ctx, tx); err != nil {
		return nil, err
	}
	return t, s.decide(ctx, tx, by, suggestion, stateDismissed)
}

// openSuggestion locks a suggestion that is not decided yet; its ticket must be in scope.
func (s *Store) openSuggestion(ctx context.Context, tx pgx.Tx, scope account.Scope, suggestion id.Suggestion) (db.LockSuggestionRow, error) {
	g, err := (&db.Queries{}).LockSuggestion(ctx, tx, suggestion)
	if postgres.IsNoRows(err) {
		return g, fault.NotFound("no such suggestion")
	}
	if err != nil {
		return g, fmt.Errorf("locking a suggestion: %w", err)
	}
	if _, err := s.ByID(ctx, tx, scope, g.TicketID); err != nil {
		return g, err
	}
	if g.State != stateOpen {
		return g, fault.Conflict("the suggestion is decided: %s", g.State)
	}
	return g, nil
}

func (s *Store) decide(ctx context.Context, tx pgx.Tx, by account.Actor, suggestion id.Suggestion, state string) error {
	now := s.clock()
	err := (&db.Queries{}).DecideSuggestion(ctx, tx, db.DecideSuggestionParams{
		ID: suggestion, State: state, DecidedBy: by.Operator, DecidedAt: &now,
	})
	if err != nil {
		return fmt.Errorf("deciding a suggestion: %w", err)
	}
	return nil
}

// settle closes the suggestions between tickets that are one by now.
func (s *Store) settle(ctx context.Context, tx pgx.Tx, by account.Actor, now time.Time, tickets ...id.Ticket) error {
	raw := make([]uuid.UUID, len(tickets))
	for i, t := range tickets {
		raw[i] = t.UUID
	}
	err := (&db.Queries{}).SettleSuggestions(ctx, tx, db.SettleSuggestionsParams{DecidedBy: by.Operator, DecidedAt: &now, Tickets: raw})
	if err != nil {
		return fmt.Errorf("settling suggestions: %w", err)
	}
	return nil
}
