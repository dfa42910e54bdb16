package mta

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/authres"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator/fault"
	"sportello.dev/adapters/simulator/internal/directory"
	"sportello.dev/adapters/simulator/internal/letter"
	"sportello.dev/adapters/simulator/internal/postbox"
	"sportello.dev/adapters/simulator/journal"
)

const town = "urp@comune.valdoria.example"

func newServer(t *testing.T) *Server {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }
	store, err := postbox.Open(postbox.Options{Now: now})
	require.NoError(t, err)
	record, err := journal.Open("", false)
	require.NoError(t, err)
	return &Server{
		Directory: &directory.Directory{
			TownDomain: "comune.valdoria.example", CitizenDomains: []string{"posta.example", "libero-mail.example"}, CitizenPassword: "valdoria",
			Mailboxes: []directory.Mailbox{{Address: town, Password: "x"}},
		},
		Store: store, Journal: record, Faults: &fault.Board{}, Logger: slog.New(slog.DiscardHandler), Now: now, AuthServID: "mx.valdoria.example",
	}
}

// received accepts a message for an address and returns it as it lies in the inbox.
func received(t *testing.T, s *Server, env Envelope, raw string) *letter.Letter {
	t.Helper()
	_, err := s.Accept(env, []byte(raw))
	require.NoError(t, err)
	account, ok := s.Store.Account(s.Directory.Resolve(env.To[0]).Account)
	require.True(t, ok)
	box, err := account.Box(postbox.Inbox)
	require.NoError(t, err)
	messages := box.Messages()
	got, err := box.Raw(messages[len(messages)-1].UID)
	require.NoError(t, err)
	return letter.Parse(got)
}

func TestAuthenticationResults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		account, mailFrom, from, to string
		id, spf, dkim, dmarc        string
	}{
		"citizen with login":                 {"anna@posta.example", "anna@posta.example", "anna@posta.example", town, "mx.valdoria.example", "pass", "pass", "pass"},
		"citizen's provider, no login":       {"", "anna@posta.example", "Anna <anna@posta.example>", town, "mx.valdoria.example", "pass", "pass", "pass"},
		"bounce address of the same domain":  {"", "bounce-1@posta.example", "anna@posta.example", town, "mx.valdoria.example", "pass", "pass", "pass"},
		"envelope of a foreign domain":       {"", "x@offerte.example", "anna@posta.example", town, "mx.valdoria.example", "fail", "none", "fail"},
		"envelope of another citizen domain": {"", "x@libero-mail.example", "anna@posta.example", town, "mx.valdoria.example", "pass", "none", "fail"},
		"citizen logged in, other's name":    {"bruno@posta.example", "bruno@posta.example", "anna@posta.example", town, "mx.valdoria.example", "fail", "none", "fail"},
		"town's name from outside":           {"", town, town, town, "mx.valdoria.example", "fail", "none", "fail"},
		"town with login":                    {town, "urp+r.x@comune.valdoria.example", town, "anna@posta.example", "mx.posta.example", "pass", "pass", "pass"},
		"foreign domain":                     {"", "a@b.example", "a@b.example", town, "mx.valdoria.example", "none", "none", "none"},
		"foreign domain, other envelope":     {"", "a@c.example", "a@b.example", town, "mx.valdoria.example", "none", "none", "none"},
		"no sender shown":                    {"", "anna@posta.example", "", town, "mx.valdoria.example", "none", "none", "none"},
		"automatic answer":                   {"", "", "anna@posta.example", town, "mx.valdoria.example", "pass", "pass", "pass"},
		"bounce in the town's name":          {"", "", town, town, "mx.valdoria.example", "fail", "none", "fail"},
		"display name pretends":              {"", "x@posta.example", `"` + town + `" <truffa@posta.example>`, town, "mx.valdoria.example", "pass", "pass", "pass"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := received(t, newServer(t), Envelope{Via: journal.ViaMX, Account: c.account, From: c.mailFrom, To: []string{c.to}, Helo: "x.example"}, "From: "+c.from+"\r\n\r\nx\r\n")
			require.Len(t, got.Values("Authentication-Results"), 1)
			id, results, err := authres.Parse(got.Get("Authentication-Results"))
			require.NoError(t, err)
			require.Equal(t, c.id, id)
			values := map[string]string{}
			for _, r := range results {
				switch r := r.(type) {
				case *authres.SPFResult:
					values["spf"] = string(r.Value)
				case *authres.DKIMResult:
					values["dkim"] = string(r.Value)
				case *authres.DMARCResult:
					values["dmarc"] = string(r.Value)
				}
			}
			require.Equal(t, map[string]string{"spf": c.spf, "dkim": c.dkim, "dmarc": c.dmarc}, values)
		})
	}
}

