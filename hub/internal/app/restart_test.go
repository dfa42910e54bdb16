package app_test

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/httpapi/api"
)

// A hub that stops in order leaves everything to the next one: what was to leave leaves once, what arrived meanwhile
// comes in, and what is there stays as it is.
func TestRestart(t *testing.T) {
	t.Parallel()
	world, mail := newWorld(t)
	s := newSite(t, nil)
	posta := s.addMailbox(t, "posta", mail.settings(t, townMailbox), townPassword)
	h := s.start(t)
	h.ready(t, posta)
	anna, about := mail.citizen(domain), mark()
	anna.write(t, anna.letter("Buca "+about, "C'è una buca."))
	tk := h.ticket(t, about)
	ack := outbound(h.messages(t, tk.Number))[0]
	h.awaitState(t, ack, api.DeliveryStateAccepted)
	queued := h.reply(t, tk.Number, api.Reply{Text: "Domani. " + mark(), DelaySeconds: new(4)})
	before := h.messages(t, tk.Number)
	h.stop()
	require.Len(t, anna.inbox(t), 1, "it was stopped before the reply's time")

	meanwhile := mark()
	anna.write(t, anna.letter("Altra buca "+meanwhile, "Eccone un'altra."))
	h = s.start(t)
	h.ready(t, posta)
	h.ticket(t, meanwhile)
	anna.answered(t, queued.Text)
	h.awaitState(t, queued, api.DeliveryStateAccepted)

	// Once more with nothing to do.
	h.stop()
	h = s.start(t)
	h.ready(t, posta)
	last := mark()
	anna.write(t, anna.letter("Ultima "+last, "Una riga."))
	h.ticket(t, last)
	anna.receives(t, "the third acknowledgement", func(letter) bool { return len(anna.inbox(t)) == 4 })
	after := h.messages(t, tk.Number)
	require.Len(t, after, len(before))
	for i := range before {
		require.Equal(t, before[i].ID, after[i].ID)
		require.Equal(t, before[i].Text, after[i].Text)
	}
	require.Len(t, h.tickets(t, ""), 3)
	// An attempt that the first hub began while it ended may not have been made; the reply left once all the same.
	require.EqualValues(t, 3+4, world.Journal().Len(), "three letters in; three acknowledgements and one reply out")
}

// Ctrl-C on a terminal reaches every process of the group. The hub ends in order and its database after it, even when it
// has hardly begun.
func TestInterruptFromTheTerminal(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	c := exec.Command(build(t).hub, "serve")
	c.Env = append(environment(dir), "SPORTELLO_ADAPTERS_DIR="+build(t).adapters, "SPORTELLO_LOG_LEVEL=info")
	running, trouble := make(chan string, 1), &buffer{}
	hub := spawn(t, c, func(line string) {
		switch {
		case strings.Contains(line, `"msg":"hub running"`):
			running <- line
		case strings.Contains(line, `"level":"ERROR"`), strings.Contains(line, "shutting down"), strings.Contains(line, "terminating connection"):
			_, _ = trouble.Write([]byte(line + "\n"))
		}
	})
	hub.told(t, running)
	require.NoError(t, syscall.Kill(-hub.pid, syscall.SIGINT))
	select {
	case <-hub.ended:
	case <-time.After(patience):
		t.Fatal("the hub goes on")
	}
	require.True(t, c.ProcessState.Success(), c.ProcessState.String())
	require.Empty(t, trouble.String())
}
