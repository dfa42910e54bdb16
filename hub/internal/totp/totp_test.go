package totp

import (
	"encoding/base32"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The key of RFC 6238, appendix B; its codes have eight digits, of which the last six are ours.
var rfcKey = base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))

func TestCodesOfTheStandard(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		at := time.Unix(seconds, 0)
		got, err := Code(rfcKey, at)
		require.NoError(t, err)
		require.Equal(t, want, got)
		step, ok := Match(rfcKey, want, at)
		require.True(t, ok)
		require.Equal(t, seconds/30, step)
	}
}

func TestOneStepOfDrift(t *testing.T) {
	t.Parallel()
	key, now := NewKey(), time.Unix(1_800_000_000, 0)
	code, err := Code(key, now)
	require.NoError(t, err)
	for drift, want := range map[time.Duration]bool{
		-60 * time.Second: false, -30 * time.Second: true, 0: true, 29 * time.Second: true, 59 * time.Second: true, 60 * time.Second: false,
	} {
		_, ok := Match(key, code, now.Add(drift))
		require.Equal(t, want, ok, "%s", drift)
	}
	for _, bad := range []string{"", "12345", "1234567", "abcdef", "١٢٣٤٥٦", strings.Repeat("1", 1000)} {
		_, ok := Match(key, bad, now)
		require.False(t, ok, bad)
	}
	require.NotEqual(t, key, NewKey())
}

func TestPicture(t *testing.T) {
	t.Parallel()
	uri := URI("Sportello · Comune di Sant'Agata: sede", "nino+bo@comune.example", rfcKey)
	parsed, err := url.Parse(uri)
	require.NoError(t, err)
	require.Equal(t, "totp", parsed.Host)
	require.Equal(t, "/Sportello · Comune di Sant'Agata  sede:nino+bo@comune.example", parsed.Path)
	require.Equal(t, rfcKey, parsed.Query().Get("secret"))
	path, size, err := Draw(uri)
	require.NoError(t, err)
	require.Greater(t, size, 20)
	require.True(t, strings.HasPrefix(path, "M0 0h7v1h-7z"), "the first corner mark")
	require.Regexp(t, `^(M\d+ \d+h\d+v1h-\d+z)+$`, path)
	_, _, err = Draw(strings.Repeat("x", 10_000))
	require.Error(t, err)
}
