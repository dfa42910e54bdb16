package simulator_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator"
	"sportello.dev/adapters/simulator/internal/letter"
	"sportello.dev/adapters/simulator/journal"
	"sportello.dev/adapters/simulator/script"
)

const quick = time.Millisecond

// running lets the script run until the test or the returned function ends it.
func running(t *testing.T, w *simulator.World) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.RunScript(ctx, simulator.Pace{Min: quick, Max: 2 * quick}) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		require.NoError(t, <-done)
	}
	t.Cleanup(stop)
	return stop
}

func TestTheScriptSendsRepeatableMail(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	hashes := func() []string {
		w := start(t, simulator.Config{Seed: 11, Now: func() time.Time { return now }})
		stop := running(t, w)
		require.Eventually(t, func() bool { return w.Journal().Len() >= 40 }, patience, quick)
		stop()
		var list []string
		for _, e := range w.Journal().After(0, 40) {
			require.Equal(t, journal.ViaScript, e.Via)
			list = append(list, e.SHA256)
		}
		return list
	}
	first, second := hashes(), hashes()
	require.Equal(t, first, second)
}

func TestSendersKeepACopyAndAreAuthenticated(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	m := script.New(1, town, time.Now).Ordinary()
	require.NoError(t, w.Send(m))
	c := login(t, w, m.Account, "valdoria", nil)
	_, err := c.Select("Sent", nil).Wait()
	require.NoError(t, err)
	require.Equal(t, string(m.Raw), fetchAll(t, c)[0].Raw)
	require.Contains(t, townMail(t, w)[0].Raw, "dmarc=pass")

	m.To = []string{"sindaco@comune.valdoria.example"}
	require.Error(t, w.Send(m))
}

func TestDuplicatesAreSentTwiceAndSpoofsFail(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	g := script.New(1, town, time.Now)
	m, err := g.Awkward("duplicate")
	require.NoError(t, err)
	require.NoError(t, w.Send(m))
	require.Len(t, townMail(t, w), 2)
	m, err = g.Awkward("spoofed_number")
	require.NoError(t, err)
	require.NoError(t, w.Send(m))
	require.Contains(t, townMail(t, w)[2].Raw, "dmarc=fail")
}

func TestScriptedCitizensAnswerTheTown(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{Seed: 5})
	defer running(t, w)()
	c := inbox(t, w, town, password)
	sender := dial(t, w, town, password)
	answered := map[string]bool{}
	// Answer every letter once, as an office would, until a citizen writes back.
	require.Eventually(t, func() bool {
		require.NoError(t, c.Noop().Wait())
		for _, f := range fetchAll(t, c) {
			l := letter.Parse([]byte(f.Raw))
			if l.InReplyTo != "" && strings.Contains(l.InReplyTo, "@comune.valdoria.example") {
				require.True(t, answered[l.InReplyTo])
				return true
			}
			id := "<risposta." + strings.Trim(l.MessageID, "<>") + "@comune.valdoria.example>"
			if _, citizen := script.CitizenAt(l.From.Address); !citizen || l.MessageID == "" || answered[id] || l.Automatic() {
				continue
			}
			answered[id] = true
			d := letter.Reply(l, letter.Address{Address: town}, false)
			d.MessageID, d.Date, d.Text = id, time.Now(), "Buongiorno, provvediamo."
			require.NoError(t, transmit(sender, town, []string{l.From.Address}, d.Bytes()))
		}
		return false
	}, 30*time.Second, 5*time.Millisecond)
}

func TestAPaceThatMakesNoSenseIsRefused(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	require.Error(t, w.RunScript(t.Context(), simulator.Pace{Min: time.Second, Max: time.Millisecond}))
}
