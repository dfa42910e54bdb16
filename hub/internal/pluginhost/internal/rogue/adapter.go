package rogue

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"sportello.dev/plugins-sdk/channelpb"
)

// Settings is the configuration of a rogue channel.
type Settings struct {
	// Dir is where the channel finds what arrives (*.in, removed after the acknowledgement) and writes what it sends.
	Dir string `json:"dir"`
	// Open: misconfigured, fail, hang.
	Open string `json:"open,omitempty"`
	// Health: misconfigured, degraded.
	Health string `json:"health,omitempty"`
	// Send: hang, exit, oversize, refuse, config, prove, silent.
	Send string `json:"send,omitempty"`
	// Event: claim (an attachment that it never put), claim-raw (such an original), oversize, gap, parties,
	// misconfigured.
	Event     string `json:"event,omitempty"`
	Exclusive bool   `json:"exclusive,omitempty"`
	// Greeting shows that defaults are filled in.
	Greeting string `json:"greeting,omitempty"`
}

// Schema of Settings.
const Schema = `{
	"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "additionalProperties": false,
	"properties": {
		"dir": {"type": "string", "minLength": 1}, "open": {"type": "string"}, "health": {"type": "string"},
		"send": {"type": "string"}, "event": {"type": "string"}, "exclusive": {"type": "boolean"},
		"greeting": {"type": "string", "default": "salve", "x-peer": true},
		"password": {"type": "string", "writeOnly": true}
	},
	"required": ["dir", "password"]
}`

type adapter struct {
	channelpb.UnimplementedChannelAdapterServer

	broker *plugin.GRPCBroker

	mu   sync.Mutex
	open map[string]*opened
}

type opened struct {
	Settings
	request *channelpb.OpenRequest
	host    channelpb.HostClient
	conn    *grpc.ClientConn
}

func newAdapter(broker *plugin.GRPCBroker) *adapter {
	return &adapter{broker: broker, open: map[string]*opened{}}
}

func (a *adapter) channel(id string) (*opened, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open[id] == nil {
		return nil, status.Error(codes.NotFound, "not open")
	}
	return a.open[id], nil
}

func (a *adapter) Describe(context.Context, *channelpb.DescribeRequest) (*channelpb.DescribeResponse, error) {
	return &channelpb.DescribeResponse{
		Adapter: "rogue", Version: "1.2.3", ConfigSchema: []byte(Schema),
		Capabilities: []channelpb.Capability{
			channelpb.Capability_CAPABILITY_INGEST, channelpb.Capability_CAPABILITY_SEND, channelpb.Capability_CAPABILITY_HTTP,
		},
		AddressKinds: []string{"web"},
		HttpRoutes: []*channelpb.HttpRoute{
			{Method: "POST", Pattern: "host/{call}", Action: "host", MaxBodyBytes: 2 << 20},
			{Method: "POST", Pattern: "events", Action: "events"},
			{Method: "GET", Pattern: "page/{name}", Action: "page", Page: true},
			{Method: "POST", Pattern: "form/{name}", Action: "page", Page: true},
		},
		DisplayName: map[string]string{"it": "Canaglia", "en": "Rogue"},
	}, nil
}

func (a *adapter) Validate(_ context.Context, r *channelpb.ValidateRequest) (*channelpb.ValidateResponse, error) {
	d := &channelpb.Diagnostic{
		Severity: channelpb.Diagnostic_SEVERITY_OK, Pointer: "/dir", Code: "rogue.seen",
		Summary: fmt.Sprintf("%s %s %v", r.GetConfigJson(), r.GetSecrets()["/password"], r.GetProbe()),
	}
	return &channelpb.ValidateResponse{Diagnostics: []*channelpb.Diagnostic{d}}, nil
}

func (a *adapter) Open(_ context.Context, r *channelpb.OpenRequest) (*channelpb.OpenResponse, error) {
	o := &opened{request: r}
	if err := json.Unmarshal(r.GetConfigJson(), &o.Settings); err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	switch o.Settings.Open {
	case "misconfigured":
		return nil, misconfigured()
	case "fail":
		return nil, status.Error(codes.Unavailable, "later")
	case "hang":
		select {}
	}
	conn, err := a.broker.Dial(r.GetHostBrokerId())
	if err != nil {
		return nil, err
	}
	o.conn, o.host = conn, channelpb.NewHostClient(conn)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open[r.GetChannelId()] = o
	o.note(fmt.Sprintf("opened revision=%d lease=%v greeting=%s password=%s", r.GetConfigRevision(), r.GetLeaseHolder(),
		o.Greeting, r.GetSecrets()["/password"]))
	return o.ability(), nil
}

