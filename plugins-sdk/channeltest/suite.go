package channeltest

import (
	"encoding/json"
	"testing"
	"time"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channelpb"
)

// Suite is what the conformance suite must know of an adapter. What a channel claims in its profile is checked: a claim
// for which the suite gives no hook fails.
type Suite struct {
	// Setup makes a fresh world, with an empty provider fake, for each check.
	Setup func(tb testing.TB) World
	// Item makes the bytes of the nth valid original, of at least size bytes. Needed with CapabilityIngest.
	Item func(n, size int) []byte
	// LargestItem is the size of the largest original that the channel can carry at all, in bytes; any if zero. Checks
	// with larger ones do not apply.
	LargestItem int
	// Malformed are originals that cannot be read, or hardly.
	Malformed [][]byte
	// Transmission makes the nth valid transmission to one recipient. Needed with CapabilitySend.
	Transmission func(n int) channel.Transmission
	// Invalid are configurations that the schema allows and the adapter must refuse.
	Invalid []Invalid
	// Patience is how long a check waits for what must happen; 5 s if zero.
	Patience time.Duration
	// Quiet is how long a check watches that nothing happens; 100 ms if zero. It must be longer than the adapter's poll.
	Quiet time.Duration
}

// Invalid is a configuration that must be refused.
type Invalid struct {
	Name    string
	Config  json.RawMessage
	Secrets map[string]string
	// Pointer of the field that must be named, if any.
	Pointer string
}

// World is one adapter with its provider fake. A hook that an adapter has no use for stays nil.
type World struct {
	// Adapter is freshly made; Again makes another one on the same provider, as a new process does.
	Adapter channel.Adapter
	Again   func() channel.Adapter
	// Config and Secrets are valid, and lead to the provider fake.
	Config  json.RawMessage
	Secrets map[string]string
	// BadSecrets are valid by the schema and refused by the provider.
	BadSecrets map[string]string

	// Inject puts an original into the provider and answers a key for it.
	Inject func(original []byte) (key string)
	// Present says whether an original is still in the provider. Nil if the adapter destroys nothing there.
	Present func(key string) bool

	// Effects are the messages that the provider has taken, one for each recipient.
	Effects func() []Effect
	// Attempts is the number of sends that the provider has seen, whatever came of them.
	Attempts func() int
	// Faults are the ways in which the provider can fail the next send.
	Faults []Fault
	// Hang makes the provider never answer the next send, until release is called.
	Hang func() (release func())
	// RefusedRecipient is an address that the provider always refuses.
	RefusedRecipient *channel.Address

	// Webhook describes what the provider calls. Needed with CapabilityHTTP.
	Webhook *Webhook

	// wrap plants faults in the protocol, in tests of the suite itself.
	wrap func(channelpb.ChannelAdapterServer) channelpb.ChannelAdapterServer
}

// Effect is one message that the provider took for one recipient.
type Effect struct {
	// Recipient is the value of the address.
	Recipient string
	// Wire is the message as the provider got it.
	Wire []byte
	// Attachments as the provider got them, decoded.
	Attachments [][]byte
}

// Fault is one way to fail a send.
type Fault struct {
	Name string
	// Arm makes the next send fail.
	Arm func()
	// Want is the class that the adapter must answer.
	Want channel.FailureClass
}

// Webhook is what a provider calls through the hub.
type Webhook struct {
	// Call makes the nth genuine call, which yields at least one event.
	Call func(n int) Request
	// Forged are calls that must be refused: bad signature, none, another secret.
	Forged []Request
}

// WithServerWrap plants something between the protocol and the adapter of a world, to test the suite itself.
func (w World) WithServerWrap(wrap func(channelpb.ChannelAdapterServer) channelpb.ChannelAdapterServer) World {
	w.wrap = wrap
	return w
}
