package email_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/email"
	"sportello.dev/adapters/internal/mime"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channelpb"
	"sportello.dev/plugins-sdk/channeltest"
)

func parsed(t *testing.T, wire []byte) *mime.Mail {
	t.Helper()
	mail, err := mime.Parse(t.Context(), bytes.NewReader(wire), mime.DefaultLimits(), mime.Discard{})
	require.NoError(t, err)
	return mail
}

// sent sends one transmission and returns what the server took.
func sent(t *testing.T, w *mailWorld, config []byte, transmission channel.Transmission) (takenMail, channel.Results) {
	t.Helper()
	results, err := opened(t, config).Send(transmission)
	require.NoError(t, err)
	mails := w.out.mails()
	require.Len(t, mails, 1, "%+v", results)
	return mails[0], results
}

func withPlus(top, _, _ object) { top["plus_address"] = true }

func TestSentMail(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	out := transmission(1)
	out.Thread.ReplyToken = "tabcdefghijklmnopqrstuvwxyz"
	out.Thread.Headers = map[string]string{"thread-index": "AQHa", "thread-topic": "Richiesta"}
	out.Content.HTML = "<p>Gentile signor Rossi</p>"
	taken, results := sent(t, w, w.config(withPlus), out)

	require.Equal(t, ownAddress, taken.from)
	require.Equal(t, []string{"mario.rossi@example.com"}, taken.recipients)
	require.Equal(t, "transmission-1", taken.options.EnvelopeID, "a bounce names the transmission")
	require.Equal(t, smtp.DSNReturnHeaders, taken.options.Return)
	require.GreaterOrEqual(t, taken.options.Size, int64(len(taken.wire)))

	mail := parsed(t, taken.wire)
	require.Equal(t, []mime.Address{{Name: "Ufficio Tributi", Email: ownAddress}}, mail.From)
	require.Equal(t, "urp+tabcdefghijklmnopqrstuvwxyz@comune.esempio.it", mail.ReplyTo[0].Email)
	require.Equal(t, "m.x1.y@comune.esempio.it", mail.MessageID)
	require.Equal(t, []string{"a1@example.com"}, mail.InReplyTo)
	require.Equal(t, []string{"a0@example.com", "a1@example.com"}, mail.References)
	require.Equal(t, "AQHa", mail.Header("Thread-Index"))
	require.Equal(t, "it", mail.Header("Content-Language"))
	require.Equal(t, "<p>Gentile signor Rossi</p>\n", mail.HTML)
	require.Equal(t, out.Content.Text, mail.Text)
	require.False(t, mail.HasHeader("Auto-Submitted"), "a person wrote it")

	accepted := results["delivery-1"].Accepted
	require.NotNil(t, accepted)
	require.Equal(t, channel.DeliveryAccepted, accepted.State)
	require.Contains(t, accepted.ExternalIDs, channel.ExternalID{
		Kind: "message_id", Value: "<m.x1.y@comune.esempio.it>", Issuer: channel.IssuerHub,
	})
}

// Where no mail reaches address+token, the token goes with the text and comes back with what people quote, whatever
// their program makes of the header.
func TestTheTokenGoesWithTheText(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	out := transmission(1)
	out.Thread.ReplyToken = "tabcdefghijklmnopqrstuvwxyz"
	out.Content.HTML = "<p>Gentile signor Rossi</p>"
	taken, _ := sent(t, w, w.config(), out)
	mail := parsed(t, taken.wire)
	require.Empty(t, mail.ReplyTo)
	require.Contains(t, mail.Text, "\n\nCodice di risposta, da lasciare nel messaggio: tabcdefghijklmnopqrstuvwxyz")
	require.Contains(t, mail.HTML, "<small>Codice di risposta, da lasciare nel messaggio: tabcdefghijklmnopqrstuvwxyz</small>")

	h := opened(t, w.config())
	w.inject([]byte("From: mario.rossi@example.com\r\nTo: " + ownAddress + "\r\nSubject: R: Richiesta\r\nMessage-ID: <x@example.com>\r\n" +
		"In-Reply-To: <riscritto@relay.example.com>\r\n\r\nGrazie.\r\n\r\n> " + strings.ReplaceAll(strings.TrimSpace(mail.Text), "\n", "\r\n> ") + "\r\n"))
	message := h.Ingest(nil, 8).Next().Event.Body.(*channel.InboundMessage)
	require.Equal(t, []string{"tabcdefghijklmnopqrstuvwxyz"}, message.Tokens)
}

