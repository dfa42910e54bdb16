package smpp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

var (
	// ErrNotSent says that a request did not leave: the session was over.
	ErrNotSent = errors.New("the session is over")
	// ErrNoAnswer says that a request left and no answer came: nobody knows whether it was carried out.
	ErrNoAnswer = errors.New("no answer came")
)

// Session is one connection, at either end. Requests may run at once; answers find them by sequence number.
type Session struct {
	conn net.Conn
	// writeTimeout bounds one write: a peer that reads nothing must not hold a request for ever.
	writeTimeout time.Duration

	writeMu sync.Mutex
	writer  *bufio.Writer

	mu       sync.Mutex
	sequence uint32
	waiting  map[uint32]chan PDU
	late     map[uint32]func(PDU)
	over     error
	done     chan struct{}
}

// NewSession takes over a connection. Run must be called to read from it.
func NewSession(conn net.Conn, writeTimeout time.Duration) *Session {
	return &Session{
		conn: conn, writeTimeout: writeTimeout, writer: bufio.NewWriter(conn),
		waiting: map[uint32]chan PDU{}, late: map[uint32]func(PDU){}, done: make(chan struct{}),
	}
}

// Run reads until the connection ends and hands each request to handle, in order; answers go to who waits for them. It
// closes the connection. A request that we do not know is refused here.
func (s *Session) Run(handle func(PDU)) error {
	reader := bufio.NewReader(s.conn)
	for {
		pdu, err := ReadPDU(reader)
		if err != nil {
			if errors.Is(err, ErrFrame) {
				// The peer may want to know; that it cannot be told changes nothing.
				_ = s.write(PDU{Command: GenericNack, Status: InvalidCommandLen})
			}
			s.end(err)
			return err
		}
		switch {
		case pdu.Command.IsAnswer():
			s.answered(pdu)
		case pdu.Command == EnquireLink:
			_ = s.Reply(pdu, OK, nil) // a broken connection shows at the next read
		default:
			handle(pdu)
		}
	}
}

// Done is closed when the session is over.
func (s *Session) Done() <-chan struct{} { return s.done }

// Close ends the session at once.
func (s *Session) Close() { s.end(ErrNotSent) }

func (s *Session) end(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil {
		return
	}
	s.over = fmt.Errorf("%w: %w", ErrNotSent, cause)
	close(s.done)
	_ = s.conn.Close() // nothing is left to be said
}

func (s *Session) answered(pdu PDU) {
	s.mu.Lock()
	waiting, late := s.waiting[pdu.Sequence], s.late[pdu.Sequence]
	delete(s.waiting, pdu.Sequence)
	delete(s.late, pdu.Sequence)
	s.mu.Unlock()
	switch {
	case waiting != nil:
		waiting <- pdu
	case late != nil:
		late(pdu)
	}
}

// maxSequence is the largest number that the protocol allows.
const maxSequence = 0x7FFFFFFF

func (s *Session) register() (uint32, chan PDU, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil {
		return 0, nil, s.over
	}
	s.sequence = s.sequence%maxSequence + 1
	answer := make(chan PDU, 1)
	s.waiting[s.sequence] = answer
	return s.sequence, answer, nil
}

// maxLate bounds how many answers that come too late are still listened for.
const maxLate = 1000

// forget stops waiting; late, if any, hears an answer that comes afterwards.
func (s *Session) forget(sequence uint32, late func(PDU)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, sequence)
	if late != nil && s.over == nil && len(s.late) < maxLate {
		s.late[sequence] = late
	}
}

// Call sends a request and waits for its answer until ctx ends; a refusal is a StatusError. An error that is ErrNotSent
// means that the peer did not get it, one that is ErrNoAnswer that it may have. late, which may be nil, hears an answer
// that comes afterwards.
func (s *Session) Call(ctx context.Context, command Command, body []byte, late func(PDU)) (PDU, error) {
	if err := ctx.Err(); err != nil {
		return PDU{}, fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	wait, err := s.Begin(command, body)
	if err != nil {
		return PDU{}, err
	}
	return wait(ctx, late)
}

// Begin sends a request; wait is called once for its answer.
func (s *Session) Begin(command Command, body []byte) (wait func(context.Context, func(PDU)) (PDU, error), err error) {
	sequence, answer, err := s.register()
	if err != nil {
		return nil, err
	}
	if err := s.write(PDU{Command: command, Sequence: sequence, Body: body}); err != nil {
		s.forget(sequence, nil)
		s.end(err)
		return nil, fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	return func(ctx context.Context, late func(PDU)) (PDU, error) {
		select {
		case pdu := <-answer:
			return pdu, refusal(command, pdu)
		case <-ctx.Done():
			s.forget(sequence, late)
			return PDU{}, fmt.Errorf("%w: %w", ErrNoAnswer, ctx.Err())
		case <-s.done:
			// The answer may have come with the last bytes.
			select {
			case pdu := <-answer:
				return pdu, refusal(command, pdu)
			default:
				return PDU{}, fmt.Errorf("%w: the connection broke", ErrNoAnswer)
			}
		}
	}, nil
}

func refusal(command Command, pdu PDU) error {
	switch {
	case pdu.Command == GenericNack && pdu.Status == OK:
		return StatusError{Command: command, Status: UnknownError}
	case pdu.Status != OK:
		return StatusError{Command: command, Status: pdu.Status}
	}
	return nil
}

// Reply answers a request of the peer.
func (s *Session) Reply(request PDU, status Status, body []byte) error {
	command := request.Command.Answer()
	if status == InvalidCommand {
		command = GenericNack
	}
	return s.write(PDU{Command: command, Status: status, Sequence: request.Sequence, Body: body})
}

func (s *Session) write(pdu PDU) error {
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	if err := s.conn.SetWriteDeadline(time.Now().Add(s.writeTimeout)); err != nil {
		return fmt.Errorf("writing a PDU: %w", err)
	}
	if _, err := s.writer.Write(pdu.Bytes()); err != nil {
		return fmt.Errorf("writing a PDU: %w", err)
	}
	if err := s.writer.Flush(); err != nil {
		return fmt.Errorf("writing a PDU: %w", err)
	}
	return nil
}
