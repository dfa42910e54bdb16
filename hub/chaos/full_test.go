//go:build chaosfull

package chaos

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestKillFull is the kill test in full: 2,000 mails, more than 20 kills of hub
// and adapter, two of PostgreSQL. It takes some minutes.
func TestKillFull(t *testing.T) {
	p, err := sound()
	require.NoError(t, err)
	seed := chance()
	pass(t, "full", plan{
		programs: p, seed: seed, letters: 2000, citizens: 400, pace: 50 * time.Millisecond, texts: 500, forms: 200, replies: 500, calm: 8 * time.Second,
		disasters: shuffled(seed), patient: true,
	})
}

// shuffled is the full list of disasters in an order of chance.
func shuffled(seed uint64) []disaster {
	var all []disaster
	for _, d := range []struct {
		disaster
		times int
	}{
		{killHub, 8}, {killAdapter, 8}, {killServer, 2}, {killAll, 1}, {beforeCommit, 3}, {afterAccept, 2}, {afterAcceptHub, 2},
		{deliveredTwice, 3}, {renumber, 2}, {killAsked, 3},
	} {
		for range d.times {
			all = append(all, d.disaster)
		}
	}
	random := rand.New(rand.NewPCG(seed, 4))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}
