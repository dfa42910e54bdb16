package account

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"sportello.dev/hub/internal/fault"
)

// Lasting is for how long a token is made. Whoever makes one has to choose.
type Lasting string

// What can be chosen. A token for ever takes a reason.
const (
	Month   Lasting = "30d"
	Quarter Lasting = "90d"
	Year    Lasting = "365d"
	Forever Lasting = "never"
)

// ExpiresSoon is how long before its end a token is warned about.
const ExpiresSoon = 14 * 24 * time.Hour

// maxBecause is how long a reason may be, in characters.
const maxBecause = 300

// ErrTokenExpired says that a token worked until its end came.
var ErrTokenExpired = fmt.Errorf("%w: the token has expired, make a new one", ErrUnauthenticated)

// end is when a token ends that is made now; nil is never.
func (n NewToken) end(now time.Time) (*time.Time, error) {
	days := map[Lasting]int{Month: 30, Quarter: 90, Year: 365}[n.Lasts]
	switch {
	case days > 0:
		at := now.AddDate(0, 0, days)
		return &at, nil
	case n.Lasts != Forever:
		return nil, fault.Invalid("lasts", "required", "say how long the token works: 30d, 90d, 365d or never")
	case strings.TrimSpace(n.Because) == "":
		return nil, fault.Invalid("never_because", "required", "say why the token must never end")
	case utf8.RuneCountInString(n.Because) > maxBecause:
		return nil, fault.Invalid("never_because", "too_long", "a reason has at most %d characters", maxBecause)
	}
	return nil, nil
}

// Expired tells whether the token has come to its end.
func (t Token) Expired(now time.Time) bool { return t.ExpiresAt != nil && !now.Before(*t.ExpiresAt) }

// Soon tells whether its end is near.
func (t Token) Soon(now time.Time) bool {
	return t.ExpiresAt != nil && !t.Expired(now) && t.ExpiresAt.Sub(now) <= ExpiresSoon
}
