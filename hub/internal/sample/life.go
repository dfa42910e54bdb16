package sample

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/ticket"
)

// life is a request of the past while it is told.
type life struct {
	*Past

	id       uuid.UUID
	number   ticket.Number
	matter   string
	letter   *pastLetter
	person   int
	channel  string
	office   string
	operator uuid.UUID
	request  string
	priority ticket.Priority
	status   ticket.Status
	standing ticket.Standing
	tags     []uuid.UUID

	at, created, held, closed time.Time
	latest                    struct {
		at      time.Time
		preview string
		channel string
	}
	messages, inbound int
	asked             uuid.UUID
	wrote, addressed  time.Time
	first, firstDue   *time.Time
	resolveDue        *time.Time
	waiting           time.Time
	pauses            []ticket.Pause
	missed            []ticket.Noted
}

// live tells one request from its arrival to its end.
func (w *Past) live(at time.Time) {
	l := &life{Past: w, at: at, created: at, held: at, status: ticket.StatusNew, priority: ticket.PriorityNormal, office: "urp"}
	l.begin()
	l.take()
	if slices.Contains([]string{"sociale", "edilizia", "suap", "lavori", "ambiente", "polizia"}, l.matter) || l.chance(45) {
		l.handOver()
	}
	if l.chance(10) {
		l.consult()
	}
	if l.chance(14) {
		l.note(notes[l.rng.IntN(len(notes))])
	}
	if !l.chance(4) {
		l.correspond()
	}
	l.aside()
	l.end()
	if l.chance(7) {
		l.again()
	}
	l.rest()
}

func (l *life) chance(percent int) bool { return l.rng.IntN(100) < percent }

// begin is the arrival: by which channel, about what, of whom.
func (l *life) begin() {
	l.id = seededID(l.at, l.rng)
	l.matter = l.pick(map[string]int{
		"tributi": 20, "anagrafe": 19, "polizia": 12, "lavori": 11, "scuola": 8, "ambiente": 8, "edilizia": 6, "sociale": 6, "cultura": 4, "suap": 3, "biblioteca": 3,
	})
	switch r := rush(l.at); {
	case storm(l.at):
		l.matter = l.pick(map[string]int{"lavori": 60, "ambiente": 25, "polizia": 15})
		l.priority = ticket.PriorityHigh
		if l.chance(30) {
			l.priority = ticket.PriorityUrgent
		}
	case r != "" && l.chance(45):
		l.matter = r
	}
	if l.chance(3) {
		l.priority = ticket.PriorityUrgent
	}
	l.letter = l.letterOf(l.matter)
	share := l.rng.Float64()
	l.person = int(share * share * pastPeople)
	l.channel = l.pick(map[string]int{"email": 46, "webform": 20, "telephony": 15, "pec": 9, "sms": 7, "fax": 3})
	if l.channel == "pec" && l.chance(60) {
		l.office = l.matter
	}
	l.number = l.next(l.at.Year())
	l.event(ticket.EventOpened, map[string]string{"number": string(l.number)})
	l.receive(l.letter.pastText, l.letter.subject)
}

// pick draws one of the names by its weight.
func (l *life) pick(weights map[string]int) string {
	var names []string
	total := 0
	for name, n := range weights {
		names, total = append(names, name), total+n
	}
	slices.Sort(names)
	left := l.rng.IntN(total)
	for _, name := range names {
		if left -= weights[name]; left < 0 {
			return name
		}
	}
	return names[0]
}

// letterOf is what people write about a matter; some offices get letters of a kindred one.
func (l *life) letterOf(matter string) *pastLetter {
	kindred := map[string]string{"ambiente": "lavori", "suap": "edilizia", "biblioteca": "cultura"}
	return l.texts.letter([]string{cmp.Or(kindred[matter], matter)}, l.rng)
}

// typeOf is what requests about a matter are.
func (l *life) typeOf() string {
	return l.pick(map[string]map[string]int{
		"tributi": {"payment": 50, "information": 35, "application": 10, "complaint": 5}, "anagrafe": {"booking": 45, "information": 30, "records": 10, "application": 15},
		"polizia": {"report": 60, "complaint": 25, "records": 15}, "lavori": {"report": 85, "complaint": 10, "suggestion": 5}, "ambiente": {"report": 70, "information": 20, "complaint": 10},
		"scuola": {"application": 50, "information": 45, "praise": 5}, "sociale": {"application": 60, "information": 40}, "edilizia": {"records": 35, "application": 45, "consultation": 20},
		"suap": {"application": 70, "information": 30}, "cultura": {"booking": 55, "information": 30, "praise": 15}, "biblioteca": {"booking": 40, "information": 50, "suggestion": 10},
	}[l.matter])
}

