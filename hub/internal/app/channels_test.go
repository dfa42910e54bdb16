package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/config"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/hub/internal/ticket"
)

// textProvider is a provider of text messages that takes them over HTTP, as `number text`.
type textProvider struct {
	mu  sync.Mutex
	all []string
}

func (p *textProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, string(body))
	fmt.Fprintf(w, `{"id":"m%d"}`, len(p.all))
}

// got are the texts that arrived with a word in them.
func (p *textProvider) got(word string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.all), func(text string) bool { return !strings.Contains(text, word) })
}

// withTexts makes a directory of adapters that has the one for text messages too; most tests do without its process.
func withTexts(t *testing.T) string {
	t.Helper()
	made := build(t)
	dir := t.TempDir()
	// A copy: the two directories may lie on different file systems.
	mail, err := os.ReadFile(filepath.Join(made.adapters, "email-adapter"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "email-adapter"), mail, 0o700))
	for _, c := range []*exec.Cmd{
		exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", dir+"/", "sportello.dev/adapters/sms/cmd/sms-adapter"),
		exec.CommandContext(t.Context(), made.hub, "adapter", "catalogue", dir),
	} {
		said, err := c.CombinedOutput()
		require.NoError(t, err, "%s", said)
	}
	return dir
}

// Begun by a form, answered by text message, continued by e-mail: one conversation with one number.
func TestConversationOverThreeChannels(t *testing.T) {
	t.Parallel()
	provider := &textProvider{}
	server := httptest.NewServer(provider)
	t.Cleanup(server.Close)
	adapters := withTexts(t)
	_, mail := newWorld(t)
	s := newSite(t, func(c *config.Config) { c.Adapters.Dir = adapters })
	posta := s.addMailbox(t, "posta", mail.settings(t, townMailbox), townPassword)
	sms := s.addChannel(t, "sms", "sms", map[string]any{"driver": "http", "number": "+390521218111", "http": map[string]any{
		"url": server.URL, "body": `{"to":"{to}","text":"{text}"}`, "id_path": "id",
	}}, nil)
	h := s.start(t)
	h.ready(t, posta)
	h.ready(t, sms)

	const mobile = "+393401234567"
	anna, about := mail.citizen(domain), mark()
	form, err := h.app.Journal.Submit(t.Context(), sms, intake.Event{
		ID: "form/" + about, OccurredAt: time.Now(), Raw: intake.Raw{Inline: []byte(`{}`), MediaType: "application/json"},
		Message: &intake.Inbound{
			From:    intake.Address{Kind: "mobile", Value: mobile, Name: "Anna Neri"},
			Parties: []intake.Party{{Role: "reply_to", Address: intake.Address{Kind: "email", Value: anna.address}}},
			Subject: "Assistenza " + about, Text: "Non riesco a pagare la mensa.", FormID: "assistenza",
			Authentication: intake.Authentication{Authority: "webform"},
		},
	})
	require.NoError(t, err)
	require.Contains(t, []intake.Outcome{intake.OutcomeFiled, intake.OutcomeReceived}, form.Outcome)
	tk := h.ticket(t, about)
	require.Equal(t, map[string]bool{mobile: false, anna.address: false}, h.addresses(t, tk), "anybody can type an address")

	short := h.reply(t, tk.Number, api.Reply{Text: "Riprovi domani. " + mark()})
	require.Equal(t, mobile, short.Deliveries[0].Address, "where the answer was wanted")
	h.awaitState(t, short, api.DeliveryStateAccepted)
	require.Contains(t, provider.got("Riprovi domani.")[0], mobile)

	long := h.reply(t, tk.Number, api.Reply{Text: strings.Repeat("Ecco come si paga la mensa. ", 60) + mark()})
	require.Equal(t, anna.address, long.Deliveries[0].Address, "too long for a text message")
	word := long.Text[strings.LastIndex(long.Text, " ")+1:]
	answer := anna.answered(t, word)
	require.Empty(t, provider.got(word))

	anna.write(t, anna.letter("Re: "+decoded(t, answer.Get("Subject")), "Ora ci riesco, grazie.", "In-Reply-To: "+answer.Get("Message-Id")+"\r\n"))
	back := h.awaitInbound(t, tk.Number, 2)
	require.Equal(t, ticket.ReasonToken, value(back.ThreadingReason))
	require.False(t, value(back.SenderThird), "the address was the citizen's all along")
	require.Len(t, h.tickets(t, about), 1)
	require.Equal(t, map[string]bool{mobile: false, anna.address: true}, h.addresses(t, tk))

	last := h.reply(t, tk.Number, api.Reply{Text: "Bene! " + mark()})
	require.Equal(t, anna.address, last.Deliveries[0].Address, "where she wrote last")
	require.Contains(t, decoded(t, anna.answered(t, last.Text).Get("Subject")), tk.Number)
	h.choosesTelephone(t, provider, tk, mobile)
}

// choosesTelephone: on the request's page the citizen asks for the answers by text message, and types the code that came.
func (h *hub) choosesTelephone(t *testing.T, provider *textProvider, tk api.Ticket, mobile string) {
	t.Helper()
	citizens := app.Citizens(h.app.Domain)
	held, err := h.app.Tickets.Get(t.Context(), h.app.Pool, account.SystemScope(), tk.Number)
	require.NoError(t, err)
	key := pluginhost.TicketKey{Number: tk.Number, Secret: h.app.Secrets.Derive(held)}
	asked, err := citizens.AskPreference(t.Context(), key, mobile, "it")
	require.NoError(t, err)
	require.Equal(t, "sent", asked.Outcome)
	var code string
	require.Eventually(t, func() bool {
		for _, text := range provider.got("codice per ricevere qui") {
			code = sixDigits.FindString(text)
		}
		return code != ""
	}, time.Minute, 20*time.Millisecond)
	done, err := citizens.ConfirmPreference(t.Context(), key, asked.Request, code)
	require.NoError(t, err)
	require.Equal(t, "confirmed", done.Outcome)
	require.Equal(t, mobile, get[api.Ticket](t, h.desk, "/tickets/"+tk.Number).ChosenAddress.Address)
	short := h.reply(t, tk.Number, api.Reply{Text: "Fatto. " + mark()})
	require.Equal(t, mobile, short.Deliveries[0].Address, "chosen here, though she wrote last by e-mail")
}

// addresses are those of the ticket's citizen, and whether they are verified.
func (d desk) addresses(t *testing.T, tk api.Ticket) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, a := range get[api.Contact](t, d, "/contacts/"+tk.Contact.ID.String()).Addresses {
		all[a.Value] = a.Verified
	}
	return all
}
