package naming_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/naming"
)

func TestNamesAreTheSameWhateverSpacesCapitalsAndAccents(t *testing.T) {
	t.Parallel()
	for given, want := range map[string][2]string{
		"  Città\u00a0 Vecchia\n": {"Città Vecchia", "citta vecchia"},
		"Citta\u0300":             {"Città", "citta"},
		"PNRR":                    {"PNRR", "pnrr"},
		"\x00":                    {"", ""},
	} {
		clean := naming.Clean(given)
		require.Equal(t, want, [2]string{clean, naming.Fold(clean)}, "%q", given)
	}
}
