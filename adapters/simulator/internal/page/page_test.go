package page_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator/fault"
	"sportello.dev/adapters/simulator/internal/directory"
	"sportello.dev/adapters/simulator/internal/letter"
	"sportello.dev/adapters/simulator/internal/mta"
	"sportello.dev/adapters/simulator/internal/page"
	"sportello.dev/adapters/simulator/internal/postbox"
	"sportello.dev/adapters/simulator/internal/smsc"
	"sportello.dev/adapters/simulator/journal"
	"sportello.dev/adapters/simulator/script"
)

const (
	town   = "urp@comune.valdoria.example"
	giulia = "giulia.ferrero@posta.example"
)

// browser is a citizen's page with a client that keeps cookies and does not follow redirects.
type browser struct {
	t      *testing.T
	url    string
	client *http.Client
	mta    *mta.Server
}

func open(t *testing.T) *browser {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("CET", 3600)) }
	store, err := postbox.Open(postbox.Options{Now: now})
	require.NoError(t, err)
	record, err := journal.Open("", false)
	require.NoError(t, err)
	d := &directory.Directory{
		TownDomain: "comune.valdoria.example", CitizenDomains: []string{"posta.example", "libero-mail.example", "mail.valdoria.example", "studio-tecnico.example"},
		Mailboxes: []directory.Mailbox{{Address: town, Password: "x"}},
	}
	logger := slog.New(slog.DiscardHandler)
	server := &mta.Server{
		Directory: d, Store: store, Journal: record, Faults: &fault.Board{}, Logger: logger, Now: now,
		AuthServID: "mx.valdoria.example", Boxes: []string{page.SentBox},
	}
	site := httptest.NewServer(page.New(page.Config{
		Store: store, Directory: d, MTA: server, Journal: record, Logger: logger, Now: now, Citizens: script.Citizens(), TownMailbox: town, MaxBytes: 1 << 20,
	}))
	t.Cleanup(site.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &browser{t: t, url: site.URL, mta: server, client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (b *browser) do(req *http.Request) (*http.Response, string) {
	b.t.Helper()
	resp, err := b.client.Do(req)
	require.NoError(b.t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	return resp, string(body)
}

func (b *browser) get(path string) (*http.Response, string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.url+path, nil)
	require.NoError(b.t, err)
	return b.do(req)
}

// submit sends a form as a browser does, with a file if it has a name.
func (b *browser) submit(path string, fields url.Values, fileName, content string) (*http.Response, string) {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, values := range fields {
		for _, v := range values {
			require.NoError(b.t, form.WriteField(name, v))
		}
	}
	if fileName != "" {
		part, err := form.CreateFormFile("file", fileName)
		require.NoError(b.t, err)
		_, err = part.Write([]byte(content))
		require.NoError(b.t, err)
	}
	require.NoError(b.t, form.Close())
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, &body)
	require.NoError(b.t, err)
	req.Header.Set("Content-Type", form.FormDataContentType())
	return b.do(req)
}

// box reads all letters of a mailbox.
func (b *browser) box(address, name string) []*letter.Letter {
	b.t.Helper()
	account, ok := b.mta.Store.Account(address)
	if !ok {
		return nil
	}
	box, err := account.Box(name)
	require.NoError(b.t, err)
	var list []*letter.Letter
	for _, m := range box.Messages() {
		raw, err := box.Raw(m.UID)
		require.NoError(b.t, err)
		list = append(list, letter.Parse(raw))
	}
	return list
}

// fromTown puts an answer of the town hall into Giulia's inbox.
func (b *browser) fromTown(edit func(*letter.Draft)) {
	b.t.Helper()
	d := letter.Draft{
		From: letter.Address{Name: "Comune di Valdoria", Address: town}, ReplyTo: &letter.Address{Address: "urp+r.tok@comune.valdoria.example"},
		To: []letter.Address{{Address: giulia}}, Cc: []letter.Address{{Address: "amina.elidrissi@posta.example"}},
		Subject: "Re: Buca [Rif. 2026-000001-1]", Date: b.mta.Now(), MessageID: "<m.1@comune.valdoria.example>", References: []string{"<a@posta.example>"},
		Text:  "Gentile Giulia,\nprovvediamo: https://sportello.example/p?a=1&b=2.\n> Buca\n> in via Roma\n",
		Files: []letter.File{{Name: "mappa <b>.pdf", Type: "application/pdf", Data: []byte("%PDF-mappa")}},
	}
	if edit != nil {
		edit(&d)
	}
	_, err := b.mta.Accept(mta.Envelope{Via: journal.ViaSubmission, Account: town, From: town, To: []string{giulia}}, d.Bytes())
	require.NoError(b.t, err)
}

func TestHomeListsTheCitizensAndTheirUnreadMail(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.fromTown(nil)
	resp, _ := b.get("/casella?indirizzo=Nuovo77@posta.example")
	require.Equal(t, "/posta/nuovo77@posta.example/arrivo", resp.Header.Get("Location"))
	resp, body := b.get("/")
	require.Equal(t, 200, resp.StatusCode)
	for _, c := range script.Citizens() {
		require.Contains(t, body, c.Name())
		require.Contains(t, body, "/posta/"+url.PathEscape(c.Address)+"/arrivo")
	}
	require.Equal(t, 1, strings.Count(body, `class="count"`))
	require.Contains(t, body, "1 da leggere")
	require.Contains(t, body, `>nuovo77@posta.example</a>`, "people nobody introduced are listed too")
}

func TestReadingAMessage(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.fromTown(nil)
	_, list := b.get("/posta/" + giulia + "/arrivo")
	require.Contains(t, list, `class="message unread"`)

	resp, body := b.get("/posta/" + giulia + "/arrivo/1")
	require.Equal(t, 200, resp.StatusCode)
	require.Contains(t, body, "Gentile Giulia,")
	require.Contains(t, body, `<a href="https://sportello.example/p?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">`)
	require.Regexp(t, `(?s)<details class="quoted">.*&gt; in via Roma.*</details>`, body)
	require.Contains(t, body, "urp+r.tok<wbr>@comune.valdoria.example")
	require.Contains(t, body, "Rispondi a tutti")
	require.NotContains(t, body, `class="mark bad"`)
	require.NotContains(t, body, `class="message unread"`, "it counts as read now")
	require.Contains(t, body, "mappa &lt;b&gt;.pdf")

	resp, body = b.get("/posta/" + giulia + "/arrivo/1/allegati/0")
	require.Equal(t, "%PDF-mappa", body)
	require.Equal(t, "application/octet-stream", resp.Header.Get("Content-Type"))
	require.Contains(t, resp.Header.Get("Content-Disposition"), "attachment")

	resp, body = b.get("/posta/" + giulia + "/arrivo/1/originale")
	require.Contains(t, resp.Header.Get("Content-Type"), "text/plain")
	require.Contains(t, body, "Message-ID: <m.1@comune.valdoria.example>")
}

func TestHTMLMailIsShownWithoutItsTeeth(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.fromTown(func(d *letter.Draft) {
		d.Text = ""
		d.HTML = `<p onclick="x()">Ciao <img src="cid:logo"><img src="http://tracker.example/p.gif"></p><script>alert(1)</script><iframe src="//x"></iframe><form action="/x"><input></form>`
		d.Files = []letter.File{{Name: "logo.png", Type: "image/png", ContentID: "logo", Inline: true, Data: []byte("PNG")}}
	})
	_, body := b.get("/posta/" + giulia + "/arrivo/1")
	require.Contains(t, body, `sandbox="allow-popups"`)
	require.NotContains(t, body, "allegati/0", "an image shown in the text is no attachment")

	resp, body := b.get("/posta/" + giulia + "/arrivo/1/html")
	csp := resp.Header.Get("Content-Security-Policy")
	require.Contains(t, csp, "sandbox")
	require.Contains(t, csp, "default-src 'none'")
	require.Contains(t, csp, "img-src data:;", "nothing is fetched from anywhere")
	require.Contains(t, body, `src="data:image/png;base64,UE5H"`)
	for _, bad := range []string{"<script", "onclick", "<iframe", "<form", "<input"} {
		require.NotContains(t, body, bad)
	}
}

func TestWritingToTheTown(t *testing.T) {
	t.Parallel()
	b := open(t)
	resp, form := b.get("/scrivi/" + giulia)
	require.Equal(t, 200, resp.StatusCode)
	require.Contains(t, form, `value="`+town+`"`)

	resp, _ = b.submit("/scrivi/"+giulia, url.Values{"a": {town}, "oggetto": {"Buca in via Roma\r\nBcc: x@y"}, "testo": {"C'è una buca.\r\nGrazie"}}, "foto più.jpg", "JPEG")
	require.Equal(t, 303, resp.StatusCode)
	require.Equal(t, "/posta/giulia.ferrero@posta.example/inviata?inviato=1", resp.Header.Get("Location"))

	got := b.box(town, "INBOX")
	require.Len(t, got, 1)
	require.Equal(t, letter.Address{Name: "Giulia Ferrero", Address: giulia}, got[0].From)
	require.Equal(t, "Buca in via Roma  Bcc: x@y", got[0].Subject)
	require.Empty(t, got[0].Get("Bcc"))
	require.Contains(t, got[0].Text, "C'è una buca.")
	require.Equal(t, "foto più.jpg", got[0].Files[0].Name)
	require.Equal(t, "JPEG", string(got[0].Files[0].Data))
	require.Contains(t, got[0].Get("Authentication-Results"), "dmarc=pass")
	require.NotEmpty(t, got[0].MessageID)
	require.Len(t, b.box(giulia, page.SentBox), 1)
	_, body := b.get("/posta/" + giulia + "/inviata?inviato=1")
	require.Contains(t, body, "Messaggio inviato.")
	require.Equal(t, journal.ViaPage, b.mta.Journal.Latest(1)[0].Via)
}

var field = regexp.MustCompile(`name="(a|cc|oggetto)" value="([^"]*)"`)

// filled reads what a form was filled with.
func filled(body string) map[string]string {
	values := map[string]string{}
	for _, m := range field.FindAllStringSubmatch(body, -1) {
		values[m[1]] = strings.ReplaceAll(m[2], "&#43;", "+")
	}
	return values
}

func TestAnswersStayInTheThread(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]struct {
		to, cc, subject, inReplyTo string
		files                      int
	}{
		"rispondi": {"urp+r.tok@comune.valdoria.example", "", "Re: Buca [Rif. 2026-000001-1]", "<m.1@comune.valdoria.example>", 0},
		"tutti":    {"urp+r.tok@comune.valdoria.example", "amina.elidrissi@posta.example", "Re: Buca [Rif. 2026-000001-1]", "<m.1@comune.valdoria.example>", 0},
		"inoltra":  {"", "", "Fwd: Re: Buca [Rif. 2026-000001-1]", "", 1},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			b.fromTown(nil)
			resp, body := b.get("/scrivi/" + giulia + "?rif=arrivo/1&modo=" + mode)
			require.Equal(t, 200, resp.StatusCode)
			values := filled(body)
			require.Equal(t, want.to, values["a"])
			require.Equal(t, want.cc, values["cc"])
			require.Equal(t, want.subject, values["oggetto"])
			require.Contains(t, body, "provvediamo", "the letter is quoted")

			to := values["a"]
			if to == "" {
				to = town
			}
			form := url.Values{"a": {to}, "cc": {values["cc"]}, "oggetto": {values["oggetto"]}, "testo": {"Grazie"}, "rif": {"arrivo/1"}, "modo": {mode}}
			if mode == "inoltra" {
				form.Set("inoltrato", "0")
			}
			resp, _ = b.submit("/scrivi/"+giulia, form, "", "")
			require.Equal(t, 303, resp.StatusCode)
			got := b.box(town, "INBOX")[0]
			require.Equal(t, want.inReplyTo, got.InReplyTo)
			require.Equal(t, []string{"<a@posta.example>", "<m.1@comune.valdoria.example>"}, got.References)
			require.Equal(t, to, got.To[0].Address)
			require.Len(t, got.Files, want.files)
			require.Len(t, b.box("amina.elidrissi@posta.example", "INBOX"), strings.Count(want.cc, "@"))
		})
	}
}

