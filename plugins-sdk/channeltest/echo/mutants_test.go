package echo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channelpb"
	"sportello.dev/plugins-sdk/channeltest"
)

// mutant is the echo adapter with one planted fault.
type mutant struct {
	Adapter

	mutate func(*echo) channel.Channel
}

func (m *mutant) Open(ctx context.Context, opening channel.Opening) (channel.Channel, error) {
	opened, err := m.Adapter.Open(ctx, opening)
	if err != nil {
		return nil, err
	}
	return m.mutate(opened.(*echo)), nil
}

// ingestMutant changes what is done with each message of the spool.
type ingestMutant struct {
	*echo

	// event changes the event of a message; false drops it.
	event func(*channel.Event) bool
	// cursor changes the cursor.
	cursor func(name string, all []string) string
	// delivered is called at once after the delivery.
	delivered func(name string)
	keep      bool
}

func (m *ingestMutant) Ingest(ctx context.Context, start channel.Start, sink *channel.Sink) error {
	if err := m.connect(); err != nil {
		return err
	}
	crumbs, err := channel.NewCrumbs(ctx, m.Host, start)
	if err != nil {
		return err
	}
	run := &ingest{echo: m.echo, sink: sink, crumbs: crumbs, last: m.readCursor(start.Cursor)}
	tick := time.NewTicker(m.config.poll())
	defer tick.Stop()
	for {
		if err := m.round(ctx, run); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-run.pending.Ready():
			remove := m.spool.remove
			if m.keep {
				remove = func(string) error { return nil }
			}
			if err := run.pending.Settle(remove); err != nil {
				return err
			}
		case <-tick.C:
		}
	}
}

func (m *ingestMutant) round(ctx context.Context, run *ingest) error {
	names, err := m.spool.Names()
	if err != nil {
		return err
	}
	for _, name := range names {
		if name <= run.last {
			continue
		}
		run.last = name
		event, err := run.read(ctx, name)
		if err != nil {
			return err
		}
		if m.event != nil && !m.event(&event) {
			continue
		}
		after := name
		if m.cursor != nil {
			after = m.cursor(name, names)
		}
		cursor, err := json.Marshal(position{After: after})
		if err != nil {
			return err
		}
		receipt, err := run.sink.Deliver(ctx, event, cursor)
		if err != nil {
			return err
		}
		if m.delivered != nil {
			m.delivered(name)
		}
		run.pending.Add(receipt, name)
	}
	return nil
}

// sendMutant changes how a transmission is sent.
type sendMutant struct {
	*echo

	send func(context.Context, channel.Transmission) (channel.Results, error)
}

func (m *sendMutant) Send(ctx context.Context, t channel.Transmission) (channel.Results, error) {
	return m.send(ctx, t)
}

// closeMutant changes how a channel is closed.
type closeMutant struct {
	*echo

	close func(context.Context) error
}

func (m *closeMutant) Close(ctx context.Context) error { return m.close(ctx) }

// wideWindow tells the adapter of a window that the hub never gave.
type wideWindow struct{ channelpb.ChannelAdapterServer }

func (w wideWindow) Ingest(stream grpc.BidiStreamingServer[channelpb.IngestRequest, channelpb.IngestResponse]) error {
	return w.ChannelAdapterServer.Ingest(wideStream{stream})
}

type wideStream struct {
	grpc.BidiStreamingServer[channelpb.IngestRequest, channelpb.IngestResponse]
}

func (s wideStream) Recv() (*channelpb.IngestRequest, error) {
	request, err := s.BidiStreamingServer.Recv()
	if start := request.GetStart(); start != nil {
		start.Window = 1000
	}
	return request, err
}

