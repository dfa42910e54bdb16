package pluginhost_test

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/pluginhost"
)

func TestCatalogueIsWrittenAndRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"email-adapter", "sms-adapter", "sportello", "README-adapter.txt"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o755))
	}
	written, err := pluginhost.WriteCatalogue(dir, "1.0.0")
	require.NoError(t, err)
	read, err := pluginhost.LoadCatalogue(dir)
	require.NoError(t, err)
	require.Equal(t, written, read)
	require.Len(t, read.Entries, 2)
	require.Equal(t, pluginhost.Entry{
		Name: "email", Path: filepath.Join(dir, "email-adapter"), SHA256: sha256.Sum256([]byte("email-adapter")), Version: "1.0.0",
	}, read.Entries[0])

	empty, err := pluginhost.LoadCatalogue(t.TempDir())
	require.NoError(t, err)
	require.Empty(t, empty.Entries)
}

func TestBadCataloguesAreRefused(t *testing.T) {
	t.Parallel()
	sum := strings.Repeat("ab", 32)
	line := func(name, file, sha string) string {
		return `{"name": "` + name + `", "file": "` + file + `", "sha256": "` + sha + `"}`
	}
	for name, content := range map[string]string{
		"not JSON":          `{`,
		"unknown key":       `{"adapters": [], "plugins": []}`,
		"path":              `{"adapters": [` + line("email", "../bin/sh", sum) + `]}`,
		"absolute path":     `{"adapters": [` + line("email", "/bin/sh", sum) + `]}`,
		"hidden file":       `{"adapters": [` + line("email", ".x", sum) + `]}`,
		"name with a slash": `{"adapters": [` + line("a/b", "x", sum) + `]}`,
		"no digest":         `{"adapters": [` + line("email", "x", "") + `]}`,
		"short digest":      `{"adapters": [` + line("email", "x", "abcd") + `]}`,
		"twice":             `{"adapters": [` + line("email", "x", sum) + `,` + line("email", "y", sum) + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, pluginhost.CatalogueFile), []byte(content), 0o644))
			_, err := pluginhost.LoadCatalogue(dir)
			require.Error(t, err)
		})
	}
}

func TestWeaknessesAreNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "email-adapter")
	require.NoError(t, os.WriteFile(path, nil, 0o755))
	c, err := pluginhost.WriteCatalogue(dir, "")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(path, 0o777))
	require.Contains(t, strings.Join(c.Weaknesses(), "\n"), path+" can be written by its group or by everybody")
}
