package channel

import (
	"context"
	"encoding/json"
	"log/slog"
)

// Adapter is one kind of channel: the value that an author hands to Serve.
type Adapter interface {
	// Describe says what the kind can ever do. It is pure: no I/O, the same answer for the life of the process.
	Describe() Description
	// Open makes one channel ready to work. An error that is a *Failure keeps its class: Config tells the hub to
	// suspend the channel until an administrator acts; anything else is tried again later.
	Open(ctx context.Context, opening Opening) (Channel, error)
}

// Validator is an Adapter that judges more of a configuration than its schema can say. The SDK has checked the schema
// before it is asked.
type Validator interface {
	Validate(ctx context.Context, check Check) []Diagnostic
}

// Channel is one open channel. It may also be an Ingester, Sender, Lookuper, Interpreter or HTTPHandler, as far as its
// profile claims the capability.
type Channel interface {
	// Profile says what this channel, so configured, can do. It does not change while the channel is open.
	Profile() Profile
	// Close releases everything. Fetching has stopped and no send is under way when it is called; ctx ends at the
	// deadline of the hub.
	Close(ctx context.Context) error
}

// Ingester is a Channel that delivers what arrives.
type Ingester interface {
	// Ingest fetches from the position in start and delivers to sink until ctx is done, then returns nil. The hub
	// starts it again, from the committed cursor, after an error.
	//
	// Whatever cannot be undone upstream (delete, move, confirm) is done only after Receipt.Wait returned nil.
	Ingest(ctx context.Context, start Start, sink *Sink) error
}

// Sender is a Channel that sends messages.
type Sender interface {
	// Send makes exactly one attempt and never retries by itself. It answers for each recipient in Results; an error
	// stands for every recipient that has no result: a *Failure with its class, anything else as UnknownOutcome.
	Send(ctx context.Context, transmission Transmission) (Results, error)
}

// Lookuper is a Channel whose provider can be asked what became of a transmission.
type Lookuper interface {
	Lookup(ctx context.Context, query Query) (Finding, error)
}

// Interpreter is a Channel that can parse its raw bytes again, without side effects.
type Interpreter interface {
	Interpret(ctx context.Context, raw Raw) (Event, error)
}

// HTTPHandler is a Channel that answers the webhooks and pages which the hub proxies. HTTP makes one of an
// http.Handler.
type HTTPHandler interface {
	HandleHTTP(ctx context.Context, request HTTPRequest) (HTTPResponse, error)
}

// Description is what a kind of adapter can ever do.
type Description struct {
	// Adapter is the kind, lower case: "email".
	Adapter string
	// Version is the semantic version of the adapter.
	Version string
	// ConfigSchema is the JSON Schema 2020-12 of a channel's configuration; see Schema.
	ConfigSchema []byte
	Capabilities []Capability
	// AddressKinds are the kinds of address it writes to: email, pec, mobile, landline, fax, web, postal.
	AddressKinds []string
	Routes       []Route
	// DisplayName by language tag ("it", "en").
	DisplayName map[string]string
	// IsolateChannels asks for a process of its own for each channel.
	IsolateChannels bool
}

// Route is one path under /c/<adapter>/<channel>/ that the adapter answers.
type Route struct {
	// Method is GET, POST, PUT, DELETE or empty for any.
	Method string
	// Pattern is in the syntax of http.ServeMux, relative to the channel: "status/{id}".
	Pattern string
	// Action is handed back in HTTPRequest.
	Action string
	// MaxBodyBytes is the largest accepted body; 0 means 1 MiB.
	MaxBodyBytes int64
	// Page is for people rather than a webhook; the hub adds security headers.
	Page bool
}

