package app_test

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/ticket"
)

// office is a running hub with one mailbox in a simulated world.
type office struct {
	post
	*hub

	world *simulator.World
}

func newOffice(t *testing.T) office {
	t.Helper()
	world, mail := newWorld(t)
	s := newSite(t, nil)
	posta := s.addMailbox(t, "posta", mail.settings(t, townMailbox), townPassword)
	h := s.start(t)
	h.ready(t, posta)
	return office{mail, h, world}
}

const domain = "posta.example"

// Each case is a mail or two that no standard allows, or that somebody wrote to do harm, through the whole hub.
func TestAwkwardMail(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for name, test := range map[string]func(*testing.T, office){
		"no From":                          noFrom,
		"no From and no return path":       nobody,
		"no Message-ID":                    noMessageID,
		"charsets":                         charsets,
		"one Message-ID on two mails":      sameID,
		"the same mail twice":              sameMail,
		"line breaks in name and subject":  lineBreaks,
		"a stranger who knows a number":    stranger,
		"a forged sender":                  forged,
		"out of office to acknowledgement": outOfOffice,
		"a machine about nothing":          machine,
		"a reply that bounces":             bounce,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, o)
		})
	}
}

// without is a mail without one of its fields.
func without(raw, field string) string {
	return regexp.MustCompile(`(?m)^`+field+`: .*\r\n`).ReplaceAllString(raw, "")
}

func noFrom(t *testing.T, o office) {
	anna, about := o.citizen(domain), mark()
	anna.write(t, without(anna.letter("Buca "+about, "C'è una buca."), "From"))
	tk := o.ticket(t, about)
	in := o.awaitInbound(t, tk.Number, 1)
	require.Equal(t, anna.address, in.From.Address, "the envelope tells")
	require.False(t, value(in.SenderAuthenticated))
	require.Contains(t, anna.acknowledged(t).text, tk.Number)
}

// Nobody stands on it and nobody would hear of its failure: only machines write so.
func nobody(t *testing.T, o office) {
	anna, about := o.citizen(domain), mark()
	raw := without(anna.letter("Buca "+about, "C'è una buca."), "From")
	o.send(t, "", townMailbox, []byte(raw))
	item := o.quarantined(t, func(q api.QuarantineItem) bool { return value(q.Subject) == "Buca "+about })
	require.Equal(t, "machine_unmatched", item.Reason.Code)
	require.Contains(t, value(item.Preview), "C'è una buca.", "a person can read it")
	code, original := o.call(t, http.MethodGet, item.RawURL, nil)
	require.Equal(t, http.StatusOK, code)
	require.True(t, strings.HasSuffix(string(original), raw))
	// And put it where it belongs.
	anna.write(t, anna.letter("Altro "+about, "Altro."))
	tk := o.ticket(t, about)
	path := "/quarantine/" + item.ID.String() + "/assign"
	filed := ask[api.QuarantineItem](t, o.desk, http.MethodPost, path, api.QuarantineAssign{Ticket: tk.Number}, http.StatusOK)
	require.Equal(t, api.QuarantineItemStateFiled, filed.State)
	o.awaitInbound(t, tk.Number, 2)
	first := o.messages(t, tk.Number)[0]
	require.Equal(t, ticket.ReasonManual, value(first.ThreadingReason))
	require.Empty(t, first.From.Address)
}

func noMessageID(t *testing.T, o office) {
	anna, about := o.citizen(domain), mark()
	raw := without(anna.letter("Buca "+about, "C'è una buca."), "Message-ID")
	anna.write(t, raw)
	tk := o.ticket(t, about)
	sent := o.reply(t, tk.Number, api.Reply{Text: "Grazie. " + mark()})
	answer := anna.answered(t, sent.Text)
	require.Empty(t, answer.Get("In-Reply-To"), "nothing can be named")
	anna.send(t, anna.address, townMailbox, []byte(anna.letter("Re: Buca "+about, "Prego.", "In-Reply-To: "+answer.Get("Message-Id")+"\r\n")))
	require.Equal(t, ticket.ReasonToken, value(o.awaitInbound(t, tk.Number, 2).ThreadingReason))
}

