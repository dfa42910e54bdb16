package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/postgres/pgtest"
)

// world is a log in a database of its own.
type world struct {
	t    *testing.T
	pool *pgxpool.Pool
	keys *keyring.Ring
	log  *Log
	path string
	at   time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	keys, err := keyring.Load(filepath.Join(t.TempDir(), "keys.json"), true)
	require.NoError(t, err)
	w := &world{t: t, pool: pgtest.New(t), keys: keys, path: filepath.Join(t.TempDir(), "head.json"), at: time.Unix(1_800_000_000, 0)}
	w.log = NewLog(keys, func() time.Time { return w.at })
	return w
}

func (w *world) sealer() *Sealer {
	return NewSealer(w.pool, w.keys, w.path, time.Now, slog.New(slog.DiscardHandler))
}

// write adds n acts, whose objects are numbered from first.
func (w *world) write(first, n int) {
	w.t.Helper()
	for i := range n {
		require.NoError(w.t, w.log.Record(w.t.Context(), w.pool, Entry{
			Kind: Act, Actor: "operator:1", Act: "ticket.reply", Route: "Reply", Object: fmt.Sprintf("tickets/%d", first+i), Outcome: Done,
		}))
	}
}

func (w *world) fault() string {
	w.t.Helper()
	head, err := ReadHead(w.path)
	require.NoError(w.t, err)
	found, err := Verify(w.t.Context(), w.pool, w.keys, head, nil)
	require.NoError(w.t, err)
	return found.Fault.String()
}

func (w *world) exec(sql string) {
	w.t.Helper()
	_, err := w.pool.Exec(w.t.Context(), sql)
	require.NoError(w.t, err)
}

func (w *world) count() (n int) {
	w.t.Helper()
	require.NoError(w.t, w.pool.QueryRow(w.t.Context(), `SELECT count(*) FROM audit_entry`).Scan(&n))
	return n
}

// TestAuditVerifyNamesTheBadRow tampers as somebody who may do everything in the database, each time with a log that held.
func TestAuditVerifyNamesTheBadRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(1, 9)
	require.NoError(t, w.sealer().Pass(t.Context()))
	require.Empty(t, w.fault())
	w.exec(`ALTER TABLE audit_entry DISABLE TRIGGER USER; CREATE TABLE kept AS SELECT * FROM audit_entry`)
	for _, c := range []struct{ name, tamper, want string }{
		{"altered", `UPDATE audit_entry SET actor = 'operator:2' WHERE place = 4`, "place 4 "},
		{"altered time", `UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE place = 9`, "place 9 "},
		{"deleted", `DELETE FROM audit_entry WHERE place = 5`, "place 5 is missing"},
		{"first deleted", `DELETE FROM audit_entry WHERE place = 1`, "place 1 is missing"},
		{"deleted and closed up", `DELETE FROM audit_entry WHERE place = 5; UPDATE audit_entry SET place = -place WHERE place > 5;
			UPDATE audit_entry SET place = -place - 1 WHERE place < 0`, "place 5 "},
		{"reordered", `UPDATE audit_entry SET place = -3 WHERE place = 3; UPDATE audit_entry SET place = 3 WHERE place = 7;
			UPDATE audit_entry SET place = 7 WHERE place = -3`, "place 3 "},
		{"inserted", `INSERT INTO audit_entry (kind, actor, act, route, object, outcome, place, key_id, seal)
			SELECT kind, actor, act, route, 'tickets/0', outcome, 10, key_id, seal FROM kept WHERE place = 9`, "place 10 "},
		{"inserted before the first", `INSERT INTO audit_entry (kind, actor, act, route, object, outcome, place, key_id, seal)
			SELECT kind, actor, act, route, 'tickets/0', outcome, 0, key_id, seal FROM kept WHERE place = 9`, "place 0 "},
		{"end cut off", `DELETE FROM audit_entry WHERE place > 6`, "places 7 to 9 were exported"},
		{"all cut off", `DELETE FROM audit_entry`, "places 1 to 9 were exported"},
		{"seal taken off", `UPDATE audit_entry SET place = NULL, key_id = NULL, seal = NULL WHERE place = 2`, "place 2 is missing"},
		{"not sealed for long", `INSERT INTO audit_entry (at, kind, actor, act, route, object, outcome)
			SELECT at - interval '1 hour', kind, actor, act, route, object, outcome FROM kept WHERE place = 1`, "1 rows are not sealed"},
		{"seal alone taken off", `ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_check; UPDATE audit_entry SET key_id = NULL, seal = NULL WHERE place = 2`, "place 2 "},
	} {
		w.exec(c.tamper)
		require.Contains(t, w.fault(), c.want, c.name)
		w.exec(`DELETE FROM audit_entry; INSERT INTO audit_entry OVERRIDING SYSTEM VALUE SELECT * FROM kept`)
		require.Empty(t, w.fault(), c.name)
	}
}

