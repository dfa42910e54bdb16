package smsc

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"sportello.dev/adapters/internal/gsm"
	"sportello.dev/adapters/internal/smpp"
)

// maxBody is the longest text that a telephone writes, in bytes: some ten messages.
const maxBody = 4000

var numberForm = regexp.MustCompile(`^\+[1-9][0-9]{5,14}$`)

// What a telephone cannot do.
var (
	ErrNumber = errors.New("not a telephone number in international form")
	ErrBody   = errors.New("the text is empty or too long")
	ErrPhones = errors.New("too many telephones")
)

// receive puts a text of the town hall's on the telephone, once all its parts are there.
func (p *phone) receive(m *smpp.Message, at time.Time) {
	header, content := gsm.Header{}, m.Content()
	if m.Class&smpp.ClassUDH != 0 {
		if h, rest, err := gsm.SplitHeader(content); err == nil {
			header, content = h, rest
		}
	}
	body, _ := gsm.Decode7(content, header)
	if m.Coding == gsm.CodingUCS2 {
		body = gsm.DecodeUCS2(content)
	}
	parts := 1
	if part := header.Part; part.Total > 1 {
		known := p.parts[part.Reference]
		if known == nil {
			known = map[int]string{}
			p.parts[part.Reference] = known
		}
		known[part.Part] = body
		if len(known) < part.Total {
			return
		}
		delete(p.parts, part.Reference)
		body, parts = "", part.Total
		for n := 1; n <= part.Total; n++ {
			body += known[n]
		}
	}
	sender := m.Source.Value
	if m.Source.TON == smpp.TONInternational {
		sender = "+" + sender
	}
	p.keep(&Text{FromTown: true, Sender: sender, Body: body, At: at, Parts: parts})
}

func (p *phone) keep(t *Text) {
	p.texts = append(p.texts, t)
	if len(p.texts) > maxTexts {
		p.texts = slices.Delete(p.texts, 0, len(p.texts)-maxTexts)
	}
}

// Write lets a telephone write to the town hall.
func (c *Centre) Write(number, body string) error {
	body = strings.TrimSpace(body)
	switch {
	case !numberForm.MatchString(number):
		return ErrNumber
	case body == "" || len(body) > maxBody:
		return ErrBody
	}
	encoded := gsm.Encode(body, false)
	text := &Text{Body: body, At: c.Now(), Parts: len(encoded.Parts)}
	c.mu.Lock()
	p := c.phoneOf(number)
	if p == nil {
		c.mu.Unlock()
		return ErrPhones
	}
	p.keep(text)
	c.refs++
	ref := c.refs
	c.mu.Unlock()
	var all []*waiting
	for i, part := range encoded.Parts {
		m := smpp.Message{
			Source: smpp.Address{TON: smpp.TONInternational, NPI: smpp.NPITelephone, Value: strings.TrimPrefix(number, "+")},
			Dest:   smpp.Address{TON: smpp.TONInternational, NPI: smpp.NPITelephone, Value: strings.TrimPrefix(c.Number, "+")},
			Coding: encoded.Coding, Short: part,
		}
		if len(encoded.Parts) > 1 {
			m.Class = smpp.ClassUDH
			m.Short = append(gsm.Part{Reference: ref & 0xFF, Total: len(encoded.Parts), Part: i + 1}.Header(), part...)
		}
		w := &waiting{pdu: smpp.PDU{Command: smpp.DeliverSM, Body: m.Bytes()}}
		if i == len(encoded.Parts)-1 {
			w.text, w.from = text, p
		}
		all = append(all, w)
	}
	c.put(all...)
	c.Changed()
	return nil
}

// Switch turns a telephone off for good, as a number that was given up, or on again.
func (c *Centre) Switch(number string, off bool) error {
	if !numberForm.MatchString(number) {
		return ErrNumber
	}
	c.mu.Lock()
	p := c.phoneOf(number)
	if p != nil {
		p.off = off
	}
	c.mu.Unlock()
	if p == nil {
		return ErrPhones
	}
	c.Changed()
	return nil
}

// Texts are what a telephone shows, the oldest first, and whether it is switched off.
func (c *Centre) Texts(number string) (texts []Text, off bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.phones[number]
	if p == nil {
		return nil, false
	}
	for _, t := range p.texts {
		texts = append(texts, *t)
	}
	return texts, p.off
}

// Taken is how many texts of a telephone the town hall has answered for.
func (c *Centre) Taken(number string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.phones[number]; p != nil {
		return p.taken
	}
	return 0
}

// Connected tells whether the town hall is signed in and can be written to.
func (c *Centre) Connected() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.sessions) > 0
}
