package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// deathSignal is what the kernel sends to the server when the hub dies: an
// orderly, fast shutdown.
const deathSignal = syscall.SIGINT

// process is a child that cannot outlive this one.
type process struct {
	pid     int
	done    chan struct{}
	failure error // set before done is closed
	mu      sync.Mutex
	ended   bool
}

// spawn starts cmd and watches it to its end.
func spawn(cmd *exec.Cmd) (*process, error) {
	p := &process{done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The kernel ties the death signal to the thread that made the child.
		// This goroutine keeps its thread until the child is gone.
		runtime.LockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		p.pid = cmd.Process.Pid
		started <- nil
		err := cmd.Wait()
		p.mu.Lock()
		p.ended = true
		p.mu.Unlock()
		if err != nil {
			p.failure = fmt.Errorf("process ended: %w", err)
		}
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// signal reaches the process only while its number is still its own.
func (p *process) signal(sig syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		_ = syscall.Kill(p.pid, sig) // it may just have ended
	}
}

func (p *process) kill() { p.signal(syscall.SIGKILL) }

// tail keeps the last lines that a program printed and passes every line on.
type tail struct {
	log *slog.Logger
	// stopping: the program was told to end, so what every end causes is nothing to warn of.
	stopping atomic.Bool
	mu       sync.Mutex
	part     string
	lines    []string
}

const tailLines = 20

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.part += string(b)
	for {
		line, rest, ok := strings.Cut(t.part, "\n")
		if !ok {
			break
		}
		t.part = rest
		t.add(line)
	}
	if len(t.part) > 4096 { // a line without end must not fill memory
		t.add(t.part)
		t.part = ""
	}
	return len(b), nil
}

func (t *tail) add(line string) {
	if len(t.lines) == tailLines {
		t.lines = t.lines[1:]
	}
	t.lines = append(t.lines, line)
	if t.log == nil {
		return
	}
	t.log.Log(context.Background(), levelOf(line, t.stopping.Load()), "postgres: "+line)
}

var (
	// routine are lines that every start or dropped client causes.
	routine = []string{"the database system is starting up", "connection to client lost"}
	// ending are lines that every end causes: sessions are cut, and whoever was just connecting is turned away.
	ending = []string{"the database system is shutting down", "terminating connection due to administrator command"}
)

func levelOf(line string, stopping bool) slog.Level {
	within := func(text string) bool { return strings.Contains(line, text) }
	if slices.ContainsFunc(routine, within) || stopping && slices.ContainsFunc(ending, within) {
		return slog.LevelDebug
	}
	for _, prefix := range []string{"FATAL", "PANIC", "WARNING"} {
		if strings.HasPrefix(line, prefix) {
			return slog.LevelWarn
		}
	}
	return slog.LevelDebug
}

// String returns the last lines.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(strings.Join(append(t.lines, t.part), "\n"))
}
