//go:build bench

package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator"
	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/config"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

// idleFor is how long a hub with nothing to do is watched, after it has settled.
const idleFor, settling = 30 * time.Second, 15 * time.Second

// TestBenchIdle watches the programs as they are installed, with one mailbox connected and no mail.
func TestBenchIdle(t *testing.T) {
	bin, err := filepath.Abs("../../bin")
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(bin, "sportello"), "make build")
	address, dir := pgtest.DurableURL(t), t.TempDir()
	overrides := map[string]any{"data_dir": dir, "database.url": address, "adapters.dir": filepath.Join(bin, "adapters")}
	cfg, err := config.Load(config.Sources{Overrides: overrides})
	require.NoError(t, err)
	connectMailbox(t, cfg)
	hub := exec.Command(filepath.Join(bin, "sportello"), "serve")
	hub.Env = append(os.Environ(), "SPORTELLO_DATA_DIR="+dir, "SPORTELLO_DATABASE_URL="+address, "SPORTELLO_LOG_LEVEL=warn",
		"SPORTELLO_ADAPTERS_DIR="+filepath.Join(bin, "adapters"), "SPORTELLO_PUBLIC_ADDR=127.0.0.1:0", "SPORTELLO_INTERNAL_ADDR=127.0.0.1:0")
	hub.Stderr = os.Stderr
	require.NoError(t, hub.Start())
	defer func() {
		_ = hub.Process.Signal(syscall.SIGTERM)
		_ = hub.Wait()
	}()
	awaitHealthy(t, address)
	rest(t, settling)
	before, statements := spent(t, hub.Process.Pid), executed(t, address)
	rest(t, idleFor)
	after := spent(t, hub.Process.Pid)
	for name, p := range after {
		report(t, "Idle", figure{
			what: name, is: fmt.Sprintf("%d MB, %.2f %% of a core", p.memory>>20, 100*(p.cpu-before[name].cpu).Seconds()/idleFor.Seconds()),
		})
	}
	all, was := sum(after), sum(before)
	report(t, "Idle", figure{
		what: "hub and adapter together", is: fmt.Sprintf("%d MB, %.2f %% of a core", all.memory>>20, 100*(all.cpu-was.cpu).Seconds()/idleFor.Seconds()),
		limit: "promised: 150 MB, 2 %",
	})
	report(t, "Idle", figure{what: "transactions that the idle hub makes", is: fmt.Sprintf("%.1f/s", (executed(t, address)-statements)/idleFor.Seconds())})
}

func connectMailbox(t *testing.T, cfg config.Config) {
	t.Helper()
	world, err := simulator.New(simulator.Config{
		NoSync: true, Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler), Mailboxes: []simulator.Mailbox{{Address: ownMailbox, Password: "municipio"}},
	})
	require.NoError(t, err)
	t.Cleanup(world.Stop)
	require.NoError(t, world.Start(context.WithoutCancel(t.Context())))
	server := func(address string) map[string]any {
		host, port, err := net.SplitHostPort(address)
		require.NoError(t, err)
		n, err := strconv.Atoi(port)
		require.NoError(t, err)
		return map[string]any{"host": host, "port": n, "security": "none"}
	}
	settings, err := json.Marshal(map[string]any{"address": ownMailbox, "imap": server(world.IMAPAddr()), "smtp": server(world.SMTPAddr())})
	require.NoError(t, err)
	db, err := app.OpenDatabase(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	d, err := app.OpenDomain(t.Context(), cfg, db)
	require.NoError(t, err)
	defer d.Pool.Close()
	require.NoError(t, d.EnsureTown(t.Context()))
	require.NoError(t, postgres.InTx(t.Context(), d.Pool, func(tx pgx.Tx) error {
		_, err := d.Channels.Create(t.Context(), tx, channel.Draft{
			Adapter: "email", Slug: "posta", Name: "Posta", Config: settings, Enabled: true,
			Secrets: map[string]string{"/imap/password": "municipio", "/smtp/password": "municipio"},
		})
		return err
	}))
}

func awaitHealthy(t *testing.T, address string) {
	t.Helper()
	pool := pgtest.Pool(t, address)
	require.Eventually(t, func() bool {
		var healthy bool
		err := pool.QueryRow(t.Context(), `SELECT health = 'healthy' FROM channel`).Scan(&healthy)
		return err == nil && healthy
	}, time.Minute, 100*time.Millisecond)
	pool.Close()
}

// executed is how many transactions the database has ended.
func executed(t *testing.T, address string) (n float64) {
	t.Helper()
	require.NoError(t, pgtest.Pool(t, address).QueryRow(t.Context(),
		`SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()`).Scan(&n))
	return n
}

// usage is what a process holds and has spent.
type usage struct {
	memory int64
	cpu    time.Duration
}

// spent is what a process and all that it started hold and have spent, by the programs' names.
func spent(t *testing.T, pid int) map[string]usage {
	t.Helper()
	all := map[string]usage{}
	for _, p := range append([]int{pid}, descendants(t, pid)...) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p))
		if err != nil {
			continue // it ended meanwhile
		}
		command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p))
		if err != nil {
			continue
		}
		first, _, _ := strings.Cut(string(command), "\x00")
		name := filepath.Base(first)
		f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+2:]))
		number := func(i int) int64 {
			n, err := strconv.ParseInt(f[i], 10, 64)
			require.NoError(t, err)
			return n
		}
		u := all[name]
		// Clock ticks are hundredths of a second on every Linux that we know; resident pages have 4 KiB.
		u.cpu += time.Duration(number(11)+number(12)) * 10 * time.Millisecond
		u.memory += number(21) * int64(os.Getpagesize())
		all[name] = u
	}
	return all
}

func descendants(t *testing.T, pid int) (all []int) {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	require.NoError(t, err)
	for _, file := range threads {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for _, field := range strings.Fields(string(text)) {
			child, err := strconv.Atoi(field)
			require.NoError(t, err)
			all = append(append(all, child), descendants(t, child)...)
		}
	}
	return all
}

func sum(all map[string]usage) (s usage) {
	for _, u := range all {
		s.memory += u.memory
		s.cpu += u.cpu
	}
	return s
}
