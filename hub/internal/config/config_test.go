package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/config"
)

func writeFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sportello.toml")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestDefaultsAreComplete(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg, err := config.Load(config.Sources{Overrides: map[string]any{"data_dir": dir}})
	require.NoError(t, err)
	require.Equal(t, filepath.Join(dir, "keys.json"), cfg.KeyFile)
	require.Equal(t, filepath.Join(dir, "blobs"), cfg.Blob.Dir)
	require.Equal(t, "http://localhost:8080", cfg.Public.URL)
	require.Equal(t, "http://localhost:8081", cfg.Internal.URL)
	require.EqualValues(t, 20, cfg.Database.MaxConns)
	require.EqualValues(t, 100<<20, cfg.Limits.MessageBytes)
	require.Empty(t, cfg.Database.URL)
}

func TestEachSourceWinsOverTheOneBefore(t *testing.T) {
	t.Parallel()
	path := writeFile(t, `
		data_dir = "/srv/file"
		[database]
		max_conns = 30
		[log]
		level = "warn"
		format = "text"
		[public]
		trusted_proxies = ["10.0.0.1"]`)
	cfg, err := config.Load(config.Sources{
		File: path,
		Environ: []string{
			"SPORTELLO_DATA_DIR=/srv/environ", "SPORTELLO_DATABASE_MAX_CONNS=40", "HOME=/nowhere",
			"SPORTELLO_PUBLIC_TRUSTED_PROXIES=10.0.0.0/8, ::1", "SPORTELLO_BLOB_S3_INSECURE=true", "OTHER=1",
		},
		Overrides: map[string]any{"database.max_conns": 50},
	})
	require.NoError(t, err)
	require.EqualValues(t, 50, cfg.Database.MaxConns, "flag")
	require.Equal(t, "/srv/environ", cfg.DataDir, "environment")
	require.Equal(t, []string{"10.0.0.0/8", "::1"}, cfg.Public.TrustedProxies, "environment, as a list")
	require.True(t, cfg.Blob.S3.Insecure)
	require.Equal(t, "warn", cfg.Log.Level, "file")
	require.Equal(t, "localhost:8081", cfg.Internal.Addr, "default")

	cfg, err = config.Load(config.Sources{Environ: []string{"SPORTELLO_CONFIG=" + path}})
	require.NoError(t, err)
	require.Equal(t, "/srv/file", cfg.DataDir)
}

