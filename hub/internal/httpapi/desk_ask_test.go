package httpapi

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
)

func TestAnOfficeIsAsked(t *testing.T) {
	t.Parallel()
	w := newDesk(t)
	lucia, marta := w.signIn(t, "lucia"), w.enter(t, "marta", account.BackOffice)
	number := w.receive(t, w.letter("Quanto devo?", nil))
	w.exec(t, `UPDATE ticket SET office_id = (SELECT id FROM office WHERE slug = 'urp') WHERE number = $1`, number)
	asks := basePath + "/tickets/" + number + "/asks"
	require.Equal(t, 404, w.ask("GET", basePath+"/tickets/"+number, "", marta).Code)

	due := w.clock.now().AddDate(0, 0, 9).Format("2006-01-02")
	for _, wrong := range []string{
		`{"office_id":"0190c9b0-0000-7000-8000-000000000009","text":"?"}`,
		fmt.Sprintf(`{"office_id":%q,"text":" "}`, w.taxes),
		fmt.Sprintf(`{"office_id":%q,"text":"?","due_on":%q,"due_days":2}`, w.taxes, due),
		fmt.Sprintf(`{"office_id":%q,"text":"?","due_on":"2001-01-01"}`, w.taxes),
	} {
		require.Equal(t, 422, w.ask("POST", asks, wrong, lucia).Code, wrong)
	}
	body := fmt.Sprintf(`{"office_id":%q,"text":"È dovuta?","wait":true}`, w.taxes)
	got := decode[api.Ticket](t, w.ask("POST", asks, body, lucia, "Idempotency-Key: una"), 201)
	require.Equal(t, api.TicketStatusWaitingThird, got.Status)
	require.Len(t, got.Asks, 1)
	require.False(t, got.Asks[0].Answerable, "Lucia is of another office")
	require.True(t, got.Asks[0].DueAt.After(w.clock.now()))
	require.Equal(t, 201, w.ask("POST", asks, body, lucia, "Idempotency-Key: una").Code)
	require.Equal(t, 422, w.ask("POST", asks, body, lucia, "Idempotency-Key: due").Code, "it is asked already")

	seen := w.ticket(t, number, marta)
	require.True(t, seen.SharedOnly)
	require.True(t, seen.Asks[0].Answerable)
	find := func() *api.Ask {
		for _, a := range decode[api.AskList](t, w.ask("GET", basePath+"/asks?box=received", "", marta), 200).Items {
			if a.Ticket == number {
				return &a
			}
		}
		return nil
	}
	require.Equal(t, "È dovuta?", find().Text)
	one := basePath + "/asks/" + got.Asks[0].ID.String()
	require.Equal(t, 204, w.ask("POST", one+"/reminder", "", lucia).Code)
	require.NotNil(t, find().RemindedAt)
	require.Equal(t, 409, w.ask("POST", one+"/reminder", "", lucia).Code)
	require.Equal(t, 204, w.ask("POST", one+"/answer", `{"text":"Sì"}`, marta).Code)
	require.Nil(t, find())

	after := w.ticket(t, number, lucia)
	require.Equal(t, []api.Attention{api.AttentionAskEnded}, after.Attention)
	require.Equal(t, "Sì", *after.Asks[0].Answer)
	notes := w.messages(t, number, lucia)
	require.Equal(t, "ask_answered", notes[len(notes)-1].About.Code)
	require.Equal(t, api.DirectionNote, notes[len(notes)-1].Direction)
	require.Equal(t, 1, decode[api.Counts](t, w.ask("GET", basePath+"/tickets/counts", "", lucia), 200).Answered)
	require.Equal(t, 204, w.ask("POST", one+"/seen", "", lucia).Code)
	require.Empty(t, w.ticket(t, number, lucia).Asks)
	require.Equal(t, 0, decode[api.Counts](t, w.ask("GET", basePath+"/tickets/counts", "", lucia), 200).Answered)
}
