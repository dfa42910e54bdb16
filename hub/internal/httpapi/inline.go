package httpapi

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyring"
)

// inlineLife is how long the address of an inline image works.
const inlineLife = 10 * time.Minute

// inlineLinks signs the addresses of inline images.
type inlineLinks struct {
	ring *keyring.Ring
	now  func() time.Time
}

// path is the address of an image, good for inlineLife.
func (l inlineLinks) path(a id.Attachment) string {
	expires := l.now().Add(inlineLife).Unix()
	key, mac := l.ring.MAC(keyring.Session, signedParts(a, expires)...)
	signature := key + "." + base64.RawURLEncoding.EncodeToString(mac[:keyring.MinMAC])
	return fmt.Sprintf("%s/attachments/%s/inline?expires=%d&signature=%s", basePath, a, expires, url.QueryEscape(signature))
}

// valid tells whether an address was made by path and still works.
func (l inlineLinks) valid(a id.Attachment, expires int64, signature string) bool {
	key, text, ok := strings.Cut(signature, ".")
	if !ok {
		return false
	}
	mac, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(mac) != keyring.MinMAC {
		return false
	}
	return l.ring.VerifyMAC(keyring.Session, key, mac, signedParts(a, expires)...) && l.now().Unix() <= expires
}

func signedParts(a id.Attachment, expires int64) [][]byte {
	return [][]byte{[]byte("inline image"), a.UUID[:], binary.BigEndian.AppendUint64(nil, uint64(expires))}
}

// showable tells whether browsers show this type as a still picture that cannot carry a script.
func showable(mediaType string) bool {
	switch mediaType {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return true
	}
	return false
}
