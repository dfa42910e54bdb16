package mta

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sportello.dev/adapters/simulator/internal/directory"
	"sportello.dev/adapters/simulator/internal/letter"
	"sportello.dev/adapters/simulator/journal"
)

// react arranges what an address does about a message. Nothing reacts to mail without a return path.
func (s *Server) react(env Envelope, to string, l *letter.Letter, raw []byte) {
	if env.From == "" {
		return
	}
	if s.Directory.Resolve(to).Behaviour == directory.Adviser {
		s.advise(to, l, raw)
		return
	}
	var answer func() letter.Node
	switch s.Directory.Resolve(to).Behaviour {
	case directory.BounceHard:
		answer = func() letter.Node { return s.report(env, to, raw, hard) }
	case directory.BounceSoft:
		answer = func() letter.Node { return s.report(env, to, raw, soft) }
	case directory.Delayed:
		answer = func() letter.Node { return s.report(env, to, raw, delayed) }
	case directory.OutOfOffice:
		if l.Automatic() {
			return
		}
		answer = func() letter.Node { return s.away(env, to, l) }
	default:
		return
	}
	s.Later(func(context.Context) {
		node := answer()
		back := Envelope{Via: journal.ViaReaction, Helo: s.authServID(to), Remote: "[127.0.0.1]", To: []string{env.From}}
		if s.CheckRecipient(env.From) != nil {
			return // nowhere to report to, as in the real world
		}
		if _, err := s.Accept(back, node.Bytes()); err != nil {
			s.Logger.Warn("a reaction could not be delivered", "error", err)
		}
	})
}

// outcome is what a delivery status report says.
type outcome struct {
	action, status, diagnostic, subject, text string
}

var (
	hard = outcome{
		"failed", "5.1.1", "550 5.1.1 User unknown", "Undelivered Mail Returned to Sender",
		"This is the mail system at host %s.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n<%s>: unknown user\n",
	}
	soft = outcome{
		"failed", "4.2.2", "452 4.2.2 Mailbox full", "Undelivered Mail Returned to Sender",
		"This is the mail system at host %s.\n\nDelivery was given up after repeated attempts.\n\n<%s>: mailbox is full\n",
	}
	delayed = outcome{
		"delayed", "4.4.1", "421 4.4.1 Connection timed out", "Delayed Mail (still being retried)",
		"This is the mail system at host %s.\n\nTHIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\n<%s>: connection timed out\n",
	}
)

// report makes a delivery status notification, RFC 3464.
func (s *Server) report(env Envelope, to string, raw []byte, o outcome) letter.Node {
	host, now := s.authServID(to), s.Now()
	status := &letter.Node{Body: []byte(strings.Join([]string{
		"Reporting-MTA: dns; " + host,
		"Arrival-Date: " + now.Format(time.RFC1123Z),
		"",
		"Original-Recipient: rfc822; " + to,
		"Final-Recipient: rfc822; " + s.Directory.Resolve(to).Account,
		"Action: " + o.action,
		"Status: " + o.status,
		"Diagnostic-Code: smtp; " + o.diagnostic,
		"",
	}, "\r\n"))}
	status.Add("Content-Type", "message/delivery-status")
	head, _, _ := strings.Cut(string(raw), "\r\n\r\n")
	original := &letter.Node{Body: []byte(head + "\r\n")}
	original.Add("Content-Type", "text/rfc822-headers")
	id := s.messageID(env, to, o.action+o.status)
	body := letter.Multipart("report", id, map[string]string{"report-type": "delivery-status"},
		letter.Text("text/plain", fmt.Sprintf(o.text, host, to)), status, original)
	return s.automatic(body, letter.Address{Name: "Mail Delivery System", Address: "MAILER-DAEMON@" + host}, env.From, o.subject, id, "auto-replied", nil)
}

// away makes an out-of-office answer, RFC 3834.
func (s *Server) away(env Envelope, to string, l *letter.Letter) letter.Node {
	text := "Buongiorno,\n\nsono fuori sede fino a lunedì e leggerò la posta al mio rientro.\n\nCordiali saluti\n"
	return s.automatic(letter.Text("text/plain", text), letter.Address{Address: s.Directory.Resolve(to).Account}, env.From,
		letter.EncodeWords("Risposta automatica: "+l.Subject), s.messageID(env, to, "away"), "auto-replied", l)
}

// automatic puts the header of machine mail on a body.
func (s *Server) automatic(body *letter.Node, from letter.Address, to, subject, id, kind string, answered *letter.Letter) letter.Node {
	n := letter.Node{}
	n.Add("From", from.String()).Add("To", "<"+to+">").Add("Subject", subject)
	n.Add("Date", s.Now().Format(time.RFC1123Z)).Add("Message-ID", id).Add("Auto-Submitted", kind)
	if answered != nil && answered.MessageID != "" {
		n.Add("In-Reply-To", answered.MessageID).Add("References", answered.MessageID)
	}
	n.Add("MIME-Version", "1.0")
	whole := *body
	whole.Fields = append(n.Fields, body.Fields...)
	return whole
}

func (s *Server) messageID(env Envelope, to, kind string) string {
	return fmt.Sprintf("<%s.%s@%s>", s.Now().UTC().Format("20060102150405"), s.queueID([]byte(env.From+to+kind), s.Now()), s.authServID(to))
}
