package webform_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/webform"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

func TestAFormIsFilledInCheckedAndHandedIn(t *testing.T) {
	t.Parallel()
	c := visit(t, "richiesta-assistenza", nil)
	empty := c.opens()
	require.Equal(t, http.StatusOK, empty.status)
	require.Equal(t, "no-store", empty.header.Get("Cache-Control"))
	require.Contains(t, empty.says(), "Passo 1 di 2")

	review := c.presses(empty, "rivedi", assistance())
	require.Equal(t, http.StatusOK, review.status)
	require.Contains(t, review.says(), "La richiesta non è ancora stata inviata")
	require.Contains(t, review.says(), "Tributi e pagamenti")
	require.Empty(t, c.h.Host.Submissions())

	receipt := c.presses(review, "invia", nil)
	require.Equal(t, http.StatusOK, receipt.status)
	require.Contains(t, receipt.says(), "Abbiamo ricevuto la sua richiesta")
	require.Contains(t, receipt.says(), "Le risponderemo a ada@posta.example.it")
	event, m := c.submitted()
	require.True(t, strings.HasPrefix(event.ID, "form/"))
	require.Equal(t, channel.Address{Kind: "email", Value: "ada@posta.example.it", Name: "Ada Rossi"}, m.From)
	require.Equal(t, "Richiesta assistenza: Tributi e pagamenti", m.Subject)
	require.Equal(t, "Come si paga la TARI\nin due rate?\n\nNome: Ada\nCognome: Rossi\nE-mail: ada@posta.example.it\n"+
		"Di che cosa si tratta? Tributi e pagamenti\nHo letto l'informativa sulla privacy: sì", m.Text)
	require.False(t, m.Authentication.Authenticated, "anybody can type anybody's address")
	require.NotEmpty(t, m.Authentication.Authority, "and that was looked at: nothing joins a ticket by it")
	var fields map[string]string
	require.NoError(t, json.Unmarshal(m.Form.Fields, &fields))
	require.Equal(t, "tributi", fields["categoria"])
}

func TestPressingTwiceGivesTheSameReceipt(t *testing.T) {
	t.Parallel()
	c := visit(t, "richiesta-assistenza", nil)
	review := c.presses(c.opens(), "rivedi", assistance())
	first, second := c.presses(review, "invia", nil), c.presses(review, "invia", nil)
	require.Equal(t, http.StatusOK, second.status)
	all := c.h.Host.Submissions()
	for _, s := range all {
		require.Equal(t, all[0].Event.ID, s.Event.ID, "the hub knows it by its id")
	}
	require.Equal(t, numberOn(t, first), numberOn(t, second))
}

func TestWhatIsCorrectedAfterSendingIsHandedInToo(t *testing.T) {
	t.Parallel()
	c := visit(t, "richiesta-assistenza", nil)
	review := c.presses(c.opens(), "rivedi", assistance())
	first := c.presses(review, "invia", nil)
	typed := assistance()
	typed["dettagli"] = "Scusate: in tre rate?"
	corrected := c.presses(c.presses(review, "correggi", nil), "rivedi", typed)
	second := c.presses(corrected, "invia", nil)
	require.NotEqual(t, numberOn(t, first), numberOn(t, second))
	require.Contains(t, c.h.Host.Submissions()[1].Event.Body.(*channel.InboundMessage).Text, "in tre rate?")
}

func TestAVeryLongFormIsHandedInWhole(t *testing.T) {
	t.Parallel()
	properties, typed := object{}, map[string]string{"email": "ada@posta.example.it"}
	for _, name := range []string{"a", "b", "c", "d"} {
		properties[name] = object{"type": "string", "x-lines": 9, "maxLength": 20000, "x-it": object{"title": "Racconti"}}
		typed[name] = strings.Repeat("è", 20000)
	}
	properties["email"] = object{"type": "string", "format": "email", "x-role": "email", "x-it": object{"title": "E-mail"}}
	form, err := json.Marshal(object{"$id": "lungo", "x-it": object{"title": "Lungo"}, "properties": properties})
	require.NoError(t, err)
	c := visit(t, "lungo", object{"forms": []string{string(form)}})
	require.Contains(t, c.presses(c.presses(c.opens(), "rivedi", typed), "invia", nil).says(), "Abbiamo ricevuto la sua richiesta")
	e, m := c.submitted()
	require.NotNil(t, e.Raw.Blob)
	require.Greater(t, len(m.Text), 160_000)
}

