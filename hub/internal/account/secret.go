package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// tokenPrefix marks a script's token, so that scanners find one that was published by mistake.
const tokenPrefix = "spt_"

// newSecret makes 256 random bits in text, and the digest under which they are
// stored. A plain digest is enough: such a secret cannot be guessed.
func newSecret(prefix string) (secret string, hash []byte) {
	raw := make([]byte, 32)
	rand.Read(raw)
	secret = prefix + base64.RawURLEncoding.EncodeToString(raw)
	return secret, hashSecret(secret)
}

func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
