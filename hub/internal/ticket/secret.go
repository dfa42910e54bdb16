package ticket

import (
	"encoding/base32"
	"encoding/binary"
	"strings"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyring"
)

// secretAlphabet has no letter that is taken for a digit when read aloud or from paper.
const secretAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	secretBytes = 16
	// secretGroup is how many characters stand together.
	secretGroup = 4
	// maxSecretText bounds what is read from whoever types a secret, in bytes.
	maxSecretText = 100
)

// Secrets derives what the citizen needs, besides the number, to look at a ticket. It is never stored: it is made when
// a message leaves, and holds until the ticket's secret version rises.
type Secrets struct {
	ring     *keyring.Ring
	encoding *base32.Encoding
}

// NewSecrets returns the secrets made with the ring.
func NewSecrets(ring *keyring.Ring) *Secrets {
	return &Secrets{ring: ring, encoding: base32.NewEncoding(secretAlphabet).WithPadding(base32.NoPadding)}
}

// Derive makes the secret in force, in groups: "K7QF-…".
func (s *Secrets) Derive(t *Ticket) string {
	_, mac := s.ring.MAC(keyring.Tracking, secretData(t.ID, t.SecretVersion)...)
	return group(s.encoding.EncodeToString(mac[:secretBytes]))
}

// Verify tells, in constant time for secrets of the right form, whether the secret given opens the ticket. Case,
// spaces, hyphens and the letters people confuse do not matter.
func (s *Secrets) Verify(t *Ticket, given string) bool {
	mac, err := s.encoding.DecodeString(readSecret(given))
	if err != nil || len(mac) != secretBytes {
		return false
	}
	ok := false
	for _, key := range s.ring.KeyIDs() {
		ok = s.ring.VerifyMAC(keyring.Tracking, key, mac, secretData(t.ID, t.SecretVersion)...) || ok
	}
	return ok
}

func secretData(ticket id.Ticket, version int) [][]byte {
	return [][]byte{ticket.UUID[:], binary.BigEndian.AppendUint64(nil, uint64(version))}
}

func group(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%secretGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func readSecret(given string) string {
	if len(given) > maxSecretText {
		return ""
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '\t', '\u00a0', '–':
			return -1
		case 'O':
			return '0'
		case 'I', 'L':
			return '1'
		}
		return r
	}, strings.ToUpper(given))
}
