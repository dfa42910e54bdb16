package httpapi

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/ticket"
)

// seen names tickets with the version they have, as a list shows them.
func (d *desk) seen(t *testing.T, who string, numbers ...string) string {
	t.Helper()
	var each []string
	for _, number := range numbers {
		version := int64(1)
		if w := d.ask("GET", basePath+"/tickets/"+number, "", who); w.Code == 200 {
			version = decode[api.Ticket](t, w, 200).Version
		}
		each = append(each, fmt.Sprintf(`{"number":%q,"version":%d}`, number, version))
	}
	return strings.Join(each, ",")
}

func (d *desk) act(t *testing.T, seen, act, who string) []api.TicketActResult {
	t.Helper()
	w := d.ask("POST", basePath+"/tickets/acts", `{"tickets":[`+seen+`],"act":`+act+`}`, who)
	return decode[api.TicketActResults](t, w, 200).Items
}

// outcomes are what became of each, with the code of what was refused.
func outcomes(results []api.TicketActResult) []string {
	var got []string
	for _, each := range results {
		word := string(each.Outcome)
		if each.Problem != nil {
			word += " " + each.Problem.Code
		}
		got = append(got, word)
	}
	return got
}

func TestOneActOnManyTickets(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	absent := string(ticket.FormatNumber(2020, 999999))
	var numbers []string
	for _, text := range []string{"uno", "due", "tre"} {
		numbers = append(numbers, d.receive(t, d.letter(text, nil)))
	}
	all := append(append([]string{}, numbers...), absent)

	// The second is changed by a colleague after it was seen.
	seen := d.seen(t, me, all...)
	require.Equal(t, 200, d.ask("PATCH", basePath+"/tickets/"+numbers[1], fmt.Sprintf(`{"version":%d,"priority":3}`, d.ticket(t, numbers[1], me).Version), me).Code)
	got := d.act(t, seen, fmt.Sprintf(`{"assignee_id":%q}`, d.lucia.ID), me)
	require.Equal(t, []string{"done", "stale stale", "done", "refused not_found"}, outcomes(got))
	require.Equal(t, d.ticket(t, numbers[0], me).Version, *got[0].Version)
	require.Equal(t, "Lucia Ferri", d.ticket(t, numbers[2], me).Assignee.Name)
	require.Nil(t, d.ticket(t, numbers[1], me).Assignee)
	require.Equal(t, []string{"stale stale", "stale stale", "stale stale", "refused not_found"}, outcomes(d.act(t, seen, `{"unassign":true}`, me)), "sent again nothing is done twice")

	// What is refused is told as the single act tells it.
	single := decode[api.Problem](t, d.ask("PATCH", basePath+"/tickets/"+numbers[0], fmt.Sprintf(`{"version":%d,"type":"boh"}`, d.ticket(t, numbers[0], me).Version), me), 422)
	refused := d.act(t, d.seen(t, me, numbers...), `{"type":"boh"}`, me)
	require.Equal(t, single.Fields, refused[0].Problem.Fields)
	require.Equal(t, single.Detail, refused[0].Problem.Detail)

	for act, want := range map[string]func(api.Ticket) bool{
		`{"priority":4}`:     func(t api.Ticket) bool { return t.Priority == 4 },
		`{"type":"records"}`: func(t api.Ticket) bool { return *t.Type == "records" },
		`{"status":"resolved","standing":{"outcome":"duplicate"}}`:       func(t api.Ticket) bool { return *t.Standing.Outcome == api.OutcomeDuplicate },
		fmt.Sprintf(`{"office_id":%q,"note":"Per competenza"}`, d.taxes): func(t api.Ticket) bool { return t.Office.Name == "Tributi" },
	} {
		require.Equal(t, []string{"done", "done", "done"}, outcomes(d.act(t, d.seen(t, me, numbers...), act, me)), act)
		for _, number := range numbers {
			require.True(t, want(d.ticket(t, number, me)), act)
		}
	}
	handedOver := d.messages(t, numbers[1], me)
	require.Equal(t, "Per competenza", handedOver[len(handedOver)-1].Text)
	for act, field := range map[string]string{
		`{"priority":4,"type":"records"}`: "act", `{"standing":{"outcome":"done"},"priority":4}`: "act.standing", `{"note":"ciao","priority":4}`: "note",
	} {
		w := d.ask("POST", basePath+"/tickets/acts", `{"tickets":[`+d.seen(t, me, numbers[0])+`],"act":`+act+`}`, me)
		require.Equal(t, field, (*decode[api.Problem](t, w, 422).Fields)[0].Field, act)
	}
	many := strings.TrimSuffix(strings.Repeat(`{"number":"`+absent+`","version":1},`, 201), ",")
	require.Equal(t, 422, d.ask("POST", basePath+"/tickets/acts", `{"tickets":[`+many+`],"act":{"priority":4}}`, me).Code)
}

