package httpapi

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/ticket"
)

// consulting is a ticket of Ada's about which Lucia asks experts.
type consulting struct {
	*desk
	lucia, number string
	ticket        string
}

func newConsulting(t *testing.T) *consulting {
	t.Helper()
	c := &consulting{desk: newDesk(t)}
	c.lucia = c.signIn(t, "lucia")
	c.number = c.receive(t, c.letter("Sono Ada Rossi, cf RSSDAA80A41L219X. La frana di via Roma 12 avanza.", func(e *intake.Event) {
		e.Message.From.Name = "Ada Rossi"
	}))
	c.ticket = basePath + "/tickets/" + c.number
	return c
}

func TestAnExpertIsAsked(t *testing.T) {
	t.Parallel()
	w := newConsulting(t)
	first := w.messages(t, w.number, w.lucia)[0]
	note := decode[api.Message](t, w.ask("POST", w.ticket+"/notes", `{"text":"Tra noi"}`, w.lucia), 201)
	other := w.receive(t, w.letter("Altro", func(e *intake.Event) { e.Message.From.Value = "altro@posta.example" }))
	foreign := w.messages(t, other, w.lucia)[0]
	for _, wrong := range []string{
		`{"address":"geologo","text":"?"}`,
		`{"address":"geologo@studio.example","text":" "}`,
		`{"address":"geologo@studio.example","text":"?","due_on":"2001-01-01"}`,
		fmt.Sprintf(`{"address":%q,"text":"?"}`, first.From.Address),
		`{"address":"urp+x@comune.example","text":"?"}`,
		fmt.Sprintf(`{"address":"geologo@studio.example","text":"?","messages":[%q]}`, note.ID),
		fmt.Sprintf(`{"address":"geologo@studio.example","text":"?","messages":[%q]}`, foreign.ID),
		fmt.Sprintf(`{"address":"geologo@studio.example","text":"?","attachments":[%q]}`, foreign.ID),
	} {
		require.Equal(t, 422, w.ask("POST", w.ticket+"/experts", wrong, w.lucia).Code, wrong)
	}

	body := fmt.Sprintf(`{"address":"Geologo@Studio.example","name":"dott. Sassi","text":"È stabile?","messages":[%q],"wait":true}`, first.ID)
	shown := decode[api.ExpertLetter](t, w.ask("POST", w.ticket+"/experts/preview", body, w.lucia), 200)
	require.Equal(t, "geologo@studio.example", shown.To.Address)
	require.Contains(t, shown.Text, "> Sono [omissis] [omissis], cf [omissis]. La frana di via Roma 12 avanza.")
	require.Equal(t, 3, shown.Covered)
	require.NotContains(t, shown.Subject+shown.Text, w.number)
	open := fmt.Sprintf(`{"address":"geologo@studio.example","text":"?","messages":[%q],"personal_data":true,"language":"en"}`, first.ID)
	told := decode[api.ExpertLetter](t, w.ask("POST", w.ticket+"/experts/preview", open, w.lucia), 200)
	require.Contains(t, told.Text, "The request is by: Ada Rossi")
	require.Contains(t, told.Text, "cf RSSDAA80A41L219X")

	got := decode[api.Ticket](t, w.ask("POST", w.ticket+"/experts", body, w.lucia, "Idempotency-Key: una"), 201)
	require.Equal(t, api.TicketStatusWaitingThird, got.Status)
	require.Len(t, got.Parties, 1, "the expert is no party")
	require.Len(t, got.Asks, 1)
	a := got.Asks[0]
	require.Nil(t, a.Office)
	require.Equal(t, "geologo@studio.example", a.Expert.Address)
	require.Len(t, *a.Deliveries, 1)
	require.Equal(t, 201, w.ask("POST", w.ticket+"/experts", body, w.lucia, "Idempotency-Key: una").Code)
	require.Equal(t, 422, w.ask("POST", w.ticket+"/experts", body, w.lucia, "Idempotency-Key: due").Code, "asked already")
	require.Len(t, w.now(t).Asks, 1)
	letter := w.last(t)
	require.Equal(t, api.DirectionNote, letter.Direction)
	require.Equal(t, shown.Text, letter.Text, "what was shown is what left")
	known := decode[api.ExpertList](t, w.ask("GET", basePath+"/experts", "", w.lucia), 200).Items
	require.Equal(t, "dott. Sassi", *known[0].Name)
	require.Equal(t, a.ID, decode[api.AskList](t, w.ask("GET", basePath+"/asks?box=sent", "", w.lucia), 200).Items[0].ID)

	one := basePath + "/asks/" + a.ID.String()
	require.Equal(t, 409, w.ask("POST", one+"/settle", "", w.lucia).Code)
	require.Equal(t, 403, w.ask("POST", one+"/answer", `{"text":"Sì"}`, w.lucia).Code, "nobody here answers for the expert")
	require.Equal(t, 204, w.ask("POST", one+"/reminder", "", w.lucia).Code)
	require.Contains(t, w.last(t).Text, "> È stabile?")
	require.Equal(t, 409, w.ask("POST", one+"/reminder", "", w.lucia).Code)
	require.Equal(t, 204, w.ask("POST", one+"/withdraw", "", w.lucia).Code)
	require.Equal(t, api.DeliveryStateCancelled, decode[api.DeliveryDetail](t, w.ask("GET", basePath+"/deliveries/"+(*a.Deliveries)[0].ID.String(), "", w.lucia), 200).State,
		"it had not begun to leave")
}

