package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/ticket"
)

// deposit puts a mail into the town's mailbox as the town's server leaves it there, whatever stands in its header.
func (p post) deposit(t *testing.T, raws ...string) {
	t.Helper()
	c, err := imapclient.DialInsecure(p.imap, nil)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.Login(p.town, townPassword).Wait())
	for _, raw := range raws {
		w := c.Append("INBOX", int64(len(raw)), nil)
		_, err := w.Write([]byte(raw))
		require.NoError(t, err)
		require.NoError(t, w.Close())
		_, err = w.Wait()
		require.NoError(t, err)
	}
}

// The verdicts that the town's own server puts on top of a mail.
const (
	proved  = "Authentication-Results: " + simulator.DefaultAuthServID + "; spf=pass; dkim=pass header.d=%; dmarc=pass header.from=%\r\n"
	refuted = "Authentication-Results: " + simulator.DefaultAuthServID + "; spf=fail; dkim=none; dmarc=fail header.from=%\r\n"
)

func verdict(form, domain string) string { return strings.ReplaceAll(form, "%", domain) }

// victim is a ticket of Anna's, and everything of it that somebody else may have got hold of.
type victim struct {
	office

	anna   citizen
	number string
	// letter is the identifier of Anna's mail, reply that of ours; replyTo is our address with the token made for Anna.
	subject, letter, reply, replyTo string
}

// forgery is a mail that somebody other than Anna sends.
type forgery struct {
	name string
	// write makes it; eve is an address of nobody else, text is to stand in its body.
	write func(v victim, eve citizen, text string) string
	// joins says that it comes on Anna's ticket, as the law of tokens says: as a third person's, never as Anna's.
	joins   bool
	reason  string
	suggest string
	proved  bool
	// copied: Eve is somebody whom Anna had put in copy of her first letter.
	copied bool
	// from is the sender shown, Eve unless given.
	from string
}

// say is a mail from one to the town, as it stands in the mailbox.
func (v victim) say(form, from, subject, text string, fields ...string) string {
	address := from[strings.LastIndexByte(from, '<')+1:]
	at := strings.TrimSuffix(address[strings.LastIndexByte(address, '@')+1:], ">")
	return verdict(form, at) + "From: " + from + "\r\nTo: <" + v.town + ">\r\nSubject: " + subject + "\r\nMessage-ID: <" + mark() +
		"@altrove.example>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0100\r\n" + strings.Join(fields, "") + "\r\n" + text + "\r\n"
}