// What one act did is taken back where nobody has changed the ticket since and nobody was told; each leaves a row of its own.
func TestUndoOfOneActOnManyTickets(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	var numbers []string
	for _, text := range []string{"uno", "due", "tre"} {
		numbers = append(numbers, d.receive(t, d.letter(text, nil)))
	}
	undo := func(results []api.TicketActResult) []api.TicketActResult {
		d.clock.advance(time.Second)
		var seen []string
		for _, each := range results {
			seen = append(seen, fmt.Sprintf(`{"number":%q,"version":%d}`, each.Number, *each.Version))
		}
		w := d.ask("POST", basePath+"/tickets/acts/undo", `{"tickets":[`+strings.Join(seen, ",")+`]}`, me)
		return decode[api.TicketActResults](t, w, 200).Items
	}
	d.clock.advance(time.Second)
	done := d.act(t, d.seen(t, me, numbers...), fmt.Sprintf(`{"assignee_id":%q}`, d.lucia.ID), me)
	d.clock.advance(time.Second)
	require.Equal(t, 200, d.ask("PATCH", basePath+"/tickets/"+numbers[1], fmt.Sprintf(`{"version":%d,"priority":3}`, *done[1].Version), me).Code)
	require.Equal(t, []string{"done", "stale stale", "done"}, outcomes(undo(done)))
	require.Nil(t, d.ticket(t, numbers[0], me).Assignee)
	require.Equal(t, api.TicketStatusNew, d.ticket(t, numbers[0], me).Status)
	require.Equal(t, "Lucia Ferri", d.ticket(t, numbers[1], me).Assignee.Name)

	handed := undo(d.act(t, d.seen(t, me, numbers[0]), fmt.Sprintf(`{"office_id":%q}`, d.taxes), me))
	require.Equal(t, []string{"refused invalid"}, outcomes(handed))
	require.Equal(t, "undo_told", (*handed[0].Problem.Fields)[0].Code)

	var rows []string
	require.NoError(t, d.pool.QueryRow(t.Context(), `SELECT array_agg(object ORDER BY object) FROM audit_entry WHERE route = 'undoActOnTickets'`).Scan(&rows))
	require.Equal(t, []string{"tickets/" + numbers[0], "tickets/" + numbers[2]}, rows)
}

// Each ticket that was changed leaves a row of its own in the log, in its own transaction; what was refused leaves none.
func TestAuditOfOneActOnManyTickets(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	numbers := []string{d.receive(t, d.letter("uno", nil)), d.receive(t, d.letter("due", nil))}
	seen := d.seen(t, me, numbers...) + `,{"number":"` + string(ticket.FormatNumber(2020, 999999)) + `","version":1}`
	d.act(t, seen, `{"priority":4}`, me)
	rows, err := d.pool.Query(t.Context(), `SELECT object FROM audit_entry WHERE route = 'actOnTickets' ORDER BY object`)
	require.NoError(t, err)
	var objects []string
	var object string
	for rows.Next() {
		require.NoError(t, rows.Scan(&object))
		objects = append(objects, object)
	}
	require.NoError(t, rows.Err())
	require.Equal(t, []string{"tickets/" + numbers[0], "tickets/" + numbers[1]}, objects)
}

