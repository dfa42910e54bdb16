package thread

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

const (
	// tokenBytes of a MAC are shown; the keyring takes no less.
	tokenBytes = keyring.MinMAC
	// tokenRef is the size of the hash under which a token is found.
	tokenRef = 16
	// MaxTokenLength is the length of a token: with "+" before it, it leaves 36 characters of a mail address's local
	// part to the mailbox.
	MaxTokenLength = 1 + 26
	// maxTokens bounds how many tokens of one message are looked at.
	maxTokens = 50
)

// What the MAC of each form begins with, so that one form cannot be passed off as the other.
const (
	tokenOfAddress   = "address"
	tokenOfMessageID = "message-id"
)

// lowerBase32 survives mail systems that change letter case.
func lowerBase32() *base32.Encoding {
	return base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
}

// Tokens makes and proves what ties an answer to the message it answers: the token in a reply address, and the
// Message-ID, which is a token too. Both are bound to keys of the key file and cannot be guessed or derived.
type Tokens struct {
	ring     *keyring.Ring
	encoding *base32.Encoding
}

// NewTokens returns tokens proved with the ring.
func NewTokens(ring *keyring.Ring) *Tokens { return &Tokens{ring: ring, encoding: lowerBase32()} }

// Mint makes the token for one recipient of a message: "t" and 26 letters or digits. Making it again gives the same one
// until the keys rotate; the older one stays valid.
func (t *Tokens) Mint(ctx context.Context, db postgres.Querier, message id.Message, recipient ticket.Address) (string, error) {
	return t.mint(ctx, db, keyring.ThreadToken, message, recipient)
}

// MintExpert is Mint for a question to an outside expert: it looks the same, and is another key's.
func (t *Tokens) MintExpert(ctx context.Context, db postgres.Querier, message id.Message, recipient ticket.Address) (string, error) {
	return t.mint(ctx, db, keyring.ExpertToken, message, recipient)
}

func (t *Tokens) mint(ctx context.Context, db postgres.Querier, purpose keyring.Purpose, message id.Message, recipient ticket.Address) (string, error) {
	key, mac := t.ring.MAC(purpose, []byte(tokenOfAddress), message.UUID[:], []byte(recipient.Kind), []byte(recipient.Value))
	token := "t" + t.encoding.EncodeToString(mac[:tokenBytes])
	const insert = `INSERT INTO thread_token (ref, key_id, message_id, kind, value) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (ref) DO NOTHING`
	if _, err := db.Exec(ctx, insert, refOf(mac), key, message, recipient.Kind, recipient.Value); err != nil {
		return "", fmt.Errorf("keeping a thread token: %w", err)
	}
	return token, nil
}

func refOf(mac []byte) []byte {
	sum := sha256.Sum256(mac[:tokenBytes])
	return sum[:tokenRef]
}

// MessageID makes the Message-ID under which a message leaves, with its angle brackets.
func (t *Tokens) MessageID(message id.Message, domain string) string {
	return t.messageID(keyring.ThreadToken, message, domain)
}

// ExpertMessageID is MessageID for a question to an outside expert.
func (t *Tokens) ExpertMessageID(message id.Message, domain string) string {
	return t.messageID(keyring.ExpertToken, message, domain)
}

func (t *Tokens) messageID(purpose keyring.Purpose, message id.Message, domain string) string {
	_, mac := t.ring.MAC(purpose, []byte(tokenOfMessageID), message.UUID[:])
	return "<m." + t.encoding.EncodeToString(message.UUID[:]) + "." + t.encoding.EncodeToString(mac[:tokenBytes]) + "@" + domain + ">"
}

// Proved is a token that verified; Recipient is unset for the one inside a Message-ID.
type Proved struct {
	Message   id.Message
	Recipient ticket.Address
	// Expert says that it was made for an outside expert: it leads to the question asked, never into a conversation.
	Expert bool
}

// purposes are what a token may have been made for. Nothing that travels says which: the key under which it verifies does.
var purposes = [...]keyring.Purpose{keyring.ThreadToken, keyring.ExpertToken}

