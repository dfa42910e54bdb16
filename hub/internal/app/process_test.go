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

	"sportello.dev/adapters/simulator"
)

// child is a program that runs beside the test, until that ends at the latest.
type child struct {
	pid   int
	ended chan struct{}
}

// spawn starts a program, as the first of its group, and hears its every line.
func spawn(t *testing.T, c *exec.Cmd, hear func(line string)) child {
	t.Helper()
	in, out, err := os.Pipe()
	require.NoError(t, err)
	c.Stdout, c.Stderr = out, out
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	log, started, ended := logOf(t), make(chan error, 1), make(chan struct{})
	go func() {
		// The death signal comes with the end of the thread that started the process.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(ended)
		defer in.Close()
		err := c.Start()
		out.Close()
		started <- err
		if err != nil {
			return
		}
		for lines := bufio.NewScanner(in); lines.Scan(); {
			log.Info(lines.Text())
			hear(lines.Text())
		}
		_ = c.Wait()
	}()
	require.NoError(t, <-started)
	child := child{pid: c.Process.Pid, ended: ended}
	t.Cleanup(child.kill)
	return child
}

// kill ends the program with SIGKILL and returns when it is gone.
func (c child) kill() {
	_ = syscall.Kill(c.pid, syscall.SIGKILL)
	<-c.ended
}

// told waits for what the program has to tell.
func (c child) told(t *testing.T, what <-chan string) string {
	t.Helper()
	select {
	case text := <-what:
		return text
	case <-c.ended:
	}
	t.Fatal("the program ended at once")
	return ""
}

// process is a replica in a process of its own, which can be killed and measured.
type process struct {
	desk
	child
}

// launch starts the hub's program on the site, with a data directory of its own, and waits until it serves.
func (s *site) launch(t *testing.T, env ...string) *process {
	t.Helper()
	c := exec.Command(build(t).hub, "serve")
	c.Env = append(environment(t.TempDir()), "SPORTELLO_DATABASE_URL="+s.cfg.Database.URL, "SPORTELLO_KEY_FILE="+s.cfg.KeyFile,
		"SPORTELLO_BLOB_DIR="+s.cfg.Blob.Dir, "SPORTELLO_ADAPTERS_DIR="+s.cfg.Adapters.Dir, "SPORTELLO_LOG_LEVEL=info", "SPORTELLO_LOG_FORMAT=json")
	c.Env = append(c.Env, env...)
	addr := make(chan string, 1)
	p := &process{child: spawn(t, c, func(line string) {
		var said struct{ Msg, Internal string }
		if json.Unmarshal([]byte(line), &said) == nil && said.Msg == "hub running" {
			addr <- said.Internal
		}
	})}
	p.desk = desk{base: "http://" + p.told(t, addr), token: s.token}
	return p
}

// newOutside is newWorld in a process of its own: this one, with its race detector, is slow at moving much mail.
func newOutside(t *testing.T, more ...string) post {
	t.Helper()
	args := []string{"--data", t.TempDir(), "--smtp", "127.0.0.1:0", "--imap", "127.0.0.1:0", "--http", "127.0.0.1:0", "--quiet"}
	for _, mailbox := range append([]string{townMailbox}, more...) {
		args = append(args, "--mailbox", mailbox+"="+townPassword)
	}
	smtp, imap := make(chan string, 1), make(chan string, 1)
	c := spawn(t, exec.Command(build(t).simulator, args...), func(line string) {
		if name, addr, ok := strings.Cut(line, " "); ok && name == "smtp" {
			smtp <- strings.TrimSpace(addr)
		} else if ok && name == "imap" {
			imap <- strings.TrimSpace(addr)
		}
	})
	return post{smtp: c.told(t, smtp), imap: c.told(t, imap), town: townMailbox, password: simulator.DefaultCitizenPassword}
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
