package simulator_test

import (
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator"
	"sportello.dev/adapters/simulator/fault"
)

func set(t *testing.T, w *simulator.World, f fault.Fault) {
	t.Helper()
	_, err := w.Faults().Set(f)
	require.NoError(t, err)
}

func TestSubmissionFaults(t *testing.T) {
	t.Parallel()
	const citizen = "anna@posta.example"
	for name, c := range map[string]struct {
		fault  fault.Fault
		code   int  // the answer; 0 for none at all, 250 for acceptance
		stored int  // copies in the citizen's inbox afterwards
		once   bool // whether the next attempt goes through
	}{
		"dropped after data, kept":     {fault.Fault{Kind: fault.DropAfterData, Match: citizen, Times: 1}, 0, 1, true},
		"dropped after data, not kept": {fault.Fault{Kind: fault.DropBeforeStore, Match: citizen, Times: 1}, 0, 0, true},
		"recipient refused for now":    {fault.Fault{Kind: fault.RejectRecipient, Match: "@posta.example", Code: 451, Times: 1}, 451, 0, true},
		"recipient refused for good":   {fault.Fault{Kind: fault.RejectRecipient, Code: 550}, 550, 0, false},
		"message refused":              {fault.Fault{Kind: fault.RejectData, Code: 554, Text: "spam", Times: 1}, 554, 0, true},
		"slow answer":                  {fault.Fault{Kind: fault.DelayReply, Delay: 30 * time.Millisecond, Times: 1}, 250, 1, true},
		"delivered twice":              {fault.Fault{Kind: fault.Duplicate, Match: citizen, Times: 1}, 250, 2, true},
		"of no concern":                {fault.Fault{Kind: fault.RejectRecipient, Match: "bruno@posta.example", Code: 550}, 250, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, simulator.Config{})
			set(t, w, c.fault)
			err := transmit(dial(t, w, town, password), town, []string{citizen}, letterFrom(town, "<one@comune.valdoria.example>"))
			switch c.code {
			case 250:
				require.NoError(t, err)
			case 0:
				require.Error(t, err)
				var reply *smtp.SMTPError
				require.NotErrorAs(t, err, &reply, "the connection broke, nothing was said")
			default:
				require.Equal(t, c.code, code(t, err))
			}
			require.Len(t, fetchAll(t, inbox(t, w, citizen, "valdoria")), c.stored)
			require.EqualValues(t, min(c.stored, 1), w.Journal().Len(), "the journal counts acceptances")

			again := transmit(dial(t, w, town, password), town, []string{citizen}, letterFrom(town, "<two@comune.valdoria.example>"))
			require.Equal(t, c.once, again == nil)
		})
	}
}

func TestRefusedLoginsAndConnections(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	set(t, w, fault.Fault{Kind: fault.RefuseLogin, Match: town, Times: 2})
	require.Equal(t, 535, code(t, dial(t, w, "", "").Auth(sasl.NewPlainClient("", town, password))))
	c, err := imapclient.DialInsecure(w.IMAPAddr(), nil)
	require.NoError(t, err)
	defer func() { _ = c.Close() }()
	require.Error(t, c.Login(town, password).Wait())
	require.NoError(t, c.Login(town, password).Wait(), "both times are used up")

	set(t, w, fault.Fault{Kind: fault.RefuseConnection, Times: 2})
	s, err := smtp.Dial(w.SMTPAddr())
	require.NoError(t, err)
	require.Equal(t, 421, code(t, s.Hello("x")))
	require.NoError(t, s.Close())
	i, err := imapclient.DialInsecure(w.IMAPAddr(), nil)
	require.NoError(t, err)
	require.Error(t, i.WaitGreeting())
	_ = i.Close()
}

func TestCutConnections(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	fromOutside(t, w, "a@posta.example", letterFrom("a@posta.example", ""))
	one, other := inbox(t, w, town, password), inbox(t, w, "anna@posta.example", "valdoria")
	require.Equal(t, 1, w.CutIMAP(town))
	require.Error(t, one.Noop().Wait())
	require.NoError(t, other.Noop().Wait())
	require.Equal(t, 1, w.CutIMAP(""))
	require.Error(t, other.Noop().Wait())

	s := dial(t, w, "", "")
	require.NoError(t, s.Noop())
	require.Positive(t, w.CutSMTP())
	require.Error(t, s.Noop())

	set(t, w, fault.Fault{Kind: fault.DropFetch, Match: town, Times: 1})
	c := inbox(t, w, town, password)
	_, err := c.Fetch(imap.SeqSetNum(1), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{{Peek: true}}}).Collect()
	require.Error(t, err)
	require.Len(t, townMail(t, w), 1, "the next try gets it")
}
