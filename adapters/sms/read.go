package sms

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"sportello.dev/adapters/internal/gsm"
	"sportello.dev/adapters/internal/smpp"
	"sportello.dev/plugins-sdk/channel"
)

// reader makes messages and reports of what the centre sends.
type reader struct {
	config Config
}

// read makes one body of the PDUs of one message.
func (r reader) read(pdus []smpp.PDU) (channel.Body, error) {
	if len(pdus) == 0 {
		return nil, &channel.Unparsed{Code: "smpp.empty", Detail: "no PDU"}
	}
	messages := make([]smpp.Message, 0, len(pdus))
	for _, pdu := range pdus {
		m, err := smpp.ParseIncoming(pdu)
		if err != nil {
			return nil, &channel.Unparsed{Code: "smpp.pdu", Detail: err.Error()}
		}
		messages = append(messages, m)
	}
	if smpp.IsReceipt(messages[0]) {
		return r.report(messages[0], pdus[0])
	}
	return r.message(messages)
}

func (r reader) message(parts []smpp.Message) (channel.Body, error) {
	text, err := r.text(parts)
	if err != nil {
		return nil, err
	}
	first := parts[0]
	message := &channel.InboundMessage{
		From:    correspondent(first.Source),
		Parties: []channel.Party{{Role: channel.RoleTo, Address: correspondent(first.Dest)}},
		Text:    text, Numbers: ticketNumbers(text), Class: channel.ClassHuman, Units: uint32(len(parts)),
	}
	if r.config.ours(message.From) {
		message.Class = channel.ClassOwnLoop
	}
	sum := sha256.Sum256([]byte(message.From.Value + "\n" + text))
	message.Fingerprint = sum[:]
	return message, nil
}

// text puts the parts together; where one is missing, the text says so. Parts that follow one another are decoded
// together: telephones cut through characters of two units.
func (r reader) text(parts []smpp.Message) (string, error) {
	var b strings.Builder
	var run []smpp.Message
	next, total := 1, 0
	flush := func(until int) error {
		text, err := r.decode(run)
		b.WriteString(text)
		for ; next < until; next++ {
			fmt.Fprintf(&b, " [manca la parte %d di %d] ", next, total)
		}
		run = nil
		return err
	}
	for _, m := range parts {
		if part := partOfMessage(m); part.Total > 0 {
			total = part.Total
			if part.Part > next {
				if err := flush(part.Part); err != nil {
					return "", err
				}
			}
			next = part.Part + 1
		}
		if len(run) > 0 && run[0].Coding != m.Coding {
			if err := flush(0); err != nil {
				return "", err
			}
		}
		run = append(run, m)
	}
	if err := flush(total + 1); err != nil {
		return "", err
	}
	return b.String(), nil
}

// decode reads the characters of parts with the same alphabet.
func (r reader) decode(parts []smpp.Message) (string, error) {
	var all []byte
	var header gsm.Header
	for _, m := range parts {
		data := m.Content()
		if m.Class&smpp.ClassUDH != 0 {
			var err error
			if header, data, err = gsm.SplitHeader(data); err != nil {
				return "", &channel.Unparsed{Code: "smpp.udh", Detail: err.Error()}
			}
		}
		all = append(all, data...)
	}
	if len(parts) == 0 {
		return "", nil
	}
	return r.characters(parts[0].Coding, header, all)
}

func (r reader) characters(coding byte, header gsm.Header, data []byte) (string, error) {
	switch alphabetOf(coding) {
	case alphabetDefault:
		if r.config.SMPP != nil && r.config.SMPP.Alphabet == alphabetLatin1 {
			return single(charmap.ISO8859_1, data), nil
		}
		text, ok := gsm.Decode7(data, header)
		if !ok {
			return "", &channel.Unparsed{Code: "smpp.language", Detail: "written with a national table that is not known"}
		}
		return text, nil
	case alphabetWide:
		return gsm.DecodeUCS2(data), nil
	case alphabetASCII, alphabetWest:
		return single(charmap.ISO8859_1, data), nil
	case alphabetCyrillic:
		return single(charmap.ISO8859_5, data), nil
	case alphabetHebrew:
		return single(charmap.ISO8859_8, data), nil
	}
	return "", &channel.Unparsed{Code: "smpp.coding", Detail: fmt.Sprintf("data_coding %#02x is no text", coding)}
}

// single reads an alphabet of one byte a character.
func single(table *charmap.Charmap, data []byte) string {
	var b strings.Builder
	for _, c := range data {
		b.WriteRune(table.DecodeByte(c))
	}
	return b.String()
}

// alphabet is what data_coding says.
type alphabet int

const (
	alphabetNone alphabet = iota
	alphabetDefault
	alphabetASCII
	alphabetWest
	alphabetWide
	alphabetCyrillic
	alphabetHebrew
)

// alphabetOf reads data_coding by the table of SMPP, and the general groups of 3GPP TS 23.038 that networks pass on, as
// for messages shown at once.
func alphabetOf(coding byte) alphabet {
	switch {
	case coding == 0x01:
		return alphabetASCII
	case coding == 0x03:
		return alphabetWest
	case coding == 0x06:
		return alphabetCyrillic
	case coding == 0x07:
		return alphabetHebrew
	case coding == 0x00:
		return alphabetDefault
	case coding == 0x08:
		return alphabetWide
	case coding >= 0x10 && coding <= 0x1F: // with a class, not compressed
		return [4]alphabet{alphabetDefault, alphabetNone, alphabetWide, alphabetNone}[coding>>2&3]
	case coding&0xF0 == 0xF0 && coding&0x04 == 0:
		return alphabetDefault
	case coding&0xF0 == 0xC0 || coding&0xF0 == 0xD0: // message waiting
		return alphabetDefault
	case coding&0xF0 == 0xE0:
		return alphabetWide
	}
	return alphabetNone
}

// ticketNumber is year, sequence and check digit, with the dashes that people and programs put in their place.
var ticketNumber = regexp.MustCompile(`\b(\d{4})[-\x{2010}-\x{2015}](\d{6,12})[-\x{2010}-\x{2015}](\d)\b`)

// maxNumbers bounds how many ticket numbers are taken from one text.
const maxNumbers = 20

func ticketNumbers(text string) []string {
	var all []string
	for _, found := range ticketNumber.FindAllStringSubmatch(text, maxNumbers) {
		all = append(all, found[1]+"-"+found[2]+"-"+found[3])
	}
	return all
}