func numberOn(t *testing.T, p page) string {
	t.Helper()
	_, rest, ok := strings.Cut(p.text, `<dd class="numero">`)
	require.True(t, ok, p.says())
	number, _, _ := strings.Cut(rest, "<")
	return number
}

func TestWhatIsMissingIsSaidAndNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change map[string]string
		says   string
	}{
		"nothing to answer to":         {map[string]string{"email": ""}, "Scriva un'e-mail o un numero di cellulare"},
		"no e-mail address":            {map[string]string{"email": "ada@posta"}, "Non è un indirizzo e-mail completo"},
		"two e-mail addresses":         {map[string]string{"email": "a@b.it, c@d.it"}, "Non è un indirizzo e-mail completo"},
		"half a number":                {map[string]string{"telefono": "333 12"}, "Non è un numero di telefono completo"},
		"answer by SMS, no number":     {map[string]string{"risposta": "phone"}, "ha chiesto la risposta qui"},
		"a wrong letter":               {map[string]string{"codice_fiscale": "RSSMRA85T10A562T"}, "C'è un carattere sbagliato"},
		"no codice fiscale":            {map[string]string{"codice_fiscale": "RSSMRA"}, "ha 16 lettere e cifre"},
		"no category":                  {map[string]string{"categoria": ""}, "Scelga una risposta"},
		"a category that is none":      {map[string]string{"categoria": "guerra"}, "Scelga una delle risposte"},
		"too long":                     {map[string]string{"dettagli": strings.Repeat("à", 601)}, "601 caratteri, al massimo 600"},
		"consent not given":            {map[string]string{"privacy": ""}, "Metta la spunta"},
		"a field that no person fills": {map[string]string{"sito_web": "http://spam.example"}, "Lasci vuoto questo campo"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := visit(t, "richiesta-assistenza", nil)
			typed := assistance()
			for field, value := range tt.change {
				typed[field] = value
			}
			got := c.presses(c.opens(), "rivedi", typed)
			require.Equal(t, http.StatusUnprocessableEntity, got.status)
			require.Contains(t, got.says(), tt.says)
			require.Contains(t, got.text, `role="alert"`)
			require.Contains(t, got.text, `value="Ada"`)
			require.Contains(t, got.text, "<title>Da correggere: ")
			require.Equal(t, http.StatusUnprocessableEntity, c.presses(got, "invia", typed).status, "and it is not sent either")
			require.Empty(t, c.h.Host.Submissions())
		})
	}
}

func TestGoodAnswersAreKeptInOneForm(t *testing.T) {
	t.Parallel()
	c := visit(t, "richiesta-assistenza", nil)
	typed := assistance()
	typed["email"], typed["telefono"], typed["codice_fiscale"], typed["risposta"] = "", "0039 333-123 4567", "rss mra 85t10 a562s", "phone"
	review := c.presses(c.opens(), "rivedi", typed)
	require.Contains(t, review.says(), "333 123 4567")
	receipt := c.presses(review, "invia", nil)
	require.Contains(t, receipt.says(), "Le risponderemo a 333 123 4567")
	_, m := c.submitted()
	require.Equal(t, channel.Address{Kind: "mobile", Value: "+393331234567", Name: "Ada Rossi"}, m.From)
	require.Contains(t, m.Text, "Codice fiscale: RSSMRA85T10A562S")
}

func TestTheAddressPreferredComesFirstAndTheOtherGoesAlong(t *testing.T) {
	t.Parallel()
	c := visit(t, "richiesta-assistenza", nil)
	typed := assistance()
	typed["telefono"], typed["risposta"] = "333 123 4567", "phone"
	c.presses(c.presses(c.opens(), "rivedi", typed), "invia", nil)
	_, m := c.submitted()
	require.Equal(t, "mobile", m.From.Kind)
	require.Equal(t, []channel.Party{{Role: channel.RoleReplyTo, Address: channel.Address{Kind: "email", Value: "ada@posta.example.it", Name: "Ada Rossi"}}}, m.Parties)
}

