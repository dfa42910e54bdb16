package httpapi

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
)

// mailProvider stands for the adapter processes: one kind, which refuses
// settings without a host and signs in with one password.
type mailProvider struct{}

func (mailProvider) Adapters() []channel.Adapter {
	return []channel.Adapter{{
		Name: "email", Version: "1.0.0", DisplayName: map[string]string{"it": "Posta", "en": "Mail"},
		Schema: json.RawMessage(`{"type":"object","properties":{"zeta":{},"alfa":{}}}`),
	}}
}

func (mailProvider) Validate(_ context.Context, c channel.Check) ([]channel.Diagnostic, error) {
	if c.Adapter != "email" {
		return nil, fault.NotFound("adapter %q is not installed", c.Adapter)
	}
	if !strings.Contains(string(c.Config), "host") {
		return []channel.Diagnostic{{Severity: channel.SeverityError, Pointer: "/imap/host", Code: "config.required", Summary: "missing"}}, nil
	}
	return []channel.Diagnostic{{Severity: channel.SeverityWarning, Code: "imap.idle"}}, nil
}

func (mailProvider) Try(_ context.Context, c channel.Check, report func(channel.Step)) error {
	report(channel.Step{Name: "imap.auth", Title: "Accesso", State: channel.StepPlanned})
	state := channel.StepFailed
	if c.Secrets["/imap/password"] == "giusta" {
		state = channel.StepPassed
	}
	report(channel.Step{Name: "imap.auth", Title: "Accesso", State: state, Pointer: "/imap/password", Choices: []string{"INBOX"}})
	return nil
}

func (mailProvider) Reconcile(context.Context, id.Channel) (channel.Survey, error) {
	return channel.Survey{Server: 3, Known: 2, Missing: 1, Items: []channel.Surveyed{{ID: "INBOX/1/7", Subject: "Buca"}}}, nil
}

func (mailProvider) Refetch(_ context.Context, _ id.Channel, item string) error {
	if item != "INBOX/1/7" {
		return fault.NotFound("the item is gone")
	}
	return nil
}

func TestComparingAMailboxWithItsServer(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me, path := d.signIn(t, "capo"), "/api/v1/channels/"+d.channel.String()+"/survey"
	require.Equal(t, 204, d.ask("GET", path, "", me).Code, "not compared yet")
	survey := decode[api.ChannelSurvey](t, d.ask("POST", path, "", me), 200)
	require.Equal(t, []int64{3, 2, 1}, []int64{survey.Server, survey.Known, survey.Missing})
	require.Equal(t, "Buca", *survey.Items[0].Subject)
	require.Equal(t, 204, d.ask("POST", path+"/fetch", `{"id":"INBOX/1/7"}`, me).Code)
	require.Equal(t, 404, d.ask("POST", path+"/fetch", `{"id":"INBOX/1/8"}`, me).Code)
	require.Equal(t, 403, d.ask("POST", path, "", d.signIn(t, "lucia")).Code)

	kept := channel.Survey{Server: 1, Known: 1}
	require.NoError(t, d.stores.Channels.PutSurvey(t.Context(), d.pool, d.channel, kept))
	kept.Waiting = 5
	require.NoError(t, d.stores.Channels.PutSurvey(t.Context(), d.pool, d.channel, kept))
	require.EqualValues(t, 5, decode[api.ChannelSurvey](t, d.ask("GET", path, "", me), 200).Waiting)
}

func TestSettingAChannelUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "capo")
	adapters := d.ask("GET", "/api/v1/adapters", "", me)
	require.Equal(t, 200, adapters.Code)
	require.Less(t, strings.Index(adapters.Body.String(), "zeta"), strings.Index(adapters.Body.String(), "alfa"), "fields keep their order")

	input := `{"adapter":"email","name":"Posta Qualità","office_id":"` + d.taxes.String() + `",
		"settings":{"imap":{"host":"imap.example"}},"secrets":{"/imap/password":"segretissima"}}`
	made := decode[api.Channel](t, d.ask("POST", "/api/v1/channels", input, me), 201)
	require.Equal(t, api.ChannelStateStarting, made.State)
	path := "/api/v1/channels/" + made.ID.String()
	w := d.ask("GET", path+"/setup", "", me)
	setup := decode[api.ChannelSetup](t, w, 200)
	require.Equal(t, "posta-qualita", setup.Slug)
	require.Equal(t, d.taxes.UUID, *setup.OfficeID)
	require.Equal(t, []string{"/imap/password"}, setup.Secrets)
	require.NotContains(t, w.Body.String(), "segretissima", "secrets are only named")
	again := decode[api.Channel](t, d.ask("POST", "/api/v1/channels", input, me), 201)
	require.Equal(t, "posta-qualita-2", decode[api.ChannelSetup](t, d.ask("GET", "/api/v1/channels/"+again.ID.String()+"/setup", "", me), 200).Slug)

	refused := problem(t, d.ask("POST", "/api/v1/channels", `{"adapter":"email","name":"X","settings":{}}`, me))
	require.Equal(t, 422, refused.Status)
	require.Equal(t, "settings/imap/host", (*refused.Fields)[0].Field)
	require.Equal(t, "config.required", (*refused.Fields)[0].Code)
	require.Equal(t, 422, d.ask("POST", "/api/v1/channels", `{"adapter":"piccione","name":"X","settings":{}}`, me).Code)

	change := `{"revision":1,"name":"Posta certificata","settings":{"imap":{"host":"altro.example"}},"forget":["/imap/password"]}`
	changed := decode[api.ChannelSetup](t, d.ask("PUT", path+"/setup", change, me), 200)
	require.Equal(t, []any{"Posta certificata", int64(2), 0}, []any{changed.Channel.Name, changed.Revision, len(changed.Secrets)})
	require.Nil(t, changed.OfficeID)
	require.Equal(t, 409, d.ask("PUT", path+"/setup", change, me).Code, "made from an old revision")

	require.Equal(t, api.ChannelStateArchived, decode[api.Channel](t, d.ask("POST", path+"/archive", "", me), 200).State)
	require.Len(t, decode[api.ChannelList](t, d.ask("GET", "/api/v1/channels", "", me), 200).Items, 2)
	require.Len(t, decode[api.ChannelList](t, d.ask("GET", "/api/v1/channels?archived=true", "", me), 200).Items, 1)
	require.Equal(t, 409, d.ask("POST", path+"/resume", "", me).Code, "restore it first")
	require.Equal(t, api.ChannelStatePaused, decode[api.Channel](t, d.ask("POST", path+"/restore", "", me), 200).State)
	require.Equal(t, api.ChannelStateStarting, decode[api.Channel](t, d.ask("POST", path+"/resume", "", me), 200).State)
}

