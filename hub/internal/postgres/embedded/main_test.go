package embedded_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/postgres/embedded"
)

// hubVariable makes the test binary play a hub instead of running tests: it
// starts a server with the configuration it holds, says so, and stops it when
// its standard input ends.
const hubVariable = "EMBEDDED_TEST_HUB"

func TestMain(m *testing.M) {
	if raw := os.Getenv(hubVariable); raw != "" {
		if err := playHub(raw); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if dir, err := workshop(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// announcement is the line a played hub prints when its server is up.
type announcement struct {
	URL     string
	PID     int
	Version string
}

func playHub(raw string) error {
	var cfg embedded.Config
	if err := json.Unmarshal([]byte(raw), &cfg); err != nil {
		return err
	}
	server, err := embedded.Start(context.Background(), cfg)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(announcement{server.URL(), server.PID(), server.Version()}); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // whatever ends the input ends the hub
	return server.Stop(context.Background())
}

// hub is another process that owns a server.
type hub struct {
	announcement
	cmd   *exec.Cmd
	stdin io.Closer
}

// startHub runs cfg in a process of its own, as another user if one is named.
func startHub(t *testing.T, cfg embedded.Config, as *syscall.Credential) (*hub, error) {
	t.Helper()
	raw, err := json.Marshal(cfg)
	require.NoError(t, err)
	cmd := exec.Command(testBinary(t))
	cmd.Dir = "/"
	cmd.Env = []string{hubVariable + "=" + string(raw), "PATH=/usr/bin:/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		stdin.Close()
		_ = cmd.Wait() // a test that cares has waited
	})
	out := bufio.NewReader(stdout)
	line, _ := out.ReadString('\n') // the rest decides
	h := &hub{cmd: cmd, stdin: stdin}
	if err := json.Unmarshal([]byte(line), &h.announcement); err != nil {
		rest, _ := io.ReadAll(out)
		return nil, errors.New(line + string(rest))
	}
	return h, nil
}

// kill ends the hub without warning.
func (h *hub) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, h.cmd.Process.Kill())
	_ = h.cmd.Wait() // it was killed
}

// stop ends the hub in order.
func (h *hub) stop(t *testing.T) {
	t.Helper()
	h.stdin.Close()
	require.NoError(t, h.cmd.Wait())
}

// Things that all tests of this binary use and every user may read.
var (
	workshop   = sync.OnceValues(makeWorkshop)
	hubProgram = sync.OnceValues(copyTestBinary)
	npmPackage = sync.OnceValues(copyNpmPackage)
)

func makeWorkshop() (string, error) {
	dir, err := os.MkdirTemp("", "sportello-embedded-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}

func copyTestBinary() (string, error) {
	dir, err := workshop()
	if err != nil {
		return "", err
	}
	to := filepath.Join(dir, "hub")
	return to, exec.Command("cp", os.Args[0], to).Run()
}

func copyNpmPackage() (string, error) {
	dir, err := workshop()
	if err != nil {
		return "", err
	}
	out, err := exec.Command("../../../../deploy/scripts/fetch-postgres").Output()
	if err != nil {
		return "", fmt.Errorf("fetching PostgreSQL from npm: %w", err)
	}
	to := filepath.Join(dir, "native")
	return to, exec.Command("cp", "-r", filepath.Dir(strings.TrimSpace(string(out))), to).Run()
}

func testBinary(t testing.TB) string {
	t.Helper()
	path, err := hubProgram()
	require.NoError(t, err)
	return path
}

// npmBin is the program directory of the npm package.
func npmBin(t testing.TB) string {
	t.Helper()
	native, err := npmPackage()
	require.NoError(t, err)
	return filepath.Join(native, "bin")
}

// systemBin is the program directory of the newest PostgreSQL of the machine.
func systemBin(t testing.TB) string {
	t.Helper()
	dirs := embedded.SystemNewestFirst()
	require.NotEmpty(t, dirs, "the tests need a PostgreSQL of the system: apt-get install postgresql")
	return dirs[0]
}

func nobody() *syscall.Credential {
	return &syscall.Credential{Uid: 65534, Gid: 65534, Groups: []uint32{}}
}

// volatile is a configuration for tests that lose nothing with their data.
func volatile(dir string) embedded.Config {
	return embedded.Config{Dir: dir, Volatile: true, StartTimeout: time.Minute}
}

func start(t testing.TB, cfg embedded.Config) *embedded.Server {
	t.Helper()
	s, err := embedded.Start(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() {
		select {
		case <-s.Done():
		default:
			stop(t, s)
		}
	})
	return s
}

func stop(t testing.TB, s *embedded.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Errorf("stopping: %v", err)
	}
}

// ask runs a statement and returns its one value as text; "" for none.
func ask(t testing.TB, url, statement string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	results, err := conn.PgConn().Exec(t.Context(), statement).ReadAll()
	require.NoError(t, err, statement)
	last := results[len(results)-1]
	if len(last.Rows) == 0 {
		return ""
	}
	return string(last.Rows[0][0])
}

// ended waits until a process is gone, or dead and not collected by its parent.
func ended(t testing.TB, pid int) {
	t.Helper()
	require.Eventually(t, func() bool {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		return err != nil || strings.Contains(string(raw), ") Z ")
	}, waitFor, tick, "process %d lives on", pid)
}

// tempDir is a directory that every user may pass through, unlike t.TempDir.
func tempDir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
	return dir
}
