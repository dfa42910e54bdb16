package app

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
)

func TestAPlaceNamesWhoWasThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, former, err := takePlace(dir, "urp/uno")
	require.NoError(t, err)
	require.True(t, former.IsZero())
	one, two := id.New[id.Replica](), id.New[id.Replica]()
	require.NoError(t, first.settle(one))

	second, former, err := takePlace(dir, "urp/uno")
	require.NoError(t, err)
	require.True(t, former.IsZero(), "who lives is nobody's predecessor")
	require.NoError(t, second.settle(two))
	elsewhere, former, err := takePlace(dir, "due")
	require.NoError(t, err)
	require.True(t, former.IsZero(), "other machines have places of their own")
	elsewhere.leave()

	first.leave()
	again, former, err := takePlace(dir, "urp/uno")
	require.NoError(t, err)
	require.Equal(t, one, former)
	// Killed before it settled: the next one has the same to do.
	again.leave()
	again, former, err = takePlace(dir, "urp/uno")
	require.NoError(t, err)
	require.Equal(t, one, former)
	again.leave()
	second.leave()
}

func TestADamagedPlaceIsEmpty(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p, _, err := takePlace(dir, "uno")
	require.NoError(t, err)
	p.leave()
	for _, text := range []string{"", "x", "\x00\x00", string(make([]byte, 500))} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "replicas", "uno-1"), []byte(text), 0o600))
		p, former, err := takePlace(dir, "uno")
		require.NoError(t, err)
		require.True(t, former.IsZero())
		replica := id.New[id.Replica]()
		require.NoError(t, p.settle(replica))
		p.leave()
		p, former, err = takePlace(dir, "uno")
		require.NoError(t, err)
		require.Equal(t, replica, former)
		p.leave()
	}
}

func TestPlacesAreLimited(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range maxPlaces {
		p, _, err := takePlace(dir, "uno")
		require.NoError(t, err)
		defer p.leave()
	}
	_, _, err := takePlace(dir, "uno")
	require.Error(t, err)
}
