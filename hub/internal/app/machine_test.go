package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/ticket"
)

// mechanical is mail that a machine writes about a letter of ours.
type mechanical struct {
	class ticket.Class
	write func(o office, anna citizen, ours letter, text string) string
}

// multipart is a report (RFC 6522) of a kind, with its machine-readable part and the head of the letter it is about.
func multipart(o office, from, kind, part, fields, text string, l letter) string {
	head, _, _ := strings.Cut(string(l.raw), "\r\n\r\n")
	return strings.Join([]string{
		"Return-Path: <>", "From: " + from, "To: <" + o.town + ">", "Subject: Rapporto", "Message-ID: <" + mark() + "@mx.posta.example>",
		"Date: Mon, 02 Mar 2026 11:00:00 +0100", "MIME-Version: 1.0",
		"Content-Type: multipart/report; report-type=" + kind + `; boundary="=_r"`, "",
		"--=_r", "Content-Type: text/plain", "", text, "--=_r", "Content-Type: " + part, "", fields, "",
		"--=_r", "Content-Type: text/rfc822-headers", "", head, "--=_r--", "",
	}, "\r\n")
}

func status(action, code string) func(office, citizen, letter, string) string {
	return func(o office, anna citizen, ours letter, text string) string {
		fields := "Reporting-MTA: dns; mx.posta.example\r\n\r\nFinal-Recipient: rfc822; " + anna.address + "\r\nAction: " + action + "\r\nStatus: " + code
		return multipart(o, "MAILER-DAEMON@mx.posta.example", "delivery-status", "message/delivery-status", fields, text, ours)
	}
}

func simple(fields ...string) func(office, citizen, letter, string) string {
	return func(_ office, anna citizen, ours letter, text string) string {
		return anna.letter("R: "+ours.Get("Subject"), text, append(fields, "In-Reply-To: "+ours.Get("Message-Id")+"\r\n")...)
	}
}

func machines() []mechanical {
	return []mechanical{
		{ticket.ClassAutoReply, simple("Auto-Submitted: auto-replied\r\n")},
		{ticket.ClassOutOfOffice, simple("X-Auto-Response-Suppress: All\r\n", "X-MS-Exchange-Inbox-Rules-Loop: a@posta.example\r\n")},
		{ticket.ClassList, simple("List-Id: <tutti.posta.example>\r\n", "Precedence: list\r\n")},
		{ticket.ClassOwnLoop, func(o office, anna citizen, ours letter, text string) string {
			return strings.Replace(simple()(o, anna, ours, text), "From: <"+anna.address+">", "From: <"+o.town+">", 1)
		}},
		{ticket.ClassReceipt, func(o office, anna citizen, ours letter, text string) string {
			fields := "Final-Recipient: rfc822; " + anna.address + "\r\nOriginal-Message-ID: " + ours.Get("Message-Id") +
				"\r\nDisposition: automatic-action/MDN-sent-automatically; deleted"
			return multipart(o, anna.address, "disposition-notification", "message/disposition-notification", fields, text, ours)
		}},
		{ticket.ClassFeedback, func(o office, _ citizen, ours letter, text string) string {
			fields := "Feedback-Type: abuse\r\nUser-Agent: Posta/1\r\nVersion: 1"
			return multipart(o, "abuse@posta.example", "feedback-report", "message/feedback-report", fields, text, ours)
		}},
		{ticket.ClassDelayed, status("delayed", "4.4.1")},
		{ticket.ClassBounceSoft, status("failed", "4.2.2")},
		{ticket.ClassBounceHard, status("failed", "5.1.1")},
	}
}

