package app_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator/fault"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/config"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// channelIn waits until a channel is in a state.
func (d desk) channelIn(t *testing.T, which id.Channel, state api.ChannelState) api.Channel {
	t.Helper()
	var c api.Channel
	await(t, "the channel to be "+string(state), func() bool {
		c = get[api.Channel](t, d, "/channels/"+which.String())
		return c.State == state
	})
	return c
}

// A mailbox that refuses us is suspended until somebody resumes it; hub and other channels go on.
func TestWrongMailboxPassword(t *testing.T) {
	t.Parallel()
	const other = "tributi@comune.valdoria.example"
	world, mail := newWorld(t, townMailbox, other)
	s := newSite(t, nil)
	posta := s.addMailbox(t, "posta", mail.settings(t, townMailbox), "sbagliata")
	tributi := s.addMailbox(t, "tributi", mail.settings(t, other), townPassword)
	h := s.start(t)
	h.ready(t, tributi)
	c := h.channelIn(t, posta, api.ChannelStateSuspended)
	require.Equal(t, "imap.auth", c.Problem.Code)
	require.NotContains(t, value(c.ProblemText), "sbagliata")
	health := get[api.Health](t, h.desk, "/health")
	require.Equal(t, api.HealthStateDegraded, health.Status)
	for _, check := range health.Checks {
		if check.Name == "channels" {
			require.Equal(t, 1, int(*check.Value))
		} else {
			require.Equal(t, api.HealthStateOk, check.Status, check.Name)
		}
	}

	// Mail for the suspended channel waits on its server; the other channel works both ways.
	anna, waiting, about := mail.citizen(domain), mark(), mark()
	anna.write(t, anna.letter("Attesa "+waiting, "Aspetto."))
	anna.send(t, anna.address, other, []byte(anna.letter("Tributi "+about, "Quanto devo?")))
	h.reply(t, h.ticket(t, about).Number, api.Reply{Text: "Niente. " + about})
	anna.answered(t, about)
	require.Empty(t, h.tickets(t, waiting))

	// Resumed with the same password, it is suspended again.
	resume := "/channels/" + posta.String() + "/resume"
	ask[api.Channel](t, h.desk, http.MethodPost, resume, nil, http.StatusOK)
	h.channelIn(t, posta, api.ChannelStateSuspended)
	s.changePassword(t, posta, townPassword)
	ask[api.Channel](t, h.desk, http.MethodPost, resume, nil, http.StatusOK)
	h.ticket(t, waiting)
	h.channelIn(t, posta, api.ChannelStateRunning)
	await(t, "good health", func() bool { return get[api.Health](t, h.desk, "/health").Status == api.HealthStateOk })

	// A password that the provider withdraws while the channel works.
	_, err := world.Faults().Set(fault.Fault{Kind: fault.RefuseLogin, Match: townMailbox})
	require.NoError(t, err)
	world.CutIMAP(townMailbox)
	h.channelIn(t, posta, api.ChannelStateSuspended)
	waiting = mark()
	anna.write(t, anna.letter("Attesa "+waiting, "Aspetto ancora."))
	world.Faults().Clear()
	ask[api.Channel](t, h.desk, http.MethodPost, resume, nil, http.StatusOK)
	h.ticket(t, waiting)
}

func (s *site) changePassword(t *testing.T, which id.Channel, password string) {
	t.Helper()
	require.NoError(t, postgres.InTx(t.Context(), s.domain.Pool, func(tx pgx.Tx) error {
		c, err := s.domain.Channels.Get(t.Context(), tx, which)
		require.NoError(t, err)
		_, err = s.domain.Channels.Update(t.Context(), tx, which, channel.Change{
			Revision: c.Revision, Name: c.Name, Office: c.Office, Config: c.Config, Secrets: map[string]string{"/imap/password": password},
		})
		return err
	}))
}

