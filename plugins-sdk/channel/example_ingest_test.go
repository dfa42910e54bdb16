package channel_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

// mailbox stands for a provider that keeps messages until they are deleted, under names that count upwards.
type mailbox struct {
	mu       sync.Mutex
	messages map[string][]byte
	count    int
}

// newer answers the names after one, in order.
func (m *mailbox) newer(after string) (names []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.messages {
		if name > after {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (m *mailbox) open(name string) io.Reader {
	m.mu.Lock()
	defer m.mu.Unlock()
	return bytes.NewReader(m.messages[name])
}

func (m *mailbox) put(letter []byte) (name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count++
	name = fmt.Sprintf("%06d", m.count)
	m.messages[name] = letter
	return name
}

func (m *mailbox) has(name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.messages[name]
	return ok
}

func (m *mailbox) remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.messages, name)
	return nil
}

// removeUpTo removes what the cursor proves to be committed.
func (m *mailbox) removeUpTo(last string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.messages {
		if name <= last {
			delete(m.messages, name)
		}
	}
}

const cursorPrefix = "after:"

// letters is the least that a channel that fetches needs.
type letters struct {
	mailbox *mailbox
	host    *channel.Host
}

func (*letters) Profile() channel.Profile {
	return channel.Profile{Capabilities: []channel.Capability{channel.CapabilityIngest}}
}

func (*letters) Close(context.Context) error { return nil }

// Ingest delivers letters as they come, and removes each when, and only when, it is committed.
func (c *letters) Ingest(ctx context.Context, start channel.Start, sink *channel.Sink) error {
	// A cursor that says nothing means: from the beginning. The hub knows by the ids what it has.
	last := ""
	if name, ours := strings.CutPrefix(string(start.Cursor), cursorPrefix); ours {
		last = name
	}
	c.mailbox.removeUpTo(last)
	var pending channel.Pending[string]
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	for {
		for _, name := range c.mailbox.newer(last) {
			receipt, err := c.deliver(ctx, name, sink)
			if ctx.Err() != nil {
				break
			}
			if err != nil {
				return err
			}
			pending.Add(receipt, name)
			last = name
		}
		select {
		case <-ctx.Done():
			return pending.Drain(c.mailbox.remove)
		case <-pending.Ready():
			if err := pending.Settle(c.mailbox.remove); err != nil {
				return err
			}
		case <-poll.C:
		}
	}
}

// deliver keeps the original before it looks into it.
func (c *letters) deliver(ctx context.Context, name string, sink *channel.Sink) (*channel.Receipt, error) {
	raw, err := c.host.Raw(ctx, c.mailbox.open(name), "text/plain")
	if err != nil {
		return nil, err
	}
	body, err := channel.Guard(func() (channel.Body, error) {
		return &channel.InboundMessage{Text: string(raw.Inline)}, nil
	})
	if err != nil {
		return nil, err
	}
	event := channel.Event{ID: "letter/" + name, OccurredAt: time.Now(), Raw: raw, Body: body}
	return sink.Deliver(ctx, event, []byte(cursorPrefix+name))
}

// postOffice stands for the provider: mailboxes by name.
type postOffice struct {
	mu    sync.Mutex
	boxes map[string]*mailbox
}

func (p *postOffice) box(name string) *mailbox {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.boxes[name] == nil {
		p.boxes[name] = &mailbox{messages: map[string][]byte{}}
	}
	return p.boxes[name]
}

type lettersConfig struct {
	Mailbox string `json:"mailbox" jsonschema:"minLength=1" it:"Casella|Dove arrivano le lettere" en:"Mailbox|Where letters arrive"`
}

// post is the adapter of letters.
type post struct{ office *postOffice }

func (post) Describe() channel.Description {
	return channel.Description{
		Adapter: "letters", Version: "1.0.0", ConfigSchema: channel.Schema[lettersConfig](),
		Capabilities: []channel.Capability{channel.CapabilityIngest},
		DisplayName:  map[string]string{"it": "Lettere", "en": "Letters"},
	}
}

func (p post) Open(_ context.Context, opening channel.Opening) (channel.Channel, error) {
	config, err := channel.Decode[lettersConfig](opening.Config, opening.Secrets)
	if err != nil {
		return nil, err
	}
	return &letters{mailbox: p.office.box(config.Mailbox), host: opening.Host}, nil
}

// ExampleIngester shows that the value of an adapter is all that Serve needs.
func ExampleIngester() {
	main := func() { channel.Serve(post{office: &postOffice{}}) }
	_ = main
	// Output:
}

// TestExampleConforms: the least that an author writes passes all checks that apply to it.
func TestExampleConforms(t *testing.T) {
	t.Parallel()
	office := &postOffice{boxes: map[string]*mailbox{}}
	channeltest.Conformance(t, channeltest.Suite{
		Item: func(n, size int) []byte { return bytes.Repeat([]byte{byte('a' + n)}, max(size, 10)) },
		// Nothing is malformed where everything is text; these are the oddest letters.
		Malformed: [][]byte{{}, {0xff, 0}},
		Setup: func(testing.TB) channeltest.World {
			name := uuid.NewString()
			box := office.box(name)
			return channeltest.World{
				Adapter: post{office}, Again: func() channel.Adapter { return post{office} },
				Config: fmt.Appendf(nil, `{"mailbox":%q}`, name),
				Inject: box.put, Present: box.has,
			}
		},
	})
}
