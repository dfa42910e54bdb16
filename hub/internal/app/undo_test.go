package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/httpapi/api"
)

func TestAReplyCalledBackNeverLeaves(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	anna, about := o.citizen(domain), mark()
	anna.write(t, anna.letter("Buca "+about, "C'è una buca."))
	tk := o.ticket(t, about)
	withdrawn := o.reply(t, tk.Number, api.Reply{Text: "Errore. " + mark(), DelaySeconds: new(2)})
	require.NotNil(t, withdrawn.CancelUntil)
	require.Equal(t, api.DeliveryStateQueued, withdrawn.Deliveries[0].State)
	back := ask[api.Message](t, o.desk, http.MethodPost, "/messages/"+withdrawn.ID.String()+"/cancel", nil, http.StatusOK)
	require.Equal(t, api.DeliveryStateCancelled, back.Deliveries[0].State)
	require.Contains(t, back.Flags, "cancelled")

	// This one's time comes after that of the one called back.
	sent := o.reply(t, tk.Number, api.Reply{Text: "Ecco. " + mark(), DelaySeconds: new(3)})
	anna.answered(t, sent.Text)
	for _, l := range anna.inbox(t) {
		require.NotContains(t, l.text, withdrawn.Text)
	}
	again := get[api.Message](t, o.desk, "/messages/"+withdrawn.ID.String())
	require.Equal(t, api.DeliveryStateCancelled, again.Deliveries[0].State)
	require.Zero(t, again.Deliveries[0].Attempts)

	// What has left cannot be called back, and what was called back is so once.
	o.awaitState(t, sent, api.DeliveryStateAccepted)
	for _, m := range []api.Message{sent, withdrawn} {
		require.Equal(t, "too_late", o.refused(t, http.MethodPost, "/messages/"+m.ID.String()+"/cancel", nil, http.StatusConflict))
	}
}

func TestAReplyToWhatIsNotTheLastIsHeldBack(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	anna, about := o.citizen(domain), mark()
	anna.write(t, anna.letter("Buca "+about, "C'è una buca."))
	tk := o.ticket(t, about)
	seen := o.awaitInbound(t, tk.Number, 1)
	ack := anna.acknowledged(t)
	anna.write(t, anna.letter("Re: "+decoded(t, ack.Get("Subject")), "Anzi, due.", "In-Reply-To: "+ack.Get("Message-Id")+"\r\n"))
	newer := o.awaitInbound(t, tk.Number, 2)

	stale := api.Reply{Text: "Una buca: domani. " + mark(), SeenMessageID: new(seen.ID)}
	path := "/tickets/" + tk.Number + "/replies"
	require.Equal(t, "newer_message", o.refused(t, http.MethodPost, path, stale, http.StatusConflict))
	require.Len(t, outbound(o.messages(t, tk.Number)), 1, "nothing was written")
	sent := o.reply(t, tk.Number, api.Reply{Text: "Due buche: domani. " + mark(), SeenMessageID: new(newer.ID)})
	anna.answered(t, sent.Text)
	for _, l := range anna.inbox(t) {
		require.False(t, strings.Contains(l.text, stale.Text))
	}

	// The same request again, as after a lost answer, is the same reply.
	once := api.Reply{Text: "Anzi, oggi. " + mark(), SeenMessageID: new(sent.ID)}
	first := o.reply(t, tk.Number, once, "chiave-"+about)
	require.Equal(t, first.ID, o.reply(t, tk.Number, once, "chiave-"+about).ID)
	anna.answered(t, once.Text)
	require.Len(t, outbound(o.messages(t, tk.Number)), 3)
}
