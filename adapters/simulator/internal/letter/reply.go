package letter

import (
	"fmt"
	"slices"
	"strings"
)

const maxReferences = 20 // ids kept of a thread: the first and the latest

// Reply starts an answer by me: to where the letter asks for answers, or with all also to its other recipients.
func Reply(l *Letter, me Address, all bool) Draft {
	d := Draft{From: me, To: l.ReplyTo, Subject: prefixed("Re: ", l.Subject, "re:", "r:"), InReplyTo: l.MessageID, References: thread(l)}
	if len(d.To) == 0 && l.From.Address != "" {
		d.To = []Address{l.From}
	}
	if strings.EqualFold(l.From.Address, me.Address) { // answering one's own letter goes to whom it went
		d.To = l.To
	}
	if all {
		for _, a := range append(slices.Clone(l.To), l.Cc...) {
			if !strings.EqualFold(a.Address, me.Address) && !has(d.To, a) && !has(d.Cc, a) {
				d.Cc = append(d.Cc, a)
			}
		}
	}
	return d
}

// Forward starts a letter that passes another one on, with its files.
func Forward(l *Letter, me Address) Draft {
	return Draft{From: me, Subject: prefixed("Fwd: ", l.Subject, "fwd:", "fw:", "i:"), References: thread(l), Files: l.Files}
}

// Quote writes a letter's text the way mail programs put it below an answer.
func Quote(l *Letter) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Il giorno %s %s ha scritto:\n", italianDate(l), l.From.Plain())
	for line := range strings.Lines(strings.TrimRight(l.Body(), "\r\n ")) {
		mark := "> "
		if strings.HasPrefix(line, ">") {
			mark = ">"
		}
		b.WriteString(mark + strings.TrimRight(line, "\r\n") + "\n")
	}
	return b.String()
}

// QuoteBlock writes a letter's text below a heading, as Outlook does in Italian.
func QuoteBlock(l *Letter) string {
	return fmt.Sprintf("-----Messaggio originale-----\nDa: %s\nInviato: %s\nA: %s\nOggetto: %s\n\n%s\n",
		l.From.Plain(), italianDate(l), plain(l.To), l.Subject, strings.TrimRight(l.Body(), "\r\n "))
}

// Plain writes the address as people read it, without encoding.
func (a Address) Plain() string {
	if a.Name == "" {
		return a.Address
	}
	return a.Name + " <" + a.Address + ">"
}

func plain(list []Address) string {
	parts := make([]string, 0, len(list))
	for _, a := range list {
		parts = append(parts, a.Plain())
	}
	return strings.Join(parts, ", ")
}

var months = [...]string{"gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"}

func italianDate(l *Letter) string {
	if l.Date.IsZero() {
		return "(data sconosciuta)"
	}
	d := l.Date
	return fmt.Sprintf("%d %s %d alle %s", d.Day(), months[d.Month()-1], d.Year(), d.Format("15:04"))
}

// thread is what an answer to the letter puts into References.
func thread(l *Letter) []string {
	refs := slices.Clone(l.References)
	if len(refs) == 0 && l.InReplyTo != "" {
		refs = []string{l.InReplyTo}
	}
	if l.MessageID != "" && !slices.Contains(refs, l.MessageID) {
		refs = append(refs, l.MessageID)
	}
	if len(refs) > maxReferences {
		refs = append(refs[:1:1], refs[len(refs)-maxReferences+1:]...)
	}
	return refs
}

func prefixed(prefix, subject string, known ...string) string {
	lower := strings.ToLower(strings.TrimSpace(subject))
	if slices.ContainsFunc(known, func(k string) bool { return strings.HasPrefix(lower, k) }) {
		return subject
	}
	return prefix + subject
}

func has(list []Address, a Address) bool {
	return slices.ContainsFunc(list, func(b Address) bool { return strings.EqualFold(a.Address, b.Address) })
}
