package inbox_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/inbox"
	"sportello.dev/hub/internal/postgres/pgtest"
)

// called searches people and returns their names.
func (w *town) called(scope account.Scope, typed string) (names []string) {
	w.T.Helper()
	found, err := w.Inbox.People(w.T.Context(), w.DB, scope, typed)
	require.NoError(w.T, err, typed)
	for _, f := range found {
		names = append(names, f.Name)
	}
	return names
}

func TestPeopleAreFound(t *testing.T) {
	t.Parallel()
	h := newTown(t)
	h.Exec(`WITH ada AS (INSERT INTO contact (id, name, fiscal_code, vat_number) VALUES (gen_random_uuid(), 'Ada D''Incà Rossi', 'RSSMRA85T10A562S', '00162210348') RETURNING id),
		adamo AS (INSERT INTO contact (id, name) VALUES (gen_random_uuid(), 'Adamo Rossini') RETURNING id)
		INSERT INTO contact_address (id, contact_id, kind, value, display)
		SELECT gen_random_uuid(), id, 'email', 'ada@posta.example', 'Ada@posta.example' FROM ada
		UNION ALL SELECT gen_random_uuid(), id, 'mobile', '+393401234567', '340 1234567' FROM adamo`)
	for typed, want := range map[string][]string{
		"ada": {"Ada D'Incà Rossi", "Adamo Rossini"}, "ROSSI ada": {"Ada D'Incà Rossi", "Adamo Rossini"}, "rossini": {"Adamo Rossini"},
		"d'inca": {"Ada D'Incà Rossi"}, "rss mra 85t10 a562s": {"Ada D'Incà Rossi"}, "IT00162210348": {"Ada D'Incà Rossi"},
		"ADA@posta.example": {"Ada D'Incà Rossi"}, "340 123 4567": {"Adamo Rossini"},
		"ad\\a": {"Ada D'Incà Rossi", "Adamo Rossini"}, "' | x:*": nil, "nessuno": nil, "%": nil, "--": nil,
	} {
		require.Equal(t, want, h.called(h.All, typed), typed)
	}
	found, err := h.Inbox.People(t.Context(), h.DB, h.All, "rossi")
	require.NoError(t, err)
	require.Equal(t, "Ada@posta.example", found[0].Address)
}

// However many of a name the town knows, an office finds those it knows, as citizens or as who wrote, and nobody else.
func TestIsolationOfPeopleAmongManyOfOneName(t *testing.T) {
	t.Parallel()
	h := newTown(t)
	h.Exec(`INSERT INTO contact (id, name) SELECT gen_random_uuid(), 'Bianca Rossi ' || n FROM generate_series(1, 200) n`)
	h.Exec(`INSERT INTO contact (id, name) VALUES ('0190c9b0-0000-7000-8000-000000000001', 'Zeno Rossi'), ('0190c9b0-0000-7000-8000-000000000002', 'Zita Rossi'),
		('0190c9b0-0000-7000-8000-000000000003', 'Zoe Rossi')`)
	own, theirs, joined := h.Open("Rata"), h.Open("Multa"), h.Open("Ancora la multa")
	h.Exec(`UPDATE ticket SET contact_id = '0190c9b0-0000-7000-8000-000000000001' WHERE id = $1`, own.ID)
	h.Exec(`UPDATE ticket SET office_id = $2 WHERE id = $1`, theirs.ID, h.Other)
	h.Exec(`UPDATE ticket SET merged_into = $2 WHERE id = $1`, joined.ID, theirs.ID)
	h.Exec(`INSERT INTO contact_address (id, contact_id, kind, value, display) VALUES
		(gen_random_uuid(), '0190c9b0-0000-7000-8000-000000000002', 'email', 'zita@posta.example', 'Zita')`)
	h.Exec(`INSERT INTO ticket_party (ticket_id, kind, value, role, wrote_at) VALUES ($1, 'email', 'zita@posta.example', 'third', now())`, joined.ID)
	one, other := account.OfficeScope(h.Office), account.OfficeScope(h.Other)
	town, hidden := account.TownScope([]id.Office{h.Other}), account.TownScope([]id.Office{h.Office, h.Other})

	require.Equal(t, []string{"Zeno Rossi"}, h.called(one, "rossi"))
	require.Equal(t, []string{"Zita Rossi"}, h.called(other, "rossi"), "who wrote on a request that was joined to one of the office's")
	require.Equal(t, []string{"Zita Rossi"}, h.called(other, "zita@posta.example"))
	require.Empty(t, h.called(one, "zita@posta.example"))
	require.Empty(t, h.called(account.Scope{}, "rossi"))
	require.Len(t, h.called(town, "rossi"), 10, "who has no request at all is the town's")
	require.Equal(t, []string{"Zeno Rossi", "Zoe Rossi"}, h.called(town, "rossi z"))
	require.Equal(t, []string{"Zoe Rossi"}, h.called(hidden, "rossi z"))

	// Found to be one with somebody else, they are seen for the sake of either.
	h.Exec(`UPDATE contact SET merged_into = '0190c9b0-0000-7000-8000-000000000003' WHERE name IN ('Zeno Rossi', 'Zita Rossi')`)
	for _, scope := range []account.Scope{one, other, town} {
		require.Equal(t, []string{"Zoe Rossi"}, h.called(scope, "rossi z"))
	}
	require.Empty(t, h.called(hidden, "rossi z"))
	h.Exec(`INSERT INTO ticket_share (ticket_id, office_id, kind, created_at) VALUES ($1, $2, 'ask', now())`, theirs.ID, h.Office)
	require.Equal(t, []string{"Zoe Rossi"}, h.called(account.TownScope([]id.Office{h.Office, h.Other}, h.Office), "rossi z"), "what is shared counts")
}

// Of a name that a thousand have, each is tried by an index.
func TestPeopleAreFoundByIndexes(t *testing.T) {
	t.Parallel()
	h := newTown(t)
	h.Exec(`INSERT INTO contact (id, name) SELECT gen_random_uuid(), CASE n % 20 WHEN 0 THEN 'Mario Rossi ' ELSE 'Ugo Verdi ' END || n FROM generate_series(1, 20000) n`)
	h.Exec(`INSERT INTO contact_address (id, contact_id, kind, value, display) SELECT gen_random_uuid(), id, 'email', id || '@posta.example', '' FROM contact`)
	h.Exec(`INSERT INTO ticket (id, number, office_id, contact_id, last_message_at) SELECT gen_random_uuid(), '2026-' || row_number() OVER (), $1, id, now() FROM contact`, h.Office)
	h.Exec(`INSERT INTO ticket_party (ticket_id, kind, value, role, wrote_at) SELECT id, 'email', contact_id || '@posta.example', 'requester', now() FROM ticket`)
	h.Exec(`ANALYZE contact, contact_address, ticket, ticket_party`)
	for what, scope := range map[string]account.Scope{"the office": account.OfficeScope(h.Office), "another": account.OfficeScope(h.Other), "the town but one": account.TownScope([]id.Office{h.Office})} {
		for _, typed := range []string{"rossi", "mario rossi 100", "nessuno"} {
			top, raw := pgtest.Explain(t, h.DB, inbox.PeopleQuery, inbox.WantedPeople(scope, typed)...)
			top.Walk(func(p *pgtest.Plan) {
				require.False(t, p.NodeType == "Seq Scan" && p.Relation != "", "%s for %s reads all of %s\n%s", typed, what, p.Relation, raw)
				require.LessOrEqual(t, p.Touched(), 2500.0, "%s for %s\n%s", typed, what, raw)
			})
		}
	}
}
