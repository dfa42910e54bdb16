package email_test

import (
	"encoding/json"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/email"
	"sportello.dev/adapters/mailpeers"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

// last is the last word on each step.
func last(steps []channel.Step) map[string]channel.Step {
	states := map[string]channel.Step{}
	for _, step := range steps {
		states[step.Name] = step
	}
	return states
}

// tried goes through a configuration and returns the last word on each step.
func tried(t *testing.T, adapter *email.Adapter, config json.RawMessage, secret string) map[string]channel.Step {
	t.Helper()
	h := channeltest.Start(t, adapter, channeltest.Patience(30*time.Second, quiet))
	steps, err := h.Try(config, map[string]string{"/imap/password": secret})
	require.NoError(t, err)
	return last(steps)
}

func TestTrialNamesTheStepThatFails(t *testing.T) {
	t.Parallel()
	silent := listen(t) // accepts nothing, greets nobody
	require.NoError(t, silent.Close())
	closed := silent.Addr().(*net.TCPAddr).Port
	refusal := &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Sender address rejected: not owned by user"}
	tests := map[string]struct {
		change              func(top, in, out object)
		fault               fault
		secret              string
		step, code, pointer string
	}{
		"closed port":    {change: func(_, in, _ object) { in["port"] = closed }, step: "imap.connect", code: "imap.connect", pointer: "/imap/port"},
		"wrong password": {secret: "sbagliata", step: "imap.auth", code: "imap.auth", pointer: "/imap/password"},
		"wrong folder":   {change: func(_, in, _ object) { in["folders"] = []string{"Inesistente"} }, step: "imap.folder", code: "imap.folder", pointer: "/imap/folders"},
		"wrong sent folder": {change: func(_, in, _ object) { in["sent_folder"] = "Inesistente" }, step: "imap.sent", code: "imap.folder",
			pointer: "/imap/sent_folder"},
		"no STARTTLS": {change: func(_, in, _ object) { in["security"] = "starttls" }, step: "imap.tls", code: "imap.tls.starttls", pointer: "/imap/security"},
		"TLS with a server that speaks none": {change: func(_, in, _ object) { in["security"] = "tls" }, step: "imap.tls",
			code: "imap.tls.plain", pointer: "/imap/security"},
		"smtp port":       {change: func(_, _, out object) { out["port"] = closed }, step: "smtp.connect", code: "smtp.connect", pointer: "/smtp/port"},
		"smtp no TLS":     {change: func(_, _, out object) { out["security"] = "starttls" }, step: "smtp.tls", code: "smtp.tls.starttls", pointer: "/smtp/security"},
		"smtp user":       {change: func(_, _, out object) { out["username"] = "altri" }, step: "smtp.auth", code: "smtp.auth", pointer: "/smtp/password"},
		"no such host":    {change: func(_, in, _ object) { in["host"], in["security"] = "inesistente.invalid", "tls" }, step: "imap.dns", code: "imap.dns", pointer: "/imap/host"},
		"not our address": {fault: fault{mail: refusal}, step: "letter.send", code: "smtp.mail", pointer: "/smtp"},
		"never arrives":   {step: "letter.find", code: "letter.lost", pointer: "/imap/folders"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newMailWorld(t)
			var changes []func(top, in, out object)
			if tt.change != nil {
				changes = append(changes, tt.change)
			}
			if tt.secret == "" {
				tt.secret = goodSecret
			}
			adapter := email.Hurried(time.Now).WithRecords(nil)
			if tt.fault.mail != nil {
				w.out.armNth(2, tt.fault) // the first session only signs in
			}
			steps := tried(t, adapter, w.config(changes...), tt.secret)
			failed := steps[tt.step]
			require.Equal(t, channel.StepFailed, failed.State, "%+v", steps)
			require.Equal(t, []string{tt.code, tt.pointer}, []string{failed.Code, failed.Pointer})
			require.NotEmpty(t, failed.Summary)
			require.NotEmpty(t, failed.Remedy, "what to do about it")
			if tt.code == "imap.folder" {
				require.Equal(t, []string{"INBOX", sentFolder, recorded}, failed.Choices, "those that there are")
			}
			for _, step := range steps {
				require.NotEqual(t, channel.StepPlanned, step.State, "every step ends: %s", step.Name)
				require.NotEqual(t, channel.StepRunning, step.State, "every step ends: %s", step.Name)
			}
		})
	}
}

