package inbox_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/inbox"
)

// However many of a name the town knows, an office finds those of its own.
func TestAnOfficeFindsItsOwnAmongManyOfOneName(t *testing.T) {
	t.Parallel()
	h := newTown(t)
	h.Exec(`INSERT INTO contact (id, name) SELECT gen_random_uuid(), 'Mario Rossi ' || n FROM generate_series(1, 200) n`)
	own := h.Open("Rata")
	h.Exec(`INSERT INTO contact (id, name) VALUES ('0190c9b0-0000-7000-8000-000000000001', 'Gina Rossi'), ('0190c9b0-0000-7000-8000-000000000002', 'Studio')`)
	h.Exec(`UPDATE contact SET merged_into = '0190c9b0-0000-7000-8000-000000000002' WHERE name = 'Gina Rossi'`)
	find := func(scope account.Scope) (found []string) {
		rows, _ := h.Pages(scope, inbox.Filter{Queue: inbox.QueueAll, Words: "rossi"})
		for _, row := range rows {
			found = append(found, fmt.Sprint(row.Number))
		}
		return found
	}
	for _, contact := range []string{"Gina Rossi", "Studio"} {
		h.Exec(`UPDATE ticket SET office_id = $2, contact_id = (SELECT id FROM contact WHERE name = $3) WHERE id = $1`, own.ID, h.Other, contact)
		require.Equal(t, []string{string(own.Number)}, find(account.OfficeScope(h.Other)), contact)
		require.Empty(t, find(account.OfficeScope(h.Office)))
	}
	h.Exec(`UPDATE contact SET name = 'Gina' WHERE name = 'Gina Rossi'`)
	h.Exec(`UPDATE contact SET name = 'Studio Rossi' WHERE name = 'Studio'`)
	h.Exec(`UPDATE ticket SET contact_id = (SELECT id FROM contact WHERE name = 'Gina') WHERE id = $1`, own.ID)
	require.Len(t, find(account.OfficeScope(h.Other)), 1, "whoever was merged with one of the name")
	h.Exec(`INSERT INTO ticket_share (ticket_id, office_id, kind, created_at) VALUES ($1, $2, 'ask', now())`, own.ID, h.Office)
	require.Len(t, find(account.OfficeScope(h.Office)), 1, "what is shared with it")
}
