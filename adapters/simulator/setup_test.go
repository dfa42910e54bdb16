package simulator_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator"
)

const (
	town     = simulator.DefaultMailbox
	password = "segreta"
	patience = 10 * time.Second
)

// TestMain fails the run if a world left a goroutine behind.
func TestMain(m *testing.M) {
	code := m.Run()
	if left := leftovers(); left != "" && code == 0 {
		fmt.Fprintln(os.Stderr, "goroutines left behind:\n"+left)
		code = 1
	}
	os.Exit(code)
}

// leftovers waits a while for the goroutines of stopped worlds and returns the stacks of those that stay.
func leftovers() string {
	var left string
	for range 100 {
		buf := make([]byte, 1<<20)
		buf = buf[:runtime.Stack(buf, true)]
		var stacks []string
		for stack := range strings.SplitSeq(string(buf), "\n\n") {
			server := strings.Contains(stack, "imapserver") || strings.Contains(stack, "go-smtp.(*Server)") || strings.Contains(stack, "adapters/simulator.(*")
			if server && !strings.Contains(stack, "TestMain") {
				stacks = append(stacks, stack)
			}
		}
		if len(stacks) == 0 {
			return ""
		}
		left = strings.Join(stacks, "\n\n")
		<-time.After(50 * time.Millisecond) // nothing signals the end of a goroutine
	}
	return left
}

// start runs a world until the test ends.
func start(t *testing.T, config simulator.Config) *simulator.World {
	t.Helper()
	if len(config.Mailboxes) == 0 {
		config.Mailboxes = []simulator.Mailbox{
			{Address: town, Password: password, Token: "t0k3n"},
			{Address: "tributi@comune.valdoria.example", Password: password},
		}
	}
	config.NoSync = true // a power cut is not among the tests
	w, err := simulator.New(config)
	require.NoError(t, err)
	t.Cleanup(w.Stop)
	require.NoError(t, w.Start(t.Context()))
	return w
}

// letterFrom makes a small message.
func letterFrom(from, id string, extra ...string) []byte {
	lines := []string{"From: " + from, "To: " + town, "Subject: Buca", "Date: Mon, 02 Mar 2026 09:00:00 +0100"}
	if id != "" {
		lines = append(lines, "Message-ID: "+id)
	}
	lines = append(append(lines, extra...), "", "C'è una buca.", "")
	return []byte(strings.Join(lines, "\r\n"))
}

// dial opens an SMTP connection, logged in as the given user if any.
func dial(t *testing.T, w *simulator.World, user, pass string) *smtp.Client {
	t.Helper()
	c, err := smtp.Dial(w.SMTPAddr())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	if user != "" {
		require.NoError(t, c.Auth(sasl.NewPlainClient("", user, pass)))
	}
	return c
}

// transmit sends a message over SMTP and returns the first refusal.
func transmit(c *smtp.Client, from string, to []string, raw []byte) error {
	return c.SendMail(from, to, bytes.NewReader(raw))
}

// fromOutside delivers a message to the town as another mail server does.
func fromOutside(t *testing.T, w *simulator.World, from string, raw []byte) {
	t.Helper()
	require.NoError(t, transmit(dial(t, w, "", ""), from, []string{town}, raw))
}

// login opens an IMAP connection.
func login(t *testing.T, w *simulator.World, user, pass string, options *imapclient.Options) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(w.IMAPAddr(), options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	require.NoError(t, c.Login(user, pass).Wait())
	return c
}

// inbox opens an IMAP connection with the inbox selected.
func inbox(t *testing.T, w *simulator.World, user, pass string) *imapclient.Client {
	t.Helper()
	c := login(t, w, user, pass, nil)
	_, err := c.Select("INBOX", nil).Wait()
	require.NoError(t, err)
	return c
}

// fetched is a message as the tests look at it.
type fetched struct {
	UID   imap.UID
	Flags []imap.Flag
	Raw   string
}

// fetchAll reads the selected mailbox.
func fetchAll(t *testing.T, c *imapclient.Client) []fetched {
	t.Helper()
	var all imap.UIDSet
	all.AddRange(1, 0)
	body := &imap.FetchItemBodySection{Peek: true}
	messages, err := c.Fetch(all, &imap.FetchOptions{UID: true, Flags: true, BodySection: []*imap.FetchItemBodySection{body}}).Collect()
	require.NoError(t, err)
	var list []fetched
	for _, m := range messages {
		if m.FindBodySection(body) == nil {
			continue // news of a flag, told on this occasion
		}
		list = append(list, fetched{UID: m.UID, Flags: m.Flags, Raw: string(m.FindBodySection(body))})
	}
	return list
}

// townMail reads the town's inbox over a connection of its own.
func townMail(t *testing.T, w *simulator.World) []fetched {
	t.Helper()
	return fetchAll(t, inbox(t, w, town, password))
}

func trusting(t *testing.T, w *simulator.World) *tls.Config {
	t.Helper()
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(w.CAPEM()))
	host, _, err := net.SplitHostPort(w.SMTPAddr())
	require.NoError(t, err)
	return &tls.Config{RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS12}
}

// code returns the reply code of an SMTP error.
func code(t *testing.T, err error) int {
	t.Helper()
	var reply *smtp.SMTPError
	require.ErrorAs(t, err, &reply)
	return reply.Code
}
