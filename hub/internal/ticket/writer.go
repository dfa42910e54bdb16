package ticket

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
)

// messageRow is a row of the table message.
type messageRow struct {
	id             id.Message
	ticket         id.Ticket
	direction      Direction
	origin         Origin
	channel        id.Channel
	channelKind    string
	class          Class
	author         id.Operator
	contact        id.Contact
	from           Address
	subject        string
	text           string
	html           string
	language       string
	reason         Reason
	third          bool
	authenticated  bool
	authentication json.RawMessage
	headers        map[string]string
	answers        id.Message
	journal        id.Entry
	raw            []byte
	fingerprint    []byte
	sentAt         *time.Time
	sendAfter      *time.Time
	createdAt      time.Time
}

// writer gathers what is written on tickets, so that it costs one round trip and a few statements however much it is.
type writer struct {
	// ticket is the one being written on.
	ticket *Ticket
	now    time.Time
	book   *office.Book
	// opened are new, changed were read and locked; each stands in one of them, once.
	opened  []*Ticket
	changed []*Ticket

	messages    postgres.Rows
	parties     postgres.Rows
	attachments postgres.Rows
	blobRefs    postgres.Rows
	externalIDs postgres.Rows
	events      postgres.Rows
	suggestions postgres.Rows
	links       postgres.Rows
	proposals   postgres.Rows
	stays       postgres.Rows
	answers     postgres.Rows
	wrote       map[partyKey]*wrote
	addressed   map[partyKey]*addressed
	// order lists the keys of wrote and addressed as they came.
	order []partyKey
}

// writer begins to write on a ticket that the transaction holds locked.
func (s *Store) writer(t *Ticket, now time.Time) *writer {
	return (&writer{now: now, book: s.book}).on(t)
}

// on turns to a ticket that the transaction holds locked.
func (w *writer) on(t *Ticket) *writer {
	w.ticket = t
	if !slices.Contains(w.opened, t) && !slices.Contains(w.changed, t) {
		w.changed = append(w.changed, t)
	}
	return w
}

func (w *writer) message(m *messageRow, parties []MessageParty, files []NewAttachment) {
	if m.id.IsZero() {
		m.id = id.New[id.Message]()
	}
	if m.class == "" {
		m.class = ClassHuman
	}
	w.messages.Add(m.id, m.ticket, m.direction, m.origin, m.channel, m.channelKind, m.class, m.author,
		m.contact, m.from.Kind, clean(m.from.Value), clean(m.from.Name), clean(m.subject), clean(m.text), clean(m.html),
		m.language, m.reason.Code, object(m.reason.Params), m.third, m.authenticated, document(m.authentication),
		object(m.headers), m.answers, m.journal, m.raw, m.fingerprint, m.sentAt, m.sendAfter, m.createdAt)
	for i, p := range parties {
		w.parties.Add(m.id, i, p.Role, p.Address.Kind, clean(p.Address.Value), clean(p.Address.Name))
	}
	for i, f := range files {
		w.attachments.Add(id.New[id.Attachment](), m.id, i, f.SHA256, f.Size, clean(f.Name), f.MediaType,
			clean(f.DeclaredType), clean(f.ContentID), f.Inline)
		w.rawRef(m.id, f.SHA256)
	}
}

func (w *writer) knownAs(message id.Message, channel id.Channel, ids []ExternalID) {
	for _, x := range ids {
		w.externalIDs.Add(message, channel, x.Kind, ExternalValue(x.Value), x.Issuer)
	}
}

func (w *writer) rawRef(message id.Message, sha256 []byte) {
	if len(sha256) > 0 {
		w.blobRefs.Add(sha256, message)
	}
}

// receive is what a person's message does to the ticket.
func (w *writer) receive(m *messageRow, contact id.Contact) {
	t := w.ticket
	was, said := t.Status, t.Standing
	if t.wake() {
		w.record(citizen(contact), EventWoke, map[string]string{"message": m.id.String()})
	}
	t.setStatus(was.afterInbound(), w.now)
	if t.WaitingSince == nil {
		t.WaitingSince = &m.createdAt
	}
	w.latest(m)
	if t.Status != was {
		kind := EventStatusChanged
		if !was.Open() {
			kind = EventReopened
		}
		w.record(citizen(contact), kind, said.keep(map[string]string{"from": string(was), "to": string(t.Status), "message": m.id.String()}))
	}
	if !m.from.IsZero() {
		w.notePartyWrote(m, contact)
	}
}

