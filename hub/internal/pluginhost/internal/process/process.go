package process

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc/health/grpc_health_v1"

	"sportello.dev/plugins-sdk/channel/wire"
)

// killGrace is how long a program may take to end after it was asked to; go-plugin itself would wait for ever for the
// answer of one that hangs.
const killGrace = 2 * time.Second

// Spec says what to start.
type Spec struct {
	Path   string
	SHA256 [sha256.Size]byte
	// Env is the whole environment beside what the handshake needs.
	Env []string
	// Dir holds the sockets, in a directory for each program; only the hub's user can enter it.
	Dir string
	// Output makes a writer for one of the program's streams: lines of its log. It must not block.
	Output func() io.Writer
	// StartTimeout bounds the way from exec to the first answered call.
	StartTimeout time.Duration
	// RunAs is another user for the program, when the hub may change users.
	RunAs *RunAs
}

// RunAs is a user and group.
type RunAs struct {
	UID uint32
	GID uint32
}

// socketDirs is how go-plugin names the directory that it makes for each program.
const socketDirs = "plugin-dir*"

// Clean removes from dir what programs of a hub that was killed have left. No program may be running in it.
func Clean(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, socketDirs))
	if err != nil {
		return fmt.Errorf("looking for old sockets: %w", err)
	}
	for _, path := range left {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("removing old sockets: %w", err)
		}
	}
	return nil
}

// Process is a running program that has shaken hands.
type Process struct {
	// API makes calls to the adapter; its broker serves the hub to it.
	API *wire.Client

	client *plugin.Client
	health grpc_health_v1.HealthClient
	child  *child
	unhook func() bool
	stop   sync.Once
}

// Start checks and runs a program, once. A second start is a second call.
func Start(ctx context.Context, spec Spec) (*Process, error) {
	binary, err := openChecked(spec.Path, spec.SHA256)
	if err != nil {
		return nil, err
	}
	defer func() { _ = binary.Close() }()
	ctx, cancel := context.WithTimeout(ctx, spec.StartTimeout)
	defer cancel()
	p := &Process{}
	p.client = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  wire.Handshake(),
		VersionedPlugins: wire.HostPlugins(),
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, socketDir string) (runner.Runner, error) {
			child, err := newChild(spec.command(cmd.Env, executable(binary), socketDir), spec.Path, socketDir, spec.Output())
			if err != nil {
				return nil, err
			}
			p.child = child
			// Ends every wait of the library for a program that hangs on its way to the first answer.
			p.unhook = context.AfterFunc(ctx, func() { _ = child.Kill(context.Background()) })
			return child, nil
		},
		SkipHostEnv:      true,
		AutoMTLS:         true,
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		StartTimeout:     spec.StartTimeout,
		GRPCDialOptions:  wire.DialOptions(),
		UnixSocketConfig: spec.sockets(),
		Logger:           newSilent(),
		Stderr:           spec.Output(),
		SyncStdout:       spec.Output(),
		SyncStderr:       spec.Output(),
	})
	if err := p.connect(ctx); err != nil || !p.unhook() {
		p.Kill()
		return nil, fmt.Errorf("starting %s: %w", spec.Path, shorten(cmp.Or(err, ctx.Err())))
	}
	return p, nil
}

// connect starts the program and makes the first call.
func (p *Process) connect(ctx context.Context) error {
	if _, err := p.client.Start(); err != nil {
		return err
	}
	protocol, err := p.client.Client()
	if err != nil {
		return err
	}
	grpc, ok := protocol.(*plugin.GRPCClient)
	if !ok {
		return errors.New("the program does not speak gRPC")
	}
	p.health = grpc_health_v1.NewHealthClient(grpc.Conn)
	dispensed, err := protocol.Dispense(wire.PluginName)
	if err != nil {
		return err
	}
	p.API, ok = dispensed.(*wire.Client)
	if !ok {
		return errors.New("the program is no adapter")
	}
	return p.Ping(ctx)
}

// Ping asks the program whether it is well.
func (p *Process) Ping(ctx context.Context) error {
	answer, err := p.health.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: plugin.GRPCServiceName})
	if err != nil {
		return err
	}
	if s := answer.GetStatus(); s != grpc_health_v1.HealthCheckResponse_SERVING {
		return fmt.Errorf("the program says %s", s)
	}
	return nil
}

// PID is the process id.
func (p *Process) PID() int {
	p.child.mu.Lock()
	defer p.child.mu.Unlock()
	return p.child.pid
}

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.child.exited }

// Failure says how the program ended; only after Done.
func (p *Process) Failure() error { return p.child.failure }

// Kill asks the program to end, ends it by force soon after, and returns when nothing of it is left.
func (p *Process) Kill() {
	p.stop.Do(func() {
		if p.child == nil {
			return
		}
		force := time.AfterFunc(killGrace, func() { _ = p.child.Kill(context.Background()) })
		defer force.Stop()
		p.client.Kill()
		p.child.release()
	})
}

// command makes the program's command from the environment of the handshake.
func (s *Spec) command(handshake []string, executable, socketDir string) *exec.Cmd {
	cmd := &exec.Cmd{
		Path: executable,
		Args: []string{s.Path},
		Dir:  socketDir,
		SysProcAttr: &syscall.SysProcAttr{
			Setpgid:   true,
			Pdeathsig: syscall.SIGKILL,
		},
	}
	if s.RunAs != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: s.RunAs.UID, Gid: s.RunAs.GID}
	}
	cmd.Env = append(cmd.Env, "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "HOME="+socketDir, "TMPDIR="+socketDir)
	cmd.Env = append(cmd.Env, s.Env...)
	cmd.Env = append(cmd.Env, handshake...)
	return cmd
}

func (s *Spec) sockets() *plugin.UnixSocketConfig {
	sockets := &plugin.UnixSocketConfig{TempDir: s.Dir}
	if s.RunAs != nil {
		sockets.Group = strconv.FormatUint(uint64(s.RunAs.GID), 10)
	}
	return sockets
}

// shorten keeps a program from filling the log with what it wrote instead of a handshake.
func shorten(err error) error {
	const most = 300
	text := err.Error()
	if len(text) <= most {
		return err
	}
	return errors.New(strings.ToValidUTF8(text[:most], "") + "...")
}