func TestTrialTellsACertificateOfAnotherServer(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	server, authority := certificate(t)
	imapPort, _ := w.encrypted(t, server, "tls")
	encrypted := func(top, in, _ object) { in["port"], in["security"], top["ca_pem"] = imapPort, "tls", authority }
	wrong := tried(t, email.Hurried(time.Now).WithRecords(nil), w.config(encrypted, func(_, in, _ object) { in["host"] = "localhost" }), goodSecret)
	require.Equal(t, "imap.tls.name", wrong["imap.tls"].Code)
	require.Contains(t, wrong["imap.tls"].Choices, "example.com", "the names it is valid for")
	unknown := tried(t, email.Hurried(time.Now).WithRecords(nil), w.config(encrypted, func(top, _, _ object) { delete(top, "ca_pem") }), goodSecret)
	require.Equal(t, []string{"imap.tls.authority", "/ca_pem"}, []string{unknown["imap.tls"].Code, unknown["imap.tls"].Pointer})
}

// A mailbox of the distribution's own servers is tried while it is read: the
// letter comes back, is removed, and tells the hub that it is the trial's, if
// the mailbox was read in between.
func TestTrialWithRealServers(t *testing.T) {
	t.Parallel()
	peers := mailpeers.Start(t)
	town := mailbox(t, peers, ownAddress)
	require.NoError(t, town.Create("Moduli", nil).Wait())
	records := map[string]string{"comune.esempio.it": "v=spf1 -all", "_dmarc.comune.esempio.it": "v=DMARC1; p=reject"}
	adapter := email.Hurried(time.Now).WithRecords(records).WithPatience(20 * time.Second)
	h := channeltest.Start(t, adapter, channeltest.Patience(30*time.Second, 300*time.Millisecond))
	config := peerConfig(t, peers)
	_, err := h.Open(channeltest.Opening{Config: config, Secrets: peerSecrets()})
	require.NoError(t, err)
	stream := h.Ingest(nil, 8)

	reports, err := h.Try(config, peerSecrets())
	require.NoError(t, err)
	steps := last(reports)
	for _, name := range []string{"imap.dns", "imap.connect", "imap.tls", "imap.auth", "smtp.auth", "letter.send", "letter.find"} {
		require.Equal(t, channel.StepPassed, steps[name].State, "%+v", steps[name])
	}
	require.Equal(t, []string{"INBOX", "Moduli"}, steps["imap.folder"].Choices)
	require.Equal(t, "domain.records", steps["domain"].Code)
	require.Contains(t, steps["domain"].Summary, "DKIM", "Postfix signs nothing, and that is told")
	require.NotContains(t, steps["domain"].Summary, "SPF")
	first := slices.IndexFunc(reports, func(s channel.Step) bool { return s.State != channel.StepPlanned })
	require.Len(t, steps, first, "everything is planned before it begins")

	peers.Deliver(t, citizen, ownAddress, item(1, 0))
	next := stream.Next()
	if message, ok := next.Event.Body.(*channel.InboundMessage); ok && message.Trial != "" {
		require.Equal(t, channeltest.TrialID, message.Trial)
		next = stream.Next()
	}
	require.Equal(t, "Richiesta 1", subject(t, next))
	for _, folder := range []string{"INBOX", "Registrati"} {
		found, err := town.Select(folder, nil).Wait()
		if err == nil {
			require.LessOrEqual(t, found.NumMessages, uint32(1), "the letter is gone from %s", folder)
		}
	}
}
