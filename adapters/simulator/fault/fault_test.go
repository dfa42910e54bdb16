package fault_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator/fault"
)

func TestAFaultShowsAsOftenAsAskedToTheAddressesItConcerns(t *testing.T) {
	t.Parallel()
	var b fault.Board
	set, err := b.Set(fault.Fault{Kind: fault.RejectRecipient, Match: "Anna@Posta.example", Code: 451, Times: 2})
	require.NoError(t, err)
	require.EqualValues(t, 1, set.ID)

	_, hit := b.Take(fault.RejectData, "anna@posta.example")
	require.False(t, hit, "another kind")
	_, hit = b.Take(fault.RejectRecipient, "bruno@posta.example")
	require.False(t, hit, "another address")
	for i := range 2 {
		f, hit := b.Take(fault.RejectRecipient, "bruno@posta.example", "ANNA@posta.example")
		require.True(t, hit)
		require.Equal(t, i+1, f.Shown)
	}
	_, hit = b.Take(fault.RejectRecipient, "anna@posta.example")
	require.False(t, hit, "shown twice already")
	require.Empty(t, b.List())
}

func TestAFaultWithoutCountStaysUntilRemoved(t *testing.T) {
	t.Parallel()
	var b fault.Board
	all, err := b.Set(fault.Fault{Kind: fault.RefuseLogin})
	require.NoError(t, err)
	domain, err := b.Set(fault.Fault{Kind: fault.DropAfterData, Match: "@posta.example"})
	require.NoError(t, err)

	for range 3 {
		_, hit := b.Take(fault.RefuseLogin)
		require.True(t, hit)
	}
	_, hit := b.Take(fault.DropAfterData, "x@posta.example")
	require.True(t, hit)
	_, hit = b.Take(fault.DropAfterData, "x@altra-posta.example")
	require.False(t, hit)

	require.Equal(t, 3, b.List()[0].Shown)
	require.True(t, b.Remove(all.ID))
	require.False(t, b.Remove(all.ID))
	require.Equal(t, []fault.Fault{{ID: domain.ID, Kind: fault.DropAfterData, Match: "@posta.example", Shown: 1}}, b.List())
	b.Clear()
	require.Empty(t, b.List())
}

func TestInvalidFaultsAreRefused(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]fault.Fault{
		"unknown kind":   {Kind: "explode"},
		"no code":        {Kind: fault.RejectRecipient},
		"positive code":  {Kind: fault.RejectData, Code: 250},
		"negative times": {Kind: fault.RefuseLogin, Times: -1},
		"endless delay":  {Kind: fault.DelayReply, Delay: time.Hour},
		"two lines":      {Kind: fault.RejectData, Code: 550, Text: "no\r\n250 ok"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b fault.Board
			_, err := b.Set(f)
			require.ErrorIs(t, err, fault.ErrInvalid)
		})
	}
}
