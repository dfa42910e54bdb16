package ticket

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyset"
	"sportello.dev/hub/internal/postgres"
)

// Span asks for a page of a conversation or history.
type Span struct {
	NewestFirst bool
	Cursor      string
	Limit       int
}

const messageColumns = messageHead + `, m.text, m.html` + messageTail

// listedColumns bound a page: fifty messages of ten megabytes would fill the memory for a list that shows their
// beginnings.
const listedColumns = messageHead + `, left(m.text, 200001) AS text, left(m.html, 1) AS html` + messageTail

const messageHead = `
	m.id, m.ticket_id, n.number AS ticket_number, m.direction, m.origin, m.channel_id, m.channel_kind,
	coalesce(h.name, '') AS channel_name, m.class, m.author_id, coalesce(a.name, '') AS author_name, m.contact_id,
	m.from_kind, m.from_value, m.from_name, m.subject`

const messageTail = `, m.language, m.threading_reason, m.threading_params, m.third_person, m.authenticated,
	m.authentication, m.headers, m.answers_id, m.journal_id, m.raw_sha256, m.sent_at, m.send_after, m.cancelled_at, m.created_at,
	(SELECT count(*) FROM message_copy y WHERE y.message_id = m.id)::int AS copies`

const messageTables = `
	FROM message m
	JOIN ticket n ON n.id = m.ticket_id
	LEFT JOIN channel h ON h.id = m.channel_id
	LEFT JOIN operator a ON a.id = m.author_id`

// readMessage is a message as its row gives it.
type readMessage struct {
	Message
	FromKind        string            `db:"from_kind"`
	FromValue       string            `db:"from_value"`
	FromName        string            `db:"from_name"`
	ThreadingReason string            `db:"threading_reason"`
	ThreadingParams map[string]string `db:"threading_params"`
}

func (r *readMessage) message() Message {
	r.From = Address{Kind: r.FromKind, Value: r.FromValue, Name: r.FromName}
	r.Reason = Reason{Code: r.ThreadingReason, Params: r.ThreadingParams}
	return r.Message
}

// Messages gives a page of a ticket's conversation, those of joined tickets included, with parties and attachments. Of
// a text it holds no more than 200,001 characters, of the HTML only whether there is any: Message reads all.
func (s *Store) Messages(ctx context.Context, db postgres.Querier, scope account.Scope, ticket id.Ticket, span Span) (keyset.Page[Message], error) {
	tickets, err := s.conversation(ctx, db, scope, ticket)
	if err != nil {
		return keyset.Page[Message]{}, err
	}
	order, compare := "ASC", ">"
	if span.NewestFirst {
		order, compare = "DESC", "<"
	}
	list := "messages " + order + " " + ticket.String()
	from, err := keyset.Decode(span.Cursor, list)
	if err != nil {
		return keyset.Page[Message]{}, err
	}
	size := keyset.Size(span.Limit)
	where, args := `m.ticket_id = ANY($1)`, []any{tickets}
	if from != nil {
		where, args = where+` AND (m.created_at, m.id) `+compare+` ($2, $3)`, append(args, from.Key(), from.ID)
	}
	query := fmt.Sprintf(`SELECT %s %s WHERE %s ORDER BY m.created_at %s, m.id %s LIMIT %d`,
		listedColumns, messageTables, where, order, order, size+1)
	found, err := s.readMessages(ctx, db, query, args...)
	if err != nil {
		return keyset.Page[Message]{}, err
	}
	page := keyset.Cut(found, size, func(m Message) keyset.Cursor { return keyset.Cursor{List: list, At: &m.CreatedAt, ID: m.ID.UUID} })
	return page, s.complete(ctx, db, page.Items)
}

// conversation lists the ticket and all that were joined to it, when it is in scope.
func (s *Store) conversation(ctx context.Context, db postgres.Querier, scope account.Scope, ticket id.Ticket) ([]id.Ticket, error) {
	const query = `SELECT ticket_joined(t.id) FROM ticket t WHERE ` + inScope + ` AND t.id = ticket_root($4)`
	rows, err := db.Query(ctx, query, scope.AllBut(), scope.Offices(), scope.Shares(), ticket)
	if err != nil {
		return nil, fmt.Errorf("finding a conversation: %w", err)
	}
	tickets, err := pgx.CollectRows(rows, pgx.RowTo[id.Ticket])
	if err != nil {
		return nil, fmt.Errorf("finding a conversation: %w", err)
	}
	if len(tickets) == 0 {
		return nil, fault.NotFound("no such ticket")
	}
	return tickets, nil
}

// Message reads one message with parties and attachments.
func (s *Store) Message(ctx context.Context, db postgres.Querier, scope account.Scope, message id.Message) (*Message, error) {
	const query = `SELECT ` + messageColumns + messageTables + `
		JOIN ticket t ON t.id = ticket_root(m.ticket_id)
		WHERE ` + inScope + ` AND m.id = $4`
	list, err := s.readMessages(ctx, db, query, scope.AllBut(), scope.Offices(), scope.Shares(), message)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, scope.Missing(fault.NotFound("no such message"), func(sight account.Scope) error {
			_, err := s.Message(ctx, db, sight, message)
			return err
		})
	}
	return &list[0], s.complete(ctx, db, list)
}

