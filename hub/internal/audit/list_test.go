package audit

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
)

// fill makes a log of n rows, one a minute, by three actors.
func (w *world) fill(n int) {
	w.t.Helper()
	_, err := w.pool.Exec(w.t.Context(), `INSERT INTO audit_entry (at, kind, actor, act, route, object, outcome)
		SELECT timestamptz '2026-11-01 08:00Z' + n * interval '1 minute', CASE WHEN n % 50 = 0 THEN 'sign_in' WHEN n % 5 = 0 THEN 'act' ELSE 'read' END,
		    'operator:' || n % 3, CASE WHEN n % 5 = 0 THEN 'ticket.reply' ELSE 'ticket.read' END, 'r', 'tickets/' || n % 100,
		    CASE WHEN n % 100 = 0 THEN 'failed' ELSE 'done' END FROM generate_series(1, $1) n`, n)
	require.NoError(w.t, err)
	w.exec(`ANALYZE audit_entry`)
}

// TestAuditListFindsByIndex reads each filter to its end, and asks the planner how a page is found: along an index that
// has the page's order, so that the size of the log does not count. A ticket's rows are few and may be sorted.
func TestAuditListFindsByIndex(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const rows = 6000
	w.fill(rows)
	from := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		filter Filter
		want   int
	}{
		"all":     {Filter{}, rows},
		"actor":   {Filter{Actor: "operator:1"}, rows / 3},
		"kind":    {Filter{Kind: SignIn}, rows / 50},
		"act":     {Filter{Act: "ticket.reply"}, rows / 5},
		"failed":  {Filter{Outcome: Failed}, rows / 100},
		"object":  {Filter{Object: "contacts/1"}, 0},
		"ticket":  {Filter{Object: "tickets/7"}, rows / 100},
		"period":  {Filter{From: from, Until: from.Add(time.Hour)}, 60},
		"several": {Filter{Actor: "operator:1", Kind: Act, From: from}, 302},
	} {
		seen, pages := map[int64]bool{}, 0
		last := time.Now().Add(time.Hour * 24 * 365 * 100)
		f := c.filter
		for {
			page, err := List(t.Context(), w.pool, account.SystemScope(), f)
			require.NoError(t, err, name)
			for _, r := range page.Items {
				require.False(t, seen[r.ID], "%s: row %d comes twice", name, r.ID)
				require.False(t, r.At.After(last), "%s: newest first", name)
				seen[r.ID], last = true, r.At
			}
			pages++
			if f.Cursor = page.Next; f.Cursor == "" {
				break
			}
		}
		require.Len(t, seen, c.want, name)
		require.Equal(t, max(1, (c.want+maxPage-1)/maxPage), pages, name)

		c.filter.Limit = maxPage
		text, args, err := c.filter.compile()
		require.NoError(t, err)
		plan := w.explain(text, args)
		require.NotContains(t, plan, "Seq Scan on audit_entry", name)
		if name != "ticket" {
			require.NotContains(t, plan, "Sort", "%s: %s", name, plan)
		}
	}
	for _, cursor := range []string{"!", "YQ", "OTk5OTk5OTk5OTk5OTk5OTk5OS4x", strings.Repeat("a", 5000)} {
		_, err := List(t.Context(), w.pool, account.SystemScope(), Filter{Cursor: cursor})
		require.Equal(t, fault.CodeInvalid, fault.Kind(err), cursor)
	}
}

func (w *world) explain(text string, args []any) string {
	w.t.Helper()
	rows, err := w.pool.Query(w.t.Context(), "EXPLAIN "+text, args...)
	require.NoError(w.t, err)
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var line string
		require.NoError(w.t, rows.Scan(&line))
		plan.WriteString(line + "\n")
	}
	require.NoError(w.t, rows.Err())
	return plan.String()
}

