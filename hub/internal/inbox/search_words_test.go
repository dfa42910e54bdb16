package inbox

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Many search at once: what one looks for does not mix with what another does.
func TestSearchesDoNotMix(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	for _, word := range []string{"perché", "città", "è", "fôrét"} {
		all.Go(func() {
			text := strings.Repeat(word+" ", 5)
			want := wordQuery(text)
			for range 200 {
				require.Equal(t, want, wordQuery(text))
			}
		})
	}
	all.Wait()
}