func forgeries() []forgery {
	tagged := func(v victim, subject string) string { return "Re: " + subject + " [Rif. " + v.number + "]" }
	return []forgery{
		{name: "the right number", proved: true, reason: ticket.ReasonNewSuggested, suggest: ticket.SuggestNumber,
			write: func(v victim, eve citizen, text string) string {
				return v.say(proved, "<"+eve.address+">", tagged(v, v.subject), text)
			}},
		{name: "the number in the body", proved: true, reason: ticket.ReasonNew,
			write: func(v victim, eve citizen, text string) string {
				return v.say(proved, "<"+eve.address+">", "Informazioni", text+" La mia pratica è "+v.number+" [Rif. "+v.number+"].")
			}},
		{name: "the subject of the ticket", proved: true, reason: ticket.ReasonNew,
			write: func(v victim, eve citizen, text string) string {
				return v.say(proved, "<"+eve.address+">", v.subject, text)
			}},
		{name: "a replayed token", proved: true, joins: true, reason: ticket.ReasonTokenThird,
			write: func(v victim, eve citizen, text string) string {
				raw := v.say(proved, "<"+eve.address+">", tagged(v, v.subject), text)
				return strings.Replace(raw, "To: <"+v.town+">", "To: <"+v.replyTo+">", 1)
			}},
		{name: "a token in a forwarded mail", proved: true, joins: true, reason: ticket.ReasonTokenThird,
			write: func(v victim, eve citizen, text string) string {
				return v.say(proved, "<"+eve.address+">", "I: "+v.subject, text+"\r\n\r\nDa: Comune\r\nRispondi a: "+v.replyTo)
			}},
		{name: "our Message-ID", proved: true, joins: true, reason: ticket.ReasonTokenThird,
			write: func(v victim, eve citizen, text string) string {
				return v.say(proved, "<"+eve.address+">", tagged(v, v.subject), text, "In-Reply-To: "+v.reply+"\r\n")
			}},
		{name: "a token with a wrong letter", proved: true, reason: ticket.ReasonNew,
			write: func(v victim, eve citizen, text string) string {
				i := strings.IndexByte(v.replyTo, '+') + 5
				wrong := v.replyTo[:i] + string('a'+(v.replyTo[i]-'a'+1)%20) + v.replyTo[i+1:]
				raw := v.say(proved, "<"+eve.address+">", "Re: altro", text)
				return strings.Replace(raw, "To: <"+v.town+">", "To: <"+wrong+">", 1)
			}},
		{name: "the identifier of Anna's mail", proved: true, reason: ticket.ReasonNewSuggested, suggest: ticket.SuggestReference,
			write: func(v victim, eve citizen, text string) string {
				return v.say(proved, "<"+eve.address+">", "Re: "+v.subject, text, "In-Reply-To: "+v.letter+"\r\n", "References: "+v.letter+"\r\n")
			}},
		{name: "Anna's name", proved: true, reason: ticket.ReasonNewSuggested, suggest: ticket.SuggestNumber,
			write: func(v victim, eve citizen, text string) string {
				return v.say(proved, `"`+v.anna.address+`" <`+eve.address+">", tagged(v, v.subject), text)
			}},
		{name: "Anna's address in an encoded word", proved: true, reason: ticket.ReasonNewSuggested, suggest: ticket.SuggestNumber,
			write: func(v victim, eve citizen, text string) string {
				word := "=?utf-8?q?" + strings.ReplaceAll(v.anna.address, "@", "=40") + "=20=3C" + strings.ReplaceAll(v.anna.address, "@", "=40") + "=3E?="
				return v.say(proved, word+" <"+eve.address+">", tagged(v, v.subject), text)
			}},
		{name: "Anna's address, SPF fails", reason: ticket.ReasonNewSuggested, suggest: ticket.SuggestNumber, from: "anna",
			write: func(v victim, _ citizen, text string) string {
				return v.say(refuted, "<"+v.anna.address+">", tagged(v, v.subject), text)
			}},
		{name: "Anna's address and a token, SPF fails", joins: true, reason: ticket.ReasonTokenUnproved, from: "anna",
			write: func(v victim, eve citizen, text string) string {
				return v.say(refuted, "<"+v.anna.address+">", tagged(v, v.subject), text, "In-Reply-To: "+v.reply+"\r\n", "Reply-To: <"+eve.address+">\r\n")
			}},
		{name: "the verdict of a server we do not know", reason: ticket.ReasonNewSuggested, suggest: ticket.SuggestNumber, from: "anna",
			write: func(v victim, _ citizen, text string) string {
				return v.say("Authentication-Results: mx.altrove.example; dmarc=pass header.from=%\r\n", "<"+v.anna.address+">", tagged(v, v.subject), text)
			}},
		{name: "a verdict below that of our server", reason: ticket.ReasonNewSuggested, suggest: ticket.SuggestNumber, from: "anna",
			write: func(v victim, _ citizen, text string) string {
				return v.say(refuted+proved, "<"+v.anna.address+">", tagged(v, v.subject), text)
			}},
		{name: "a verdict in a comment", reason: ticket.ReasonNewSuggested, suggest: ticket.SuggestNumber, from: "anna",
			write: func(v victim, _ citizen, text string) string {
				form := "Authentication-Results: " + simulator.DefaultAuthServID + " (dmarc=pass header.from=%); spf=none reason=\"; dmarc=pass header.from=%\"\r\n"
				return v.say(form, "<"+v.anna.address+">", tagged(v, v.subject), text)
			}},
		{name: "two senders", reason: ticket.ReasonNewSuggested, suggest: ticket.SuggestNumber, from: "anna",
			write: func(v victim, eve citizen, text string) string {
				raw := v.say(proved, "<"+eve.address+">", tagged(v, v.subject), text)
				return strings.Replace(raw, "From: <", "From: <"+v.anna.address+">, <", 1)
			}},
		{name: "what looks like certified mail", proved: true, reason: ticket.ReasonNewSuggested, suggest: ticket.SuggestNumber,
			write: func(v victim, eve citizen, text string) string {
				return v.say(proved, `"Per conto di: `+v.anna.address+`" <`+eve.address+">", "POSTA CERTIFICATA: "+tagged(v, v.subject), text,
					"X-Trasporto: posta-certificata\r\n", "Reply-To: <"+v.anna.address+">\r\n")
			}},
		{name: "an answer of one whom Anna had put in copy", copied: true, proved: true, joins: true, reason: ticket.ReasonExternalIDThird,
			write: func(v victim, eve citizen, text string) string {
				return v.say(proved, "<"+eve.address+">", "Re: "+v.subject, text, "In-Reply-To: "+v.letter+"\r\n")
			}},
		{name: "the same, not proved", copied: true, reason: ticket.ReasonNewSuggested, suggest: ticket.SuggestReference,
			write: func(v victim, eve citizen, text string) string {
				return v.say(refuted, "<"+eve.address+">", "Re: "+v.subject, text, "In-Reply-To: "+v.letter+"\r\n")
			}},
	}
}