// Verify reads a token of either form, as adapters find it in addresses, identifiers and bodies. What is not one of
// ours is no error, it is just not proved.
func (t *Tokens) Verify(ctx context.Context, db postgres.Querier, token string) (Proved, bool, error) {
	proved, err := t.verifyEach(ctx, db, [][]string{{token}})
	if err != nil || len(proved[0]) == 0 {
		return Proved{}, false, err
	}
	return proved[0][0], true, nil
}

// verifyEach is Verify for the texts of whole messages, in one query at most; the order is that of the texts.
func (t *Tokens) verifyEach(ctx context.Context, db postgres.Querier, messages [][]string) ([][]Proved, error) {
	var macs []*stored
	proved := make([][]*Proved, len(messages))
	for i, texts := range messages {
		for _, text := range texts[:min(len(texts), maxTokens)] {
			text = strings.ToLower(strings.TrimSpace(text))
			if p, ok := t.verifyMessageID(text); ok {
				proved[i] = append(proved[i], &p)
			} else if mac, ok := t.readToken(text); ok {
				s := &stored{mac: mac}
				macs = append(macs, s)
				proved[i] = append(proved[i], &s.proved)
			}
		}
	}
	if err := t.verifyStored(ctx, db, macs); err != nil {
		return nil, err
	}
	all := make([][]Proved, len(messages))
	for i := range proved {
		for _, p := range proved[i] {
			if !p.Message.IsZero() && !slices.Contains(all[i], *p) {
				all[i] = append(all[i], *p)
			}
		}
	}
	return all, nil
}

// stored is a token whose row in the database says what it was made for.
type stored struct {
	mac    []byte
	proved Proved
}

// readToken takes the MAC out of what has the form of a token.
func (t *Tokens) readToken(text string) ([]byte, bool) {
	if len(text) != MaxTokenLength || text[0] != 't' {
		return nil, false
	}
	mac, err := t.encoding.DecodeString(text[1:])
	return mac, err == nil && len(mac) == tokenBytes
}

// verifyStored proves MACs against what they were made for, and fills in that.
func (t *Tokens) verifyStored(ctx context.Context, db postgres.Querier, macs []*stored) error {
	if len(macs) == 0 {
		return nil
	}
	var refs [][]byte
	byRef := map[string][]*stored{}
	for _, s := range macs {
		ref := refOf(s.mac)
		refs = append(refs, ref)
		byRef[string(ref)] = append(byRef[string(ref)], s)
	}
	rows, err := db.Query(ctx, `SELECT ref, key_id, message_id, kind, value FROM thread_token WHERE ref = ANY($1)`, refs)
	if err != nil {
		return fmt.Errorf("looking for thread tokens: %w", err)
	}
	var ref []byte
	var key string
	var p Proved
	_, err = pgx.ForEachRow(rows, []any{&ref, &key, &p.Message, &p.Recipient.Kind, &p.Recipient.Value}, func() error {
		for _, s := range byRef[string(ref)] {
			for _, purpose := range purposes {
				if t.ring.VerifyMAC(purpose, key, s.mac, []byte(tokenOfAddress),
					p.Message.UUID[:], []byte(p.Recipient.Kind), []byte(p.Recipient.Value)) {
					s.proved = p
					s.proved.Expert = purpose == keyring.ExpertToken
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("looking for thread tokens: %w", err)
	}
	return nil
}

// verifyMessageID proves <m.{message}.{mac}@{domain}>; some mail systems drop the brackets or change the domain.
func (t *Tokens) verifyMessageID(token string) (Proved, bool) {
	local, _, _ := strings.Cut(strings.Trim(token, "<>"), "@")
	parts := strings.Split(local, ".")
	if len(parts) != 3 || parts[0] != "m" {
		return Proved{}, false
	}
	raw, err := t.encoding.DecodeString(parts[1])
	if err != nil {
		return Proved{}, false
	}
	message, err := uuid.FromBytes(raw)
	if err != nil {
		return Proved{}, false
	}
	mac, err := t.encoding.DecodeString(parts[2])
	if err != nil || len(mac) != tokenBytes {
		return Proved{}, false
	}
	for _, key := range t.ring.KeyIDs() {
		for _, purpose := range purposes {
			if t.ring.VerifyMAC(purpose, key, mac, []byte(tokenOfMessageID), message[:]) {
				return Proved{Message: id.Message{UUID: message}, Expert: purpose == keyring.ExpertToken}, true
			}
		}
	}
	return Proved{}, false
}
