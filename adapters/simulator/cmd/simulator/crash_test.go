package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator/journal"
)

const (
	childEnv = "SIMULATOR_TEST_CHILD"
	mailbox  = "urp@comune.valdoria.example"
)

// TestMain lets the test binary be the simulator, so that it can be killed.
func TestMain(m *testing.M) {
	dir := os.Getenv(childEnv)
	if dir == "" {
		os.Exit(m.Run())
	}
	opts := options{Data: dir, SMTP: "127.0.0.1:0", IMAP: "127.0.0.1:0", HTTP: "127.0.0.1:0", TLS: "off", Quiet: true, Mailbox: []string{mailbox + "=p"}}
	if err := run(context.Background(), opts, os.Stdout, os.Stderr); err != nil {
		os.Exit(1)
	}
}

// child is a simulator in a process of its own.
type child struct {
	process *exec.Cmd
	smtp    string
	imap    string
}

func launch(t *testing.T, dir string) *child {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	c := &child{process: exec.CommandContext(t.Context(), self)}
	c.process.Env = append(os.Environ(), childEnv+"="+dir)
	out, err := c.process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.process.Start())
	lines := bufio.NewScanner(out)
	for c.imap == "" && lines.Scan() {
		if m := regexp.MustCompile(`^(smtp|imap)\s+(\S+)$`).FindStringSubmatch(lines.Text()); m != nil && m[1] == "smtp" {
			c.smtp = m[2]
		} else if m != nil {
			c.imap = m[2]
		}
	}
	require.NotEmpty(t, c.imap)
	return c
}

func (c *child) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, c.process.Process.Kill())
	require.Error(t, c.process.Wait())
}

// deliver sends numbered messages until the connection breaks and reports the ids that were accepted.
func deliver(client *smtp.Client, from int, accepted chan<- string) {
	for i := from; ; i++ {
		id := fmt.Sprintf("<m%d@posta.example>", i)
		raw := "From: a@posta.example\r\nMessage-ID: " + id + "\r\n\r\n" + strings.Repeat("x", 100*(i%50)) + "\r\n"
		if err := client.SendMail("a@posta.example", []string{mailbox}, strings.NewReader(raw)); err != nil {
			return
		}
		accepted <- id
	}
}

// ids lists the message ids in the town's inbox, in the order of their UIDs.
func (c *child) ids(t *testing.T) []string {
	t.Helper()
	client, err := imapclient.DialInsecure(c.imap, nil)
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	require.NoError(t, client.Login(mailbox, "p").Wait())
	_, err = client.Select("INBOX", nil).Wait()
	require.NoError(t, err)
	var all imap.UIDSet
	all.AddRange(1, 0)
	messages, err := client.Fetch(all, &imap.FetchOptions{UID: true, Envelope: true}).Collect()
	require.NoError(t, err)
	var list []string
	for _, m := range messages {
		list = append(list, "<"+m.Envelope.MessageID+">")
	}
	return list
}

func TestAcceptedMailSurvivesSIGKILL(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	accepted := make(chan string, 100_000)
	var all []string
	for round := range 3 {
		c := launch(t, dir)
		client, err := smtp.Dial(c.smtp)
		require.NoError(t, err)
		done := make(chan struct{})
		go func() {
			defer close(done)
			deliver(client, round*100_000, accepted)
		}()
		require.Eventually(t, func() bool { return len(accepted) >= 30 }, 20*time.Second, time.Millisecond)
		c.kill(t)
		<-done
		_ = client.Close()
		for len(accepted) > 0 {
			all = append(all, <-accepted)
		}
	}

	c := launch(t, dir)
	kept := c.ids(t)
	c.kill(t)
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(kept))), len(kept), "nothing twice")
	require.Subset(t, kept, all, "nothing lost")
	require.LessOrEqual(t, len(kept), len(all)+3, "at most the one in flight at each kill was kept without an answer")

	record, err := journal.Open(dir+"/journal.jsonl", false)
	require.NoError(t, err)
	defer func() { _ = record.Close() }()
	var journaled []string
	for _, e := range record.After(0, 0) {
		journaled = append(journaled, e.MessageID)
	}
	require.Subset(t, journaled, all)
	require.Subset(t, kept, journaled)
}
