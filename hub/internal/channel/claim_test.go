package channel_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyring"
)

func TestClaimsHoldForTheirBlobAndChannelAlone(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/keys"
	ring, err := keyring.Load(path, true)
	require.NoError(t, err)
	again, err := keyring.Load(path, false)
	require.NoError(t, err)
	here, elsewhere := channel.NewStore(ring), channel.NewStore(again)
	mine, other := id.New[id.Channel](), id.New[id.Channel]()
	sum, otherSum := sha256.Sum256([]byte("foto")), sha256.Sum256([]byte("altra"))
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	claim, err := here.Claim(mine, sum, 4, now)
	require.NoError(t, err)

	size, ok := elsewhere.Claimed(mine, sum, claim, now.Add(5*24*time.Hour))
	require.True(t, ok, "another replica")
	require.EqualValues(t, 4, size)
	for name, held := range map[string]bool{
		"another channel": claimed(here, other, sum, claim, now),
		"another blob":    claimed(here, mine, otherSum, claim, now),
		"changed":         claimed(here, mine, sum, claim[:len(claim)-2]+"AA", now),
		"none":            claimed(here, mine, sum, "", now),
		"nonsense":        claimed(here, mine, sum, "\x00!", now),
		"too late":        claimed(here, mine, sum, claim, now.Add(7*24*time.Hour)),
	} {
		require.False(t, held, name)
	}
}

func claimed(s *channel.Store, c id.Channel, sum [sha256.Size]byte, claim string, now time.Time) bool {
	_, ok := s.Claimed(c, sum, claim, now)
	return ok
}
