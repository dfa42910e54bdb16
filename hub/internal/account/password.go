package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"sportello.dev/hub/internal/fault"
)

// Cost of one hash: 19 MiB and two passes, OWASP's first choice for argon2id;
// about 60 ms on one core.
const (
	argonMemory  = 19 * 1024 // KiB
	argonPasses  = 2
	argonThreads = 1
	argonSalt    = 16 // bytes
	argonKey     = 32 // bytes
)

// Limits on a stored hash, so that a damaged row cannot take all memory.
const (
	maxArgonMemory = 256 * 1024 // KiB
	maxArgonPasses = 10
)

// Passwords hashes and checks passwords. Each check takes 19 MiB, so only a
// few run at a time and the rest wait: a flood of sign-ins cannot exhaust memory.
type Passwords struct {
	slots chan struct{}
	// decoy is checked for logins that do not exist, so that they take as long as those that do.
	decoy string
}

// NewPasswords returns a hasher that runs at most so many hashes at once, at
// least one. More than there are processors only holds more memory.
func NewPasswords(concurrent int) *Passwords {
	salt := make([]byte, argonSalt)
	return &Passwords{
		slots: make(chan struct{}, max(1, concurrent)),
		decoy: encodeHash(salt, make([]byte, argonKey)),
	}
}

// Hash turns a password into what is stored, in PHC string format.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	release, err := p.enter(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	return encodeHash(salt, argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, argonThreads, argonKey)), nil
}

// Verify tells whether the password matches the stored hash. An empty hash
// never matches and takes as long as any other.
func (p *Passwords) Verify(ctx context.Context, stored, password string) (bool, error) {
	exists := stored != ""
	if !exists {
		stored = p.decoy
	}
	h, err := decodeHash(stored)
	if err != nil {
		return false, err
	}
	release, err := p.enter(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	got := argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.threads, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(got, h.key) == 1 && exists, nil
}

// turnWait is how long a sign-in waits for its turn: in a flood it is better to say so than to queue for ever.
const turnWait = 10 * time.Second

func (p *Passwords) enter(ctx context.Context) (release func(), err error) {
	waiting, cancel := context.WithTimeout(ctx, turnWait)
	defer cancel()
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots }, nil
	case <-waiting.Done():
		return nil, fault.Unavailable("waiting to check a password: %w", waiting.Err())
	}
}

type argonHash struct {
	memory, passes uint32
	threads        uint8
	salt, key      []byte
}

func encodeHash(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonThreads,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

func decodeHash(stored string) (argonHash, error) {
	var h argonHash
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, fmt.Errorf("the stored password hash has an unknown format")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.threads); err != nil {
		return h, fmt.Errorf("the stored password hash has unreadable parameters")
	}
	if h.memory < 8 || h.memory > maxArgonMemory || h.passes < 1 || h.passes > maxArgonPasses || h.threads < 1 {
		return h, fmt.Errorf("the stored password hash has parameters out of range")
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil || len(h.salt) < 8 {
		return h, fmt.Errorf("the stored password hash has an unreadable salt")
	}
	if h.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(h.key) < 16 || len(h.key) > 64 {
		return h, fmt.Errorf("the stored password hash has an unreadable key")
	}
	return h, nil
}