// What is so already is told as unchanged: no version, no history and no row of an act. Whoever asked for one ticket was
// shown it, and that is on record as a look.
func TestWhatIsSoAlreadyIsNotDone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	one, two := d.receive(t, d.letter("uno", nil)), d.receive(t, d.letter("due", nil))
	tag := decode[api.Tag](t, d.ask("POST", basePath+"/tags", `{"name":"Neve"}`, d.signIn(t, "capo")), 201).ID
	until := d.clock.now().Add(48 * time.Hour).UTC().Format(time.RFC3339)
	for _, act := range []string{
		`{"priority":4}`, `{"type":"records"}`, fmt.Sprintf(`{"assignee_id":%q}`, d.lucia.ID), fmt.Sprintf(`{"add_tags":[%q]}`, tag),
		fmt.Sprintf(`{"remove_tags":[%q]}`, tag), fmt.Sprintf(`{"snooze":{"until":%q}}`, until), `{"wake":true}`, `{"unassign":true}`,
		fmt.Sprintf(`{"office_id":%q}`, d.taxes), `{"status":"resolved","standing":{"outcome":"done"}}`, `{"status":"resolved"}`,
	} {
		d.act(t, d.seen(t, me, one), act, me)
		was, other := d.ticket(t, one, me), d.ticket(t, two, me)
		history := func() (events int) {
			require.NoError(t, d.pool.QueryRow(t.Context(), `SELECT count(*) FROM ticket_event`).Scan(&events))
			return events
		}
		before := history()
		logged := d.logged(t, "act")
		got := d.act(t, d.seen(t, me, one), act, me)
		require.Equal(t, []string{"unchanged"}, outcomes(got), act)
		require.Equal(t, was.Version, *got[0].Version, act)
		same := decode[api.Ticket](t, d.ask("PATCH", basePath+"/tickets/"+one, fmt.Sprintf(`{"version":%d,%s`, was.Version, act[1:]), me), 200)
		require.Equal(t, was, same, act)
		require.Equal(t, before, history(), act)
		require.Equal(t, logged, d.logged(t, "act"), act)
		require.Equal(t, other, d.ticket(t, two, me))
	}
	three := d.receive(t, d.letter("tre", nil))
	require.Equal(t, 200, d.ask("PATCH", basePath+"/tickets/"+three, `{"version":1,"priority":2}`, me).Code)
	require.Contains(t, d.logged(t, "read"), "ticket.read updateTicket tickets/"+three)
	require.NotContains(t, d.logged(t, "act"), "ticket.update updateTicket tickets/"+three)
}

// logged are the rows of the audit log of a kind.
func (d *desk) logged(t *testing.T, kind string) (rows []string) {
	t.Helper()
	require.NoError(t, d.pool.QueryRow(t.Context(), `SELECT coalesce(array_agg(act || ' ' || route || ' ' || object ORDER BY id), '{}')
		FROM audit_entry WHERE kind = $1`, kind).Scan(&rows))
	return rows
}

func TestOneOfEverybodysLongActsAtATime(t *testing.T) {
	t.Parallel()
	var all turns
	done := all.take("lucia")
	require.NotNil(t, done)
	require.Nil(t, all.take("lucia"))
	require.NotNil(t, all.take("piero"))
	done()
	require.NotNil(t, all.take("lucia"))
}

// TestIsolationOfOneActOnManyTickets sends an act on all four tickets and one that does not exist, as every role: what
// is out of sight is told as what is not there, what is only shared is refused, and neither changes.
func TestIsolationOfOneActOnManyTickets(t *testing.T) {
	t.Parallel()
	w := newIsolated(t)
	absent := string(ticket.FormatNumber(2020, 999999))
	for role, who := range w.readers {
		if role == account.Auditor {
			require.Equal(t, 403, w.ask("POST", basePath+"/tickets/acts", `{"tickets":[{"number":"`+absent+`","version":1}],"act":{"priority":4}}`, who).Code)
			continue
		}
		for what, p := range w.things {
			w.exec(t, `UPDATE ticket SET priority = 2 WHERE number = $1`, p.number)
			var version int64
			require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT version FROM ticket WHERE number = $1`, p.number).Scan(&version))
			got := w.act(t, fmt.Sprintf(`{"number":%q,"version":%d},{"number":%q,"version":1}`, p.number, version, absent), `{"priority":4}`, who)
			want := "done"
			switch {
			case !sees(role, what):
				want = "refused not_found"
				require.Equal(t, got[1].Problem, got[0].Problem, "%s as %s", what, role)
				back := decode[api.TicketActResults](t, w.ask("POST", basePath+"/tickets/acts/undo",
					fmt.Sprintf(`{"tickets":[{"number":%q,"version":%d},{"number":%q,"version":1}]}`, p.number, version, absent), who), 200).Items
				require.Equal(t, back[1].Problem, back[0].Problem, "%s as %s", what, role)
			case !holds(role, what):
				want = "refused shared"
			}
			require.Equal(t, []string{want, "refused not_found"}, outcomes(got), "%s as %s", what, role)
			var priority int
			require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT priority FROM ticket WHERE number = $1`, p.number).Scan(&priority))
			require.Equal(t, want == "done", priority == 4, "%s as %s", what, role)
		}
	}
}
