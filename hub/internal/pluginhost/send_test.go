package pluginhost

import (
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"sportello.dev/plugins-sdk/channelpb"
)

func TestACallThatNoConnectionHadIsNoAttempt(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "adapter")
	listening, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	require.NoError(t, err)
	server := grpc.NewServer()
	channelpb.RegisterChannelAdapterServer(server, channelpb.UnimplementedChannelAdapterServer{})
	go func() { _ = server.Serve(listening) }()
	conn, err := grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	api := channelpb.NewChannelAdapterClient(conn)

	_, reached, err := send(t.Context(), api, &channelpb.SendRequest{})
	require.Error(t, err, "the adapter does not know the call")
	require.True(t, reached, "but it had it")

	server.Stop()
	require.Eventually(t, func() bool {
		_, reached, err = send(t.Context(), api, &channelpb.SendRequest{})
		return err != nil && !reached
	}, time.Minute, 10*time.Millisecond, "nobody listens")
}
