package chaos

import (
	"context"
	"fmt"
	"time"

	"sportello.dev/adapters/simulator/journal"
)

// expert is the address of the n-th outside expert that is asked.
func expert(n int) string { return fmt.Sprintf("esperto%03d@posta.example", n) }

// byExpert is the form of a letter that answers a question. It belongs into a note, and never into the conversation.
const byExpert = "answer of an expert"

// seenAs are the messages that a letter became: as what it should be, and as what it should not.
func (s *snapshot) seenAs(l entry) (right, wrong []message) {
	if l.Form == byExpert {
		return s.noted[l.Marker], s.inbound[l.Marker]
	}
	return s.inbound[l.Marker], s.noted[l.Marker]
}

// killAsked kills the hub around the moment in which an expert is asked: before it hears of it, before it has committed, before
// the letter leaves, or while it does.
var killAsked = disaster{"hub killed as an expert is asked", func(ctx context.Context, r *run) error {
	if err := r.hub.up(ctx); err != nil {
		return err
	}
	number, err := r.delivered(ctx, r.citizens.letterOf(citizen(0), mailboxes[0]))
	if err != nil {
		return err
	}
	if _, err := r.ask(ctx, number); err != nil {
		return err
	}
	pause(ctx, time.Duration(r.random.Int64N(int64(400*time.Millisecond))))
	return r.killHub(ctx, "as an expert is asked")
}}

// ask has the operator ask an expert of their own about a ticket.
func (r *run) ask(ctx context.Context, number string) (who string, err error) {
	r.experts++
	who = expert(r.experts)
	return who, r.operator.ask(ctx, number, who)
}

// answers lets an expert answer the letter, which the mail server has taken.
func (r *run) answers(ctx context.Context, who, number string) error {
	var answer *letter
	err := await(ctx, upWait, "a letter to answer", func() bool {
		for _, e := range r.world.Journal().After(0, 0) {
			if e.Via != journal.ViaSubmission || len(e.To) != 1 || e.To[0] != who {
				continue
			}
			if got, box, err := r.citizens.find(e); err == nil {
				answer = r.citizens.expertAnswer(who, box, number, got)
			}
			return answer != nil
		}
		return false
	})
	if err != nil {
		return err
	}
	return r.citizens.send(ctx, answer)
}

// expertAnswer is what an expert writes back, to the address or by reference as citizens do.
func (c *citizens) expertAnswer(who string, box mailbox, number string, r received) *letter {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.writer.answer(who, box, number, r)
	l.form = byExpert
	return l
}