func charsets(t *testing.T, o office) {
	for name, c := range map[string]struct{ contentType, body, text string }{
		"Latin-1 that says UTF-8": {"text/plain; charset=utf-8", "Perch\xe9 no? Citt\xe0", "Perché no? Città"},
		"8 bits undeclared":       {"", "Perch\xe9 no? Citt\xe0", "Perché no? Città"},
		"UTF-8 that says ASCII":   {"text/plain; charset=us-ascii", "Perché no? Città", "Perché no? Città"},
		"an unknown charset":      {"text/plain; charset=x-comune-8", "Perché no? Città", "Perché no? Città"},
		"a broken parameter":      {`text/plain; charset="utf-8; format`, "Perché no? Città", "Perché no? Città"},
		"NUL and control bytes":   {"text/plain; charset=utf-8", "Perch\x00é no? \x07Città", "no?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			anna, about := o.citizen(domain), mark()
			raw := without(anna.letter("Caratteri "+about, c.body), "Content-Type")
			if c.contentType != "" {
				raw = "Content-Type: " + c.contentType + "\r\n" + raw
			}
			anna.write(t, raw)
			in := o.awaitInbound(t, o.ticket(t, about).Number, 1)
			require.Contains(t, in.Text, c.text)
			code, original := o.call(t, http.MethodGet, value(in.RawURL), nil)
			require.Equal(t, http.StatusOK, code)
			require.True(t, strings.HasSuffix(string(original), raw), "the original is kept byte by byte")
		})
	}
}

func sameID(t *testing.T, o office) {
	anna, about := o.citizen(domain), mark()
	raw := anna.letter("Buca "+about, "C'è una buca in via Roma.")
	anna.write(t, raw)
	o.ticket(t, about)
	anna.write(t, strings.Replace(raw, "in via Roma", "in via Milano", 1))
	both := o.awaitTickets(t, about, 2)
	second, first := o.awaitInbound(t, both[0].Number, 1), o.awaitInbound(t, both[1].Number, 1)
	require.Contains(t, first.Text, "via Roma")
	require.NotContains(t, first.Flags, "id_reused")
	require.Contains(t, second.Text, "via Milano")
	require.Equal(t, "true", value(second.ThreadingParams)[ticket.ParamIDReused], "the operator sees that the identifier is used")
}

func sameMail(t *testing.T, o office) {
	anna, about := o.citizen(domain), mark()
	raw := anna.letter("Buca "+about, "C'è una buca.")
	anna.write(t, raw)
	tk := o.ticket(t, about)
	in := o.awaitInbound(t, tk.Number, 1)
	require.NotContains(t, in.Flags, "copies")
	// Once more as it is, and once more over another way, with other trace fields and line lengths.
	anna.write(t, raw)
	anna.write(t, "Received: from a by b; Mon, 02 Mar 2026 09:00:03 +0100\r\nX-Spam-Score: 0\r\n"+raw)
	last := mark()
	anna.write(t, anna.letter("Altro "+last, "Altro."))
	o.ticket(t, last)
	require.Len(t, o.tickets(t, about), 1)
	all := o.messages(t, tk.Number)
	require.Len(t, inbound(all), 1)
	require.Contains(t, inbound(all)[0].Flags, "copies")
	require.Len(t, outbound(all), 1, "one acknowledgement")
}

