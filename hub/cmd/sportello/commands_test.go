package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/postgres/pgtest"
)

// installation is where commands run: a directory and a configuration of its own, on a database.
type installation struct {
	t         *testing.T
	dir, file string
}

func install(t *testing.T, url string) *installation {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "sportello.toml")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, "data_dir = %q\n[database]\nurl = %q\n[log]\nlevel = \"error\"\n", dir, url), 0o600))
	return &installation{t, dir, file}
}

// try runs a command and answers what it said and how it ended.
func (i *installation) try(args ...string) (string, error) {
	var out bytes.Buffer
	err := run(i.t.Context(), append([]string{"--config", i.file}, args...), &out, io.Discard)
	return out.String(), err
}

func (i *installation) do(args ...string) string {
	i.t.Helper()
	said, err := i.try(args...)
	require.NoError(i.t, err, "%v", args)
	return said
}

func TestScriptsDoWhatTheSettingsPagesDo(t *testing.T) {
	t.Parallel()
	url := pgtest.DurableURL(t)
	do := install(t, url).do
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	do("channel", "add", "posta", "--adapter", "email", "--name", "Posta URP",
		"--settings", write("settings.json", `{"address":"urp@comune.example"}`), "--secrets", write("secrets.json", `{"/imap/password":"segretissima"}`))
	said := do("channel", "show", "posta")
	require.Contains(t, said, `"address": "urp@comune.example"`)
	require.Contains(t, said, `"/imap/password"`)
	require.NotContains(t, said, "segretissima", "of secrets there is only the name")

	office := strings.Fields(do("office", "list"))[0]
	before := do("office", "identity", office)
	require.NotContains(t, before, "Cordiali saluti")
	after := do("office", "identity", office, "--signature", write("firma.txt", "Cordiali saluti\nUfficio Relazioni con il Pubblico\n"))
	require.Equal(t, strings.SplitN(before, "\n", 2)[0], strings.SplitN(after, "\n", 2)[0], "what is not named stays")
	require.Contains(t, after, "Cordiali saluti\nUfficio Relazioni")
	after = do("office", "identity", office, "--sender", "URP di Valdoria")
	require.True(t, strings.HasPrefix(after, "URP di Valdoria\n\nCordiali saluti"), after)

	do("channel", "disable", "posta")
	do("channel", "enable", "posta")
	do("user", "invite", "ada", "--name", "Ada Neri")
	do("user", "invite", "ada")
	do("user", "reset-second-factor", "ada")
	require.NotEmpty(t, do("user", "token", "protocollo", "--lasts", "90d"))
	require.NotEmpty(t, do("user", "token", "per sempre", "--lasts", "never", "--because", "Lo chiede il protocollo"))
	require.Regexp(t, `(?m)per sempre +first_level +never ends: Lo chiede il protocollo\n.*protocollo +first_level +until 20`, do("user", "tokens"))
	do("user", "end-token", "per sempre")
	require.NotContains(t, do("user", "tokens"), "per sempre")
	require.NotContains(t, do("doctor"), "token protocollo")
	_, err := pgtest.Pool(t, url).Exec(t.Context(), `UPDATE api_token SET expires_at = now() + interval '13 days'`)
	require.NoError(t, err)
	require.Contains(t, do("doctor"), "warning: token protocollo: until 20")
	do("seed", "--town", "Borgo Sereno")
	do("migrate")
	requireRecorded(t, url)
}

// requireRecorded looks for what the commands did in the audit log: once each, by whoever is at the shell, and no word
// of those that only look.
func requireRecorded(t *testing.T, url string) {
	t.Helper()
	rows, err := pgtest.Pool(t, url).Query(t.Context(), `
		SELECT route, split_part(object, '/', 1) || CASE WHEN object LIKE '%/%' THEN '/id' ELSE '' END, actor FROM audit_entry ORDER BY id`)
	require.NoError(t, err)
	var logged []string
	var route, object, actor string
	_, err = pgx.ForEachRow(rows, []any{&route, &object, &actor}, func() error {
		logged = append(logged, route+" "+object)
		require.Regexp(t, `^shell:.+`, actor)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []string{
		"cliChannelAdd channels/id", "cliOfficeIdentity offices/id", "cliOfficeIdentity offices/id", "cliChannelDisable channels/id", "cliChannelEnable channels/id",
		"cliUserInvite people/id", "cliUserInvite people/id", "cliUserReset people/id", "cliUserToken tokens/id", "cliUserToken tokens/id", "cliTokenEnd tokens/id", "cliSeedTown town", "cliMigrate system",
	}, logged)
}

func TestAChannelIsTriedByARunningHub(t *testing.T) {
	t.Parallel()
	const id = "01a221a9-bcb9-763d-8430-c74057decae6"
	channel := `{"id":"` + id + `","name":"Posta","kind":"email","state":"running"}`
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		end := `{"passed":true}`
		switch r.Header.Get("Authorization") {
		case "Bearer gettone":
		case "Bearer altro":
			end = `{"passed":false}`
		default:
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		switch r.URL.Path {
		case "/api/v1/channels":
			_, _ = fmt.Fprintf(w, `{"items":[%s]}`, channel)
		case "/api/v1/channels/" + id + "/setup":
			_, _ = fmt.Fprintf(w, `{"channel":%s,"slug":"posta","revision":1,"settings":{"address":"a@b.it"},"secrets":[]}`, channel)
		case "/api/v1/channel-trials":
			for _, step := range []string{
				`{"name":"imap.dns","title":"Name","state":"planned"}`, `{"name":"imap.dns","title":"Name","state":"passed"}`,
				`{"name":"imap.auth","title":"Sign-in","state":"failed","summary":"Refused.","remedy":"Type it again.","said":"NO"}`,
			} {
				_, _ = fmt.Fprintf(w, "event: step\ndata: %s\n\n: still here\n\n", step)
			}
			_, _ = fmt.Fprintf(w, "event: end\ndata: %s\n\n", end)
		}
	}))
	defer hub.Close()
	var out bytes.Buffer
	s := &session{ctx: t.Context(), out: &out}
	from := remote{base: hub.URL, token: "gettone"}
	require.NoError(t, (&channelTestCommand{Slug: "posta", Language: "en"}).try(s, from))
	require.Equal(t, "passed   Name\nfailed   Sign-in\n         Refused.\n         NO\n         Type it again.\n", out.String())
	require.ErrorContains(t, (&channelTestCommand{Slug: "posta", Language: "en"}).try(s, remote{base: hub.URL, token: "altro"}), "does not work")
	require.ErrorContains(t, (&channelTestCommand{Slug: "posta", Language: "en"}).try(s, remote{base: hub.URL}), "401")
	require.ErrorContains(t, (&channelTestCommand{Slug: "altra", Language: "en"}).try(s, from), `no channel has the slug "altra"`)
}