func TestAutomaticMailSaysSo(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	out := transmission(1)
	out.Origin = channel.OriginAutomatic
	taken, _ := sent(t, w, w.config(), out)
	mail := parsed(t, taken.wire)
	require.Equal(t, "auto-generated", mail.Header("Auto-Submitted"))
	require.Equal(t, "All", mail.Header("X-Auto-Response-Suppress"))
	require.Empty(t, mail.ReplyTo, "no plus address without the setting")
}

// What we sent and get back is known as ours, whoever sends it back.
func TestOwnMailComingBackIsALoop(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	h := opened(t, w.config())
	_, err := h.Send(transmission(1))
	require.NoError(t, err)
	back := bytes.Replace(w.out.mails()[0].wire, []byte("From: \"Ufficio Tributi\" <"+ownAddress+">"), []byte("From: altri@example.com"), 1)
	require.NotEqual(t, back, w.out.mails()[0].wire)
	w.inject(back)
	message := h.Ingest(nil, 8).Next().Event.Body.(*channel.InboundMessage)
	require.Equal(t, channel.ClassOwnLoop, message.Class)
}

func TestSeveralRecipients(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	out := transmission(1)
	add := func(id, address string, role channel.Role) {
		out.Recipients = append(out.Recipients, channel.Recipient{
			DeliveryID: id, Role: role, Address: channel.Address{Kind: "email", Value: address},
		})
	}
	add("cc", "anna@example.com", channel.RoleCC)
	add("refused", refusedAddress, channel.RoleCC)
	add("broken", "non un indirizzo", channel.RoleTo)
	taken, results := sent(t, w, w.config(), out)
	require.Equal(t, []string{"mario.rossi@example.com", "anna@example.com"}, taken.recipients)
	mail := parsed(t, taken.wire)
	require.Equal(t, "mario.rossi@example.com", mail.To[0].Email)
	require.Equal(t, "anna@example.com", mail.Cc[0].Email)
	require.NotNil(t, results["delivery-1"].Accepted)
	require.NotNil(t, results["cc"].Accepted)
	require.Equal(t, "550 5.1.1", results["refused"].Failure.ProviderCode)
	require.Equal(t, channel.FailureRecipient, results["broken"].Failure.Class)
	require.Len(t, results, 4)
}

func TestInlineImageAndAttachment(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	host := channeltest.NewHost()
	h := opened(t, w.config(), channeltest.OnHost(host))
	image, form := []byte("\x89PNG\r\n\x1a\nimage"), bytes.Repeat([]byte("%PDF-1.4 "), 50_000)
	out := transmission(1)
	out.Content.HTML = `<img src="cid:logo@comune">`
	out.Content.Attachments = []channel.Attachment{
		{Blob: host.AddBlob(image), Name: "logo.png", MediaType: "image/png", ContentID: "logo@comune", Inline: true},
		{Blob: host.AddBlob(form), Name: "modulo è.pdf", MediaType: "application/pdf"},
	}
	results, err := h.Send(out)
	require.NoError(t, err)
	require.NotNil(t, results["delivery-1"].Accepted, "%+v", results)
	mail := parsed(t, w.out.mails()[0].wire)
	require.Len(t, mail.Attachments, 2)
	require.True(t, mail.Attachments[0].Inline)
	require.Equal(t, "modulo è.pdf", mail.Attachments[1].Name)
	require.Equal(t, int64(len(form)), mail.Attachments[1].Size)
}

