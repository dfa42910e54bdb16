package app_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"mime"
	"net"
	"net/mail"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	gomail "github.com/emersion/go-message/mail"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator"
)

const (
	townMailbox  = simulator.DefaultMailbox
	townPassword = "municipio"
)

// post is where mail goes in and out: simulated or real servers.
type post struct {
	imap, smtp string
	// town is the mailbox that citizens write to.
	town string
	// password is that of every citizen's mailbox.
	password string
}

// newWorld starts simulated mail servers with the town's mailboxes, the first one if none are named.
func newWorld(t *testing.T, mailboxes ...string) (*simulator.World, post) {
	t.Helper()
	if len(mailboxes) == 0 {
		mailboxes = []string{townMailbox}
	}
	cfg := simulator.Config{NoSync: true, Dir: t.TempDir(), Logger: logOf(t)}
	for _, m := range mailboxes {
		cfg.Mailboxes = append(cfg.Mailboxes, simulator.Mailbox{Address: m, Password: townPassword})
	}
	w, err := simulator.New(cfg)
	require.NoError(t, err)
	t.Cleanup(w.Stop)
	require.NoError(t, w.Start(context.WithoutCancel(t.Context())))
	return w, post{imap: w.IMAPAddr(), smtp: w.SMTPAddr(), town: mailboxes[0], password: simulator.DefaultCitizenPassword}
}

// settings are those of a channel for a mailbox on the servers.
func (p post) settings(t *testing.T, address string) map[string]any {
	t.Helper()
	return map[string]any{
		"address": address, "display_name": "Comune di Valdoria", "plus_address": true,
		"authserv_ids": []string{simulator.DefaultAuthServID},
		"imap":         p.server(t, p.imap, map[string]any{"after_ack": "seen"}),
		"smtp":         p.server(t, p.smtp, map[string]any{}),
	}
}

func (p post) server(t *testing.T, addr string, more map[string]any) map[string]any {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	require.NoError(t, err)
	more["host"], more["security"] = host, "none"
	more["port"], err = strconv.Atoi(port)
	require.NoError(t, err)
	return more
}

// send hands a mail to the exchanger, as other mail servers do; when it returns, the mail is in the mailbox or queued.
func (p post) send(t *testing.T, from, to string, raw []byte) {
	t.Helper()
	conn, err := textproto.Dial("tcp", p.smtp)
	require.NoError(t, err)
	defer conn.Close()
	// The content in one piece: a client would look at each byte of it.
	content := strings.ReplaceAll("\r\n"+string(raw), "\r\n.", "\r\n..")[2:]
	for _, step := range []struct {
		say  string
		code int
	}{
		{"", 220}, {"EHLO mx.posta.example\r\n", 250}, {"MAIL FROM:<" + from + ">\r\n", 250}, {"RCPT TO:<" + to + ">\r\n", 250},
		{"DATA\r\n", 354}, {content + ".\r\n", 250}, {"QUIT\r\n", 221},
	} {
		_, err := conn.W.WriteString(step.say)
		require.NoError(t, errors.Join(err, conn.W.Flush()))
		_, _, err = conn.ReadResponse(step.code)
		require.NoError(t, err)
	}
}

// letter is a mail as a mail program shows it.
type letter struct {
	mail.Header

	raw  []byte
	text string
	seen bool
}

// open reads a folder of an account.
func (p post) open(t *testing.T, account, password, folder string) []letter {
	t.Helper()
	c, err := imapclient.DialInsecure(p.imap, nil)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.Login(account, password).Wait())
	box, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	require.NoError(t, err)
	if box.NumMessages == 0 {
		return nil
	}
	var all imap.SeqSet
	all.AddRange(1, 0)
	body := &imap.FetchItemBodySection{Peek: true}
	fetched, err := c.Fetch(all, &imap.FetchOptions{UID: true, Flags: true, BodySection: []*imap.FetchItemBodySection{body}}).Collect()
	require.NoError(t, err)
	letters := make([]letter, len(fetched))
	for i, m := range fetched {
		letters[i] = readLetter(t, m.FindBodySection(body))
		for _, flag := range m.Flags {
			letters[i].seen = letters[i].seen || flag == imap.FlagSeen
		}
	}
	return letters
}

