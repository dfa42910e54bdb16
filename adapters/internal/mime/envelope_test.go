package mime

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIdentifiersInEncodedWords(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"m.agra.cq2r@comune.valdoria.example"},
		messageIDs("=?utf-8?q?=3Cm=2Eagra=2Ecq2r=40comune=2E?=\r\n =?utf-8?q?valdoria=2Eexample=3E?="))
}
