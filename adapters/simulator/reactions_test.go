package simulator_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator"
	"sportello.dev/adapters/simulator/journal"
)

func TestAddressesThatBounceOrAreAway(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		to        string
		delivered int
		contains  []string
	}{
		"hard": {"rimbalza@posta.example", 0, []string{
			"multipart/report", "report-type=delivery-status", "Action: failed", "Status: 5.1.1", "Final-Recipient: rfc822; rimbalza@posta.example",
			"Message-ID: <mio@comune.valdoria.example>", "Auto-Submitted: auto-replied", "Return-Path: <>",
		}},
		"soft":    {"pienissimo@posta.example", 0, []string{"Action: failed", "Status: 4.2.2"}},
		"delayed": {"ritardo@posta.example", 1, []string{"Action: delayed", "Status: 4.4.1"}},
		"away": {"assente@posta.example", 1, []string{
			"From: <assente@posta.example>", "Auto-Submitted: auto-replied", "In-Reply-To: <mio@comune.valdoria.example>", "Return-Path: <>",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, simulator.Config{})
			require.NoError(t, transmit(dial(t, w, town, password), "urp+t0@comune.valdoria.example", []string{c.to}, letterFrom(town, "<mio@comune.valdoria.example>")))
			var mail []fetched
			require.Eventually(t, func() bool { mail = townMail(t, w); return len(mail) == 1 }, patience, 10*time.Millisecond)
			for _, part := range c.contains {
				require.Contains(t, mail[0].Raw, part)
			}
			require.Len(t, fetchAll(t, inbox(t, w, c.to, "valdoria")), c.delivered)
			require.Equal(t, journal.ViaReaction, w.Journal().After(1, 0)[0].Via)
			require.Equal(t, []string{"urp+t0@comune.valdoria.example"}, w.Journal().After(1, 0)[0].To, "it goes to the envelope's sender")
		})
	}
}

// Whoever is asked as an expert answers as a person does, to where the letter says, and nobody but the town.
func TestAnExpertAnswersTheTown(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	const expert = "perito@studio-tecnico.example"
	require.NoError(t, transmit(dial(t, w, town, password), town, []string{expert},
		letterFrom(town, "<domanda@comune.valdoria.example>", "Reply-To: <urp+x1@comune.valdoria.example>")))
	require.NoError(t, transmit(dial(t, w, "", ""), "a@posta.example", []string{expert}, letterFrom("a@posta.example", "<y@posta.example>")))
	var mail []fetched
	require.Eventually(t, func() bool { mail = townMail(t, w); return len(mail) > 0 }, patience, 10*time.Millisecond)
	for _, part := range []string{
		"Return-Path: <" + expert + ">", "<" + expert + ">", "To: <urp+x1@comune.valdoria.example>", "In-Reply-To: <domanda@comune.valdoria.example>", "dmarc=pass", "sopralluogo",
	} {
		require.Contains(t, mail[0].Raw, part)
	}
	require.NotContains(t, mail[0].Raw, "Auto-Submitted")
	w.Stop()
	require.EqualValues(t, 3, w.Journal().Len(), "two letters and one answer")
}

func TestNothingAnswersAMachine(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	c := dial(t, w, "", "")
	require.NoError(t, transmit(c, "", []string{"rimbalza@posta.example"}, letterFrom("MAILER-DAEMON@b.example", "")))
	require.NoError(t, transmit(c, "a@posta.example", []string{"assente@posta.example"}, letterFrom("a@posta.example", "", "Auto-Submitted: auto-generated")))
	require.NoError(t, transmit(c, "a@posta.example", []string{"assente@posta.example"}, letterFrom("a@posta.example", "", "List-Id: <x.example>")))
	require.NoError(t, transmit(c, "chi@foreign.example", []string{"rimbalza@posta.example"}, letterFrom("chi@foreign.example", "")), "nowhere to report to")
	w.Stop()
	for _, e := range w.Journal().After(0, 0) {
		require.NotEqual(t, journal.ViaReaction, e.Via)
	}
}

func TestReactionsWait(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{ReactionDelay: time.Hour})
	require.NoError(t, transmit(dial(t, w, town, password), town, []string{"rimbalza@posta.example"}, letterFrom(town, "<x@y>")))
	require.Empty(t, townMail(t, w))
	begin := time.Now()
	w.Stop()
	require.Less(t, time.Since(begin), patience, "and do not hold up the end")
	require.EqualValues(t, 1, w.Journal().Len(), "no bounce was made")
}
