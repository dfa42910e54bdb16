package echo

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channel/wire"
	"sportello.dev/plugins-sdk/channelpb"
	"sportello.dev/plugins-sdk/channeltest"
)

const (
	channelID = channeltest.ChannelID
	patience  = 15 * time.Second

	// actAsHost makes this test binary a host that starts the adapter named by it, and prints its process id.
	actAsHost = "ECHO_TEST_HOST_OF"
)

func TestMain(m *testing.M) {
	if binary := os.Getenv(actAsHost); binary != "" {
		os.Exit(hostUntilKilled(binary))
	}
	directory, err := os.MkdirTemp("", "echo-adapter")
	if err != nil {
		panic(err)
	}
	buildDirectory = directory
	code := m.Run()
	_ = os.RemoveAll(directory)
	os.Exit(code)
}

// buildDirectory is set once, before any test.
var buildDirectory string

func hostUntilKilled(binary string) int {
	client := newClient(binary, io.Discard)
	if _, err := client.Client(); err != nil {
		return 1
	}
	_, _ = os.Stdout.WriteString(client.ID() + "\n")
	select {}
}

// built compiles the adapter once for all tests of this file.
var built = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(buildDirectory, "echo-adapter")
	return binary, exec.Command("go", "build", "-o", binary, "./cmd/echo-adapter").Run()
})

func newClient(binary string, stderr io.Writer) *plugin.Client {
	return plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: wire.Handshake(), VersionedPlugins: wire.HostPlugins(), Cmd: exec.Command(binary),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC}, AutoMTLS: true, SkipHostEnv: true,
		GRPCDialOptions: wire.DialOptions(), Stderr: stderr, Logger: silent{hclog.NewNullLogger()},
	})
}

// silent keeps go-plugin from parsing what the adapter writes: it stops at a level of Off.
type silent struct{ hclog.Logger }

func (s silent) Named(string) hclog.Logger { return s }
func (s silent) GetLevel() hclog.Level     { return hclog.Off }

// process is an adapter in a process of its own.
type process struct {
	*wire.Client

	plugin *plugin.Client
	host   *channeltest.Host
	stderr *syncedText
}

type syncedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *syncedText) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *syncedText) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func launch(t *testing.T, host *channeltest.Host) *process {
	t.Helper()
	binary, err := built()
	require.NoError(t, err)
	p := &process{host: host, stderr: &syncedText{}}
	p.plugin = newClient(binary, p.stderr)
	t.Cleanup(p.plugin.Kill)
	protocol, err := p.plugin.Client()
	require.NoError(t, err, "%s", p.stderr)
	dispensed, err := protocol.Dispense(wire.PluginName)
	require.NoError(t, err)
	p.Client = dispensed.(*wire.Client)
	require.Equal(t, wire.Version, p.plugin.NegotiatedVersion())
	return p
}

