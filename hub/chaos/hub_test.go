package chaos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/mailpeers"
	"sportello.dev/adapters/simulator"
)

const (
	// restartPause keeps a hub that cannot start from spinning.
	restartPause = 300 * time.Millisecond
	// upWait bounds how long anything of the hub may take to be there.
	upWait = 60 * time.Second
)

// hub is the process under test and what starts it again after each kill.
type hub struct {
	*desk

	programs programs
	env      []string
	args     []string
	log      *os.File
	addr     string
	public   string

	mu       sync.Mutex
	pid      int
	stopping bool
	deaths   []string // ends that were not this test's doing
	murdered bool
	// excused: the database is away, a hub that ends may do so.
	excused bool
	ended   chan struct{}
}

// newHub prepares a hub on a database, with one channel per mailbox of the world.
func newHub(t *testing.T, p programs, database string, world *simulator.World) *hub {
	t.Helper()
	dir := t.TempDir()
	log, err := os.Create(filepath.Join(dir, "hub.log"))
	require.NoError(t, err)
	t.Cleanup(func() { log.Close() })
	ports := mailpeers.FreePorts(t, 2)
	h := &hub{programs: p, log: log, addr: local(ports[0]), public: local(ports[1]), ended: make(chan struct{}), env: environment(map[string]string{
		"SPORTELLO_DATABASE_URL": database, "SPORTELLO_DATA_DIR": filepath.Join(dir, "data"),
		"SPORTELLO_ADAPTERS_DIR": p.adapters, "SPORTELLO_LOG_FORMAT": "text",
	})}
	h.args = []string{"serve", "--internal", h.addr, "--public", h.public}
	for _, box := range mailboxes {
		h.addChannel(t, dir, world, box)
	}
	h.addOthers(t, dir, world)
	token, err := output(t.Context(), h.env, p.hub, "user", "token", "oracle", "--lasts", "30d")
	require.NoError(t, err)
	h.desk = newDesk(h.addr, token)
	return h
}

// environment is this process's own without settings of a hub, and the given ones.
func environment(set map[string]string) []string {
	var env []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "SPORTELLO_") {
			env = append(env, entry)
		}
	}
	for name, value := range set {
		env = append(env, name+"="+value)
	}
	return env
}

func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func (h *hub) addChannel(t *testing.T, dir string, world *simulator.World, box mailbox) {
	t.Helper()
	server := func(addr string, more map[string]any) map[string]any {
		host, port, err := net.SplitHostPort(addr)
		require.NoError(t, err)
		number, err := strconv.Atoi(port)
		require.NoError(t, err)
		more["host"], more["port"], more["security"] = host, number, "none"
		return more
	}
	h.add(t, dir, box.slug, "email", map[string]any{
		"address": box.address, "display_name": "Comune di Valdoria", "plus_address": true,
		"authserv_ids": []string{simulator.DefaultAuthServID},
		"imap":         server(world.IMAPAddr(), box.imap()),
		"smtp":         server(world.SMTPAddr(), map[string]any{}),
	}, map[string]string{"/imap/password": password})
}

// keep runs the hub until ctx ends, and starts it again whenever it has ended.
func (h *hub) keep(ctx context.Context) {
	// The death signal of a child comes with the end of the thread that started it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(h.ended)
	for ctx.Err() == nil {
		began := time.Now()
		err := h.life(ctx)
		h.mu.Lock()
		if !h.murdered && !h.stopping && !h.excused {
			h.deaths = append(h.deaths, fmt.Sprintf("%s after %s: %v", began.Format(clock), time.Since(began).Round(time.Millisecond), err))
		}
		mine := h.murdered
		h.murdered, h.pid = false, 0
		h.mu.Unlock()
		if !mine {
			pause(ctx, restartPause)
		}
	}
}

// life is one process of the hub, from start to end.
func (h *hub) life(ctx context.Context) error {
	c := exec.Command(h.programs.hub, h.args...)
	c.Env, c.Stdout, c.Stderr = h.env, h.log, h.log
	// A test binary that is itself killed leaves no hub behind.
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	fmt.Fprintf(h.log, "---- start %s\n", time.Now().Format(clock))
	if err := c.Start(); err != nil {
		return err
	}
	h.mu.Lock()
	h.pid = c.Process.Pid
	h.mu.Unlock()
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-over:
		case <-ctx.Done():
			h.mu.Lock()
			h.stopping = true
			h.mu.Unlock()
			_ = c.Process.Signal(syscall.SIGTERM)
		}
	}()
	return c.Wait()
}

// excuse says whether the hub may end by itself for the time being.
func (h *hub) excuse(yes bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.excused = yes
}

// kill ends the hub with SIGKILL and says when.
func (h *hub) kill() (time.Time, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pid == 0 {
		return time.Time{}, errors.New("the hub is not running")
	}
	h.murdered = true
	return time.Now(), signal(syscall.SIGKILL, h.pid)
}

// killAdapter ends the hub's adapter processes with SIGKILL and says when.
func (h *hub) killAdapter() (time.Time, error) {
	h.mu.Lock()
	pid := h.pid
	h.mu.Unlock()
	adapters := children(pid)
	if pid == 0 || len(adapters) == 0 {
		return time.Time{}, errors.New("no adapter is running")
	}
	return time.Now(), signal(syscall.SIGKILL, adapters...)
}

// unexplained are the ends of the hub that nobody caused.
func (h *hub) unexplained() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string{}, h.deaths...)
}

// up waits until the hub answers, its database too, and an adapter runs.
func (h *hub) up(ctx context.Context) error {
	return await(ctx, upWait, "the hub to be up", func() bool {
		h.mu.Lock()
		pid := h.pid
		h.mu.Unlock()
		return pid != 0 && len(children(pid)) > 0 && h.alive(ctx)
	})
}
