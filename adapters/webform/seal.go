package webform

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sportello.dev/plugins-sdk/channel"
)

const (
	// sealKey is where the hub keeps the key, the same for all replicas.
	sealKey = "seal"
	// sealLife is how long a form may stay open: less than the seven days after which the hub lets go of a file that
	// belongs to nothing.
	sealLife = 5 * 24 * time.Hour
	// maxSeal is the longest sealed field, in bytes.
	maxSeal = 64 << 10
)

// errUnsealed says that a field was not sealed by this channel, or too long ago.
var errUnsealed = errors.New("not a seal of this channel")

// draft is what goes with a form from page to page and must not be changed by whoever has it.
type draft struct {
	// ID will be the submission's. Nobody can choose one: whoever named another's would be shown his receipt.
	ID string `json:"i"`
	// Shown is when the form was first shown.
	Shown time.Time `json:"t"`
	Form  string    `json:"f"`
	Files []file    `json:"a,omitempty"`
	// Request is that of a code, To where it went, as the citizen may be shown.
	Request string `json:"r,omitempty"`
	To      string `json:"o,omitempty"`
}

// file is an attachment that the hub keeps already.
type file struct {
	Field    string `json:"f"`
	SHA256   string `json:"s"`
	Size     int64  `json:"n"`
	Name     string `json:"w"`
	Type     string `json:"m"`
	Declared string `json:"d,omitempty"`
	// Claim lets another replica, or this adapter after a restart, name the bytes.
	Claim string `json:"c,omitempty"`
}

func newDraft(form string, now time.Time) draft {
	return draft{ID: rand.Text(), Shown: now, Form: form}
}

// seal closes drafts so that no one else can make or change one.
type seal struct {
	aead cipher.AEAD
	// about binds the seal to its channel.
	about []byte
}

// openSeal reads the channel's key, or makes it where there is none.
func openSeal(ctx context.Context, host *channel.Host, channelID string) (*seal, error) {
	var key []byte
	err := channel.UpdateState(ctx, host, sealKey, func(kept *[]byte) error {
		if len(*kept) == 0 {
			*kept = make([]byte, 32)
			_, _ = rand.Read(*kept) // never fails
		}
		key = *kept
		return nil
	})
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("reading the key of the forms: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("preparing the seal: %w", err)
	}
	return &seal{aead: aead, about: []byte(channelID)}, nil
}

func (s *seal) close(d draft) string {
	text, err := json.Marshal(d)
	if err != nil {
		panic(fmt.Sprintf("encoding a draft: %v", err)) // strings and numbers only
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, text, s.about)) //nolint:gosec // it makes a nonce of its own
}

// open reads a sealed draft of a form.
func (s *seal) open(sealed, form string, now time.Time) (draft, error) {
	var d draft
	if len(sealed) > maxSeal {
		return d, errUnsealed
	}
	closed, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return d, errUnsealed
	}
	text, err := s.aead.Open(nil, nil, closed, s.about)
	if err != nil || json.Unmarshal(text, &d) != nil || d.Form != form {
		return draft{}, errUnsealed
	}
	if age := now.Sub(d.Shown); age > sealLife || age < -time.Hour {
		return draft{}, errUnsealed
	}
	return d, nil
}
