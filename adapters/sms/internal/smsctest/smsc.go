// Package smsctest is a message centre for tests: it takes sessions, messages to send and faults, hands over what is put
// into it until it is answered, and writes receipts.
package smsctest

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"sportello.dev/adapters/internal/smpp"
)

// The credentials of every session; the plain password is for clients that cannot write the other.
const (
	SystemID      = "comune"
	Password      = `se/gr+eto"9`
	PlainPassword = "segreto9"
)

// Fault is what happens to the next message that is sent.
type Fault struct {
	// Status refuses it.
	Status smpp.Status
	// Break ends the session: before the message is taken, or after.
	BreakBefore, BreakAfter bool
	// Hold answers only when it is closed.
	Hold chan struct{}
}

// SMSC is a message centre. Its zero value is not usable: Start makes one.
type SMSC struct {
	listener net.Listener
	closing  chan struct{}
	running  sync.WaitGroup

	// Refuses is a destination, without its +, that is always refused.
	Refuses string
	// NewID makes the id of the nth message.
	NewID func(n int) string
	// Window is how many messages are handed over before their answers.
	Window int

	// pumping keeps messages in order.
	pumping sync.Mutex

	mu       sync.Mutex
	sessions map[*smpp.Session]bool
	queue    []*queued
	next     int
	attempts int
	binds    int
	taken    []smpp.Message
	faults   []Fault
	held     []chan struct{}
	mute     bool
}

// queued is a message for the client.
type queued struct {
	key      int
	original smpp.PDU
	// session by which it is on its way.
	session *smpp.Session
}

// Start opens a message centre on this computer; it ends with the test.
func Start(tb testing.TB) *SMSC {
	tb.Helper()
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("opening a message centre: %v", err)
	}
	s := &SMSC{
		listener: listener, closing: make(chan struct{}), sessions: map[*smpp.Session]bool{}, Window: 10,
		NewID: func(n int) string {
			return "id-" + string(rune('a'+n%26)) + time.Unix(int64(n), 0).UTC().Format("150405")
		},
	}
	s.running.Go(s.accept)
	tb.Cleanup(s.Close)
	return s
}

// Port that it listens on.
func (s *SMSC) Port() int {
	address, _ := s.listener.Addr().(*net.TCPAddr)
	return address.Port
}

// Close ends it with all sessions.
func (s *SMSC) Close() {
	s.mu.Lock()
	select {
	case <-s.closing:
	default:
		close(s.closing)
	}
	for _, hold := range s.held {
		closeOnce(hold)
	}
	s.mu.Unlock()
	_ = s.listener.Close()
	s.BreakAll()
	s.running.Wait()
}

func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

// BreakAll ends all sessions at once.
func (s *SMSC) BreakAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for session := range s.sessions {
		session.Close()
	}
}

func (s *SMSC) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.running.Go(func() { s.serve(conn) })
	}
}

const writeTimeout = 5 * time.Second

func (s *SMSC) serve(conn net.Conn) {
	session := smpp.NewSession(conn, writeTimeout)
	_ = session.Run(func(pdu smpp.PDU) { s.handle(session, pdu) })
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, session)
	for _, q := range s.queue {
		if q.session == session {
			q.session = nil
		}
	}
}

func (s *SMSC) handle(session *smpp.Session, pdu smpp.PDU) {
	switch pdu.Command {
	case smpp.BindTransceiver, smpp.BindTransmitter, smpp.BindReceiver:
		s.bind(session, pdu)
	case smpp.SubmitSM:
		s.submit(session, pdu)
	case smpp.Unbind:
		_ = session.Reply(pdu, smpp.OK, nil)
		session.Close()
	default:
		_ = session.Reply(pdu, smpp.InvalidCommand, nil)
	}
}

func (s *SMSC) bind(session *smpp.Session, pdu smpp.PDU) {
	bind, err := smpp.ParseBind(pdu.Body)
	if err != nil || bind.SystemID != SystemID || bind.Password != Password && bind.Password != PlainPassword {
		_ = session.Reply(pdu, smpp.InvalidPassword, nil)
		session.Close()
		return
	}
	s.mu.Lock()
	s.binds++
	mute := s.mute
	s.mu.Unlock()
	if mute {
		return
	}
	_ = session.Reply(pdu, smpp.OK, smpp.Text("smsctest"))
	if pdu.Command == smpp.BindTransmitter {
		return
	}
	s.mu.Lock()
	s.sessions[session] = true
	s.mu.Unlock()
	s.pump(session)
}

// Mute lets binds go unanswered.
func (s *SMSC) Mute(mute bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mute = mute
}

