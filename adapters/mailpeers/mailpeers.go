// Package mailpeers runs the mail servers of the distribution, Dovecot and
// Postfix, for tests that need real peers: on free ports of the loopback
// interface, in a directory of their own, gone with the test.
//
// Postfix takes submissions (AUTH by Dovecot) and delivers every address of
// the domains to Dovecot over LMTP; Dovecot serves all of them by IMAP with one
// password. Nothing leaves the machine.
package mailpeers

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Password opens every mailbox.
const Password = "parola-d-ordine"

// What Filing sends is filed in its folder FiledIn, where there is one, as some providers do by themselves.
const (
	Filing  = "protocollo@comune.esempio.it"
	FiledIn = "Inviati"
)

// Domains whose every address has a mailbox.
var Domains = []string{"comune.esempio.it", "example.com"}

// Peers are the servers of one test.
type Peers struct {
	Host string
	IMAP int // without TLS
	LMTP int
	SMTP int // submission and delivery, without TLS

	dir string
}

const (
	startPatience = 20 * time.Second
	stopPatience  = 5 * time.Second
)

// Start starts both servers. Where they are not installed, or the tests do not
// run as root, which Postfix needs, the test fails if CI is set and is passed
// over otherwise, with a line that says what is missing.
func Start(tb testing.TB) *Peers {
	tb.Helper()
	demand(tb, "dovecot", "postfix")
	p := start(tb)
	p.startDovecot(tb)
	p.startPostfix(tb)
	return p
}

// StartDovecot starts Dovecot alone: IMAP and LMTP.
func StartDovecot(tb testing.TB) *Peers {
	tb.Helper()
	demand(tb, "dovecot")
	p := start(tb)
	p.startDovecot(tb)
	return p
}

func demand(tb testing.TB, programs ...string) {
	tb.Helper()
	var missing []string
	for _, program := range programs {
		if _, err := find(program); err != nil {
			missing = append(missing, program)
		}
	}
	if os.Geteuid() != 0 {
		missing = append(missing, "root")
	}
	switch {
	case len(missing) == 0:
	case os.Getenv("CI") != "":
		tb.Fatalf("missing for tests with real mail servers: %s", strings.Join(missing, ", "))
	default:
		tb.Skipf("missing for tests with real mail servers: %s", strings.Join(missing, ", "))
	}
}

// find also looks where the path of ordinary users does not.
func find(program string) (string, error) {
	if filepath.IsAbs(program) {
		return program, nil
	}
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	return exec.LookPath(filepath.Join("/usr/sbin", program))
}

func start(tb testing.TB) *Peers {
	tb.Helper()
	dir, err := os.MkdirTemp("", "mailpeers")
	check(tb, err)
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	check(tb, os.Chmod(dir, 0o755))
	ports := FreePorts(tb, 3)
	return &Peers{Host: "127.0.0.1", IMAP: ports[0], LMTP: ports[1], SMTP: ports[2], dir: dir}
}

// FreePorts are below those that the system gives to whoever asks for any, or calls somebody: no other test has one by the
// time it is used, nor while a server that was killed is not back. All are held before any is given back, so that they differ.
func FreePorts(tb testing.TB, n int) []int {
	tb.Helper()
	var ports []int
	for range 1000 {
		if len(ports) == n {
			return ports
		}
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(21000+rand.IntN(11000))))
		if err == nil {
			defer func() { _ = listener.Close() }()
			ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
		}
	}
	tb.Fatalf("no %d ports are free", n)
	return nil
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func (p *Peers) write(tb testing.TB, name, content string) string {
	tb.Helper()
	path := filepath.Join(p.dir, name)
	check(tb, os.MkdirAll(filepath.Dir(path), 0o755))
	check(tb, os.WriteFile(path, []byte(content), 0o644))
	return path
}

// own makes a directory that belongs to a user of the system.
func (p *Peers) own(tb testing.TB, name, owner string) string {
	tb.Helper()
	path := filepath.Join(p.dir, name)
	check(tb, os.MkdirAll(path, 0o755))
	account, err := user.Lookup(owner)
	check(tb, err)
	uid, err := strconv.Atoi(account.Uid)
	check(tb, err)
	check(tb, os.Chown(path, uid, -1))
	return path
}

// run runs a server in the foreground until the test ends, and waits for its
// end. The kernel ends it when the test's process dies: that holds for the
// thread that started it, which therefore stays.
func run(tb testing.TB, program string, arguments ...string) {
	tb.Helper()
	path, err := find(program)
	check(tb, err)
	command := exec.Command(path, arguments...)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	command.Env = environment()
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			_ = command.Wait() // it ends by the signal below
		}
	}()
	check(tb, <-started)
	tb.Cleanup(func() { stop(command.Process, ended) })
}

// stop asks first, because a server has children of its own to end.
func stop(process *os.Process, ended <-chan struct{}) {
	_ = process.Signal(syscall.SIGTERM) // no error but that it has ended
	select {
	case <-ended:
	case <-time.After(stopPatience):
		_ = process.Kill()
		<-ended
	}
}

func environment() []string {
	return []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"}
}

// answers waits until a port of the loopback interface greets.
func answers(tb testing.TB, port int, logs func() string) {
	tb.Helper()
	deadline := time.Now().Add(startPatience)
	for {
		err := greets(port)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			tb.Fatalf("port %d does not greet: %v\n%s", port, err, logs())
		}
		<-time.After(20 * time.Millisecond)
	}
}

func greets(port int) error {
	conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), time.Second)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return err
	}
	n, err := conn.Read(make([]byte, 64))
	if n == 0 {
		return errors.Join(errors.New("no greeting"), err)
	}
	return nil
}

// logOf is what a server has written, for failures.
func (p *Peers) logOf(name string) func() string {
	return func() string {
		content, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil {
			return err.Error()
		}
		return string(content)
	}
}

// Deliver hands a mail to Dovecot over LMTP, as the town's relay would.
func (p *Peers) Deliver(tb testing.TB, from, to string, mail []byte) {
	tb.Helper()
	check(tb, deliver(p.LMTP, from, to, mail))
}

func addresses() string {
	return fmt.Sprintf("relay_domains=%s", strings.Join(Domains, " "))
}
