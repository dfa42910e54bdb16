package httpapi

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
)

// operator is the id of somebody by login.
func (d *desk) operator(t *testing.T, login string) (who id.Operator) {
	t.Helper()
	require.NoError(t, d.pool.QueryRow(t.Context(), `SELECT id FROM operator WHERE login = $1`, login).Scan(&who))
	return who
}

// officeID is the id of an office by slug.
func (d *desk) officeID(t *testing.T, slug string) (which id.Office) {
	t.Helper()
	require.NoError(t, d.pool.QueryRow(t.Context(), `SELECT id FROM office WHERE slug = $1`, slug).Scan(&which))
	return which
}

func (d *desk) mentions(t *testing.T, query, who string) api.MentionList {
	t.Helper()
	return decode[api.MentionList](t, d.ask("GET", basePath+"/mentions"+query, "", who), 200)
}

func (d *desk) unread(t *testing.T, who string) int {
	t.Helper()
	return decode[api.Counts](t, d.ask("GET", basePath+"/tickets/counts", "", who), 200).Mentions
}

func TestMentionsInNotes(t *testing.T) {
	t.Parallel()
	w := newDesk(t)
	lucia, marta, nino := w.signIn(t, "lucia"), w.enter(t, "marta", account.BackOffice), w.enter(t, "nino", account.BackOffice)
	auditor := w.enter(t, "aldo", account.Auditor)
	number := w.receive(t, w.letter("Quanto devo?", nil))
	w.exec(t, `UPDATE ticket SET office_id = $2 WHERE number = $1`, number, w.taxes)
	w.exec(t, `INSERT INTO office (id, slug, name) VALUES ($1, 'vuoto', 'Ufficio vuoto')`, uuid.New())
	notes := basePath + "/tickets/" + number + "/notes"

	offers := map[string]bool{}
	for _, o := range decode[api.MentionableList](t, w.ask("GET", basePath+"/tickets/"+number+"/mentionable", "", marta), 200).Items {
		offers[o.Name] = o.Sees
	}
	require.NotContains(t, offers, "marta", "nobody is offered themselves")
	require.Equal(t, []bool{true, false, false}, []bool{offers["nino"], offers["aldo"], offers["Ufficio vuoto"]})
	require.Equal(t, 403, w.ask("GET", basePath+"/mentions", "", auditor).Code)

	for what, c := range map[string]struct{ mention, code string }{
		"oneself":                        {fmt.Sprintf(`{"operator_id":%q}`, w.operator(t, "marta")), "mention_self"},
		"who sees no ticket":             {fmt.Sprintf(`{"operator_id":%q}`, w.operator(t, "aldo")), "mention_unseen"},
		"an office where nobody sees it": {fmt.Sprintf(`{"office_id":%q}`, w.officeID(t, "vuoto")), "mention_unseen"},
		"nobody known":                   {fmt.Sprintf(`{"operator_id":%q}`, uuid.New()), "unknown"},
		"no office known":                {fmt.Sprintf(`{"office_id":%q}`, uuid.New()), "unknown"},
	} {
		require.Equal(t, [2]string{"mentions", c.code}, refused(t, w, "POST", notes, `{"text":"Vedi","mentions":[`+c.mention+`]}`, marta), what)
	}
	for _, m := range w.messages(t, number, marta) {
		require.NotEqual(t, api.DirectionNote, m.Direction, "a refused note is not written")
	}

	// Named and of the office named: one entry, for the operator's own sake.
	body := fmt.Sprintf(`{"text":"@Tributi e @nino: da sentire","mentions":[{"office_id":%q},{"operator_id":%q},{"office_id":%q}]}`, w.taxes, w.operator(t, "nino"), w.taxes)
	note := decode[api.Message](t, w.ask("POST", notes, body, marta, "Idempotency-Key: una"), 201)
	require.Equal(t, 201, w.ask("POST", notes, body, marta, "Idempotency-Key: una").Code)
	require.Len(t, *note.Mentions, 2)
	require.Equal(t, "nino", (*note.Mentions)[1].Name)
	require.Equal(t, 0, w.unread(t, marta), "who writes is not told")
	require.Equal(t, 1, w.unread(t, nino))
	entry := w.mentions(t, "", nino).Items[0]
	require.Equal(t, api.MentionEntry{
		ID: entry.ID, Ticket: number, Subject: entry.Subject, MessageID: &note.ID, By: &api.OperatorRef{ID: w.operator(t, "marta").UUID, Name: "marta"},
		Excerpt: "@Tributi e @nino: da sentire", At: note.CreatedAt,
	}, entry)

	// A new name is shown wherever the old one was.
	w.exec(t, `UPDATE operator SET name = 'Nino Bo' WHERE login = 'nino'`)
	shown := w.messages(t, number, marta)
	require.Equal(t, "Nino Bo", (*shown[len(shown)-1].Mentions)[1].Name)

	// Joined, the ticket to go on with is the one to open.
	other := w.receive(t, w.letter("Un’altra domanda", nil))
	w.exec(t, `UPDATE ticket SET office_id = $2 WHERE number = $1`, other, w.taxes)
	require.Less(t, w.ask("POST", basePath+"/tickets/"+other+"/joined", fmt.Sprintf(`{"ticket":%q}`, number), lucia).Code, 300)
	joined := decode[api.Ticket](t, w.ask("GET", basePath+"/tickets/"+number, "", nino), 200)
	require.Equal(t, joined.Number, w.mentions(t, "", nino).Items[0].Ticket)

	w.readPages(t, joined.Number, marta, nino)
}

