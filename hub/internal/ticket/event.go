package ticket

import (
	"time"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
)

// EventType names a change on a ticket. The words are stable: the client puts them into sentences.
type EventType string

// The changes on record, with their parameters.
const (
	// EventOpened: number; of a ticket that a routing rule sent to its office also rule, rule_name, office_name and, where
	// that stands in for another, meant_name and detour.
	EventOpened EventType = "opened"
	// EventAssigned: operator, operator_name; EventUnassigned: the one who had it. cause when the hub did it: automatic, or absent
	// when who had it is away. For whoever takes it back: before, who had it, and taken_up when it was new. An event that takes
	// another back has undone.
	EventAssigned   EventType = "assigned"
	EventUnassigned EventType = "unassigned"
	// EventStatusChanged, EventReopened: from, to; message when one caused it; outcome, basis, who, note and until as far as
	// something was said of the status; cause "until" when it came back by itself. EventStandingChanged: the same without from and to,
	// when only what is said of the status has changed. Whatever ended the request: resolve_due, by when that was due, since
	// terms may change later.
	EventStatusChanged   EventType = "status_changed"
	EventReopened        EventType = "reopened"
	EventStandingChanged EventType = "standing_changed"
	// EventTypeChanged: from, to, codes of request types, empty for none.
	EventTypeChanged EventType = "type_changed"
	// EventTagged, EventUntagged: tag, name. Where a routing rule gave the tag: rule, rule_name.
	EventTagged   EventType = "tagged"
	EventUntagged EventType = "untagged"
	// EventSnoozed: until. EventWoke: message when the citizen wrote; the hub did it when the time had come.
	EventSnoozed EventType = "snoozed"
	EventWoke    EventType = "woke"
	// EventOfficeChanged: from, to, to_name; meant and meant_name when the latter stands in for another; returned when it went
	// back to who had handed it over; cause "closed" when the hub moved it from an office that is closed down.
	EventOfficeChanged EventType = "office_changed"
	// EventPriorityChanged, EventSubjectChanged: from, to.
	EventPriorityChanged EventType = "priority_changed"
	EventSubjectChanged  EventType = "subject_changed"
	// EventJoined, on the ticket to go on with, and EventJoinedTo, on the other: number; from and to when the first was over
	// and is open again. EventUnjoined, on both: number.
	EventJoined   EventType = "joined"
	EventJoinedTo EventType = "joined_to"
	EventUnjoined EventType = "unjoined"
	// EventSplitOff, on the ticket that a message was taken out of, and EventSplitFrom, on the one it began: number,
	// message.
	EventSplitOff  EventType = "split_off"
	EventSplitFrom EventType = "split_from"
	// EventRequesterChanged, EventRequesterKept: from, the colleague who forwarded a message, and to, whose it is.
	EventRequesterChanged EventType = "requester_changed"
	EventRequesterKept    EventType = "requester_kept"
	// EventSuggestionMade, EventSuggestionDismissed: number, reason.
	EventSuggestionMade      EventType = "suggestion_made"
	EventSuggestionDismissed EventType = "suggestion_dismissed"
	// EventReplied: message, from and to of the status, with what is said of it as above; since, from when on the citizen had waited,
	// target and due, the deadline that it met or missed. EventWithdrawn: message, called back before it left; from and to when the
	// status went back with it.
	EventReplied   EventType = "replied"
	EventWithdrawn EventType = "withdrawn"
	// EventDeadlineWarned, EventDeadlineMissed: target (first, next, resolve) and due, when it is or was.
	EventDeadlineWarned EventType = "deadline_warned"
	EventDeadlineMissed EventType = "deadline_missed"
	// EventAsked, EventReminded, EventAnswered, EventReturned: ask, office and office_name of the office asked; due of the
	// first, message of the last two. EventAskWithdrawn: the same, and why the hub did it, if it did: over or held. An office that
	// stands in for another has meant and meant_name too. EventAskMoved: ask, office, office_name, from and from_name of one that is
	// closed down; where nobody else is to be asked, EventReturned with cause "closed" and no message.
	EventAsked        EventType = "asked"
	EventReminded     EventType = "ask_reminded"
	EventAnswered     EventType = "ask_answered"
	EventReturned     EventType = "ask_returned"
	EventAskWithdrawn EventType = "ask_withdrawn"
	EventAskMoved     EventType = "ask_moved"
	// EventSecretRevoked: version now in force.
	EventSecretRevoked EventType = "secret_revoked"
	// EventPreferenceChosen, EventPreferenceDropped: kind, address. The citizen did it on the ticket's page.
	EventPreferenceChosen  EventType = "preference_chosen"
	EventPreferenceDropped EventType = "preference_dropped"
)

// Event is a change on a ticket, as type and parameters.
type Event struct {
	ID     id.ID[Event] `db:"id"`
	Ticket id.Ticket    `db:"ticket_id"`
	// TicketNumber differs from the number asked for when the event happened to a ticket joined to it.
	TicketNumber Number            `db:"ticket_number"`
	Type         EventType         `db:"type"`
	Params       map[string]string `db:"params"`
	// ActorKind is operator, token, citizen or system; ActorID is unset for the last, and for an unknown citizen.
	ActorKind string    `db:"actor_kind"`
	ActorID   uuid.UUID `db:"actor_id"`
	ActorName string    `db:"actor_name"`
	At        time.Time `db:"at"`
}

// withStatus adds what a change did to the status, if it did anything.
func withStatus(params map[string]string, from, to Status) map[string]string {
	if from != to {
		params["from"], params["to"] = string(from), string(to)
	}
	return params
}

// actor is who did it, as the event row keeps it.
type actor struct {
	kind string
	id   uuid.UUID
}

func citizen(c id.Contact) actor { return actor{kind: "citizen", id: c.UUID} }

func actorOf(a account.Actor) actor {
	switch a.Kind {
	case account.KindOperator:
		return actor{kind: "operator", id: a.Operator.UUID}
	case account.KindToken:
		return actor{kind: "token", id: a.Token.UUID}
	}
	return actor{kind: "system"}
}

// record notes an event on the ticket being written on.
func (w *writer) record(who actor, kind EventType, params map[string]string) {
	if params == nil {
		params = map[string]string{}
	}
	var by any
	if who.id != uuid.Nil {
		by = who.id
	}
	w.events.Add(uuid.Must(uuid.NewV7()), w.ticket.ID, kind, params, who.kind, by, w.now)
	if from, to := Status(params["from"]), Status(params["to"]); kind.setsStatus() && from.Open() && to.Valid() && !to.Open() {
		w.ticket.ended = params
	}
}
