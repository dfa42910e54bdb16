// Package smsc is a message centre with the telephones of a town: the town hall's adapter signs in by SMPP 3.4, and what
// it sends is shown on them. What a citizen writes waits until the adapter has answered for it.
package smsc

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"sportello.dev/adapters/internal/smpp"
)

const (
	writeTimeout = 5 * time.Second
	// window is how many texts are handed over before their answers: what large centres allow.
	window = 100
	// answerWait is how long an answer may take: then the text is handed over again.
	answerWait = 30 * time.Second
	// maxTexts is how many texts one telephone keeps, the last ones.
	maxTexts = 500
	// maxPhones bounds the memory of a centre that is sent to ever new numbers.
	maxPhones = 10_000
)

// Centre is the message centre. Its fields are set before Serve.
type Centre struct {
	Now    func() time.Time
	Logger *slog.Logger
	// SystemID and Password are the town hall's; Number is where it is written to.
	SystemID, Password, Number string
	// Changed is called after a telephone shows something else.
	Changed func()
	// Later runs something after a while, unless the world ends before.
	Later func(func(context.Context))

	mu       sync.Mutex
	sessions map[*smpp.Session]bool
	phones   map[string]*phone
	queue    []*waiting
	next     int
	refs     uint16
	// pumping keeps texts in order.
	pumping sync.Mutex
	running sync.WaitGroup
}

// Text is one text message as its telephone shows it.
type Text struct {
	// FromTown texts came from the town hall, the others were written on the telephone.
	FromTown bool
	// Sender is the number or the name that the town hall writes under.
	Sender string
	Body   string
	At     time.Time
	// Parts is how many messages it took.
	Parts int
	// Taken says of a text to the town hall that it was answered for.
	Taken bool
}

type phone struct {
	texts []*Text
	// taken counts the texts to the town hall that were answered for.
	taken int
	// parts are long texts of which some parts are missing.
	parts map[uint16]map[int]string
	off   bool
}

// waiting is a PDU for the town hall that was not answered yet.
type waiting struct {
	pdu smpp.PDU
	// text and from are set for the last part of what a telephone wrote.
	text    *Text
	from    *phone
	session *smpp.Session
}

// Serve takes sessions until the listener ends.
func (c *Centre) Serve(on net.Listener) error {
	for {
		conn, err := on.Accept()
		if err != nil {
			c.running.Wait()
			return nil //nolint:nilerr // the listener was closed: that is how it ends
		}
		c.running.Go(func() { c.serve(conn) })
	}
}

func (c *Centre) serve(conn net.Conn) {
	session := smpp.NewSession(conn, writeTimeout)
	_ = session.Run(func(pdu smpp.PDU) { c.handle(session, pdu) })
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sessions, session)
	for _, w := range c.queue {
		if w.session == session {
			w.session = nil
		}
	}
}

func (c *Centre) handle(session *smpp.Session, pdu smpp.PDU) {
	switch pdu.Command {
	case smpp.BindTransceiver, smpp.BindTransmitter, smpp.BindReceiver:
		c.bind(session, pdu)
	case smpp.SubmitSM:
		c.submit(session, pdu)
	case smpp.Unbind:
		_ = session.Reply(pdu, smpp.OK, nil)
		session.Close()
	default:
		_ = session.Reply(pdu, smpp.InvalidCommand, nil)
	}
}

func (c *Centre) bind(session *smpp.Session, pdu smpp.PDU) {
	b, err := smpp.ParseBind(pdu.Body)
	if err != nil || b.SystemID != c.SystemID || b.Password != c.Password {
		_ = session.Reply(pdu, smpp.InvalidPassword, nil)
		session.Close()
		return
	}
	_ = session.Reply(pdu, smpp.OK, smpp.Text("centro-sms"))
	if pdu.Command == smpp.BindTransmitter {
		return
	}
	c.mu.Lock()
	if c.sessions == nil {
		c.sessions = map[*smpp.Session]bool{}
	}
	c.sessions[session] = true
	c.mu.Unlock()
	c.pump(session)
}

