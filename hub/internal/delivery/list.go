package delivery

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/delivery/internal/db"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Delivery is one message to one address, as operators see it.
type Delivery struct {
	ID             id.Delivery
	MessageID      id.Message
	ChannelID      id.Channel
	ChannelName    string
	ChannelKind    string
	AddressKind    string
	AddressValue   string
	AddressName    string
	Role           string
	State          State
	Attempt        int32
	NextAttemptAt  *time.Time
	ExpiresAt      time.Time
	FailureClass   string
	FailureCode    string
	ProviderCode   string
	FailureDetail  string
	Decision       string
	DecisionReason string
	ReplacedBy     id.Delivery
	CreatedAt      time.Time
	UpdatedAt      time.Time
	// DelayedAt is when another system said that it could not deliver yet, DelayedUntil how long it goes on trying.
	DelayedAt    *time.Time
	DelayedUntil *time.Time
}

// Delayed tells whether the last word of the delivery is that another system still tries.
func (d *Delivery) Delayed() bool {
	return d.DelayedAt != nil && (d.State == Sending || d.State == Accepted || d.State == Sent || d.State == Uncertain)
}

// OfMessages lists the deliveries of messages that the caller has read through a scoped query.
func (s *Store) OfMessages(ctx context.Context, q postgres.Querier, messages []id.Message) (map[id.Message][]Delivery, error) {
	rows, err := s.queries.OfMessages(ctx, q, uuids(messages))
	if err != nil {
		return nil, fmt.Errorf("listing deliveries: %w", err)
	}
	all := make(map[id.Message][]Delivery, len(messages))
	for _, r := range rows {
		all[r.MessageID] = append(all[r.MessageID], fromRow(r))
	}
	return all, nil
}

func fromRow(r db.OfMessagesRow) Delivery {
	return Delivery{
		ID: r.ID, MessageID: r.MessageID, ChannelID: r.ChannelID, ChannelName: r.ChannelName, ChannelKind: r.ChannelKind,
		AddressKind: r.AddressKind, AddressValue: r.AddressValue, AddressName: r.AddressName, Role: r.Role,
		State: State(r.State), Attempt: r.Attempt, NextAttemptAt: r.NextAttemptAt, ExpiresAt: r.ExpiresAt,
		FailureClass: r.FailureClass, FailureCode: r.FailureCode, ProviderCode: r.ProviderCode, FailureDetail: r.FailureDetail,
		Decision: r.Decision, DecisionReason: r.DecisionReason, ReplacedBy: r.ReplacedBy, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
		DelayedAt: r.DelayedAt, DelayedUntil: r.DelayedUntil,
	}
}

// Trouble is a delivery that waits for an operator's decision, with the ticket it belongs to.
type Trouble struct {
	Delivery
	TicketID id.Ticket
	Number   string
	Subject  string
	Preview  string
}

// TroublePage asks for a page of deliveries in trouble; Before is the last row of the page before, if any.
type TroublePage struct {
	// States is any of failed, expired, uncertain.
	States []State
	// Decided includes those on which a decision stands.
	Decided bool
	Before  *TroubleCursor
	// Size is at most 50.
	Size int
}

// TroubleCursor is the key of the last row of a page.
type TroubleCursor struct {
	At time.Time   `json:"at"`
	ID id.Delivery `json:"id"`
}

const troubleSQL = `
SELECT d.id, d.message_id, d.channel_id, c.name AS channel_name, c.adapter AS channel_kind, d.address_kind, d.address_value,
       d.address_name, d.role, d.state, d.attempt, d.next_attempt_at, d.expires_at, d.failure_class, d.failure_code,
       d.provider_code, d.failure_detail, d.decision, d.decision_reason, d.replaced_by, d.created_at, d.updated_at, d.delayed_at, d.delayed_until,
       t.id AS ticket_id, t.number, t.subject, left(m.text, 200) AS preview
FROM delivery d
JOIN ticket t ON t.id = d.ticket_id
JOIN message m ON m.id = d.message_id
JOIN channel c ON c.id = d.channel_id
WHERE d.state = ANY (@states) AND d.state IN ('failed', 'uncertain', 'expired')
%s
  AND ((t.office_id = ANY (@offices)) <> @all_but OR t.shared_with && @shares)
  AND (NOT @after OR (d.updated_at, d.id) < (@at, @id))
ORDER BY d.updated_at DESC, d.id DESC
LIMIT @most`