func TestTooLargeForTheServer(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	host := channeltest.NewHost()
	h := opened(t, w.config(), channeltest.OnHost(host))
	out := transmission(1)
	out.Content.Attachments = []channel.Attachment{{Blob: host.AddBlob(make([]byte, 25<<20)), Name: "a.bin"}}
	results, err := h.Send(out)
	require.NoError(t, err)
	require.Equal(t, channel.FailureContent, results["delivery-1"].Failure.Class)
	require.Equal(t, "smtp.size", results["delivery-1"].Failure.Code)
	require.Zero(t, w.out.attempted())
}

func TestRefusedCredentialsShowInHealth(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	h := opened(t, w.config())
	w.out.arm(fault{auth: smtp.ErrAuthFailed})
	results, err := h.Send(transmission(1))
	require.NoError(t, err)
	require.Equal(t, channel.FailureConfig, results["delivery-1"].Failure.Class)
	report, err := h.Health(func(r *channelpb.WatchHealthResponse) bool {
		return r.GetState() == channelpb.WatchHealthResponse_STATE_MISCONFIGURED
	})
	require.NoError(t, err)
	require.Equal(t, "smtp.auth", report.GetCode())
	_, err = h.Send(transmission(2))
	require.NoError(t, err)
	_, err = h.Health(func(r *channelpb.WatchHealthResponse) bool {
		return r.GetState() == channelpb.WatchHealthResponse_STATE_HEALTHY
	})
	require.NoError(t, err, "a good send clears it")
}

func TestLookup(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	config := w.config(func(_, in, _ object) { in["sent_folder"] = sentFolder })
	h := opened(t, config)
	w.out.arm(fault{dropAfter: true})
	out := transmission(1)
	results, err := h.Send(out)
	require.NoError(t, err)
	require.Equal(t, channel.FailureUnknownOutcome, results["delivery-1"].Failure.Class)
	finding, err := h.Lookup(channel.Query{TransmissionID: out.ID, Thread: out.Thread, Recipients: out.Recipients})
	require.NoError(t, err)
	require.Equal(t, channel.VerdictFound, finding.Verdict)
	require.NotNil(t, finding.Results["delivery-1"].Accepted)

	other := transmission(2)
	finding, err = h.Lookup(channel.Query{TransmissionID: other.ID, Thread: other.Thread, Recipients: other.Recipients})
	require.NoError(t, err)
	require.Equal(t, channel.VerdictUnknown, finding.Verdict, "not finding it proves nothing")
}

func TestProfileFollowsTheConfiguration(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	open := func(config []byte) channel.Profile {
		h := channeltest.Start(t, email.New(time.Now))
		profile, err := h.Open(channeltest.Opening{Config: config, Secrets: secrets()})
		require.NoError(t, err)
		return profile
	}
	both := open(w.config(withPlus))
	require.Contains(t, both.Capabilities, channel.CapabilitySend)
	require.NotContains(t, both.Capabilities, channel.CapabilityLookup)
	require.Equal(t, channel.ReconcileNone, both.Reconcile)
	require.True(t, both.ReplyToken)
	require.False(t, both.AuthenticatesSenders)
	receiving := open(w.config(func(top, _, _ object) {
		delete(top, "smtp")
		top["authserv_ids"] = []string{"mx.comune.it"}
	}))
	require.NotContains(t, receiving.Capabilities, channel.CapabilitySend)
	require.True(t, receiving.AuthenticatesSenders)
}

func TestMessageIDIsDemanded(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	out := transmission(1)
	out.Thread.MessageID = ""
	results, err := opened(t, w.config()).Send(out)
	require.NoError(t, err)
	require.Equal(t, channel.FailureContent, results["delivery-1"].Failure.Class)
	out.Thread.MessageID = "<" + strings.Repeat("x", 2000) + ">"
	results, err = opened(t, w.config()).Send(out)
	require.NoError(t, err)
	require.Equal(t, "smtp.header", results["delivery-1"].Failure.Code)
	require.Empty(t, w.out.mails())
}
