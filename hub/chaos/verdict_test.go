package chaos

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// breach is which promise a violation breaks.
type breach string

// The breaches.
const (
	held         breach = "valid mail in quarantine"
	lost         breach = "accepted mail not visible"
	doubled      breach = "mail visible more than once"
	strayed      breach = "answer not where it belongs"
	invented     breach = "message from nowhere"
	late         breach = "mail visible too late"
	replyLost    breach = "reply or acknowledgement never left"
	replyDoubled breach = "reply or acknowledgement left more than once"
	replyFailed  breach = "reply or acknowledgement given up or stuck"
	unfounded    breach = "uncertain without a kill in the attempt"
	fell         breach = "hub ended by itself"
	orphaned     breach = "adapter outlived its hub"
)

// violation is one thing that must not be, with its story.
type violation struct {
	Breach breach `json:"breach"`
	// Marker of the letter or reply.
	Marker string `json:"marker,omitempty"`
	Story  string `json:"story"`
}

func (v violation) String() string { return fmt.Sprintf("%s: %s\n    %s", v.Breach, v.Marker, v.Story) }

// judge finds everything that must not be.
func (s *snapshot) judge() []violation {
	found := s.judgeLetters()
	for _, q := range s.quarantine {
		found = append(found, violation{held, letterMark.FindString(q.Preview + q.Subject), fmt.Sprintf("reason %s, %q, from %s: %s", q.Reason.Code, q.Subject, q.From, q.Detail)})
	}
	for _, m := range s.inbound[""] {
		found = append(found, violation{invented, "", fmt.Sprintf("ticket %s, from %s, %q", m.Ticket, m.From.Address, m.Subject)})
	}
	for _, d := range s.deaths {
		found = append(found, violation{fell, "", d})
	}
	for _, pid := range s.orphans {
		found = append(found, violation{orphaned, strconv.Itoa(pid), "its parent is gone"})
	}
	found = append(found, s.judgeReplies()...)
	return append(found, s.judgeAcknowledgements()...)
}

func (s *snapshot) judgeLetters() []violation {
	var found []violation
	copies := 0
	for _, l := range s.letters {
		if l.byMail() {
			copies += l.Copies
		}
		seen, wrong := s.seenAs(l)
		switch {
		case len(wrong) > 0:
			found = append(found, violation{strayed, l.Marker, s.letterStory(l)})
		case len(seen) == 0:
			found = append(found, violation{lost, l.Marker, s.letterStory(l)})
		case len(seen) > 1:
			found = append(found, violation{doubled, l.Marker, s.letterStory(l)})
		case l.Ticket != "" && seen[0].Ticket != l.Ticket:
			found = append(found, violation{strayed, l.Marker, s.letterStory(l)})
		case slices.Contains(s.late, l.Marker):
			found = append(found, violation{late, l.Marker, s.letterStory(l)})
		}
	}
	if copies > s.mailed {
		found = append(found, violation{invented, "", fmt.Sprintf("the ledger has %d accepted mails, the world's journal %d", copies, s.mailed)})
	}
	return found
}

func (s *snapshot) letterStory(l entry) string {
	story := fmt.Sprintf("%s from %s to %s, accepted %d times, first %s", l.Form, l.Citizen, l.Mailbox, l.Copies, l.AcceptedAt.Format(clock))
	if l.Ticket != "" {
		story += ", for ticket " + l.Ticket
	}
	seen, wrong := s.seenAs(l)
	for _, m := range slices.Concat(seen, wrong) {
		story += fmt.Sprintf("; on %s as %s %s since %s (%s)", m.Ticket, m.Direction, m.ID, m.CreatedAt.Local().Format(clock), m.Reason)
	}
	return story + s.killsAround(*l.AcceptedAt, l.AcceptedAt.Add(10*time.Second))
}

// killsAround names the kills from shortly before one moment until another.
func (s *snapshot) killsAround(from, to time.Time) string {
	var list []string
	for _, k := range s.kills {
		if k.At.After(from.Add(-10*time.Second)) && k.At.Before(to) {
			list = append(list, fmt.Sprintf("%s %s %s", k.Target, k.At.Local().Format(clock), k.How))
		}
	}
	if len(list) == 0 {
		return "; no kill near"
	}
	return "; kills: " + strings.Join(list, ", ")
}

func (s *snapshot) judgeReplies() []violation {
	var found []violation
	for _, r := range s.replies {
		var written []message
		for _, m := range s.outbound {
			if replyMark.FindString(m.Text) == r.Marker {
				written = append(written, m)
			}
		}
		arrived := s.arrivedWith(func(a arrival) bool { return a.marker == r.Marker })
		story := fmt.Sprintf("on %s, written %s", r.Ticket, r.WrittenAt.Format(clock)) + arrivals(arrived)
		switch {
		case len(written) > 1:
			found = append(found, violation{replyDoubled, r.Marker, fmt.Sprintf("stored %d times, %s", len(written), story)})
		case len(written) == 1:
			found = append(found, s.judgeOutbound(r.Marker, written[0], arrived, story)...)
		case r.ConfirmedAt != nil:
			found = append(found, violation{replyLost, r.Marker, "confirmed as " + r.Message + " and not on the ticket, " + story})
		}
	}
	return append(found, s.strangers()...)
}