func readLetter(t *testing.T, raw []byte) letter {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	require.NoError(t, err)
	l := letter{Header: m.Header, raw: raw}
	r, err := gomail.CreateReader(bytes.NewReader(raw))
	require.NoError(t, err)
	for {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return l
		}
		require.NoError(t, err)
		if kind := part.Header.Get("Content-Type"); l.text == "" && (kind == "" || strings.HasPrefix(kind, "text/plain")) {
			text, err := io.ReadAll(part.Body)
			require.NoError(t, err)
			l.text = string(text)
		}
	}
}

// citizen writes and reads mail.
type citizen struct {
	post

	address string
}

// citizen is somebody whom nobody else is.
func (p post) citizen(domain string) citizen {
	return citizen{post: p, address: "c" + strings.ToLower(rand.Text()[:12]) + "@" + domain}
}

// write sends a mail to the town.
func (c citizen) write(t *testing.T, raw string) {
	t.Helper()
	c.send(t, c.address, c.town, []byte(raw))
}

// letter is an ordinary mail of the citizen with a fresh Message-ID; more are header fields with their line ends.
func (c citizen) letter(subject, text string, more ...string) string {
	return "From: <" + c.address + ">\r\nTo: <" + c.town + ">\r\nSubject: " + subject + "\r\nMessage-ID: <" + rand.Text() + "@" +
		c.address[strings.IndexByte(c.address, '@')+1:] + ">\r\nDate: Mon, 02 Mar 2026 09:00:00 +0100\r\n" + strings.Join(more, "") +
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text + "\r\n"
}

// inbox is what the citizen has.
func (c citizen) inbox(t *testing.T) []letter {
	t.Helper()
	return c.open(t, c.address, c.password, "INBOX")
}

// receives waits for the letter that match accepts.
func (c citizen) receives(t *testing.T, what string, match func(letter) bool) letter {
	t.Helper()
	var found letter
	await(t, what, func() bool {
		for _, l := range c.inbox(t) {
			if match(l) {
				found = l
				return true
			}
		}
		return false
	})
	return found
}

// acknowledged waits for the acknowledgement.
func (c citizen) acknowledged(t *testing.T) letter {
	t.Helper()
	return c.receives(t, "the acknowledgement", func(l letter) bool { return l.Get("Auto-Submitted") != "" })
}

// answered waits for the letter with mark in its text.
func (c citizen) answered(t *testing.T, mark string) letter {
	t.Helper()
	return c.receives(t, "the answer", func(l letter) bool { return strings.Contains(l.text, mark) })
}

// mark is a word that stands nowhere else in the world.
func mark() string { return "segno-" + strings.ToLower(rand.Text()[:10]) }

// firstID is the Message-ID of a mail as it was written.
func firstID(t *testing.T, raw string) string {
	t.Helper()
	id := readLetter(t, []byte(raw)).Get("Message-Id")
	require.NotEmpty(t, id)
	return id
}

// addressOf is the one address in a field of a header.
func addressOf(t *testing.T, l letter, field string) string {
	t.Helper()
	list, err := l.AddressList(field)
	require.NoError(t, err)
	require.Len(t, list, 1)
	return list[0].Address
}

// decoded is a field of a header in readable form.
func decoded(t *testing.T, text string) string {
	t.Helper()
	plain, err := new(mime.WordDecoder).DecodeHeader(text)
	require.NoError(t, err)
	return plain
}

// trackingSecret is the citizen's code in an acknowledgement.
func trackingSecret(t *testing.T, l letter) string {
	t.Helper()
	found := regexp.MustCompile(`[0-9A-Z]{4}(-[0-9A-Z]{2,4}){6}`).FindString(l.text)
	require.NotEmpty(t, found, l.text)
	return found
}
