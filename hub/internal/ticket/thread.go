package ticket

import (
	"strconv"
	"time"

	"sportello.dev/hub/internal/id"
)

// Policy says how far back likeness counts.
type Policy struct {
	// SuggestWithin is how old a ticket may be to be suggested for its subject.
	SuggestWithin time.Duration
}

// DefaultPolicy compares subjects for 14 days.
func DefaultPolicy() Policy { return Policy{SuggestWithin: 14 * 24 * time.Hour} }

// Evidence is everything that may tie an inbound message to a ticket, looked up beforehand: Thread itself reads nothing.
type Evidence struct {
	Class  Class
	Sender Address
	// Authenticated says that the sender's address is proved; Judged, that a server we trust looked at it at all.
	Authenticated bool
	Judged        bool
	Subject       string
	// Opened is the ticket, a key of Candidates, whose number and secret the writer gave; OpenedNumber is that number.
	Opened       id.Ticket
	OpenedNumber Number
	// Tokens are verified ones, the surest first.
	Tokens []TokenHit
	// External are the messages named by In-Reply-To, References or their like, nearest first.
	External []ExternalHit
	// Numbers are the tickets whose number stands in the message.
	Numbers []NumberHit
	// Recent are open tickets that the sender wrote on.
	Recent []id.Ticket
	// Phone are tickets that the sender's telephone number wrote on, or was written to on, within phoneWindow.
	Phone []id.Ticket
	// Siblings are arrivals of the very same mail over other channels of ours.
	Siblings []Sibling
	// Forwarded is whose message a colleague of the town passes on; unset when the sender is no colleague.
	Forwarded Address
	// Asked are tickets about which the sender is asked as an outside expert and has not answered.
	Asked []id.Ticket
	// BegunLately counts the tickets that the sender began within beginWindow.
	BegunLately int
	// Reviewed says that an operator sent the message back to be filed: no cap holds it again.
	Reviewed bool
	// Candidates are all the tickets named above, joins followed.
	Candidates map[id.Ticket]Candidate
	Policy     Policy
	Now        time.Time
}

// TokenHit is a token that verified.
type TokenHit struct {
	// Ticket is a key of Candidates.
	Ticket  id.Ticket
	Message id.Message
	// Subject is that of the message which carried the token.
	Subject string
	// Recipient is the address the token was made for; unset for the token inside a Message-ID.
	Recipient Address
	// unanswerable: a person's answer to it does not belong to the ticket; what machines report of it does.
	unanswerable bool
	// expert: it was made for an outside expert who is asked about the ticket.
	expert bool
}

// ExternalHit is a message known by an identifier that the inbound message names.
type ExternalHit struct {
	Ticket  id.Ticket
	Message id.Message
	Subject string
	Issuer  Issuer
	// Outbound says that the message is one we sent.
	Outbound bool
	// Recipients are those in To and Cc of that message.
	Recipients []Address
	// expert: the message is a note, asked of an outside expert or answered by one.
	expert bool
}

// ours tells whether the identifier is one of a message we sent, given by us or by our provider.
func (h *ExternalHit) ours() bool { return h.Outbound && h.Issuer != IssuerSender }

func (h *ExternalHit) addressedTo(a Address) bool {
	for _, r := range h.Recipients {
		if r.Same(a) {
			return true
		}
	}
	return false
}

// NumberHit is a number with a valid check digit that names a ticket of ours.
type NumberHit struct {
	Number Number
	Ticket id.Ticket
}

// Sibling is a message that is the same mail, come over another channel.
type Sibling struct {
	// Ticket is a key of Candidates.
	Ticket  id.Ticket
	Message id.Message
}

// Candidate is a ticket that the message may belong to, after following joins.
type Candidate struct {
	ID        id.Ticket
	Number    Number
	Subject   string
	Status    Status
	CreatedAt time.Time
	ClosedAt  *time.Time
	// ReopenWithin is how long after its end a letter opens it again; later, and at an office that is closed down, a new
	// ticket is made.
	ReopenWithin time.Duration
	// ReopenedLately counts how often letters opened it again within reopenWindow.
	ReopenedLately int
	Parties        []Party
}

// party finds what an address is on the ticket. A third person who only wrote in, and to whom no operator ever wrote,
// is not on it: otherwise one forwarded token would open the ticket for good.
func (c *Candidate) party(a Address) (TicketRole, bool) {
	role, found := TicketRole(""), false
	for _, p := range c.Parties {
		if !p.Address().Same(a) || a.IsZero() {
			continue
		}
		if p.Role == RoleRequester {
			return RoleRequester, true
		}
		if p.AddressedAt != nil {
			role, found = RoleThird, true
		}
	}
	return role, found
}

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

// Suggested is a ticket that the message may belong to besides; only operators see it, only operators decide.
type Suggested struct {
	Ticket id.Ticket
	Reason string
}

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
	Reason      Reason
	Confidence  Confidence
	Suggest     []Suggested
	// Link are tickets that this one has to do with, whatever operators decide.
	Link []Link
	// Requester is who may be the citizen in place of the sender; an operator decides.
	Requester Address
}

// match is a piece of evidence that holds.
type match struct {
	candidate  Candidate
	message    id.Message
	subject    string
	third      bool
	code       string
	confidence Confidence
	given      Number
}

