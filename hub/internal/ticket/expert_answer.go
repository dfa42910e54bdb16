package ticket

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket/internal/db"
)

// What the note with an expert's answer says of how it came, beside ask, expert and office_name.
const (
	// ParamFrom is the address that wrote, where it is not the one asked.
	ParamFrom = "from"
	// ParamUnproved marks the address asked where the server that judges senders did not prove it.
	ParamUnproved = "unproved"
	// ParamFurther marks what came after an answer, ParamLate what came after the question was withdrawn.
	ParamFurther = "further"
	ParamLate    = "late"
	// ParamAccepted is the number of the ticket that the answer began, until an operator said what it was.
	ParamAccepted = "accepted"
)

// mark is the value of a parameter that says nothing but that it is there.
const mark = "true"

// Answer files what came about a question to an expert as a note. Of a person whose address is the one asked, and not
// found false, it ends an open question; what comes from elsewhere waits beside it for an operator to say so.
func (f *Filing) Answer(t *Ticket, a *Ask, in Inbound) id.Message {
	w := f.w.on(t)
	unproved := in.Reason.Params[ParamUnproved]
	m := inboundRow(t, in, w.now)
	m.direction, m.origin, m.third, m.contact = DirectionNote, OriginExpert, false, id.Contact{}
	m.reason.Params = a.params()
	if in.Class.Human() {
		if !in.From.Same(a.Expert()) {
			m.reason.Params[ParamFrom] = in.From.Value
		} else if unproved != "" {
			m.reason.Params[ParamUnproved] = mark
		}
	}
	if in.Class.Human() {
		w.answered(a, &m)
	}
	w.message(&m, in.Parties, in.Attachments)
	w.knownAs(m.id, in.Channel, in.ExternalIDs)
	w.rawRef(m.id, in.RawSHA256)
	t.MessageCount++
	return m.id
}

// answered is what an answer does to its question: it ends an open one, unless somebody must look at it first, and wakes
// who asked. It says on the message, which is not written yet, what that was.
func (w *writer) answered(a *Ask, m *messageRow) {
	if m.id.IsZero() {
		m.id = id.New[id.Message]()
	}
	params := m.reason.Params
	switch a.State {
	case AskOpen:
		if params[ParamFrom] == "" && params[ParamUnproved] == "" {
			a.State = AskAnswered
			a.EndedAt = &w.now
		}
	case AskWithdrawn:
		params[ParamLate] = mark
	default:
		params[ParamFurther] = mark
	}
	a.AnswerID = m.id
	w.record(actorOf(account.System()), EventAnswered, with(params, "message", m.id.String()))
	w.answers.Add(a.ID, a.State, m.id, a.EndedAt)
}

// Of two answers to one question in one write the later one counts.
const updateAnswered = `
	UPDATE side_request r SET state = a.state, answer_id = a.answer_id, ended_at = a.ended_at, seen_at = NULL
	FROM (SELECT DISTINCT ON (id) id, state, answer_id, ended_at
	      FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[]) WITH ORDINALITY AS u (id, state, answer_id, ended_at, n)
	      ORDER BY id, n DESC) a
	WHERE r.id = a.id`

// SettleAsk takes what came from elsewhere as the answer to an open question.
func (s *Store) SettleAsk(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, ask id.Ask) error {
	t, a, err := s.lockAsk(ctx, tx, scope, ask)
	if err != nil {
		return err
	}
	if a.AnswerID.IsZero() {
		return fault.Conflict("nothing has come about the question yet")
	}
	w := s.writer(t, s.clock())
	w.record(actorOf(by), EventAnswered, with(a.params(), "message", a.AnswerID.String()))
	if err := w.send(ctx, tx); err != nil {
		return err
	}
	return endAsk(ctx, tx, a, AskAnswered, by, w.now, a.AnswerID)
}

