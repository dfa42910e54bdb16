package channel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/channel"
)

func TestSlugOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"PEC Ufficio Qualità": "pec-ufficio-qualita",
		"  URP -- posta!  ":   "urp-posta",
		"市役所":                 "email",
		"Ufficio relazioni con il pubblico e comunicazione esterna del Comune": "ufficio-relazioni-con-il-pubblico-e-comunicazione",
	} {
		require.Equal(t, want, channel.SlugOf(name, "email"))
	}
	require.Equal(t, "urp", channel.NthSlug("urp", 1))
	require.Equal(t, "urp-3", channel.NthSlug("urp", 3))
}
