package channel

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"sportello.dev/plugins-sdk/channel/wire"
)

const (
	// stopPatience is the time for closing channels when the process is told to end; the hub kills 2 s after its own
	// request, having closed the channels before.
	stopPatience = 1500 * time.Millisecond
	// parentCheck is how often the process looks whether its parent still lives.
	parentCheck = 500 * time.Millisecond
	// exitOrphan is the exit code of an adapter whose hub has died.
	exitOrphan = 3
)

// Serve is the whole main of an adapter. It returns when the hub ends the process.
//
// Standard output belongs to the handshake: nothing may be printed before Serve, and what is printed later reaches the
// hub as plain text at best. Standard error carries the log, one JSON object a line: "time", "level", "msg" and the
// attributes beside them.
func Serve(adapter Adapter) {
	stderr := os.Stderr
	server, err := NewServer(adapter, stderr)
	if err != nil {
		// The host shows standard error of a process that does not start.
		_, _ = fmt.Fprintln(stderr, err)
		os.Exit(1)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go endWithParent(ctx, server, os.Getppid())
	go endOnSignal(ctx, server)
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  wire.Handshake(),
		VersionedPlugins: wire.AdapterPlugins(server.mount),
		GRPCServer:       func(options []grpc.ServerOption) *grpc.Server { return server.GRPC(options...) },
		Logger:           pluginLogger(server.log),
	})
	server.stop()
}

// mount registers the adapter on go-plugin's server, with its broker as the way to the hub.
func (s *Server) mount(broker *plugin.GRPCBroker, server *grpc.Server) error {
	s.Register(server, func(id uint32) (*grpc.ClientConn, error) {
		return broker.DialWithOptions(id, wire.DialOptions()...)
	})
	return nil
}

func (s *Server) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		s.log.Warn("closing channels", "error", err)
	}
}

// endWithParent ends the process when its parent is gone: a hub that was killed leaves no adapter behind that could go
// on sending or deleting.
func endWithParent(ctx context.Context, server *Server, parent int) {
	tick := time.NewTicker(parentCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if os.Getppid() != parent {
			server.log.Error("the hub is gone")
			server.stop()
			os.Exit(exitOrphan)
		}
	}
}

func endOnSignal(ctx context.Context, server *Server) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	defer signal.Stop(signals)
	select {
	case <-ctx.Done():
	case <-signals:
		server.stop()
		os.Exit(0)
	}
}