func TestTryingAChannelIsWatched(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "capo")
	input := func(password string) string {
		return `{"adapter":"email","channel":"` + d.channel.String() + `","settings":{"imap":{"host":"h"}},"secrets":{"/imap/password":"` + password + `"}}`
	}
	w := d.ask("POST", "/api/v1/channel-trials", input("sbagliata"), me)
	require.Equal(t, 200, w.Code)
	require.Equal(t, "text/event-stream", w.Header().Get("Content-Type"))
	require.Contains(t, w.Body.String(), "event: step\ndata: {\"name\":\"imap.auth\",\"state\":\"planned\"")
	require.Contains(t, w.Body.String(), "event: end\ndata: {\"passed\":false}")
	require.Contains(t, d.ask("POST", "/api/v1/channel-trials", input("giusta"), me).Body.String(), "event: end\ndata: {\"passed\":true}")
	setup := decode[api.ChannelSetup](t, d.ask("GET", "/api/v1/channels/"+d.channel.String()+"/setup", "", me), 200)
	require.Len(t, setup.Trial.Steps, 1, "the last word on each step is kept")
	require.Equal(t, api.TrialStepStateTrialStepPassed, setup.Trial.Steps[0].State)

	require.Equal(t, 422, d.ask("POST", "/api/v1/channel-trials", `{"adapter":"email","settings":{}}`, me).Code)
	unknown := `{"adapter":"email","channel":"` + id.New[id.Channel]().String() + `","settings":{"host":1}}`
	require.Equal(t, 404, d.ask("POST", "/api/v1/channel-trials", unknown, me).Code)
	require.Equal(t, 403, d.ask("POST", "/api/v1/channel-trials", input("giusta"), d.signIn(t, "lucia")).Code)
}

func TestOfficesSignTheirMessages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	path := "/api/v1/offices/" + d.urp.String() + "/identity"
	operator, admin := d.signIn(t, "lucia"), d.signIn(t, "capo")
	require.Equal(t, "Comune di Borgo Sereno – URP", decode[api.OfficeIdentity](t, d.ask("GET", path, "", operator), 200).Sender)
	change := `{"sender_name":"Sportello del cittadino","signature":"URP\nPiazza 1"}`
	require.Equal(t, 403, d.ask("PUT", path, change, operator).Code)
	require.Equal(t, "Sportello del cittadino", decode[api.OfficeIdentity](t, d.ask("PUT", path, change, admin), 200).Sender)
	require.Equal(t, 422, d.ask("PUT", path, `{"sender_name":"a\nb","signature":""}`, admin).Code)

	number := d.receive(t, d.letter("Quando aprite?", nil))
	reply := `{"text":"Alle nove.","html":"<p>Alle nove.</p>"}`
	message := decode[api.Message](t, d.ask("POST", "/api/v1/tickets/"+number+"/replies", reply, operator), 201)
	x, err := d.stores.Composer.Render(t.Context(), id.Message{UUID: message.ID}, d.channel)
	require.NoError(t, err)
	require.Equal(t, "Sportello del cittadino", x.SenderName)
	require.Equal(t, "Alle nove.\n\n-- \nURP\nPiazza 1", x.Content.Text)
	require.Contains(t, x.Content.HTML, "<p>-- <br>URP<br>Piazza 1</p>")
	require.NotEqual(t, "automatic", x.Origin)

	own := `{"sender_name":"Sportello","signature":"URP\nPiazza 1","by_channel":[{"kind":"email","sender_name":"","signature":"URP"},{"kind":"sms","sender_name":"","signature":""}]}`
	saved := decode[api.OfficeIdentity](t, d.ask("PUT", path, own, admin), 200)
	require.Equal(t, []api.ChannelIdentity{{Kind: "email", Signature: "URP"}, {Kind: "sms"}}, saved.ByChannel)
	x, err = d.stores.Composer.Render(t.Context(), id.Message{UUID: message.ID}, d.channel)
	require.NoError(t, err)
	require.Equal(t, []string{"Sportello", "Alle nove.\n\n-- \nURP"}, []string{x.SenderName, x.Content.Text})
	twice := `{"sender_name":"","signature":"","by_channel":[{"kind":"sms","sender_name":"","signature":""},{"kind":"sms","sender_name":"","signature":""}]}`
	require.Equal(t, 422, d.ask("PUT", path, twice, admin).Code)
}