// TestAuditExport: no cell begins like a formula, however somebody is called, and both formats hold every row.
func TestAuditExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(2500)
	who := uuid.New()
	_, err := w.pool.Exec(t.Context(), `INSERT INTO operator (id, login, name, role) VALUES ($1, 'x', $2, 'first_level')`, who, "=HYPERLINK(\"http://x\")\r\n")
	require.NoError(t, err)
	for _, e := range []Entry{
		{Kind: Act, Actor: "operator:" + who.String(), Act: "ticket.reply", Object: "-1+1", Outcome: Done},
		{Kind: SignIn, Actor: "@SUM(A1)", Act: "\tx", Object: "+x", Outcome: Failed, Address: "\rx"},
	} {
		require.NoError(t, w.log.Record(t.Context(), w.pool, e))
	}
	require.NoError(t, w.sealer().Pass(t.Context()))
	var table, lines strings.Builder
	require.NoError(t, Export(t.Context(), w.pool, account.SystemScope(), Filter{}, CSV, &table))
	require.NoError(t, Export(t.Context(), w.pool, account.SystemScope(), Filter{}, JSONL, &lines))
	require.Error(t, Export(t.Context(), w.pool, account.SystemScope(), Filter{}, "xml", &lines))

	cells, err := csv.NewReader(strings.NewReader(table.String())).ReadAll()
	require.NoError(t, err)
	require.Len(t, cells, 2503)
	for _, row := range cells {
		for _, cell := range row {
			require.False(t, cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])), "%q", cell)
		}
	}
	require.Contains(t, table.String(), "'=HYPERLINK")
	texts := strings.Split(strings.TrimSpace(lines.String()), "\n")
	require.Len(t, texts, 2502)
	var last line
	require.NoError(t, json.Unmarshal([]byte(texts[2501]), &last))
	require.EqualValues(t, 1, *last.Place)
}

// TestAuditLook: the quick look tells of a stopped sealer, a cut end and an exported head that stays behind.
func TestAuditLook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	chain := NewChain(w.pool, w.keys, w.path, time.Now)
	look := func() State {
		s, err := chain.Look(t.Context())
		require.NoError(t, err)
		return s
	}
	require.Equal(t, State{}, look(), "an empty log")
	w.write(1, glance+50)
	require.EqualValues(t, glance+50, look().Unsealed)
	require.NoError(t, w.sealer().Pass(t.Context()))
	s := look()
	require.True(t, s.Fault.None(), s.Fault.String())
	require.EqualValues(t, glance+50, s.Sealed)
	require.Equal(t, s.Sealed, s.Head.Place)

	head, err := os.ReadFile(w.path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(w.path))
	require.True(t, look().Fault.None(), "a head may be a moment late")
	chain.now = func() time.Time { return time.Now().Add(time.Hour) }
	require.Equal(t, FaultHeadStale, look().Fault.Code)
	require.NoError(t, os.WriteFile(w.path, head, 0o600))
	require.True(t, look().Fault.None())

	w.exec(`ALTER TABLE audit_entry DISABLE TRIGGER USER; UPDATE audit_entry SET actor = 'operator:2' WHERE place = 240`)
	require.Equal(t, Fault{Code: FaultAltered, Place: 240, Row: 240}, look().Fault)
	w.exec(`DELETE FROM audit_entry WHERE place >= 240`)
	require.Equal(t, Fault{Code: FaultCut, Place: 240, Until: 250}, look().Fault)

	require.NoError(t, chain.RunChecks(t.Context()))
	check, err := LastCheck(t.Context(), w.pool)
	require.NoError(t, err)
	require.Equal(t, FaultCut, check.Fault.Code)
	require.NoError(t, chain.RunChecks(t.Context()))
	require.NoError(t, chain.Ask(t.Context(), w.pool, "operator:1"))
	require.NoError(t, chain.RunChecks(t.Context()))
	var checks int
	require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit_check`).Scan(&checks))
	require.Equal(t, 2, checks, "one by itself, none a second time on one day, and the one asked for")
}
