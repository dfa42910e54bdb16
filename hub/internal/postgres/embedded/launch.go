package embedded

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// pollEvery is how often start-up looks again; a start takes about 70 ms.
const pollEvery = 20 * time.Millisecond

// initialise creates the data in a scratch directory and renames it into place
// when complete: an interrupted attempt leaves nothing that looks like data.
func initialise(ctx context.Context, cfg Config, h *home, bin binaries, who identity) error {
	scratch := filepath.Join(h.dir, "init.tmp")
	password := filepath.Join(h.dir, "init.password")
	defer os.Remove(password)
	if err := errors.Join(os.RemoveAll(scratch), os.Mkdir(scratch, 0o700), who.own(scratch),
		os.WriteFile(password, []byte(h.marker.Password+"\n"), 0o600), who.own(password)); err != nil {
		return fmt.Errorf("preparing the data directory: %w", err)
	}
	args := []string{
		"--pgdata=" + scratch, "--username=" + superuser, "--pwfile=" + password, "--auth=scram-sha-256",
		"--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions",
	}
	if cfg.Volatile {
		args = append(args, "--no-sync")
	}
	if _, err := bin.run(ctx, who, h.dir, "initdb", args...); err != nil {
		return fmt.Errorf("creating the database files: %w", err)
	}
	if err := errors.Join(os.Rename(scratch, h.data()), syncDir(h.dir)); err != nil {
		return fmt.Errorf("moving the database files into place: %w", err)
	}
	return nil
}

// launch starts the server and waits until it answers. A former server killed
// without warning leaves children that need a moment to notice; until then
// its shared memory is in use and the start is tried again.
func launch(ctx context.Context, cfg Config, h *home, bin binaries, who identity) (*process, *tail, error) {
	for {
		out := &tail{log: cfg.Logger}
		cmd := bin.command(who, h.dir, "postgres", serverArgs(cfg, h)...)
		cmd.Stdout, cmd.Stderr = out, out
		proc, err := spawn(cmd)
		if err != nil {
			return nil, nil, fmt.Errorf("starting PostgreSQL: %w", err)
		}
		err = h.awaitReady(ctx, proc)
		if err == nil {
			return proc, out, nil
		}
		proc.signal(syscall.SIGQUIT)
		<-proc.done
		if ctx.Err() != nil || !strings.Contains(out.String(), "pre-existing shared memory block") {
			return nil, nil, fmt.Errorf("starting PostgreSQL: %w: %s", err, out)
		}
		if err := pause(ctx, 10*pollEvery); err != nil {
			return nil, nil, fmt.Errorf("waiting for the processes of a killed server: %w", err)
		}
	}
}

func serverArgs(cfg Config, h *home) []string {
	settings := map[string]string{
		"listen_addresses":        "",
		"port":                    port,
		"unix_socket_directories": h.socket,
		"unix_socket_permissions": "0700",
		"max_connections":         "200",
		"fsync":                   "on",
		"full_page_writes":        "on",
		"synchronous_commit":      "on",
		"jit":                     "off",
		"timezone":                "UTC",
		"logging_collector":       "off",
		"log_destination":         "stderr",
		"log_line_prefix":         "",
		"lc_messages":             "C",
		// Statements and details carry citizens' data; logs must not.
		"log_error_verbosity":     "terse",
		"log_min_error_statement": "panic",
	}
	if cfg.Volatile {
		for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
			settings[name] = "off"
		}
	}
	maps.Copy(settings, cfg.Settings)
	args := []string{"-D", h.data()}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}

func (h *home) awaitReady(ctx context.Context, proc *process) error {
	for {
		conn, err := connect(ctx, h.url("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code != cannotConnectNow {
			return fmt.Errorf("connecting: %w", err)
		}
		select {
		case <-proc.done:
			return errors.Join(errors.New("the server ended at once"), proc.failure)
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", context.Cause(ctx))
		case <-time.After(pollEvery):
		}
	}
}

// cannotConnectNow is the server's code while it starts, recovers or shuts down.
const cannotConnectNow = "57P03"

func connect(ctx context.Context, url string) (*pgconn.PgConn, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return pgconn.Connect(ctx, url)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// formerGrace is how long a server without owner may still accept connections
// before it counts as somebody else's.
const formerGrace = 3 * time.Second

// awaitFormerServer deals with a server that still runs although its owner's
// lock is free. After the owner was killed the kernel has told it to shut down,
// so it is waited for; one that goes on serving was started by somebody else
// and is refused.
func (h *home) awaitFormerServer(ctx context.Context) error {
	began := time.Now()
	for {
		pid, running := h.formerServer()
		if !running {
			return nil
		}
		conn, err := connect(ctx, h.url("postgres"))
		if err == nil {
			conn.Close(ctx)
			if time.Since(began) > formerGrace {
				return fmt.Errorf("%s: %w by PostgreSQL process %d, which this program did not start; stop it with: kill -INT %d", h.dir, ErrInUse, pid, pid)
			}
		}
		if err := pause(ctx, pollEvery); err != nil {
			return fmt.Errorf("waiting for PostgreSQL process %d to end: %w", pid, err)
		}
	}
}

// formerServer reads postmaster.pid. After a crash the number may belong to an
// unrelated process (in a container it usually does) or to a dead one that
// nobody has collected, and PostgreSQL would then refuse to start: such a file
// is removed. That is safe because the owner's lock is ours and no process of
// that number works in the data directory.
func (h *home) formerServer() (pid int, running bool) {
	file := filepath.Join(h.data(), "postmaster.pid")
	raw, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	pid, err = strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		return 0, false // cut short by a crash; PostgreSQL says so
	}
	cwd, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/cwd")
	if err == nil && cwd == h.data() {
		return pid, true
	}
	os.Remove(file) // failing, PostgreSQL refuses to start and names the file
	return 0, false
}