func TestProblemsAreSaidAndNothingIsLost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		form   url.Values
		file   int
		status int
		say    string
	}{
		"no recipient":      {url.Values{"a": {"nobody"}, "testo": {"Ciao"}}, 0, 422, "Manca un destinatario"},
		"refused recipient": {url.Values{"a": {"sindaco@comune.valdoria.example"}, "testo": {"Ciao"}}, 0, 422, "No such user here"},
		"refused copy":      {url.Values{"a": {town}, "cc": {"x@elsewhere.example"}, "testo": {"Ciao"}}, 0, 422, "Domain not found"},
		"too much text":     {url.Values{"a": {town}, "testo": {"Ciao" + strings.Repeat("x", 300_000)}}, 0, 422, "troppo grande"},
		"too large a file":  {url.Values{"a": {town}, "testo": {"Ciao"}}, 2 << 20, 413, "superano il limite di 1.0 MB"},
		"letter gone":       {url.Values{"a": {town}, "testo": {"Ciao"}, "rif": {"arrivo/99"}}, 0, 422, "non c&#39;è più"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			fileName := ""
			if c.file > 0 {
				fileName = "big.bin"
			}
			resp, body := b.submit("/scrivi/"+giulia, c.form, fileName, strings.Repeat("x", c.file))
			require.Equal(t, c.status, resp.StatusCode)
			require.Contains(t, body, `role="alert"`)
			require.Contains(t, body, c.say)
			if c.status == 422 {
				require.Contains(t, body, "Ciao", "what was written is still there")
			}
			require.Zero(t, b.mta.Journal.Len())
		})
	}
}