func misconfigured() error {
	s, err := status.New(codes.FailedPrecondition, "refused").WithDetails(&channelpb.Failure{
		Class: channelpb.FailureClass_FAILURE_CLASS_CONFIG, Code: "rogue.auth", Detail: "password refused",
	})
	if err != nil {
		return err
	}
	return s.Err()
}

func (o *opened) ability() *channelpb.OpenResponse {
	answer := &channelpb.OpenResponse{
		Capabilities: []channelpb.Capability{
			channelpb.Capability_CAPABILITY_INGEST, channelpb.Capability_CAPABILITY_SEND, channelpb.Capability_CAPABILITY_HTTP,
			channelpb.Capability_CAPABILITY_LOOKUP_DELIVERY, channelpb.Capability_CAPABILITY_INTERPRET,
		},
		Limits:     &channelpb.Limits{Recipients: 10, Concurrency: 2, Subject: true},
		Reconcile:  channelpb.Reconcile_RECONCILE_LOOKUP,
		OwnAddress: &channelpb.Address{Kind: "web", Value: "rogue"},
		ReplyToken: true,
	}
	if o.Exclusive {
		answer.Capabilities = append(answer.Capabilities, channelpb.Capability_CAPABILITY_EXCLUSIVE)
	}
	return answer
}

func (a *adapter) Close(_ context.Context, r *channelpb.CloseRequest) (*channelpb.CloseResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if o := a.open[r.GetChannelId()]; o != nil {
		o.note("closed")
		_ = o.conn.Close()
		delete(a.open, r.GetChannelId())
	}
	return &channelpb.CloseResponse{}, nil
}

// note appends to the channel's diary, which tests read.
func (o *opened) note(line string) {
	f, err := os.OpenFile(filepath.Join(o.Dir, "diary"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	fmt.Fprintln(f, line)
}

func (a *adapter) WatchHealth(r *channelpb.WatchHealthRequest, stream grpc.ServerStreamingServer[channelpb.WatchHealthResponse]) error {
	o, err := a.channel(r.GetChannelId())
	if err != nil {
		return err
	}
	state := channelpb.WatchHealthResponse_STATE_HEALTHY
	switch o.Health {
	case "misconfigured":
		state = channelpb.WatchHealthResponse_STATE_MISCONFIGURED
	case "degraded":
		state = channelpb.WatchHealthResponse_STATE_DEGRADED
	}
	err = stream.Send(&channelpb.WatchHealthResponse{State: state, Code: "rogue." + o.Health, Since: timestamppb.Now(), Backlog: 3})
	if err != nil {
		return err
	}
	<-stream.Context().Done()
	return nil
}

func (a *adapter) Interpret(_ context.Context, r *channelpb.InterpretRequest) (*channelpb.InterpretResponse, error) {
	raw := r.GetRaw().GetInline()
	if blob := r.GetRaw().GetBlob(); blob != nil {
		o, err := a.channel(r.GetChannelId())
		if err != nil {
			return nil, err
		}
		if raw, err = o.getBlob(r.GetChannelId(), blob); err != nil {
			return nil, err
		}
	}
	return &channelpb.InterpretResponse{Event: event("", string(raw))}, nil
}

func event(id, text string) *channelpb.Event {
	return &channelpb.Event{
		EventId: id, OccurredAt: timestamppb.New(time.Unix(1_700_000_000, 0)),
		Raw: &channelpb.Raw{Bytes: &channelpb.Raw_Inline{Inline: []byte(text)}, MediaType: "text/plain"},
		Kind: &channelpb.Event_Message{Message: &channelpb.InboundMessage{
			From: &channelpb.Address{Kind: "web", Value: "citizen@example"}, Subject: strings.ToUpper(id), Text: text,
		}},
	}
}
