package email_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"sportello.dev/adapters/email"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	channeltest.Conformance(t, channeltest.Suite{
		Setup:        setup,
		Item:         item,
		Transmission: transmission,
		Malformed: [][]byte{
			[]byte("solo testo, nessuna intestazione\r\n"),
			[]byte("\x00\xff\xfe"),
			[]byte("From: \xff\r\nSubject: =?utf-8?Q?a=0Ab?=\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Disposition: attachment; filename=\"=?utf-8?Q?a=0A=E2=80=AEb.pdf?=\"\r\n\r\nx"),
			[]byte("From: a@b.it\r\n" + strings.Repeat("X: 1\r\n", 1001) + "\r\n"),
			[]byte("From: a@b.it\r\nTo: " + strings.Repeat("a@b.it, ", 600) + "\r\n\r\n"),
		},
		Invalid:  invalidConfigs(),
		Patience: 15 * time.Second,
		Quiet:    250 * time.Millisecond,
	})
}

// item is the nth citizen's mail, at least size bytes long.
func item(n, size int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: Cittadino %d <c%d@example.com>\r\nTo: %s\r\nSubject: Richiesta %d\r\n", n, n, ownAddress, n)
	fmt.Fprintf(&b, "Date: Mon, 5 Oct 2026 10:15:00 +0200\r\nMessage-ID: <r%d@example.com>\r\n\r\nBuongiorno,\r\n", n)
	for b.Len() < size {
		b.WriteString("una riga come tante, per fare volume nella richiesta.\r\n")
	}
	return b.Bytes()
}

func invalidConfigs() []channeltest.Invalid {
	config := func(imap string) []byte {
		return []byte(`{"address":"a@b.it","imap":{"host":"imap.b.it"` + imap + `}}`)
	}
	password := map[string]string{"/imap/password": "segreta"}
	return []channeltest.Invalid{
		{Name: "no server", Config: []byte(`{"address":"a@b.it"}`)},
		{Name: "no encryption", Config: config(`,"security":"none"`), Secrets: password, Pointer: "/imap/security"},
		{Name: "no password", Config: config(``), Pointer: "/imap/password"},
		{Name: "move to nowhere", Config: config(`,"after_ack":"move"`), Secrets: password, Pointer: "/imap/move_to"},
		{Name: "move in a circle", Config: config(`,"after_ack":"move","move_to":"inbox"`), Secrets: password, Pointer: "/imap/move_to"},
		{Name: "no token", Config: config(`,"auth":"xoauth2"`), Pointer: "/oauth"},
		{Name: "nameless folder", Config: config(`,"folders":[""]`), Secrets: password, Pointer: "/imap/folders"},
	}
}

func setup(tb testing.TB) channeltest.World {
	tb.Helper()
	w := newMailWorld(tb)
	refused := channel.Address{Kind: "email", Value: refusedAddress}
	return channeltest.World{
		Adapter: email.New(time.Now).WithLastingReaders().WithRecords(nil).WithPatience(time.Millisecond),
		Again: func() channel.Adapter {
			return email.New(time.Now).WithLastingReaders().WithRecords(nil).WithPatience(time.Millisecond)
		},
		Config: w.config(moving, func(_, in, _ object) {
			in["sent_folder"] = sentFolder
		}),
		Secrets:          secrets(),
		BadSecrets:       map[string]string{"/imap/password": "sbagliata"},
		Inject:           w.inject,
		Present:          w.present,
		Effects:          func() []channeltest.Effect { return effects(tb, w.out.mails()) },
		Attempts:         w.out.attempted,
		Faults:           faults(w.out),
		Hang:             w.out.hangNext,
		RefusedRecipient: &refused,
	}
}

func effects(tb testing.TB, mails []takenMail) (all []channeltest.Effect) {
	tb.Helper()
	for _, mail := range mails {
		for _, recipient := range mail.recipients {
			all = append(all, channeltest.Effect{Recipient: recipient, Wire: mail.wire, Attachments: attachmentsOf(tb, mail.wire)})
		}
	}
	return all
}

func faults(s *submission) []channeltest.Fault {
	refuse := func(code int, a, b, c int, text string) error {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{a, b, c}, Message: text}
	}
	fails := func(name string, f fault, want channel.FailureClass) channeltest.Fault {
		return channeltest.Fault{Name: name, Arm: func() { s.arm(f) }, Want: want}
	}
	return []channeltest.Fault{
		fails("greylisted", fault{rcpt: refuse(451, 4, 7, 1, "Greylisted, come back")}, channel.FailureTransient),
		fails("mailbox full for now", fault{rcpt: refuse(452, 4, 2, 2, "Mailbox full")}, channel.FailureTransient),
		fails("rate limit", fault{mail: refuse(450, 4, 7, 28, "Rate limit exceeded")}, channel.FailureRateLimited),
		fails("unknown user", fault{rcpt: refuse(550, 5, 1, 1, "User unknown")}, channel.FailureRecipient),
		fails("mailbox full", fault{rcpt: refuse(552, 5, 2, 2, "Mailbox full")}, channel.FailureRecipient),
		fails("relay denied to one", fault{rcpt: refuse(554, 5, 7, 1, "Relay access denied")}, channel.FailureContent),
		fails("relay denied to us", fault{mail: refuse(554, 5, 7, 1, "Relay access denied")}, channel.FailureConfig),
		fails("not our sender", fault{rcpt: refuse(553, 5, 7, 1, "Sender address rejected: not owned by user")}, channel.FailureConfig),
		fails("too large", fault{mail: refuse(552, 5, 3, 4, "Message size exceeds fixed limit")}, channel.FailureContent),
		fails("spam", fault{data: errSpam}, channel.FailureContent),
		fails("disk full", fault{data: refuse(452, 4, 3, 1, "Insufficient system storage")}, channel.FailureTransient),
		fails("going down", fault{rcpt: refuse(421, 4, 3, 2, "Service shutting down")}, channel.FailureTransient),
		fails("credentials refused", fault{auth: smtp.ErrAuthFailed}, channel.FailureConfig),
		fails("sign-in out of order", fault{auth: refuse(454, 4, 7, 0, "Temporary authentication failure")}, channel.FailureTransient),
		fails("lost before the message", fault{dropBefore: true}, channel.FailureTransient),
		fails("lost after the message", fault{dropAfter: true}, channel.FailureUnknownOutcome),
	}
}