// submit takes a text of the town hall's, shows it on its telephone, and writes the receipt that was asked for.
func (c *Centre) submit(session *smpp.Session, pdu smpp.PDU) {
	m, err := smpp.ParseMessage(pdu.Body)
	if err != nil {
		_ = session.Reply(pdu, smpp.InvalidLength, nil)
		return
	}
	number := "+" + m.Dest.Value
	c.mu.Lock()
	c.next++
	id := fmt.Sprintf("%010d", c.next)
	p := c.phoneOf(number)
	if p == nil {
		c.mu.Unlock()
		_ = session.Reply(pdu, smpp.QueueFull, nil)
		return
	}
	off := p.off
	if !off {
		p.receive(&m, c.Now())
	}
	c.mu.Unlock()
	_ = session.Reply(pdu, smpp.OK, smpp.Text(id))
	c.Changed()
	if m.Registered&smpp.RegisteredAlways != 0 {
		c.Later(func(context.Context) { c.receipt(m, id, off) })
	}
}

// phoneOf is the telephone of a number, made when it is first used; nil when there are too many.
func (c *Centre) phoneOf(number string) *phone {
	p := c.phones[number]
	if c.phones == nil {
		c.phones = map[string]*phone{}
	}
	if p == nil && len(c.phones) < maxPhones {
		p = &phone{parts: map[uint16]map[int]string{}}
		c.phones[number] = p
	}
	return p
}

// receipt tells the town hall what became of a text: a telephone that is switched off for good never gets it.
func (c *Centre) receipt(m smpp.Message, id string, off bool) {
	state, failure, delivered := "DELIVRD", "000", "001"
	if off {
		state, failure, delivered = "UNDELIV", "027", "000"
	}
	at := c.Now().Format("0601021504")
	text := fmt.Sprintf("id:%s sub:001 dlvrd:%s submit date:%s done date:%s stat:%s err:%s text:", id, delivered, at, at, state, failure)
	c.put(&waiting{pdu: smpp.PDU{Command: smpp.DeliverSM, Body: smpp.Message{
		Source: m.Dest, Dest: m.Source, Class: smpp.ClassReceipt, Short: []byte(text),
	}.Bytes()}})
}

func (c *Centre) put(all ...*waiting) {
	c.mu.Lock()
	c.queue = append(c.queue, all...)
	var sessions []*smpp.Session
	for session := range c.sessions {
		sessions = append(sessions, session)
	}
	c.mu.Unlock()
	for _, session := range sessions {
		c.pump(session)
	}
}

// pump hands over what waits, in order, as far as the window goes.
func (c *Centre) pump(session *smpp.Session) {
	c.pumping.Lock()
	defer c.pumping.Unlock()
	for {
		next := c.pick(session)
		if next == nil {
			return
		}
		answer, err := session.Begin(next.pdu.Command, next.pdu.Body)
		if err != nil {
			return // serve gives back what was on the session
		}
		c.running.Go(func() { c.await(session, next, answer) })
	}
}

func (c *Centre) pick(session *smpp.Session) *waiting {
	c.mu.Lock()
	defer c.mu.Unlock()
	var next *waiting
	away := 0
	for _, w := range c.queue {
		if w.session == session {
			away++
		} else if w.session == nil && next == nil {
			next = w
		}
	}
	if next == nil || away >= window || !c.sessions[session] {
		return nil
	}
	next.session = session
	return next
}

// await keeps what is on its way until the town hall has answered for it; what is refused waits for the next session.
func (c *Centre) await(session *smpp.Session, w *waiting, answer func(context.Context, func(smpp.PDU)) (smpp.PDU, error)) {
	ctx, cancel := context.WithTimeout(context.Background(), answerWait)
	defer cancel()
	if _, err := answer(ctx, nil); err != nil {
		if ctx.Err() != nil {
			session.Close() // and everything on it comes again by the next one
		}
		return
	}
	c.mu.Lock()
	for at, other := range c.queue {
		if other == w {
			c.queue = append(c.queue[:at], c.queue[at+1:]...)
			break
		}
	}
	if w.text != nil {
		w.text.Taken = true
		w.from.taken++
	}
	c.mu.Unlock()
	if w.text != nil {
		c.Changed()
	}
	c.pump(session)
}
