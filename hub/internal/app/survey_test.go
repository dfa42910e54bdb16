package app_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/httpapi/api"
)

// What lies in the mailbox is compared with the journal. What the journal does not have is named, fetched again when
// somebody says so, and filed once.
func TestAMailboxIsComparedWithTheJournal(t *testing.T) {
	t.Parallel()
	_, mail := newWorld(t)
	s := newSite(t, nil)
	posta := s.addMailbox(t, "posta", mail.settings(t, townMailbox), townPassword)
	h := s.start(t)
	h.ready(t, posta)
	anna, first, second := mail.citizen(domain), mark(), mark()
	anna.write(t, anna.letter("Prima "+first, "Buongiorno."))
	anna.write(t, anna.letter("Seconda "+second, "Buonasera."))
	h.ticket(t, first)
	h.ticket(t, second)
	path := "/channels/" + posta.String() + "/survey"
	survey := ask[api.ChannelSurvey](t, h.desk, http.MethodPost, path, nil, http.StatusOK)
	require.Equal(t, []int64{2, 2, 0, 0}, []int64{survey.Server, survey.Known, survey.Missing, survey.Waiting})

	// As if one event had never been journaled.
	_, err := s.domain.Pool.Exec(t.Context(), `UPDATE journal SET event_id = 'lost' WHERE id = (SELECT min(id::text)::uuid FROM journal)`)
	require.NoError(t, err)
	survey = ask[api.ChannelSurvey](t, h.desk, http.MethodPost, path, nil, http.StatusOK)
	require.Equal(t, []int64{2, 1, 1}, []int64{survey.Server, survey.Known, survey.Missing})
	require.Equal(t, anna.address, *survey.Items[0].From)
	require.Contains(t, *survey.Items[0].Subject, "Prima")
	require.Equal(t, survey.Items, get[api.ChannelSurvey](t, h.desk, path).Items, "the report is kept")

	status, text := h.call(t, http.MethodPost, "/api/v1"+path+"/fetch", map[string]string{"id": survey.Items[0].ID})
	require.Equal(t, http.StatusNoContent, status, "%s", text)
	await(t, "the item to be known as the same message", func() bool {
		var settled int
		require.NoError(t, s.domain.Pool.QueryRow(t.Context(), `SELECT count(*) FROM journal WHERE event_id = $1 AND state = 'duplicate'`,
			survey.Items[0].ID).Scan(&settled))
		return settled == 1
	})
	require.Len(t, h.tickets(t, first), 1, "nothing twice")
	survey = ask[api.ChannelSurvey](t, h.desk, http.MethodPost, path, nil, http.StatusOK)
	require.Zero(t, survey.Missing)
	status, _ = h.call(t, http.MethodPost, "/api/v1"+path+"/fetch", map[string]string{"id": "INBOX/1/999999"})
	require.Equal(t, http.StatusNotFound, status)
}