// Mail of every kind of machine is kept with the letter that caused it, opens nothing, makes nobody wait and is never
// answered; only what says for good that an address does not exist marks it.
func TestMachineMail(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	anna, about := o.citizen(domain), mark()
	anna.write(t, anna.letter("Buca "+about, "C'è una buca."))
	tk := o.ticket(t, about)
	anna.acknowledged(t)
	sent := o.reply(t, tk.Number, api.Reply{Text: "Riparata. " + mark()})
	answer := anna.answered(t, sent.Text)
	o.awaitState(t, sent, api.DeliveryStateAccepted)
	over := api.TicketStatus("resolved")
	closed := ask[api.Ticket](t, o.desk, http.MethodPatch, "/tickets/"+tk.Number, map[string]any{
		"version": get[api.Ticket](t, o.desk, "/tickets/"+tk.Number).Version, "status": over,
	}, http.StatusOK)

	undeliverable := func() bool {
		return get[api.Contact](t, o.desk, "/contacts/"+tk.Contact.ID.String()).Addresses[0].UndeliverableSince != nil
	}
	for n, m := range machines() {
		text := mark()
		o.deposit(t, m.write(o, anna, answer, text))
		in := o.awaitInbound(t, tk.Number, n+2)
		require.Equal(t, string(m.class), in.Class, m.class)
		require.Contains(t, in.Text, text, m.class)
		require.Equal(t, sent.ID.String(), value(in.ThreadingParams)[ticket.ParamMessage], m.class)
		require.False(t, value(in.SenderThird), m.class)
		require.Equal(t, m.class == ticket.ClassBounceHard, undeliverable(), m.class)
		failed := slices.Contains([]ticket.Class{ticket.ClassBounceSoft, ticket.ClassBounceHard}, m.class)
		require.Equal(t, failed, o.awaitDelivery(t, sent).State == api.DeliveryStateFailed, m.class)
		now := get[api.Ticket](t, o.desk, "/tickets/"+tk.Number)
		require.Equal(t, over, now.Status, m.class)
		require.Nil(t, now.WaitingSince, m.class)
		require.Equal(t, closed.LastMessageAt, now.LastMessageAt, m.class)
	}
	require.Len(t, outbound(o.messages(t, tk.Number)), 2, "acknowledgement and reply, nothing else")
	require.Len(t, anna.inbox(t), 2)
	require.Empty(t, list[api.QuarantineItem](t, o.desk, "/quarantine"))
}

// awaitDelivery is the one delivery of a message as it is now.
func (d desk) awaitDelivery(t *testing.T, message api.Message) api.Delivery {
	t.Helper()
	all := get[api.Message](t, d, "/messages/"+message.ID.String()).Deliveries
	require.Len(t, all, 1)
	return all[0]
}

// Two towns that write to each other: each acknowledges what people write, and knows the other's acknowledgement.
func TestTwoHubsDoNotAnswerEachOther(t *testing.T) {
	t.Parallel()
	const east, west = "est@comune.valdoria.example", "ovest@comune.valdoria.example"
	_, mail := newWorld(t, east, west)
	var hubs []*hub
	for _, box := range []string{east, west} {
		s := newSite(t, nil)
		posta := s.addMailbox(t, "posta", mail.settings(t, box), townPassword)
		h := s.start(t)
		h.ready(t, posta)
		hubs = append(hubs, h)
	}
	about := mark()
	asked := citizen{post: mail, address: west}
	asked.write(t, asked.letter("Gemellaggio "+about, "Vi scriviamo dal Comune di Ovest."))
	tk := hubs[0].ticket(t, about)
	item := hubs[1].quarantined(t, func(q api.QuarantineItem) bool { return strings.Contains(value(q.Subject), tk.Number) })
	require.Equal(t, "machine_unmatched", item.Reason.Code)
	// What comes after has come after whatever either would have answered.
	last, later := mail.citizen(domain), mark()
	for i, box := range []string{east, west} {
		last.send(t, last.address, box, []byte(last.letter("Dopo "+later, "Dopo.")))
		hubs[i].ticket(t, later)
	}
	require.Len(t, mail.open(t, east, townPassword, "INBOX"), 2, "the first letter, and the later one")
	require.Len(t, mail.open(t, west, townPassword, "INBOX"), 2, "one acknowledgement, and the later letter")
}
