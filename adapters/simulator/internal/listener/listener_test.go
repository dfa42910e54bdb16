package listener_test

import (
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator/internal/listener"
)

func TestShutdownWaitsForTheServerToLetGo(t *testing.T) {
	t.Parallel()
	l, err := listener.Listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)

	client, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	server, err := l.Accept()
	require.NoError(t, err)

	stopped := make(chan error, 1)
	go func() { stopped <- l.Shutdown() }()

	_, err = server.Read(make([]byte, 1))
	require.Error(t, err, "the connection is cut under the server's hands")
	require.Empty(t, stopped, "and Shutdown waits for the server's own Close")
	_ = server.Close()
	require.NoError(t, <-stopped)
	_ = server.Close()

	_, err = l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
	require.NoError(t, l.Shutdown())
}

func TestCutAllLeavesTheListenerOpen(t *testing.T) {
	t.Parallel()
	l, err := listener.Listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Shutdown()) }()

	for range 2 {
		client, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		server, err := l.Accept()
		require.NoError(t, err)
		require.Equal(t, 1, l.CutAll())
		_, err = client.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
		require.Error(t, server.Close(), "already closed underneath")
		require.Zero(t, l.CutAll())
		_ = client.Close()
	}
}