func (w *consulting) now(t *testing.T) api.Ticket {
	t.Helper()
	return w.desk.ticket(t, w.number, w.lucia)
}

func (w *consulting) last(t *testing.T) api.Message {
	t.Helper()
	all := w.messages(t, w.number, w.lucia)
	return all[len(all)-1]
}

// A letter that came back goes again, or to another address of the expert's, and to nobody else's.
// TestAnExpertIsAskedWhileTheChannelIsInTrouble: the letter waits with its channel, as an answer does; without a channel in
// use it is refused.
func TestAnExpertIsAskedWhileTheChannelIsInTrouble(t *testing.T) {
	t.Parallel()
	w := newConsulting(t)
	body := `{"address":"geologo@studio.example","text":"È stabile?"}`
	w.exec(t, `UPDATE channel SET health = 'unhealthy'`)
	got := decode[api.Ticket](t, w.ask("POST", w.ticket+"/experts", body, w.lucia, "Idempotency-Key: una"), 201)
	require.Len(t, *got.Asks[0].Deliveries, 1)
	require.Equal(t, 204, w.ask("POST", basePath+"/asks/"+got.Asks[0].ID.String()+"/reminder", "", w.lucia).Code)

	w.exec(t, `UPDATE channel SET enabled = false`)
	refused := decode[api.Problem](t, w.ask("POST", w.ticket+"/experts", `{"address":"altro@studio.example","text":"?"}`, w.lucia, "Idempotency-Key: tre"), 422)
	require.Equal(t, "expert_unreachable", (*refused.Fields)[0].Code)
}

