package ticket

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// partyKey is somebody on a ticket. One statement may write each once.
type partyKey struct {
	ticket      id.Ticket
	kind, value string
}

// wrote is somebody who wrote on a ticket.
type wrote struct {
	name    string
	contact id.Contact
	role    TicketRole
	at      time.Time
	channel id.Channel
}

// addressed is somebody who was written to.
type addressed struct {
	name    string
	channel id.Channel
}

func (w *writer) notePartyWrote(m *messageRow, contact id.Contact) {
	from, role := m.from.Bounded(), RoleRequester
	if m.third {
		role = RoleThird
	}
	key := partyKey{w.ticket.ID, from.Kind, from.Value}
	p := w.wrote[key]
	if p == nil {
		if w.wrote == nil {
			w.wrote = map[partyKey]*wrote{}
		}
		p = &wrote{role: role, at: m.createdAt}
		w.wrote[key] = p
		w.order = append(w.order, key)
	}
	if m.createdAt.After(p.at) {
		p.at = m.createdAt
	}
	if p.contact.IsZero() {
		p.contact = contact
	}
	if p.name == "" {
		p.name = from.Name
	}
	p.channel = m.channel
}

// notePartiesAddressed notes who was written to.
func (w *writer) notePartiesAddressed(parties []MessageParty, channel id.Channel) {
	for _, p := range parties {
		if p.Role != RoleTo && p.Role != RoleCc {
			continue
		}
		to := p.Address.Bounded()
		key := partyKey{w.ticket.ID, to.Kind, to.Value}
		if w.addressed == nil {
			w.addressed = map[partyKey]*addressed{}
		}
		if w.addressed[key] == nil {
			w.addressed[key] = &addressed{}
			w.order = append(w.order, key)
		}
		if a := w.addressed[key]; a.name == "" {
			a.name = to.Name
		}
		w.addressed[key].channel = channel
	}
}

func (w *writer) queueParties(b *pgx.Batch) {
	var wrote, addressed postgres.Rows
	seen := map[id.Ticket]bool{}
	for _, k := range w.order {
		if p := w.wrote[k]; p != nil {
			wrote.Add(k.ticket, k.kind, k.value, p.name, p.contact, p.role, p.at, p.channel)
			delete(w.wrote, k)
		}
		if a := w.addressed[k]; a != nil {
			addressed.Add(k.ticket, k.kind, k.value, a.name, !seen[k.ticket], w.now, a.channel)
			seen[k.ticket] = true
			delete(w.addressed, k)
		}
	}
	wrote.Queue(b, upsertWrote)
	addressed.Queue(b, upsertAddressed)
}

// Bounds of what is kept of a party, in bytes: the address stands in an index. The message keeps them whole.
const (
	maxPartyAddress = 500
	maxPartyName    = 200
)

// blobOwner names messages among the owners of blobs.
const blobOwner = "message"

// Bounded is an address as it is kept.
func (a Address) Bounded() Address {
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

// ExternalValue makes an identifier fit an index; whoever writes and whoever looks up do the same.
func ExternalValue(v string) string {
	v = clean(v)
	if len(v) <= maxExternalID {
		return v
	}
	sum := sha256.Sum256([]byte(v))
	return "sha256:" + hex.EncodeToString(sum[:])
}
