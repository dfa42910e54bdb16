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

// AskState is how far a question to another office has come.
type AskState string

// The states; only an open one changes.
const (
	AskOpen      AskState = "open"
	AskAnswered  AskState = "answered"
	AskReturned  AskState = "returned"
	AskWithdrawn AskState = "withdrawn"
)

// The reasons of notes that belong to a question: ask and office_name are their parameters.
const (
	ReasonAsked       = "asked"
	ReasonAskAnswered = "ask_answered"
	ReasonAskReturned = "ask_returned"
)

// Ask is a question of the office that holds a ticket: to another one, which sees the ticket until it has answered, or to
// an outside expert, who gets a letter and sees nothing.
type Ask struct {
	ID     id.Ask    `db:"id"`
	Ticket id.Ticket `db:"ticket_id"`
	// Number and Subject are those of the ticket to go on with.
	Number  Number `db:"number"`
	Subject string `db:"subject"`
	// Office is the one asked, unset where an expert is: then ExpertValue is the address and Letter the note that left.
	Office      id.Office   `db:"office_id"`
	OfficeName  string      `db:"office_name"`
	ExpertValue string      `db:"expert_value"`
	ExpertName  string      `db:"expert_name"`
	Letter      id.Message  `db:"message_id"`
	From        id.Office   `db:"from_office_id"`
	FromName    string      `db:"from_name"`
	By          id.Operator `db:"asked_by"`
	ByName      string      `db:"by_name"`
	Question    string      `db:"question"`
	At          time.Time   `db:"asked_at"`
	Due         time.Time   `db:"due_at"`
	RemindedAt  *time.Time  `db:"reminded_at"`
	State       AskState    `db:"state"`
	// Answer is the answer or the reason why it came back, AnswerID the note with it.
	Answer   string     `db:"answer"`
	AnswerID id.Message `db:"answer_id"`
	// AnswerParams say of an expert's answer how it came.
	AnswerParams map[string]string `db:"answer_params"`
	EndedBy      id.Operator       `db:"ended_by"`
	EndedName    string            `db:"ended_name"`
	EndedAt      *time.Time        `db:"ended_at"`
	SeenAt       *time.Time        `db:"seen_at"`
}

// NewAsk is a question that is being asked.
type NewAsk struct {
	ID     id.Ask
	Office id.Office
	Text   string
	Due    time.Time
	// Status is what the ticket becomes meanwhile; unset it stays as it is.
	Status Status
}

// maxQuestion bounds a question, an answer and a reason, in characters.
const maxQuestion = 10_000

// maxAskYears is how far ahead an answer may be due.
const maxAskYears = 2

// Ask asks another office and shares the ticket with it until the question has ended.
func (s *Store) Ask(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, ticket id.Ticket, a NewAsk) error {
	t, err := s.Lock(ctx, tx, scope, ticket)
	if err != nil {
		return err
	}
	if a.Text, err = question(a.Text); err != nil {
		return err
	}
	to, err := s.askable(ctx, tx, t, a)
	if err != nil {
		return err
	}
	w := s.writer(t, s.clock())
	params := to.onto(map[string]string{"ask": a.ID.String(), "office": to.ID.String(), "office_name": to.Name})
	w.remark(by, Note{Text: a.Text, reason: Reason{Code: ReasonAsked, Params: params}})
	w.record(actorOf(by), EventAsked, with(params, "due", a.Due.UTC().Format(time.RFC3339)))
	if a.Status != "" {
		said := Standing{}
		if a.Status == StatusWaitingThird {
			said.Who = to.Name
		}
		if err := w.changeStatus(ctx, tx, by, Change{Status: &a.Status, Standing: &said}); err != nil {
			return err
		}
	}
	if err := w.send(ctx, tx); err != nil {
		return err
	}
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO side_request (id, ticket_id, office_id, from_office_id, asked_by, question, asked_at, due_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, a.ID, t.ID, to.ID, t.Office, by.Operator, a.Text, w.now, a.Due)
	b.Queue(shareForAsk, t.ID, to.ID, w.now)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("asking an office: %w", err)
	}
	return nil
}

const shareForAsk = `INSERT INTO ticket_share (ticket_id, office_id, kind, created_at) VALUES ($1, $2, 'ask', $3)
	ON CONFLICT (ticket_id, office_id, kind, created_at) DO UPDATE SET ended_at = NULL`

// askable makes sure that the office can be asked on the ticket, and finds who receives for it.
func (s *Store) askable(ctx context.Context, tx pgx.Tx, t *Ticket, a NewAsk) (to Receiver, err error) {
	switch {
	case !t.Status.Open():
		return to, fault.Conflict("the ticket is over: open it again to ask an office")
	case a.Office == t.Office:
		return to, fault.Invalid("office_id", "holds_it", "the office has the ticket")
	}
	if err := s.timely(a.Due); err != nil {
		return to, err
	}
	if to, err = t.receivedBy(ctx, tx, a.Office); err != nil {
		return to, err
	}
	asked, err := isAsked(ctx, tx, t.ID, to.ID)
	if err == nil && asked {
		err = fault.Invalid("office_id", "asked_already", "the office has not answered the question before")
	}
	return to, err
}

