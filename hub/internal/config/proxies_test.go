package config_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/config"
)

func TestProxies(t *testing.T) {
	t.Parallel()
	got, err := config.Listener{TrustedProxies: []string{"10.0.0.0/8", "192.0.2.7", "::1"}}.Proxies()
	require.NoError(t, err)
	require.Equal(t, []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("::1/128"),
	}, got)
	_, err = config.Listener{TrustedProxies: []string{"proxy"}}.Proxies()
	require.Error(t, err)
}
