package reader

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// program is the adapter's own, the very file that runs even if another has
// taken its name since.
const program = "/proc/self/exe"

// keptBytes of what a reader says on standard error explain its end.
const keptBytes = 4 << 10

// process is one reader.
type process struct {
	*port

	cmd     *exec.Cmd
	answers *os.File // its standard output
	orders  *os.File // its standard input
	stderr  lastWords
	used    bool // it has read a mail before
	exited  chan struct{}
}

func start() (*process, error) {
	theirIn, out, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("starting a mail reader: %w", err)
	}
	defer theirIn.Close()
	in, theirOut, err := os.Pipe()
	if err != nil {
		_ = out.Close()
		return nil, fmt.Errorf("starting a mail reader: %w", err)
	}
	defer theirOut.Close()
	p := &process{port: newPort(in, out), answers: in, orders: out, exited: make(chan struct{})}
	// What this process was given without being asked stops here. Kernels that
	// cannot do that leave what Go would leave: nothing of our own.
	_ = unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC)
	p.cmd = &exec.Cmd{
		Path: program, Args: []string{programName}, Dir: "/", Env: []string{},
		Stdin: theirIn, Stdout: theirOut, Stderr: &p.stderr,
		SysProcAttr: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL},
	}
	started := make(chan error, 1)
	go p.live(started)
	if err := <-started; err != nil {
		_, _ = in.Close(), out.Close()
		return nil, fmt.Errorf("starting a mail reader: %w", err)
	}
	return p, nil
}

// live is the process's life, on one thread: the death signal comes with the
// end of the thread that started it.
func (p *process) live(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(p.exited)
	err := p.cmd.Start()
	started <- err
	if err == nil {
		_ = p.cmd.Wait() // how it ended is in ProcessState
	}
}

// kill ends the process and returns when nothing of it is left.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	p.end()
}

// end lets the process finish: its standard input is over.
func (p *process) end() {
	_ = p.orders.Close()
	<-p.exited
	_ = p.answers.Close()
}

// epitaph says in a line how the process ended; only after its end.
func (p *process) epitaph() string {
	if said := p.stderr.firstLine(); said != "" {
		return said
	}
	return p.cmd.ProcessState.String()
}

// lastWords keeps the beginning of what is written on standard error, which for
// a Go program that dies is the reason.
type lastWords struct {
	mu   sync.Mutex
	kept bytes.Buffer
}

// Write implements io.Writer.
func (t *lastWords) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept.Write(b[:min(len(b), keptBytes-min(keptBytes, t.kept.Len()))])
	return len(b), nil
}

func (t *lastWords) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept.String()
}

func (t *lastWords) firstLine() string { return firstLine(t.String()) }

// firstLine is short enough for a person to read.
func firstLine(text string) string {
	const most = 200
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return strings.ToValidUTF8(line[:min(len(line), most)], "")
}
