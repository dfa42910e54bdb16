package routing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// MaxTried is how many tickets rules can be tried on; some hundred milliseconds.
const MaxTried = 1000

// Arrived is a ticket that a message opened, as rules look at it, and what was decided then.
type Arrived struct {
	Number  ticket.Number
	Subject string
	Channel string
	Arrival Arrival
	// Rule is the one that chose the office when the ticket was opened, with the names of rule and office as they were
	// then; unset when none did.
	Rule   uuid.UUID
	Name   string
	Office string
	Meant  string
	Detour Detour
	// Tags are the names of those that the rule gave, as they were then.
	Tags []string
}

// formInEvent finds the name of the form in an event as it is kept; within another text the quotes would be escaped.
const formInEvent = `'"form_id":"([^"\\]+)"'`

// The tickets of persons in scope, the latest first: their ids sort by time. Of web forms the journal keeps the name.
const arrivedSQL = `
	SELECT t.number, t.subject, c.name AS channel, m.channel_id, m.subject AS said, left(m.text, 32768) AS text, m.language,
	       m.authenticated, m.created_at, e.params, e.tags,
	       coalesce(own.received_by, own.id,
	           (SELECT coalesce(o.received_by, o.id) FROM office o WHERE o.active ORDER BY o.created_at, o.id LIMIT 1)) AS office_id,
	       coalesce(substring(convert_from(j.payload, 'UTF8') from ` + formInEvent + `), '') AS form
	FROM (SELECT t.id, t.number, t.subject FROM ticket t
	      WHERE ((t.office_id = ANY($2)) <> $1 OR t.shared_with && $3) AND t.inbound_count > 0 ORDER BY t.id DESC LIMIT $4) t
	CROSS JOIN LATERAL (
	    SELECT m.* FROM message m WHERE m.ticket_id = t.id AND m.direction = 'inbound' AND m.class = 'human'
	    ORDER BY m.created_at, m.id LIMIT 1) m
	JOIN channel c ON c.id = m.channel_id
	LEFT JOIN office own ON own.id = c.office_id
	LEFT JOIN journal j ON j.id = m.journal_id
	LEFT JOIN LATERAL (
	    SELECT (array_agg(e.params ORDER BY e.at, e.id) FILTER (WHERE e.type = 'opened'))[1] AS params,
	           array_agg(e.params ->> 'name' ORDER BY e.at, e.id) FILTER (WHERE e.type = 'tagged' AND e.params ? 'rule') AS tags
	    FROM ticket_event e WHERE e.ticket_id = t.id AND e.type IN ('opened', 'tagged')) e ON true
	ORDER BY t.id DESC`

// Latest lists tickets by their arrival, the last one first.
func (s *Store) Latest(ctx context.Context, q postgres.Querier, scope account.Scope, most int) ([]Arrived, error) {
	rows, err := q.Query(ctx, arrivedSQL, scope.AllBut(), scope.Offices(), scope.Shares(), min(most, MaxTried))
	if err != nil {
		return nil, fmt.Errorf("reading what arrived: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a Arrived, err error) {
		var params map[string]string
		in := &a.Arrival
		err = row.Scan(&a.Number, &a.Subject, &a.Channel, &in.Channel, &in.Subject, &in.Text, &in.Language, &in.Authenticated,
			&in.At, &params, &a.Tags, &in.Office, &in.Form)
		if rule, bad := uuid.Parse(params["rule"]); bad == nil {
			a.Rule, a.Name, a.Office = rule, params["rule_name"], params["office_name"]
			a.Meant, a.Detour = params["meant_name"], Detour(params["detour"])
		}
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("reading what arrived: %w", err)
	}
	return list, nil
}

// Trial is what rules would have done.
type Trial struct {
	// Arrived is how many tickets they were tried on, since Since.
	Arrived int
	Since   time.Time
	// Tallies are in the order of the rules.
	Tallies []Tally
	// Unruled is how many no rule held for, Changed how many would have begun elsewhere than by the rules in force.
	Unruled int
	Changed int
	// Samples are some of the tickets, those that would change first.
	Samples []Sample
}

// Tally is how often a rule held, and how many of these tickets would have begun elsewhere.
type Tally struct{ Held, Changed int }

// Sample is one ticket: where it begins by the rules in force, and where by those tried.
type Sample struct {
	Number  ticket.Number
	Subject string
	Channel string
	At      time.Time
	// Rule is the place in the list of the rule that held, -1 for none.
	Rule     int
	From, To id.Office
	// FromName and ToName are the offices' names.
	FromName, ToName string
	// Priority is what the rule gives; 0 leaves the ordinary one.
	Priority ticket.Priority
	Detour   Detour
	// Tags are the names of those that the rule gives.
	Tags []string
}

// samplesEach is how many tickets are shown of each rule.
const samplesEach = 5

// Try finds out what rules would have done with the latest tickets. Nothing is written.
func (s *Store) Try(ctx context.Context, q postgres.Querier, scope account.Scope, rules []Rule, most int) (*Trial, error) {
	town, err := s.town(ctx, q)
	if err != nil {
		return nil, err
	}
	follow(rules, town.Tags)
	if err := errors.Join(check(rules, town)...); err != nil {
		return nil, err
	}
	current, err := s.Read(ctx, q)
	if err != nil {
		return nil, err
	}
	arrived, err := s.Latest(ctx, q, scope, most)
	if err != nil {
		return nil, err
	}
	return try(compile(rules, town), compile(current.Rules, town), arrived), nil
}

func try(rules, current *Set, arrived []Arrived) *Trial {
	t := &Trial{Arrived: len(arrived), Tallies: make([]Tally, len(rules.rules))}
	var same []Sample
	shown := map[[2]int]int{}
	for _, a := range arrived {
		t.Since = a.Arrival.At
		sample := rules.sample(a, current.Route(a.Arrival).Office)
		changed := 0
		if sample.From != sample.To {
			changed = 1
		}
		t.Changed += changed
		if sample.Rule < 0 {
			t.Unruled++
		} else {
			t.Tallies[sample.Rule].Held++
			t.Tallies[sample.Rule].Changed += changed
		}
		if shown[[2]int{sample.Rule, changed}]++; shown[[2]int{sample.Rule, changed}] > samplesEach {
			continue
		}
		if changed == 1 {
			t.Samples = append(t.Samples, sample)
		} else if sample.Rule >= 0 {
			same = append(same, sample)
		}
	}
	t.Samples = append(t.Samples, same...)
	return t
}

// sample routes one ticket, of which it is known where it begins otherwise.
func (s *Set) sample(a Arrived, from id.Office) Sample {
	d := s.Route(a.Arrival)
	x := Sample{
		Number: a.Number, Subject: a.Subject, Channel: a.Channel, At: a.Arrival.At, Rule: -1,
		From: from, To: d.Office, FromName: s.Name(from), ToName: s.Name(d.Office), Detour: d.Detour,
	}
	for i := range s.rules {
		if d.Rule == &s.rules[i] {
			x.Rule, x.Priority = i, d.Rule.Then.Priority
		}
	}
	for _, tag := range d.Tags {
		x.Tags = append(x.Tags, tag.Name)
	}
	return x
}
