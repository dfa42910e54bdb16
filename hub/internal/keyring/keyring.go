// Package keyring holds the installation's secret keys: one file shared by all
// replicas, from which a separate key is derived for every purpose. A key has an
// id, carried by everything made with it, so that keys can be replaced while old
// links and old sealed values keep working.
package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// Purpose separates keys: what is made for one purpose means nothing for another.
type Purpose string

// The purposes of keys.
const (
	Tracking    Purpose = "tracking"     // the citizen's secret beside the ticket number
	ThreadToken Purpose = "thread-token" // the token in Reply-To
	Secrets     Purpose = "secrets"      // channel passwords, adapter state and second factors at rest
	Session     Purpose = "session"      // sessions, CSRF, signed URLs
	Audit       Purpose = "audit"        // the chain that seals the audit log
	Code        Purpose = "code"         // the short code that proves an address
	ExpertToken Purpose = "expert-token" // the token by which an outside expert answers
)

// Purposes lists all of them.
func Purposes() []Purpose {
	return []Purpose{Tracking, ThreadToken, Secrets, Session, Audit, Code, ExpertToken}
}

// MinMAC is the shortest prefix of a MAC that VerifyMAC accepts: 128 bits.
const MinMAC = 16

// Ring is a key file in memory. It does not change; a new key in the file is
// known after a restart.
type Ring struct {
	keys    map[string][]byte
	primary map[Purpose]string
}

// KeyIDs lists the ids of all keys the ring can verify and open with.
func (r *Ring) KeyIDs() []string {
	ids := make([]string, 0, len(r.keys))
	for id := range r.keys {
		ids = append(ids, id)
	}
	return ids
}

// Derive returns the current key for a purpose, 32 bytes, and its id.
func (r *Ring) Derive(p Purpose) (id string, key []byte) {
	id = r.primary[p]
	key, _ = r.derive(p, id) // the primaries were checked when the file was read
	return id, key
}

// DeriveWith is Derive for a key id met in something made earlier.
func (r *Ring) DeriveWith(p Purpose, id string) ([]byte, error) { return r.derive(p, id) }

func (r *Ring) derive(p Purpose, id string) ([]byte, error) {
	secret, ok := r.keys[id]
	if !ok {
		return nil, fmt.Errorf("the key file has no key %q: was it replaced instead of extended?", id)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "sportello/v1/"+string(p), sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("deriving the %s key: %w", p, err)
	}
	return key, nil
}

// MAC authenticates data with the current key of a purpose: 32 bytes, of which
// a caller may keep the first MinMAC or more.
func (r *Ring) MAC(p Purpose, data ...[]byte) (id string, mac []byte) {
	id, key := r.Derive(p)
	return id, sum(key, data)
}

// MACWith is MAC with a given key: for secrets that are derived again each time
// they are shown and must not change when keys rotate.
func (r *Ring) MACWith(p Purpose, id string, data ...[]byte) ([]byte, error) {
	key, err := r.derive(p, id)
	if err != nil {
		return nil, err
	}
	return sum(key, data), nil
}

// VerifyMAC reports, in constant time, whether mac (whole, or its first MinMAC
// bytes or more) was made for the purpose and data with the named key.
func (r *Ring) VerifyMAC(p Purpose, id string, mac []byte, data ...[]byte) bool {
	key, err := r.derive(p, id)
	if err != nil || len(mac) < MinMAC || len(mac) > sha256.Size {
		return false
	}
	return hmac.Equal(mac, sum(key, data)[:len(mac)])
}

// sum writes the length before each part: ("ab","c") is not ("a","bc").
func sum(key []byte, data [][]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, part := range data {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write(part)
	}
	return h.Sum(nil)
}

// sealVersion is the first byte of a sealed value.
const sealVersion = 1

// Seal encrypts and authenticates plaintext for a purpose. aad binds the value
// to its place, such as a row's id: Open needs the same. The result begins with
// version, length of the key id and key id.
func (r *Ring) Seal(p Purpose, plaintext, aad []byte) ([]byte, error) {
	id := r.primary[p]
	box, err := r.box(p, id)
	if err != nil {
		return nil, err
	}
	header := append([]byte{sealVersion, byte(len(id))}, id...)
	return box.Seal(header, nil, plaintext, bind(header, aad)), nil //nolint:gosec // this AEAD draws its own nonce
}

var errSealed = errors.New("not a sealed value, or changed since, or sealed for another place")

// Open returns what was sealed.
func (r *Ring) Open(p Purpose, sealed, aad []byte) ([]byte, error) {
	if len(sealed) < 2 || sealed[0] != sealVersion || len(sealed) < 2+int(sealed[1]) {
		return nil, fmt.Errorf("opening a %s value: %w", p, errSealed)
	}
	header := sealed[:2+int(sealed[1])]
	box, err := r.box(p, string(header[2:]))
	if err != nil {
		return nil, fmt.Errorf("opening a %s value: %w", p, err)
	}
	plaintext, err := box.Open(nil, nil, sealed[len(header):], bind(header, aad))
	if err != nil {
		return nil, fmt.Errorf("opening a %s value: %w", p, errSealed)
	}
	return plaintext, nil
}

// bind authenticates the header together with the caller's data; the header
// gives its own length.
func bind(header, aad []byte) []byte {
	return append(append([]byte{}, header...), aad...)
}

func (r *Ring) box(p Purpose, id string) (cipher.AEAD, error) {
	key, err := r.derive(p, id)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("preparing the cipher: %w", err)
	}
	// Random nonces are safe for 2^32 values per key; rotate long before.
	box, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("preparing the cipher: %w", err)
	}
	return box, nil
}
