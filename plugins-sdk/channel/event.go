package channel

import (
	"time"
)

// Event is one thing that happened on a channel.
type Event struct {
	// ID is stable across redelivery and unique in the channel; 1 to 500 bytes.
	ID         string
	OccurredAt time.Time
	// Raw is the original as it came; see Host.Raw.
	Raw Raw
	// Body is one of *InboundMessage, *DeliveryReport, *AddressSignal, *CallEvent, *Unparsed.
	Body Body
}

// Body is what an event is about.
type Body interface{ body() }

func (*InboundMessage) body() {}
func (*DeliveryReport) body() {}
func (*AddressSignal) body()  {}
func (*CallEvent) body()      {}
func (*Unparsed) body()       {}

// Raw is an original: inline up to 64 KiB, else a blob.
type Raw struct {
	Inline []byte
	Blob   *BlobRef
	// MediaType is message/rfc822, application/json, image/tiff...
	MediaType string
}

// BlobRef names bytes kept by the hub.
type BlobRef struct {
	// SHA256 is the lower-case hex digest of the bytes.
	SHA256 string
	Size   uint64
	// Claim comes from Host.PutBlob. A channel that names the blob later, from another process or replica, as a page does
	// that follows another, keeps it (sealed, where others could read it) and gives it back here within six days.
	Claim string
}

// Address is one reachable address.
type Address struct {
	// Kind is email, pec, mobile, landline, fax, web, postal, short_code or alphanumeric.
	Kind string
	// Value as received.
	Value string
	// Name is the display name, as received.
	Name string
}

// Party is an address with its part in a message.
type Party struct {
	Role    Role
	Address Address
}

// Role of a party.
type Role int32

// The roles.
const (
	RoleTo      Role = 1
	RoleCC      Role = 2
	RoleReplyTo Role = 3
	RoleSender  Role = 4
	// RoleEnvelope is the address by which the message reached the channel.
	RoleEnvelope Role = 5
)

// Issuer says who chose an identifier; only those of the hub and of the provider are proof.
type Issuer int32

// The issuers.
const (
	IssuerSender   Issuer = 1
	IssuerProvider Issuer = 2
	IssuerHub      Issuer = 3
)

// ExternalID is an identifier outside the hub.
type ExternalID struct {
	// Kind is message_id, queue_id, pec_identifier, sms_id, fax_job, call_id, form_id...
	Kind   string
	Value  string
	Issuer Issuer
}

// Attachment is a file of a message; its bytes are a blob put before the event.
type Attachment struct {
	Blob BlobRef
	// Name without control characters and paths, at most 255 bytes; see CleanName.
	Name string
	// MediaType from the bytes.
	MediaType string
	// DeclaredType as the sender says.
	DeclaredType string
	// ContentID without brackets, for inline images.
	ContentID string
	// Inline is shown inside the text rather than listed.
	Inline bool
}

// MessageClass tells people's messages from those of machines.
type MessageClass int32

// The classes.
const (
	ClassHuman       MessageClass = 1
	ClassAutoReply   MessageClass = 2
	ClassOutOfOffice MessageClass = 3
	ClassBounceHard  MessageClass = 4
	ClassBounceSoft  MessageClass = 5
	ClassDelayed     MessageClass = 6
	// ClassReceipt is a read or delivery receipt.
	ClassReceipt    MessageClass = 7
	ClassList       MessageClass = 8
	ClassOwnLoop    MessageClass = 9
	ClassFeedback   MessageClass = 10
	ClassSuspicious MessageClass = 11
)

// Authentication says whether the sender's address is proved.
type Authentication struct {
	Authenticated bool
	// Authority is who says so: the authserv-id, the PEC provider.
	Authority string
	// Results by method: spf, dkim, dmarc -> pass, fail, none...
	Results map[string]string
}

// Signature of the content of a message (S/MIME), checked by the adapter.
type Signature struct {
	State SignatureState
	// Reason is issuer, expired, sender, certificate, content or unsupported; empty when valid.
	Reason string
	// Signer and Issuer are names as the certificate gives them.
	Signer, Email, Issuer string
	// SignedAt as the signer says.
	SignedAt time.Time
	// Whole: nothing that the message shows is outside of what was signed.
	Whole bool
}

// SignatureState is what became of a signature.
type SignatureState int32