// timely refuses a time by which nobody can answer, or by which the question is forgotten.
func (s *Store) timely(due time.Time) error {
	switch now := s.clock(); {
	case !due.After(now):
		return fault.Invalid("due_on", "past", "the answer is due before it is asked for")
	case due.After(now.AddDate(maxAskYears, 0, 1)):
		return fault.Invalid("due_on", "too_far", "the answer is due at most %d years ahead", maxAskYears)
	}
	return nil
}

// isAsked tells whether an office has a question about the ticket to answer.
func isAsked(ctx context.Context, q postgres.Querier, ticket id.Ticket, office id.Office) (asked bool, err error) {
	err = q.QueryRow(ctx, `SELECT EXISTS (SELECT FROM side_request WHERE state = 'open' AND office_id = $2
		AND ticket_id IN (SELECT ticket_joined($1)))`, ticket, office).Scan(&asked)
	if err != nil {
		return false, fmt.Errorf("looking whether an office is asked: %w", err)
	}
	return asked, nil
}

// question is a text that must say something.
func question(text string) (string, error) {
	text = cutRunes(clean(strings.TrimSpace(text)), maxQuestion)
	if text == "" {
		return "", fault.Invalid("text", "required", "it says nothing")
	}
	return text, nil
}

// with copies the parameters and adds one.
func with(params map[string]string, name, value string) map[string]string {
	more := map[string]string{name: value}
	for k, v := range params {
		more[k] = v
	}
	return more
}

// AnswerAsk writes the answer of the office asked; only its members answer.
func (s *Store) AnswerAsk(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, ask id.Ask, answer Note) error {
	answer.reason.Code = ReasonAskAnswered
	return s.replyToAsk(ctx, tx, scope, by, ask, answer)
}

// ReturnAsk sends a question back, with the reason why the office does not answer it.
func (s *Store) ReturnAsk(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, ask id.Ask, reason string) error {
	return s.replyToAsk(ctx, tx, scope, by, ask, Note{Text: reason, reason: Reason{Code: ReasonAskReturned}})
}

func (s *Store) replyToAsk(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, ask id.Ask, n Note) error {
	t, a, err := s.lockAsk(ctx, tx, scope, ask)
	if err != nil {
		return err
	}
	if !slices.Contains(by.Offices, a.Office) {
		return fault.Forbidden("another office is asked")
	}
	if n.Text, err = question(n.Text); err != nil {
		return err
	}
	state, event := AskAnswered, EventAnswered
	if n.reason.Code == ReasonAskReturned {
		state, event = AskReturned, EventReturned
	}
	w := s.writer(t, s.clock())
	params := a.params()
	if n.ID.IsZero() {
		n.ID = id.New[id.Message]()
	}
	n.reason.Params = params
	w.remark(by, n)
	w.record(actorOf(by), event, with(params, "message", n.ID.String()))
	if err := w.send(ctx, tx); err != nil {
		return err
	}
	return endAsk(ctx, tx, a, state, by, w.now, n.ID)
}

func (a *Ask) params() map[string]string {
	if a.Outside() {
		return map[string]string{"ask": a.ID.String(), "expert": a.ExpertValue, "office_name": a.Name()}
	}
	return map[string]string{"ask": a.ID.String(), "office": a.Office.String(), "office_name": a.OfficeName}
}

// WithdrawAsk takes a question back.
func (s *Store) WithdrawAsk(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, ask id.Ask) error {
	t, a, err := s.lockAsk(ctx, tx, scope, ask)
	if err != nil {
		return err
	}
	w := s.writer(t, s.clock())
	w.record(actorOf(by), EventAskWithdrawn, a.params())
	if err := w.send(ctx, tx); err != nil {
		return err
	}
	return endAsk(ctx, tx, a, AskWithdrawn, by, w.now, id.Message{})
}

// remindAgain is how long after a reminder the next one may follow.
const remindAgain = time.Hour

// RemindAsk reminds the office asked.
func (s *Store) RemindAsk(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, ask id.Ask) error {
	t, a, err := s.lockAsk(ctx, tx, scope, ask)
	if err != nil {
		return err
	}
	w := s.writer(t, s.clock())
	if err := a.remindable(w.now); err != nil {
		return err
	}
	w.record(actorOf(by), EventReminded, a.params())
	if err := w.send(ctx, tx); err != nil {
		return err
	}
	return a.reminded(ctx, tx, w.now)
}

func (a *Ask) remindable(now time.Time) error {
	if a.RemindedAt != nil && now.Before(a.RemindedAt.Add(remindAgain)) {
		return fault.Conflict("whoever is asked was reminded within the last hour")
	}
	return nil
}

