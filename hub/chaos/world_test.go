package chaos

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator"
)

const (
	password = "segreta"
	archive  = "Archive"
	inbox    = "INBOX"
)

// mailbox is one of the town's, each a channel of its own.
type mailbox struct {
	slug, address string
	// moves tells whether the adapter moves away what the hub has committed. Only
	// there can an acknowledgement that comes too early lose a mail.
	moves bool
}

// mailboxes: one that is emptied, and one where all mail stays and is numbered
// anew in the middle of the run.
var mailboxes = []mailbox{
	{"urp", "urp@" + simulator.DefaultTownDomain, true},
	{"tributi", "tributi@" + simulator.DefaultTownDomain, false},
}

func (m mailbox) imap() map[string]any {
	if m.moves {
		return map[string]any{"after_ack": "move", "move_to": archive}
	}
	return map[string]any{"after_ack": "keep"}
}

// newWorld starts the mail servers outside.
func newWorld(t *testing.T) *simulator.World {
	t.Helper()
	config := simulator.Config{Dir: t.TempDir()}
	for _, m := range mailboxes {
		config.Mailboxes = append(config.Mailboxes, simulator.Mailbox{Address: m.address, Password: password})
	}
	world, err := simulator.New(config)
	require.NoError(t, err)
	t.Cleanup(world.Stop)
	require.NoError(t, world.Start(context.WithoutCancel(t.Context())))
	return world
}

// read returns the messages in a folder of an account, as a mail program sees them.
func read(world *simulator.World, account, secret, folder string) ([]string, error) {
	c, err := imapclient.DialInsecure(world.IMAPAddr(), nil)
	if err != nil {
		return nil, fmt.Errorf("connecting to the mailbox of %s: %w", account, err)
	}
	defer c.Close()
	if err := c.Login(account, secret).Wait(); err != nil {
		return nil, fmt.Errorf("opening the mailbox of %s: %w", account, err)
	}
	box, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return nil, fmt.Errorf("opening %s of %s: %w", folder, account, err)
	}
	if box.NumMessages == 0 {
		return nil, nil
	}
	var all imap.SeqSet
	all.AddRange(1, 0)
	body := &imap.FetchItemBodySection{Peek: true}
	fetched, err := c.Fetch(all, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{body}}).Collect()
	if err != nil {
		return nil, fmt.Errorf("reading %s of %s: %w", folder, account, err)
	}
	var list []string
	for _, m := range fetched {
		list = append(list, string(m.FindBodySection(body)))
	}
	return list, nil
}

// archived is how many messages the adapter has moved away from a mailbox.
func archived(world *simulator.World, m mailbox) (int, error) {
	c, err := imapclient.DialInsecure(world.IMAPAddr(), nil)
	if err != nil {
		return 0, fmt.Errorf("connecting to the mailbox of %s: %w", m.address, err)
	}
	defer c.Close()
	if err := c.Login(m.address, password).Wait(); err != nil {
		return 0, fmt.Errorf("opening the mailbox of %s: %w", m.address, err)
	}
	status, err := c.Status(archive, &imap.StatusOptions{NumMessages: true}).Wait()
	if err != nil {
		return 0, fmt.Errorf("looking at %s of %s: %w", archive, m.address, err)
	}
	return int(*status.NumMessages), nil
}

// post hands a letter to the town's mail exchanger, as another mail server does.
// It returns when the world has accepted it.
func post(world *simulator.World, from, to string, raw []byte) (time.Time, error) {
	c, err := smtp.Dial(world.SMTPAddr())
	if err != nil {
		return time.Time{}, fmt.Errorf("connecting to the mail exchanger: %w", err)
	}
	defer c.Close()
	if err := c.SendMail(from, []string{to}, bytes.NewReader(raw)); err != nil {
		return time.Time{}, fmt.Errorf("sending a letter: %w", err)
	}
	return time.Now(), nil
}