func lineBreaks(t *testing.T, o office) {
	anna, victim, about := o.citizen(domain), o.citizen(domain), mark()
	word := func(s string) string { return "=?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte(s)) + "?=" }
	raw := anna.letter(word("Buca "+about+"\r\nBcc: "+victim.address+"\r\nX-Finto: 1"), "C'è una buca.",
		"Reply-To: "+word("Anna\r\nBcc: "+victim.address)+" <"+anna.address+">\r\n", "Thread-Topic: "+word("x\r\nX-Finto: 2")+"\r\n")
	raw = strings.Replace(raw, "From: <", "From: "+word("Anna\r\nX-Finto: 3\r\n\r\ncorpo")+" <", 1)
	anna.write(t, raw)
	tk := o.ticket(t, about)
	require.NotContains(t, tk.Subject, "\n")
	sent := o.reply(t, tk.Number, api.Reply{Text: "Arriviamo. " + mark(), Subject: new("Buca\r\nBcc: " + victim.address)})
	for _, l := range []letter{anna.acknowledged(t), anna.answered(t, sent.Text)} {
		require.Empty(t, l.Get("X-Finto"))
		require.Empty(t, l.Get("Bcc"))
		require.NotContains(t, l.Get("Subject"), "\n")
	}
	for _, e := range o.world.Journal().After(0, 0) {
		require.NotContains(t, e.To, victim.address)
	}
}

func stranger(t *testing.T, o office) {
	anna, eve, about, curious := o.citizen(domain), o.citizen("libero-mail.example"), mark(), mark()
	anna.write(t, anna.letter("Multa "+about, "Ho ricevuto una multa ingiusta."))
	known := o.ticket(t, about)
	anna.acknowledged(t)
	eve.write(t, eve.letter("Re: Multa [Rif. "+known.Number+"] "+curious, "Mi dica a che punto è la pratica "+known.Number+"."))
	made := o.ticket(t, curious)
	require.NotEqual(t, known.Number, made.Number)
	in := o.awaitInbound(t, made.Number, 1)
	require.True(t, value(in.SenderAuthenticated), "it is really she, and that is not enough")
	require.Equal(t, ticket.ReasonNewSuggested, value(in.ThreadingReason))
	require.Len(t, made.Suggestions, 1)
	require.Equal(t, known.Number, made.Suggestions[0].Ticket)
	require.Equal(t, ticket.SuggestNumber, made.Suggestions[0].Reason.Code)

	ack := eve.acknowledged(t)
	require.Contains(t, ack.text, made.Number)
	require.NotContains(t, string(ack.raw), known.Number)
	sent := o.reply(t, known.Number, api.Reply{Text: "Solo per Anna. " + mark()})
	anna.answered(t, sent.Text)
	require.Len(t, eve.inbox(t), 1, "nothing but the acknowledgement of her own ticket")
	require.Len(t, inbound(o.messages(t, known.Number)), 1)
}

func forged(t *testing.T, o office) {
	anna, eve, about, again := o.citizen(domain), o.citizen("libero-mail.example"), mark(), mark()
	anna.write(t, anna.letter("Multa "+about, "Ho ricevuto una multa ingiusta."))
	known := o.ticket(t, about)
	in := o.awaitInbound(t, known.Number, 1)
	require.True(t, value(in.SenderAuthenticated))
	// In Anna's name and with her ticket's number, from elsewhere; the verdict that it brings along is its own.
	eve.write(t, "Authentication-Results: "+simulator.DefaultAuthServID+"; dmarc=pass header.from="+domain+"\r\n"+
		anna.letter("Re: Multa [Rif. "+known.Number+"] "+again, "Ritiro la richiesta."))
	made := o.ticket(t, again)
	bogus := o.awaitInbound(t, made.Number, 1)
	require.False(t, value(bogus.SenderAuthenticated))
	require.Equal(t, ticket.ReasonNewSuggested, value(bogus.ThreadingReason))
	require.Len(t, inbound(o.messages(t, known.Number)), 1)
}

// The answering machine of a citizen speaks to our own: it is filed with the conversation, and nothing answers it.
func outOfOffice(t *testing.T, o office) {
	anna, about := o.citizen(domain), mark()
	anna.write(t, anna.letter("Buca "+about, "C'è una buca."))
	tk := o.ticket(t, about)
	ack := anna.acknowledged(t)
	o.send(t, "", townMailbox, []byte(anna.letter("Risposta automatica: "+decoded(t, ack.Get("Subject")), "Sono in ferie fino a lunedì.",
		"Auto-Submitted: auto-replied\r\n", "In-Reply-To: "+ack.Get("Message-Id")+"\r\n")))
	in := o.awaitInbound(t, tk.Number, 2)
	require.True(t, in.Automatic)
	require.NotEqual(t, string(ticket.ClassHuman), in.Class)
	// An answer would have been written with the message.
	require.Len(t, outbound(o.messages(t, tk.Number)), 1)
	require.Len(t, anna.inbox(t), 1)
}

func machine(t *testing.T, o office) {
	anna, about := o.citizen(domain), mark()
	anna.write(t, anna.letter("Fuori ufficio "+about, "Sono in ferie.", "Auto-Submitted: auto-replied\r\n"))
	item := o.quarantined(t, func(q api.QuarantineItem) bool { return strings.Contains(value(q.Subject), about) })
	require.Equal(t, "machine_unmatched", item.Reason.Code)
	require.Empty(t, o.tickets(t, about))
	require.Empty(t, anna.inbox(t))
}

func bounce(t *testing.T, o office) {
	anna, about := o.citizen(domain), mark()
	anna.write(t, anna.letter("Buca "+about, "C'è una buca."))
	tk := o.ticket(t, about)
	sent := o.reply(t, tk.Number, api.Reply{Text: "Arriviamo. " + mark()})
	answer := anna.answered(t, sent.Text)
	o.awaitState(t, sent, api.DeliveryStateAccepted)
	o.send(t, "", strings.Trim(answer.Get("Return-Path"), "<>"), report(anna.address, answer))

	sent = o.awaitState(t, sent, api.DeliveryStateFailed)
	require.Equal(t, "recipient", sent.Deliveries[0].Error.Class)
	in := o.awaitInbound(t, tk.Number, 2)
	require.Equal(t, string(ticket.ClassBounceHard), in.Class)
	require.Contains(t, get[api.Ticket](t, o.desk, "/tickets/"+tk.Number).Attention, api.AttentionDeliveryFailed)
	contact := get[api.Contact](t, o.desk, "/contacts/"+tk.Contact.ID.String())
	require.NotNil(t, contact.Addresses[0].UndeliverableSince)
	choice := get[api.DeliveryChoice](t, o.desk, "/tickets/"+tk.Number+"/delivery-choice")
	require.Nil(t, choice.Choice, "nothing goes there unless an operator insists")
	require.Equal(t, "undeliverable", choice.Skipped[0].Reason.Code)
	require.Len(t, outbound(o.messages(t, tk.Number)), 2, "a bounce is not answered")
}

// report is a delivery status notification (RFC 3464) about a letter of the town.
func report(to string, l letter) []byte {
	head, _, _ := strings.Cut(string(l.raw), "\r\n\r\n")
	return []byte(strings.Join([]string{
		"From: Mail Delivery System <MAILER-DAEMON@mx.posta.example>", "Subject: Undelivered Mail Returned to Sender",
		"Message-ID: <" + mark() + "@mx.posta.example>", "Auto-Submitted: auto-replied", "MIME-Version: 1.0",
		`Content-Type: multipart/report; report-type=delivery-status; boundary="=_r"`, "",
		"--=_r", "Content-Type: text/plain", "", "The mail system could not deliver your message: user unknown.",
		"--=_r", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.posta.example", "",
		"Final-Recipient: rfc822; " + to, "Action: failed", "Status: 5.1.1", "Diagnostic-Code: smtp; 550 5.1.1 User unknown", "",
		"--=_r", "Content-Type: text/rfc822-headers", "", head, "--=_r--", "",
	}, "\r\n"))
}