// readPages has nino mentioned thrice more, read page by page and marked.
func (d *desk) readPages(t *testing.T, number, marta, nino string) {
	t.Helper()
	for i := range 3 {
		body := fmt.Sprintf(`{"text":"Nota %d","mentions":[{"operator_id":%q}]}`, i, d.operator(t, "nino"))
		require.Equal(t, 201, d.ask("POST", basePath+"/tickets/"+number+"/notes", body, marta).Code)
	}
	first := d.mentions(t, "?limit=3", nino)
	require.Equal(t, "Nota 2", first.Items[0].Excerpt)
	last := d.mentions(t, "?limit=3&cursor="+*first.Next, nino)
	require.Len(t, last.Items, 1)
	require.Nil(t, last.Next)
	require.Equal(t, 400, d.ask("GET", basePath+"/mentions?cursor=x", "", nino).Code)
	read := func(what string, which uuid.UUID, who string) {
		require.Equal(t, 204, d.ask("POST", basePath+"/mentions/read", fmt.Sprintf(`{%q:%q}`, what, which.String()), who).Code)
	}
	read("until", first.Items[0].ID, marta)
	require.Equal(t, 4, d.unread(t, nino), "nobody reads for another")
	read("id", first.Items[0].ID, nino)
	require.True(t, d.mentions(t, "", nino).Items[0].Read)
	require.Equal(t, 3, d.unread(t, nino))
	read("until", first.Items[1].ID, nino)
	require.Equal(t, 0, d.unread(t, nino))
	require.Equal(t, 422, d.ask("POST", basePath+"/mentions/read", `{}`, nino).Code)
}

