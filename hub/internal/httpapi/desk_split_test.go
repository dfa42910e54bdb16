package httpapi

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/ticket"
)

// about is a letter of Ada's that answers the first one of the ticket under another subject.
func (d *desk) about(t *testing.T, number, subject, who string) api.Message {
	t.Helper()
	d.receive(t, d.letter("Mi serve anche altro.", func(e *intake.Event) {
		e.Message.Subject, e.Message.Numbers = subject, []string{number}
		e.Message.Authentication = intake.Authentication{
			Authenticated: true, Authority: "mx.comune.example", Results: map[string]string{"spf": "pass", "dmarc": "pass"},
		}
	}))
	all := d.messages(t, number, who)
	return all[len(all)-1]
}

func TestALetterAboutSomethingElseIsSplitOff(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	number := d.receive(t, d.letter("C'è una buca.", nil))
	letter := d.about(t, number, "R: Carta d'identità", me)
	require.Contains(t, letter.Flags, "subject_changed")
	require.Equal(t, "mx.comune.example", *letter.SenderCheck.Authority)
	require.Equal(t, map[string]string{"spf": "pass", "dmarc": "pass"}, letter.SenderCheck.Results)

	split := "/api/v1/messages/" + letter.ID.String() + "/split"
	made := decode[api.Ticket](t, d.ask("POST", split, "", me), 200)
	require.Equal(t, "Carta d'identità", made.Subject)
	require.Equal(t, []api.TicketLink{{Kind: api.TicketLinkKindSplit, Ticket: number, Subject: d.ticket(t, number, me).Subject, Status: api.TicketStatusNew}}, made.Links)
	old := d.ticket(t, number, me)
	require.True(t, old.Links[0].Later)
	moved := d.messages(t, made.Number, me)[0]
	require.Equal(t, ticket.ReasonSplit, *moved.ThreadingReason)
	require.NotContains(t, moved.Flags, "subject_changed")
	require.Equal(t, 409, d.ask("POST", split, "", me).Code, "nothing is left to split")
	require.Equal(t, 404, d.ask("POST", "/api/v1/messages/01930000-0000-7000-8000-000000000000/split", "", me).Code)

	back := decode[api.Ticket](t, d.ask("POST", "/api/v1/tickets/"+number+"/joined", `{"ticket":"`+made.Number+`"}`, me), 200)
	require.Equal(t, []string{made.Number}, back.Joined)
	require.Empty(t, back.Links)
	again := decode[api.Ticket](t, d.ask("POST", split, "", me), 200)
	require.Equal(t, made.Number, again.Number)
}

func TestAPersonSaysWhoTheCitizenIs(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	d.exec(t, `UPDATE town SET mail_domains = '{comune.example}'`)
	forward := func(e *intake.Event) {
		e.Message.From = intake.Address{Kind: "email", Value: "sindaco@comune.example", Name: "Il sindaco"}
		e.Message.Subject = "I: Lampione"
		e.Message.Text = "Per voi.\n\nDa: Maria Verdi <maria@posta.example>\nOggetto: Lampione\n\nÈ spento."
		e.Message.Authentication.Authenticated = true
	}
	number := d.receive(t, d.letter("", forward))
	asked := d.ticket(t, number, me)
	require.Len(t, asked.RequesterProposals, 1)
	require.Equal(t, []api.Attention{api.AttentionSuggestion}, asked.Attention)
	p := asked.RequesterProposals[0]
	require.Equal(t, "maria@posta.example", p.Requester.Address)
	require.Equal(t, "sindaco@comune.example", p.ForwardedBy.Address)
	require.Len(t, d.messages(t, number, me), 1, "nothing was sent to anybody")

	decide := "/api/v1/tickets/" + number + "/requester-proposals/" + p.ID.String() + "/decision"
	got := decode[api.Ticket](t, d.ask("POST", decide, `{"outcome":"accept"}`, me), 200)
	require.Equal(t, "Maria Verdi", got.Contact.Name)
	require.Empty(t, got.RequesterProposals)
	choice := decode[api.DeliveryChoice](t, d.ask("GET", "/api/v1/tickets/"+number+"/delivery-choice", "", me), 200)
	require.Equal(t, "maria@posta.example", choice.Choice.To.Address)
	require.Equal(t, codeTooLate, decode[api.Problem](t, d.ask("POST", decide, `{"outcome":"dismiss"}`, me), 409).Code)

	kept := d.receive(t, d.letter("", forward))
	q := d.ticket(t, kept, me).RequesterProposals[0]
	got = decode[api.Ticket](t, d.ask("POST", "/api/v1/tickets/"+kept+"/requester-proposals/"+q.ID.String()+"/decision", `{"outcome":"dismiss"}`, me), 200)
	require.Equal(t, "Il sindaco", got.Contact.Name)
}

func TestTheMailPolicyIsTheAdministrators(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	require.Equal(t, 403, d.ask("GET", "/api/v1/mail-policy", "", d.signIn(t, "lucia")).Code)
	boss := d.signIn(t, "capo")
	got := decode[api.MailPolicy](t, d.ask("GET", "/api/v1/mail-policy", "", boss), 200)
	require.Equal(t, 30, got.ReopenDays)
	require.Len(t, got.Offices, 2)
	body := `{"reopen_days":7,"mail_domains":["Comune.example"],"offices":[{"id":"` + d.taxes.String() + `","reopen_days":0}]}`
	got = decode[api.MailPolicy](t, d.ask("PUT", "/api/v1/mail-policy", body, boss), 200)
	require.Equal(t, 7, got.ReopenDays)
	require.Equal(t, []string{"comune.example"}, got.MailDomains)
	require.Equal(t, 0, *got.Offices[0].ReopenDays)
	bad := decode[api.Problem](t, d.ask("PUT", "/api/v1/mail-policy", `{"reopen_days":7,"mail_domains":["x"],"offices":[]}`, boss), 422)
	require.Equal(t, "mail_domains", (*bad.Fields)[0].Field)
}
