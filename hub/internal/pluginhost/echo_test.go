package pluginhost_test

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/plugins-sdk/channeltest/echo"
)

// TestAdapterOfTheSDK takes the reference adapter, made with the SDK that authors use, through its life.
func TestAdapterOfTheSDK(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	spool, sentTo := t.TempDir(), filepath.Join(t.TempDir(), "sent")
	config, err := json.Marshal(map[string]any{"spool": spool, "journal": sentTo, "faults": map[string]any{"hostile_log": true}})
	require.NoError(t, err)
	c := o.create(channel.Draft{
		Adapter: "echo", Slug: "eco", Name: "Eco", Config: config, Enabled: true, Secrets: map[string]string{"/token": password},
	})
	r := o.start(withEcho)
	r.awaitOpen(c)
	eventually(t, func() bool { return o.get(c).Health.State == channel.Healthy }, "healthy")
	require.Contains(t, o.get(c).Ability.Capabilities, channel.Interpret)

	name, err := echo.Spool{Dir: spool}.Drop([]byte(`{"from": {"kind": "email", "value": "anna@example.org"}, "subject": "Ciao", "text": "Buongiorno"}`))
	require.NoError(t, err)
	eventually(t, func() bool { return len(o.journal(c)) == 1 }, "in the journal")
	require.Equal(t, "message", o.journal(c)[0].Kind)
	eventually(t, func() bool { return !echo.Spool{Dir: spool}.Present(name) }, "removed after the acknowledgement")

	results, err := r.Transmit(t.Context(), transmission(c))
	require.NoError(t, err)
	require.Len(t, results, 2)
	require.Nil(t, results[0].Failure)
	require.FileExists(t, sentTo)

	said, err := r.Validate(t.Context(), pluginhost.Check{
		Adapter: "echo", Config: []byte(`{"spool": "/nowhere", "journal": "/nowhere/x"}`),
		Secrets: map[string]string{"/token": "long-enough"}, Language: "it",
	})
	require.NoError(t, err)
	require.Equal(t, "echo.directory", said[0].Code)
	require.NotEmpty(t, said[0].Remedy)
	require.NotContains(t, r.log.String(), password)
}