// Thread decides to which ticket a message belongs; the first evidence that holds wins. Number, subject or sender alone
// never join: they make a new ticket, with a suggestion for the operator. Text messages have rules of their own.
func Thread(e Evidence) Decision {
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
	return e.decide(Decision{Outcome: Hold, Confidence: ConfidenceLow}, ReasonUnmatched, nil)
}

// credible tells whether the sender may be taken for whom it names: proved, or on a channel where nobody judges.
func (e *Evidence) credible() bool { return e.Authenticated || !e.Judged }

// byKey: whoever holds number and secret is the citizen of the ticket.
func (e *Evidence) byKey() (match, bool) {
	c, ok := e.Candidates[e.Opened]
	return match{
		candidate: c, subject: c.Subject, code: ReasonTracking, confidence: ConfidenceHigh, given: e.OpenedNumber,
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
		m := match{candidate: c, message: hit.Message, subject: hit.Subject, code: ReasonToken, confidence: ConfidenceHigh}
		if !e.Class.Human() {
			return m, true
		}
		role, known := c.party(e.Sender)
		m.third = !known || role == RoleThird || !e.credible()
		switch {
		case !known:
			m.code, m.confidence = ReasonTokenThird, ConfidenceMedium
		case !e.credible():
			m.code, m.confidence = ReasonTokenUnproved, ConfidenceMedium
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
		m := match{candidate: c, message: hit.Message, subject: hit.Subject, code: ReasonExternalID, confidence: ConfidenceMedium}
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
		m.third = !on || role == RoleThird || !e.credible()
		switch {
		case !on || role == RoleThird:
			m.code = ReasonExternalIDThird
		case m.third:
			m.code = ReasonExternalIDUnproved
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
				candidate: c, subject: c.Subject, third: role == RoleThird, code: ReasonNumber,
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
	params := map[string]string{ParamNumber: string(c.Number)}
	if !m.message.IsZero() {
		params[ParamMessage] = m.message.String()
	}
	if m.given != "" && m.given != c.Number {
		params[ParamFollowed] = string(m.given)
	}
	if m.code == ReasonTracking {
		params[ParamOpened] = string(m.given)
	}
	changed := e.Class.Human() && subjectChanged(e.Subject, m.subject, c.Subject)
	if changed {
		params[ParamSubjectChanged] = "true"
	}
	if e.Class.Human() && !c.Status.Open() && (changed || e.tooLate(c)) {
		if c.ClosedAt != nil {
			params[ParamClosedFor] = strconv.Itoa(int(e.Now.Sub(*c.ClosedAt) / (24 * time.Hour)))
		}
		return e.decide(Decision{
			Outcome: Begin, Answers: m.message, Confidence: m.confidence,
			Suggest: []Suggested{{Ticket: c.ID, Reason: SuggestContinues}},
			Link:    []Link{{Other: c.ID, Kind: LinkContinues}},
		}, ReasonNewLinked, params)
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
func subjectChanged(subject, answered, ticket string) bool {
	if subject == answered || subject == ticket {
		return false
	}
	s := NormalSubject(subject)
	if s == "" {
		return false
	}
	a := NormalSubject(answered)
	if s == a {
		return false
	}
	t := a
	if ticket != answered {
		t = NormalSubject(ticket)
	}
	return (a != "" || t != "") && s != t
}

// begin makes a new ticket, with everything that was not enough to join as a suggestion.
func (e *Evidence) begin() Decision {
	d := Decision{Outcome: Begin, Confidence: ConfidenceLow}
	for _, asked := range e.Asked {
		d.suggest(e, asked, SuggestExpert)
	}
	for _, hit := range e.Numbers {
		d.suggest(e, hit.Ticket, SuggestNumber)
	}
	for i := range e.External {
		if !e.External[i].expert {
			d.suggest(e, e.External[i].Ticket, SuggestReference)
		}
	}
	for _, recent := range e.Recent {
		if c, ok := e.Candidates[recent]; ok && e.alike(&c) {
			d.suggest(e, recent, SuggestSameSubject)
		}
	}
	for _, c := range e.openOfPhone() {
		d.suggest(e, c.ID, SuggestSamePhone)
	}
	if len(d.Suggest) == 0 {
		return e.decide(d, ReasonNew, nil)
	}
	c := e.Candidates[d.Suggest[0].Ticket]
	return e.decide(d, ReasonNewSuggested, map[string]string{ParamNumber: string(c.Number)})
}

// alike: open, young enough, written on by the same sender, and about the same subject.
func (e *Evidence) alike(c *Candidate) bool {
	s := NormalSubject(e.Subject)
	if s == "" || s != NormalSubject(c.Subject) || !c.Status.Open() || e.Now.Sub(c.CreatedAt) > e.Policy.SuggestWithin {
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
func (d *Decision) suggest(e *Evidence, ticket id.Ticket, reason string) {
	c, ok := e.Candidates[ticket]
	if !ok {
		return
	}
	for _, s := range d.Suggest {
		if s.Ticket == c.ID {
			return
		}
	}
	d.Suggest = append(d.Suggest, Suggested{Ticket: c.ID, Reason: reason})
}

// decide completes the reason with what is true of every decision.
func (e *Evidence) decide(d Decision, code string, params map[string]string) Decision {
	if params == nil {
		params = map[string]string{}
	}
	params[ParamConfidence] = string(d.Confidence)
	if !e.Authenticated && e.Class.Human() {
		params[ParamUnverified] = "true"
	}
	d.Reason = Reason{Code: code, Params: params}
	return d
}
