package smpp

import (
	"fmt"
)

// Version is what we say we speak.
const Version = 0x34

// The largest fields, in bytes without their end. They are wider than the specification's, because peers are.
const (
	maxName    = 64
	maxAddress = 64
	maxTime    = 32
	maxID      = 128
)

// MaxShort is the most bytes that travel in short_message; more go as payload.
const MaxShort = 254

// Types and plans of numbers.
const (
	TONUnknown       = 0
	TONInternational = 1
	TONNational      = 2
	TONNetwork       = 3
	TONAlphanumeric  = 5
	TONAbbreviated   = 6
	NPIUnknown       = 0
	NPITelephone     = 1
)

// Address is a number or a name with its type and plan.
type Address struct {
	TON, NPI byte
	Value    string
}

func (f *fields) address(name string) Address {
	return Address{TON: f.octet(name + " type"), NPI: f.octet(name + " plan"), Value: f.text(name, maxAddress)}
}

func appendAddress(out []byte, a Address) []byte {
	return appendText(append(out, a.TON, a.NPI), a.Value)
}

// Bind is the body of the three bind requests.
type Bind struct {
	SystemID, Password, SystemType string
	Version                        byte
	// Range of addresses that the client wants to serve.
	Range Address
}

// Bytes is the body as it travels.
func (b Bind) Bytes() []byte {
	var out []byte
	for _, text := range []string{b.SystemID, b.Password, b.SystemType} {
		out = appendText(out, text)
	}
	return appendAddress(append(out, b.Version), b.Range)
}

// ParseBind reads the body of a bind request.
func ParseBind(body []byte) (Bind, error) {
	f := &fields{rest: body}
	b := Bind{SystemID: f.text("system_id", maxName), Password: f.text("password", maxName), SystemType: f.text("system_type", maxName)}
	b.Version, b.Range = f.octet("interface_version"), f.address("address_range")
	return b, f.err
}

// The bits of esm_class.
const (
	ClassTypeMask     = 0x3C
	ClassReceipt      = 0x04
	ClassUserAck      = 0x08
	ClassManualAck    = 0x10
	ClassIntermediate = 0x20
	ClassUDH          = 0x40
)

// Registered says when a receipt is wanted.
const (
	RegisteredNone    = 0
	RegisteredAlways  = 1
	RegisteredFailure = 2
)

// Message is the body of submit_sm, deliver_sm and data_sm.
type Message struct {
	ServiceType            string
	Source, Dest           Address
	Class                  byte
	ProtocolID, Priority   byte
	ScheduledAt, ValidTill string
	Registered             byte
	Replace                byte
	Coding                 byte
	DefaultID              byte
	Short                  []byte
	TLVs                   TLVs
}

// Content is what was written, wherever it travels.
func (m Message) Content() []byte {
	if payload := m.TLVs.Get(TagPayload); payload != nil && len(m.Short) == 0 {
		return payload
	}
	return m.Short
}

// Bytes is the body of submit_sm and deliver_sm as it travels.
func (m Message) Bytes() []byte {
	out := appendText(nil, m.ServiceType)
	out = appendAddress(appendAddress(out, m.Source), m.Dest)
	out = append(out, m.Class, m.ProtocolID, m.Priority)
	out = appendText(appendText(out, m.ScheduledAt), m.ValidTill)
	short := m.Short[:min(len(m.Short), 255)]
	out = append(out, m.Registered, m.Replace, m.Coding, m.DefaultID, byte(len(short)))
	return appendTLVs(append(out, short...), m.TLVs)
}

// ParseMessage reads the body of submit_sm and deliver_sm.
func ParseMessage(body []byte) (Message, error) {
	f := &fields{rest: body}
	m := Message{ServiceType: f.text("service_type", maxName), Source: f.address("source"), Dest: f.address("destination")}
	m.Class, m.ProtocolID, m.Priority = f.octet("esm_class"), f.octet("protocol_id"), f.octet("priority")
	m.ScheduledAt, m.ValidTill = f.text("schedule_delivery_time", maxTime), f.text("validity_period", maxTime)
	m.Registered, m.Replace = f.octet("registered_delivery"), f.octet("replace_if_present")
	m.Coding, m.DefaultID = f.octet("data_coding"), f.octet("sm_default_msg_id")
	m.Short = f.octets("short_message", int(f.octet("sm_length")))
	m.TLVs = f.tlvs()
	return m, f.err
}

// ParseData reads the body of data_sm, which carries all content as payload.
func ParseData(body []byte) (Message, error) {
	f := &fields{rest: body}
	m := Message{ServiceType: f.text("service_type", maxName), Source: f.address("source"), Dest: f.address("destination")}
	m.Class, m.Registered, m.Coding = f.octet("esm_class"), f.octet("registered_delivery"), f.octet("data_coding")
	m.TLVs = f.tlvs()
	return m, f.err
}

// DataBytes is the body of data_sm as it travels.
func (m Message) DataBytes() []byte {
	out := appendAddress(appendAddress(appendText(nil, m.ServiceType), m.Source), m.Dest)
	return appendTLVs(append(out, m.Class, m.Registered, m.Coding), m.TLVs)
}

// ParseIncoming reads a deliver_sm or data_sm.
func ParseIncoming(pdu PDU) (Message, error) {
	switch pdu.Command {
	case DeliverSM:
		return ParseMessage(pdu.Body)
	case DataSM:
		return ParseData(pdu.Body)
	}
	return Message{}, fmt.Errorf("command %#x carries no message", uint32(pdu.Command))
}

// Text is a body that is one C-octet string: the message id of an answer to submit_sm, the system id of one to a bind.
func Text(value string) []byte { return appendText(nil, value) }

// ParseText reads such a body. An answer that refuses may have none; one without its end is met as well.
func ParseText(body []byte) string {
	f := &fields{rest: append(append([]byte{}, body[:min(len(body), maxID)]...), 0)}
	return f.text("text", maxID)
}
