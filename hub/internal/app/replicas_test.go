package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
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
	s.tryElsewhere(t, second, posta, mail)

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
	// Half a minute to read and file the rest, also where other tests take the machine.
	require.Less(t, took, channel.LeaseTTL+channel.LeaseRenewal+30*time.Second)
	for _, tk := range tickets {
		all := second.messages(t, tk.Number)
		require.Len(t, inbound(all), 1)
		require.Len(t, outbound(all), 1)
	}
	require.Equal(t, 1, world.CutIMAP(townMailbox))
}

// tryElsewhere tries a channel on a replica that does not read it. Whoever reads the trial's letter bothers nobody with it.
func (s *site) tryElsewhere(t *testing.T, h *hub, which id.Channel, mail post) {
	t.Helper()
	status, text := h.call(t, http.MethodPost, "/api/v1/channel-trials", map[string]any{
		"adapter": "email", "channel": which, "settings": mail.settings(t, townMailbox),
	})
	require.Equal(t, http.StatusOK, status, "%s", text)
	require.Contains(t, string(text), "tolta di nuovo", "the letter was found")
	require.Contains(t, string(text), `{"passed":true}`)
	// That the other one read it before it was taken away is not certain: the letter comes once more.
	var trial string
	require.NoError(t, s.domain.Pool.QueryRow(t.Context(), `SELECT id FROM channel_trial`).Scan(&trial))
	town := citizen{post: mail, address: townMailbox}
	about := mark()
	town.write(t, town.letter("Prova "+about, "Una riga.", "X-Sportello-Trial: "+trial+"\r\n"))
	await(t, "the letter of the trial", func() bool {
		var own int
		require.NoError(t, s.domain.Pool.QueryRow(t.Context(), `
			SELECT count(*) FROM journal WHERE state = 'filed' AND reason = 'trial' AND convert_from(payload, 'UTF8') LIKE '%' || $1 || '%'`, about).Scan(&own))
		return own == 1
	})
	require.Empty(t, list[api.QuarantineItem](t, h.desk, "/quarantine"))
	require.Empty(t, h.tickets(t, "Prova"))
}
