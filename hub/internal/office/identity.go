package office

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office/internal/db"
	"sportello.dev/hub/internal/postgres"
)

// Limits of an office's identity: characters, and kinds of channel with one of their own.
const (
	maxSenderName = 100
	maxSignature  = 2000
	maxIdentities = 20
)

// Identity is how messages are signed.
type Identity struct {
	// SenderName is what recipients see beside the address; empty for the names of town and office.
	SenderName string `json:"sender_name"`
	// Signature stands under what operators write; plain text, lines apart.
	Signature string `json:"signature"`
}

// On is how the office signs by channels of a kind.
func (o *Office) On(kind string) Identity {
	own, ok := o.Identities[kind]
	if !ok {
		return Identity{SenderName: o.SenderName, Signature: o.Signature}
	}
	if own.SenderName == "" {
		own.SenderName = o.SenderName
	}
	return own
}

// Sender is the name that recipients of the office's messages see by channels of a kind; no kind stands for those
// without an identity of their own.
func (o *Office) Sender(town, kind string) string {
	if name := o.On(kind).SenderName; name != "" {
		return name
	}
	return town + " – " + o.Name
}

// SetIdentity changes how the office's messages are signed, and how by single kinds of channel.
func (s *Store) SetIdentity(ctx context.Context, q postgres.Querier, o id.Office, all Identity, by map[string]Identity) error {
	all, err := all.checked("")
	if err != nil {
		return err
	}
	if len(by) > maxIdentities {
		return fault.Invalid("by_channel", "too_many", "at most %d kinds of channel have a signature of their own", maxIdentities)
	}
	own := map[string]Identity{}
	for kind, each := range by {
		if own[kind], err = each.checked("by_channel." + kind + "."); err != nil {
			return err
		}
	}
	raw, err := json.Marshal(own)
	if err != nil {
		return fmt.Errorf("encoding an office's signatures: %w", err)
	}
	n, err := s.queries.SetIdentity(ctx, q, db.SetIdentityParams{ID: o, SenderName: all.SenderName, Signature: all.Signature, Identities: raw})
	if err != nil {
		return fmt.Errorf("changing an office's signature: %w", err)
	}
	if n == 0 {
		return fault.NotFound("no office %s", o)
	}
	return nil
}

// checked is the identity as it is kept; field names what is wrong with it.
func (i Identity) checked(field string) (Identity, error) {
	i.SenderName = strings.TrimSpace(i.SenderName)
	i.Signature = strings.TrimSpace(strings.ReplaceAll(i.Signature, "\r\n", "\n"))
	switch {
	case utf8.RuneCountInString(i.SenderName) > maxSenderName || strings.ContainsFunc(i.SenderName, unicode.IsControl):
		return i, fault.Invalid(field+"sender_name", "format", "a sender's name is one line of at most %d characters", maxSenderName)
	case utf8.RuneCountInString(i.Signature) > maxSignature:
		return i, fault.Invalid(field+"signature", "too_long", "a signature has at most %d characters", maxSignature)
	}
	return i, nil
}
