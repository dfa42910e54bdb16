package app_test

import (
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// The acknowledgement of a letter carries a link that opens the request; the secret in it is filled in only as it leaves.
func TestTheAcknowledgementLeadsToTheRequest(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	mail := id.New[id.Channel]()
	_, err := c.Pool.Exec(t.Context(), `INSERT INTO channel (id, adapter, slug, name, ability) VALUES ($1, 'email', 'posta', 'Posta',
		'{"capabilities": ["send"], "own": {"kind": "email", "value": "urp@valdoria.example"}}')`, mail)
	require.NoError(t, err)
	_, err = c.Pool.Exec(t.Context(), `UPDATE channel SET ability = '{"capabilities": ["http"], "tracking_path": "richiesta"}' WHERE id = $1`, c.channel)
	require.NoError(t, err)
	c.work(t)
	r, err := app.Citizens(c.Domain).Submit(t.Context(), mail, form(anna, "C'è una buca."), nil)
	require.NoError(t, err)
	all := c.messages(t, r.Number)
	ack := all[len(all)-1]
	require.Equal(t, ticket.ClassAcknowledgement, ack.Class)
	require.NotContains(t, ack.Text, r.Secret, "it is never stored")

	sent, err := c.Composer.Render(t.Context(), ack.ID, mail)
	require.NoError(t, err)
	link, err := url.Parse(regexp.MustCompile(`https://\S+`).FindString(sent.Content.Text))
	require.NoError(t, err)
	require.Equal(t, "https://valdoria.example/c/webform/moduli/richiesta", link.Scheme+"://"+link.Host+link.Path)
	require.NotNil(t, c.show(t, link.Query().Get("n"), link.Query().Get("s")))
}
