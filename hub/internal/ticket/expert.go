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

// The reasons of notes that leave by e-mail to an outside expert: ask, expert and office_name, how the expert is called, are
// their parameters.
const (
	ReasonExpertAsked    = "expert_asked"
	ReasonExpertReminded = "expert_reminded"
)

// NewExpertAsk is a question to an outside expert that is being asked. Letter is what leaves.
type NewExpertAsk struct {
	ID     id.Ask
	Expert Address
	Text   string
	Due    time.Time
	// Status is what the ticket becomes meanwhile; unset it stays as it is.
	Status Status
	Letter Outbound
}

// Outside tells whether an expert is asked, not an office.
func (a *Ask) Outside() bool { return a.ExpertValue != "" }

// Name is how whoever is asked is called.
func (a *Ask) Name() string {
	switch {
	case a.ExpertName != "":
		return a.ExpertName
	case a.Outside():
		return a.ExpertValue
	}
	return a.OfficeName
}

// Expert is the address asked.
func (a *Ask) Expert() Address {
	return Address{Kind: "email", Value: a.ExpertValue, Name: a.ExpertName}
}

// AskExpert writes a question to an outside expert on a ticket that this transaction holds locked: a note, whose delivery
// is made beside it. The expert becomes no party of the ticket.
func (s *Store) AskExpert(ctx context.Context, tx pgx.Tx, by account.Actor, t *Ticket, a NewExpertAsk) error {
	var err error
	if a.Text, err = question(a.Text); err != nil {
		return err
	}
	if err := s.expertAskable(ctx, tx, t, a); err != nil {
		return err
	}
	w := s.writer(t, s.clock())
	asked := Ask{ID: a.ID, ExpertValue: a.Expert.Value, ExpertName: a.Expert.Name}
	params := asked.params()
	w.letter(by, a.Letter, Reason{Code: ReasonExpertAsked, Params: params})
	w.record(actorOf(by), EventAsked, with(params, "due", a.Due.UTC().Format(time.RFC3339)))
	if a.Status != "" {
		said := Standing{}
		if a.Status == StatusWaitingThird {
			said.Who = asked.Name()
		}
		if err := w.changeStatus(ctx, tx, by, Change{Status: &a.Status, Standing: &said}); err != nil {
			return err
		}
	}
	if err := w.send(ctx, tx); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO side_request (id, ticket_id, expert_value, expert_name, message_id, from_office_id, asked_by, question, asked_at, due_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		a.ID, t.ID, a.Expert.Value, a.Expert.Name, a.Letter.ID, t.Office, by.Operator, a.Text, w.now, a.Due)
	if err != nil {
		return fmt.Errorf("asking an expert: %w", err)
	}
	return nil
}

// letter writes a note that leaves by e-mail.
func (w *writer) letter(by account.Actor, out Outbound, why Reason) {
	m := messageRow{
		id: out.ID, ticket: w.ticket.ID, direction: DirectionNote, origin: OriginOperator, channel: out.Channel,
		channelKind: out.ChannelKind, class: ClassQuestion, author: by.Operator, from: out.From, subject: out.Subject,
		text: out.Text, language: out.Language, answers: out.Answers, reason: why, createdAt: w.now,
	}
	w.message(&m, out.Parties, out.Attachments)
	w.knownAs(m.id, out.Channel, out.ExternalIDs)
	w.ticket.MessageCount++
}

func (s *Store) expertAskable(ctx context.Context, tx pgx.Tx, t *Ticket, a NewExpertAsk) error {
	if !t.Status.Open() {
		return fault.Conflict("the ticket is over: open it again to ask an expert")
	}
	if err := s.timely(a.Due); err != nil {
		return err
	}
	return s.expertAllowed(ctx, tx, t.ID, a.Expert)
}

// expertAllowed refuses addresses that no question about a ticket goes to: the town's own, those of its citizen, and one
// that has not answered the question before.
func (s *Store) expertAllowed(ctx context.Context, tx pgx.Tx, ticket id.Ticket, to Address) error {
	own, err := s.IsOwn(ctx, tx, to)
	if err != nil {
		return err
	}
	if own {
		return fault.Invalid("address", "expert_own", "this is an address of the town")
	}
	const query = `
		SELECT EXISTS (SELECT FROM ticket_party p WHERE p.ticket_id IN (SELECT ticket_joined(ticket_root($1)))
		           AND p.role = 'requester' AND p.value = $2)
		       OR EXISTS (SELECT FROM ticket t JOIN contact_address c ON contact_root(c.contact_id) = contact_root(t.contact_id)
		           WHERE t.id = ticket_root($1) AND c.value = $2 AND (NOT c.shared OR c.aside)),
		       EXISTS (SELECT FROM side_request WHERE state = 'open' AND expert_value = $2
		           AND ticket_id IN (SELECT ticket_joined(ticket_root($1))))`
	var citizen, asked bool
	if err := tx.QueryRow(ctx, query, ticket, to.Value).Scan(&citizen, &asked); err != nil {
		return fmt.Errorf("looking whose address an expert's is: %w", err)
	}
	switch {
	case citizen:
		return fault.Invalid("address", "expert_citizen", "this is the citizen's address")
	case asked:
		return fault.Invalid("address", "expert_asked", "the expert has not answered the question before")
	}
	return nil
}

