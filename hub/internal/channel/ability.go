package channel

import "slices"

// Ability is what a channel, so configured, can do. The hub relies on nothing else.
type Ability struct {
	Capabilities []Capability `json:"capabilities,omitempty"`
	Limits       Limits       `json:"limits"`
	Reconcile    Reconcile    `json:"reconcile,omitempty"`
	// Own is the address that the channel writes from and is written to.
	Own Address `json:"own"`
	// ReplyToken says that a keyed token fits into the channel's own address or elsewhere in a message.
	ReplyToken bool `json:"reply_token,omitempty"`
	// AuthenticatesSenders says that a sender's authentication can be judged.
	AuthenticatesSenders bool `json:"authenticates_senders,omitempty"`
	// TrackingPath is the page, under the channel's public address, on which citizens follow a ticket; empty if none.
	TrackingPath string `json:"tracking_path,omitempty"`
}

// Can tells whether the channel has a capability.
func (a *Ability) Can(c Capability) bool { return slices.Contains(a.Capabilities, c) }

// Address is a kind and a value: email and "protocollo@comune.example".
type Address struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
	Name  string `json:"name,omitempty"`
}

// Capability is something that a channel can do. Unknown words are carried.
type Capability string

// The capabilities in use.
const (
	Ingest         Capability = "ingest"
	Send           Capability = "send"
	HTTP           Capability = "http"
	LookupDelivery Capability = "lookup_delivery"
	IdempotentSend Capability = "idempotent_send"
	// Exclusive allows one connection for the whole installation, on the lease holder.
	Exclusive Capability = "exclusive"
	Listens   Capability = "listens"
	Interpret Capability = "interpret"
	Reports   Capability = "reports"
	Calls     Capability = "calls"
)

// Reconcile says how the outcome of a lost attempt can be proved.
type Reconcile string

// The ways to reconcile. An empty one counts as ReconcileNone.
const (
	// ReconcileNone leaves it to an operator.
	ReconcileNone Reconcile = "none"
	// ReconcileKey allows the same idempotency key to be sent again.
	ReconcileKey Reconcile = "key"
	// ReconcileLookup asks the provider.
	ReconcileLookup Reconcile = "lookup"
	// ReconcileReceipts waits for receipts that arrive by themselves.
	ReconcileReceipts Reconcile = "receipts"
)

// Limits of one channel; zero means no limit of its own.
type Limits struct {
	TextCharacters  int      `json:"text_characters,omitempty"`
	MessageBytes    int64    `json:"message_bytes,omitempty"`
	AttachmentBytes int64    `json:"attachment_bytes,omitempty"`
	AttachmentTypes []string `json:"attachment_types,omitempty"`
	// Recipients in one transmission; 0 and 1 mean one each.
	Recipients int `json:"recipients,omitempty"`
	// Concurrency is the number of transmissions that may run at once.
	Concurrency int  `json:"concurrency,omitempty"`
	Subject     bool `json:"subject,omitempty"`
	HTML        bool `json:"html,omitempty"`
	Attachments bool `json:"attachments,omitempty"`
}