func TestUnknownKeysAreRefusedByName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		src  config.Sources
		want []string
	}{
		{"file", config.Sources{File: writeFile(t, "[database]\nmax_con = 3")}, []string{`"database.max_con"`, `is "database.max_conns" meant?`}},
		{"file, top level", config.Sources{File: writeFile(t, "colour = 'red'")}, []string{`unknown key "colour"`}},
		{"file, a section for a value", config.Sources{File: writeFile(t, "[log.level]\nx = 1")}, []string{`"log.level.x"`}},
		{"file, a value for a section", config.Sources{File: writeFile(t, "log = 'debug'")}, []string{`"log"`}},
		{"environment", config.Sources{Environ: []string{"SPORTELLO_DATBASE_URL=x"}}, []string{"SPORTELLO_DATBASE_URL", `"SPORTELLO_DATABASE_URL" meant?`}},
		{"flag", config.Sources{Overrides: map[string]any{"log.levle": "info"}}, []string{`"log.levle"`, `"log.level" meant?`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(c.src)
			for _, want := range c.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

func TestWrongValuesNameKeyAndRemedy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, value, want string }{
		{"database.max_conns", "many", "max_conns"},
		{"database.max_conns", "2", "database.max_conns: 2 is not between 5"},
		{"database.url", "mysql://root:hunter2@db/x", "database.url: not a PostgreSQL URL"},
		{"public.addr", "8080", `public.addr: "8080" is not host:port`},
		{"public.addr", ":http", "public.addr"},
		{"public.url", "sportello.example.it", "public.url"},
		{"public.url", "https://example.it/sportello", "scheme and host only"},
		{"internal.addr", "localhost:8080", "internal.addr"},
		{"internal.url", "http://localhost:8080/", "internal.url"},
		{"internal.trusted_proxies", "proxy.local", "internal.trusted_proxies"},
		{"blob.kind", "ftp", `blob.kind: "ftp" is not one of fs, s3`},
		{"blob.kind", "s3", "blob.s3.bucket: needed"},
		{"blob.s3.insecure", "perhaps", "insecure"},
		{"log.level", "loud", "log.level"},
		{"log.format", "xml", "log.format"},
		{"limits.message_bytes", "1", "limits.message_bytes"},
		{"scan.clamd", "localhost", "scan.clamd"},
		{"scan.max_bytes", "1", "scan.max_bytes"},
	} {
		t.Run(c.key+"="+c.value, func(t *testing.T) {
			t.Parallel()
			variable := "SPORTELLO_" + strings.ToUpper(strings.ReplaceAll(c.key, ".", "_"))
			_, err := config.Load(config.Sources{Environ: []string{variable + "=" + c.value, "HOME=/home/someone"}})
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := config.Load(config.Sources{Environ: []string{"SPORTELLO_LOG_LEVEL=loud", "SPORTELLO_PUBLIC_ADDR=x", "HOME=/home/someone"}})
	require.ErrorContains(t, err, "log.level")
	require.ErrorContains(t, err, "public.addr")
}

func TestUnreadableFiles(t *testing.T) {
	t.Parallel()
	_, err := config.Load(config.Sources{File: "/does/not/exist.toml"})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = config.Load(config.Sources{File: writeFile(t, "data_dir = ")})
	require.ErrorContains(t, err, "sportello.toml")
}

func TestSecretsFromFiles(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "url")
	require.NoError(t, os.WriteFile(secret, []byte("postgres://u:hunter2@db/town\n"), 0o600))
	cfg, err := config.Load(config.Sources{Overrides: map[string]any{"data_dir": "/srv/x", "database.url_file": secret}})
	require.NoError(t, err)
	require.Equal(t, "postgres://u:hunter2@db/town", cfg.Database.URL)
	require.Empty(t, cfg.Redacted().Database.URL, "the file is shown instead")

	_, err = config.Load(config.Sources{Overrides: map[string]any{"database.url_file": secret, "database.url": "postgres://u@db/town"}})
	require.ErrorContains(t, err, "both set")
	_, err = config.Load(config.Sources{Overrides: map[string]any{"blob.s3.secret_key_file": secret + ".none"}})
	require.ErrorContains(t, err, "blob.s3.secret_key_file")
	require.NoError(t, os.WriteFile(secret, []byte(" \n"), 0o600))
	_, err = config.Load(config.Sources{Overrides: map[string]any{"database.url_file": secret}})
	require.ErrorContains(t, err, "is empty")
}

func TestPrintedConfigurationHidesSecretsAndLoadsAgain(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(config.Sources{Overrides: map[string]any{
		"data_dir": "/srv/x", "database.url": "postgres://u:hunter2@db/town?sslmode=disable&sslpassword=hunter3",
		"blob.kind": "s3", "blob.s3.endpoint": "minio:9000", "blob.s3.bucket": "b", "blob.s3.access_key": "key", "blob.s3.secret_key": "hunter4",
	}})
	require.NoError(t, err)
	text, err := cfg.TOML()
	require.NoError(t, err)
	require.NotContains(t, string(text), "hunter")
	require.Contains(t, string(text), "postgres://u:hidden@db/town")
	require.Equal(t, "postgres://u:hunter2@db/town?sslmode=disable&sslpassword=hunter3", cfg.Database.URL, "the original stays usable")
	again, err := config.Load(config.Sources{File: writeFile(t, string(text))})
	require.NoError(t, err)
	require.Equal(t, cfg.Redacted(), again)
}
