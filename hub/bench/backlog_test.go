//go:build bench

package bench

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/mailpeers"
	"sportello.dev/hub/internal/app"
)

// backlog is how many mails wait in the mailbox when it is opened for the first time.
var backlog = flag.Int("backlog", 5000, "mails that wait while new mail is timed")

// freshPatience is far beyond what a new mail takes.
const freshPatience = 5 * time.Minute

// TestBenchBacklog measures how long a new mail takes to be a visible ticket while a great number of older ones drains.
func TestBenchBacklog(t *testing.T) {
	h := startHub(t, server(t))
	peers := mailpeers.StartDovecot(t)
	const mailbox = "urp@comune.esempio.it"
	began := time.Now()
	peers.Fill(t, mailbox, *backlog, func(n int) []byte { return plain(n, mailbox, "Arretrato") })
	t.Logf("%d mails in the mailbox after %s", *backlog, time.Since(began).Round(time.Second))
	addChannel(t, h, "email", map[string]any{"address": mailbox,
		"imap": map[string]any{"host": peers.Host, "port": peers.IMAP, "security": "none", "after_ack": "seen"}},
		"/imap/password", mailpeers.Password)
	awaitFiled(t, h, "Arretrato %")
	began = time.Now()
	var waits []time.Duration
	for n := range min(max(*backlog/500, 5), 50) { // one after the other
		sent := time.Now()
		peers.Deliver(t, citizen(n), mailbox, plain(*backlog+n, mailbox, "Nuova"))
		awaitFiled(t, h, fmt.Sprintf("Nuova %d", *backlog+n))
		waits = append(waits, time.Since(sent))
	}
	drained := filedOf(t, h, "Arretrato %")
	require.Less(t, drained, *backlog, "the backlog was through before the new mail: it proves nothing")
	t.Logf("%d of %d of the backlog were filed by then", drained, *backlog)
	require.Eventually(t, func() bool { return filedOf(t, h, "Arretrato %") >= *backlog }, time.Hour, time.Second)
	took := time.Since(began)
	require.Equal(t, *backlog, filedOf(t, h, "Arretrato %"), "each once")
	slices.Sort(waits)
	report(t, "E-mail: new mail while a backlog drains", figure{
		what: fmt.Sprintf("a new mail from delivery to visible ticket, %d older ones waiting", *backlog),
		is: fmt.Sprintf("p50 %s, longest %s; the backlog took %s (%.0f/s)", waits[len(waits)/2].Round(time.Millisecond),
			waits[len(waits)-1].Round(time.Millisecond), took.Round(time.Second), float64(*backlog)/took.Seconds()),
		bound: "the batch of older mails that is being fetched when it arrives, and the hub's work on what it has of them",
	})
}

// filedOf counts the messages on tickets whose subject is like a pattern.
func filedOf(t *testing.T, h *app.App, subject string) (n int) {
	t.Helper()
	require.NoError(t, h.Pool.QueryRow(t.Context(),
		`SELECT count(*) FROM message WHERE direction = 'inbound' AND subject LIKE $1`, subject).Scan(&n))
	return n
}

// awaitFiled looks among the latest messages only: to count all of them again and again would be a load of its own.
func awaitFiled(t *testing.T, h *app.App, subject string) {
	t.Helper()
	require.Eventually(t, func() bool {
		var there bool
		require.NoError(t, h.Pool.QueryRow(t.Context(),
			`SELECT EXISTS (SELECT FROM (SELECT subject FROM message ORDER BY id DESC LIMIT 1000) m WHERE subject LIKE $1)`, subject).Scan(&there))
		return there
	}, freshPatience, 20*time.Millisecond, "%s is no ticket", subject)
}

// plain is a mail of 2 KB of text.
func plain(n int, to, subject string) []byte {
	return fmt.Appendf(nil, "From: Cittadino <%s>\r\nTo: <%s>\r\nSubject: %s %d\r\nMessage-ID: <a%d@posta.example>\r\n"+
		"Date: Mon, 02 Mar 2026 09:00:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n",
		citizen(n), to, subject, n, n, folded(prose(n, textBytes)))
}