// acceptAnswer makes a note of what an expert wrote without a token, and closes the ticket that it began.
func (s *Store) acceptAnswer(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, g db.LockSuggestionRow) (*Ticket, error) {
	m, ask, err := s.maybeAnswer(ctx, tx, scope, g)
	if err != nil {
		return nil, err
	}
	locked, err := s.LockEach(ctx, tx, scope, []id.Ticket{g.TicketID, ask.Ticket})
	if err != nil {
		return nil, err
	}
	began, t := locked[g.TicketID], locked[ask.Ticket]
	if ask, err = s.OneAsk(ctx, tx, scope, ask.ID); err != nil {
		return nil, err
	}
	if ask.State != AskOpen || began.ID == t.ID {
		return nil, fault.Conflict("the question is not open any more")
	}
	w := s.writer(t, s.clock())
	w.copyAnswer(ask, m)
	w.on(began)
	w.link(began.ID, m.ID, []Link{{Other: t.ID, Kind: LinkContinues}})
	if alone, err := s.standsAlone(ctx, tx, m); err != nil {
		return nil, err
	} else if alone && began.Status.Open() {
		was := began.Status
		began.setStatus(StatusClosed, w.now)
		w.record(actorOf(by), EventStatusChanged, map[string]string{"from": string(was), "to": string(StatusClosed)})
	}
	if err := w.send(ctx, tx); err != nil {
		return nil, err
	}
	if err := endAsk(ctx, tx, ask, AskAnswered, by, w.now, ask.AnswerID); err != nil {
		return nil, err
	}
	return t, s.decide(ctx, tx, by, g.ID, stateAccepted)
}

// maybeAnswer reads the message of a suggestion, and the open question that it may answer.
func (s *Store) maybeAnswer(ctx context.Context, tx pgx.Tx, scope account.Scope, g db.LockSuggestionRow) (*Message, *Ask, error) {
	const query = `
		SELECT m.id, r.id FROM ticket_suggestion s
		JOIN message m ON m.id = s.message_id
		JOIN side_request r ON r.expert_value = m.from_value AND r.state = 'open'
		WHERE s.id = $1 AND r.ticket_id IN (SELECT ticket_joined(ticket_root(s.other_id)))
		ORDER BY r.asked_at DESC, r.id LIMIT 1`
	var message id.Message
	var ask id.Ask
	err := tx.QueryRow(ctx, query, g.ID).Scan(&message, &ask)
	if postgres.IsNoRows(err) {
		return nil, nil, fault.Conflict("the question is not open any more")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("finding the question: %w", err)
	}
	m, err := s.Message(ctx, tx, scope, message)
	if err != nil {
		return nil, nil, err
	}
	a, err := s.OneAsk(ctx, tx, scope, ask)
	return m, a, err
}

// copyAnswer writes a message of another ticket as the note that answers a question.
func (w *writer) copyAnswer(a *Ask, m *Message) {
	row := messageRow{
		ticket: w.ticket.ID, direction: DirectionNote, origin: OriginExpert, channel: m.Channel,
		channelKind: m.ChannelKind, class: m.Class, from: m.From, subject: m.Subject, text: m.Text, html: m.HTML,
		language: m.Language, authenticated: m.Authenticated, authentication: m.Authentication, headers: m.Headers,
		answers: a.Letter, journal: m.Journal, raw: m.RawSHA256, sentAt: m.SentAt, createdAt: w.now,
		reason: Reason{Code: ReasonExpertAnswered, Params: with(a.params(), ParamAccepted, string(m.TicketNumber))},
	}
	var files []NewAttachment
	for _, f := range m.Attachments {
		files = append(files, f.again())
	}
	w.answered(a, &row)
	w.message(&row, m.Parties, files)
	w.rawRef(row.id, m.RawSHA256)
	w.ticket.MessageCount++
}

// again is a file of one message as another one's.
func (f *Attachment) again() NewAttachment {
	return NewAttachment{
		SHA256: f.SHA256, Size: f.Size, Name: f.Name, MediaType: f.MediaType, DeclaredType: f.DeclaredType,
		ContentID: f.ContentID, Inline: f.Inline,
	}
}
