package process_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/pluginhost/internal/process"
	"sportello.dev/hub/internal/pluginhost/internal/rogue"
	"sportello.dev/plugins-sdk/channelpb"
)

// hostRole makes the test binary a hub that starts an adapter, says its process id and waits to be killed.
const hostRole = "PROCESS_TEST_HOST"

func TestMain(m *testing.M) {
	if rogue.Summoned() {
		rogue.Main()
	}
	if path, dir, ok := strings.Cut(os.Getenv(hostRole), ":"); ok {
		actAsHost(path, dir)
	}
	// Stands for the database password that a hub carries in its environment.
	_ = os.Setenv("SPORTELLO_DATABASE_URL", "postgres://hub:canary@db/sportello")
	os.Exit(m.Run())
}

type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// newSpec installs an adapter of its own, so that a test may spoil it.
func newSpec(t *testing.T, mode string) (process.Spec, *output) {
	t.Helper()
	path, sum, err := rogue.Install(t.TempDir())
	require.NoError(t, err)
	// Not t.TempDir: the path of a socket must be short.
	run, err := os.MkdirTemp("", "pt")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(run)) })
	out := &output{}
	return process.Spec{
		Path: path, SHA256: sum, Dir: run, StartTimeout: 20 * time.Second,
		Env: []string{rogue.Mode + "=" + mode}, Output: func() io.Writer { return out },
	}, out
}

func start(t *testing.T, spec process.Spec) *process.Process {
	t.Helper()
	p, err := process.Start(t.Context(), spec)
	require.NoError(t, err)
	t.Cleanup(p.Kill)
	return p
}

// stateOf is the kernel's letter for a process: Z is a zombie, T is stopped, "" is none at all.
func stateOf(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return rest[:1]
}

// alive tells a running process from one that is gone; a zombie is, whoever its parent.
func alive(pid int) bool {
	state := stateOf(pid)
	return state != "" && state != "Z"
}

func requireDead(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool { return !alive(pid) }, 20*time.Second, 10*time.Millisecond)
}

func TestAdapterAnswers(t *testing.T) {
	t.Parallel()
	spec, _ := newSpec(t, "")
	p := start(t, spec)
	d, err := p.API.Describe(t.Context(), &channelpb.DescribeRequest{})
	require.NoError(t, err)
	require.Equal(t, "rogue", d.GetAdapter())
	require.NoError(t, p.Ping(t.Context()))
}

func TestEnvironmentOfTheHubIsNotInherited(t *testing.T) {
	t.Parallel()
	spec, _ := newSpec(t, "")
	p := start(t, spec)
	environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.PID()))
	require.NoError(t, err)
	require.NotContains(t, string(environ), "canary")
	allowed := map[string]bool{
		"PATH": true, "LANG": true, "HOME": true, "TMPDIR": true, rogue.Mode: true, "CHANNEL_ADAPTER": true,
		"PLUGIN_MIN_PORT": true, "PLUGIN_MAX_PORT": true, "PLUGIN_PROTOCOL_VERSIONS": true, "PLUGIN_CLIENT_CERT": true,
		"PLUGIN_UNIX_SOCKET_DIR": true,
	}
	for _, entry := range strings.Split(strings.TrimRight(string(environ), "\x00"), "\x00") {
		name, _, _ := strings.Cut(entry, "=")
		require.True(t, allowed[name], name)
	}
}

func TestStdinAndWorkingDirectoryAreItsOwn(t *testing.T) {
	t.Parallel()
	spec, _ := newSpec(t, "")
	p := start(t, spec)
	stdin, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/0", p.PID()))
	require.NoError(t, err)
	require.Equal(t, "/dev/null", stdin)
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", p.PID()))
	require.NoError(t, err)
	require.Equal(t, spec.Dir, filepath.Dir(cwd))
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	require.NoError(t, err)
	require.Contains(t, string(status), "NoNewPrivs:\t1")
}

func TestEveryStartChecksTheDigestAnew(t *testing.T) {
	t.Parallel()
	spec, _ := newSpec(t, "")
	for range 3 {
		p, err := process.Start(t.Context(), spec)
		require.NoError(t, err)
		p.Kill()
		requireDead(t, p.PID())
	}
	left, err := os.ReadDir(spec.Dir)
	require.NoError(t, err)
	require.Empty(t, left, "socket directories are removed")
}

func TestSwappedProgramIsRefused(t *testing.T) {
	t.Parallel()
	spec, _ := newSpec(t, "")
	require.NoError(t, os.Rename(spec.Path, spec.Path+".old"))
	require.NoError(t, os.WriteFile(spec.Path, []byte("#!/bin/sh\ntouch ran\n"), 0o755))
	_, err := process.Start(t.Context(), spec)
	require.ErrorIs(t, err, process.ErrDigest)

	spec.SHA256 = [sha256.Size]byte{}
	spec.Path += ".old"
	_, err = process.Start(t.Context(), spec)
	require.ErrorIs(t, err, process.ErrDigest)
}

