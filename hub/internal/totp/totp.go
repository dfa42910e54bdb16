// Package totp makes and checks the six digits that an app on a phone shows (RFC 6238: SHA-1, 30 seconds), and draws
// the picture by which the app learns its key.
package totp

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// Digits is how long a code is.
const Digits = 6

const (
	// keyBytes is what RFC 4226 recommends.
	keyBytes = 20
	period   = 30 // seconds
	// drift is how many steps a phone's clock may be early or late.
	drift = 1
)

// NewKey returns a random key, in the letters and digits of base 32.
func NewKey() string {
	raw := make([]byte, keyBytes)
	rand.Read(raw)
	return base32.StdEncoding.EncodeToString(raw)
}

// Match tells whether the code belongs to the key at that time or one step beside it, and to which step. It takes the
// same time whichever digit is wrong.
func Match(key, code string, at time.Time) (step int64, ok bool) {
	now := at.Unix() / period
	for s := now - drift; s <= now+drift; s++ {
		right, err := hotp.ValidateCustom(code, uint64(s), key, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && right {
			step, ok = s, true
		}
	}
	return step, ok
}

// Code is what the app shows at that time.
func Code(key string, at time.Time) (string, error) {
	code, err := hotp.GenerateCodeCustom(key, uint64(at.Unix()/period), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return "", fmt.Errorf("making a code: %w", err)
	}
	return code, nil
}

// URI is what the picture says: the key, for whom and by whom.
func URI(issuer, login, key string) string {
	// Some apps read a plus sign as one, not as a space.
	escape := func(s string) string {
		return strings.ReplaceAll(url.QueryEscape(strings.ReplaceAll(s, ":", " ")), "+", "%20")
	}
	return fmt.Sprintf("otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1&digits=%d&period=%d",
		escape(issuer), escape(login), key, escape(issuer), Digits, period)
}

// Draw returns a QR code as the path of an SVG drawing, and how many units wide and high it is, without a margin.
func Draw(text string) (path string, size int, err error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", 0, fmt.Errorf("drawing a QR code: %w", err)
	}
	var b strings.Builder
	size = code.Bounds().Dx()
	dark := func(x, y int) bool {
		if x == size {
			return false
		}
		r, _, _, _ := code.At(x, y).RGBA()
		return r == 0
	}
	for y := range size {
		for x := 0; x < size; x++ {
			from := x
			for dark(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
			}
		}
	}
	return b.String(), size, nil
}