// The states.
const (
	// SignatureValid: intact, by a trusted certificate of the sender's address.
	SignatureValid SignatureState = 1
	// SignatureUntrusted: intact, but nobody answers for the signer.
	SignatureUntrusted SignatureState = 2
	// SignatureBroken: the content is not what was signed.
	SignatureBroken SignatureState = 3
	// SignatureUnverified: of a kind that cannot be checked.
	SignatureUnverified SignatureState = 4
)

// Form is the fields of a web form beside the text made of them.
type Form struct {
	ID      string
	Version string
	// Fields are the values by field name, JSON.
	Fields []byte
}

// InboundMessage is a message from outside.
type InboundMessage struct {
	From    Address
	Parties []Party
	Subject string
	// Text is plain, present unless the message is empty.
	Text string
	// HTML as sent; the hub sanitises it.
	HTML        string
	Attachments []Attachment
	ExternalIDs []ExternalID
	// AnswersTo are the identifiers of the messages answered, nearest first.
	AnswersTo []string
	// Tokens are the keyed tokens found in recipient addresses, identifiers or body.
	Tokens []string
	// Numbers are the ticket numbers found, as written.
	Numbers        []string
	Class          MessageClass
	Authentication *Authentication
	// Fingerprint is the SHA-256 over From, Date, Subject and the decoded parts.
	Fingerprint []byte
	// Language tag when known.
	Language string
	// Headers are the few protocol fields that an answer copies back.
	Headers map[string]string
	Form    *Form
	// SentAt is when the sender says it was written.
	SentAt time.Time
	// Reports are what a bounce or receipt says of our deliveries.
	Reports []DeliveryReport
	// Units are pages of a fax, segments of a text message.
	Units uint32
	// Signatures of the content, from the outside in.
	Signatures []Signature
	// Forwarded is who wrote the one message that this one encloses whole; the zero address for none and for several.
	Forwarded Address
	// Trial is Check.Trial, if this is the test message of a trial.
	Trial string `json:",omitempty"`
}

// DeliveryReport says what became of a delivery. It is matched by delivery, then identifiers, then recipient.
type DeliveryReport struct {
	DeliveryID  string
	ExternalIDs []ExternalID
	// Recipient concerned, for transmissions with several.
	Recipient *Address
	State     DeliveryState
	Failure   *Failure
	// Evidence is a PEC receipt, a fax report, kept as proof.
	Evidence *Raw
	// EvidenceKind is accettazione, avvenuta_consegna, dlr, t30...
	EvidenceKind string
	// Verified says that the proof's signature was verified.
	Verified bool
	At       time.Time
	// RetryUntil is, of a delay, until when the other system goes on trying; zero when it does not say.
	RetryUntil time.Time
}

// DeliveryState is what became of a delivery.
type DeliveryState int32

// The states.
const (
	// DeliveryAccepted: the provider took responsibility.
	DeliveryAccepted DeliveryState = 1
	// DeliverySent: it left the provider.
	DeliverySent DeliveryState = 2
	// DeliveryDelivered: it reached the recipient's system.
	DeliveryDelivered DeliveryState = 3
	DeliveryRead      DeliveryState = 4
	DeliveryFailed    DeliveryState = 5
	DeliveryExpired   DeliveryState = 6
	// DeliveryDelayed is not final.
	DeliveryDelayed DeliveryState = 7
)

// AddressSignal says something lasting about an address.
type AddressSignal struct {
	Address Address
	Kind    SignalKind
	Detail  string
}

// SignalKind is what is said about an address.
type SignalKind int32

// The signals.
const (
	SignalUndeliverable SignalKind = 1
	SignalOptedOut      SignalKind = 2
	SignalOptedIn       SignalKind = 3
	SignalVerified      SignalKind = 4
	SignalComplaint     SignalKind = 5
)

// CallEvent is one step in the life of a telephone call; steps may come late and twice.
type CallEvent struct {
	CallID string
	Step   CallStep
	Caller Address
	Called Address
	// Operator is the extension or login of who answered.
	Operator string
	At       time.Time
	Duration time.Duration
	// Recording of the call or of the voice message.
	Recording *Attachment
	// Choices made in the voice menu.
	Choices map[string]string
}

// CallStep is a step of a call.
type CallStep int32

// The steps.
const (
	CallRinging   CallStep = 1
	CallAnswered  CallStep = 2
	CallEnded     CallStep = 3
	CallMissed    CallStep = 4
	CallVoicemail CallStep = 5
	CallRecording CallStep = 6
)

// Unparsed is an item that could not or must not be read: only its raw bytes travel.
type Unparsed struct {
	// Code is stable: limit.depth, crash, charset...
	Code string
	// Detail for the operator, without personal data.
	Detail string
}
