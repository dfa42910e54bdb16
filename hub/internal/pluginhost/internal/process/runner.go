package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// drain is how long the output of an ended program is still read: a child that outlived it may hold the pipe open.
const drain = time.Second

// child is a started program; it is the runner that go-plugin works with.
type child struct {
	cmd    *exec.Cmd
	name   string
	socket string
	stdout *handshakeReader
	stderr *os.File
	// inputs are the hub's ends of the pipes, outputs the program's.
	inputs  []*os.File
	outputs []*os.File

	started chan error
	// exited is closed when the program was reaped; failure then says how it ended.
	exited  chan struct{}
	failure error

	mu     sync.Mutex
	pid    int
	reaped bool
	// unwanted: killed before it was started.
	unwanted bool
}

// newChild prepares cmd; what it writes after the handshake goes to output. socketDir is where its sockets must be.
func newChild(cmd *exec.Cmd, name, socketDir string, output io.Writer) (*child, error) {
	outR, outW, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe: %w", err)
	}
	errR, errW, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("making a pipe: %w", err), outR.Close(), outW.Close())
	}
	// Stdin stays nil, which is the null device.
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, outW, errW
	return &child{
		cmd: cmd, name: name, socket: socketDir,
		stdout: &handshakeReader{pipe: outR, rest: output}, stderr: errR,
		inputs: []*os.File{outR, errR}, outputs: []*os.File{outW, errW},
		started: make(chan error, 1), exited: make(chan struct{}),
	}, nil
}

// Start runs the program.
func (c *child) Start(context.Context) error {
	go c.own()
	return <-c.started
}

// own starts the program, waits for its end and reaps it, all on one thread of its own: the kernel sends the
// parent-death signal when the thread that started the program ends, not when the process does.
func (c *child) own() {
	// Never unlocked: the thread ends with this goroutine, and with it the mark set below.
	runtime.LockOSThread()
	if err := c.launch(); err != nil {
		c.started <- err
		close(c.exited)
		return
	}
	c.started <- nil
	c.awaitEnd()
	c.mu.Lock()
	// Still a zombie, so its number, which is also that of the group, is not in use by others.
	_ = unix.Kill(-c.pid, unix.SIGKILL)
	c.reaped = true
	c.mu.Unlock()
	c.failure = c.cmd.Wait()
	deadline := time.Now().Add(drain)
	for _, p := range c.inputs {
		_ = p.SetReadDeadline(deadline)
	}
	close(c.exited)
}

func (c *child) launch() error {
	defer c.closeAll(c.outputs)
	// Inherited by the program: no set-uid binary that it runs gains anything.
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("giving up new privileges: %w", err)
	}
	if err := c.cmd.Start(); err != nil {
		return fmt.Errorf("starting the program: %w", err)
	}
	c.mu.Lock()
	c.pid = c.cmd.Process.Pid
	unwanted := c.unwanted
	c.mu.Unlock()
	if unwanted {
		return c.Kill(context.Background())
	}
	// A core file would hold the channels' secrets.
	_ = unix.Prlimit(c.cmd.Process.Pid, unix.RLIMIT_CORE, &unix.Rlimit{}, nil)
	return nil
}

// awaitEnd returns when the program has ended and is not reaped yet.
func (c *child) awaitEnd() {
	for {
		err := unix.Waitid(unix.P_PID, c.pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, syscall.EINTR) {
			return
		}
	}
}

// Kill ends the program and everything in its process group.
func (c *child) Kill(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pid == 0 {
		c.unwanted = true
		return nil
	}
	if c.reaped {
		return nil
	}
	if err := unix.Kill(-c.pid, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("killing the program: %w", err)
	}
	return nil
}

// Wait returns when the program was reaped.
func (c *child) Wait(context.Context) error {
	<-c.exited
	return c.failure
}

// Stdout gives the handshake line and then nothing until the program closes it.
func (c *child) Stdout() io.ReadCloser { return c.stdout }

// Stderr is the program's log.
func (c *child) Stderr() io.ReadCloser { return c.stderr }

// Name is used by go-plugin in its own words.
func (c *child) Name() string { return c.name }

// ID is the process id.
func (c *child) ID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pid == 0 {
		return ""
	}
	return strconv.Itoa(c.pid)
}

// Diagnose has nothing to add.
func (c *child) Diagnose(context.Context) string { return "" }

// PluginToHost accepts only sockets in the directory made for this program.
func (c *child) PluginToHost(network, address string) (string, string, error) {
	if network != "unix" || filepath.Dir(filepath.Clean(address)) != c.socket {
		return "", "", errors.New("the program answered with an address outside its directory")
	}
	return network, address, nil
}

// HostToPlugin changes nothing.
func (c *child) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}

// release frees what an ended program leaves; its output must have been read.
func (c *child) release() {
	c.closeAll(c.inputs)
	_ = os.RemoveAll(c.socket)
}

func (c *child) closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}
