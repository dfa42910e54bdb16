package simulator_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator"
	"sportello.dev/adapters/simulator/journal"
)

func TestMailFromOutsideReachesTheTownAsItWas(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	raw := letterFrom("someone123@posta.example", "<a@posta.example>", "Authentication-Results: mx.valdoria.example; dmarc=pass")
	fromOutside(t, w, "someone123@posta.example", raw)

	mail := townMail(t, w)
	require.Len(t, mail, 1)
	require.True(t, strings.HasPrefix(mail[0].Raw, "Return-Path: <someone123@posta.example>\r\nAuthentication-Results: mx.valdoria.example; dkim=pass"))
	require.Contains(t, strings.ReplaceAll(mail[0].Raw, "\r\n ", " "), "\r\nReceived: from localhost ([127.0.0.1]) by mx.valdoria.example with ESMTP id ")
	require.Equal(t, 1, strings.Count(mail[0].Raw, "Authentication-Results:"), "the forged one is gone")
	require.True(t, strings.HasSuffix(mail[0].Raw, string(letterFrom("someone123@posta.example", "<a@posta.example>"))), "and the rest is untouched")

	entries := w.Journal().After(0, 0)
	require.Len(t, entries, 1)
	require.Equal(t, journal.ViaMX, entries[0].Via)
	require.Equal(t, "<a@posta.example>", entries[0].MessageID)
	require.Equal(t, []string{town}, entries[0].To)
}

func TestWhoMaySendWhatToWhom(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	for name, c := range map[string]struct {
		user, pass, from, to string
		code                 int // 0: accepted
	}{
		"outside to town":                  {"", "", "a@b.example", town, 0},
		"outside to town, subaddress":      {"", "", "a@b.example", "urp+r.token@comune.valdoria.example", 0},
		"outside to any citizen":           {"", "", "a@b.example", "nuovo77@posta.example", 0},
		"bounce to town":                   {"", "", "", town, 0},
		"outside to outside":               {"", "", "a@b.example", "c@d.example", 550},
		"outside to unknown office":        {"", "", "a@b.example", "sindaco@comune.valdoria.example", 550},
		"outside to nobody":                {"", "", "a@b.example", "inesistente@posta.example", 550},
		"full mailbox":                     {"", "", "a@b.example", "pieno@posta.example", 452},
		"town to citizen":                  {town, password, town, "anna@posta.example", 0},
		"town with subaddress to citizen":  {town, password, "urp+x@comune.valdoria.example", "anna@posta.example", 0},
		"town under another office's name": {town, password, "tributi@comune.valdoria.example", "anna@posta.example", 553},
		"town to outside":                  {town, password, town, "c@d.example", 550},
		"citizen to town":                  {"anna@posta.example", "valdoria", "anna@posta.example", town, 0},
		"citizen under another's name":     {"anna@posta.example", "valdoria", "bruno@posta.example", town, 553},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := transmit(dial(t, w, c.user, c.pass), c.from, []string{c.to}, letterFrom("x@posta.example", ""))
			if c.code == 0 {
				require.NoError(t, err)
				return
			}
			require.Equal(t, c.code, code(t, err))
		})
	}
}

func TestLogins(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	for name, c := range map[string]struct {
		mechanism sasl.Client
		ok        bool
	}{
		"plain":         {sasl.NewPlainClient("", town, password), true},
		"login":         {sasl.NewLoginClient(town, password), true},
		"xoauth2":       {xoauth2{town, "t0k3n"}, true},
		"wrong":         {sasl.NewPlainClient("", town, "valdoria"), false},
		"wrong token":   {xoauth2{town, password}, false},
		"unknown user":  {sasl.NewPlainClient("", "nessuno@comune.valdoria.example", password), false},
		"other's token": {xoauth2{"tributi@comune.valdoria.example", "t0k3n"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := dial(t, w, "", "").Auth(c.mechanism)
			if c.ok {
				require.NoError(t, err)
				return
			}
			require.Equal(t, 535, code(t, err))
		})
	}
}

// xoauth2 is the client's side of XOAUTH2.
type xoauth2 struct{ user, token string }

func (x xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

func (x xoauth2) Next([]byte) ([]byte, error) { return nil, sasl.ErrUnexpectedServerChallenge }

func TestMessagesAboveTheLimitAreRefused(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{MaxBytes: 10_000})
	c := dial(t, w, "", "")
	limit, ok := c.MaxMessageSize()
	require.True(t, ok)
	require.Equal(t, 10_000, limit)

	announced := c.Mail("a@b.example", &smtp.MailOptions{Size: 20_000})
	require.Equal(t, 552, code(t, announced))

	big := append(letterFrom("a@b.example", ""), bytes.Repeat([]byte("riga lunga\r\n"), 2000)...)
	require.Equal(t, 552, code(t, transmit(dial(t, w, "", ""), "a@b.example", []string{town}, big)))
	require.Zero(t, w.Journal().Len())
}

func TestBareLineEndsAreRefusedAtSubmissionAndMendedAtTheExchanger(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	for name, c := range map[string]struct {
		auth, body, code string
	}{
		"submission, bare LF": {"AUTH PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00"+town+"\x00"+password)), "uno\ndue\r\n", "550"},
		"submission, bare CR": {"AUTH PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00"+town+"\x00"+password)), "uno\rdue\r\n", "550"},
		"exchanger, bare LF":  {"", "uno\ndue\r\n", "250"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			citizen := strings.NewReplacer(" ", "", ",", "").Replace(strings.ToLower(name)) + "@posta.example"
			say := conversation(t, w)
			say("", "220")
			say("EHLO x\r\n", "250")
			if c.auth != "" {
				say(c.auth+"\r\n", "235")
			}
			say("MAIL FROM:<"+town+">\r\n", "250")
			say("RCPT TO:<"+citizen+">\r\n", "250")
			say("DATA\r\n", "354")
			say("Subject: x\r\n\r\n"+c.body+".\r\n", c.code)
			say("NOOP\r\n", "250")
			mail := fetchAll(t, inbox(t, w, citizen, "valdoria"))
			if c.code == "550" {
				require.Empty(t, mail)
				return
			}
			require.True(t, strings.HasSuffix(mail[0].Raw, "\r\n\r\nuno\r\ndue\r\n"))
		})
	}
}

// conversation opens a bare connection and returns a function that sends a line, if any, and demands a reply code.
func conversation(t *testing.T, w *simulator.World) func(line, want string) {
	t.Helper()
	conn, err := net.Dial("tcp", w.SMTPAddr())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	r := bufio.NewReader(conn)
	return func(line, want string) {
		if line != "" {
			_, err := conn.Write([]byte(line))
			require.NoError(t, err)
		}
		answer, err := r.ReadString('\n')
		for err == nil && len(answer) > 3 && answer[3] == '-' {
			answer, err = r.ReadString('\n')
		}
		require.NoError(t, err)
		require.Equal(t, want, answer[:3], answer)
	}
}

func TestALetterToSeveralReachesEachOfThem(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	to := []string{town, "tributi@comune.valdoria.example", "anna@posta.example"}
	require.NoError(t, transmit(dial(t, w, "", ""), "a@b.example", to, letterFrom("a@b.example", "<m@b.example>")))
	for i, pass := range []string{password, password, "valdoria"} {
		mail := fetchAll(t, inbox(t, w, to[i], pass))
		require.Len(t, mail, 1)
		require.Contains(t, mail[0].Raw, fmt.Sprintf(" <%s>;", to[i]))
	}
	require.Equal(t, to, w.Journal().After(0, 0)[0].To, "one message, three recipients")
}
