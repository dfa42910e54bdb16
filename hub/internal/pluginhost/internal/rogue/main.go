package rogue

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"sportello.dev/plugins-sdk/channel/wire"
	"sportello.dev/plugins-sdk/channelpb"
)

// Program is the file name under which a test binary is an adapter.
const Program = "rogue-adapter"

// Mode is the environment variable that says what the process does before any call.
const Mode = "ROGUE"

// The modes.
const (
	// Exit ends at once.
	Exit = "exit"
	// Garbage writes something else than a handshake.
	Garbage = "garbage"
	// Mute never writes a handshake.
	Mute = "mute"
	// HostileLog writes lines that break careless readers.
	HostileLog = "hostile-log"
	// Flood writes to its log without end.
	Flood = "flood"
	// Parent starts a child that does not end by itself and holds the log open.
	Parent = "parent"
	// Foreign answers with a socket outside its directory.
	Foreign = "foreign"
)

// Child is the argument of the process that Parent starts.
const Child = "rogue-child"

// Summoned tells whether the running test binary was started as an adapter.
func Summoned() bool { return filepath.Base(os.Args[0]) == Program }

// Main is the adapter's main function; it does not return.
func Main() {
	if len(os.Args) > 1 && os.Args[1] == Child {
		time.Sleep(time.Hour)
	}
	misbehave(os.Getenv(Mode))
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: wire.Handshake(),
		VersionedPlugins: wire.AdapterPlugins(func(broker *plugin.GRPCBroker, server *grpc.Server) error {
			channelpb.RegisterChannelAdapterServer(server, newAdapter(broker))
			return nil
		}),
		// No limit of its own: it can answer with more than the hub takes.
		GRPCServer: func(o []grpc.ServerOption) *grpc.Server { return grpc.NewServer(o...) },
		Logger:     hclog.NewNullLogger(),
	})
	os.Exit(0)
}

func misbehave(mode string) {
	switch mode {
	case Exit:
		fmt.Fprintln(os.Stderr, "panic: told to")
		os.Exit(3)
	case Garbage:
		fmt.Println(strings.Repeat("x", 20<<10))
		time.Sleep(time.Hour)
	case Mute:
		time.Sleep(time.Hour)
	case Foreign:
		fmt.Println("1|1|unix|/tmp/elsewhere.sock|grpc|")
		time.Sleep(time.Hour)
	case HostileLog:
		hostileLog(os.Stderr)
	case Flood:
		stderr := os.Stderr
		go func() {
			for i := 0; ; i++ {
				fmt.Fprintf(stderr, "{\"level\":\"INFO\",\"msg\":\"flood %d\"}\n", i)
			}
		}()
	case Parent:
		child := exec.CommandContext(context.Background(), "/proc/self/exe", Child)
		child.Args[0] = Program
		child.Stderr = os.Stderr
		if err := child.Start(); err != nil {
			panic(err)
		}
		fmt.Fprintf(os.Stderr, "child %d\n", child.Process.Pid)
	}
}

func hostileLog(w io.Writer) {
	for _, line := range []string{
		`{"@message":1}`, `{"@level":{},"@message":[],"@timestamp":7}`, `{"msg":null,"level":3}`, `{`, "\x00\xff\xfe",
		`{"level":"INFO","msg":"esc \u001b[31m \u202e done"}`, strings.Repeat("a", 200<<10),
		`{"msg":"` + strings.Repeat("b", 200<<10) + `"}`, `{"level":"WARN","msg":"last"}`,
	} {
		fmt.Fprintln(w, line)
	}
}

// Install puts the running test binary into dir as an adapter and answers its path and digest.
func Install(dir string) (string, [sha256.Size]byte, error) {
	var sum [sha256.Size]byte
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return "", sum, err
	}
	defer func() { _ = self.Close() }()
	path := filepath.Join(dir, Program)
	// A writer would keep the file from being run while another test forks.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	//nolint:gosec // a program must be executable
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return "", sum, err
	}
	hash := sha256.New()
	if _, err := io.Copy(io.MultiWriter(out, hash), self); err != nil {
		return "", sum, err
	}
	return path, [sha256.Size]byte(hash.Sum(nil)), out.Close()
}
