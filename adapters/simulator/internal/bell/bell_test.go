package bell_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator/internal/bell"
)

func TestRingsAreMergedAndReachEveryListener(t *testing.T) {
	t.Parallel()
	var b bell.Bell
	b.Ring()
	one, stopOne := b.Listen()
	two, stopTwo := b.Listen()
	defer stopTwo()
	require.Empty(t, one, "a ring before the subscription is not heard")

	b.Ring()
	b.Ring()
	require.Len(t, one, 1)
	require.Len(t, two, 1)
	<-one

	stopOne()
	b.Ring()
	require.Empty(t, one)
	require.Len(t, two, 1)
}