// Whatever others write, nothing comes on Anna's ticket but what carries a token or answers what it was addressed to, and
// that as a third person's; and nobody but Anna hears of it.
func TestForgedMail(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	v := victim{office: o, anna: o.citizen(domain), subject: "Multa ingiusta " + mark()}
	friend := o.citizen("libero-mail.example")
	letter := v.say(proved, "<"+v.anna.address+">", v.subject, "Ho ricevuto una multa ingiusta.", "Cc: <"+friend.address+">\r\n")
	v.letter = firstID(t, letter)
	o.deposit(t, letter)
	v.number = o.ticket(t, v.subject).Number
	sent := o.reply(t, v.number, api.Reply{Text: "Controlliamo. " + mark()})
	answer := v.anna.answered(t, sent.Text)
	v.reply, v.replyTo = answer.Get("Message-Id"), addressOf(t, answer, "Reply-To")
	require.NotContains(t, answer.Get("To")+answer.Get("Cc"), friend.address, "nobody becomes a reader by being in copy")

	all := forgeries()
	eves, texts, raws := make([]citizen, len(all)), make([]string, len(all)), make([]string, len(all))
	for i, f := range all {
		eves[i], texts[i] = o.citizen("libero-mail.example"), mark()
		if f.copied {
			eves[i] = friend
		}
		raws[i] = f.write(v, eves[i], texts[i])
	}
	o.deposit(t, raws...)
	for i, m := range o.filed(t, texts) {
		f := all[i]
		require.Equal(t, f.joins, m.Ticket == v.number, f.name)
		require.Equal(t, f.reason, value(m.ThreadingReason), f.name)
		require.Equal(t, f.joins, value(m.SenderThird), f.name)
		require.Equal(t, f.proved, value(m.SenderAuthenticated), f.name)
		want := eves[i].address
		if f.from == "anna" {
			want = v.anna.address
		}
		require.Equal(t, want, m.From.Address, f.name)
		if !f.joins {
			require.Equal(t, f.suggest, o.suggested(t, m.Ticket, v.number), f.name)
		}
	}
	o.nothingDisclosed(t, v, all, eves)
}

// nothingDisclosed writes to Anna once more, and looks into everybody's mailbox.
func (o office) nothingDisclosed(t *testing.T, v victim, all []forgery, eves []citizen) {
	t.Helper()
	joined := 0
	for _, f := range all {
		if f.joins {
			joined++
		}
	}
	require.Len(t, inbound(o.messages(t, v.number)), 1+joined)
	sent := o.reply(t, v.number, api.Reply{Text: "Solo per Anna. " + mark()})
	require.Len(t, sent.To, 1, "third persons are no recipients")
	require.Equal(t, v.anna.address, sent.To[0].Address)
	require.Empty(t, sent.Cc)
	v.anna.answered(t, sent.Text)
	own := get[api.Ticket](t, o.desk, "/tickets/"+v.number)
	for _, p := range own.Parties {
		require.Equal(t, p.Address == v.anna.address, p.Role == api.PartyRoleRequester, p.Address)
	}
	o.allLeft(t)
	read := 0
	for i, f := range all {
		for _, l := range eves[i].inbox(t) {
			read++
			require.NotContains(t, string(l.raw), v.number, f.name)
			require.NotContains(t, l.text, "Solo per Anna", f.name)
			require.NotEmpty(t, l.Get("Auto-Submitted"), f.name)
		}
	}
	require.Positive(t, read, "what they wrote was acknowledged")
	for _, e := range o.world.Journal().After(0, 0) {
		if slices.Contains(e.To, v.anna.address) {
			continue
		}
		require.NotContains(t, e.Subject, v.number)
	}
}

// allLeft waits until nothing that the town wrote is on its way.
func (d desk) allLeft(t *testing.T) {
	t.Helper()
	await(t, "all that the town wrote to have left", func() bool {
		for _, x := range list[api.TicketSummary](t, d, "/tickets?queue=all&order=newest") {
			for _, m := range outbound(d.messages(t, x.Number)) {
				for _, each := range m.Deliveries {
					if each.State == api.DeliveryStateQueued || each.State == api.DeliveryStateSending {
						return false
					}
				}
			}
		}
		return true
	})
}

// suggested is why a ticket may belong to another, as operators read it; empty when nothing says so.
func (d desk) suggested(t *testing.T, number, other string) (why string) {
	t.Helper()
	for _, s := range get[api.Ticket](t, d, "/tickets/"+number).Suggestions {
		if s.Ticket == other {
			why = s.Reason.Code
		}
	}
	return why
}

// filed waits until every mark stands in a message, and returns those messages.
func (d desk) filed(t *testing.T, marks []string) []api.Message {
	t.Helper()
	found := make([]api.Message, len(marks))
	await(t, "all mails to be filed", func() bool {
		n := 0
		for _, x := range list[api.TicketSummary](t, d, "/tickets?queue=all&order=newest") {
			for _, m := range inbound(d.messages(t, x.Number)) {
				if i := slices.IndexFunc(marks, func(mark string) bool { return strings.Contains(m.Text, mark) }); i >= 0 {
					found[i] = m
					n++
				}
			}
		}
		return n == len(marks)
	})
	return found
}