func TestMissingProgramIsAnError(t *testing.T) {
	t.Parallel()
	spec, _ := newSpec(t, "")
	spec.Path += ".gone"
	_, err := process.Start(t.Context(), spec)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestBadStartsEndAndLeaveNothing(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]string{
		rogue.Exit: "Unrecognized", rogue.Garbage: "Unrecognized", rogue.Mute: "timeout", rogue.Foreign: "outside its directory",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			spec, out := newSpec(t, mode)
			if mode == rogue.Mute {
				spec.StartTimeout = 2 * time.Second
			}
			_, err := process.Start(t.Context(), spec)
			require.Error(t, err)
			require.Less(t, len(err.Error()), 500)
			if mode == rogue.Exit {
				require.Contains(t, out.String(), "panic: told to")
			}
			if mode != rogue.Mute {
				require.Contains(t, err.Error(), want)
			}
			left, err := os.ReadDir(spec.Dir)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	t.Parallel()
	spec, _ := newSpec(t, rogue.Mute)
	ctx, cancel := context.WithCancel(t.Context())
	begun := time.Now()
	time.AfterFunc(300*time.Millisecond, cancel)
	_, err := process.Start(ctx, spec)
	require.Error(t, err)
	require.Less(t, time.Since(begun), spec.StartTimeout)
}

func TestStartWhoseContextIsOverStartsNothing(t *testing.T) {
	t.Parallel()
	spec, _ := newSpec(t, rogue.Mute)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	begun := time.Now()
	_, err := process.Start(ctx, spec)
	require.Error(t, err)
	require.Less(t, time.Since(begun), spec.StartTimeout)
}

func TestHostileLogDoesNotEndTheHub(t *testing.T) {
	t.Parallel()
	spec, out := newSpec(t, rogue.HostileLog)
	p := start(t, spec)
	require.Eventually(t, func() bool { return strings.Contains(out.String(), `"last"`) }, 20*time.Second, 10*time.Millisecond)
	require.Contains(t, out.String(), `{"@message":1}`)
	require.NoError(t, p.Ping(t.Context()))
}

func TestLogFloodDoesNotStopTheAdapter(t *testing.T) {
	t.Parallel()
	spec, _ := newSpec(t, rogue.Flood)
	spec.Output = func() io.Writer { return io.Discard }
	p := start(t, spec)
	for range 20 {
		require.NoError(t, p.Ping(t.Context()))
	}
}

func TestHangingAdapterIsKilled(t *testing.T) {
	t.Parallel()
	spec, _ := newSpec(t, "")
	p := start(t, spec)
	require.NoError(t, syscall.Kill(p.PID(), syscall.SIGSTOP))
	require.Eventually(t, func() bool { return stateOf(p.PID()) == "T" }, 20*time.Second, 10*time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	require.Error(t, p.Ping(ctx))

	begun := time.Now()
	p.Kill()
	require.Less(t, time.Since(begun), 15*time.Second)
	requireDead(t, p.PID())
}

func TestChildrenDieWithTheAdapter(t *testing.T) {
	t.Parallel()
	spec, out := newSpec(t, rogue.Parent)
	p := start(t, spec)
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "\n") }, 20*time.Second, 10*time.Millisecond)
	var child int
	_, err := fmt.Sscanf(out.String(), "child %d", &child)
	require.NoError(t, err)
	require.True(t, alive(child))

	require.NoError(t, syscall.Kill(p.PID(), syscall.SIGKILL))
	<-p.Done()
	require.Error(t, p.Failure())
	requireDead(t, child)
}

func TestKilledHubLeavesNoOrphan(t *testing.T) {
	t.Parallel()
	spec, _ := newSpec(t, "")
	hub := exec.Command("/proc/self/exe")
	hub.Env = []string{hostRole + "=" + spec.Path + ":" + spec.Dir}
	said, err := hub.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, hub.Start())
	var adapter int
	_, err = fmt.Fscanf(said, "%d\n", &adapter)
	require.NoError(t, err)
	require.True(t, alive(adapter))

	require.NoError(t, hub.Process.Kill())
	require.Error(t, hub.Wait())
	requireDead(t, adapter)

	mine := filepath.Join(spec.Dir, "mine")
	require.NoError(t, os.WriteFile(mine, nil, 0o600))
	require.NoError(t, process.Clean(spec.Dir))
	left, err := os.ReadDir(spec.Dir)
	require.NoError(t, err)
	require.Len(t, left, 1, "what the killed hub left is gone, and nothing else")
	require.FileExists(t, mine)
}

func actAsHost(path, dir string) {
	content, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	p, err := process.Start(context.Background(), process.Spec{
		Path: path, SHA256: sha256.Sum256(content), Dir: dir, StartTimeout: 20 * time.Second,
		Output: func() io.Writer { return io.Discard },
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(p.PID())
	select {}
}

func TestAnotherUser(t *testing.T) {
	t.Parallel()
	spec, _ := newSpec(t, "")
	nobody := &process.RunAs{UID: 65534, GID: 65534}
	spec.RunAs = nobody
	if os.Geteuid() != 0 {
		_, err := process.Start(t.Context(), spec)
		require.Error(t, err, "only root may change users")
		return
	}
	for dir := filepath.Dir(spec.Path); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		require.NoError(t, os.Chmod(dir, 0o711))
	}
	require.NoError(t, os.Chmod(spec.Dir, 0o711))
	p := start(t, spec)
	require.NoError(t, p.Ping(t.Context()))
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	require.NoError(t, err)
	require.Contains(t, string(status), "Uid:\t"+strings.TrimSuffix(strings.Repeat(strconv.Itoa(int(nobody.UID))+"\t", 4), "\t"))
}
