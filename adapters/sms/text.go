package sms

import (
	"fmt"

	"golang.org/x/text/encoding/charmap"

	"sportello.dev/adapters/internal/gsm"
	"sportello.dev/plugins-sdk/channel"
)

// charactersPerPart is what a part of a long text holds in the 7-bit alphabet.
const charactersPerPart = 153

func limits(config Config, concurrency int) channel.Limits {
	return channel.Limits{
		TextCharacters: uint32(config.MaxParts) * charactersPerPart, Recipients: 1, Concurrency: uint32(concurrency),
	}
}

// spelled is a text as it is sent.
func (c *Config) spelled(text string) string {
	if c.Transliterate {
		return gsm.Transliterate(text)
	}
	return text
}

// short checks what a text message cannot be before anything is sent.
func (c *Config) short(content channel.Content) (string, error) {
	text := c.spelled(content.Text)
	if len(content.Attachments) > 0 {
		return "", channel.ContentRefused("sms.attachments", "a text message carries no files", nil)
	}
	if text == "" {
		return "", channel.ContentRefused("sms.empty", "the text is empty", nil)
	}
	if parts := len(gsm.Encode(text, false).Parts); parts > c.MaxParts {
		return "", channel.ContentRefused("sms.length", fmt.Sprintf("the text takes %d messages, at most %d are allowed", parts, c.MaxParts), nil)
	}
	return text, nil
}

// encode writes a text as the centre wants it.
func (c *SMPP) encode(text string) gsm.Encoded {
	wide := c.LongMessages == longUDH16
	if c.Alphabet == alphabetUCS2 {
		return gsm.EncodeUCS2(text, wide)
	}
	encoded := gsm.Encode(text, wide)
	if c.Alphabet != alphabetLatin1 || encoded.Coding == gsm.CodingUCS2 {
		return encoded
	}
	// Divided by what the telephone gets, and written as the centre reads it. What Latin-1 does not have goes as UCS-2.
	for n, part := range encoded.Parts {
		septets, _ := gsm.Decode7(part, gsm.Header{})
		latin, err := charmap.ISO8859_1.NewEncoder().String(septets)
		if err != nil {
			return gsm.EncodeUCS2(text, wide)
		}
		encoded.Parts[n] = []byte(latin)
	}
	return encoded
}
