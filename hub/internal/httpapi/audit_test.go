package httpapi

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/audit"
)

// TestAuditCoversEveryRoute: what changes something, and what shows one thing, leaves a row or stands on the list of
// exceptions with its reason; a route of channels' settings shows no citizen.
func TestAuditCoversEveryRoute(t *testing.T) {
	t.Parallel()
	s, err := loadSpec(Config{})
	require.NoError(t, err)
	var silent []string
	for key, op := range s.operations {
		kind, logged := kindOf(op)
		method, path, _ := strings.Cut(key, " ")
		switch {
		case !logged && (method != "GET" || strings.Contains(path, ":")):
			silent = append(silent, key)
		case logged && kind == audit.Read && op.id != look:
			require.Equal(t, "GET", method, key)
		}
	}
	slices.Sort(silent)
	require.Equal(t, []string{
		"DELETE /api/v1/tickets/:number/drafts/:kind",
		"GET /api/v1/attachments/:id/inline",
		"GET /api/v1/channels/:id",
		"GET /api/v1/channels/:id/setup",
		"GET /api/v1/channels/:id/survey",
		"GET /api/v1/offices/:id", "GET /api/v1/offices/:id/identity",
		"GET /api/v1/tickets/:number/drafts/:kind",
		"GET /api/v1/tickets/:number/mentionable",
		"POST /api/v1/calendar/preview", "POST /api/v1/mentions/read", "POST /api/v1/terms/preview", "POST /api/v1/uploads",
		"PUT /api/v1/tickets/:number/drafts/:kind",
	}, silent)
}

type auditRow struct {
	Kind, Actor, Act, Object, Outcome, Xmin string
}

func (d *desk) audited(t *testing.T) []auditRow {
	t.Helper()
	rows, err := d.pool.Query(t.Context(), `SELECT kind, actor, act, object, outcome, xmin::text AS xmin FROM audit_entry ORDER BY id`)
	require.NoError(t, err)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[auditRow])
	require.NoError(t, err)
	return list
}

func TestAuditOfADay(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	require.Equal(t, 401, d.ask("POST", "/api/v1/session", `{"login":"segreta parola","password":"anche questa"}`).Code)
	lucia := d.signIn(t, "lucia")
	number := d.receive(t, d.letter("Buongiorno, chiedo un certificato.", nil))
	before := len(d.audited(t))
	require.Equal(t, 2, before, "what the hub does by itself is no act of anybody: %v", d.audited(t))
	for range 3 {
		d.ticket(t, number, lucia)
	}
	d.messages(t, number, lucia)
	require.Equal(t, 200, d.ask("PATCH", "/api/v1/me", `{"language":"en"}`, lucia).Code)
	require.Equal(t, 422, d.ask("PATCH", "/api/v1/me", `{}`, lucia).Code)
	require.Equal(t, 201, d.reply(number, `{"text":"Ecco il certificato."}`, lucia).Code)
	require.Equal(t, 204, d.ask("DELETE", "/api/v1/session", "", lucia).Code)

	me := account.Actor{Kind: account.KindOperator, Operator: d.lucia.ID}.Key()
	list := d.audited(t)
	replied := list[len(list)-2].Xmin
	for i := range list {
		list[i].Xmin = ""
	}
	require.True(t, strings.HasPrefix(list[0].Actor, "login:"), list[0].Actor)
	require.NotContains(t, list[0].Actor, "segreta")
	list[0].Actor = ""
	list = slices.Compact(list) // ten minutes may end between two reads
	require.Equal(t, []auditRow{
		{Kind: "sign_in", Act: "session.open", Object: "session", Outcome: "failed"},
		{Kind: "sign_in", Actor: me, Act: "session.open", Object: "session", Outcome: "done"},
		{Kind: "read", Actor: me, Act: "ticket.read", Object: "tickets/" + number, Outcome: "done"},
		{Kind: "act", Actor: me, Act: "me.update", Object: "me", Outcome: "done"},
		{Kind: "act", Actor: me, Act: "ticket.reply", Object: "tickets/" + number, Outcome: "done"},
		{Kind: "sign_in", Actor: me, Act: "session.close", Object: "session", Outcome: "done"},
	}, list)
	var together bool
	require.NoError(t, d.pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM message WHERE xmin::text = $1)`, replied).Scan(&together))
	require.True(t, together, "the row of a reply is committed with the reply")
}

// TestAuditTellsARefusedReadFromOneShown: both have a row in the same ten minutes, and a letter to an expert that was only
// looked at is no question asked.
func TestAuditTellsARefusedReadFromOneShown(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	number, who := d.receive(t, d.letter("Buongiorno", nil)), d.enter(t, "tino", account.BackOffice)
	move := func(office string) {
		d.exec(t, `UPDATE ticket SET office_id = (SELECT id FROM office WHERE slug = $2) WHERE number = $1`, number, office)
	}
	path := "/api/v1/tickets/" + number
	move("urp")
	for range 2 {
		require.Equal(t, 404, d.ask("GET", path, "", who).Code)
	}
	move("tributi")
	require.Equal(t, 200, d.ask("GET", path, "", who).Code)
	d.ask("POST", path+"/experts/preview", `{"address":"geologo@studio.example","text":"È stabile?"}`, who)
	var outcomes []string
	for _, row := range slices.Compact(d.audited(t)) {
		require.Equal(t, "read", row.Kind)
		outcomes = append(outcomes, row.Outcome)
	}
	require.Equal(t, []string{"failed", "done"}, slices.Compact(outcomes))
}