// Each reads many messages with parties and attachments; those that are not there, or out of scope, are left out.
func (s *Store) Each(ctx context.Context, db postgres.Querier, scope account.Scope, messages []id.Message) (map[id.Message]*Message, error) {
	const query = `SELECT ` + messageColumns + messageTables + `
		JOIN ticket t ON t.id = ticket_root(m.ticket_id)
		WHERE ` + inScope + ` AND m.id = ANY($4)`
	found, err := s.readMessages(ctx, db, query, scope.AllBut(), scope.Offices(), scope.Shares(), messages)
	if err != nil {
		return nil, err
	}
	each := make(map[id.Message]*Message, len(found))
	for i := range found {
		each[found[i].ID] = &found[i]
	}
	return each, s.complete(ctx, db, found)
}

// HasNewer tells whether anybody but the hub itself wrote on the ticket after the message that the operator has seen.
// Ids count, not times: a message may be filed after a later one.
func (s *Store) HasNewer(ctx context.Context, db postgres.Querier, scope account.Scope, ticket id.Ticket, seen id.Message) (bool, error) {
	const query = `SELECT EXISTS (
		SELECT FROM message m JOIN ticket t ON t.id = ticket_root(m.ticket_id)
		WHERE ` + inScope + ` AND m.ticket_id IN (SELECT ticket_joined(ticket_root($4)))
		  AND m.id > $5 AND m.origin <> 'automatic' AND m.cancelled_at IS NULL)`
	var newer bool
	if err := db.QueryRow(ctx, query, scope.AllBut(), scope.Offices(), scope.Shares(), ticket, seen).Scan(&newer); err != nil {
		return false, fmt.Errorf("looking for newer messages: %w", err)
	}
	return newer, nil
}

// Attachment reads what is known of one file.
func (s *Store) Attachment(ctx context.Context, db postgres.Querier, scope account.Scope, attachment id.Attachment) (*Attachment, error) {
	const query = `SELECT ` + attachmentColumns + attachmentTables + `
		JOIN message m ON m.id = f.message_id
		JOIN ticket t ON t.id = ticket_root(m.ticket_id)
		WHERE ` + inScope + ` AND f.id = $4`
	rows, err := db.Query(ctx, query, scope.AllBut(), scope.Offices(), scope.Shares(), attachment)
	if err != nil {
		return nil, fmt.Errorf("reading an attachment: %w", err)
	}
	f, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Attachment])
	if postgres.IsNoRows(err) {
		return nil, fault.NotFound("no such attachment")
	}
	if err != nil {
		return nil, fmt.Errorf("reading an attachment: %w", err)
	}
	return f, nil
}

func (s *Store) readMessages(ctx context.Context, db postgres.Querier, query string, args ...any) ([]Message, error) {
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("reading messages: %w", err)
	}
	read, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[readMessage])
	if err != nil {
		return nil, fmt.Errorf("reading messages: %w", err)
	}
	messages := make([]Message, len(read))
	for i, r := range read {
		messages[i] = r.message()
	}
	return messages, nil
}

const attachmentColumns = `f.id, f.message_id, f.sha256, f.size, f.name, f.media_type, f.declared_type, f.content_id,
	f.inline, b.scan_state`

const attachmentTables = ` FROM attachment f JOIN blob b ON b.sha256 = f.sha256`

// complete adds parties and attachments, in one round trip for the whole page.
func (s *Store) complete(ctx context.Context, db postgres.Querier, messages []Message) error {
	if len(messages) == 0 {
		return nil
	}
	at := make(map[id.Message]*Message, len(messages))
	ids := make([]id.Message, len(messages))
	for i := range messages {
		ids[i] = messages[i].ID
		at[ids[i]] = &messages[i]
	}
	b := &pgx.Batch{}
	b.Queue(`SELECT message_id, role, kind, value, name FROM message_party WHERE message_id = ANY($1)
		ORDER BY message_id, position`, ids).Query(func(rows pgx.Rows) error {
		var message id.Message
		var p MessageParty
		_, err := pgx.ForEachRow(rows, []any{&message, &p.Role, &p.Address.Kind, &p.Address.Value, &p.Address.Name}, func() error {
			at[message].Parties = append(at[message].Parties, p)
			return nil
		})
		return err
	})
	b.Queue(`SELECT `+attachmentColumns+attachmentTables+` WHERE f.message_id = ANY($1)
		ORDER BY f.message_id, f.position`, ids).Query(func(rows pgx.Rows) error {
		files, err := pgx.CollectRows(rows, pgx.RowToStructByName[Attachment])
		for _, f := range files {
			at[f.Message].Attachments = append(at[f.Message].Attachments, f)
		}
		return err
	})
	if err := db.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("reading parties and attachments: %w", err)
	}
	return nil
}