// take is what the first who reads it does.
func (l *life) take() {
	l.work(3 * time.Hour)
	l.hire()
	l.event(ticket.EventAssigned, map[string]string{"operator": l.operator.String()})
	l.set(ticket.EventStatusChanged, ticket.StatusOpen, nil)
	if l.chance(85) {
		kind := l.typeOf()
		l.event(ticket.EventTypeChanged, map[string]string{"from": "", "to": kind})
		l.request = kind
	}
	for _, name := range thought(l.letter.subject) {
		if l.chance(70) {
			l.tag(name)
		}
	}
	if storm(l.created) && l.chance(60) {
		l.tag(stormy)
	}
}

func (l *life) tag(name string) {
	tag := l.town.Tags[name].UUID
	if slices.Contains(l.tags, tag) {
		return
	}
	l.tags = append(l.tags, tag)
	l.event(ticket.EventTagged, map[string]string{"tag": tag.String(), "name": name})
}

func (l *life) hire() {
	people := l.staff[l.office]
	l.operator = people[l.rng.IntN(len(people))].id
}

// handOver takes the request to the office that it is for; sometimes that is the wrong one, and it comes back.
func (l *life) handOver() {
	if l.office == l.matter {
		return
	}
	l.work(4 * time.Hour)
	if l.chance(6) {
		was, wrong := l.office, l.pick(map[string]int{"anagrafe": 1, "tributi": 1, "lavori": 1, "cultura": 1})
		if wrong != l.matter && wrong != was {
			l.transfer(wrong, nil)
			l.work(9 * time.Hour)
			l.note("Non è di nostra competenza: la restituiamo.")
			l.transfer(was, map[string]string{"returned": "1"})
			l.work(3 * time.Hour)
		}
	}
	l.note("Passata all’ufficio competente: il cittadino è stato avvisato.")
	l.transfer(l.matter, nil)
	l.work(8 * time.Hour)
	l.event(ticket.EventAssigned, map[string]string{"operator": l.operator.String()})
}

func (l *life) transfer(to string, more map[string]string) {
	params := map[string]string{"from": l.Past.office(l.office).String(), "to": l.Past.office(to).String()}
	for k, v := range more {
		params[k] = v
	}
	l.leave(ticket.LeaveTransferred)
	l.event(ticket.EventOfficeChanged, params)
	l.office = to
	l.held = l.at
	l.hire()
}

// correspond is answers and what comes back.
func (l *life) correspond() {
	for turn := range 1 + l.rng.IntN(3) {
		l.work(7 * time.Hour)
		l.reply(ticket.StatusWaitingCitizen)
		if turn > 0 && l.chance(50) {
			return
		}
		l.wait(60 * time.Hour)
		if !l.chance(60) {
			return
		}
		l.receive(l.texts.follow[l.rng.IntN(len(l.texts.follow))], "Re: "+l.letter.subject)
		l.set(ticket.EventStatusChanged, ticket.StatusOpen, nil)
	}
}

// aside is a time in which the town may, or must, wait for somebody else.
func (l *life) aside() {
	switch {
	case l.matter == "edilizia" && l.chance(35), l.chance(2):
		l.work(3 * time.Hour)
		l.standing = ticket.Standing{Basis: ticket.BasisInformation, Note: "In attesa dell’integrazione dei documenti."}
		l.set(ticket.EventStatusChanged, ticket.StatusSuspended, l.standing)
		l.wait(20 * 24 * time.Hour)
		l.standing = ticket.Standing{}
		l.set(ticket.EventStatusChanged, ticket.StatusOpen, nil)
	case (l.matter == "lavori" || l.matter == "ambiente") && l.chance(40), l.chance(4):
		l.work(3 * time.Hour)
		l.standing = ticket.Standing{Who: "Ditta incaricata"}
		l.set(ticket.EventStatusChanged, ticket.StatusWaitingThird, l.standing)
		l.wait(9 * 24 * time.Hour)
		l.standing = ticket.Standing{}
		l.set(ticket.EventStatusChanged, ticket.StatusOpen, nil)
	}
}

