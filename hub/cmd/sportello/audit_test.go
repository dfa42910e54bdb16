package main

import (
	"bytes"
	"encoding/csv"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/audit"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/postgres/pgtest"
)

// TestTheAuditLogFromTheShell lists, exports and checks the log as somebody without a browser does, and tampers with it.
func TestTheAuditLogFromTheShell(t *testing.T) {
	t.Parallel()
	url := pgtest.DurableURL(t)
	here := install(t, url)
	do := here.do
	pool := pgtest.Pool(t, url)
	exec := func(sql string) {
		t.Helper()
		_, err := pool.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	do("user", "invite", "ada", "--name", "=Ada+Neri")
	exec(`INSERT INTO audit_entry (at, kind, actor, act, route, object, outcome)
		SELECT '2026-03-29 00:30Z'::timestamptz + n * interval '1 hour', 'act', 'operator:' || o.id, 'ticket.reply', 'createReply', 'tickets/2026-000123-7', 'done'
		FROM operator o, generate_series(0, 2) n WHERE o.login = 'ada'`)

	said := do("audit", "list", "--actor", "ada", "--object", "2026-000123-7")
	require.Equal(t, 3, strings.Count(said, "createReply"))
	require.Contains(t, said, `"=Ada+Neri (operator:`)
	require.Equal(t, 1, strings.Count(do("audit", "list", "--act", "ticket.reply", "--limit", "1"), "\n"))
	require.Equal(t, 3, strings.Count(do("audit", "list", "--act", "ticket.reply", "--from", "2026-03-29", "--until", "2026-03-29"), "\n"), "the day is the town's")
	require.Empty(t, do("audit", "list", "--act", "ticket.reply", "--until", "2026-03-28"))
	require.Equal(t, 1, strings.Count(do("audit", "list", "--act", "ticket.reply", "--until", "2026-03-29T01:00:00Z"), "\n"))
	require.Contains(t, do("audit", "list", "--kind", "read"), "cliAuditList", "looking is in the log")
	refused := func(want string, args ...string) {
		t.Helper()
		_, err := here.try(args...)
		require.ErrorContains(t, err, want)
	}
	refused("--from: write a day", "audit", "list", "--from", "ieri")
	refused("--actor", "audit", "list", "--actor", "nessuno")

	file := filepath.Join(t.TempDir(), "registro.csv")
	do("audit", "export", "--format", "csv", "--output", file, "--act", "ticket.reply")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	cells, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(t, err)
	require.Len(t, cells, 4)
	require.Equal(t, "'=Ada+Neri", cells[1][4])
	refused("file exists", "audit", "export", "--output", file)
	require.Equal(t, 3, strings.Count(do("audit", "export", "--act", "ticket.reply"), `"object":"tickets/2026-000123-7"`))
	require.Contains(t, do("audit", "list", "--object", "audit/export"), "cliAuditExport")

	keys, err := keyring.Load(filepath.Join(here.dir, "keys.json"), false)
	require.NoError(t, err)
	sealer := audit.NewSealer(pool, keys, filepath.Join(here.dir, "audit-head.json"), time.Now, slog.New(slog.DiscardHandler))
	ends := func(code int, want string) {
		t.Helper()
		said, err := here.try("audit", "verify")
		if code == 0 {
			require.NoError(t, err)
			require.Contains(t, said, want)
			return
		}
		require.ErrorContains(t, err, want)
		require.Equal(t, code, codeOf(err))
	}
	ends(exitLate, "rows are not sealed")
	require.Regexp(t, `warning: \d+ rows are not sealed`, do("doctor"), "no hub runs here")
	require.NoError(t, sealer.Pass(t.Context()))
	ends(0, "the chain holds")
	refused("no exported head in", "audit", "verify", "--head", filepath.Join(here.dir, "elsewhere.json"))
	require.Regexp(t, `ok    audit log: \d+ sealed rows, 0 wait, head exported at \d+\n  warning: the whole log has not been walked yet`, do("doctor"))
	exec(`ALTER TABLE audit_entry DISABLE TRIGGER USER`)
	exec(`UPDATE audit_entry SET actor = 'operator:2' WHERE place = 2`)
	ends(exitBroken, "place 2 ")
	said, err = here.try("doctor")
	require.Error(t, err)
	require.Contains(t, said, "WRONG audit log: the audit log does not hold: place 2 ")
	exec(`DELETE FROM audit_entry`)
	ends(exitBroken, "the end is missing")
	require.NoError(t, os.WriteFile(filepath.Join(here.dir, "audit-head.json"), []byte("{"), 0o600))
	ends(1, "reading the head")
}
