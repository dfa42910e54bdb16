package channel

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyring"
)

const (
	// claimLife is shorter than the seven days for which bytes that nothing refers to are kept.
	claimLife = 6 * 24 * time.Hour
	// maxClaim is the longest claim, in bytes.
	maxClaim  = 300
	claimSize = sha256.Size + 8 + 8
)

// Claim proves to every replica that a channel has put a blob.
func (s *Store) Claim(channel id.Channel, sum [sha256.Size]byte, size int64, now time.Time) (string, error) {
	text := append([]byte{}, sum[:]...)
	text = binary.BigEndian.AppendUint64(text, uint64(size))
	text = binary.BigEndian.AppendUint64(text, uint64(now.Unix()))
	sealed, err := s.ring.Seal(keyring.Secrets, text, claimContext(channel))
	if err != nil {
		return "", fmt.Errorf("sealing a claim: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// Claimed tells the size of a blob for which the channel holds a claim; false for any other.
func (s *Store) Claimed(channel id.Channel, sum [sha256.Size]byte, claim string, now time.Time) (size int64, ok bool) {
	if claim == "" || len(claim) > maxClaim {
		return 0, false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(claim)
	if err != nil {
		return 0, false
	}
	text, err := s.ring.Open(keyring.Secrets, sealed, claimContext(channel))
	if err != nil || len(text) != claimSize || [sha256.Size]byte(text) != sum {
		return 0, false
	}
	given := time.Unix(int64(binary.BigEndian.Uint64(text[sha256.Size+8:])), 0)
	if now.Sub(given) > claimLife {
		return 0, false
	}
	return int64(binary.BigEndian.Uint64(text[sha256.Size:])), true
}

// claimContext ties a claim to its channel.
func claimContext(channel id.Channel) []byte { return []byte("blob_claim\x00" + channel.String()) }
