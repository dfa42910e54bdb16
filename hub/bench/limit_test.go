//go:build bench

package bench

import (
	"fmt"
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

// rate asks pgbench how many a second it makes.
func (l limit) rate(t *testing.T) float64 {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "pgbench", "-n", "-f", l.script, "-c", strconv.Itoa(limitClients), "-j", "2",
		"-T", strconv.Itoa(int(limitTime()/time.Second)), l.url).CombinedOutput()
	require.NoError(t, err, string(out))
	found := regexp.MustCompile(`tps = ([0-9.]+)`).FindSubmatch(out)
	require.NotNil(t, found, string(out))
	tps, err := strconv.ParseFloat(string(found[1]), 64)
	require.NoError(t, err)
	return tps
}

// beside measures a rate between two measures of the limit, of which the better one counts.
func (l limit) beside(t *testing.T, what string, measure func() float64) figure {
	t.Helper()
	m := newMeter(t, l.url)
	at := []time.Duration{m.spent()}
	before := l.rate(t)
	at = append(at, m.spent())
	began, own := time.Now(), m.own()
	rate := measure()
	took := time.Since(began)
	own = m.own() - own
	at = append(at, m.spent())
	most := max(before, l.rate(t))
	return figure{
		what: what, is: perSecond(rate), limit: fmt.Sprintf("%s (least SQL, pgbench, %d clients)", perSecond(most), limitClients),
		ratio: fmt.Sprintf("%.2f", rate/most),
		cpu:   each(at[2]-at[1], rate*took.Seconds()) + ", " + each(own, rate*took.Seconds()) + " of it the hub's (" + each(at[1]-at[0], before*limitTime().Seconds()) + ")",
	}
}

// limitTime is how long the limit is measured: a sixth of the time that a rate is.
func limitTime() time.Duration { return max((*sustained / 6).Truncate(time.Second), 2*time.Second) }
