package simulator_test

import (
	"fmt"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator"
)

func TestUIDsFlagsAndJournalSurviveARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := simulator.Config{Dir: dir, TLS: simulator.TLSOff}
	w := start(t, config)
	for i := range 4 {
		fromOutside(t, w, "a@posta.example", letterFrom("a@posta.example", fmt.Sprintf("<m%d@posta.example>", i)))
	}
	c := inbox(t, w, town, password)
	before := validity(t, c)
	require.NoError(t, c.Store(imap.UIDSetNum(2), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagSeen, "$mio"}}, nil).Close())
	require.NoError(t, c.Store(imap.UIDSetNum(1, 4), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close())
	require.NoError(t, c.Expunge().Close())
	mail := fetchAll(t, c)
	w.Stop()

	w = start(t, config)
	c = inbox(t, w, town, password)
	require.Equal(t, mail, fetchAll(t, c))
	status, err := c.Status("INBOX", &imap.StatusOptions{UIDNext: true, UIDValidity: true}).Wait()
	require.NoError(t, err)
	require.Equal(t, imap.UID(5), status.UIDNext, "a UID is never given twice, even that of the last message deleted")
	require.Equal(t, before, status.UIDValidity)
	require.EqualValues(t, 4, w.Journal().Len())

	fromOutside(t, w, "a@posta.example", letterFrom("a@posta.example", "<m5@posta.example>"))
	mail = townMail(t, w)
	require.Equal(t, imap.UID(5), mail[2].UID)
}

func TestACitizenMadeOnTheFlySurvivesARestart(t *testing.T) {
	t.Parallel()
	config := simulator.Config{Dir: t.TempDir()}
	w := start(t, config)
	require.NoError(t, transmit(dial(t, w, town, password), town, []string{"nuovo@posta.example"}, letterFrom(town, "<r@comune.valdoria.example>")))
	w.Stop()

	w = start(t, config)
	require.Len(t, fetchAll(t, inbox(t, w, "nuovo@posta.example", "valdoria")), 1)
}

func TestRenumberingAlsoSurvives(t *testing.T) {
	t.Parallel()
	config := simulator.Config{Dir: t.TempDir()}
	w := start(t, config)
	for i := range 3 {
		fromOutside(t, w, "a@posta.example", letterFrom("a@posta.example", fmt.Sprintf("<m%d@posta.example>", i)))
	}
	c := inbox(t, w, town, password)
	old := validity(t, c)
	require.NoError(t, c.Store(imap.UIDSetNum(1), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close())
	require.NoError(t, c.Expunge().Close())

	renewed, err := w.Renumber(town, "INBOX")
	require.NoError(t, err)
	require.Greater(t, renewed, old)
	require.Error(t, c.Noop().Wait(), "the session that knows the old UIDs is cut")
	w.Stop()

	w = start(t, config)
	c = inbox(t, w, town, password)
	require.Equal(t, renewed, validity(t, c))
	mail := fetchAll(t, c)
	require.Equal(t, imap.UID(1), mail[0].UID)
	require.Contains(t, mail[0].Raw, "<m1@posta.example>")
}

func validity(t *testing.T, c *imapclient.Client) uint32 {
	t.Helper()
	status, err := c.Status("INBOX", &imap.StatusOptions{UIDValidity: true}).Wait()
	require.NoError(t, err)
	return status.UIDValidity
}
