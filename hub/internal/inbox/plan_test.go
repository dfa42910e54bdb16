package inbox_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/inbox"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres/pgtest"
	"sportello.dev/hub/internal/sample"
	"sportello.dev/hub/internal/ticket"
	"sportello.dev/hub/internal/ticket/tickettest"
)

// archived is how many tickets the plans are looked at with: a town's five years, of which some two in a hundred are
// open, over nine offices.
const archived = 8000

// archivedUntil gives the same past on every day: what is open decides what a plan touches.
var archivedUntil = time.Date(2026, 6, 17, 10, 0, 0, 0, time.UTC)

// mostTouched is what one node of a list's plan may touch: a page of each office, all that is open, a page of what three
// in a hundred are, what a search may find.
const mostTouched = 2000

// desk is a town with a past, and one of its operators.
type desk struct {
	*town
	operator     id.Operator
	small, large id.Office
	rare, common id.Tag
	// asked are the queries of lists, to be explained together.
	asked []pgtest.Query
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{town: &town{&tickettest.Town{T: t, DB: pgtest.New(t), All: account.SystemScope()}}}
	ring, err := keyring.Load(filepath.Join(t.TempDir(), "keys"), true)
	require.NoError(t, err)
	now := archivedUntil
	d.Inbox = inbox.NewStore(func() time.Time { return now })
	parts := sample.Parts{
		Pool: d.DB, Accounts: account.New(d.DB, account.NewPasswords(2), ring, time.Now), Offices: office.NewStore(), Channels: channel.NewStore(ring),
	}
	raised, err := sample.Raise(t.Context(), parts)
	require.NoError(t, err)
	archive, err := sample.NewArchive(t.Context(), parts, raised, sample.Span{Tickets: archived, Years: 5, Seed: 1, Now: now}, func(string, ...any) {})
	require.NoError(t, err)
	require.NoError(t, archive.Write(t.Context()))
	d.operator, d.small, d.large = raised.Operators["luca"], raised.Offices["cultura"], raised.Offices["anagrafe"]
	for to, of := range map[id.Office]id.Office{d.small: d.large, d.large: d.small} {
		d.Exec(`INSERT INTO ticket_share (ticket_id, office_id, kind, created_at) SELECT id, $1, 'ask', now() FROM ticket WHERE office_id = $2 ORDER BY id DESC LIMIT 30`, to, of)
	}
	d.Exec(`UPDATE ticket SET due_at = waiting_since + interval '1 day' WHERE waiting_since IS NOT NULL`)
	// One tag stands on nearly all, the other on some of every age; one open ticket in eight is put aside.
	d.rare, d.common = id.New[id.Tag](), id.New[id.Tag]()
	d.Exec(`INSERT INTO tag (id, name, key, colour, created_at) VALUES ($1, 'rara', 'rara', 'grey', now()), ($2, 'solita', 'solita', 'grey', now())`, d.rare, d.common)
	d.Exec(`UPDATE ticket SET tags = CASE WHEN hashtext(number) % 40 = 0 THEN ARRAY[$1, $2]::uuid[] ELSE ARRAY[$2]::uuid[] END WHERE hashtext(number) % 10 <> 1`, d.rare, d.common)
	d.Exec(`UPDATE ticket SET snoozed_until = now() WHERE status NOT IN ('resolved', 'closed') AND hashtext(number) % 8 = 0`)
	// Nearly all are about the same, a few of every age about something else; most ended alike.
	d.Exec(`UPDATE ticket SET request_type = CASE WHEN hashtext(number) % 70 = 1 THEN 'praise' ELSE 'information' END`)
	d.Exec(`UPDATE ticket SET standing = jsonb_build_object('outcome', CASE WHEN hashtext(number) % 50 = 2 THEN 'refused' ELSE 'answered_office' END) WHERE status IN ('resolved', 'closed')`)
	d.Exec(`VACUUM ANALYZE ticket`)
	d.Exec(`ANALYZE ticket_share`)
	return d
}

// scopes are how far readers see: the whole town, a small office, two, and the town but for one confidential office
// that shares some of its tickets.
func (d *desk) scopes() map[string]account.Scope {
	return map[string]account.Scope{
		"all": d.All, "a small office": account.OfficeScope(d.small), "two": account.OfficeScope(d.small, d.large),
		"all but one": account.TownScope([]id.Office{d.small}, d.large),
	}
}