// RemindExpert writes a reminder of an open question on its ticket, which this transaction holds locked.
func (s *Store) RemindExpert(ctx context.Context, tx pgx.Tx, by account.Actor, t *Ticket, a *Ask, letter Outbound) error {
	w := s.writer(t, s.clock())
	if err := a.remindable(w.now); err != nil {
		return err
	}
	w.letter(by, letter, Reason{Code: ReasonExpertReminded, Params: a.params()})
	w.record(actorOf(by), EventReminded, a.params())
	if err := w.send(ctx, tx); err != nil {
		return err
	}
	return a.reminded(ctx, tx, w.now)
}

// LockAsk locks the ticket of an open question, then reads the question again.
func (s *Store) LockAsk(ctx context.Context, tx pgx.Tx, scope account.Scope, ask id.Ask) (*Ticket, *Ask, error) {
	return s.lockAsk(ctx, tx, scope, ask)
}

// ErrAskEnded says that a question is over: nothing is asked, answered or sent about it any more.
var ErrAskEnded = fault.Conflict("the question is not open any more")

// SendAgain checks that a letter which asks an expert may leave once more: while its question is open, to the same address
// (nil) or to another that may be asked, which it notes. Any other message may. Whoever calls it sends the letter in the
// same transaction.
func (s *Store) SendAgain(ctx context.Context, tx pgx.Tx, scope account.Scope, letter id.Message, to *Address) error {
	m, err := s.Message(ctx, tx, scope, letter)
	if err != nil || m.Class != ClassQuestion {
		return err
	}
	asked, err := s.AskedBy(ctx, tx, scope, []id.Message{letter})
	if err != nil {
		return err
	}
	a := asked[letter]
	if a == nil || a.State != AskOpen {
		return ErrAskEnded
	}
	// It may end before the ticket is locked, and not after.
	if _, a, err = s.lockAsk(ctx, tx, scope, a.ID); err != nil {
		return err
	}
	switch {
	case to == nil || to.Kind == "email" && to.Value == a.ExpertValue:
		return nil
	case to.Kind != "email":
		return fault.Invalid("to", "address.kind", "a question to an expert goes by e-mail")
	}
	if err := s.expertAllowed(ctx, tx, a.Ticket, *to); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE side_request SET expert_value = $2 WHERE id = $1 AND state = 'open'`, a.ID, to.Value)
	if err != nil {
		return fmt.Errorf("giving a question another address: %w", err)
	}
	return nil
}

// AskedBy finds the questions that letters ask or remind of.
func (s *Store) AskedBy(ctx context.Context, db postgres.Querier, scope account.Scope, letters []id.Message) (map[id.Message]*Ask, error) {
	const query = `SELECT m.id, r.id FROM message m JOIN side_request r ON r.message_id IN (m.id, m.answers_id)
		WHERE m.id = ANY($1) AND m.class = '` + string(ClassQuestion) + `'`
	rows, err := db.Query(ctx, query, letters)
	if err != nil {
		return nil, fmt.Errorf("finding questions: %w", err)
	}
	of := map[id.Message]id.Ask{}
	var asks []id.Ask
	var letter id.Message
	var ask id.Ask
	if _, err := pgx.ForEachRow(rows, []any{&letter, &ask}, func() error {
		of[letter], asks = ask, append(asks, ask)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("finding questions: %w", err)
	}
	list, err := s.readAsks(ctx, db, scope, askColumns+`r.id = ANY($4)`, asks)
	if err != nil {
		return nil, err
	}
	byID := map[id.Ask]*Ask{}
	for i := range list {
		byID[list[i].ID] = &list[i]
	}
	asked := map[id.Message]*Ask{}
	for letter, ask := range of {
		if a := byID[ask]; a != nil {
			asked[letter] = a
		}
	}
	return asked, nil
}

// KnownExpert is an expert asked before.
type KnownExpert struct {
	Value string    `db:"value"`
	Name  string    `db:"name"`
	At    time.Time `db:"at"`
}

// Bounds of the experts offered: those of the last questions.
const (
	maxKnownExperts = 50
	knownAmong      = 1000
)

// KnownExperts lists who was asked lately about tickets in scope, the last one first.
func (s *Store) KnownExperts(ctx context.Context, db postgres.Querier, scope account.Scope) ([]KnownExpert, error) {
	query := fmt.Sprintf(`
		SELECT value, (array_agg(name ORDER BY at DESC))[1] AS name, max(at) AS at FROM (
		    SELECT r.expert_value AS value, r.expert_name AS name, r.asked_at AS at
		    FROM side_request r JOIN ticket t ON t.id = ticket_root(r.ticket_id)
		    WHERE `+inScope+` AND r.expert_value IS NOT NULL ORDER BY r.asked_at DESC LIMIT %d) x
		GROUP BY value ORDER BY at DESC, value LIMIT %d`, knownAmong, maxKnownExperts)
	rows, err := db.Query(ctx, query, scope.AllBut(), scope.Offices(), scope.Shares())
	if err != nil {
		return nil, fmt.Errorf("listing experts: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[KnownExpert])
	if err != nil {
		return nil, fmt.Errorf("listing experts: %w", err)
	}
	return list, nil
}