func (a *Ask) reminded(ctx context.Context, tx pgx.Tx, at time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE side_request SET reminded_at = $2 WHERE id = $1`, a.ID, at); err != nil {
		return fmt.Errorf("noting a reminder: %w", err)
	}
	return nil
}

// SeeAsk notes that those who asked have seen how the question ended; anybody else's look changes nothing.
func (s *Store) SeeAsk(ctx context.Context, db postgres.Querier, scope account.Scope, by account.Actor, ask id.Ask) error {
	a, err := s.OneAsk(ctx, db, scope, ask)
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, `UPDATE side_request r SET seen_at = $3 WHERE r.id = $1 AND r.state <> 'open' AND r.seen_at IS NULL
		AND (r.asked_by = $2 OR EXISTS (SELECT FROM ticket t WHERE t.id = ticket_root(r.ticket_id) AND (t.assignee_id = $2 OR t.assignee_id IS NULL)))`,
		a.ID, by.Operator, s.clock())
	if err != nil {
		return fmt.Errorf("noting that an answer was seen: %w", err)
	}
	return nil
}

// lockAsk locks the ticket of an open question, then reads the question again.
func (s *Store) lockAsk(ctx context.Context, tx pgx.Tx, scope account.Scope, ask id.Ask) (*Ticket, *Ask, error) {
	a, err := s.OneAsk(ctx, tx, scope, ask)
	if err != nil {
		return nil, nil, err
	}
	t, err := s.Lock(ctx, tx, scope, a.Ticket)
	if err != nil {
		return nil, nil, err
	}
	if a, err = s.OneAsk(ctx, tx, scope, ask); err != nil {
		return nil, nil, err
	}
	if a.State != AskOpen {
		return nil, nil, fault.Conflict("the question is %s: %w", a.State, ErrAskEnded)
	}
	return t, a, nil
}

// endAsk writes down how a question ended, and ends its share.
func endAsk(ctx context.Context, tx pgx.Tx, a *Ask, state AskState, by account.Actor, at time.Time, answer id.Message) error {
	var seen *time.Time
	if state == AskWithdrawn {
		seen = &at
	}
	b := &pgx.Batch{}
	b.Queue(`UPDATE side_request SET state = $2, ended_by = $3, ended_at = $4, seen_at = $5, answer_id = coalesce($6, answer_id) WHERE id = $1`,
		a.ID, state, by.Operator, at, seen, answer)
	b.Queue(`UPDATE ticket_share SET ended_at = $4 WHERE ticket_id = $1 AND office_id = $2 AND kind = 'ask' AND created_at = $3`,
		a.Ticket, a.Office, a.At, at)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("ending a question: %w", err)
	}
	return nil
}

// endAsks withdraws what is asked about tickets that are over, of offices that hold the ticket by now, and all that others
// asked about what is confidential from now on: whom it is shared with is up to the confidential office. A ticket that
// nobody shares has no open question to an office.
func (w *writer) endAsks(b *pgx.Batch) {
	var rows, told postgres.Rows
	for _, t := range w.changed {
		switch {
		case !t.enclosed.IsZero():
			rows.Add(t.ID, nil, nil, "confidential", w.now)
			told.Add(t.ID, t.enclosed, t.MergedInto, nil, w.now)
		case !t.Status.Open() && (t.closing || len(t.SharedWith) > 0):
			rows.Add(t.ID, nil, nil, "over", w.now)
		case slices.Contains(t.SharedWith, t.Office):
			rows.Add(t.ID, t.Office, nil, "held", w.now)
		}
	}
	told.Queue(b, tellLost)
	rows.Queue(b, withdrawAsks)
}

const withdrawAsks = `
	WITH ended AS (
	    UPDATE side_request r SET state = 'withdrawn', ended_at = e.at, seen_at = e.at
	    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[]) AS e (ticket, office, own, why, at)
	    WHERE r.state = 'open' AND r.ticket_id IN (SELECT ticket_joined(e.ticket)) AND (e.office IS NULL OR r.office_id = e.office)
	      AND (e.own IS NULL OR r.from_office_id <> e.own)
	    RETURNING r.id, r.ticket_id, e.ticket AS root, r.office_id, r.asked_at, e.why, e.at,
	        coalesce((SELECT o.name FROM office o WHERE o.id = r.office_id), nullif(r.expert_name, ''), r.expert_value) AS name
	), shares AS (
	    UPDATE ticket_share s SET ended_at = ended.at FROM ended
	    WHERE s.ticket_id = ended.ticket_id AND s.office_id = ended.office_id AND s.kind = 'ask' AND s.created_at = ended.asked_at
	)
	INSERT INTO ticket_event (id, ticket_id, type, params, actor_kind, at)
	SELECT gen_random_uuid(), root, 'ask_withdrawn',
	    jsonb_build_object('ask', id, 'office', office_id, 'office_name', name, 'why', why), 'system', at FROM ended`
