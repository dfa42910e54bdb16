package channeltest

import (
	"bytes"
	"context"
	"strings"
	"sync"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channelpb"
)

func sendChecks() []check {
	hangs := given(sends, func(s *subject) bool { return s.world.Hang != nil }, "the world has no Hang")
	return []check{
		{"send/hooks given", claimsSend, sendHooks},
		{"send/one attempt, one effect", sends, sendOnce},
		{"send/answers for each delivery", sends, sendAnswers},
		{"send/same transmission twice is one effect", given(sends, idempotent, "does not claim IDEMPOTENT_SEND"), sendTwice},
		{"send/failures have their class", sends, sendFailures},
		{"send/no hidden retry", sends, sendNoRetry},
		{"send/refused recipient spares the others", given(sends, refuses, "one recipient each, or no RefusedRecipient"), sendPartial},
		{"send/refused recipient", given(sends, hasRefused, "the world has no RefusedRecipient"), sendRefused},
		{"send/ends with its context", hangs, sendCancelled},
		{"send/line breaks cannot escape", sends, sendInjection},
		{"send/attachments arrive whole", given(sends, attaches, "carries no attachments"), sendAttachment},
		{"send/missing attachment sends nothing", given(sends, attaches, "carries no attachments"), sendMissingAttachment},
		{"send/many at once", sends, sendMany},
		{"send/after a restart", sends, sendAfterRestart},
		{"send/look-up finds and proves absence", given(sends, looksUp, "does not claim LOOKUP_DELIVERY"), sendLookup},
	}
}

func idempotent(s *subject) bool { return s.can(channel.CapabilityIdempotentSend) }
func looksUp(s *subject) bool    { return s.can(channel.CapabilityLookup) }
func attaches(s *subject) bool   { return s.profile.Limits.Attachments }
func hasRefused(s *subject) bool { return s.world.RefusedRecipient != nil }
func refuses(s *subject) bool    { return hasRefused(s) && s.profile.Limits.Recipients > 1 }

func sendHooks(t *trial) {
	require.NotNil(t, t.suite.Transmission, "SEND is claimed: the suite needs Transmission")
	require.NotNil(t, t.world.Effects, "SEND is claimed: the world needs Effects")
	require.NotNil(t, t.world.Attempts, "SEND is claimed: the world needs Attempts")
	require.NotEmpty(t, t.world.Faults, "SEND is claimed: the world needs Faults")
}

// accepted demands a positive answer for every recipient.
func (t *trial) accepted(transmission channel.Transmission, results channel.Results, err error) {
	t.Helper()
	require.NoError(t, err)
	for _, recipient := range transmission.Recipients {
		result := results[recipient.DeliveryID]
		require.Nil(t, result.Failure, "delivery %s: %v", recipient.DeliveryID, result.Failure)
		require.NotNil(t, result.Accepted, "delivery %s", recipient.DeliveryID)
		require.Contains(t, []channel.DeliveryState{
			channel.DeliveryAccepted, channel.DeliverySent, channel.DeliveryDelivered,
		}, result.Accepted.State)
	}
}

func sendOnce(t *trial) {
	transmission := t.suite.Transmission(0)
	results, err := t.open().Send(transmission)
	t.accepted(transmission, results, err)
	effects := t.world.Effects()
	require.Len(t, effects, 1)
	require.Equal(t, transmission.Recipients[0].Address.Value, effects[0].Recipient)
	require.Equal(t, 1, t.world.Attempts())
}

func sendAnswers(t *trial) {
	h := t.open()
	transmission := t.suite.Transmission(0)
	request := channel.TransmissionToProto(ChannelID, transmission)
	answer, err := h.Client.Send(h.Context(), request)
	require.NoError(t, err)
	require.Len(t, answer.GetResults(), len(transmission.Recipients), "one answer for each delivery")
	require.Equal(t, transmission.Recipients[0].DeliveryID, answer.GetResults()[0].GetDeliveryId())
	for _, id := range answer.GetResults()[0].GetAccepted().GetExternalIds() {
		require.NotEmpty(t, id.GetKind())
		require.NotEmpty(t, id.GetValue())
		require.NotEqual(t, channelpb.Issuer_ISSUER_SENDER, id.GetIssuer(), "our message has no foreign sender")
	}
}