// A mention gives no access, and who loses sight of the ticket loses the entry and the count.
func TestIsolationOfMentions(t *testing.T) {
	t.Parallel()
	w := newIsolated(t)
	own, who := w.things["own"].number, w.readers[account.BackOffice]
	head := w.operator(t, string(account.OfficeHead))
	body := fmt.Sprintf(`{"text":"Da sentire","mentions":[{"operator_id":%q},{"office_id":%q}]}`, head, w.taxes)
	require.Equal(t, 201, w.ask("POST", basePath+"/tickets/"+own+"/notes", body, who).Code)
	reader := w.readers[account.OfficeHead]
	sees := func(n int) {
		t.Helper()
		require.Equal(t, n, w.unread(t, reader))
		require.Len(t, w.mentions(t, "", reader).Items, n)
	}
	sees(1)
	require.Empty(t, w.mentions(t, "", w.readers[account.Administrator]).Items[1:], "one entry each")
	w.exec(t, `UPDATE ticket SET office_id = $2 WHERE number = $1`, own, w.officeID(t, "sociale"))
	sees(0)
	require.Equal(t, 404, w.ask("GET", basePath+"/tickets/"+own, "", reader).Code)
	w.exec(t, `INSERT INTO ticket_share (ticket_id, office_id, kind, created_at) SELECT id, $2, 'ask', now() FROM ticket t WHERE t.number = $1
		AND NOT EXISTS (SELECT FROM ticket_share s WHERE s.ticket_id = t.id AND s.office_id = $2 AND s.ended_at IS NULL)`, own, w.taxes)
	sees(1)
	w.exec(t, `UPDATE ticket_share SET ended_at = now() WHERE ended_at IS NULL`)
	sees(0)

	// Of a confidential office's ticket nobody outside is mentioned, nor told who could be.
	hidden := w.things["confidential"].number
	require.Equal(t, 404, w.ask("GET", basePath+"/tickets/"+hidden+"/mentionable", "", who).Code)
	insider, err := w.stores.Accounts.AddOperator(t.Context(), account.NewOperator{Login: "sara", Name: "Sara", Role: account.BackOffice})
	require.NoError(t, err)
	require.NoError(t, w.stores.Offices.Join(t.Context(), w.pool, w.officeID(t, "sociale"), insider.ID))
	w.exec(t, `INSERT INTO session (id, token_hash, operator_id, expires_at) VALUES ($1, sha256('sara'), $2, now() + interval '1 day')`, uuid.New(), insider.ID)
	for role := range w.readers {
		body := fmt.Sprintf(`{"text":"?","mentions":[{"operator_id":%q}]}`, w.operator(t, string(role)))
		why := refused(t, w.desk, "POST", basePath+"/tickets/"+hidden+"/notes", body, "Cookie: sportello=sara")
		require.Equal(t, [2]string{"mentions", "mention_unseen"}, why, role)
	}
}

// Who loses sight of something they are asked about finds its number among what names them, and nothing else of it.
func TestIsolationOfWhatIsToldOfLostSight(t *testing.T) {
	t.Parallel()
	w := newDesk(t)
	me, boss, nino := w.signIn(t, "lucia"), w.signIn(t, "capo"), w.enter(t, "nino", account.BackOffice)
	minors := id.New[id.Office]()
	w.exec(t, `INSERT INTO office (id, slug, name) VALUES ($1, 'minori', 'Tutela minori')`, minors)
	number := w.receive(t, w.letter("Segreto", func(e *intake.Event) { e.Message.Subject = "Affido" }))
	at := basePath + "/tickets/" + number
	require.Equal(t, 201, w.ask("POST", at+"/asks", fmt.Sprintf(`{"office_id":%q,"text":"Segreta domanda"}`, w.taxes), me).Code)
	require.Equal(t, 200, w.ask("PATCH", at, fmt.Sprintf(`{"version":%d,"office_id":%q}`, w.ticket(t, number, me).Version, minors), me).Code)
	require.Equal(t, 200, w.ask("GET", at, "", nino).Code)
	require.Zero(t, w.unread(t, nino))
	confidential := basePath + "/offices/" + minors.String() + "/confidential"
	require.Equal(t, 200, w.ask("PUT", confidential, `{"version":1,"confidential":true}`, boss).Code)

	for _, who := range []string{nino, me} {
		require.Equal(t, 404, w.ask("GET", at, "", who).Code)
		require.Equal(t, 1, w.unread(t, who))
		told := w.mentions(t, "", who).Items[0]
		require.Equal(t, api.MentionEntry{ID: told.ID, Ticket: number, Lost: new(true), At: told.At}, told)
		require.WithinDuration(t, w.clock.now(), told.At, time.Minute)
		require.Equal(t, 204, w.ask("POST", basePath+"/mentions/read", fmt.Sprintf(`{"id":%q}`, told.ID), who).Code)
		require.Zero(t, w.unread(t, who))
	}
	require.Empty(t, w.mentions(t, "", boss).Items, "neither asked nor was asked")
	for _, open := range []string{"false", "true"} {
		require.Equal(t, 200, w.ask("PUT", confidential, fmt.Sprintf(`{"version":%d,"confidential":%s}`, map[string]int{"false": 2, "true": 3}[open], open), boss).Code)
	}
	require.Len(t, w.mentions(t, "", nino).Items, 1, "once")
}
