// Package wire holds what both ends of the adapter protocol must agree on: the handshake, the name of the plugin, the
// protocol versions and the size limits. Authors of adapters do not need it; the hub and the test kit do.
package wire

import (
	"context"
	"errors"

	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"sportello.dev/plugins-sdk/channelpb"
)

const (
	// PluginName is the name under which an adapter is dispensed.
	PluginName = "channel"
	// Version is the protocol's major version, negotiated in the handshake.
	Version = 1

	// MaxMessage is the largest gRPC message in either direction, in bytes.
	MaxMessage = 16 << 20
	// ChunkSize is the most bytes in one chunk of a blob.
	ChunkSize = 256 << 10
	// MaxInlineRaw is the most raw bytes that travel inside an event; more goes to a blob.
	MaxInlineRaw = 64 << 10
	// MaxCursor is the largest cursor, in bytes.
	MaxCursor = 64 << 10
	// MaxState is the largest value of one state entry, in bytes.
	MaxState = 64 << 10
	// MaxEventID is the longest event id, in bytes.
	MaxEventID = 500
	// MaxInlineBody is the most bytes of a web request's body that travel in HandleHTTP; more comes as a blob.
	MaxInlineBody = 1 << 20
	// DefaultWindow is the number of un-acknowledged events when the hub names none.
	DefaultWindow = 32
)

// Handshake is checked by both ends before anything else. The cookie is no security measure: it tells a person who
// starts an adapter by hand that it is not a program to be used alone.
func Handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{
		ProtocolVersion:  Version,
		MagicCookieKey:   "CHANNEL_ADAPTER",
		MagicCookieValue: "a5c8f2d4-channel-adapter",
	}
}

// Client is what the host gets by dispensing PluginName.
type Client struct {
	channelpb.ChannelAdapterClient

	// Broker serves the Host service to the adapter; its ids travel in Open.
	Broker *plugin.GRPCBroker
}

// HostPlugins is the plugin map of the host by protocol version.
func HostPlugins() map[int]plugin.PluginSet {
	return map[int]plugin.PluginSet{Version: {PluginName: &hostSide{}}}
}

// AdapterPlugins is the plugin map of an adapter by protocol version; register is called once with the server.
func AdapterPlugins(register func(*plugin.GRPCBroker, *grpc.Server) error) map[int]plugin.PluginSet {
	return map[int]plugin.PluginSet{Version: {PluginName: &adapterSide{register: register}}}
}

// ServerOptions are the size limits of a server at either end.
func ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{grpc.MaxRecvMsgSize(MaxMessage), grpc.MaxSendMsgSize(MaxMessage)}
}

// DialOptions are the size limits of a client at either end.
func DialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(MaxMessage), grpc.MaxCallSendMsgSize(MaxMessage)),
	}
}

type hostSide struct{ plugin.NetRPCUnsupportedPlugin }

func (*hostSide) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errors.New("the host serves no adapter")
}

func (*hostSide) GRPCClient(_ context.Context, broker *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return &Client{ChannelAdapterClient: channelpb.NewChannelAdapterClient(conn), Broker: broker}, nil
}

type adapterSide struct {
	plugin.NetRPCUnsupportedPlugin

	register func(*plugin.GRPCBroker, *grpc.Server) error
}

func (p *adapterSide) GRPCServer(broker *plugin.GRPCBroker, server *grpc.Server) error {
	return p.register(broker, server)
}

func (*adapterSide) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("an adapter dispenses nothing")
}