// Undecided is the condition that a delivery d in trouble waits for a decision. It is written as its index has it:
// decisions pile up over the years. A letter that failed waits for nobody once its question to an expert is over.
const Undecided = `d.decision = '' AND NOT (d.state <> 'uncertain' AND EXISTS (
      SELECT FROM message l JOIN side_request q ON q.message_id IN (l.id, l.answers_id)
      WHERE l.id = d.message_id AND l.class = 'question' AND q.state <> 'open'))`

// Trouble lists deliveries that failed, expired or are uncertain, latest first. The cursor is nil on the last page.
func (s *Store) Trouble(ctx context.Context, q postgres.Querier, scope account.Scope, p TroublePage) ([]Trouble, *TroubleCursor, error) {
	if p.Size < 1 || p.Size > 50 {
		return nil, nil, fault.Invalid("limit", "limit.range", "a page holds 1 to 50 rows, not %d", p.Size)
	}
	query, args := p.query(scope)
	rows, err := q.Query(ctx, query, args)
	if err != nil {
		return nil, nil, fmt.Errorf("listing deliveries in trouble: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Trouble])
	if err != nil {
		return nil, nil, fmt.Errorf("reading deliveries in trouble: %w", err)
	}
	if len(list) <= p.Size {
		return list, nil, nil
	}
	list = list[:p.Size]
	last := list[p.Size-1]
	return list, &TroubleCursor{At: last.UpdatedAt, ID: last.ID}, nil
}

func (p *TroublePage) query(scope account.Scope) (string, pgx.NamedArgs) {
	args := pgx.NamedArgs{
		"states": words(p.States), "all_but": scope.AllBut(), "offices": scope.Offices(), "shares": scope.Shares(),
		"after": p.Before != nil, "at": time.Time{}, "id": id.Delivery{}, "most": p.Size + 1,
	}
	if p.Before != nil {
		args["at"], args["id"] = p.Before.At, p.Before.ID
	}
	which := `  AND ` + Undecided
	if p.Decided {
		which = ""
	}
	return fmt.Sprintf(troubleSQL, which), args
}

// TicketOf says to which ticket a delivery belongs, so that a decision on it can be authorised.
func (s *Store) TicketOf(ctx context.Context, q postgres.Querier, scope account.Scope, d id.Delivery) (id.Ticket, error) {
	var t id.Ticket
	err := q.QueryRow(ctx, `SELECT d.ticket_id FROM delivery d JOIN ticket t ON t.id = d.ticket_id
		WHERE d.id = $1 AND ((t.office_id = ANY ($3)) <> $2 OR t.shared_with && $4)`, d, scope.AllBut(), scope.Offices(), scope.Shares()).Scan(&t)
	if postgres.IsNoRows(err) {
		return t, scope.Missing(fault.NotFound("delivery %s", d), func(sight account.Scope) error {
			_, err := s.TicketOf(ctx, q, sight, d)
			return err
		})
	}
	if err != nil {
		return t, fmt.Errorf("finding the ticket of a delivery: %w", err)
	}
	return t, nil
}

func words(states []State) []string {
	all := make([]string, len(states))
	for i, s := range states {
		all[i] = string(s)
	}
	return all
}

func uuids(messages []id.Message) []uuid.UUID {
	all := make([]uuid.UUID, len(messages))
	for i, m := range messages {
		all[i] = m.UUID
	}
	return all
}
