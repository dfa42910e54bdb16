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

// inlineLife is how long the address of a picture in a message's page works.
const inlineLife = 10 * time.Minute

// inlineLinks signs the addresses of pictures in a message's page, because a frame without an origin sends no cookie.
type inlineLinks struct {
	ring *keyring.Ring
	now  func() time.Time
}

// path is the address of an image of the message's own.
func (l inlineLinks) path(a id.Attachment) string {
	return basePath + "/attachments/" + a.String() + "/inline?" + l.sign(imageParts(a))
}

// remotePath is the address through which the hub fetches a picture elsewhere.
func (l inlineLinks) remotePath(address string) string {
	return basePath + "/pictures?url=" + url.QueryEscape(address) + "&" + l.sign(pictureParts(address))
}

// sign is the end of an address, good for inlineLife.
func (l inlineLinks) sign(parts [][]byte) string {
	expires := l.now().Add(inlineLife).Unix()
	key, mac := l.ring.MAC(keyring.Session, withTime(parts, expires)...)
	signature := key + "." + base64.RawURLEncoding.EncodeToString(mac[:keyring.MinMAC])
	return fmt.Sprintf("expires=%d&signature=%s", expires, url.QueryEscape(signature))
}

// valid tells whether an address was signed here and still works.
func (l inlineLinks) valid(parts [][]byte, expires int64, signature string) bool {
	key, text, ok := strings.Cut(signature, ".")
	if !ok {
		return false
	}
	mac, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(mac) != keyring.MinMAC {
		return false
	}
	return l.ring.VerifyMAC(keyring.Session, key, mac, withTime(parts, expires)...) && l.now().Unix() <= expires
}

func imageParts(a id.Attachment) [][]byte { return [][]byte{[]byte("inline image"), a.UUID[:]} }

func pictureParts(address string) [][]byte {
	return [][]byte{[]byte("remote picture"), []byte(address)}
}

func withTime(parts [][]byte, expires int64) [][]byte {
	return append(parts, binary.BigEndian.AppendUint64(nil, uint64(expires)))
}

// showable tells whether browsers show this type as a still picture that cannot carry a script.
func showable(mediaType string) bool {
	switch mediaType {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return true
	}
	return false
}