func TestAStrangerCanPretendAndTheServerNotices(t *testing.T) {
	t.Parallel()
	b := open(t)
	resp, body := b.get("/estraneo")
	require.Equal(t, 200, resp.StatusCode)
	require.Contains(t, body, "sconosciuto@offerte-lampo.example")
	form := url.Values{"vittima": {giulia}, "numero": {"2026-000123-7"}, "testo": {"Mandatemi tutto"}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/estraneo", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, _ = b.do(req)
	require.Equal(t, 303, resp.StatusCode)
	got := b.box(town, "INBOX")[0]
	require.Equal(t, giulia, got.From.Address)
	require.Contains(t, got.Subject, "[Rif. 2026-000123-7]")
	require.Contains(t, got.Get("Authentication-Results"), "dmarc=fail")
	require.Equal(t, "<sconosciuto@offerte-lampo.example>", got.Get("Return-Path"))
	require.Empty(t, b.box(giulia, page.SentBox), "the victim knows nothing")

	resp, body = b.submit("/estraneo", url.Values{"vittima": {"x@y"}}, "", "")
	require.Equal(t, 422, resp.StatusCode)
	require.Contains(t, body, `role="alert"`)
}

func TestTheLogShowsBothWays(t *testing.T) {
	t.Parallel()
	b := open(t)
	_, body := b.get("/registro")
	require.Contains(t, body, "Nessun messaggio")
	b.fromTown(nil)
	_, _ = b.submit("/scrivi/"+giulia, url.Values{"a": {town}, "oggetto": {"Ciao"}, "testo": {"x"}}, "", "")
	_, body = b.get("/registro")
	require.Equal(t, 1, strings.Count(body, "way in"))
	require.Equal(t, 1, strings.Count(body, "way out"))
}

func TestPagesThatAreNotThere(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.fromTown(nil)
	for _, path := range []string{
		"/nowhere", "/posta/" + town + "/arrivo", "/posta/x@elsewhere.example/arrivo", "/posta/" + giulia + "/Trash", "/posta/" + giulia + "/arrivo/99",
		"/posta/" + giulia + "/arrivo/x", "/posta/" + giulia + "/arrivo/1/allegati/7", "/posta/" + giulia + "/arrivo/99/html",
		"/scrivi/" + town, "/scrivi/" + giulia + "?rif=arrivo/99", "/scrivi/" + giulia + "?rif=x", "/casella?indirizzo=" + town, "/posta/..%2F..%2Fetc/arrivo",
	} {
		resp, body := b.get(path)
		require.Equal(t, 404, resp.StatusCode, path)
		require.Contains(t, body, "Qui non abita nessuno", path)
	}
}

func TestTheLanguageSwitches(t *testing.T) {
	t.Parallel()
	b := open(t)
	_, body := b.get("/")
	require.Contains(t, body, `<html lang="it">`)
	resp, _ := b.get("/registro?x=1&lang=en")
	require.Equal(t, 303, resp.StatusCode)
	require.Equal(t, "/registro?x=1", resp.Header.Get("Location"))
	_, body = b.get("/")
	require.Contains(t, body, `<html lang="en">`)
	require.Contains(t, body, "Today you are the citizen")
	require.Contains(t, body, "Nurse, 38")
	resp, _ = b.get("//evil.example/?lang=it")
	require.False(t, strings.HasPrefix(resp.Header.Get("Location"), "//"))
}

func TestBothLanguagesSayEverything(t *testing.T) {
	t.Parallel()
	texts := map[string]map[string]string{}
	for _, language := range []string{"it", "en"} {
		raw, err := os.ReadFile("words/" + language + ".json")
		require.NoError(t, err)
		var words map[string]string
		require.NoError(t, json.Unmarshal(raw, &words))
		texts[language] = words
	}
	verbs := regexp.MustCompile(`%[ds]`)
	for key, text := range texts["it"] {
		require.NotEmpty(t, texts["en"][key], key)
		require.Equal(t, verbs.FindAllString(text, -1), verbs.FindAllString(texts["en"][key], -1), key)
	}
	require.Len(t, texts["en"], len(texts["it"]))

	b := open(t)
	b.fromTown(func(d *letter.Draft) { d.HTML = "<p>x</p>" })
	for _, path := range []string{
		"/", "/estraneo", "/registro", "/nowhere", "/posta/" + giulia + "/arrivo", "/posta/" + giulia + "/arrivo/1", "/posta/" + giulia + "/inviata",
		"/scrivi/" + giulia, "/scrivi/" + giulia + "?rif=arrivo/1&modo=inoltra",
	} {
		_, body := b.get(path)
		require.NotContains(t, body, "⟦", path)
		require.Equal(t, 1, strings.Count(body, "<h1"), path)
	}
}

func TestEveryPageKeepsStrangersOut(t *testing.T) {
	t.Parallel()
	b := open(t)
	resp, body := b.get("/")
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
	require.NotRegexp(t, `(src|href)="(https?:)?//`, body, "nothing comes from elsewhere")
	for _, asset := range []string{"valdoria.css", "refresh.js", "valdoria.svg"} {
		resp, _ := b.get("/aspetto/" + asset)
		require.Equal(t, 200, resp.StatusCode, asset)
	}
}

func TestEventsTellOfChanges(t *testing.T) {
	t.Parallel()
	b := open(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/eventi", nil)
	require.NoError(t, err)
	resp, err := b.client.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	buf := make([]byte, 200)
	n, err := resp.Body.Read(buf)
	require.NoError(t, err)
	require.Equal(t, ": hello\n\n", string(buf[:n]))
	b.fromTown(nil)
	n, err = resp.Body.Read(buf)
	require.NoError(t, err)
	require.Contains(t, string(buf[:n]), "event: change")
}

func TestLongMailboxesComeInPages(t *testing.T) {
	t.Parallel()
	b := open(t)
	account, err := b.mta.Store.Ensure(giulia, page.SentBox)
	require.NoError(t, err)
	box, err := account.Box("INBOX")
	require.NoError(t, err)
	for range 150 {
		_, _, err := box.Append([]byte("Subject: x\r\n\r\n"), b.mta.Now(), imap.FlagSeen)
		require.NoError(t, err)
	}
	_, body := b.get("/posta/" + giulia + "/arrivo")
	require.Equal(t, 100, strings.Count(body, `class="message"`))
	require.Contains(t, body, "?prima=51")
	_, body = b.get("/posta/" + giulia + "/arrivo?prima=51")
	require.Equal(t, 50, strings.Count(body, `class="message"`))
	require.NotContains(t, body, "?prima=")
}

func TestAwkwardMailCanBeShown(t *testing.T) {
	t.Parallel()
	b := open(t)
	g := script.New(4, giulia, b.mta.Now)
	kinds := slices.DeleteFunc(script.Kinds(), func(k string) bool { return k == "huge" })
	for i, kind := range kinds {
		m, err := g.Awkward(kind)
		require.NoError(t, err)
		_, err = b.mta.Accept(mta.Envelope{Via: journal.ViaScript, From: m.MailFrom, To: []string{giulia}}, m.Raw)
		require.NoError(t, err)
		for _, path := range []string{"/posta/" + giulia + "/arrivo/%", "/posta/" + giulia + "/arrivo/%?vista=html", "/posta/" + giulia + "/arrivo/%/html", "/scrivi/" + giulia + "?rif=arrivo/%&modo=tutti"} {
			resp, _ := b.get(strings.ReplaceAll(path, "%", string(rune('0'+(i+1)/10))+string(rune('0'+(i+1)%10))))
			require.Equal(t, 200, resp.StatusCode, kind)
		}
	}
}

func TestTelephonesAreShownAndWrite(t *testing.T) {
	t.Parallel()
	centre := &smsc.Centre{Now: time.Now, Logger: slog.New(slog.DiscardHandler), Number: "+393399900100", Changed: func() {}}
	d := &directory.Directory{CitizenDomains: []string{"posta.example", "libero-mail.example", "mail.valdoria.example", "studio-tecnico.example"}}
	site := page.New(page.Config{Centre: centre, Directory: d, Logger: slog.New(slog.DiscardHandler), Now: time.Now, Citizens: script.Citizens()})
	ask := func(method, path string, form url.Values) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		site.ServeHTTP(w, r)
		return w
	}
	list := ask(http.MethodGet, "/telefono", nil)
	require.Contains(t, list.Body.String(), "Giulia Ferrero")
	require.Contains(t, list.Body.String(), "non è collegato")
	require.NotContains(t, list.Body.String(), "⟦")
	require.Equal(t, "/telefono/+393331234567", ask(http.MethodGet, "/telefono?numero=333+123+4567", nil).Header().Get("Location"))

	one := "/telefono/+393335550101"
	require.Equal(t, http.StatusSeeOther, ask(http.MethodPost, one, url.Values{"testo": {"C'è una <b>buca</b>"}}).Code)
	shown := ask(http.MethodGet, one, nil).Body.String()
	require.Contains(t, shown, "&lt;b&gt;buca&lt;/b&gt;")
	require.Contains(t, shown, "in attesa del Comune")
	require.NotContains(t, shown, "⟦")
	require.Equal(t, http.StatusUnprocessableEntity, ask(http.MethodPost, one, url.Values{"testo": {" "}}).Code)
	require.Equal(t, http.StatusUnprocessableEntity, ask(http.MethodPost, "/telefono/12", url.Values{"testo": {"x"}}).Code)
	require.Equal(t, http.StatusSeeOther, ask(http.MethodPost, one, url.Values{"azione": {"spegni"}}).Code)
	require.Contains(t, ask(http.MethodGet, one, nil).Body.String(), "Questo telefono è spento")
}
