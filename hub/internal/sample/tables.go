package sample

import (
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/ticket"
)

// tables lists what is written, in no particular order: nothing points anywhere while the rows go in.
func (a *Archive) tables() []table {
	s := a.stories
	each := func(write func(*rows, *story)) func(*rows, int) {
		return func(r *rows, i int) { write(r, s.story(i)) }
	}
	return []table{
		{"contact", "id, name, kind, language, created_at, updated_at", s.people, s.contact},
		{"contact_address", "id, contact_id, kind, value, display, verified_at, preferred, created_at", s.people, s.addresses},
		{"ticket", "id, number, subject, status, office_id, assignee_id, contact_id, language, waiting_since, last_message_at, " +
			"last_channel_kind, preview, message_count, inbound_count, created_at, updated_at, closed_at, held_since, version, first_answered_at, clock_at", s.n, each(s.ticket)},
		{"stay", "id, ticket_id, office_id, began_at, ended_at, reason", s.n, each(s.stay)},
		{"ticket_party", "ticket_id, kind, value, name, contact_id, role, wrote_at, addressed_at, channel_id", s.n, each(s.party)},
		{"message", "id, ticket_id, direction, origin, channel_id, channel_kind, author_id, contact_id, from_kind, from_value, from_name, " +
			"subject, text, language, threading_reason, authenticated, answers_id, sent_at, created_at", s.n, each(s.messages)},
		{"message_party", "message_id, position, role, kind, value, name", s.n, each(s.messageParties)},
		{"message_external_id", "message_id, channel_id, kind, value, issuer", s.n, each(s.externalIDs)},
		{"ticket_event", "id, ticket_id, type, params, actor_kind, actor_id, at", s.n, each(s.events)},
		{"transmission", "id, message_id, channel_id, created_at", s.n, each(s.transmissions)},
		{"delivery", "id, message_id, ticket_id, transmission_id, channel_id, address_kind, address_value, address_name, state, attempt, " +
			"failure_class, failure_code, decided_by, decision, decision_reason, decided_at, expires_at, created_at, updated_at", s.n, each(s.deliveries)},
		{"attempt", "transmission_id, n, replica, started_at, deadline, finished_at, outcome", s.n, each(s.attempts)},
	}
}

// contactID is that of the k-th person; people are known from before the archive begins.
func (s *stories) contactID(k int) uuid.UUID {
	rng := rand.New(rand.NewPCG(s.seed^0xc0117ac7, uint64(k)))
	return seededID(s.known(k), rng)
}

func (s *stories) known(k int) time.Time {
	return s.calendar.first.Add(time.Duration(k) * time.Millisecond)
}

func (s *stories) contact(r *rows, k int) {
	at := s.known(k)
	r.begin().id(s.contactID(k)).text(personName(k)).text("person").text("it").at(at).at(at).end()
}

// addresses are three for everybody: somebody writes by whatever is at hand.
func (s *stories) addresses(r *rows, k int) {
	rng := rand.New(rand.NewPCG(s.seed^0xadd7e55, uint64(k)))
	at := s.known(k)
	for n, kind := range []string{"email", "pec", "mobile"} {
		value := personAddress(k, kind)
		r.begin().id(seededID(at, rng)).id(s.contactID(k)).text(kind).text(value).text(value).at(at).yes(n == k%7).at(at).end()
	}
}

func (s *stories) ticket(r *rows, t *story) {
	// The list shows the last message that a person wrote.
	last := 0
	inbound := 0
	var answered time.Time
	for k, u := range t.turns {
		if u.direction != ticket.DirectionNote {
			last = k
		}
		if u.direction == ticket.DirectionInbound {
			inbound++
		}
		if u.direction == ticket.DirectionOutbound && answered.IsZero() {
			answered = u.at
		}
	}
	updated, held := t.turns[len(t.turns)-1].at, t.opened
	if !t.closed.IsZero() {
		updated, held = t.closed, time.Time{}
	}
	r.begin().id(t.id).text(string(t.number)).text(t.letter.subject).text(string(t.status)).id(t.desk.id).id(t.assignee).id(s.contactID(t.person)).
		text("it").at(t.waiting).at(t.turns[last].at).text(t.way.adapter).text(s.texts.of(t, last).preview).number(len(t.turns)).number(inbound).
		at(t.opened).at(updated).at(t.closed).at(held).number(len(t.turns) + 2).
		at(answered).at(held).end() // the clocks of what is open are found at the first look
}

