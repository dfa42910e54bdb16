package logtail

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"unicode"
)

const (
	// maxText is the longest message kept of a line, in bytes.
	maxText = 2 << 10
	// maxFields and maxField bound the attributes of a line.
	maxFields = 20
	maxField  = 500
)

// record is one line, understood as far as possible.
type record struct {
	level   slog.Level
	text    string
	channel string
	fields  []slog.Attr
}

// parse reads a line: a JSON object as slog or hclog writes it, else plain text.
func parse(line string) record {
	var object map[string]any
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &object) != nil {
		return record{level: plainLevel(line), text: tidy(line, maxText)}
	}
	r := record{level: levelOf(text(object, "level", "@level")), text: tidy(text(object, "msg", "@message"), maxText)}
	r.channel = tidy(text(object, "channel_id"), 40)
	if r.text == "" {
		r.text = tidy(line, maxText)
		return r
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		switch key {
		case "level", "@level", "msg", "@message", "time", "@timestamp", "channel_id":
			continue
		}
		if len(r.fields) == maxFields {
			break
		}
		r.fields = append(r.fields, slog.String(tidy(key, 60), tidy(fieldText(object[key]), maxField)))
	}
	return r
}

func text(object map[string]any, keys ...string) string {
	for _, key := range keys {
		if s, ok := object[key].(string); ok {
			return s
		}
	}
	return ""
}

func fieldText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any, []any:
		encoded, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(encoded)
	}
	return fmt.Sprint(v)
}

func levelOf(word string) slog.Level {
	switch strings.ToUpper(word) {
	case "ERROR", "FATAL":
		return slog.LevelError
	case "WARN", "WARNING":
		return slog.LevelWarn
	case "INFO":
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// plainLevel lets the last words of a dying program through.
func plainLevel(line string) slog.Level {
	if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
		return slog.LevelError
	}
	return slog.LevelDebug
}

// tidy shortens text and takes out what would act on a terminal or break a line.
func tidy(s string, most int) string {
	cut := len(s) > most
	if cut {
		s = s[:most]
	}
	s = strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if cut {
		s += "..."
	}
	return s
}
