package intake

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAWorkerBeginsWhenItIsWorthWhile(t *testing.T) {
	t.Parallel()
	c := newCrew()
	may := func(waited bool) bool {
		_, ok := c.begin(waited)
		return ok
	}
	woken := func() bool {
		select {
		case <-c.arrived:
			return true
		default:
			return false
		}
	}
	c.announce(1)
	require.True(t, woken())
	require.True(t, may(false), "nobody works: at once")
	c.taken(1)
	c.announce(share - 1)
	require.True(t, woken())
	require.False(t, may(false), "few wait for the one who works")
	require.True(t, may(true), "but not for ever")
	c.end()
	c.announce(1)
	require.True(t, may(false), "many do not wait")
	c.taken(share)
	c.end()
	c.end()
	for woken() {
	}
	require.True(t, may(false))
	c.announce(1)
	require.True(t, woken())
	require.False(t, may(false), "the refused one sleeps")
	c.end()
	require.True(t, woken(), "and is woken for what came meanwhile")
}
