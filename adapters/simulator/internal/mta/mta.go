// Package mta is the mail server in the middle of the simulated world: it decides who may send what to whom, puts its
// header fields on, delivers into mailboxes, keeps the journal, and answers for addresses that bounce or are away.
package mta

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"

	"github.com/emersion/go-imap/v2"

	"sportello.dev/adapters/simulator/fault"
	"sportello.dev/adapters/simulator/internal/directory"
	"sportello.dev/adapters/simulator/internal/letter"
	"sportello.dev/adapters/simulator/internal/postbox"
	"sportello.dev/adapters/simulator/journal"
)

// Server accepts and delivers mail.
type Server struct {
	Directory *directory.Directory
	Store     *postbox.Store
	Journal   *journal.Journal
	Faults    *fault.Board
	Logger    *slog.Logger
	Now       func() time.Time
	// AuthServID is the name under which the town's mail server states authentication results.
	AuthServID string
	// Boxes are the mailboxes a citizen's new account gets beside the inbox.
	Boxes []string
	// Later runs a reaction some time after the message that caused it. It must not block.
	Later func(react func(context.Context))
	// Thinking runs what a person does about a message, who takes longer. It must not block.
	Thinking func(act func(context.Context))
	// Delivered is told of each message put into a citizen's inbox; may be nil. It must not block.
	Delivered func(account string, raw []byte)
}

// Envelope is how a message is handed over.
type Envelope struct {
	Via     string // one of the journal's Via values
	Account string // who authenticated; empty for nobody
	Helo    string
	Remote  string
	From    string // empty for bounces
	To      []string
}

// Refusal is a negative answer, in SMTP's terms.
type Refusal struct {
	Code   int
	Status [3]int
	Text   string
}

func (r *Refusal) Error() string { return fmt.Sprintf("%d %s", r.Code, r.Text) }

// CheckSender says whether the envelope's account may use a sender address.
func (s *Server) CheckSender(account, from string) error {
	if from == "" || account == "" {
		return nil
	}
	if s.Directory.Resolve(from).Account != account {
		return &Refusal{553, [3]int{5, 7, 1}, "Sender address not owned by the logged in user"}
	}
	return nil
}

// CheckRecipient says whether mail for an address is taken.
func (s *Server) CheckRecipient(to string) error {
	if f, hit := s.Faults.Take(fault.RejectRecipient, to, s.Directory.Resolve(to).Account); hit {
		return faultRefusal(f)
	}
	r := s.Directory.Resolve(to)
	switch {
	case r.Kind == directory.Foreign:
		return &Refusal{550, [3]int{5, 1, 2}, "Domain not found: this world ends at its own domains"}
	case !r.Known:
		return &Refusal{550, [3]int{5, 1, 1}, "No such user here"}
	case r.Behaviour == directory.Full:
		return &Refusal{452, [3]int{4, 2, 2}, "Mailbox full"}
	}
	return nil
}

// CheckContent says whether the bytes of a message are acceptable from who logs in: lines must end in CRLF.
func CheckContent(raw []byte) error {
	for i, c := range raw {
		bare := c == '\n' && (i == 0 || raw[i-1] != '\r') || c == '\r' && (i+1 == len(raw) || raw[i+1] != '\n')
		if bare {
			return &Refusal{550, [3]int{5, 6, 11}, "Bare CR or LF in message (RFC 5321 2.3.8)"}
		}
	}
	return nil
}

// Normalise gives lines that end in a bare LF their CR, as mail exchangers do with mail from strangers.
func Normalise(raw []byte) []byte {
	fixed := make([]byte, 0, len(raw)+len(raw)/32)
	for i, c := range raw {
		if c == '\n' && (i == 0 || raw[i-1] != '\r') {
			fixed = append(fixed, '\r')
		}
		fixed = append(fixed, c)
	}
	return fixed
}

// Accept takes a message whose envelope was checked. When it returns without error the message is in the mailboxes and in
// the journal, and the reactions it causes are on their way.
func (s *Server) Accept(env Envelope, raw []byte) (queueID string, err error) {
	if f, hit := s.Faults.Take(fault.RejectData, env.To...); hit {
		return "", faultRefusal(f)
	}
	l := letter.ParseHeader(raw)
	now := s.Now()
	sum := sha256.Sum256(raw)
	queueID = s.queueID(sum[:], now)
	for _, to := range env.To {
		if err := s.deliver(env, to, queueID, now, l, raw); err != nil {
			return "", err
		}
	}
	entry := journal.Entry{
		At: now.UTC(), Via: env.Via, QueueID: queueID, Account: env.Account, From: env.From, To: env.To,
		MessageID: l.MessageID, Subject: clip(l.Subject), Size: int64(len(raw)), SHA256: hex.EncodeToString(sum[:]),
	}
	if _, err := s.Journal.Add(entry); err != nil {
		return "", err
	}
	for _, to := range env.To {
		s.react(env, to, l, raw)
	}
	return queueID, nil
}

// Keep puts a message a citizen wrote into their own "sent" mailbox.
func (s *Server) Keep(account, box string, raw []byte) error {
	a, err := s.Store.Ensure(account, s.Boxes...)
	if err != nil {
		return fmt.Errorf("opening account: %w", err)
	}
	b, err := a.Box(box)
	if err != nil {
		return fmt.Errorf("opening %q: %w", box, err)
	}
	_, _, err = b.Append(raw, s.Now(), imap.FlagSeen)
	return err
}

func (s *Server) deliver(env Envelope, to, queueID string, now time.Time, l *letter.Letter, raw []byte) error {
	r := s.Directory.Resolve(to)
	if r.Behaviour == directory.BounceHard || r.Behaviour == directory.BounceSoft {
		return nil // accepted, and a report follows
	}
	var boxes []string
	if r.Kind == directory.Citizen {
		boxes = s.Boxes
	}
	account, err := s.Store.Ensure(r.Account, boxes...)
	if err != nil {
		return fmt.Errorf("opening account: %w", err)
	}
	inbox, err := account.Box(postbox.Inbox)
	if err != nil {
		return fmt.Errorf("opening inbox: %w", err)
	}
	stamped := s.stamp(env, to, queueID, now, l, raw)
	copies := 1
	if _, twice := s.Faults.Take(fault.Duplicate, to, r.Account); twice {
		copies = 2
	}
	for range copies {
		if _, _, err := inbox.Append(stamped, now); err != nil {
			return fmt.Errorf("delivering: %w", err)
		}
	}
	if r.Kind == directory.Citizen && s.Delivered != nil {
		s.Delivered(r.Account, stamped)
	}
	return nil
}

// queueID names a message the way mail servers do; the journal's length keeps equal messages apart.
func (s *Server) queueID(sum []byte, now time.Time) string {
	id := sha256.Sum256(fmt.Appendf(nil, "%x %d %d", sum, now.UnixNano(), s.Journal.Len()))
	return fmt.Sprintf("%X", id[:5])
}

func faultRefusal(f fault.Fault) *Refusal {
	text := f.Text
	if text == "" {
		text = "Refused on request"
	}
	return &Refusal{f.Code, [3]int{f.Code / 100, 0, 0}, text}
}

func clip(s string) string {
	const limit = 300 // characters of a subject worth keeping in the journal
	if r := []rune(s); len(r) > limit {
		return string(r[:limit])
	}
	return s
}