func sendTwice(t *trial) {
	h := t.open()
	transmission := t.suite.Transmission(0)
	results, err := h.Send(transmission)
	t.accepted(transmission, results, err)
	transmission.Attempt++
	results, err = h.Send(transmission)
	t.accepted(transmission, results, err)
	require.Len(t, t.world.Effects(), 1, "the same transmission is one message")
	h = t.restart()
	transmission.Attempt++
	results, err = h.Send(transmission)
	t.accepted(transmission, results, err)
	require.Len(t, t.world.Effects(), 1, "a new process keeps to the key as well")
}

func sendFailures(t *trial) {
	h := t.open()
	for n, fault := range t.world.Faults {
		fault.Arm()
		transmission := t.suite.Transmission(n)
		results, err := h.Send(transmission)
		require.NoError(t, err, "%s: a provider's refusal is a result, not an error of the call", fault.Name)
		failure := results[transmission.Recipients[0].DeliveryID].Failure
		require.NotNil(t, failure, fault.Name)
		require.Equal(t, fault.Want, failure.Class, "%s: %v", fault.Name, failure)
		require.NotEmpty(t, failure.Code, fault.Name)
	}
	transmission := t.suite.Transmission(len(t.world.Faults))
	results, err := h.Send(transmission)
	t.accepted(transmission, results, err)
}

func sendNoRetry(t *trial) {
	h := t.open()
	for n, fault := range t.world.Faults {
		before := t.world.Attempts()
		fault.Arm()
		_, err := h.Send(t.suite.Transmission(n))
		require.NoError(t, err)
		require.LessOrEqual(t, t.world.Attempts()-before, 1, "%s: the provider saw more than one attempt", fault.Name)
	}
	require.LessOrEqual(t, len(t.world.Effects()), len(t.world.Faults))
}

func sendPartial(t *trial) {
	transmission := t.suite.Transmission(0)
	refused := channel.Recipient{DeliveryID: "refused", Address: *t.world.RefusedRecipient, Role: channel.RoleTo}
	transmission.Recipients = append(transmission.Recipients, refused)
	results, err := t.open().Send(transmission)
	require.NoError(t, err)
	require.NotNil(t, results[transmission.Recipients[0].DeliveryID].Accepted)
	require.NotNil(t, results["refused"].Failure)
	require.Equal(t, channel.FailureRecipient, results["refused"].Failure.Class)
	require.Len(t, t.world.Effects(), 1)
}

func sendRefused(t *trial) {
	transmission := t.suite.Transmission(0)
	transmission.Recipients[0].Address = *t.world.RefusedRecipient
	results, err := t.open().Send(transmission)
	require.NoError(t, err)
	failure := results[transmission.Recipients[0].DeliveryID].Failure
	require.NotNil(t, failure)
	require.Equal(t, channel.FailureRecipient, failure.Class)
	require.Empty(t, t.world.Effects())
}

func sendCancelled(t *trial) {
	h := t.open()
	release := t.world.Hang()
	defer release()
	ctx, cancel := context.WithTimeout(h.Context(), t.suite.Quiet)
	defer cancel()
	transmission := t.suite.Transmission(0)
	results, err := h.SendWithin(ctx, transmission)
	if err == nil {
		// The adapter heard of the end before the caller did: it does not know, or knows that nothing had begun.
		failure := results[transmission.Recipients[0].DeliveryID].Failure
		require.NotNil(t, failure)
		require.Contains(t, []channel.FailureClass{channel.FailureUnknownOutcome, channel.FailureTransient}, failure.Class)
	} else {
		require.Contains(t, []codes.Code{codes.DeadlineExceeded, codes.Canceled}, status.Code(err))
	}
	require.NoError(t, h.Close(), "the attempt ended with its context, so the channel closes")
	require.LessOrEqual(t, t.world.Attempts(), 1)
}

