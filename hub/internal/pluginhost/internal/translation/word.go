package translation

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// word makes the hub's word of an enum value: ROLE_REPLY_TO with prefix ROLE_ is reply_to. The unspecified value is
// empty; a value that this release does not know is carried as its number.
func word(value fmt.Stringer, prefix string) string {
	w := strings.ToLower(strings.TrimPrefix(value.String(), prefix))
	if w == "unspecified" {
		return ""
	}
	return w
}

// number finds the enum value of a word; 0, the unspecified, if there is none.
func number[E ~int32](values map[string]int32, prefix, word string) E {
	return E(values[prefix+strings.ToUpper(word)])
}

// Text removes what the database cannot hold and shortens to a number of bytes, between characters.
func Text(s string, most int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// moment reads a time; one that is absent or out of range is zero.
func moment(t *timestamppb.Timestamp) time.Time {
	if !t.IsValid() {
		return time.Time{}
	}
	return t.AsTime()
}

// duration reads a span of time, never negative and at most a year.
func duration(d *durationpb.Duration) time.Duration {
	const year = 365 * 24 * time.Hour
	if !d.IsValid() {
		return 0
	}
	return min(max(d.AsDuration(), 0), year)
}

func each[A, B any](in []A, f func(A) B) []B {
	if len(in) == 0 {
		return nil
	}
	out := make([]B, len(in))
	for i := range in {
		out[i] = f(in[i])
	}
	return out
}
