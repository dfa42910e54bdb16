package sms_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/internal/gsm"
	"sportello.dev/adapters/internal/smpp"
	"sportello.dev/adapters/sms"
	"sportello.dev/adapters/sms/internal/smsctest"
	"sportello.dev/plugins-sdk/channel"
)

func texted(text string) channel.Transmission {
	t := transmission(0)
	t.Content.Text = text
	return t
}

func (r *rig) accepted(transmission channel.Transmission) *channel.Accepted {
	r.t.Helper()
	results, err := r.Send(transmission)
	require.NoError(r.t, err)
	result := results[transmission.Recipients[0].DeliveryID]
	require.Nil(r.t, result.Failure, "%v", result.Failure)
	return result.Accepted
}

func (r *rig) failed(transmission channel.Transmission) *channel.Failure {
	r.t.Helper()
	results, err := r.Send(transmission)
	require.NoError(r.t, err)
	failure := results[transmission.Recipients[0].DeliveryID].Failure
	require.NotNil(r.t, failure)
	return failure
}

func TestTextsAsTheyTravel(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change object
		text   string
		coding byte
		want   string
		whole  bool
	}{
		"seven bits":               {nil, "Perché € no", 0, "Perch\x05 \x1b\x65 no", true},
		"transliterated":           {nil, "L’ufficio è aperto… È", 0, "L'ufficio \x04 aperto... E'", true},
		"a picture":                {nil, "😀", 8, "\xd8\x3d\xde\x00", true},
		"Latin-1":                  {object{"alphabet": "latin1"}, "Perché no", 0, "Perch\xe9 no", true},
		"Latin-1 without the euro": {object{"alphabet": "latin1"}, "5 €", 8, "\x005\x00 \x20\xac", true},
		"always UCS-2":             {object{"alphabet": "ucs2"}, "no", 8, "\x00n\x00o", true},
		"payload":                  {object{"long_messages": "payload"}, strings.Repeat("a", 300), 0, strings.Repeat("a", 300), true},
		"UDH":                      {nil, strings.Repeat("a", 300), 0, strings.Repeat("a", 153), false},
		"UDH of 16 bits":           {object{"long_messages": "udh16"}, strings.Repeat("a", 300), 0, strings.Repeat("a", 152), false},
		"SAR":                      {object{"long_messages": "sar"}, strings.Repeat("a", 300), 0, strings.Repeat("a", 153), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, c.change)
			accepted := r.accepted(texted(c.text))
			taken := r.centre.Taken()
			require.Len(t, accepted.ExternalIDs, len(taken))
			first := taken[0]
			content := first.Content()
			if first.Class&smpp.ClassUDH != 0 {
				header, rest, err := gsm.SplitHeader(content)
				require.NoError(t, err)
				require.Equal(t, 1, header.Part.Part)
				content = rest
			}
			require.Equal(t, c.want, string(content))
			require.Equal(t, c.coding, first.Coding)
			require.Equal(t, c.whole, len(taken) == 1)
			require.Equal(t, smpp.Address{TON: 1, NPI: 1, Value: townDigits}, first.Source)
			last := taken[len(taken)-1]
			require.EqualValues(t, smpp.RegisteredAlways, last.Registered, "the last part tells of the whole")
			if len(taken) > 1 {
				require.EqualValues(t, smpp.RegisteredFailure, first.Registered)
			}
		})
	}
}

func TestWhatIsNoTextMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	require.Equal(t, "sms.empty", r.failed(texted("")).Code)
	require.Equal(t, "sms.length", r.failed(texted(strings.Repeat("😀", 300))).Code)
	to := func(kind, value string) channel.Transmission {
		transmission := transmission(0)
		transmission.Recipients[0].Address = channel.Address{Kind: kind, Value: value}
		return transmission
	}
	for _, unanswerable := range []channel.Transmission{to("short_code", "48000"), to("alphanumeric", "PosteInfo"), to("mobile", "x")} {
		require.Equal(t, channel.FailureRecipient, r.failed(unanswerable).Class)
	}
	require.Zero(t, r.centre.Attempts())
}

// A busy centre in the middle of a long message gets the part again; the parts before it are not sent twice.
func TestThrottledInTheMiddle(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.centre.Arm(smsctest.Fault{}) // the first part goes
	r.centre.Arm(smsctest.Fault{Status: smpp.Throttled})
	r.centre.Arm(smsctest.Fault{Status: smpp.QueueFull})
	r.accepted(texted(strings.Repeat("a", 300)))
	require.Len(t, r.centre.Taken(), 2)
	require.Equal(t, 4, r.centre.Attempts())

	r.centre.Arm(smsctest.Fault{Status: smpp.Throttled})
	failure := r.failed(texted(strings.Repeat("a", 300)))
	require.Equal(t, channel.FailureRateLimited, failure.Class, "nothing has gone: the hub waits")
	require.Positive(t, failure.RetryAfter)
	require.Equal(t, 5, r.centre.Attempts())
}

// An answer that comes after we gave up settles the attempt.
func TestALateAnswerIsReported(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.Kill()
	r.start(sms.Hurried(time.Now).WithSubmitWait(50 * time.Millisecond))
	stream := r.Ingest(nil, 8)
	release := r.centre.Hang()
	failure := r.failed(transmission(0))
	require.Equal(t, channel.FailureUnknownOutcome, failure.Class)
	release()
	late := report(t, stream.Next().Event)
	require.Equal(t, "delivery-0", late.DeliveryID)
	require.Equal(t, channel.DeliveryAccepted, late.State)
	require.Equal(t, "late", late.ExternalIDs[0].Value)
}

// A session that broke is opened again before the next message goes.
func TestABrokenSessionIsOpenedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.accepted(transmission(0))
	r.centre.BreakAll()
	r.eventually(func() bool { return r.centre.Binds() == 2 }, "a new session")
	r.accepted(transmission(1))
}