func sendInjection(t *trial) {
	transmission := t.suite.Transmission(0)
	const smuggled = "\r\nX-Smuggled: yes\r\nBcc: stranger@example.net\r\n\r\nbody"
	transmission.Content.Subject = "Subject" + smuggled
	transmission.SenderName = "Office" + smuggled
	transmission.Recipients[0].Address.Name = "Name" + smuggled
	_, err := t.open().Send(transmission)
	require.NoError(t, err)
	effects := t.world.Effects()
	require.LessOrEqual(t, len(effects), 1, "a smuggled recipient got the message")
	for _, effect := range effects {
		header, _, _ := strings.Cut(strings.ReplaceAll(string(effect.Wire), "\r\n", "\n"), "\n\n")
		for line := range strings.SplitSeq(header, "\n") {
			require.False(t, strings.HasPrefix(line, "X-Smuggled:"), "a line break escaped: %q", line)
			require.False(t, strings.HasPrefix(strings.ToLower(line), "bcc:"), "a line break escaped: %q", line)
		}
	}
}

const attachmentSize = 600 << 10

func (t *trial) withAttachment() (channel.Transmission, []byte) {
	data := bytes.Repeat([]byte("0123456789abcdef"), attachmentSize/16)
	transmission := t.suite.Transmission(0)
	transmission.Content.Attachments = []channel.Attachment{{
		Blob: t.host.AddBlob(data), Name: "modulo d'iscrizione.txt", MediaType: "text/plain",
	}}
	return transmission, data
}

func sendAttachment(t *trial) {
	h := t.open()
	transmission, data := t.withAttachment()
	results, err := h.Send(transmission)
	t.accepted(transmission, results, err)
	effects := t.world.Effects()
	require.Len(t, effects, 1)
	require.Len(t, effects[0].Attachments, 1)
	require.True(t, bytes.Equal(data, effects[0].Attachments[0]), "the attachment differs")
}

func sendMissingAttachment(t *trial) {
	h := t.open()
	transmission, _ := t.withAttachment()
	t.host.Refuse(GetBlob, status.Error(codes.Unavailable, "not now"))
	results, err := h.Send(transmission)
	require.NoError(t, err)
	require.Empty(t, t.world.Effects(), "a message without its attachment left")
	failure := results[transmission.Recipients[0].DeliveryID].Failure
	require.NotNil(t, failure)
	require.Equal(t, channel.FailureTransient, failure.Class, "nothing has left, so it can be tried again: %v", failure)
}

func sendMany(t *trial) {
	h := t.open()
	count := min(int(max(t.profile.Limits.Concurrency, 1)), 8)
	var sending sync.WaitGroup
	failures := make([]error, count)
	for n := range count {
		sending.Go(func() { _, failures[n] = h.Send(t.suite.Transmission(n)) })
	}
	sending.Wait()
	for _, err := range failures {
		require.NoError(t, err)
	}
	require.Len(t, t.world.Effects(), count)
}

func sendAfterRestart(t *trial) {
	h := t.open()
	_, err := h.Send(t.suite.Transmission(0))
	require.NoError(t, err)
	transmission := t.suite.Transmission(1)
	results, err := t.restart().Send(transmission)
	t.accepted(transmission, results, err)
	require.Len(t, t.world.Effects(), 2)
}

func sendLookup(t *trial) {
	h := t.open()
	sent, other := t.suite.Transmission(0), t.suite.Transmission(1)
	results, err := h.Send(sent)
	t.accepted(sent, results, err)
	query := func(transmission channel.Transmission) channel.Finding {
		finding, err := h.Lookup(channel.Query{
			TransmissionID: transmission.ID, Attempt: 1, Thread: transmission.Thread, Recipients: transmission.Recipients,
		})
		require.NoError(t, err)
		return finding
	}
	finding := query(sent)
	require.Equal(t, channel.VerdictFound, finding.Verdict)
	require.NotNil(t, finding.Results[sent.Recipients[0].DeliveryID].Accepted)
	require.NotEqual(t, channel.VerdictFound, query(other).Verdict, "what was never sent is not found")
	require.Len(t, t.world.Effects(), 1, "looking up sends nothing")
}