// end settles the request, in one of four by the answer itself.
func (l *life) end() {
	l.work(40 * time.Hour)
	l.standing = ticket.Standing{Outcome: ticket.EndedOffice}
	switch {
	case l.office == "urp":
		l.standing.Outcome = ticket.EndedFirstLevel
	case l.request == "report":
		l.standing = ticket.Standing{Outcome: ticket.EndedDone, Note: "Intervento eseguito."}
	case l.request == "application" && l.chance(12):
		l.standing = ticket.Standing{Outcome: ticket.EndedRefused, Note: "Mancano i requisiti: spiegato al cittadino."}
	case l.chance(3):
		l.standing = ticket.Standing{Outcome: ticket.EndedForwarded, Who: "Provincia"}
	}
	if l.first == nil && l.channel != "telephony" {
		l.standing = ticket.Standing{Outcome: ticket.EndedDuplicate, Note: "Già risposto in un’altra richiesta."}
	}
	if l.first != nil && l.chance(25) {
		l.reply(ticket.StatusResolved)
		return
	}
	to := ticket.StatusResolved
	if l.chance(40) {
		to = ticket.StatusClosed
	}
	l.set(ticket.EventStatusChanged, to, l.standing)
}

// again is a citizen who comes back.
func (l *life) again() {
	l.wait(5 * 24 * time.Hour)
	l.standing = ticket.Standing{}
	l.receive(l.texts.follow[l.rng.IntN(len(l.texts.follow))], "Re: "+l.letter.subject)
	l.set(ticket.EventReopened, ticket.StatusOpen, nil)
	l.work(6 * time.Hour)
	l.reply(ticket.StatusWaitingCitizen)
	l.end()
}

// set changes the status; said is what is to be said of it.
func (l *life) set(kind ticket.EventType, to ticket.Status, said any) {
	params := map[string]string{}
	if s, ok := said.(ticket.Standing); ok {
		for name, v := range map[string]string{"outcome": string(s.Outcome), "basis": string(s.Basis), "who": s.Who, "note": s.Note} {
			if v != "" {
				params[name] = v
			}
		}
	}
	l.change(kind, to, params)
}

func (l *life) change(kind ticket.EventType, to ticket.Status, params map[string]string) {
	was := l.status
	params["from"], params["to"] = string(was), string(to)
	l.pauses = ticket.Paused(l.pauses, to, l.at)
	if was.Open() && !to.Open() {
		l.waiting, l.closed = time.Time{}, l.at
		if l.resolveDue = l.due(ticket.TargetResolve, l.created, l.pauses); l.resolveDue != nil {
			params["resolve_due"] = l.resolveDue.Format(time.RFC3339Nano)
		}
		l.leave(ticket.LeaveEnded)
	}
	if !was.Open() && to.Open() {
		l.held = l.at
	}
	l.status = to
	l.event(kind, params)
}

func (l *life) leave(why ticket.Leave) {
	if l.at.After(l.held) {
		l.add("stay", seededID(l.at, l.rng), l.id, l.Past.office(l.office), l.held, l.at, string(why))
	}
}

// event is recorded in the name of whoever does such things.
func (l *life) event(kind ticket.EventType, params map[string]string) {
	switch {
	case kind == ticket.EventOpened:
		l.record(kind, params, "system", uuid.Nil)
	case kind == ticket.EventReopened || kind == ticket.EventStatusChanged && params["to"] == string(ticket.StatusOpen) && params["from"] == string(ticket.StatusWaitingCitizen):
		l.record(kind, params, "citizen", l.contactOf(l.person))
	default:
		l.record(kind, params, "operator", l.operator)
	}
}

func (l *life) record(kind ticket.EventType, params map[string]string, actor string, who uuid.UUID) {
	var by any
	if who != uuid.Nil {
		by = who
	}
	l.add("ticket_event", seededID(l.at, l.rng), l.id, string(kind), params, actor, by, l.at)
}

// rest makes the ticket's row.
func (l *life) rest() {
	standing, err := json.Marshal(l.standing)
	if err != nil {
		panic(err) // plain texts
	}
	clock, err := json.Marshal(ticket.Clock{Pauses: l.pauses, Missed: l.missed})
	if err != nil {
		panic(err) // plain times
	}
	var request any
	if l.request != "" {
		request = l.request
	}
	l.add("ticket", l.id, string(l.number), l.letter.subject, string(l.status), int(l.priority), request, standing, l.Past.office(l.office), l.operator, l.contactOf(l.person),
		"it", l.latest.at, l.latest.channel, l.latest.preview, l.messages, l.inbound, l.created, l.at, l.closed, l.messages+2, l.first, l.firstDue, l.resolveDue, clock, l.tags)
	kind, address := l.way()
	var addressed any
	if !l.addressed.IsZero() {
		addressed = l.addressed
	}
	l.add("ticket_party", l.id, kind, address, personName(firstPerson+l.person), l.contactOf(l.person), "requester", l.wrote, addressed, l.town.Channel.UUID)
}
