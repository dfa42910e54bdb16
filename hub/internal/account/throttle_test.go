package account

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestThrottleStopsOnePersonAtOnePlace(t *testing.T) {
	t.Parallel()
	th := newThrottle(tallies)
	for range 5 {
		_, err := th.charge("lucia", "10.0.0.1", noon)
		require.NoError(t, err)
	}
	_, err := th.charge("lucia", "10.0.0.1", noon)
	var throttled *ThrottledError
	require.ErrorAs(t, err, &throttled)
	require.Equal(t, time.Minute, throttled.After)

	_, err = th.charge("marco", "10.0.0.1", noon)
	require.NoError(t, err, "a colleague at the same place goes on")
	_, err = th.charge("lucia", "10.0.0.1", noon.Add(61*time.Second))
	require.NoError(t, err, "a minute forgives one failure")
	_, err = th.charge("lucia", "10.0.0.1", noon.Add(61*time.Second))
	require.ErrorAs(t, err, &throttled)
}

func TestThrottleStopsAGuesserWhoMovesAbout(t *testing.T) {
	t.Parallel()
	th := newThrottle(tallies)
	stopped := 0
	for i := range 100 {
		if _, err := th.charge("lucia", fmt.Sprintf("10.0.0.%d", i), noon); err != nil {
			stopped++
		}
	}
	require.Equal(t, 70, stopped)
}

func TestThrottleStopsAPlaceThatTriesManyLogins(t *testing.T) {
	t.Parallel()
	th := newThrottle(tallies)
	stopped := 0
	for i := range 100 {
		if _, err := th.charge(fmt.Sprintf("login%d", i), "10.0.0.1", noon); err != nil {
			stopped++
		}
	}
	require.Equal(t, 50, stopped)
}

func TestSuccessCostsNothing(t *testing.T) {
	t.Parallel()
	th := newThrottle(tallies)
	for range 200 {
		refund, err := th.charge("lucia", "10.0.0.1", noon)
		require.NoError(t, err)
		refund()
	}
}

func TestThrottleMemoryIsBounded(t *testing.T) {
	t.Parallel()
	th := newThrottle(tallies)
	for i := range maxBuckets * 2 {
		th.charge(fmt.Sprintf("l%d", i), fmt.Sprintf("p%d", i), noon)
	}
	require.LessOrEqual(t, len(th.buckets), maxBuckets+3)
}