// Opening is what a channel gets when it is opened.
type Opening struct {
	ChannelID string
	// Revision of the configuration.
	Revision uint64
	// Config is valid against the schema. Decode makes a struct of it and the secrets.
	Config json.RawMessage
	// Secrets by JSON pointer. They never go to a log, a file or the environment.
	Secrets map[string]string
	// PublicURL is where the public listener is reached, with the channel's path.
	PublicURL string
	// LeaseHolder says that an exclusive channel may connect here.
	LeaseHolder bool
	// Host reaches the hub.
	Host *Host
	// Health tells the hub how the channel is.
	Health *Health
	// Log writes to the hub's log, with the channel's id, without its secrets.
	Log *slog.Logger
}

// Profile is what one channel, so configured, can do. The hub uses only this.
type Profile struct {
	Capabilities []Capability
	Limits       Limits
	Reconcile    Reconcile
	// OwnAddress is what the channel writes from and is written to.
	OwnAddress Address
	// ReplyToken says that a keyed token can be put into the channel's own address or elsewhere in a message.
	ReplyToken bool
	// AuthenticatesSenders says that the sender's authentication can be judged.
	AuthenticatesSenders bool
	// TrackingPath is the page, under Opening.PublicURL, on which citizens follow a ticket; empty if there is none. Links
	// to it carry the ticket's number as query parameter n and its secret as s.
	TrackingPath string
}

// Limits of one channel; zero means no limit of its own.
type Limits struct {
	// TextCharacters is the longest text.
	TextCharacters uint32
	// MessageBytes is the largest whole message as sent.
	MessageBytes uint64
	// AttachmentBytes is the largest single attachment.
	AttachmentBytes uint64
	// AttachmentTypes are the media types accepted; empty: all.
	AttachmentTypes []string
	// Recipients in one transmission; 0 or 1: one each.
	Recipients uint32
	// Concurrency is the number of transmissions that may run at once.
	Concurrency uint32
	Subject     bool
	HTML        bool
	Attachments bool
}

// Check is a configuration to judge.
type Check struct {
	Config  json.RawMessage
	Secrets map[string]string
	// Probe asks to dial out and try each step, without leaving a trace.
	Probe bool
	// Language tag of the answers: "it" or "en".
	Language string
	// Trial is unguessable and goes into a test message that a Trier sends, so that the hub knows it wherever it is taken in.
	Trial string
}

// Capability is something that an adapter or a channel can do.
type Capability int32

// The capabilities. Unknown values are carried.
const (
	// CapabilityIngest: the channel is an Ingester.
	CapabilityIngest Capability = 1
	// CapabilitySend: the channel is a Sender.
	CapabilitySend Capability = 2
	// CapabilityHTTP: the channel is an HTTPHandler.
	CapabilityHTTP Capability = 3
	// CapabilityLookup: the channel is a Lookuper that gives proof.
	CapabilityLookup Capability = 4
	// CapabilityIdempotentSend: the provider makes one message of the same transmission sent twice.
	CapabilityIdempotentSend Capability = 5
	// CapabilityExclusive: one connection for the whole installation, on the lease holder.
	CapabilityExclusive Capability = 6
	// CapabilityListens: the adapter opens its own listener on ports given in its configuration.
	CapabilityListens Capability = 7
	// CapabilityInterpret: the channel is an Interpreter.
	CapabilityInterpret Capability = 8
	// CapabilityReports: the channel reports what became of a delivery after Send returned.
	CapabilityReports Capability = 9
	// CapabilityCalls: the channel reports telephone calls.
	CapabilityCalls Capability = 10
)

// Reconcile says how the outcome of a lost attempt can be proved.
type Reconcile int32

// The ways to reconcile.
const (
	// ReconcileNone: no way; an operator decides.
	ReconcileNone Reconcile = 1
	// ReconcileKey: sending again with the same idempotency key is safe.
	ReconcileKey Reconcile = 2
	// ReconcileLookup: Lookup finds it or proves its absence.
	ReconcileLookup Reconcile = 3
	// ReconcileReceipts: receipts arrive by themselves; wait for them.
	ReconcileReceipts Reconcile = 4
)

// Severity of a Diagnostic.
type Severity int32

// The severities.
const (
	SeverityOK      Severity = 1
	SeverityWarning Severity = 2
	SeverityError   Severity = 3
)