// strangers are mails of the town that nobody wrote.
func (s *snapshot) strangers() []violation {
	var found []violation
	for _, a := range s.arrivals {
		known := slices.ContainsFunc(s.replies, func(r replied) bool { return r.Marker == a.marker })
		if !known && !a.automatic {
			found = append(found, violation{invented, a.marker, fmt.Sprintf("%s to %s, %q", a.id, a.to, a.subject)})
		}
	}
	return found
}

func (s *snapshot) judgeAcknowledgements() []violation {
	var found []violation
	count := map[string]int{}
	for _, m := range s.outbound {
		if m.Class != "acknowledgement" {
			continue
		}
		arrived := s.arrivedWith(func(a arrival) bool { return a.automatic && ticketNumber.FindString(a.subject) == m.Ticket })
		story := "acknowledgement of " + m.Ticket + arrivals(arrived)
		if count[m.Ticket]++; count[m.Ticket] > 1 {
			found = append(found, violation{replyDoubled, m.Ticket, fmt.Sprintf("stored %d times, %s", count[m.Ticket], story)})
			continue
		}
		found = append(found, s.judgeOutbound(m.Ticket, m, arrived, story)...)
	}
	return found
}

// judgeOutbound compares what the hub says of a message with what arrived.
func (s *snapshot) judgeOutbound(marker string, m message, arrived int, story string) []violation {
	var found []violation
	if arrived > 1 {
		found = append(found, violation{replyDoubled, marker, story + s.deliveryStory(m)})
	}
	for _, short := range m.Deliveries {
		d := s.deliveries[short.ID]
		switch d.State {
		case "accepted", "sent", "delivered", "read":
			if arrived == 0 {
				found = append(found, violation{replyLost, marker, story + s.deliveryStory(m)})
			}
		case "uncertain":
			if !s.struck(d) {
				found = append(found, violation{unfounded, marker, story + s.deliveryStory(m)})
			}
		default:
			found = append(found, violation{replyFailed, marker, story + s.deliveryStory(m)})
		}
	}
	return found
}

// arrivedWith is how often a mail reached the mail server, or its mailbox: the larger number.
func (s *snapshot) arrivedWith(is func(arrival) bool) int {
	inbox, accepted := 0, 0
	for _, a := range s.arrivals {
		if is(a) {
			inbox += a.inbox
			accepted += a.accepted
		}
	}
	return max(inbox, accepted)
}

func arrivals(n int) string { return fmt.Sprintf(", arrived %d times", n) }

func (s *snapshot) deliveryStory(m message) string {
	var b strings.Builder
	fmt.Fprintf(&b, ", message %s of %s", m.ID, m.CreatedAt.Local().Format(clock))
	from, to := m.CreatedAt, m.CreatedAt
	for _, short := range m.Deliveries {
		d := s.deliveries[short.ID]
		fmt.Fprintf(&b, "; delivery %s to %s is %s", d.ID, d.Address, d.State)
		if d.Error != nil {
			fmt.Fprintf(&b, " (%s %s %s)", d.Error.Class, d.Error.Code, d.Error.Text)
		}
		for _, t := range d.Tries {
			to = t.Started
			fmt.Fprintf(&b, "; attempt %d from %s", t.Number, t.Started.Local().Format(clock))
			if t.Finished != nil {
				fmt.Fprintf(&b, " to %s %s", t.Finished.Local().Format(clock), t.Outcome)
			}
		}
		for _, c := range d.History {
			fmt.Fprintf(&b, "; %s to %s at %s by %s", c.From, c.To, c.At.Local().Format(clock), c.Reason)
		}
	}
	return b.String() + s.killsAround(from, to.Add(10*time.Second))
}

// sendBound is the longest that a send takes when nothing is killed: a few
// milliseconds, or much more on a machine full of other tests.
const sendBound = 5 * time.Second

// dying is how long a killed process may still take calls: the signal is sent
// first, and the process ends when it is given the processor.
const dying = 100 * time.Millisecond

// underWay tells whether an attempt was being made when something was killed at
// a moment. An attempt that was lost has no end of its own, only the moment when
// that was noticed.
func (t try) underWay(at time.Time) bool {
	end := t.Started.Add(sendBound)
	if t.Finished != nil && t.Outcome == "done" {
		end = *t.Finished
	}
	return !at.Add(dying).Before(t.Started) && !at.After(end)
}

// struck tells whether a kill fell into the last attempt of a delivery.
func (s *snapshot) struck(d delivery) bool {
	if len(d.Tries) == 0 {
		return false
	}
	last := d.Tries[len(d.Tries)-1]
	return slices.ContainsFunc(s.kills, func(k kill) bool { return last.underWay(k.At) })
}

// inFlight counts the attempts that were being made at the kills.
func (s *snapshot) inFlight() int {
	n := 0
	for _, d := range s.deliveries {
		for _, t := range d.Tries {
			if slices.ContainsFunc(s.kills, func(k kill) bool { return t.underWay(k.At) }) {
				n++
			}
		}
	}
	return n
}

// uncertain counts the deliveries in that state.
func (s *snapshot) uncertain() int {
	n := 0
	for _, d := range s.deliveries {
		if d.State == "uncertain" {
			n++
		}
	}
	return n
}
