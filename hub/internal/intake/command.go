package intake

import (
	"context"
	"regexp"
	"strings"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/thread"
	"sportello.dev/hub/internal/ticket"
)

// Words by which a telephone asks for something that needs no person. They stand alone in a text: with more words around
// them it is a message like any other. "No" and "annulla" are answers to all kinds of questions, and mean a stop only
// right after a proactive message.
var (
	stopWords     = []string{"stop", "basta", "disiscrivi", "disiscrivimi", "cancellami", "rimuovi", "rimuovimi"}
	stopAfterward = []string{"no", "annulla"}
	startWords    = []string{"start", "riprendi"}
	statusForm    = regexp.MustCompile(`^(?:stato|status)[\s:]+(.{1,40})$`)
)

// command is what a text asks for; number is the ticket asked about.
type command struct {
	says   delivery.Saying
	number ticket.Number
}

// commandOf reads a text. afterProactive says that the number got a proactive message in the last days.
func commandOf(text string, afterProactive bool) (command, bool) {
	words := strings.Trim(strings.Join(strings.Fields(strings.ToLower(text)), " "), ` .!?"'`)
	one := func(all []string) bool {
		for _, w := range all {
			if words == w {
				return true
			}
		}
		return false
	}
	switch {
	case one(stopWords), afterProactive && one(stopAfterward):
		return command{says: delivery.SayStopped}, true
	case one(startWords):
		return command{says: delivery.SayResumed}, true
	}
	m := statusForm.FindStringSubmatch(words)
	if m == nil {
		return command{}, false
	}
	number, err := ticket.ParseNumber(strings.ReplaceAll(m[1], " ", ""))
	return command{says: delivery.SayStatus, number: number}, err == nil
}

// proactive tells whether a number got a proactive message in the last seven days: nobody sends any yet.
func proactive(ticket.Address) bool { return false }

// obey does what texts ask for. Only a telephone's own channel is believed: anybody can type a number into a form. What
// is asked about a ticket that the number is not on stays a message like any other, for a person to look at.
func (s *Stages) obey(ctx context.Context, v *wave) error {
	for _, w := range v.open() {
		m := w.event.Message
		if w.sender.Kind != contact.KindMobile || !w.class.Human() || m.Authentication.Authority != "" || len(m.Attachments) > 0 {
			continue
		}
		c, ok := commandOf(m.Text, proactive(w.sender))
		if !ok || w.decision.Outcome == thread.Hold || w.decision.Outcome == thread.Repeat {
			continue
		}
		if c.says == delivery.SayStatus && !w.asksFor(c.number) {
			continue
		}
		changed, err := s.heed(ctx, v, w, c)
		if err != nil {
			return err
		}
		w.class = ticket.ClassCommand
		w.heeded = true
		if changed {
			w.answer = c.says
		}
	}
	return nil
}

// asksFor tells whether the message was joined to the ticket of this number because its sender is on it.
func (w *work) asksFor(n ticket.Number) bool {
	given := w.decision.Reason.Params
	return w.decision.Outcome == thread.Attach && w.decision.Reason.Code == ticket.ReasonPhoneNumber &&
		(given[ticket.ParamNumber] == string(n) || given[ticket.ParamFollowed] == string(n))
}

// heed writes what was asked for and tells whether that needs an answer: a second stop changes nothing.
func (s *Stages) heed(ctx context.Context, v *wave, w *work, c command) (answer bool, err error) {
	switch c.says {
	case delivery.SayStopped:
		return s.contacts.Suppress(ctx, v.tx, w.sender.Kind, w.sender.Value, w.ID)
	case delivery.SayResumed:
		return s.contacts.Resume(ctx, v.tx, w.sender.Kind, w.sender.Value)
	}
	return true, nil
}