func TestALetterToAnExpertThatCameBack(t *testing.T) {
	t.Parallel()
	w := newConsulting(t)
	got := decode[api.Ticket](t, w.ask("POST", w.ticket+"/experts", `{"address":"geologo@studio.example","text":"È stabile?"}`, w.lucia), 201)
	d := (*got.Asks[0].Deliveries)[0]
	w.exec(t, `UPDATE delivery SET state = 'failed', attempt = 1, failure_class = 'recipient' WHERE id = $1`, d.ID)
	failed := decode[api.DeliveryDetail](t, w.ask("GET", basePath+"/deliveries/"+d.ID.String(), "", w.lucia), 200)
	require.Nil(t, failed.Proposed, "never proposed: an address of the citizen's")
	retry := basePath + "/deliveries/" + d.ID.String() + "/retry"
	citizen := w.now(t).Parties[0].Address
	require.Equal(t, 422, w.ask("POST", retry, fmt.Sprintf(`{"to":{"kind":"email","address":%q}}`, citizen), w.lucia).Code)
	require.Equal(t, 201, w.ask("POST", retry, `{"to":{"kind":"email","address":"sassi@studio.example"}}`, w.lucia).Code)
	a := w.now(t).Asks[0]
	require.Equal(t, "sassi@studio.example", a.Expert.Address, "who is asked is who gets it")
	require.Len(t, *a.Deliveries, 2)

	// When the question is over, nothing of it leaves again: neither what waits, nor what came back, nor what is in doubt.
	shown := func(d uuid.UUID) api.DeliveryDetail {
		return decode[api.DeliveryDetail](t, w.ask("GET", basePath+"/deliveries/"+d.String(), "", w.lucia), 200)
	}
	again := (*a.Deliveries)[1].ID
	require.False(t, *shown(again).Over)
	version := fmt.Sprintf(`{"version":%d,"status":"closed"}`, w.now(t).Version)
	require.Equal(t, 200, w.ask("PATCH", w.ticket, version, w.lucia).Code)
	stayed := shown(again)
	require.Equal(t, api.DeliveryStateCancelled, stayed.State)
	require.Equal(t, "ask_withdrawn", stayed.History[0].Reason)
	require.True(t, *stayed.Over)
	refused := func(what, body string, d uuid.UUID) {
		got := decode[api.Problem](t, w.ask("POST", basePath+"/deliveries/"+d.String()+what, body, w.lucia), 409)
		require.Equal(t, codeAskEnded, got.Code)
	}
	refused("/retry", `{}`, again)
	w.exec(t, `UPDATE delivery SET state = 'failed', attempt = 1, failure_class = 'recipient' WHERE id = $1`, again)
	refused("/retry", `{}`, again)
	refused("/retry", `{"to":{"kind":"email","address":"altra@studio.example"}}`, again)
	w.exec(t, `UPDATE delivery SET state = 'uncertain', failure_class = 'unknown_outcome' WHERE id = $1`, again)
	refused("/decision", `{"outcome":"resend","reason":"?"}`, again)
	require.Equal(t, 200, w.ask("POST", basePath+"/deliveries/"+again.String()+"/decision", `{"outcome":"give_up","reason":"basta"}`, w.lucia).Code)
	one := basePath + "/asks/" + a.ID.String()
	require.Equal(t, codeAskEnded, decode[api.Problem](t, w.ask("POST", one+"/withdraw", "", w.lucia), 409).Code)
}

// What the expert writes is shown to operators with what is known of who sent it, and ends the question.
func TestAnExpertsAnswerIsShown(t *testing.T) {
	t.Parallel()
	w := newConsulting(t)
	got := decode[api.Ticket](t, w.ask("POST", w.ticket+"/experts", `{"address":"geologo@studio.example","text":"È stabile?"}`, w.lucia), 201)
	sent, err := w.stores.Composer.Render(t.Context(), id.Message{UUID: w.last(t).ID}, w.channel)
	require.NoError(t, err)
	answer := func(text string, authenticated bool) {
		require.Equal(t, w.number, w.receive(t, w.letter(text, func(e *intake.Event) {
			m := e.Message
			m.From, m.AnswersTo = intake.Address{Kind: "email", Value: "geologo@studio.example"}, []string{sent.Thread.MessageID}
			m.Authentication = intake.Authentication{Authenticated: authenticated, Authority: "mx.comune.example"}
		})))
	}
	answer("Forse.", false)
	a := w.now(t).Asks[0]
	require.Equal(t, []any{api.AskStateOpen, "Forse.", "true"}, []any{a.State, *a.Answer, (*a.AnswerParams)[ticket.ParamUnproved]})
	require.Contains(t, w.now(t).Attention, api.AttentionAskEnded)
	answer("Sì, è stabile.\n\nIl giorno 3 marzo 2026 URP ha scritto:\n> È stabile?", true)
	a = w.now(t).Asks[0]
	require.Equal(t, api.AskStateAnswered, a.State)
	require.Equal(t, "Sì, è stabile.", *a.Answer, "without what it quotes")
	shown := w.last(t)
	require.Equal(t, "expert_answered", shown.About.Code)
	require.True(t, *shown.SenderAuthenticated)
	require.Equal(t, "geologo@studio.example", shown.From.Address)
	require.Equal(t, 204, w.ask("POST", basePath+"/asks/"+got.Asks[0].ID.String()+"/seen", "", w.lucia).Code)
	require.Empty(t, w.now(t).Asks)

	found, err := w.stores.Tickets.Get(t.Context(), w.pool, account.SystemScope(), w.number)
	require.NoError(t, err)
	p, err := w.stores.Composer.Preview(t.Context(), w.pool, found, delivery.Draft{Text: "Gentile Ada"})
	require.NoError(t, err)
	require.Len(t, p.To, 1)
	require.Empty(t, p.Others, "the expert is offered to nobody")
}
