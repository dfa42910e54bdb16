package channel

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"sportello.dev/plugins-sdk/channel/wire"
)

const (
	// maxEvent leaves room for the frame around an event in one message.
	maxEvent = wire.MaxMessage - 64<<10
	// maxName is the longest file name of an attachment, in bytes.
	maxName = 255
)

// checkEvent refuses what the hub would refuse, where the author can see it.
func checkEvent(event Event) error {
	switch {
	case event.ID == "" || len(event.ID) > wire.MaxEventID:
		return fmt.Errorf("event id of %d bytes, between 1 and %d are allowed", len(event.ID), wire.MaxEventID)
	case event.Body == nil:
		return fmt.Errorf("event %q has no body", event.ID)
	case len(event.Raw.Inline) > wire.MaxInlineRaw:
		return fmt.Errorf("event %q carries %d raw bytes inline, at most %d: use Host.Raw",
			event.ID, len(event.Raw.Inline), wire.MaxInlineRaw)
	}
	return nil
}

// CleanName makes a file name harmless: no path, no control or bidirectional formatting characters, at most 255 bytes.
// It is never empty.
func CleanName(name string) string {
	name = strings.ToValidUTF8(name, "\uFFFD")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(name)
	for len(name) > maxName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	if strings.Trim(name, ".") == "" {
		return "file"
	}
	return name
}

// OneLine makes foreign text fit for a header, a subject or a log: line breaks and control characters become spaces.
func OneLine(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD")))
}