func TestAQuestionIsAskedOnlyBesideItsAnswer(t *testing.T) {
	t.Parallel()
	c := visit(t, "segnalazione-disservizio", nil)
	style := c.ask(channeltest.Request{
		Action: "style", Method: http.MethodGet, URL: origin + "modulo/" + c.form + "/stile.css", PathValues: map[string]string{"form": c.form},
	})
	require.Contains(t, style.text, `option[value="strade"]:checked) #campo-illuminazione`)
	typed := map[string]string{
		"categoria": "rifiuti", "illuminazione": "palo 12", "titolo": "Sacchi abbandonati", "luogo": "Via Roma 1", "nome": "Ada", "cognome": "Rossi",
		"email": "ada@posta.example.it", "privacy": "true",
	}
	c.presses(c.presses(c.opens(), "rivedi", typed), "invia", nil)
	_, m := c.submitted()
	require.Equal(t, "Sacchi abbandonati", m.Subject)
	require.NotContains(t, m.Text, "palo 12", "what was not asked is not answered")
}

func TestFilesGoAlongFromPageToPage(t *testing.T) {
	t.Parallel()
	c := visit(t, "segnalazione-disservizio", object{"file_mb": 1, "total_mb": 2})
	photo := append([]byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00"), bytes.Repeat([]byte{7}, 900<<10)...)
	one := c.presses(c.opens(), "rivedi", map[string]string{"titolo": "Buca"}, upload{"immagini", "C:\\foto\\buca.jpg", "image/png", photo})
	require.Equal(t, http.StatusUnprocessableEntity, one.status)
	require.Contains(t, one.says(), "buca.jpg (900 kB)")

	photo[100]++
	again := c.presses(one, "allega", nil, upload{"immagini", "due.jpg", "image/jpeg", photo},
		upload{"immagini", "grande.jpg", "image/jpeg", bytes.Repeat([]byte{1}, 1<<20+1)})
	require.Contains(t, again.says(), "due.jpg (900 kB)")
	require.Contains(t, again.says(), "grande.jpg: è più grande di 1 MB")
	photo[100]++
	full := c.presses(again, "allega", nil, upload{"immagini", "tre.jpg", "image/jpeg", photo})
	require.Contains(t, full.says(), "tre.jpg: con gli altri supera 2 MB")
	less := c.presses(full, "togli=0", nil)
	require.NotContains(t, less.says(), "buca.jpg")
	require.Contains(t, less.says(), "due.jpg")

	typed := map[string]string{
		"categoria": "strade", "titolo": "Buca", "luogo": "Via Roma 1", "nome": "Ada", "cognome": "Rossi", "email": "ada@posta.example.it", "privacy": "true",
	}
	review := c.presses(less, "rivedi", typed)
	require.Equal(t, http.StatusOK, review.status, review.says())
	c.presses(review, "invia", nil)
	_, m := c.submitted()
	require.Len(t, m.Attachments, 1)
	require.Equal(t, "due.jpg", m.Attachments[0].Name)
	require.Equal(t, "image/jpeg", m.Attachments[0].MediaType)
	require.EqualValues(t, len(photo), m.Attachments[0].Blob.Size)
	require.NotEmpty(t, m.Attachments[0].Blob.Claim, "so that any replica can hand it in")
}

// A phone's photos: thirty megabytes at once.
func TestManyLargeFiles(t *testing.T) {
	t.Parallel()
	c := visit(t, "segnalazione-disservizio", nil)
	var files []upload
	for i := range 5 {
		content := append([]byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00"), bytes.Repeat([]byte{byte(i)}, 6<<20-100)...)
		files = append(files, upload{"immagini", string(rune('a'+i)) + ".jpg", "image/jpeg", content})
	}
	got := c.presses(c.opens(), "allega", map[string]string{"titolo": "Buca"}, files...)
	require.Equal(t, http.StatusOK, got.status)
	for _, f := range files {
		require.Contains(t, got.says(), f.name+" (6,0 MB)")
	}
}

func TestWhatTheHubCannotTakeWasNotReceived(t *testing.T) {
	t.Parallel()
	c := visit(t, "richiesta-assistenza", object{"contact": "Centralino 0521 40521"})
	review := c.presses(c.opens(), "rivedi", assistance())
	c.h.Host.Refuse(channeltest.Submit, errors.New("no database"))
	failed := c.presses(review, "invia", nil)
	require.Equal(t, http.StatusServiceUnavailable, failed.status)
	require.Contains(t, failed.says(), "NON ricevuto")
	require.Contains(t, failed.says(), "Centralino 0521 40521")
	require.Contains(t, failed.says(), "Come si paga la TARI", "nothing typed is lost")

	c.h.Host.Refuse(channeltest.Submit, nil)
	require.Contains(t, c.presses(failed, "invia", nil).says(), "Abbiamo ricevuto la sua richiesta")

	c.h.Host.Refuse(channeltest.PutBlob, errors.New("no disk"))
	unkept := c.presses(c.opens(), "rivedi", assistance(), upload{"allegati", "a.pdf", "application/pdf", []byte("%PDF-1.7")})
	require.Equal(t, http.StatusServiceUnavailable, unkept.status)
	require.Contains(t, unkept.says(), "I file NON sono stati ricevuti")
	require.Contains(t, unkept.text, `value="Ada"`)
}

func TestAReceiptWithoutANumber(t *testing.T) {
	t.Parallel()
	c := visit(t, "richiesta-assistenza", nil)
	c.h.Host.Delay("12AB-34CD-56EF")
	receipt := c.presses(c.presses(c.opens(), "rivedi", assistance()), "invia", nil)
	require.Contains(t, receipt.says(), "Codice di ricevuta 12AB-34CD-56EF")
	require.NotContains(t, receipt.says(), "Codice personale")
}

// Whatever is typed arrives as text, and comes back as text.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `=HYPERLINK("http://evil.example")`, `{{.Config}}`, `${7*7}`,
		"a\u202egnp.exe", "x\r\nBcc: b@c.it", `javascript:alert(1)`, "\x00\x07", `' OR 1=1 --`,
	} {
		c := visit(t, "richiesta-assistenza", nil)
		typed := map[string]string{}
		for _, field := range []string{"nome", "cognome", "codice_fiscale", "email", "telefono", "risposta", "categoria", "servizio", "dettagli", "privacy"} {
			typed[field] = evil
		}
		got := c.presses(c.opens(), "rivedi", typed)
		require.NotContains(t, got.text, "<script")
		require.NotContains(t, got.text, "<img")
		typed = assistance()
		typed["nome"], typed["servizio"], typed["dettagli"] = "Ada "+evil, "x "+evil, evil+" e altre parole"
		review := c.presses(c.opens(), "rivedi", typed)
		require.NotContains(t, review.text, "<script")
		receipt := c.presses(review, "invia", nil)
		require.NotContains(t, receipt.text, "<script")
		_, m := c.submitted()
		require.NotContains(t, m.Text, "\x00")
		require.NotContains(t, m.From.Name, "\n")
		require.NotContains(t, m.Text, "\u202e")
	}
}

