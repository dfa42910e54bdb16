//go:build bench

package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/postgres/pgtest"
)

// limitClients is how many clients pgbench plays.
const limitClients = 16

// leastSQL is one ingest reduced to its bones: message, ticket, job.
const leastSQL = `\set n random(1, 100000)
BEGIN;
INSERT INTO bench_message (ticket, body) VALUES (:n, repeat('x', 2000));
UPDATE bench_ticket SET last = now(), messages = messages + 1 WHERE id = :n;
INSERT INTO bench_job (args) VALUES ('{}');
COMMIT;
`

// limit is what the machine's PostgreSQL makes of the least SQL.
type limit struct{ url, script string }

func newLimit(t *testing.T, url string) limit {
	t.Helper()
	l := limit{url: url, script: filepath.Join(t.TempDir(), "least.sql")}
	_, err := pgtest.Pool(t, l.url).Exec(t.Context(), `
		CREATE TABLE bench_message (id bigserial PRIMARY KEY, ticket int, body text, at timestamptz DEFAULT now());
		CREATE TABLE bench_ticket (id int PRIMARY KEY, last timestamptz, messages int DEFAULT 0);
		INSERT INTO bench_ticket SELECT generate_series(1, 100000);
		CREATE TABLE bench_job (id bigserial PRIMARY KEY, args jsonb);`)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(l.script, []byte(leastSQL), 0o600))
	return l
}

// rate asks pgbench how many a second it makes, in a sixth of the time that a rate is measured.
func (l limit) rate(t *testing.T) float64 {
	t.Helper()
	seconds := max(int((*sustained/6)/time.Second), 2)
	out, err := exec.CommandContext(t.Context(), "pgbench", "-n", "-f", l.script, "-c", strconv.Itoa(limitClients), "-j", "2",
		"-T", strconv.Itoa(seconds), l.url).CombinedOutput()
	require.NoError(t, err, string(out))
	found := regexp.MustCompile(`tps = ([0-9.]+)`).FindSubmatch(out)
	require.NotNil(t, found, string(out))
	tps, err := strconv.ParseFloat(string(found[1]), 64)
	require.NoError(t, err)
	return tps
}

// beside measures a rate between two measures of the limit, of which the better one counts.
func (l limit) beside(t *testing.T, measure func() float64) (rate, most float64) {
	t.Helper()
	before := l.rate(t)
	rate = measure()
	return rate, max(before, l.rate(t))
}