// While the blob store takes nothing, mail that needs it is not acknowledged: it stays unread on its server, and comes
// in once there is room. That reading it failed so often is not held against it.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(c citizen, about string) string{
		"an original of some size": func(c citizen, about string) string {
			return c.letter("Grande "+about, strings.Repeat("Una riga di molte.\r\n", 20_000))
		},
		"a small one with a file": func(c citizen, about string) string {
			raw, _ := withFile(c, "Con allegato "+about, 5000)
			return raw
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testFullDisk(t, write)
		})
	}
}

func testFullDisk(t *testing.T, write func(citizen, string) string) {
	t.Helper()
	world, mail := newWorld(t)
	var blobs disk
	s := newSite(t, func(c *config.Config) { blobs = newDisk(t, c.Blob.Dir) })
	posta := s.addMailbox(t, "posta", mail.settings(t, townMailbox), townPassword)
	h := s.start(t)
	h.ready(t, posta)
	blobs.fill(t)

	anna, before, needy, behind := mail.citizen(domain), mark(), mark(), mark()
	anna.write(t, anna.letter("Prima "+before, "Una riga."))
	h.ticket(t, before)
	anna.write(t, write(anna, needy))
	anna.write(t, anna.letter("Dopo "+behind, "Una riga."))
	c := h.channelIn(t, posta, api.ChannelStateDegraded)
	require.Equal(t, "ingest.interrupted", c.Problem.Code)
	require.Equal(t, api.HealthStateDegraded, get[api.Health](t, h.desk, "/health").Status)
	await(t, "several attempts", func() bool { return strings.Count(s.said.String(), "ingest interrupted") > 3 })
	for _, l := range mail.open(t, townMailbox, townPassword, "INBOX") {
		require.Equal(t, strings.Contains(l.Get("Subject"), before), l.seen, "what is not committed is not marked as read")
	}
	var rows int
	require.NoError(t, s.domain.Pool.QueryRow(t.Context(), `SELECT count(*) FROM journal`).Scan(&rows))
	require.Equal(t, 1, rows)

	blobs.free(t)
	h.ticket(t, needy)
	h.ticket(t, behind)
	h.channelIn(t, posta, api.ChannelStateRunning)
	await(t, "all mail to be marked as read", func() bool {
		return !slices.ContainsFunc(mail.open(t, townMailbox, townPassword, "INBOX"), func(l letter) bool { return !l.seen })
	})
	require.Len(t, h.tickets(t, ""), 3)
	await(t, "three acknowledgements", func() bool { return len(anna.inbox(t)) == 3 })
	require.EqualValues(t, 6, world.Journal().Len(), "three letters in, three acknowledgements out")
}

// disk is one of its own that can be full. Where mounting is not allowed, a file stands in the place of the directory
// in which bytes are written first: then every write fails just so.
type disk struct {
	dir     string
	mounted bool
}

const diskSize = 4 * mebibyte

func newDisk(t *testing.T, dir string) disk {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o700))
	d := disk{dir: dir, mounted: syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", diskSize)) == nil}
	if d.mounted {
		t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	}
	return d
}

func (d disk) filler() string { return filepath.Join(d.dir, "filler") }
func (d disk) tmp() string    { return filepath.Join(d.dir, "tmp") }

// fill leaves room for nothing.
func (d disk) fill(t *testing.T) {
	t.Helper()
	if d.mounted {
		require.ErrorIs(t, os.WriteFile(d.filler(), make([]byte, diskSize), 0o600), syscall.ENOSPC)
		return
	}
	require.NoError(t, os.Rename(d.tmp(), d.filler()))
	require.NoError(t, os.WriteFile(d.tmp(), nil, 0o600))
}

func (d disk) free(t *testing.T) {
	t.Helper()
	if d.mounted {
		require.NoError(t, os.Remove(d.filler()))
		return
	}
	require.NoError(t, os.Remove(d.tmp()))
	require.NoError(t, os.Rename(d.filler(), d.tmp()))
}