func TestSealsOfOthersAreWorthNothing(t *testing.T) {
	t.Parallel()
	c, other := visit(t, "richiesta-assistenza", nil), visit(t, "richiesta-assistenza", nil)
	for name, sealed := range map[string]string{
		"another hub's": other.opens().hidden().Get("modulo"), "none": "", "garbage": "AAAA", "long": strings.Repeat("A", 100<<10),
	} {
		values := url.Values{"modulo": {sealed}, "azione": {"invia"}}
		for field, value := range assistance() {
			values.Set(field, value)
		}
		got := c.posts(values)
		require.Equal(t, http.StatusOK, got.status, name)
		require.Contains(t, got.says(), "La pagina è rimasta aperta troppo a lungo", name)
		require.Contains(t, got.text, `value="Ada"`, name)
	}
	require.Empty(t, c.h.Host.Submissions())
}

func TestPagesSpeakTheLanguageAskedFor(t *testing.T) {
	t.Parallel()
	c := visit(t, "richiesta-assistenza", object{"town": "Comune di Valdoria"})
	for accepts, lang := range map[string]string{"": "it", "de-DE,en;q=0.8": "en", "it-IT": "it", "fr": "it", "EN-gb": "en"} {
		c.accepts = accepts
		require.Contains(t, c.opens().text, `<html lang="`+lang+`">`, accepts)
	}
	c.accepts = "it"
	english := c.ask(channeltest.Request{
		Action: "form", Method: http.MethodGet, URL: origin + "modulo/" + c.form + "?lang=en", PathValues: map[string]string{"form": c.form},
	})
	require.Contains(t, english.says(), "Step 1 of 2")
	review := c.presses(english, "rivedi", assistance())
	require.Contains(t, review.says(), "Check before sending", "the form keeps the language")
	index := c.ask(channeltest.Request{Action: "index", Method: http.MethodGet, URL: origin})
	require.Contains(t, index.says(), "Richiesta assistenza")
	require.Contains(t, index.text, `href="/c/test/`+channeltest.ChannelID+`/modulo/segnalazione-disservizio?lang=it"`)
}

