package embedded

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sportello.dev/hub/internal/postgres"
)

// ErrNoBinaries marks a start without PostgreSQL programs that fit.
var ErrNoBinaries = errors.New("no fitting PostgreSQL programs")

// binaries is one directory with PostgreSQL's programs.
type binaries struct {
	dir     string
	major   int
	version string
	env     []string
}

var systemDirs = []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"}

// choose picks the programs: for existing data the first of its major version
// from any source, for new data the first that is new enough. Sources in
// order: BinDir, beside the executable, the system (newest first).
func choose(ctx context.Context, cfg Config, h *home, major int) (binaries, error) {
	var seen []string
	for _, dir := range sources(cfg) {
		bin, err := inspect(ctx, h, dir)
		if err != nil {
			if dir == cfg.BinDir {
				return bin, fmt.Errorf("SPORTELLO_PG_BIN: %w", err)
			}
			seen = append(seen, fmt.Sprintf("%s (%v)", dir, err))
			continue
		}
		if bin.major == major || (major == 0 && bin.major >= postgres.MinServer) {
			return bin, nil
		}
		seen = append(seen, fmt.Sprintf("%s (version %s)", dir, bin.version))
	}
	return binaries{}, missing(h, major, seen)
}

func missing(h *home, major int, seen []string) error {
	found := "none were found"
	if len(seen) > 0 {
		found = "found only " + strings.Join(seen, ", ")
	}
	if major == 0 {
		return fmt.Errorf("%w: %d or later is needed, %s; run \"apt-get install postgresql\", or set SPORTELLO_PG_BIN to the directory of initdb and postgres, or a database URL",
			ErrNoBinaries, postgres.MinServer, found)
	}
	return fmt.Errorf("%w: %s holds data of PostgreSQL %d and %s; run \"apt-get install postgresql-%d\" or set SPORTELLO_PG_BIN to its programs; to move to another version, dump with %d and restore into a new directory",
		ErrNoBinaries, h.data(), major, found, major, major)
}

// sources lists the directories that hold a postgres and an initdb, best first.
func sources(cfg Config) []string {
	var dirs []string
	if cfg.BinDir != "" {
		dirs = append(dirs, cfg.BinDir)
	}
	beside := filepath.Dir(cfg.Executable)
	candidates := []string{filepath.Join(beside, "postgres", "bin"), filepath.Join(beside, "..", "postgres", "bin")}
	candidates = append(candidates, systemNewestFirst()...)
	if path, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			candidates = append(candidates, filepath.Dir(real))
		}
	}
	for _, dir := range candidates {
		if complete(dir) && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func systemNewestFirst() []string {
	var dirs []string
	for _, pattern := range systemDirs {
		found, _ := filepath.Glob(pattern) // only a malformed pattern fails
		dirs = append(dirs, found...)
	}
	slices.SortStableFunc(dirs, func(a, b string) int { return pathVersion(b) - pathVersion(a) })
	return dirs
}

var digits = regexp.MustCompile(`\d+`)

func pathVersion(dir string) int {
	n, _ := strconv.Atoi(digits.FindString(dir)) // no digits: 0, sorts last
	return n
}

func complete(dir string) bool {
	for _, name := range []string{"postgres", "initdb"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

var versionLine = regexp.MustCompile(`^postgres \(PostgreSQL\) ((\d+)\S*)`)

func inspect(ctx context.Context, h *home, dir string) (binaries, error) {
	if !complete(dir) {
		return binaries{}, fmt.Errorf("%w: %s lacks postgres or initdb", ErrNoBinaries, dir)
	}
	env, err := linkLibraries(dir, h.dir)
	if err != nil {
		return binaries{}, err
	}
	bin := binaries{dir: dir, env: append(env, "LC_ALL=C.UTF-8", "TZ=UTC", "PATH=/usr/bin:/bin")}
	out, err := bin.run(ctx, identity{}, h.dir, "postgres", "--version")
	if err != nil {
		return binaries{}, err
	}
	m := versionLine.FindStringSubmatch(out)
	if m == nil {
		return binaries{}, fmt.Errorf("%s/postgres gives its version as %q", dir, out)
	}
	bin.version = m[1]
	bin.major, err = strconv.Atoi(m[2])
	return bin, err
}

// run runs one of the programs to its end and returns what it printed.
func (b binaries) run(ctx context.Context, who identity, dir, program string, args ...string) (string, error) {
	out := &tail{}
	cmd := b.command(who, dir, program, args...)
	cmd.Stdout, cmd.Stderr = out, out
	proc, err := spawn(cmd)
	if err != nil {
		return "", fmt.Errorf("running %s: %w", program, err)
	}
	select {
	case <-proc.done:
	case <-ctx.Done():
		proc.kill()
		<-proc.done
		return "", fmt.Errorf("running %s: %w", program, context.Cause(ctx))
	}
	if proc.failure != nil {
		return "", fmt.Errorf("running %s: %w: %s", program, proc.failure, out)
	}
	return out.String(), nil
}

func (b binaries) command(who identity, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(b.dir, program), args...) //nolint:noctx // a server is ended in order, not killed with a context
	cmd.Dir = dir
	cmd.Env = b.env
	cmd.WaitDelay = 5 * time.Second
	cmd.SysProcAttr = who.attributes(deathSignal)
	return cmd
}

var versionedLibrary = regexp.MustCompile(`^(lib.+\.so\.\d+)\.\d[\d.]*$`)

// linkLibraries makes a package's own libraries work. The loader does not look
// beside the program for what those libraries need in turn, and a package
// unpacked without running its scripts lacks the symbolic links
// (libx.so.1 -> libx.so.1.2): they are made under home, never in the package.
// It returns the environment that makes the loader find all of it.
func linkLibraries(binDir, home string) ([]string, error) {
	lib := filepath.Join(binDir, "..", "lib")
	files, _ := filepath.Glob(filepath.Join(lib, "lib*.so.*")) // only a malformed pattern fails
	if len(files) == 0 {
		return nil, nil
	}
	sum := sha256.Sum256([]byte(binDir))
	dir := filepath.Join(home, "lib", hex.EncodeToString(sum[:4]))
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // the server runs as somebody else and reads links to public libraries
		return nil, fmt.Errorf("making a directory for library links: %w", err)
	}
	for _, file := range files {
		m := versionedLibrary.FindStringSubmatch(filepath.Base(file))
		if m == nil || slices.Contains(files, filepath.Join(lib, m[1])) {
			continue
		}
		if err := ensureLink(filepath.Join(dir, m[1]), file); err != nil {
			return nil, err
		}
	}
	return []string{"LD_LIBRARY_PATH=" + dir + ":" + lib}, nil
}

func ensureLink(link, target string) error {
	if have, err := os.Readlink(link); err == nil && have == target {
		return nil
	}
	if err := os.Remove(link); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("replacing a library link: %w", err)
	}
	if err := os.Symlink(target, link); err != nil {
		return fmt.Errorf("linking a library: %w", err)
	}
	return nil
}
