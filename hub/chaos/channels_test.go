package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator"
)

// The channels beside the mailboxes.
var (
	texts = mailbox{slug: "sms", address: "sms"}
	pages = mailbox{slug: "moduli", address: "moduli"}
)

// The forms of what is written over them.
const (
	byText = "text message"
	byForm = "web form"
)

// byMail tells letters from texts and forms.
func (e *entry) byMail() bool { return e.Mailbox != texts.address && e.Mailbox != pages.address }

// addOthers makes the channels for text messages and web forms.
func (h *hub) addOthers(t *testing.T, dir string, world *simulator.World) {
	t.Helper()
	host, text, err := net.SplitHostPort(world.SMPPAddr())
	require.NoError(t, err)
	port, err := strconv.Atoi(text)
	require.NoError(t, err)
	h.add(t, dir, texts.slug, "sms", map[string]any{
		"number": simulator.DefaultTownNumber,
		"smpp":   map[string]any{"host": host, "port": port, "security": "none", "system_id": simulator.SMPPSystemID},
	}, map[string]string{"/smpp/password": simulator.DefaultCitizenPassword})
	h.add(t, dir, pages.slug, "webform", map[string]any{}, nil)
}

func (h *hub) add(t *testing.T, dir, slug, adapter string, settings map[string]any, secrets map[string]string) {
	t.Helper()
	write := func(name string, content any) string {
		text, err := json.Marshal(content)
		require.NoError(t, err)
		path := filepath.Join(dir, slug+"-"+name+".json")
		require.NoError(t, os.WriteFile(path, text, 0o600))
		return path
	}
	args := []string{"channel", "add", slug, "--adapter", adapter, "--name", slug, "--settings", write("settings", settings)}
	if secrets != nil {
		args = append(args, "--secrets", write("secrets", secrets))
	}
	_, err := output(t.Context(), h.env, h.programs.hub, args...)
	require.NoError(t, err)
}

// phone is the number of the n-th citizen.
func phone(n int) string { return fmt.Sprintf("+39333555%04d", n) }

// text lets citizens write text messages. The message centre keeps each until it was answered for, so all must come.
func (c *citizens) text(ctx context.Context, n int, pace time.Duration, hurry <-chan struct{}) error {
	for range n {
		c.mu.Lock()
		l := c.writer.blank(phone(c.random.IntN(c.number)), texts)
		c.mu.Unlock()
		l.form = byText
		if err := c.ledger.sending(ctx, l); err != nil {
			return err
		}
		if err := c.world.Centre().Write(l.citizen, "Buongiorno, il lampione è spento. "+l.marker); err != nil {
			return fmt.Errorf("writing a text message: %w", err)
		}
		if err := c.ledger.accepted(ctx, l.marker, time.Now()); err != nil {
			return err
		}
		if err := unhurried(ctx, pace, hurry); err != nil {
			return err
		}
	}
	return nil
}

// fillIn lets citizens hand in forms. Each presses the button again until there is a receipt.
func (c *citizens) fillIn(ctx context.Context, public string, n int, pace time.Duration, hurry <-chan struct{}) error {
	for range n {
		c.mu.Lock()
		l := c.writer.blank(citizen(c.random.IntN(c.number)), pages)
		c.mu.Unlock()
		l.form = byForm
		if err := c.ledger.sending(ctx, l); err != nil {
			return err
		}
		if err := c.handIn(ctx, public, l); err != nil {
			return err
		}
		if err := unhurried(ctx, pace, hurry); err != nil {
			return err
		}
	}
	return nil
}

func unhurried(ctx context.Context, pace time.Duration, hurry <-chan struct{}) error {
	select {
	case <-hurry:
	case <-time.After(pace):
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

var (
	sealed  = regexp.MustCompile(`<input type="hidden" name="modulo" value="([^"]*)">`)
	receipt = regexp.MustCompile(`<dd class="numero">([^<]*)</dd>`)
)

// handIn fills in one form; what the receipt says is where it must be.
func (c *citizens) handIn(ctx context.Context, public string, l *letter) error {
	address := "http://" + public + "/c/webform/" + pages.slug + "/modulo/richiesta-assistenza"
	seal, number := "", ""
	err := await(ctx, upWait, "a form to be shown", func() bool {
		page, status := browse(ctx, http.MethodGet, address, nil)
		if m := sealed.FindStringSubmatch(page); status == http.StatusOK && m != nil {
			seal = html.UnescapeString(m[1])
		}
		return seal != ""
	})
	if err != nil {
		return err
	}
	values := url.Values{
		"modulo": {seal}, "lingua": {"it"}, "azione": {"invia"}, "nome": {"Ada"}, "cognome": {"Rossi"}, "email": {l.citizen},
		"categoria": {"altro"}, "dettagli": {"Il lampione è spento. " + l.marker}, "privacy": {"true"},
	}
	err = await(ctx, upWait, "a form to be received", func() bool {
		page, status := browse(ctx, http.MethodPost, address, values)
		if m := receipt.FindStringSubmatch(page); status == http.StatusOK && m != nil {
			number = m[1]
		}
		return number != ""
	})
	if err != nil {
		return err
	}
	// A receipt code names no ticket yet.
	if !ticketNumber.MatchString(number) {
		number = ""
	}
	if err := c.ledger.filed(ctx, l.marker, number); err != nil {
		return err
	}
	return c.ledger.accepted(ctx, l.marker, time.Now())
}

// browse asks for a page; the status is 0 when there was no answer.
func browse(ctx context.Context, method, address string, form url.Values) (page string, status int) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", 0
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return "", 0
	}
	return string(text), answer.StatusCode
}

// lookAtPhones counts what the town's text messages became on the telephones.
func (s *snapshot) lookAtPhones(world *simulator.World) {
	seen := map[string]bool{}
	for i := range s.letters {
		number := s.letters[i].Citizen
		if s.letters[i].Mailbox != texts.address || seen[number] {
			continue
		}
		seen[number] = true
		all, _ := world.Centre().Texts(number)
		for n, t := range all {
			if t.FromTown {
				marker := replyMark.FindString(t.Body)
				s.arrivals = append(s.arrivals, arrival{
					at: t.At, id: fmt.Sprintf("%s/%d", number, n), to: number, subject: t.Body, marker: marker, automatic: marker == "", inbox: 1,
				})
			}
		}
	}
}
