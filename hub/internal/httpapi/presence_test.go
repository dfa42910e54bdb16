package httpapi

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

// everything is the whole database: of each table each row with all its columns. One is left out: until when a session
// was last used, to the minute and without a past, because unused ones end.
func everything(t *testing.T, q postgres.Querier) map[string][]string {
	t.Helper()
	rows, err := q.Query(t.Context(), `SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`)
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Contains(t, tables, "public.audit_entry")
	all := map[string][]string{}
	for _, table := range tables {
		rows, err := q.Query(t.Context(), `SELECT (to_jsonb(x) - CASE $1 WHEN 'public.session' THEN 'last_seen_at' ELSE '' END)::text FROM `+table+` x ORDER BY 1`, table)
		require.NoError(t, err)
		all[table], err = pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
	}
	return all
}

// left are the rows of now that were not there before.
func left(before, now map[string][]string) (found []string) {
	for table, rows := range now {
		for _, row := range rows {
			if !slices.Contains(before[table], row) {
				found = append(found, table+" "+row)
			}
		}
	}
	slices.Sort(found)
	return found
}

// lookOn is somebody whose interface is open: the live stream, the lists that it fetches, a request it shows again and
// again, an answer that is begun and given up.
func (d *desk) lookOn(t *testing.T, server, number, who string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server+"/api/v1/live", nil)
	require.NoError(t, err)
	name, cookie, _ := strings.Cut(who, ": ")
	r.Header.Set(name, cookie)
	stream, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer stream.Body.Close()
	lines := bufio.NewScanner(stream.Body)
	require.True(t, lines.Scan())
	require.Equal(t, "event: ready", lines.Text())
	for range 3 {
		for _, path := range []string{"/tickets?queue=all", "/tickets/counts", "/tickets/" + number, "/tickets/" + number + "/messages", "/me"} {
			require.Equal(t, 200, d.ask("GET", "/api/v1"+path, "", who).Code, path)
		}
		require.Equal(t, 200, d.ask("PUT", "/api/v1/tickets/"+number+"/drafts/reply", `{"text":"Gentile signora"}`, who).Code)
	}
	require.Equal(t, 204, d.ask("DELETE", "/api/v1/tickets/"+number+"/drafts/reply", "", who).Code)
}

// TestPresenceIsNeverStored: several people work side by side for a while; afterwards the database tells what the law
// wants to be told, that they opened a request, once in ten minutes, and until when a session was used, which ends it.
// Nothing tells who looked at what for how long, who was connected, or who wrote.
func TestPresenceIsNeverStored(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	listen(t, d)
	server := httptest.NewServer(d.handler)
	t.Cleanup(server.Close)
	number := d.receive(t, d.letter("Buongiorno", nil))
	d.exec(t, `UPDATE ticket SET office_id = $1 WHERE number = $2`, d.taxes, number)
	var people []string
	for i := range 3 {
		people = append(people, d.enter(t, fmt.Sprintf("operatrice%d", i), account.FirstLevel))
	}
	before := everything(t, d.pool)
	d.clock.advance(2 * time.Minute)
	for _, who := range people {
		d.lookOn(t, server.URL, number, who)
	}
	opened := 0
	for _, row := range left(before, everything(t, d.pool)) {
		require.True(t, strings.HasPrefix(row, "public.audit_entry ") && strings.Contains(row, `"kind": "read"`) && strings.Contains(row, `"route": "getTicket`),
			"something is left of who looked: %s", row)
		opened++
	}
	require.Contains(t, []int{3, 4, 5, 6}, opened, "one row each in ten minutes, which may end meanwhile")

	// What the test would find: a table of its own, and a mark on what is there.
	before = everything(t, d.pool)
	d.exec(t, `CREATE TABLE looking AS SELECT id AS who, now() AS since FROM operator LIMIT 1`)
	d.exec(t, `UPDATE ticket SET subject = 'vista da Lucia' WHERE number = $1`, number)
	found := left(before, everything(t, d.pool))
	require.Contains(t, found[0], "public.looking ")
	require.True(t, slices.ContainsFunc(found, func(row string) bool { return strings.HasPrefix(row, "public.ticket ") }))
}

// TestOpenAPIOffersNoFigureOfOneOperator: figures of single people are off, in that there are none. No report is cut or
// filtered by people, nothing that reports keep knows of them, and nothing in the whole API puts a number beside one.
func TestOpenAPIOffersNoFigureOfOneOperator(t *testing.T) {
	t.Parallel()
	s, err := loadSpec(Config{})
	require.NoError(t, err)
	person := func(name string) bool {
		return slices.ContainsFunc([]string{"operator", "assignee", "actor", "person", "people", "author", "login", "user"}, func(word string) bool {
			return strings.Contains(strings.ToLower(name), word)
		})
	}
	for key, op := range s.operations {
		if !strings.Contains(key, "/reports") {
			continue
		}
		for _, p := range op.route.Operation.Parameters {
			require.False(t, person(p.Value.Name), "%s is filtered by %s", key, p.Value.Name)
			for _, value := range p.Value.Schema.Value.Enum {
				require.False(t, person(fmt.Sprint(value)), "%s by %s", key, value)
			}
		}
	}
	require.NotEmpty(t, s.doc.Components.Schemas["ReportPart"].Value.Enum)
	// A number that belongs to a person stands here with what it is for.
	var figures []string
	allowed := map[string]string{
		"ContactReader.reads":    "who read about one citizen, which the citizen may ask for",
		"ContactReader.acts":     "the same",
		"Person.sessions":        "in how many browsers somebody is signed in now, for who ends them",
		"PersonReturns.requests": "what goes back into queues with somebody's access or office, told before it is taken away",
		"Factor.recovery_codes":  "one's own, that are left", "TicketSummary.message_count": "of the request, whoever has it",
		"NewExpertAsk.due_days":    "by when an answer is asked for",
		"OfficeDetail.reopen_days": "a rule of the office", "OfficeDetail.town_reopen_days": "the same",
	}
	for name, schema := range s.doc.Components.Schemas {
		for _, value := range schema.Value.Enum {
			require.False(t, strings.HasPrefix(name, "Report") && person(fmt.Sprint(value)), "%s: %s", name, value)
		}
		if !aboutPerson(name, schema.Value, person) {
			continue
		}
		for field, of := range schema.Value.Properties {
			require.False(t, strings.HasPrefix(name, "Report") && person(field), "%s.%s", name, field)
			if counts(field, of.Value) && allowed[name+"."+field] == "" {
				figures = append(figures, name+"."+field)
			}
		}
	}
	require.Empty(t, figures, "figures beside a person; of what is none, say above what it is for")
	rows, err := pgtest.New(t).Query(t.Context(), `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_name LIKE 'report%'`)
	require.NoError(t, err)
	kept, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.NotEmpty(t, kept)
	for _, column := range kept {
		require.False(t, person(column), column)
	}
}

func aboutPerson(name string, s *openapi3.Schema, person func(string) bool) bool {
	for field := range s.Properties {
		if person(field) {
			return true
		}
	}
	return person(name)
}

// counts tells a number of something from those that are no figure: versions, places, ids.
func counts(field string, s *openapi3.Schema) bool {
	if slices.Contains([]string{"id", "version", "revision", "place", "position", "priority"}, field) {
		return false
	}
	return s != nil && s.Type != nil && (s.Type.Is("integer") || s.Type.Is("number"))
}