func TestNothingComesFromElsewhere(t *testing.T) {
	t.Parallel()
	c := visit(t, "richiesta-assistenza", nil)
	p := c.opens()
	policy := p.header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.Contains(t, policy, "frame-ancestors 'none'")
	require.NotContains(t, p.text, "<script")
	require.NotContains(t, p.text, "style=")
	framed := visit(t, "richiesta-assistenza", object{"frame_ancestors": []string{"https://www.comune.example.it"}}).opens()
	require.Contains(t, framed.header.Get("Content-Security-Policy"), "frame-ancestors https://www.comune.example.it")
	for _, name := range []string{"bootstrap-italia.css", "moduli.css", "titillium-web-regular.woff2"} {
		asset := c.ask(channeltest.Request{Action: "asset", Method: http.MethodGet, URL: origin + "assets/" + name, PathValues: map[string]string{"name": name}})
		require.Equal(t, http.StatusOK, asset.status, name)
		require.NotContains(t, asset.text, "url(http", name)
	}
	for _, name := range []string{"../adapter.go", "LICENSE.bootstrap-italia", "none.css"} {
		asset := c.ask(channeltest.Request{Action: "asset", Method: http.MethodGet, URL: origin + "assets/x", PathValues: map[string]string{"name": name}})
		require.Equal(t, http.StatusNotFound, asset.status, name)
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	own := func(form string) json.RawMessage {
		text, err := json.Marshal(object{"forms": []string{form}})
		require.NoError(t, err)
		return text
	}
	channeltest.Conformance(t, channeltest.Suite{
		Setup: func(testing.TB) channeltest.World {
			return channeltest.World{
				Adapter: webform.New(time.Now), Again: func() channel.Adapter { return webform.New(time.Now) }, Config: json.RawMessage(`{}`),
			}
		},
		Invalid: []channeltest.Invalid{
			{Name: "no form at all", Config: json.RawMessage(`{"assistance":false,"report":false}`), Pointer: "/assistance"},
			{Name: "a link to a program", Config: json.RawMessage(`{"privacy_url":"javascript:alert(1)"}`), Pointer: "/privacy_url"},
			{Name: "a frame for all", Config: json.RawMessage(`{"frame_ancestors":["*"]}`), Pointer: "/frame_ancestors/0"},
			{Name: "a policy in a frame", Config: json.RawMessage(`{"frame_ancestors":["https://a.it; script-src *"]}`), Pointer: "/frame_ancestors/0"},
			{Name: "files larger than all", Config: json.RawMessage(`{"file_mb":20,"total_mb":10}`), Pointer: "/file_mb"},
			{Name: "a form that is no JSON", Config: own(`{`), Pointer: "/forms/0"},
			{Name: "a form with an unknown hint", Config: own(`{"$id":"nido","x-it":{"title":"Nido"},"properties":{"a":{"type":"string","x-color":"red"}}}`), Pointer: "/forms/0"},
			{Name: "a form that nobody can answer", Config: own(`{"$id":"nido","x-it":{"title":"Nido"},"properties":{"a":{"type":"string","x-it":{"title":"A"}}}}`), Pointer: "/forms/0"},
			{Name: "a ready form's name", Config: own(`{"$id":"richiesta-assistenza","x-it":{"title":"Nido"},"properties":{"a":{"type":"string","format":"email","x-role":"email","x-it":{"title":"A"}}}}`), Pointer: "/forms/0"},
		},
	})
}