func (p *process) open(t *testing.T, config Config) error {
	t.Helper()
	id := p.Broker.NextId()
	go p.Broker.AcceptAndServe(id, func(options []grpc.ServerOption) *grpc.Server {
		server := grpc.NewServer(append(options, wire.ServerOptions()...)...)
		channelpb.RegisterHostServer(server, p.host)
		return server
	})
	_, err := p.Open(within(t), &channelpb.OpenRequest{
		ChannelId: channelID, ConfigRevision: 1, ConfigJson: configJSON(t, config), HostBrokerId: id,
		Secrets: map[string]string{"/token": token}, LeaseHolder: true,
	})
	return err
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func directories(t *testing.T) Config {
	t.Helper()
	directory := t.TempDir()
	return Config{Spool: directory, Journal: filepath.Join(directory, ".journal"), PollMillis: 5}
}

func (p *process) ingest(t *testing.T, cursor []byte) channelpb.ChannelAdapter_IngestClient {
	t.Helper()
	stream, err := p.Ingest(within(t))
	require.NoError(t, err)
	start := &channelpb.IngestStart{ChannelId: channelID, Window: 8, Cursor: cursor}
	require.NoError(t, stream.Send(&channelpb.IngestRequest{Request: &channelpb.IngestRequest_Start{Start: start}}))
	return stream
}

func (p *process) send(t *testing.T) (*channelpb.SendResponse, error) {
	t.Helper()
	return p.Send(within(t), channel.TransmissionToProto(channelID, transmission(0)))
}

func TestProcessWorks(t *testing.T) {
	t.Parallel()
	config := directories(t)
	p := launch(t, channeltest.NewHost())
	require.NoError(t, p.open(t, config))
	large := item(1, 3*wire.MaxInlineRaw)
	name, err := Spool{Dir: config.Spool}.Drop(large)
	require.NoError(t, err)
	stream := p.ingest(t, nil)
	response, err := stream.Recv()
	require.NoError(t, err)
	original, err := p.host.Bytes(channel.EventFromProto(response.GetEvent()).Raw)
	require.NoError(t, err)
	require.Equal(t, large, original)
	ack := &channelpb.IngestRequest_Ack{Ack: &channelpb.Ack{Seq: response.GetSeq()}}
	require.NoError(t, stream.Send(&channelpb.IngestRequest{Request: ack}))
	require.Eventually(t, func() bool { return !Spool{Dir: config.Spool}.Present(name) }, patience, 5*time.Millisecond)
	answer, err := p.send(t)
	require.NoError(t, err)
	require.NotNil(t, answer.GetResults()[0].GetAccepted())
	_, err = p.Close(within(t), &channelpb.CloseRequest{ChannelId: channelID})
	require.NoError(t, err)
}

func TestProcessDies(t *testing.T) {
	t.Parallel()
	for fault, sent := range map[string]int{faultDieBefore: 0, faultDieAfter: 1} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			config := directories(t)
			config.Faults.Send = fault
			p := launch(t, channeltest.NewHost())
			require.NoError(t, p.open(t, config))
			_, err := p.send(t)
			require.Equal(t, codes.Unavailable, status.Code(err))
			require.Eventually(t, p.plugin.Exited, patience, 5*time.Millisecond)
			require.Len(t, effects(t, Journal{Path: config.Journal}), sent)
		})
	}
}

func TestProcessKeepsUncommittedWhenKilled(t *testing.T) {
	t.Parallel()
	config := directories(t)
	config.Faults.Ingest = faultDieAfter
	name, err := Spool{Dir: config.Spool}.Drop(item(0, 0))
	require.NoError(t, err)
	host := channeltest.NewHost()
	p := launch(t, host)
	require.NoError(t, p.open(t, config))
	_, _ = p.ingest(t, nil).Recv()
	require.Eventually(t, p.plugin.Exited, patience, 5*time.Millisecond)
	require.True(t, Spool{Dir: config.Spool}.Present(name))
	config.Faults = Faults{}
	again := launch(t, host)
	require.NoError(t, again.open(t, config))
	response, err := again.ingest(t, nil).Recv()
	require.NoError(t, err)
	require.Equal(t, "spool/"+name, response.GetEvent().GetEventId())
}

// TestProcessKillerItem: an original that kills the process ends in quarantine, and those behind it arrive.
func TestProcessKillerItem(t *testing.T) {
	t.Parallel()
	config := directories(t)
	config.Faults.KillsParser = "KILL"
	spool := Spool{Dir: config.Spool}
	_, err := spool.Drop([]byte(`{"from":{"kind":"email","value":"a@example.it"},"text":"KILL"}`))
	require.NoError(t, err)
	_, err = spool.Drop(item(1, 0))
	require.NoError(t, err)
	host := channeltest.NewHost()
	for range 3 {
		p := launch(t, host)
		require.NoError(t, p.open(t, config))
		_, err := p.ingest(t, nil).Recv()
		require.Error(t, err)
		require.Eventually(t, p.plugin.Exited, patience, 5*time.Millisecond)
	}
	p := launch(t, host)
	require.NoError(t, p.open(t, config))
	stream := p.ingest(t, nil)
	response, err := stream.Recv()
	require.NoError(t, err)
	require.Equal(t, "crash", response.GetEvent().GetUnparsed().GetCode())
	require.Contains(t, string(response.GetEvent().GetRaw().GetInline()), "KILL")
	response, err = stream.Recv()
	require.NoError(t, err)
	require.NotNil(t, response.GetEvent().GetMessage())
}

