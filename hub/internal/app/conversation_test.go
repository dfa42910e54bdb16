package app_test

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/mailpeers"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/ticket"
)

// peersOf are real mail servers as a channel and citizens reach them.
func peersOf(p *mailpeers.Peers) post {
	return post{
		imap: net.JoinHostPort(p.Host, strconv.Itoa(p.IMAP)), smtp: net.JoinHostPort(p.Host, strconv.Itoa(p.SMTP)),
		town: "urp@comune.esempio.it", password: mailpeers.Password,
	}
}

// Dovecot and Postfix: mail becomes a ticket by IDLE, the reply arrives in the citizen's mailbox, and each way in which a
// mail program may answer leads back to the same ticket.
func TestConversationThroughDovecotAndPostfix(t *testing.T) {
	t.Parallel()
	peers := mailpeers.Start(t)
	mail := peersOf(peers)
	s := newSite(t, nil)
	posta := s.addMailbox(t, "posta", mail.settings(t, mail.town), mailpeers.Password)
	h := s.start(t)
	h.ready(t, posta)

	// Delivered by LMTP, as by the town's own relay. Without IDLE the adapter would look every 15 s, so that each but the
	// first would wait that long; the fastest of them counts, because other tests share the machine.
	const letters = 5
	var waits []time.Duration
	for range letters {
		anna, about := mail.citizen("example.com"), mark()
		peers.Deliver(t, anna.address, mail.town, []byte(anna.letter("Buca "+about, "C'è una buca.")))
		delivered := time.Now()
		h.ticket(t, about)
		waits = append(waits, time.Since(delivered).Round(time.Millisecond))
	}
	t.Logf("from delivery to the ticket: %v", waits)
	require.Less(t, slices.Min(waits[1:]), 7*time.Second)

	maria, about := mail.citizen("example.com"), mark()
	first := maria.letter("Lampione spento "+about, "Il lampione di via Roma è spento.")
	maria.write(t, first)
	tk := h.ticket(t, about)
	in := h.awaitInbound(t, tk.Number, 1)
	require.Equal(t, ticket.ReasonNew, value(in.ThreadingReason))
	require.Equal(t, maria.address, in.From.Address)
	require.False(t, value(in.SenderAuthenticated), "these servers prove nobody")
	require.Equal(t, "Il lampione di via Roma è spento.", strings.TrimSpace(in.Text))

	ack := maria.acknowledged(t)
	require.Contains(t, ack.text, tk.Number)
	secret := trackingSecret(t, ack)
	shown := outbound(h.messages(t, tk.Number))[0]
	require.Equal(t, string(ticket.ClassAcknowledgement), shown.Class)
	require.NotContains(t, shown.Text, secret, "operators do not see the citizen's code")

	sent := h.reply(t, tk.Number, api.Reply{Text: "Gentile Maria, domani è riparato. " + mark()})
	answer := maria.answered(t, sent.Text)
	h.awaitState(t, sent, api.DeliveryStateAccepted)
	require.Equal(t, firstID(t, first), answer.Get("In-Reply-To"))
	require.Contains(t, answer.Get("References"), firstID(t, first))
	require.Contains(t, answer.Get("Subject"), tk.Number)
	require.Empty(t, answer.Get("Auto-Submitted"), "a person wrote it")
	replyTo := addressOf(t, answer, "Reply-To")
	require.Regexp(t, `^urp\+t[a-z2-7]{26}@comune\.esempio\.it$`, replyTo)

	subject := "Re: " + decoded(t, answer.Get("Subject"))
	for n, way := range []struct {
		name, to string
		headers  []string
	}{
		{"references", mail.town, []string{"In-Reply-To: " + answer.Get("Message-Id") + "\r\n",
			"References: " + firstID(t, first) + " " + answer.Get("Message-Id") + "\r\n"}},
		{"In-Reply-To only", mail.town, []string{"In-Reply-To: " + answer.Get("Message-Id") + "\r\n"}},
		{"references rewritten, answered to the address of the mail", replyTo,
			[]string{"In-Reply-To: <rewritten@relay.example.com>\r\n", "References: <rewritten@relay.example.com>\r\n"}},
	} {
		maria.send(t, maria.address, way.to, []byte(maria.letter(subject, "Grazie, "+way.name+".", way.headers...)))
		back := h.awaitInbound(t, tk.Number, n+2)
		require.Contains(t, back.Text, way.name)
		require.Equal(t, ticket.ReasonToken, value(back.ThreadingReason), way.name)
		require.Equal(t, sent.ID.String(), value(back.ThreadingParams)[ticket.ParamMessage], way.name)
		require.False(t, value(back.SenderThird), way.name)
	}

	// Without any of them the subject alone proves nothing: a new ticket, and the operator decides.
	maria.write(t, maria.letter(subject, "Non trovo più il suo messaggio."))
	both := h.awaitTickets(t, about, 2)
	require.Equal(t, ticket.ReasonNewSuggested, value(h.awaitInbound(t, both[0].Number, 1).ThreadingReason))
	require.Equal(t, tk.Number, both[0].Suggestions[0].Ticket)
	require.Len(t, inbound(h.messages(t, tk.Number)), 4)
}
