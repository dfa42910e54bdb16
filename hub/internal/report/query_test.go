package report

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/office"
)

func TestPreviousPeriod(t *testing.T) {
	t.Parallel()
	parse := func(s string) office.Date {
		d, err := time.Parse(time.DateOnly, s)
		require.NoError(t, err)
		return office.DateOf(d)
	}
	for name, c := range map[string][4]string{
		"a month":                    {"2026-11-01", "2026-11-30", "2026-10-01", "2026-10-31"},
		"a month after a longer one": {"2026-03-01", "2026-03-31", "2026-02-01", "2026-02-28"},
		"a month so far":             {"2026-11-01", "2026-11-18", "2026-10-01", "2026-10-18"},
		"more days than it had":      {"2026-03-01", "2026-03-30", "2026-02-01", "2026-02-28"},
		"a year":                     {"2026-01-01", "2026-12-31", "2025-01-01", "2025-12-31"},
		"a year so far":              {"2026-01-01", "2026-11-28", "2025-01-01", "2025-11-28"},
		"a quarter":                  {"2026-04-01", "2026-06-30", "2026-01-01", "2026-03-31"},
		"a week":                     {"2026-11-23", "2026-11-29", "2026-11-16", "2026-11-22"},
		"a day":                      {"2026-03-29", "2026-03-29", "2026-03-28", "2026-03-28"},
	} {
		first, last := (&Query{First: parse(c[0]), Last: parse(c[1])}).previous()
		require.Equal(t, [2]string{c[2], c[3]}, [2]string{first.String(), last.String()}, name)
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		values := make([]int32, 1+rng.IntN(400))
		for i := range values {
			values[i] = rng.Int32N(1 + rng.Int32N(500))
		}
		sorted := slices.Sorted(slices.Values(values))
		k := rng.IntN(len(values))
		require.Equal(t, sorted[k], nth(slices.Clone(values), k))
	}
	require.Equal(t, int32(2), quantile([]int32{3, 1, 2}, 5))
	require.Equal(t, int32(1), quantile([]int32{1, 2}, 5), "one of two does not take longer")
	require.Zero(t, quantile(nil, 9))
}
