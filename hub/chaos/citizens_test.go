package chaos

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/mail"
	"regexp"
	"strings"
	"sync"
	"time"

	"sportello.dev/adapters/simulator"
	"sportello.dev/adapters/simulator/journal"
)

// citizens write letters, and answer some of what the town writes.
type citizens struct {
	world  *simulator.World
	ledger *ledger
	number int

	mu     sync.Mutex
	random *rand.Rand
	writer *writer
	// read is how far the world's journal was looked through for mail to answer.
	read int64
}

func newCitizens(world *simulator.World, l *ledger, number int, seed uint64) *citizens {
	return &citizens{
		world: world, ledger: l, number: number, random: rand.New(rand.NewPCG(seed, 1)),
		writer: &writer{random: rand.New(rand.NewPCG(seed, 2))},
	}
}

// write sends letters until there are n, one each pace; hurry ends the pauses.
func (c *citizens) write(ctx context.Context, n int, pace time.Duration, hurry <-chan struct{}) error {
	for i := range n {
		l := c.next(i%3 == 2)
		if err := c.send(ctx, l); err != nil {
			return err
		}
		select {
		case <-hurry:
		case <-time.After(pace):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// next is a letter, an answer if one is wanted and the town has written.
func (c *citizens) next(wantAnswer bool) *letter {
	c.mu.Lock()
	defer c.mu.Unlock()
	if wantAnswer {
		if l := c.answer(); l != nil {
			return l
		}
	}
	return c.writer.first(citizen(c.random.IntN(c.number)), mailboxes[c.random.IntN(len(mailboxes))])
}

// letterOf is a first letter of a certain citizen to a certain mailbox, sent once.
func (c *citizens) letterOf(from string, box mailbox) *letter {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.writer.first(from, box)
	l.copies = 1
	return l
}

// ticketNumber as it stands in the subject of what the town writes.
var ticketNumber = regexp.MustCompile(`\b\d{4}-\d{6,}-\d\b`)

// answer answers the next mail of the town that can be answered.
func (c *citizens) answer() *letter {
	for _, e := range c.world.Journal().After(c.read, 0) {
		c.read = e.Seq
		if e.Via != journal.ViaSubmission || c.random.IntN(2) == 0 {
			continue
		}
		number := ticketNumber.FindString(e.Subject)
		r, box, err := c.find(e)
		if err != nil || number == "" {
			continue
		}
		return c.writer.answer(e.To[0], box, number, r)
	}
	return nil
}

// find reads a mail of the town from the mailbox of the citizen who got it.
func (c *citizens) find(e journal.Entry) (received, mailbox, error) {
	list, err := read(c.world, e.To[0], simulator.DefaultCitizenPassword, inbox)
	if err != nil {
		return received{}, mailbox{}, err
	}
	for _, raw := range list {
		m, err := mail.ReadMessage(strings.NewReader(raw))
		if err != nil || m.Header.Get("Message-Id") != e.MessageID {
			continue
		}
		to, err := mail.ParseAddress(m.Header.Get("Reply-To"))
		if err != nil {
			return received{}, mailbox{}, fmt.Errorf("reading where to answer: %w", err)
		}
		r := received{id: e.MessageID, subject: e.Subject, replyTo: to.Address, references: strings.Join(strings.Fields(m.Header.Get("References")), " ")}
		for _, box := range mailboxes {
			if box.address == e.Account {
				return r, box, nil
			}
		}
	}
	return received{}, mailbox{}, fmt.Errorf("no mail %s in the mailbox of %s", e.MessageID, e.To[0])
}

// send delivers a letter as often as it says.
func (c *citizens) send(ctx context.Context, l *letter) error {
	if err := c.ledger.sending(ctx, l); err != nil {
		return err
	}
	to := l.box.address
	if m, err := mail.ReadMessage(bytes.NewReader(l.raw)); err == nil {
		if a, err := mail.ParseAddress(m.Header.Get("To")); err == nil {
			to = a.Address
		}
	}
	for range l.copies {
		at, err := post(c.world, l.citizen, to, l.raw)
		if err != nil {
			return err
		}
		if err := c.ledger.accepted(ctx, l.marker, at); err != nil {
			return err
		}
	}
	return nil
}
