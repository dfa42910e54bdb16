package channeltest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channel/wire"
	"sportello.dev/plugins-sdk/channelpb"
)

const (
	// ChannelID is the id of the channel that a Harness opens unless told otherwise.
	ChannelID = "01890a5d-ac96-774b-bcce-b302099a8057"

	defaultPatience = 5 * time.Second
	defaultQuiet    = 100 * time.Millisecond
	hostBroker      = 1
	pipeSize        = 1 << 20
)

// Harness runs one adapter in this process, as the hub would run it in another: over gRPC, with a Host of its own.
type Harness struct {
	// Client speaks to the adapter.
	Client channelpb.ChannelAdapterClient
	// Host plays the hub.
	Host *Host

	tb       testing.TB
	patience time.Duration
	quiet    time.Duration
	server   *channel.Server
	grpc     *grpc.Server
	conn     *grpc.ClientConn
	log      *lines
}

// Option changes how a Harness starts.
type Option func(*settings)

type settings struct {
	host     *Host
	patience time.Duration
	quiet    time.Duration
	wrap     func(channelpb.ChannelAdapterServer) channelpb.ChannelAdapterServer
}

// OnHost starts the adapter on a hub that has lived before, as after a crash.
func OnHost(host *Host) Option { return func(s *settings) { s.host = host } }

// Patience is how long the harness waits for what must happen, and how long it watches that nothing happens.
func Patience(patience, quiet time.Duration) Option {
	return func(s *settings) { s.patience, s.quiet = patience, quiet }
}

// Wrap puts something between the protocol and the adapter; tests of the suite itself plant faults with it.
func Wrap(wrap func(channelpb.ChannelAdapterServer) channelpb.ChannelAdapterServer) Option {
	return func(s *settings) { s.wrap = wrap }
}

// Start starts an adapter; it is stopped when the test ends.
func Start(tb testing.TB, adapter channel.Adapter, options ...Option) *Harness {
	tb.Helper()
	chosen := settings{host: NewHost(), patience: defaultPatience, quiet: defaultQuiet}
	for _, option := range options {
		option(&chosen)
	}
	log := &lines{}
	server, err := channel.NewServer(adapter, log)
	require.NoError(tb, err)
	h := &Harness{
		Host: chosen.host, tb: tb, patience: chosen.patience, quiet: chosen.quiet, server: server, log: log,
	}
	h.grpc = server.GRPC(h.labels()...)
	hostPipe := bufconn.Listen(pipeSize)
	hostServer := grpc.NewServer(wire.ServerOptions()...)
	channelpb.RegisterHostServer(hostServer, h.Host)
	go func() { _ = hostServer.Serve(hostPipe) }()
	server.Register(wrapping{h.grpc, chosen.wrap}, func(uint32) (*grpc.ClientConn, error) { return dialPipe(hostPipe) })
	pipe := bufconn.Listen(pipeSize)
	go func() { _ = h.grpc.Serve(pipe) }()
	h.conn, err = dialPipe(pipe)
	require.NoError(tb, err)
	h.Client = channelpb.NewChannelAdapterClient(h.conn)
	tb.Cleanup(func() {
		h.Kill()
		hostServer.Stop()
	})
	return h
}

// wrapping registers a wrapped service in the place of the adapter's.
type wrapping struct {
	server *grpc.Server
	wrap   func(channelpb.ChannelAdapterServer) channelpb.ChannelAdapterServer
}

func (w wrapping) RegisterService(service *grpc.ServiceDesc, implementation any) {
	adapter, ok := implementation.(channelpb.ChannelAdapterServer)
	if ok && w.wrap != nil {
		implementation = w.wrap(adapter)
	}
	w.server.RegisterService(service, implementation)
}

func dialPipe(pipe *bufconn.Listener) (*grpc.ClientConn, error) {
	options := append(wire.DialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return pipe.DialContext(ctx) }),
	)
	return grpc.NewClient("passthrough:///pipe", options...)
}

// Kill ends the connection as a crash does: streams break, nothing is closed in order. What the adapter holds is then
// released, because it shares the process with the test.
func (h *Harness) Kill() {
	_ = h.conn.Close()
	h.grpc.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), h.patience)
	defer cancel()
	_ = h.server.Shutdown(ctx)
}

// Context ends when the harness loses patience or the test ends.
func (h *Harness) Context() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), h.patience)
	h.tb.Cleanup(cancel)
	return ctx
}

// Log is every line the adapter has logged.
func (h *Harness) Log() string { return h.log.String() }

// Opening is what a channel is opened with; the zero value of a field has a sensible meaning.
type Opening struct {
	// ChannelID is the constant of that name if empty.
	ChannelID string
	// Revision is 1 if zero.
	Revision uint64
	Config   json.RawMessage
	Secrets  map[string]string
	// NoLease opens the channel where it may not connect.
	NoLease bool
}

// Open opens a channel.
func (h *Harness) Open(opening Opening) (channel.Profile, error) {
	answer, err := h.Client.Open(h.Context(), &channelpb.OpenRequest{
		ChannelId: orDefault(opening.ChannelID, ChannelID), ConfigRevision: orDefault(opening.Revision, 1),
		ConfigJson: opening.Config, Secrets: opening.Secrets, HostBrokerId: hostBroker,
		PublicBaseUrl: "https://town.example/c/test/" + orDefault(opening.ChannelID, ChannelID) + "/",
		LeaseHolder:   !opening.NoLease,
	})
	return channel.ProfileFromProto(answer), err
}

// Close closes the channel within the harness's patience.
func (h *Harness) Close() error {
	_, err := h.Client.Close(h.Context(), &channelpb.CloseRequest{ChannelId: ChannelID})
	return err
}