// requireBounded wants no part of any plan to touch more than a town's open requests.
func (d *desk) requireBounded(queries []pgtest.Query) {
	d.T.Helper()
	looked := 0
	pgtest.ExplainAll(d.T, d.DB, queries, func(q pgtest.Query, top *pgtest.Plan, raw string) {
		looked++
		bad := false
		top.Walk(func(p *pgtest.Plan) {
			// Empty tables are read as they are.
			scans := p.NodeType == "Seq Scan" && (p.Relation == "ticket" || p.Touched() > 100)
			if scans || p.Touched() > mostTouched {
				d.T.Errorf("%s: %s %s %s touches %.0f rows", q.What, p.NodeType, p.Relation, p.IndexName, p.Touched())
				bad = true
			}
		})
		if bad {
			d.T.Logf("%s\n%s", q.Text, raw)
		}
	})
	require.Equal(d.T, len(queries), looked)
}

// everyFilter calls back for all that the API can ask of a list: queue, order, states, offices and scope.
func (d *desk) everyFilter(do func(name string, scope account.Scope, f inbox.Filter)) {
	scopes := d.scopes()
	statuses := [][]ticket.Status{
		nil, {ticket.StatusSuspended}, {ticket.StatusClosed}, {ticket.StatusResolved, ticket.StatusClosed}, {ticket.StatusNew, ticket.StatusClosed},
	}
	for _, queue := range []inbox.Queue{
		inbox.QueueMine, inbox.QueueOffice, inbox.QueueUnassigned, inbox.QueueWaiting, inbox.QueueAttention, inbox.QueueAll, inbox.QueueClosed,
	} {
		for _, order := range []inbox.Order{inbox.OrderWaiting, inbox.OrderNewest, inbox.OrderDue} {
			for _, states := range statuses {
				if order == inbox.OrderDue && states != nil {
					continue // the states only narrow it
				}
				for seen, scope := range scopes {
					for _, only := range []id.Office{{}, d.small} {
						do(fmt.Sprintf("%s, %s, %v, scope %s, office %v", queue, order, states, seen, !only.IsZero()), scope, inbox.Filter{
							Queue: queue, Order: order, Status: states, Office: only, Operator: d.operator, Offices: []id.Office{d.large},
						})
					}
				}
			}
		}
	}
}

// everySearch calls back for searches within a queue, some states or an office.
func (d *desk) everySearch(do func(name string, scope account.Scope, f inbox.Filter)) {
	var contact id.Contact
	require.NoError(d.T, d.DB.QueryRow(d.T.Context(), `SELECT contact_id FROM ticket GROUP BY 1 ORDER BY count(*) DESC LIMIT 1`).Scan(&contact))
	var numbers []ticket.Number
	require.NoError(d.T, d.DB.QueryRow(d.T.Context(), `SELECT array_agg(number) FROM (SELECT number FROM ticket WHERE hashtext(number) % 100 = 1 LIMIT 50) n`).Scan(&numbers))
	for what, search := range map[string]inbox.Filter{
		"words": {Words: "carta d'identità"}, "a letter": {Words: "a"}, "number": {Number: "2025-0001"}, "numbers": {Numbers: numbers}, "contact": {Contact: contact},
	} {
		for _, queue := range []inbox.Queue{inbox.QueueMine, inbox.QueueOffice, inbox.QueueUnassigned, inbox.QueueWaiting, inbox.QueueAttention, inbox.QueueClosed} {
			for _, states := range [][]ticket.Status{nil, {ticket.StatusClosed}} {
				for _, only := range []id.Office{{}, d.small} {
					for _, order := range []inbox.Order{inbox.OrderWaiting, inbox.OrderNewest} {
						f := search
						f.Queue, f.Status, f.Office, f.Order, f.Operator, f.Offices = queue, states, only, order, d.operator, []id.Office{d.large}
						do(fmt.Sprintf("%s in %s, %v, office %v, %s", what, queue, states, !only.IsZero(), order), d.All, f)
					}
				}
			}
		}
	}
}

// halfWay is a ticket in the middle of those in a state, behind which a page may begin.
func (d *desk) halfWay(status string) inbox.Summary {
	d.T.Helper()
	var number string
	require.NoError(d.T, d.DB.QueryRow(d.T.Context(), `
		WITH these AS (SELECT number, row_number() OVER (ORDER BY waiting_since, last_message_at) AS n, count(*) OVER () AS all
		               FROM ticket WHERE status = $1 AND merged_into IS NULL)
		SELECT number FROM these WHERE n = (these.all + 1) / 2`, status).Scan(&number))
	page, err := d.Inbox.List(d.T.Context(), d.DB, d.All, inbox.Filter{Queue: inbox.QueueAll, Number: number, Limit: 1})
	require.NoError(d.T, err)
	require.Len(d.T, page.Items, 1)
	return page.Items[0]
}