// reply is what an operator's reply does to the ticket. The event keeps what is needed to call it back.
func (w *writer) reply(m *messageRow, by account.Actor, status Status, said Standing) {
	t := w.ticket
	was, waited := t.Status, t.WaitingSince
	params := said.onto(t.Standing.keep(map[string]string{"message": m.id.String(), "from": string(was), "to": string(status)}))
	t.setStatus(status, w.now)
	t.Standing = said
	t.waited, t.replied = waited, params
	if t.FirstAnsweredAt == nil {
		t.FirstAnsweredAt = &w.now
	}
	t.WaitingSince = nil
	w.latest(m)
	w.record(actorOf(by), EventReplied, params)
}

// latest shows a person's message in the list; an older one that arrives late changes nothing there.
func (w *writer) latest(m *messageRow) {
	t := w.ticket
	if m.createdAt.Before(t.LastMessageAt) && t.Preview != "" {
		return
	}
	t.LastMessageAt = m.createdAt
	t.LastChannelKind = m.channelKind
	t.Preview = Preview(clean(m.text))
}

// send writes everything, new tickets first and the rows of the others last.
func (w *writer) send(ctx context.Context, tx postgres.Querier) error {
	w.settleStays()
	if err := w.settleClocks(ctx, tx); err != nil {
		return err
	}
	b := &pgx.Batch{}
	if opened := w.openedRows(); opened.Len() > 0 {
		opened.Queue(b, insertTickets)
	}
	w.messages.Queue(b, insertMessages)
	w.parties.Queue(b, insertParties)
	w.externalIDs.Queue(b, insertExternalIDs)
	w.attachments.Queue(b, insertAttachments)
	w.blobRefs.Queue(b, insertBlobRefs)
	w.queueParties(b)
	w.events.Queue(b, insertEvents)
	w.suggestions.Queue(b, insertSuggestions)
	w.links.Queue(b, insertLinks)
	w.proposals.Queue(b, insertProposals)
	w.stays.Queue(b, insertStays)
	w.answers.Queue(b, updateAnswered)
	w.endAsks(b)
	updated := len(w.changed)
	if q := w.changedRows().Queue(b, updateTickets); q != nil {
		q.Exec(func(tag pgconn.CommandTag) error {
			updated = int(tag.RowsAffected())
			return nil
		})
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("writing on tickets: %w", err)
	}
	if updated != len(w.changed) {
		return fault.Conflict("the ticket has changed: it was not locked by whoever writes on it")
	}
	for _, t := range w.changed {
		t.Version++
		t.UpdatedAt = w.now
	}
	return nil
}

func (w *writer) openedRows() *postgres.Rows {
	var r postgres.Rows
	for _, t := range w.opened {
		r.Add(t.ID, t.Number, t.Subject, t.Status, t.Priority, t.Office, t.Contact, t.Language, t.WaitingSince,
			t.LastMessageAt, t.LastChannelKind, t.Preview, t.MessageCount, t.InboundCount, t.RetentionClass, t.ClosedAt,
			t.HeldSince, t.CreatedAt, t.UpdatedAt, t.FirstAnsweredAt, t.FirstDueAt, t.NextDueAt, t.ResolveDueAt, t.DueAt,
			t.WarnedAt, t.BreachedAt, t.ClockAt, t.Clock.stored(), t.typed(), storedTags(t.Tags))
	}
	return &r
}

func (w *writer) changedRows() *postgres.Rows {
	var r postgres.Rows
	for _, t := range w.changed {
		r.Add(t.ID, t.Version, t.Subject, t.Status, t.Priority, t.Office, t.Assignee, t.Contact, t.Language,
			t.WaitingSince, t.LastMessageAt, t.LastChannelKind, t.Preview, t.MessageCount, t.InboundCount,
			t.SecretVersion, t.MergedInto, t.ClosedAt, t.HeldSince, w.now, t.FirstAnsweredAt, t.FirstDueAt, t.NextDueAt,
			t.ResolveDueAt, t.DueAt, t.WarnedAt, t.BreachedAt, t.ClockAt, t.Clock.stored(), t.RequestType,
			t.Standing.stored(), t.Standing.Until, storedTags(t.Tags), t.SnoozedUntil, t.SnoozedBy)
	}
	return &r
}
