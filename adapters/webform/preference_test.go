package webform_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channelpb"
	"sportello.dev/plugins-sdk/channeltest"
)

// chooser is a citizen who looks at a request for which he may choose where its answers go.
func chooser(t *testing.T, language string) (*citizen, page) {
	t.Helper()
	c := visit(t, "", nil)
	c.accepts = language
	c.h.Host.AddTicket(secret, &channelpb.PublicTicket{
		Number: number, Subject: "Buca", Status: "open", Office: "URP", PreferenceOffered: true,
		Answers: &channelpb.AnswerAddress{Kind: "email", Masked: "m•••@example.it"},
	})
	return c, c.tracks("?" + url.Values{"n": {number}, "s": {secret}}.Encode())
}

// does presses a button of the page before.
func (c *citizen) does(before page, button string, typed ...string) page {
	c.t.Helper()
	values := url.Values{"azione": {button}}
	for i := 0; i < len(typed); i += 2 {
		values.Set(typed[i], typed[i+1])
	}
	return c.gives(before, values)
}

func TestACitizenChoosesWhereToBeAnswered(t *testing.T) {
	t.Parallel()
	for language, words := range map[string][]string{
		"it": {
			"Dove vuole ricevere la risposta?", "Ora le rispondiamo: m•••@example.it", "un codice di sei cifre a ••• ••• 4567",
			"Il codice non è questo. Può provare ancora 4 volte.", "Fatto: le risposte a questa richiesta arriveranno a ••• ••• 4567", "lo ha scelto lei",
			"Fatto: le risposte non andranno più al recapito", "in questa pagina",
		},
		"en": {
			"Where would you like to receive the answer?", "Now we answer you: m•••@example.it", "a six-digit code to ••• ••• 4567",
			"This is not the code. You can try 4 more times.", "Done: answers to this request will go to ••• ••• 4567", "you chose it",
			"Done: answers no longer go to the address", "on this page",
		},
	} {
		c, shown := chooser(t, language)
		require.Contains(t, shown.says(), words[0])
		require.Contains(t, shown.says(), words[1])
		require.Contains(t, shown.text, "<strong>m•••@example.it</strong>.")
		sent := c.does(shown, "recapito", "recapito", " 340 1234567 ")
		require.Equal(t, http.StatusOK, sent.status)
		require.Contains(t, sent.says(), words[2])
		require.NotContains(t, sent.text, c.h.Host.Code("340 1234567"))

		wrong := c.does(sent, "conferma", "prova", "999999")
		require.Equal(t, http.StatusUnprocessableEntity, wrong.status)
		require.Contains(t, wrong.says(), words[3])
		done := c.does(wrong, "conferma", "prova", c.h.Host.Code("340 1234567"))
		require.Equal(t, http.StatusOK, done.status)
		require.Contains(t, done.says(), words[4])
		require.Contains(t, done.says(), words[5])

		dropped := c.does(done, "togli")
		require.Contains(t, dropped.says(), words[6])
		require.Contains(t, dropped.says(), words[7])
	}
}

func TestWhyNoCodeWasSent(t *testing.T) {
	t.Parallel()
	c, shown := chooser(t, "it")
	for outcome, want := range map[channel.AskOutcome]struct {
		status int
		words  string
	}{
		channel.AskInvalid:     {http.StatusUnprocessableEntity, "Scriva un indirizzo e-mail"},
		channel.AskBlocked:     {http.StatusUnprocessableEntity, "A questo recapito non possiamo scrivere"},
		channel.AskUnreachable: {http.StatusUnprocessableEntity, "non possiamo inviare messaggi a questo tipo di recapito"},
		channel.AskTooMany:     {http.StatusTooManyRequests, "Riprovi tra 43 minuti"},
		channel.AskRefused:     {http.StatusServiceUnavailable, "non è cambiato nulla"},
	} {
		c.h.Host.Deny(outcome)
		told := c.does(shown, "recapito", "recapito", `"><script>alert(1)</script>`)
		require.Equal(t, want.status, told.status)
		require.Contains(t, told.says(), want.words)
		require.Contains(t, told.text, `value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"`, "what was typed stays")
		require.NotContains(t, told.says(), "Codice ricevuto")
	}
	c.h.Host.Deny(0)
	c.h.Host.Refuse(channeltest.AskPreference, errors.New("away"))
	require.Equal(t, http.StatusServiceUnavailable, c.does(shown, "recapito", "recapito", "anna@posta.example").status)
}

func TestACodeThatIsOver(t *testing.T) {
	t.Parallel()
	c, shown := chooser(t, "it")
	sent := c.does(shown, "recapito", "recapito", "anna@posta.example")
	code := c.h.Host.Code("anna@posta.example")
	forged := c.does(sent, "conferma", "prova", code, "chiesto", "forged")
	require.Contains(t, forged.says(), "Questo codice non vale più")
	require.Contains(t, c.does(sent, "conferma", "prova", code, "chiesto", sent.hidden().Get("modulo")).says(), "Questo codice non vale più",
		"a seal for something else")

	c.h.Host.Refuse(channeltest.ConfirmPreference, errors.New("away"))
	away := c.does(sent, "conferma", "prova", code)
	require.Equal(t, http.StatusServiceUnavailable, away.status)
	c.h.Host.Refuse(channeltest.ConfirmPreference, nil)
	for range 4 {
		require.Contains(t, c.does(away, "conferma", "prova", "1").says(), "Il codice non è questo")
	}
	last := c.does(away, "conferma", "prova", "1")
	require.Contains(t, last.says(), "Questo codice non vale più")
	require.Contains(t, last.says(), "Invia il codice", "another can be asked for")
	require.Contains(t, c.does(away, "conferma", "prova", code).says(), "Questo codice non vale più")
}

func TestNoChoiceIsOfferedWhereTheHubHasNone(t *testing.T) {
	t.Parallel()
	c, _ := follower(t)
	shown := c.tracks("?" + url.Values{"n": {number}, "s": {secret}}.Encode())
	require.NotContains(t, shown.says(), "Dove vuole ricevere la risposta?")
	require.NotContains(t, c.does(shown, "recapito", "recapito", "anna@posta.example").says(), "codice di sei cifre")
	require.Zero(t, c.h.Host.Calls(channeltest.AskPreference))
}