// stay is that of the one office that had the ticket, once it is over.
func (s *stories) stay(r *rows, t *story) {
	if !t.closed.After(t.opened) {
		return
	}
	rng := rand.New(rand.NewPCG(s.seed^0x57a4, uint64(t.opened.UnixMilli())))
	r.begin().id(seededID(t.closed, rng)).id(t.id).id(t.desk.id).at(t.opened).at(t.closed).text(string(ticket.LeaveEnded)).end()
}

// party is the requester.
func (s *stories) party(r *rows, t *story) {
	var wrote, addressed time.Time
	for _, u := range t.turns {
		switch u.direction {
		case ticket.DirectionInbound:
			wrote = u.at
		case ticket.DirectionOutbound:
			addressed = u.at
		}
	}
	r.begin().id(t.id).text(t.way.sender).text(personAddress(t.person, t.way.sender)).text(personName(t.person)).id(s.contactID(t.person)).
		text("requester").at(wrote).at(addressed).id(t.way.id).end()
}

func (s *stories) messages(r *rows, t *story) {
	contact, address, name := s.contactID(t.person), personAddress(t.person, t.way.sender), personName(t.person)
	var asked uuid.UUID
	for k, u := range t.turns {
		text := s.texts.of(t, k).text
		r.begin().id(u.id).id(t.id).text(string(u.direction))
		switch u.direction {
		case ticket.DirectionInbound:
			subject, reason := t.letter.subject, ticket.ReasonNew
			if k > 0 {
				subject, reason = "Re: "+subject, ticket.ReasonToken
			}
			r.text("citizen").id(t.way.id).text(t.way.adapter).null().id(contact).text(t.way.sender).text(address).text(name).
				text(subject).text(text + "\n\n" + name).text("it").text(reason).yes(true).null().at(u.at).at(u.at).end()
			asked = u.id
		case ticket.DirectionOutbound:
			r.text("operator").id(t.way.id).text(t.way.adapter).id(u.author).null().text(t.way.sender).text(t.way.address).text("Comune di Valdoria").
				text("Re: " + t.letter.subject + " [Rif. " + string(t.number) + "]").text(text).text("it").text("").yes(false).id(asked).at(u.at).at(u.at).end()
		default:
			r.text("operator").null().text("").id(u.author).null().text("").text("").text("").text("").text(text).text("it").text("").yes(false).
				null().null().at(u.at).end()
		}
	}
}

func (s *stories) messageParties(r *rows, t *story) {
	address, name := personAddress(t.person, t.way.sender), personName(t.person)
	for _, u := range t.turns {
		switch u.direction {
		case ticket.DirectionInbound:
			r.begin().id(u.id).number(0).text("to").text(t.way.sender).text(t.way.address).text("Comune di Valdoria").end()
		case ticket.DirectionOutbound:
			r.begin().id(u.id).number(0).text("to").text(t.way.sender).text(address).text(name).end()
		}
	}
}

func (s *stories) externalIDs(r *rows, t *story) {
	for _, u := range t.turns {
		switch u.direction {
		case ticket.DirectionInbound:
			r.begin().id(u.id).id(t.way.id).text("message_id").text("<" + u.id.String() + "@posta.example>").text("sender").end()
		case ticket.DirectionOutbound:
			r.begin().id(u.id).id(t.way.id).text("message_id").text("<" + u.id.String() + "@comune.valdoria.example>").text("hub").end()
		}
	}
}