// Validate judges a configuration, in Italian.
func (h *Harness) Validate(config json.RawMessage, secrets map[string]string, probe bool) ([]channel.Diagnostic, error) {
	answer, err := h.Client.Validate(h.Context(), &channelpb.ValidateRequest{
		ConfigJson: config, Secrets: secrets, Probe: probe, Language: "it",
	})
	return channel.DiagnosticsFromProto(answer.GetDiagnostics()), err
}

// TrialID is what the test message of a trial bears.
const TrialID = "7yq2k4trial"

// Try goes through a configuration, in Italian, and returns the reports in their order.
func (h *Harness) Try(config json.RawMessage, secrets map[string]string) ([]channel.Step, error) {
	stream, err := h.Client.Try(h.Context(), &channelpb.TryRequest{ConfigJson: config, Secrets: secrets, Language: "it", Trial: TrialID})
	if err != nil {
		return nil, err
	}
	var steps []channel.Step
	for {
		answer, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return steps, nil
		}
		if err != nil {
			return steps, err
		}
		steps = append(steps, channel.StepFromProto(answer))
	}
}

// Survey names what lies at the provider, or tells more of some items.
func (h *Harness) Survey(query channel.SurveyQuery) (items []channel.SurveyItem, waiting uint64, err error) {
	request := &channelpb.SurveyRequest{ChannelId: ChannelID, Cursor: query.Cursor, Only: query.Only}
	stream, err := h.Client.Survey(h.Context(), request)
	if err != nil {
		return nil, 0, err
	}
	for {
		answer, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return items, waiting, nil
		}
		if err != nil {
			return nil, 0, err
		}
		waiting = answer.GetWaiting()
		for _, item := range answer.GetItems() {
			items = append(items, channel.SurveyItem{
				EventID: item.GetEventId(), Size: item.GetSize(), From: item.GetFrom(), Subject: item.GetSubject(),
			})
		}
	}
}

// Refetch reads one item again.
func (h *Harness) Refetch(eventID string) (channel.Event, error) {
	answer, err := h.Client.Refetch(h.Context(), &channelpb.RefetchRequest{ChannelId: ChannelID, EventId: eventID})
	return channel.EventFromProto(answer.GetEvent()), err
}

// Send makes one attempt.
func (h *Harness) Send(transmission channel.Transmission) (channel.Results, error) {
	return h.SendWithin(h.Context(), transmission)
}

// SendWithin makes one attempt that ctx can end.
func (h *Harness) SendWithin(ctx context.Context, transmission channel.Transmission) (channel.Results, error) {
	answer, err := h.Client.Send(ctx, channel.TransmissionToProto(ChannelID, transmission))
	return channel.ResultsFromProto(answer.GetResults()), err
}

// Lookup asks what became of an attempt.
func (h *Harness) Lookup(query channel.Query) (channel.Finding, error) {
	answer, err := h.Client.LookupDelivery(h.Context(), channel.QueryToProto(ChannelID, query))
	return channel.Finding{
		Verdict: channel.Verdict(answer.GetFinding()), Results: channel.ResultsFromProto(answer.GetResults()),
	}, err
}

// Request is a web request as the hub proxies it.
type Request struct {
	Action     string
	Method     string
	URL        string
	Header     http.Header
	Body       []byte
	PathValues map[string]string
}

// Response is the adapter's answer to a Request.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	Events []channel.Event
}

// HTTP proxies a request; a body above the limit goes as a blob, as from the hub.
func (h *Harness) HTTP(request Request) (Response, error) {
	in := &channelpb.HandleHTTPRequest{
		ChannelId: ChannelID, Action: request.Action, Method: request.Method, Url: request.URL, Body: request.Body,
		RemoteIp: "192.0.2.7", PathValues: request.PathValues, RequestId: "request-1",
	}
	if len(request.Body) > wire.MaxInlineBody {
		ref := h.Host.AddBlob(request.Body)
		in.Body, in.BodyBlob = nil, &channelpb.BlobRef{Sha256: ref.SHA256, Size: ref.Size}
	}
	for name, values := range request.Header {
		for _, value := range values {
			in.Headers = append(in.Headers, &channelpb.Header{Name: name, Value: value})
		}
	}
	answer, err := h.Client.HandleHTTP(h.Context(), in)
	if err != nil {
		return Response{}, err
	}
	out := Response{Status: int(answer.GetStatus()), Header: http.Header{}, Body: answer.GetBody()}
	for _, field := range answer.GetHeaders() {
		out.Header.Add(field.GetName(), field.GetValue())
	}
	if ref := answer.GetBodyBlob(); ref != nil {
		// As the hub does for the client.
		content, ok := h.Host.Blob(channel.BlobRef{SHA256: ref.GetSha256()})
		if !ok {
			return Response{}, errors.New("the answer names a blob that was neither put nor handed out")
		}
		out.Body = content
	}
	for _, event := range answer.GetEvents() {
		out.Events = append(out.Events, channel.EventFromProto(event))
	}
	return out, nil
}

// Health watches the channel until a report satisfies want, and returns it.
func (h *Harness) Health(want func(*channelpb.WatchHealthResponse) bool) (*channelpb.WatchHealthResponse, error) {
	ctx, cancel := context.WithTimeout(context.Background(), h.patience)
	defer cancel()
	stream, err := h.Client.WatchHealth(ctx, &channelpb.WatchHealthRequest{ChannelId: ChannelID})
	if err != nil {
		return nil, err
	}
	for {
		report, err := stream.Recv()
		if err != nil {
			return nil, errors.Join(errors.New("no such health report came"), err)
		}
		if want(report) {
			return report, nil
		}
	}
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// lines is a log in memory.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