// TestAuditEndWrittenAnew: what follows a cut end does not hide it, and does not replace the exported head.
func TestAuditEndWrittenAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(1, 5)
	require.NoError(t, w.sealer().Pass(t.Context()))
	w.exec(`ALTER TABLE audit_entry DISABLE TRIGGER USER; DELETE FROM audit_entry WHERE place > 3; ALTER TABLE audit_entry ENABLE TRIGGER USER`)
	w.write(10, 4)
	require.NoError(t, w.sealer().Pass(t.Context()))
	require.Contains(t, w.fault(), "place 5 ")
	require.Contains(t, w.fault(), "written anew")
	state, err := NewChain(w.pool, w.keys, w.path, time.Now).Look(t.Context())
	require.NoError(t, err)
	require.Equal(t, Fault{Code: FaultRewritten, Place: 5}, state.Fault, "a glance sees it too")
}

// TestAuditEndCutWithItsHead: whoever cuts the end off and puts an older head back finds the newer one there again, as long
// as the hub that exported it runs.
func TestAuditEndCutWithItsHead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.sealer()
	w.write(1, 3)
	require.NoError(t, s.Pass(t.Context()))
	old, err := os.ReadFile(w.path)
	require.NoError(t, err)
	w.write(4, 2)
	require.NoError(t, s.Pass(t.Context()))
	w.exec(`ALTER TABLE audit_entry DISABLE TRIGGER USER; DELETE FROM audit_entry WHERE place > 3; ALTER TABLE audit_entry ENABLE TRIGGER USER`)
	require.NoError(t, os.WriteFile(w.path, old, 0o600))
	require.Empty(t, w.fault())
	for range 2 {
		require.NoError(t, s.Pass(t.Context()))
		require.Contains(t, w.fault(), "places 4 to 5 were exported")
	}
	w.write(10, 3)
	require.NoError(t, s.Pass(t.Context()))
	require.Contains(t, w.fault(), "written anew")
	require.NoError(t, os.Remove(w.path))
	require.NoError(t, s.Pass(t.Context()))
	require.Contains(t, w.fault(), "written anew")
}

// TestAuditVerifyHeadBehind: an exported head that has not followed for long is told, and is no broken chain.
func TestAuditVerifyHeadBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(1, 2)
	require.NoError(t, w.sealer().Pass(t.Context()))
	head, err := os.ReadFile(w.path)
	require.NoError(t, err)
	w.write(3, 1)
	require.NoError(t, w.sealer().Pass(t.Context()))
	require.NoError(t, os.WriteFile(w.path, head, 0o600))
	require.Empty(t, w.fault(), "an export may be a moment late")
	w.exec(`INSERT INTO audit_entry (at, kind, actor, act, route, object, outcome) VALUES (now() - interval '1 hour', 'act', 'a', 'b', 'c', 'd', 'done')`)
	require.NoError(t, w.sealer().Pass(t.Context()))
	head, err = json.Marshal(Head{Place: 3, Seal: w.sealOf(3)})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(w.path, head, 0o600))
	require.Contains(t, w.fault(), "the exported head is at place 3, the chain at 4")
	require.True(t, Fault{Code: FaultHeadStale}.Late())
	require.False(t, Fault{Code: FaultCut}.Late())
}