func TestForgedResultsAreRemovedAndOthersStay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		field string
		stays bool
	}{
		"plain":                  {"Authentication-Results: mx.valdoria.example; dmarc=pass", false},
		"other case":             {"AUTHENTICATION-results: MX.Valdoria.Example; dmarc=pass", false},
		"folded":                 {"Authentication-Results:\r\n\tmx.valdoria.example;\r\n dmarc=pass", false},
		"comment before":         {"Authentication-Results: (hi) mx.valdoria.example (there); dmarc=pass", false},
		"nested comment":         {"Authentication-Results: (a (b) c)mx.valdoria.example; dmarc=pass", false},
		"version":                {"Authentication-Results: mx.valdoria.example 1; dmarc=pass", false},
		"quoted":                 {`Authentication-Results: "mx.valdoria.example"; dmarc=pass`, false},
		"no results":             {"Authentication-Results: mx.valdoria.example", false},
		"space before the colon": {"Authentication-Results : mx.valdoria.example; dmarc=pass", false},
		"another server's":       {"Authentication-Results: mx.altrove.example; dmarc=pass", true},
		"name only mentioned":    {"Authentication-Results: mx.altrove.example; x=mx.valdoria.example", true},
		"another field":          {"X-Results: mx.valdoria.example; dmarc=pass", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, after := "Subject: uno\r\n", "From: a@b.example\r\n\r\nAuthentication-Results: mx.valdoria.example; in the body\r\n"
			want := before + after
			if c.stays {
				want = before + c.field + "\r\n" + after
			}
			require.Equal(t, want, string(withoutResults([]byte(before+c.field+"\r\n"+after), "mx.valdoria.example")))
		})
	}
}

func TestAMessageThatIsAllHeaderOrAllBodySurvivesStamping(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"", "\r\n", "x", "Subject: x", "Subject: x\r\n", "\r\nAuthentication-Results: mx.valdoria.example\r\n"} {
		require.Equal(t, raw, string(withoutResults([]byte(raw), "mx.valdoria.example")))
	}
}

func TestHeaderFieldsCannotBeInjectedThroughTheEnvelope(t *testing.T) {
	t.Parallel()
	env := Envelope{Via: journal.ViaMX, From: "a@b.example", To: []string{town}, Helo: "x;\r\nEvil: yes (", Remote: ">\r\nEvil: yes"}
	got := received(t, newServer(t), env, "From: a@b.example\r\n\r\nx\r\n")
	require.Empty(t, got.Get("Evil"))
	require.Equal(t, "x", strings.TrimSpace(got.Text))
}

func FuzzWithoutResults(f *testing.F) {
	f.Add([]byte("Authentication-Results: mx.valdoria.example; x\r\n y\r\n\r\nbody"))
	f.Add([]byte("\n \r\n\t(:"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		once := withoutResults(raw, "mx.valdoria.example")
		require.LessOrEqual(t, len(once), len(raw))
		require.Equal(t, string(once), string(withoutResults(once, "mx.valdoria.example")), "removing twice removes no more")
	})
}
