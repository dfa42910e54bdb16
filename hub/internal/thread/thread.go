package thread

import (
	"strconv"
	"time"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// Outcome is what to do with the message.
type Outcome string

// The outcomes. Hold is for mail of machines about nothing we know, and for floods: a person must look at it. Repeat is
// a mail that stands on its ticket already, because it reached two of our addresses.
const (
	Attach Outcome = "attach"
	// Answer is for what an outside expert writes about a question: a note on the ticket.
	Answer Outcome = "answer"
	Begin  Outcome = "begin"
	Hold   Outcome = "hold"
	Repeat Outcome = "repeat"
)

// Confidence is how sure a decision is.
type Confidence string

// The degrees of confidence.
const (
	ConfidenceHigh   Confidence = "high"
	ConfidenceMedium Confidence = "medium"
	ConfidenceLow    Confidence = "low"
)

// Decision says where a message goes and why.
type Decision struct {
	Outcome Outcome
	// Ticket is set when the outcome is Attach, Answer or Repeat.
	Ticket id.Ticket
	// Copied is the message that a Repeat is a further arrival of.
	Copied id.Message
	// Answers is the message of ours that this one answers, as far as known.
	Answers     id.Message
	ThirdPerson bool
	Reason      ticket.Reason
	Confidence  Confidence
	Suggest     []ticket.Suggested
	// Link are tickets that this one has to do with, whatever operators decide.
	Link []ticket.Link
	// Requester is who may be the citizen in place of the sender; an operator decides.
	Requester ticket.Address
}

// match is a piece of evidence that holds.
type match struct {
	candidate  Candidate
	message    id.Message
	subject    string
	third      bool
	code       string
	confidence Confidence
	given      ticket.Number
}

// Decide tells to which ticket a message belongs; the first evidence that holds wins. Number, subject or sender alone
// never join: they make a new ticket, with a suggestion for the operator. Text messages have rules of their own.
func Decide(e Evidence) Decision {
	d := e.place()
	if held, over := e.capped(d); over {
		return held
	}
	if d.Outcome == Begin {
		d.Requester = e.Forwarded
	}
	return e.beside(d)
}

func (e *Evidence) place() Decision {
	found, ok := e.byKey()
	if !ok {
		if d, answers := e.byExpert(); answers {
			return d
		}
		found, ok = e.byToken()
	}
	if !ok {
		found, ok = e.byExternalID()
	}
	if !ok && e.Class.Human() {
		found, ok = e.byNumber()
	}
	if !ok && e.Class.Human() {
		found, ok = e.byPhone()
	}
	switch {
	case ok:
		return e.file(found)
	case e.Class.Human():
		return e.begin()
	}
	return e.decide(Decision{Outcome: Hold, Confidence: ConfidenceLow}, ticket.ReasonUnmatched, nil)
}

// credible tells whether the sender may be taken for whom it names: proved, or on a channel where nobody judges.
func (e *Evidence) credible() bool { return e.Authenticated || !e.Judged }

// byKey: whoever holds number and secret is the citizen of the ticket.
func (e *Evidence) byKey() (match, bool) {
	c, ok := e.Candidates[e.Opened]
	return match{
		candidate: c, subject: c.Subject, code: ticket.ReasonTracking, confidence: ConfidenceHigh, given: e.OpenedNumber,
	}, ok
}

// byToken: whoever has a token may write on the ticket; somebody who is not on it, or who is not proved by a server that
// judges senders, writes as a third person.
func (e *Evidence) byToken() (match, bool) {
	for _, hit := range e.Tokens {
		c, ok := e.Candidates[hit.Ticket]
		if !ok {
			continue
		}
		m := match{candidate: c, message: hit.Message, subject: hit.Subject, code: ticket.ReasonToken, confidence: ConfidenceHigh}
		if !e.Class.Human() {
			return m, true
		}
		role, known := c.party(e.Sender)
		m.third = !known || role == ticket.RoleThird || !e.credible()
		switch {
		case !known:
			m.code, m.confidence = ticket.ReasonTokenThird, ConfidenceMedium
		case !e.credible():
			m.code, m.confidence = ticket.ReasonTokenUnproved, ConfidenceMedium
		}
		return m, true
	}
	return match{}, false
}

// byExternalID: an answer to a message of ours, by somebody it was addressed to or who is proved to be on the ticket.
// Identifiers that senders chose can be copied from any mail, so they need a proved sender.
func (e *Evidence) byExternalID() (match, bool) {
	for i := range e.External {
		hit := &e.External[i]
		c, ok := e.Candidates[hit.Ticket]
		if !ok || hit.expert {
			continue
		}
		m := match{candidate: c, message: hit.Message, subject: hit.Subject, code: ticket.ReasonExternalID, confidence: ConfidenceMedium}
		if !e.Class.Human() {
			if hit.ours() {
				return m, true
			}
			continue
		}
		role, on := c.party(e.Sender)
		known := on && e.Authenticated
		addressed := hit.addressedTo(e.Sender) && (hit.ours() || e.Authenticated)
		if !known && !addressed {
			continue
		}
		m.third = !on || role == ticket.RoleThird || !e.credible()
		switch {
		case !on || role == ticket.RoleThird:
			m.code = ticket.ReasonExternalIDThird
		case m.third:
			m.code = ticket.ReasonExternalIDUnproved
		case known && hit.ours():
			m.confidence = ConfidenceHigh
		}
		return m, true
	}
	return match{}, false
}

// byNumber: everybody can write a number, so the sender must be proved and on the ticket already.
func (e *Evidence) byNumber() (match, bool) {
	if !e.Authenticated {
		return match{}, false
	}
	for _, hit := range e.Numbers {
		c, ok := e.Candidates[hit.Ticket]
		if !ok {
			continue
		}
		if role, known := c.party(e.Sender); known {
			return match{
				candidate: c, subject: c.Subject, third: role == ticket.RoleThird, code: ticket.ReasonNumber,
				confidence: ConfidenceMedium, given: hit.Number,
			}, true
		}
	}
	return match{}, false
}

// file puts the message on the ticket found, unless that one is over for too long or the talk is of something else by
// now. Mail of machines never opens anything: it is kept where it belongs.
func (e *Evidence) file(m match) Decision {
	c := &m.candidate
	params := map[string]string{ticket.ParamNumber: string(c.Number)}
	if !m.message.IsZero() {
		params[ticket.ParamMessage] = m.message.String()
	}
	if m.given != "" && m.given != c.Number {
		params[ticket.ParamFollowed] = string(m.given)
	}
	if m.code == ticket.ReasonTracking {
		params[ticket.ParamOpened] = string(m.given)
	}
	changed := e.Class.Human() && subjectChanged(e.Subject, m.subject, c.Subject)
	if changed {
		params[ticket.ParamSubjectChanged] = "true"
	}
	if e.Class.Human() && !c.Status.Open() && (changed || e.tooLate(c)) {
		if c.ClosedAt != nil {
			params[ticket.ParamClosedFor] = strconv.Itoa(int(e.Now.Sub(*c.ClosedAt) / (24 * time.Hour)))
		}
		return e.decide(Decision{
			Outcome: Begin, Answers: m.message, Confidence: m.confidence,
			Suggest: []ticket.Suggested{{Ticket: c.ID, Reason: ticket.SuggestContinues}},
			Link:    []ticket.Link{{Other: c.ID, Kind: ticket.LinkContinues}},
		}, ticket.ReasonNewLinked, params)
	}
	return e.decide(Decision{
		Outcome: Attach, Ticket: c.ID, Answers: m.message, ThirdPerson: m.third, Confidence: m.confidence,
	}, m.code, params)
}

func (e *Evidence) tooLate(c *Candidate) bool {
	return c.ClosedAt == nil || c.ReopenWithin <= 0 || e.Now.Sub(*c.ClosedAt) > c.ReopenWithin
}

// subjectChanged tells whether an answer speaks of something else than both the message answered and the ticket. An
// empty subject says nothing.
func subjectChanged(subject, answered, begun string) bool {
	if subject == answered || subject == begun {
		return false
	}
	s := ticket.NormalSubject(subject)
	if s == "" {
		return false
	}
	a := ticket.NormalSubject(answered)
	if s == a {
		return false
	}
	t := a
	if begun != answered {
		t = ticket.NormalSubject(begun)
	}
	return (a != "" || t != "") && s != t
}

// begin makes a new ticket, with everything that was not enough to join as a suggestion.
func (e *Evidence) begin() Decision {
	d := Decision{Outcome: Begin, Confidence: ConfidenceLow}
	for _, asked := range e.Asked {
		d.suggest(e, asked, ticket.SuggestExpert)
	}
	for _, hit := range e.Numbers {
		d.suggest(e, hit.Ticket, ticket.SuggestNumber)
	}
	for i := range e.External {
		if !e.External[i].expert {
			d.suggest(e, e.External[i].Ticket, ticket.SuggestReference)
		}
	}
	for _, recent := range e.Recent {
		if c, ok := e.Candidates[recent]; ok && e.alike(&c) {
			d.suggest(e, recent, ticket.SuggestSameSubject)
		}
	}
	for _, c := range e.openOfPhone() {
		d.suggest(e, c.ID, ticket.SuggestSamePhone)
	}
	if len(d.Suggest) == 0 {
		return e.decide(d, ticket.ReasonNew, nil)
	}
	c := e.Candidates[d.Suggest[0].Ticket]
	return e.decide(d, ticket.ReasonNewSuggested, map[string]string{ticket.ParamNumber: string(c.Number)})
}

// alike: open, young enough, written on by the same sender, and about the same subject.
func (e *Evidence) alike(c *Candidate) bool {
	s := ticket.NormalSubject(e.Subject)
	if s == "" || s != ticket.NormalSubject(c.Subject) || !c.Status.Open() || e.Now.Sub(c.CreatedAt) > e.Policy.SuggestWithin {
		return false
	}
	for _, p := range c.Parties {
		if p.Address().Same(e.Sender) && p.WroteAt != nil {
			return true
		}
	}
	return false
}

// suggest adds a ticket once, with the first reason there was.
func (d *Decision) suggest(e *Evidence, other id.Ticket, reason string) {
	c, ok := e.Candidates[other]
	if !ok {
		return
	}
	for _, s := range d.Suggest {
		if s.Ticket == c.ID {
			return
		}
	}
	d.Suggest = append(d.Suggest, ticket.Suggested{Ticket: c.ID, Reason: reason})
}

// decide completes the reason with what is true of every decision.
func (e *Evidence) decide(d Decision, code string, params map[string]string) Decision {
	if params == nil {
		params = map[string]string{}
	}
	params[ticket.ParamConfidence] = string(d.Confidence)
	if !e.Authenticated && e.Class.Human() {
		params[ticket.ParamUnverified] = "true"
	}
	d.Reason = ticket.Reason{Code: code, Params: params}
	return d
}
