// Package telemetry sets up what the hub says about itself: a structured log
// that masks personal data and secrets, and a registry of metrics.
package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"unicode"
)

// NewLogger writes to w in format "json" or "text", from level "debug", "info",
// "warn" or "error" up, with sensitive attributes masked.
func NewLogger(w io.Writer, level, format string) (*slog.Logger, error) {
	var min slog.Level
	if err := min.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q: %w", level, err)
	}
	opts := &slog.HandlerOptions{Level: min}
	switch format {
	case "json":
		return slog.New(Redact(slog.NewJSONHandler(w, opts))), nil
	case "text":
		return slog.New(Redact(slog.NewTextHandler(w, opts))), nil
	}
	return nil, fmt.Errorf("log format %q is neither json nor text", format)
}

const mask = "(hidden)"

// sensitive are the words that make an attribute's name a secret or personal.
var sensitive = []string{"secret", "password", "passwd", "token", "body", "subject", "email", "mail", "phone", "authorization", "cookie"}

// harmless are last words that make a name measure or name the thing, not hold it.
var harmless = []string{"id", "bytes", "size", "count", "kind", "type"}

// Redact wraps a handler and masks the values of attributes whose names say
// that they are secret or personal, in groups as well. It is the second line of
// defence: the first is not to log them.
func Redact(next slog.Handler) slog.Handler { return redactor{next} }

type redactor struct{ next slog.Handler }

// Enabled implements slog.Handler.
func (r redactor) Enabled(ctx context.Context, level slog.Level) bool {
	return r.next.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (r redactor) Handle(ctx context.Context, rec slog.Record) error {
	clean := slog.NewRecord(rec.Time, rec.Level, rec.Message, rec.PC)
	rec.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(redact(a))
		return true
	})
	return r.next.Handle(ctx, clean)
}

// WithAttrs implements slog.Handler.
func (r redactor) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = redact(a)
	}
	return redactor{r.next.WithAttrs(clean)}
}

// WithGroup implements slog.Handler.
func (r redactor) WithGroup(name string) slog.Handler {
	return redactor{r.next.WithGroup(name)}
}

func redact(a slog.Attr) slog.Attr {
	if isSensitive(a.Key) {
		return slog.String(a.Key, mask)
	}
	a.Value = a.Value.Resolve()
	if a.Value.Kind() != slog.KindGroup {
		return a
	}
	group := a.Value.Group()
	clean := make([]slog.Attr, len(group))
	for i, member := range group {
		clean[i] = redact(member)
	}
	return slog.Attr{Key: a.Key, Value: slog.GroupValue(clean...)}
}

// isSensitive looks at whole words: "smtp_password" and "apiToken" are, "tokenizer" is not.
func isSensitive(name string) bool {
	words := split(name)
	if len(words) > 1 && slices.Contains(harmless, words[len(words)-1]) {
		return false
	}
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(sensitive, w) })
}

// split cuts a name at everything that is no letter, and before a capital that
// follows a small letter.
func split(name string) []string {
	var spaced strings.Builder
	small := false
	for _, c := range name {
		switch {
		case !unicode.IsLetter(c):
			c = ' '
		case unicode.IsUpper(c) && small:
			spaced.WriteByte(' ')
		}
		small = unicode.IsLower(c)
		spaced.WriteRune(unicode.ToLower(c))
	}
	return strings.Fields(spaced.String())
}