func TestProcessOversizeAnswer(t *testing.T) {
	t.Parallel()
	config := directories(t)
	config.Faults.Send = faultOversize
	p := launch(t, channeltest.NewHost())
	require.NoError(t, p.open(t, config))
	_, err := p.send(t)
	require.Equal(t, codes.ResourceExhausted, status.Code(err))
	require.False(t, p.plugin.Exited())
}

func TestProcessPanics(t *testing.T) {
	t.Parallel()
	config := directories(t)
	config.Faults.Send = faultPanic
	p := launch(t, channeltest.NewHost())
	require.NoError(t, p.open(t, config))
	_, err := p.send(t)
	require.Equal(t, codes.Internal, status.Code(err))
	_, err = p.Describe(within(t), &channelpb.DescribeRequest{})
	require.NoError(t, err, "a panic in a handler is not the end of the process")
	require.Eventually(t, func() bool { return strings.Contains(p.stderr.String(), `"msg":"panic"`) }, patience, 5*time.Millisecond)
}

func TestProcessEnvironmentAndSecrets(t *testing.T) {
	t.Setenv("ECHO_TEST_OF_THE_HOST", "must-not-be-inherited")
	config := directories(t)
	config.Faults.Environment, config.Faults.HostileLog = true, true
	p := launch(t, channeltest.NewHost())
	require.NoError(t, p.open(t, config))
	require.Eventually(t, func() bool { return strings.Contains(p.stderr.String(), `"msg":"environment"`) }, patience, 5*time.Millisecond)
	require.NotContains(t, p.stderr.String(), "must-not-be-inherited")
	require.NotContains(t, p.stderr.String(), token)
	_, err := p.Describe(within(t), &channelpb.DescribeRequest{})
	require.NoError(t, err, "hostile lines harm nobody")
}

// TestProcessEndsWithItsHost: a host that is killed leaves no adapter behind.
func TestProcessEndsWithItsHost(t *testing.T) {
	t.Parallel()
	binary, err := built()
	require.NoError(t, err)
	host := exec.CommandContext(t.Context(), os.Args[0])
	host.Env = append(os.Environ(), actAsHost+"="+binary)
	output, err := host.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, host.Start())
	line, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err)
	adapter, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(adapter, 0), "the adapter runs")
	require.NoError(t, host.Process.Kill())
	_ = host.Wait()
	require.Eventually(t, func() bool { return gone(adapter) }, patience, 10*time.Millisecond)
}

// gone takes a zombie for gone: whoever adopted it has not looked yet.
func gone(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(stat), ") Z ")
}

// TestProcessEndsOnSignal: an orderly end closes the channels, and the stream ends in order.
func TestProcessEndsOnSignal(t *testing.T) {
	t.Parallel()
	p := launch(t, channeltest.NewHost())
	require.NoError(t, p.open(t, directories(t)))
	stream := p.ingest(t, nil)
	pid, err := strconv.Atoi(p.plugin.ID())
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return strings.Contains(p.stderr.String(), `"msg":"opened"`)
	}, patience, 5*time.Millisecond)
	require.NoError(t, syscall.Kill(pid, syscall.SIGTERM))
	_, err = stream.Recv()
	require.Error(t, err)
	require.Eventually(t, p.plugin.Exited, patience, 5*time.Millisecond)
	require.NotContains(t, p.stderr.String(), `"level":"ERROR"`)
}

// TestStartedByHand: a person who starts an adapter is told what it is.
func TestStartedByHand(t *testing.T) {
	t.Parallel()
	binary, err := built()
	require.NoError(t, err)
	output, err := exec.CommandContext(t.Context(), binary).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(output), "plugin")
}
