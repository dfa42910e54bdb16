package report

import (
	"time"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// verdict is a term that was met or missed, and the office that had the ticket then.
type verdict struct {
	kind   Kind
	office id.Office
	at     time.Time
}

// verdicts are what events tell of a ticket's terms; course is what it was from each of them on. The first word on record
// counts, whatever terms, hours or another office make of the deadline later: a past period stays as it was.
func verdicts(events []ticket.Event, course []ticket.Step) []verdict {
	judge := judged{over: map[ticket.Target]bool{}}
	back := calledBack(events)
	for i, e := range events {
		left, by := !back[e.Params["message"]], course[i].Office
		switch {
		case e.Type == ticket.EventDeadlineMissed:
			judge.miss(ticket.Target(e.Params["target"]), e.Params["due"], by, e.At)
		case e.Type == ticket.EventReplied && left:
			judge.end(ticket.Target(e.Params["target"]), e.Params["due"], by, e.At)
			judge.over[ticket.TargetNext] = false
		}
		judge.end(ticket.TargetResolve, e.Params["resolve_due"], by, e.At)
		if !course[i].Status.Open() && left {
			judge.over[ticket.TargetNext] = false
		}
	}
	return judge.found
}

// calledBack are the replies that never left.
func calledBack(events []ticket.Event) map[string]bool {
	var back map[string]bool
	for _, e := range events {
		if e.Type == ticket.EventWithdrawn && e.Params["message"] != "" {
			if back == nil {
				back = map[string]bool{}
			}
			back[e.Params["message"]] = true
		}
	}
	return back
}

// judged is how the terms of a ticket went so far.
type judged struct {
	// over are the targets of which nothing more counts: the first answer once it is judged, the end once it was missed, a
	// further answer until it is given or the request is over.
	over map[ticket.Target]bool
	// answered is the deadline of the last answer that was late: the write that gives it records the miss after it.
	answered string
	found    []verdict
}

func (j *judged) miss(target ticket.Target, due string, by id.Office, at time.Time) {
	if j.over[target] || target == ticket.TargetNext && due == j.answered {
		return
	}
	j.over[target] = true
	j.found = append(j.found, verdict{missed(target), by, at})
}

// end judges what was done in the end; without a deadline there is nothing to judge.
func (j *judged) end(target ticket.Target, due string, by id.Office, at time.Time) {
	until, err := time.Parse(time.RFC3339Nano, due)
	if err != nil {
		return
	}
	late := !at.Before(until)
	if late && target == ticket.TargetNext {
		j.answered = due
	}
	if j.over[target] {
		return
	}
	kind := met(target)
	if late {
		kind = missed(target)
	}
	j.over[target] = late || target != ticket.TargetResolve
	j.found = append(j.found, verdict{kind, by, at})
}
