package smpp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Command names what a PDU is; an answer has the highest bit set.
type Command uint32

// The commands.
const (
	BindReceiver    Command = 0x01
	BindTransmitter Command = 0x02
	SubmitSM        Command = 0x04
	DeliverSM       Command = 0x05
	Unbind          Command = 0x06
	BindTransceiver Command = 0x09
	EnquireLink     Command = 0x15
	AlertNotify     Command = 0x102
	DataSM          Command = 0x103
	GenericNack     Command = 0x80000000

	answerBit Command = 0x80000000
)

// Answer is the command that answers c.
func (c Command) Answer() Command { return c | answerBit }

// IsAnswer says whether a PDU of this command answers another one.
func (c Command) IsAnswer() bool { return c&answerBit != 0 }

const (
	headerSize = 16
	// MaxPDU bounds what is read: a payload of 64 KiB with its fields, and room for more parameters.
	MaxPDU = 128 << 10
)

// ErrFrame says that the peer's bytes are no PDUs: nothing that follows can be trusted.
var ErrFrame = errors.New("the peer does not speak SMPP")

// PDU is one unit of the protocol; Body is what follows the header.
type PDU struct {
	Command  Command
	Status   Status
	Sequence uint32
	Body     []byte
}

// Bytes is the PDU as it travels.
func (p PDU) Bytes() []byte {
	out := make([]byte, headerSize, headerSize+len(p.Body))
	binary.BigEndian.PutUint32(out, uint32(headerSize+len(p.Body)))
	binary.BigEndian.PutUint32(out[4:], uint32(p.Command))
	binary.BigEndian.PutUint32(out[8:], uint32(p.Status))
	binary.BigEndian.PutUint32(out[12:], p.Sequence)
	return append(out, p.Body...)
}

// Original is the PDU apart from the session that carried it: with sequence number 0, so that the same message
// delivered again has the same bytes.
func (p PDU) Original() []byte {
	p.Sequence = 0
	return p.Bytes()
}

// ReadPDU reads one PDU; io.EOF is the end between two of them.
func ReadPDU(r io.Reader) (PDU, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return PDU{}, fmt.Errorf("half a header: %w", err)
		}
		return PDU{}, err
	}
	length := binary.BigEndian.Uint32(header[:])
	if length < headerSize || length > MaxPDU {
		return PDU{}, fmt.Errorf("%w: a PDU of %d bytes", ErrFrame, length)
	}
	pdu := PDU{
		Command:  Command(binary.BigEndian.Uint32(header[4:])),
		Status:   Status(binary.BigEndian.Uint32(header[8:])),
		Sequence: binary.BigEndian.Uint32(header[12:]),
		Body:     make([]byte, length-headerSize),
	}
	if _, err := io.ReadFull(r, pdu.Body); err != nil {
		return PDU{}, fmt.Errorf("half a PDU: %w", errors.Join(err, io.ErrUnexpectedEOF))
	}
	return pdu, nil
}

// SplitPDUs reads PDUs that were written one after another, as originals of long messages are.
func SplitPDUs(data []byte) ([]PDU, error) {
	var all []PDU
	for len(data) > 0 {
		if len(data) < headerSize {
			return nil, fmt.Errorf("%w: %d bytes left over", ErrFrame, len(data))
		}
		length := binary.BigEndian.Uint32(data)
		if length < headerSize || uint64(length) > uint64(len(data)) {
			return nil, fmt.Errorf("%w: a PDU of %d bytes where %d are left", ErrFrame, length, len(data))
		}
		all = append(all, PDU{
			Command:  Command(binary.BigEndian.Uint32(data[4:])),
			Status:   Status(binary.BigEndian.Uint32(data[8:])),
			Sequence: binary.BigEndian.Uint32(data[12:]),
			Body:     data[headerSize:length],
		})
		data = data[length:]
	}
	return all, nil
}