func (s *SMSC) submit(session *smpp.Session, pdu smpp.PDU) {
	message, err := smpp.ParseMessage(pdu.Body)
	if err != nil {
		_ = session.Reply(pdu, smpp.InvalidLength, nil)
		return
	}
	s.mu.Lock()
	s.attempts++
	var fault Fault
	if len(s.faults) > 0 {
		fault, s.faults = s.faults[0], s.faults[1:]
	}
	if fault.Status == 0 && s.Refuses != "" && message.Dest.Value == s.Refuses {
		fault.Status = smpp.InvalidDest
	}
	id := ""
	if fault.Status == 0 && !fault.BreakBefore && fault.Hold == nil {
		s.taken = append(s.taken, message)
		id = s.NewID(len(s.taken))
	}
	s.mu.Unlock()
	switch {
	case fault.Hold != nil:
		s.running.Go(func() {
			<-fault.Hold
			_ = session.Reply(pdu, smpp.OK, smpp.Text("late"))
		})
	case fault.BreakBefore || fault.BreakAfter:
		session.Close()
	case fault.Status != 0:
		_ = session.Reply(pdu, fault.Status, nil)
	default:
		_ = session.Reply(pdu, smpp.OK, smpp.Text(id))
	}
}

// Arm lets the next message meet a fault.
func (s *SMSC) Arm(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f)
}

// Hang lets the next message wait for its answer until release is called, or the centre ends.
func (s *SMSC) Hang() (release func()) {
	hold := make(chan struct{})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, Fault{Hold: hold})
	s.held = append(s.held, hold)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		closeOnce(hold)
	}
}

// Taken are the messages that were sent, in order.
func (s *SMSC) Taken() []smpp.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]smpp.Message{}, s.taken...)
}

// Attempts counts all that tried.
func (s *SMSC) Attempts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.attempts
}

// Binds counts the sessions that signed in.
func (s *SMSC) Binds() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.binds
}

// Put queues a PDU for the client and answers its key.
func (s *SMSC) Put(pdu smpp.PDU) int {
	s.mu.Lock()
	s.next++
	key := s.next
	s.queue = append(s.queue, &queued{key: key, original: pdu})
	var sessions []*smpp.Session
	for session := range s.sessions {
		sessions = append(sessions, session)
	}
	s.mu.Unlock()
	for _, session := range sessions {
		s.pump(session)
	}
	return key
}

// PutBytes queues the bytes of one PDU; those that are none are the body of a message.
func (s *SMSC) PutBytes(original []byte) int {
	if pdus, err := smpp.SplitPDUs(original); err == nil && len(pdus) == 1 {
		return s.Put(pdus[0])
	}
	return s.Put(smpp.PDU{Command: smpp.DeliverSM, Body: original})
}

// Present says whether a message was not answered yet.
func (s *SMSC) Present(key int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.queue {
		if q.key == key {
			return true
		}
	}
	return false
}

// pump hands over what waits, in order, as far as the window goes.
func (s *SMSC) pump(session *smpp.Session) {
	s.pumping.Lock()
	defer s.pumping.Unlock()
	for {
		next := s.pick(session)
		if next == nil {
			return
		}
		wait, err := session.Begin(next.original.Command, next.original.Body)
		if err != nil {
			return // serve gives back what was on the session
		}
		s.running.Go(func() { s.await(session, next, wait) })
	}
}

func (s *SMSC) pick(session *smpp.Session) *queued {
	s.mu.Lock()
	defer s.mu.Unlock()
	var next *queued
	away := 0
	for _, q := range s.queue {
		if q.session == session {
			away++
		} else if q.session == nil && next == nil {
			next = q
		}
	}
	if next == nil || away >= s.Window || !s.sessions[session] {
		return nil
	}
	next.session = session
	return next
}

// await keeps a message until its answer says yes; one that was refused waits for the next session.
func (s *SMSC) await(session *smpp.Session, q *queued, wait func(context.Context, func(smpp.PDU)) (smpp.PDU, error)) {
	if _, err := wait(context.Background(), nil); err != nil {
		return
	}
	s.mu.Lock()
	for at, other := range s.queue {
		if other == q {
			s.queue = append(s.queue[:at], s.queue[at+1:]...)
			break
		}
	}
	s.mu.Unlock()
	s.pump(session)
}

// Deliver makes the PDU of a message.
func Deliver(m smpp.Message) smpp.PDU { return smpp.PDU{Command: smpp.DeliverSM, Body: m.Bytes()} }

// Text makes the PDU of a short text in ASCII.
func Text(from, to, text string) smpp.PDU {
	return Deliver(smpp.Message{
		Source: smpp.Address{TON: smpp.TONInternational, NPI: smpp.NPITelephone, Value: from},
		Dest:   smpp.Address{TON: smpp.TONInternational, NPI: smpp.NPITelephone, Value: to}, Short: []byte(text),
	})
}