func TestEveryListIsReadFromAnIndex(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	open, over := d.halfWay("open"), d.halfWay("closed")
	d.everyFilter(func(name string, scope account.Scope, f inbox.Filter) {
		d.list(name, scope, f)
		last := open
		if f.Queue == inbox.QueueClosed || len(f.Status) > 0 && !f.Status[0].Open() {
			last = over
		}
		var err error
		f.Cursor, err = inbox.CursorAfter(f, last)
		require.NoError(t, err)
		d.list(name+", a later page", scope, f)
	})
	for _, f := range []inbox.Filter{
		{Number: "2025"}, {Number: "2025-0001"}, {Number: "123"}, {Words: "carta d'identità"}, {Words: "a"}, {Words: "rossi"}, {Words: "giulia r"},
		{Words: "giulia."}, {Words: "nessuno"}, {Words: "--"}, {Contact: id.New[id.Contact]()},
	} {
		for _, f.Order = range []inbox.Order{inbox.OrderWaiting, inbox.OrderNewest} {
			for seen, scope := range d.scopes() {
				f.Queue = inbox.QueueAll
				d.list(fmt.Sprintf("number %q, words %q, %s, scope %s", f.Number, f.Words, f.Order, seen), scope, f)
			}
		}
	}
	// A year has more tickets than a search looks at: they are not read to be sorted.
	query, args, err := inbox.ListQuery(t.Context(), d.DB, d.Inbox, d.All, inbox.Filter{Queue: inbox.QueueAll, Number: "2025"})
	require.NoError(t, err)
	top, raw := pgtest.Explain(d.T, d.DB, query, args...)
	top.Walk(func(p *pgtest.Plan) { require.LessOrEqual(t, p.Touched(), 1000.0, raw) })
	d.everySearch(func(name string, scope account.Scope, f inbox.Filter) { d.list(name, scope, f) })
	for seen, scope := range d.scopes() {
		for _, queue := range []inbox.Queue{inbox.QueueSnoozed, inbox.QueueOffice, inbox.QueueAll, inbox.QueueClosed} {
			for what, tag := range map[string]id.Tag{"no tag": {}, "a rare tag": d.rare, "a common tag": d.common} {
				f := inbox.Filter{Queue: queue, Tag: tag, Operator: d.operator, Offices: []id.Office{d.large}}
				if queue == inbox.QueueSnoozed || !tag.IsZero() {
					d.list(fmt.Sprintf("%s of %s, scope %s", what, queue, seen), scope, f)
				}
				if queue == inbox.QueueSnoozed && tag.IsZero() {
					f.Cursor, err = inbox.CursorAfter(f, inbox.Summary{Ticket: ticket.Ticket{ID: id.New[id.Ticket](), SnoozedUntil: new(archivedUntil)}})
					require.NoError(t, err)
					d.list("a later page of what is put aside, scope "+seen, scope, f)
				}
			}
		}
		for what, f := range map[string]inbox.Filter{
			"closed of a rare type": {Queue: inbox.QueueClosed, Type: "praise"}, "closed of a common type": {Queue: inbox.QueueClosed, Type: "information"},
			"all of a rare type": {Queue: inbox.QueueAll, Type: "praise"}, "unassigned of a rare type": {Queue: inbox.QueueUnassigned, Type: "praise"},
			"all of a rare outcome": {Queue: inbox.QueueAll, Outcome: ticket.EndedRefused}, "mine of an outcome": {Queue: inbox.QueueMine, Outcome: ticket.EndedDone},
			"unassigned of an outcome": {Queue: inbox.QueueUnassigned, Outcome: ticket.EndedOffice}, "closed of both": {Queue: inbox.QueueClosed, Type: "praise", Outcome: ticket.EndedRefused},
		} {
			f.Operator, f.Offices = d.operator, []id.Office{d.large}
			d.list(what+", scope "+seen, scope, f)
		}
		query, args, err := inbox.CountQuery(scope, d.operator, []id.Office{d.large}, archivedUntil)
		require.NoError(t, err)
		d.asked = append(d.asked, pgtest.Query{What: "counts, scope " + seen, Text: query, Args: args})
	}
	require.Greater(t, len(d.asked), 1500)
	d.requireBounded(d.asked)
}

// list notes what a list asks of the database.
func (d *desk) list(name string, scope account.Scope, f inbox.Filter) {
	d.T.Helper()
	query, args, err := inbox.ListQuery(d.T.Context(), d.DB, d.Inbox, scope, f)
	require.NoError(d.T, err)
	d.asked = append(d.asked, pgtest.Query{What: name, Text: query, Args: args})
}
