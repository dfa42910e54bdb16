package app_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// process is a replica in a process of its own, which can be killed and measured.
type process struct {
	desk

	pid   int
	ended chan struct{}
}

// launch starts the hub's program on the site, with a data directory of its own, and waits until it serves.
func (s *site) launch(t *testing.T) *process {
	t.Helper()
	c := exec.Command(build(t).hub, "serve")
	c.Env = append(environment(t.TempDir()), "SPORTELLO_DATABASE_URL="+s.cfg.Database.URL, "SPORTELLO_KEY_FILE="+s.cfg.KeyFile,
		"SPORTELLO_BLOB_DIR="+s.cfg.Blob.Dir, "SPORTELLO_ADAPTERS_DIR="+s.cfg.Adapters.Dir, "SPORTELLO_LOG_LEVEL=info", "SPORTELLO_LOG_FORMAT=json")
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := c.StderrPipe()
	require.NoError(t, err)
	p := &process{ended: make(chan struct{})}
	started, addr := make(chan error, 1), make(chan string, 1)
	go func() {
		// The death signal comes with the end of the thread that started the process.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.ended)
		err := c.Start()
		started <- err
		if err == nil {
			follow(bufio.NewScanner(out), logOf(t).Info, addr)
			_ = c.Wait()
		}
	}()
	require.NoError(t, <-started)
	p.pid = c.Process.Pid
	t.Cleanup(p.kill)
	select {
	case a := <-addr:
		p.desk = desk{base: "http://" + a, token: s.token}
	case <-p.ended:
		t.Fatal("the hub ended at once")
	}
	return p
}

// follow copies a log until its end and tells the address that the hub announces in it.
func follow(lines *bufio.Scanner, log func(string, ...any), addr chan<- string) {
	for lines.Scan() {
		log(lines.Text())
		var line struct{ Msg, Internal string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "hub running" {
			addr <- line.Internal
		}
	}
}

// kill ends the process with SIGKILL and returns when it is gone.
func (p *process) kill() {
	_ = syscall.Kill(p.pid, syscall.SIGKILL)
	<-p.ended
}

// adapter is the one adapter process of the replica.
func (p *process) adapter(t *testing.T) int {
	t.Helper()
	var found []int
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.pid))
	require.NoError(t, err)
	for _, file := range tasks {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, field := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(field)
			require.NoError(t, err)
			found = append(found, pid)
		}
	}
	require.Len(t, found, 1)
	return found[0]
}

// peak is the most memory that a process has had resident so far, in bytes.
func peak(t *testing.T, pid int) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			require.NoError(t, err)
			return kib << 10
		}
	}
	t.Fatal("the kernel does not say how much memory the process has had")
	return 0
}
