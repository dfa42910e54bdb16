package ticket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
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

// writer gathers the statements of one message, so that filing it costs one round trip.
type writer struct {
	ticket *Ticket
	now    time.Time
	batch  *pgx.Batch
}

func newWriter(t *Ticket, now time.Time) *writer {
	return &writer{ticket: t, now: now, batch: &pgx.Batch{}}
}

const insertMessage = `
	INSERT INTO message (id, ticket_id, direction, origin, channel_id, channel_kind, class, author_id, contact_id,
	    from_kind, from_value, from_name, subject, text, html, language, threading_reason, threading_params,
	    third_person, authenticated, authentication, headers, answers_id, journal_id, raw_sha256, fingerprint,
	    sent_at, send_after, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
	        $24, $25, $26, $27, $28, $29)`

const insertParties = `
	INSERT INTO message_party (message_id, position, role, kind, value, name)
	SELECT $1, p.position - 1, p.role, p.kind, p.value, p.name
	FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS p (role, kind, value, name, position)`

const insertAttachment = `
	INSERT INTO attachment (id, message_id, position, sha256, size, name, media_type, declared_type, content_id, inline)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

// blobOwner names messages among the owners of blobs.
const blobOwner = "message"

// The original of a message may lie in the journal instead of the blob store, then there is nothing to refer to.
const insertBlobRef = `
	INSERT INTO blob_ref (sha256, owner_kind, owner_id)
	SELECT sha256, '` + blobOwner + `', $2 FROM blob WHERE sha256 = $1
	ON CONFLICT DO NOTHING`

func (w *writer) message(m *messageRow, parties []MessageParty, files []NewAttachment) {
	if m.id.IsZero() {
		m.id = id.New[id.Message]()
	}
	if m.class == "" {
		m.class = ClassHuman
	}
	w.batch.Queue(insertMessage, m.id, m.ticket, m.direction, m.origin, m.channel, m.channelKind, m.class, m.author,
		m.contact, m.from.Kind, clean(m.from.Value), clean(m.from.Name), clean(m.subject), clean(m.text), clean(m.html),
		m.language, m.reason.Code, object(m.reason.Params), m.third, m.authenticated, document(m.authentication),
		object(m.headers), m.answers, m.journal, m.raw, m.fingerprint, m.sentAt, m.sendAfter, m.createdAt)
	w.parties(m.id, parties)
	for i, f := range files {
		w.batch.Queue(insertAttachment, id.New[id.Attachment](), m.id, i, f.SHA256, f.Size, clean(f.Name), f.MediaType,
			clean(f.DeclaredType), clean(f.ContentID), f.Inline)
		w.rawRef(m.id, f.SHA256)
	}
}

func (w *writer) parties(message id.Message, parties []MessageParty) {
	if len(parties) == 0 {
		return
	}
	var roles, kinds, values, names []string
	for _, p := range parties {
		roles, kinds = append(roles, string(p.Role)), append(kinds, p.Address.Kind)
		values, names = append(values, clean(p.Address.Value)), append(names, clean(p.Address.Name))
	}
	w.batch.Queue(insertParties, message, roles, kinds, values, names)
}

// What the hub or a provider issued is unique on its channel: a clash with another message is an error, not a copy.
const insertExternalID = `
	INSERT INTO message_external_id (message_id, channel_id, kind, value, issuer) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (message_id, channel_id, kind, value) DO NOTHING`

func (w *writer) externalIDs(message id.Message, channel id.Channel, ids []ExternalID) {
	for _, x := range ids {
		w.batch.Queue(insertExternalID, message, channel, x.Kind, externalValue(x.Value), x.Issuer)
	}
}

func (w *writer) rawRef(message id.Message, sha256 []byte) {
	if len(sha256) > 0 {
		w.batch.Queue(insertBlobRef, sha256, message)
	}
}

const upsertWriter = `
	INSERT INTO ticket_party (ticket_id, kind, value, name, contact_id, role, wrote_at, channel_id)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT (ticket_id, kind, value) DO UPDATE SET
	    wrote_at = greatest(ticket_party.wrote_at, EXCLUDED.wrote_at),
	    channel_id = EXCLUDED.channel_id,
	    contact_id = coalesce(ticket_party.contact_id, EXCLUDED.contact_id),
	    name = CASE WHEN ticket_party.name = '' THEN EXCLUDED.name ELSE ticket_party.name END`

// receive is what a person's message does to the ticket.
func (w *writer) receive(m *messageRow, contact id.Contact) {
	t := w.ticket
	was := t.Status
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
		record(w.batch, t.ID, citizen(contact), w.now, kind,
			map[string]string{"from": string(was), "to": string(t.Status), "message": m.id.String()})
	}
	if m.from.IsZero() {
		return
	}
	role := RoleRequester
	if m.third {
		role = RoleThird
	}
	from := bounded(m.from)
	w.batch.Queue(upsertWriter, t.ID, from.Kind, from.Value, from.Name, contact, role, m.createdAt, m.channel)
}

// The first one ever written to on a ticket that nobody wrote on is whom it is about.
const upsertAddressed = `
	INSERT INTO ticket_party (ticket_id, kind, value, name, role, addressed_at, channel_id)
	VALUES ($1, $2, $3, $4,
	        CASE WHEN EXISTS (SELECT FROM ticket_party p WHERE p.ticket_id = $1 AND p.role = 'requester')
	             THEN 'third' ELSE 'requester' END, $5, $6)
	ON CONFLICT (ticket_id, kind, value) DO UPDATE SET
	    addressed_at = EXCLUDED.addressed_at, channel_id = EXCLUDED.channel_id,
	    name = CASE WHEN ticket_party.name = '' THEN EXCLUDED.name ELSE ticket_party.name END`

// addressed notes who was written to.
func (w *writer) addressed(parties []MessageParty, channel id.Channel) {
	for _, p := range parties {
		if p.Role == RoleTo || p.Role == RoleCc {
			to := bounded(p.Address)
			w.batch.Queue(upsertAddressed, w.ticket.ID, to.Kind, to.Value, to.Name, w.now, channel)
		}
	}
}

// reply is what an operator's reply does to the ticket. The event keeps what is needed to call it back.
func (w *writer) reply(m *messageRow, by account.Actor, status Status) {
	t := w.ticket
	was := t.Status
	t.setStatus(status, w.now)
	t.WaitingSince = nil
	w.latest(m)
	record(w.batch, t.ID, actorOf(by), w.now, EventReplied,
		map[string]string{"message": m.id.String(), "from": string(was), "to": string(status)})
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

const updateTicket = `
	UPDATE ticket SET subject = $3, status = $4, priority = $5, office_id = $6, assignee_id = $7, contact_id = $8,
	    language = $9, waiting_since = $10, last_message_at = $11, last_channel_kind = $12, preview = $13,
	    message_count = $14, inbound_count = $15, secret_version = $16, merged_into = $17, closed_at = $18,
	    updated_at = $19, version = version + 1
	WHERE id = $1 AND version = $2`

// send writes everything, the ticket's row last.
func (w *writer) send(ctx context.Context, tx postgres.Querier) error {
	t := w.ticket
	stale := false
	w.batch.Queue(updateTicket, t.ID, t.Version, t.Subject, t.Status, t.Priority, t.Office, t.Assignee, t.Contact,
		t.Language, t.WaitingSince, t.LastMessageAt, t.LastChannelKind, t.Preview, t.MessageCount, t.InboundCount,
		t.SecretVersion, t.MergedInto, t.ClosedAt, w.now).Exec(func(tag pgconn.CommandTag) error {
		stale = tag.RowsAffected() != 1
		return nil
	})
	if err := tx.SendBatch(ctx, w.batch).Close(); err != nil {
		return fmt.Errorf("writing on a ticket: %w", err)
	}
	if stale {
		return fault.Conflict("the ticket has changed: it was not locked by whoever writes on it")
	}
	t.Version++
	t.UpdatedAt = w.now
	return nil
}

// Bounds of what is kept of a party, in bytes: the address stands in an index. The message keeps them whole.
const (
	maxPartyAddress = 500
	maxPartyName    = 200
)

func bounded(a Address) Address {
	return Address{Kind: a.Kind, Value: cut(clean(a.Value), maxPartyAddress), Name: cut(clean(a.Name), maxPartyName)}
}

// clean takes out what PostgreSQL cannot keep in a text.
func clean(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD")
}

// object is never null.
func object(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[clean(k)] = clean(v)
	}
	return out
}

// document is the JSON given, or an empty object.
func document(raw json.RawMessage) json.RawMessage {
	if len(bytes.TrimSpace(raw)) == 0 {
		return json.RawMessage(`{}`)
	}
	return raw
}

// maxExternalID is the longest identifier kept as it is, in bytes; PostgreSQL indexes no more than 2,700.
const maxExternalID = 500

// externalValue makes an identifier fit an index; whoever writes and whoever looks up do the same.
func externalValue(v string) string {
	v = clean(v)
	if len(v) <= maxExternalID {
		return v
	}
	sum := sha256.Sum256([]byte(v))
	return "sha256:" + hex.EncodeToString(sum[:])
}