// mutants name the planted fault and the check that must find it.
func mutants() []struct {
	name, check string
	mutate      func(*echo) channel.Channel
} {
	ingesting := func(change func(*ingestMutant)) func(*echo) channel.Channel {
		return func(e *echo) channel.Channel {
			m := &ingestMutant{echo: e}
			change(m)
			return m
		}
	}
	sending := func(send func(*echo) func(context.Context, channel.Transmission) (channel.Results, error)) func(*echo) channel.Channel {
		return func(e *echo) channel.Channel { return &sendMutant{echo: e, send: send(e)} }
	}
	return []struct {
		name, check string
		mutate      func(*echo) channel.Channel
	}{
		{"removes before the ack", "accept/nothing destroyed before ack", ingesting(func(m *ingestMutant) {
			m.delivered = func(name string) { _ = m.spool.remove(name) }
		})},
		{"loses what was removed before the ack", "accept/un-acked redelivered after restart", ingesting(func(m *ingestMutant) {
			m.delivered = func(name string) { _ = m.spool.remove(name) }
		})},
		{"never removes", "accept/destroyed after ack", ingesting(func(m *ingestMutant) { m.keep = true })},
		{"one id for all", "dedupe/ids unique and bounded", ingesting(func(m *ingestMutant) {
			m.event = func(event *channel.Event) bool { event.ID = "same"; return true }
		})},
		{"a new id each time", "dedupe/ids stable across processes", ingesting(func(m *ingestMutant) {
			m.event = func(event *channel.Event) bool { event.ID = uuid.NewString(); return true }
		})},
		{"id made of the content", "dedupe/equal items are two events", ingesting(func(m *ingestMutant) {
			m.event = func(event *channel.Event) bool {
				sum := sha256.Sum256(event.Raw.Inline)
				event.ID = hex.EncodeToString(sum[:])
				return true
			}
		})},
		{"drops what it cannot read", "accept/malformed items are seen", ingesting(func(m *ingestMutant) {
			m.event = func(event *channel.Event) bool {
				_, unreadable := event.Body.(*channel.Unparsed)
				return !unreadable
			}
		})},
		{"tidies the original", "accept/raw bytes identical", ingesting(func(m *ingestMutant) {
			m.event = func(event *channel.Event) bool {
				event.Raw.Inline = []byte(strings.ReplaceAll(string(event.Raw.Inline), " ", ""))
				return true
			}
		})},
		{"cursor ahead of the events", "cursor/never ahead of the events", ingesting(func(m *ingestMutant) {
			m.cursor = func(_ string, all []string) string { return all[len(all)-1] }
		})},
		{"cursor stays behind", "accept/acked not redelivered", ingesting(func(m *ingestMutant) {
			m.keep = true
			m.cursor = func(string, []string) string { return "" }
		})},
		{"secret in an event", "safety/secrets stay secret", ingesting(func(m *ingestMutant) {
			m.event = func(event *channel.Event) bool {
				if message, ok := event.Body.(*channel.InboundMessage); ok {
					message.Headers = map[string]string{"x-debug": m.config.Token}
				}
				return true
			}
		})},
		{"line breaks in subjects", "safety/names and subjects are one line", ingesting(func(m *ingestMutant) {
			m.event = func(event *channel.Event) bool {
				if message, ok := event.Body.(*channel.InboundMessage); ok {
					message.Subject += "\r\nX-Smuggled: yes"
				}
				return true
			}
		})},
		{"hidden retry", "send/no hidden retry", sending(func(e *echo) func(context.Context, channel.Transmission) (channel.Results, error) {
			return func(ctx context.Context, t channel.Transmission) (channel.Results, error) {
				results, err := e.Send(ctx, t)
				if err != nil {
					return e.Send(ctx, t)
				}
				return results, nil
			}
		})},
		{"every failure is transient", "send/failures have their class", sending(func(e *echo) func(context.Context, channel.Transmission) (channel.Results, error) {
			return func(ctx context.Context, t channel.Transmission) (channel.Results, error) {
				results, err := e.Send(ctx, t)
				if err != nil {
					return nil, channel.Transient("again", "", err)
				}
				return results, nil
			}
		})},
		{"forgets the key", "send/same transmission twice is one effect", sending(func(e *echo) func(context.Context, channel.Transmission) (channel.Results, error) {
			return func(ctx context.Context, t channel.Transmission) (channel.Results, error) {
				t.ID = fmt.Sprintf("%s-%d", t.ID, t.Attempt)
				return e.Send(ctx, t)
			}
		})},
		{"sends without the attachment", "send/missing attachment sends nothing", sending(func(e *echo) func(context.Context, channel.Transmission) (channel.Results, error) {
			return func(ctx context.Context, t channel.Transmission) (channel.Results, error) {
				t.Content.Attachments = nil
				return e.Send(ctx, t)
			}
		})},
		{"answers nothing", "send/one attempt, one effect", sending(func(e *echo) func(context.Context, channel.Transmission) (channel.Results, error) {
			return func(ctx context.Context, t channel.Transmission) (channel.Results, error) {
				_, err := e.Send(ctx, t)
				return nil, err
			}
		})},
		{"panics", "safety/odd sends survived", sending(func(e *echo) func(context.Context, channel.Transmission) (channel.Results, error) {
			return func(ctx context.Context, t channel.Transmission) (channel.Results, error) {
				_ = t.Recipients[0].Address.Value[0]
				return e.Send(ctx, t)
			}
		})},
		{"hangs on close", "life-cycle/close in time", func(e *echo) channel.Channel {
			return &closeMutant{echo: e, close: func(ctx context.Context) error { <-ctx.Done(); return nil }}
		}},
		{"leaves a goroutine", "life-cycle/nothing left running after close", func(e *echo) channel.Channel {
			started := make(chan struct{})
			go func() { close(started); <-make(chan struct{}) }()
			<-started
			return e
		}},
		{"believes forged calls", "http/forged calls refused", func(e *echo) channel.Channel {
			e.HTTPHandler = channel.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				r.Header.Set(SignatureHeader, Sign(e.config.Token, body))
				r.Body = io.NopCloser(strings.NewReader(string(body)))
				e.routes().ServeHTTP(w, r)
			}))
			return e
		}},
		{"connects without the lease", "life-cycle/no connection without the lease", func(e *echo) channel.Channel {
			e.LeaseHolder = true
			return e
		}},
	}
}

// TestMutants proves that the suite can fail: each planted fault turns the check red that is there for it.
func TestMutants(t *testing.T) {
	t.Parallel()
	for _, m := range mutants() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			change := func(c *Config) { c.Exclusive = m.check == "life-cycle/no connection without the lease" }
			requireRed(t, m.check, func(tb testing.TB) channeltest.World {
				w := world(tb, change)
				w.Adapter = &mutant{mutate: m.mutate}
				w.Again = func() channel.Adapter { return &mutant{mutate: m.mutate} }
				return w
			})
		})
	}
	t.Run("ignores the window", func(t *testing.T) {
		t.Parallel()
		requireRed(t, "cursor/window respected", func(tb testing.TB) channeltest.World {
			return world(tb, nil).WithServerWrap(func(server channelpb.ChannelAdapterServer) channelpb.ChannelAdapterServer {
				return wideWindow{server}
			})
		})
	})
}

func requireRed(t *testing.T, check string, setup func(testing.TB) channeltest.World) {
	t.Helper()
	s := suite(nil)
	s.Setup, s.Patience = setup, 3*time.Second
	outcomes := channeltest.Verify(t, s, check)
	require.Len(t, outcomes, 1, "no check is called %q", check)
	require.Empty(t, outcomes[0].NotApplicable)
	require.True(t, outcomes[0].Failed, "the planted fault was not found")
}