func (s *stories) events(r *rows, t *story) {
	rng := rand.New(rand.NewPCG(s.seed^0xe7e27, uint64(t.opened.UnixMilli())))
	event := func(at time.Time, kind ticket.EventType, params, actor string, who uuid.UUID) {
		if who == uuid.Nil {
			actor = "system"
		}
		r.begin().id(seededID(at, rng)).id(t.id).text(string(kind)).text(params).text(actor).id(who).at(at).end()
	}
	event(t.opened, ticket.EventOpened, `{"number":"`+string(t.number)+`"}`, "system", uuid.Nil)
	if t.assignee != uuid.Nil {
		event(t.taken, ticket.EventAssigned, `{"operator":"`+t.assignee.String()+`"}`, "operator", t.assignee)
	}
	was, c := ticket.StatusNew, s.clocks(t)
	late := func(target ticket.Target, due *time.Time, at time.Time) {
		if due != nil && !due.After(at) {
			event(*due, ticket.EventDeadlineMissed, `{"target":"`+string(target)+`","due":"`+due.Format(time.RFC3339Nano)+`"}`, "system", uuid.Nil)
		}
	}
	for _, u := range t.turns {
		target, due := c.turn(u)
		if u.direction != ticket.DirectionOutbound {
			continue
		}
		late(target, due, u.at)
		params := `{"message":"` + u.id.String() + `","from":"` + string(was) + `","to":"waiting_citizen"`
		if due != nil {
			params += `,"target":"` + string(target) + `","due":"` + due.Format(time.RFC3339Nano) + `"`
		}
		event(u.at, ticket.EventReplied, params+`}`, "operator", u.author)
		was = ticket.StatusWaitingCitizen
	}
	if !t.closed.IsZero() {
		due, params := c.over(t.closed), `{"from":"`+string(was)+`","to":"`+string(t.status)+`"`
		late(ticket.TargetResolve, due, t.closed)
		if due != nil {
			params += `,"resolve_due":"` + due.Format(time.RFC3339Nano) + `"`
		}
		event(t.closed, ticket.EventStatusChanged, params+`}`, "operator", t.assignee)
	}
}

// sent calls back for every turn that left.
func (t *story) sent(do func(u *turn, last bool)) {
	for k := range t.turns {
		if u := &t.turns[k]; u.direction == ticket.DirectionOutbound {
			do(u, k == len(t.turns)-1)
		}
	}
}

func (s *stories) transmissions(r *rows, t *story) {
	t.sent(func(u *turn, _ bool) { r.begin().id(u.transmission).id(u.id).id(t.way.id).at(u.at).end() })
}

func (s *stories) deliveries(r *rows, t *story) {
	address, name := personAddress(t.person, t.way.sender), personName(t.person)
	t.sent(func(u *turn, last bool) {
		state, class, code, decided, decision, why, when := "accepted", "", "", uuid.Nil, "", "", time.Time{}
		if last && t.trouble != "" {
			state = t.trouble
			if state == "failed" {
				class, code = "RECIPIENT", "5.1.1"
			}
		} else if u.text%80 == 0 && u.author != uuid.Nil {
			// Long ago somebody saw that it did not arrive, and called instead.
			state, class, code = "failed", "RECIPIENT", "5.1.1"
			decided, decision, why, when = u.author, "give_up", "Avvisato per telefono", u.at.Add(time.Hour)
		}
		r.begin().id(u.delivery).id(u.id).id(t.id).id(u.transmission).id(t.way.id).text(t.way.sender).text(address).text(name).text(state).number(1).
			text(class).text(code).id(decided).text(decision).text(why).at(when).at(u.at.AddDate(0, 0, 5)).at(u.at).at(u.at).end()
	})
}

func (s *stories) attempts(r *rows, t *story) {
	replica := uuid.UUID{15: 1}
	t.sent(func(u *turn, last bool) {
		outcome := "done"
		if last && t.trouble == "uncertain" {
			outcome = "lost"
		}
		r.begin().id(u.transmission).number(1).id(replica).at(u.at).at(u.at).at(u.at).text(outcome).end()
	})
}
