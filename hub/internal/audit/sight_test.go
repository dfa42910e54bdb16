package audit

import (
	"context"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// looked is a town in which one citizen has a request at an office, one at a confidential office, and one there that is
// shared with the first; people of either, and a script, looked at all of it.
type looked struct {
	*world
	ours, theirs                id.Office
	contact                     id.Contact
	clerk, social, both, script string
}

func newLooked(t *testing.T) *looked {
	t.Helper()
	l := &looked{world: newWorld(t), ours: id.New[id.Office](), theirs: id.New[id.Office](), contact: id.New[id.Contact]()}
	exec := func(sql string, args ...any) {
		t.Helper()
		_, err := l.pool.Exec(t.Context(), sql, args...)
		require.NoError(t, err)
	}
	exec(`INSERT INTO office (id, slug, name, confidential) VALUES ($1, 'urp', 'URP', false), ($2, 'sociale', 'Sociale', true)`, l.ours, l.theirs)
	exec(`INSERT INTO contact (id, name) VALUES ($1, 'Ada')`, l.contact)
	for number, office := range map[string]id.Office{"2026-000001-1": l.ours, "2026-000002-2": l.theirs, "2026-000003-3": l.theirs} {
		exec(`INSERT INTO ticket (id, number, office_id, contact_id, last_message_at) VALUES ($1, $2, $3, $4, now())`, uuid.New(), number, office, l.contact)
	}
	exec(`INSERT INTO ticket_share (ticket_id, office_id, kind, created_at) SELECT id, $1, 'ask', now() FROM ticket WHERE number = '2026-000003-3'`, l.ours)
	person := func(login string, offices ...id.Office) string {
		who := uuid.New()
		exec(`INSERT INTO operator (id, login, name, role) VALUES ($1, $2, $2, 'back_office')`, who, login)
		for _, o := range offices {
			exec(`INSERT INTO office_member (office_id, operator_id) VALUES ($1, $2)`, o, who)
		}
		return "operator:" + who.String()
	}
	l.clerk, l.social, l.both = person("carla", l.ours), person("teresa", l.theirs), person("bruna", l.ours, l.theirs)
	script := uuid.New()
	exec(`INSERT INTO api_token (id, name, token_hash, role, office_id, created_at) VALUES ($1, 'scheda', '\x00', 'back_office', $2, now())`, script, l.theirs)
	l.script = "token:" + script.String()
	for _, actor := range []string{l.clerk, l.social, l.both, l.script} {
		for i, object := range []string{"tickets/2026-000001-1", "tickets/2026-000002-2", "tickets/2026-000003-3", "contacts/" + l.contact.String()} {
			exec(`INSERT INTO audit_entry (kind, actor, act, route, object, outcome) VALUES ('read', $1, 'ticket.read', 'r', $2, $3)`,
				actor, object, map[bool]Outcome{true: Failed, false: Done}[actor == l.clerk && i == 3])
		}
	}
	return l
}

// Of what its reader may not see the log tells that something was done, by whom and when; asked for it by name, it tells
// nothing. Who works for a confidential office alone would tell by a citizen's card whom that office knows.
func TestIsolationOfTheLog(t *testing.T) {
	t.Parallel()
	l := newLooked(t)
	town, shared := account.TownScope([]id.Office{l.theirs}), account.TownScope([]id.Office{l.theirs}, l.ours)
	told := func(scope account.Scope, object string) map[string]int {
		page, err := List(t.Context(), l.pool, scope, Filter{Object: object})
		require.NoError(t, err)
		count := map[string]int{}
		for _, r := range page.Items {
			count[fmt.Sprint(r.Object, " ", r.Hidden)]++
		}
		return count
	}
	card := "contacts/" + l.contact.String()
	require.Equal(t, map[string]int{
		"tickets/2026-000001-1 false": 4, "tickets true": 8, card + " false": 2, "contacts true": 2,
	}, told(town, ""))
	require.Equal(t, map[string]int{
		"tickets/2026-000001-1 false": 4, "tickets/2026-000003-3 false": 4, "tickets true": 4, card + " false": 2, "contacts true": 2,
	}, told(shared, ""))
	require.Empty(t, told(town, "tickets/2026-000002-2"))
	require.Empty(t, told(town, "tickets/2026-000003-3"))
	require.Len(t, told(shared, "tickets/2026-000003-3"), 1)
	require.Equal(t, map[string]int{card + " false": 2}, told(town, card), "no blank row tells that there are more")
	require.Equal(t, map[string]int{card + " false": 4}, told(account.SystemScope(), card))

	// Page by page too: neither a page nor its end tells of who is not told.
	var paged []Record
	f := Filter{Object: card, Limit: 1}
	for more := true; more; more = f.Cursor != "" {
		page, err := List(t.Context(), l.pool, town, f)
		require.NoError(t, err)
		require.Len(t, page.Items, 1)
		paged, f.Cursor = append(paged, page.Items...), page.Next
	}
	require.Len(t, paged, 2)
	page, err := List(t.Context(), l.pool, town, Filter{Object: "tickets/2026-000002-2", Limit: 1})
	require.NoError(t, err)
	require.Equal(t, Page{}, page)

	for _, at := range []int64{maxMicro + 1, -1} {
		_, err := List(t.Context(), l.pool, town, Filter{Cursor: base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.1", at))})
		require.Equal(t, fault.CodeInvalid, fault.Kind(err), "no time that the database reads")
	}
}

// counted counts the queries that it passes on.
type counted struct {
	postgres.Querier
	queries int
}

func (c *counted) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	c.queries++
	return c.Querier.Query(ctx, sql, args...)
}

// What is not told is passed over by the page, however few rows are asked for, and over several pages.
func TestRowsThatAreNotToldArePassedOverByThePage(t *testing.T) {
	t.Parallel()
	l := newLooked(t)
	card := "contacts/" + l.contact.String()
	const many = 3 * maxPage
	_, err := l.pool.Exec(t.Context(), `INSERT INTO audit_entry (kind, actor, act, route, object, outcome)
		SELECT 'read', $1, 'contact.read', 'r', $2, 'done' FROM generate_series(1, $3)`, l.social, card, many)
	require.NoError(t, err)
	q := &counted{Querier: l.pool}
	page, err := List(t.Context(), q, account.TownScope([]id.Office{l.theirs}), Filter{Object: card, Limit: 1})
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	require.NotEmpty(t, page.Next)
	require.Less(t, q.queries, many)
}

// Offices that are not confidential are no secret, whoever asks.
func TestReadersAreNamedWithTheirOffices(t *testing.T) {
	t.Parallel()
	l := newLooked(t)
	tax, ugo := uuid.New(), uuid.New()
	for sql, args := range map[string][]any{
		`INSERT INTO office (id, slug, name) VALUES ($1, 'tributi', 'Tributi')`:                 {tax},
		`INSERT INTO operator (id, login, name, role) VALUES ($1, 'ugo', 'Ugo', 'back_office')`: {ugo},
	} {
		_, err := l.pool.Exec(t.Context(), sql, args...)
		require.NoError(t, err)
	}
	_, err := l.pool.Exec(t.Context(), `INSERT INTO office_member (office_id, operator_id) VALUES ($1, $2)`, tax, ugo)
	require.NoError(t, err)
	require.NoError(t, l.log.Record(t.Context(), l.pool, Entry{Kind: Read, Actor: "operator:" + ugo.String(), Act: "ticket.read", Object: "tickets/2026-000001-1", Outcome: Done}))
	ask := uuid.New()
	_, err = l.pool.Exec(t.Context(), `INSERT INTO side_request (id, ticket_id, office_id, from_office_id, question, asked_at, due_at)
		SELECT $1, id, $2, office_id, '?', now(), now() FROM ticket WHERE number = '2026-000001-1'`, ask, tax)
	require.NoError(t, err)
	require.NoError(t, l.log.Record(t.Context(), l.pool, Entry{Kind: Act, Actor: "operator:" + ugo.String(), Act: "ask.answer", Object: "asks/" + ask.String(), Outcome: Done}))
	list, err := Readers(t.Context(), l.pool, account.OfficeScope(l.ours), l.contact)
	require.NoError(t, err)
	offices := map[string][]string{}
	for _, r := range list {
		offices[r.Name] = r.Offices
		require.Equal(t, map[string]int64{"Ugo": 1}[r.Name], r.Acts, "who answers a question about a request has read it")
	}
	require.Equal(t, map[string][]string{"carla": {"URP"}, "bruna": {"URP"}, "Ugo": {"Tributi"}}, offices)
}

// Who read about a citizen is told as far as the reader sees: without people of confidential offices alone, and of others
// without those offices. Whoever was refused has read nothing.
func TestIsolationOfReaders(t *testing.T) {
	t.Parallel()
	l := newLooked(t)
	readers := func(scope account.Scope) map[string]string {
		list, err := Readers(t.Context(), l.pool, scope, l.contact)
		require.NoError(t, err)
		told := map[string]string{}
		for _, r := range list {
			told[r.Actor] = fmt.Sprint(r.Reads, r.Offices, r.Through)
		}
		return told
	}
	require.Equal(t, map[string]string{l.clerk: "1 [URP] [ticket]", l.both: "2 [URP] [contact ticket]"}, readers(account.TownScope([]id.Office{l.theirs})))
	require.Equal(t, map[string]string{l.clerk: "2 [URP] [ticket]", l.both: "3 [URP] [contact ticket]"},
		readers(account.TownScope([]id.Office{l.theirs}, l.ours)), "what is shared counts")
	require.Equal(t, map[string]string{
		l.clerk: "3 [URP] [ticket]", l.both: "4 [Sociale URP] [contact ticket]", l.social: "4 [Sociale] [contact ticket]", l.script: "4 [Sociale] [contact ticket]",
	}, readers(account.SystemScope()))
}
