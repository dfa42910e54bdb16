package channel_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channelpb"
	"sportello.dev/plugins-sdk/channeltest"
)

func TestPreferencesAreAskedForAndConfirmed(t *testing.T) {
	t.Parallel()
	host := channeltest.NewHost()
	client := withHost(t, host)
	key := channel.TicketKey{Number: "2026-000009-6", Secret: "secret"}
	refused, err := client.AskPreference(t.Context(), key, "anna@posta.example", "it")
	require.NoError(t, err)
	require.Equal(t, channel.AskRefused, refused.Outcome)
	host.AddTicket(key.Secret, &channelpb.PublicTicket{Number: key.Number, PreferenceOffered: true})
	asked, err := client.AskPreference(t.Context(), key, "anna@posta.example", "it")
	require.NoError(t, err)
	require.Equal(t, channel.Asked{
		Outcome: channel.AskSent, Request: asked.Request, Address: channel.AnswerAddress{Kind: "email", Masked: "a•••@posta.example"}, ValidFor: 10 * time.Minute,
	}, asked)
	wrong, err := client.ConfirmPreference(t.Context(), key, asked.Request, "999999")
	require.NoError(t, err)
	require.Equal(t, channel.Confirmed{Outcome: channel.ConfirmWrong, TriesLeft: 4}, wrong)
	done, err := client.ConfirmPreference(t.Context(), key, asked.Request, host.Code("anna@posta.example"))
	require.NoError(t, err)
	require.Equal(t, channel.ConfirmDone, done.Outcome)
	shown, _, err := client.LookupTicket(t.Context(), key)
	require.NoError(t, err)
	require.True(t, shown.PreferenceOffered)
	require.Equal(t, channel.AnswerAddress{Kind: "email", Masked: "a•••@posta.example", Chosen: true}, shown.Answers)
	accepted, err := client.DropPreference(t.Context(), key)
	require.NoError(t, err)
	require.True(t, accepted)
	key.Secret = "guess"
	accepted, err = client.DropPreference(t.Context(), key)
	require.NoError(t, err)
	require.False(t, accepted)
	host.Deny(channel.AskTooMany)
	key.Secret = "secret"
	many, err := client.AskPreference(t.Context(), key, "anna@posta.example", "it")
	require.NoError(t, err)
	require.Equal(t, channel.Asked{Outcome: channel.AskTooMany, RetryAfter: 42 * time.Minute}, many)
}