func (w *world) sealOf(place int64) (seal []byte) {
	w.t.Helper()
	require.NoError(w.t, w.pool.QueryRow(w.t.Context(), `SELECT seal FROM audit_entry WHERE place = $1`, place).Scan(&seal))
	return seal
}

func TestAuditIsOnlyAddedTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(1, 2)
	for range 2 { // unsealed, then sealed
		for _, sql := range []string{
			`UPDATE audit_entry SET actor = 'operator:2'`, `DELETE FROM audit_entry`, `TRUNCATE audit_entry`,
			`UPDATE audit_entry SET actor = 'x', place = id + 10, key_id = 'k', seal = 's'`,
		} {
			_, err := w.pool.Exec(t.Context(), sql)
			require.ErrorContains(t, err, "only added to", sql)
		}
		require.NoError(t, w.sealer().Pass(t.Context()))
	}
	require.Empty(t, w.fault())
}

// TestAuditLateCommit: a row with a small id that is committed late gets a later place.
func TestAuditLateCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late, err := w.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = late.Rollback(context.WithoutCancel(t.Context())) }()
	require.NoError(t, w.log.Record(t.Context(), late, Entry{Kind: Act, Actor: "operator:9", Object: "late", Outcome: Done}))
	w.write(1, 3)
	s := w.sealer()
	require.NoError(t, s.Pass(t.Context()))
	require.NoError(t, late.Commit(t.Context()))
	require.NoError(t, s.Pass(t.Context()))
	require.Empty(t, w.fault())
	var place int64
	require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT place FROM audit_entry WHERE object = 'late'`).Scan(&place))
	require.EqualValues(t, 4, place)
}

func TestAuditTwoSealers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec(`INSERT INTO audit_entry (kind, actor, act, route, object, outcome) SELECT 'act', 'a', 'b', 'c', n::text, 'done' FROM generate_series(1, 1200) n`)
	var g errgroup.Group
	for range 3 {
		s := NewSealer(w.pool, w.keys, filepath.Join(t.TempDir(), "head.json"), time.Now, slog.New(slog.DiscardHandler))
		g.Go(func() error { return s.Pass(t.Context()) })
	}
	require.NoError(t, g.Wait())
	require.NoError(t, w.sealer().Pass(t.Context())) // one that came second leaves the rest to the next second
	require.Empty(t, w.fault())
	head, err := ReadHead(w.path)
	require.NoError(t, err)
	require.EqualValues(t, 1200, head.Place)
}

// TestAuditCrashBeforeExport: rows sealed by a sealer that died are exported by the next.
func TestAuditCrashBeforeExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(1, 2)
	_, err := w.sealer().batch(t.Context())
	require.NoError(t, err)
	require.NoFileExists(t, w.path)
	require.NoError(t, w.sealer().Pass(t.Context()))
	head, err := ReadHead(w.path)
	require.NoError(t, err)
	require.EqualValues(t, 2, head.Place)
}

func TestAuditReadsAreOneRowInTenMinutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	read := func(actor, object string) {
		require.NoError(t, w.log.Record(t.Context(), w.pool, Entry{Kind: Read, Actor: actor, Object: object, Outcome: Asked}))
	}
	read("operator:1", "tickets/1")
	read("operator:1", "tickets/1")
	require.Equal(t, 1, w.count())
	read("operator:1", "tickets/2")
	read("operator:2", "tickets/1")
	require.Equal(t, 3, w.count())
	w.at = w.at.Add(slotLength)
	read("operator:1", "tickets/1")
	require.Equal(t, 4, w.count())
}

func TestAuditUnknownLoginIsHidden(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	name := w.log.Login("Segreto")
	require.False(t, strings.Contains(strings.ToLower(name), "segreto"))
	require.Equal(t, name, w.log.Login(" segreto "))
	require.NotEqual(t, name, w.log.Login("segreta"))
}
