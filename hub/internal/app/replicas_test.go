package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/httpapi/api"
)

// Of two replicas on one database one reads the mailbox; when it is killed, the other takes over once the lease has run
// out, and nothing is lost or doubled.
func TestTheSecondReplicaTakesOver(t *testing.T) {
	t.Parallel()
	world, mail := newWorld(t)
	s := newSite(t, nil)
	posta := s.addMailbox(t, "posta", mail.settings(t, townMailbox), townPassword)
	first := s.launch(t)
	first.channelIn(t, posta, api.ChannelStateRunning)
	s.cfg.DataDir = t.TempDir()
	second := s.start(t)
	await(t, "the second replica to have opened the channel", func() bool { return strings.Contains(s.said.String(), "channel open") })
	anna := mail.citizen(domain)
	about := mark()
	anna.write(t, anna.letter("Prima "+about, "Una riga."))
	require.Equal(t, first.ticket(t, about).Number, second.ticket(t, about).Number, "both show the same")
	require.Equal(t, 1, world.CutIMAP(townMailbox), "one of them reads")

	// Killed in the middle of its work.
	const letters = 30
	about = mark()
	for n := range letters {
		bruno := mail.citizen(domain)
		bruno.write(t, bruno.letter(fmt.Sprintf("Lettera %d %s", n, about), "Una riga."))
		if n == letters/2 {
			await(t, "the first letters", func() bool { return len(second.tickets(t, about)) > 0 })
		}
	}
	first.kill()
	killed := time.Now()
	tickets := second.awaitTickets(t, about, letters)
	took := time.Since(killed).Round(time.Millisecond)
	t.Logf("taken over %s after the kill", took)
	require.Less(t, took, channel.LeaseTTL+channel.LeaseRenewal+10*time.Second)
	for _, tk := range tickets {
		all := second.messages(t, tk.Number)
		require.Len(t, inbound(all), 1)
		require.Len(t, outbound(all), 1)
	}
	require.Equal(t, 1, world.CutIMAP(townMailbox))
}
