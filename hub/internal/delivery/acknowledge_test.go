package delivery

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// An acknowledgement by text message costs one message, also where the town has a long name.
func TestAcknowledgementsByTextAreShort(t *testing.T) {
	t.Parallel()
	const town = "Comune di San Giovanni in Persiceto e Crevalcore"
	for language := range shortAcknowledgements {
		text := fmt.Sprintf(acknowledgementText("mobile", language), "2026-000123-4", strings.ReplaceAll(secretMark, "•", "A"), town)
		require.LessOrEqual(t, utf8.RuneCountInString(text), 160, text)
		require.NotContains(t, text, "%")
		for _, part := range []string{"2026-000123-4", "AAAA-AAAA", town} {
			require.Contains(t, text, part)
		}
	}
	require.Equal(t, shortAcknowledgements["it"], acknowledgementText("mobile", "de"))
	require.Equal(t, acknowledgements["en"], acknowledgementText("email", "en"))
}
