package ticket

import (
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"strings"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyring"
)

// codeRange is one more than the highest code: six digits, which five tries of each of six codes a day do not guess.
const codeRange = 1_000_000

// Codes derives the short codes by which a citizen proves that an address reaches him. A code is made of the id of the
// message that carries it, each time anew, and kept nowhere.
type Codes struct{ ring *keyring.Ring }

// NewCodes returns the codes made with the ring.
func NewCodes(ring *keyring.Ring) *Codes { return &Codes{ring} }

// Derive makes the code that a message carries: six digits.
func (c *Codes) Derive(message id.Message) string {
	_, mac := c.ring.MAC(keyring.Code, message.UUID[:])
	return digits(mac)
}

func digits(mac []byte) string {
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(mac)%codeRange)
}

// Verify tells in constant time whether what was typed is the code of a message. Spaces and hyphens do not matter; keys
// that rotated meanwhile do not either.
func (c *Codes) Verify(message id.Message, typed string) bool {
	typed = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -\u00a0\t", r) {
			return -1
		}
		return r
	}, typed[:min(len(typed), maxSecretText)])
	ok := 0
	for _, key := range c.ring.KeyIDs() {
		if mac, err := c.ring.MACWith(keyring.Code, key, message.UUID[:]); err == nil {
			ok |= subtle.ConstantTimeCompare([]byte(digits(mac)), []byte(typed))
		}
	}
	return ok == 1
}
