package email_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/internal/mime"
	"sportello.dev/plugins-sdk/channel"
)

const (
	ownAddress = "urp@comune.esempio.it"
	goodSecret = "parola-d-ordine"
	recorded   = "Registrati"
	sentFolder = "Inviati"
)

// mailWorld is a mail provider in this process.
type mailWorld struct {
	tb   testing.TB
	user *imapmemserver.User
	imap *net.TCPAddr
	smtp *net.TCPAddr
	out  *submission

	mu        sync.Mutex
	originals map[string][]byte // by folder and UID
	// unreadable is a UID that the server does not hand out.
	unreadable imap.UID
	// vanished is a UID that a search still finds, once.
	vanished imap.UID
	conns    map[*imapserver.Conn]bool
	// beforeMove and beforeCreate may stand in the way of the commands.
	beforeMove, beforeCreate func() error
}

// dropConnections ends every IMAP connection.
func (w *mailWorld) dropConnections() {
	w.mu.Lock()
	defer w.mu.Unlock()
	require.NotEmpty(w.tb, w.conns)
	for conn := range w.conns {
		_ = conn.NetConn().Close()
	}
	clear(w.conns)
}

// faithful is a session that hands out originals byte by byte; the library's
// own makes a well-formed mail of them.
type faithful struct {
	imapserver.SessionIMAP4rev2

	world  *mailWorld
	folder string
}

func (f *faithful) Select(folder string, options *imap.SelectOptions) (*imap.SelectData, error) {
	f.folder = folder
	return f.SessionIMAP4rev2.Select(folder, options)
}

func (f *faithful) Fetch(w *imapserver.FetchWriter, set imap.NumSet, options *imap.FetchOptions) error {
	if len(options.BodySection) == 0 {
		return f.SessionIMAP4rev2.Fetch(w, set, options)
	}
	data, err := f.Search(imapserver.NumKindUID, &imap.SearchCriteria{}, &imap.SearchOptions{})
	if err != nil {
		return err
	}
	wanted, ok := set.(imap.UIDSet)
	if !ok {
		return errors.New("only UID FETCH is expected")
	}
	for i, uid := range data.AllUIDs() {
		if wanted.Contains(uid) && !f.gone(uid) {
			if f.unreadable(uid) {
				return &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeServerBug, Text: "Cannot read message"}
			}
			if err := f.write(w.CreateMessage(uint32(i)+1), uid, options.BodySection[0]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *faithful) Move(w *imapserver.MoveWriter, set imap.NumSet, dest string) error {
	if before := f.world.beforeMove; before != nil {
		if err := before(); err != nil {
			return err
		}
	}
	return f.SessionIMAP4rev2.Move(w, set, dest)
}

func (f *faithful) Create(folder string, options *imap.CreateOptions) error {
	if before := f.world.beforeCreate; before != nil {
		if err := before(); err != nil {
			return err
		}
	}
	return f.SessionIMAP4rev2.Create(folder, options)
}

func (f *faithful) unreadable(uid imap.UID) bool {
	f.world.mu.Lock()
	defer f.world.mu.Unlock()
	return f.world.unreadable == uid
}

// gone makes the vanished message disappear for good when it is asked for.
func (f *faithful) gone(uid imap.UID) bool {
	f.world.mu.Lock()
	defer f.world.mu.Unlock()
	return f.world.vanished == uid
}

func (f *faithful) Search(kind imapserver.NumKind, criteria *imap.SearchCriteria, options *imap.SearchOptions) (*imap.SearchData, error) {
	data, err := f.SessionIMAP4rev2.Search(kind, criteria, options)
	if err == nil && data.Count == 1 && len(data.AllUIDs()) == 1 && f.gone(data.AllUIDs()[0]) {
		return &imap.SearchData{All: imap.UIDSet{}}, nil
	}
	return data, err
}

func (f *faithful) write(w *imapserver.FetchResponseWriter, uid imap.UID, section *imap.FetchItemBodySection) error {
	f.world.mu.Lock()
	original := f.world.originals[f.folder+"/"+strconv.Itoa(int(uid))]
	f.world.mu.Unlock()
	w.WriteUID(uid)
	w.WriteInternalDate(fixedClock())
	w.WriteRFC822Size(int64(len(original)))
	body := w.WriteBodySection(section, int64(len(original)))
	_, err := body.Write(original)
	return errors.Join(err, body.Close(), w.Close())
}

func newMailWorld(tb testing.TB) *mailWorld {
	tb.Helper()
	user := imapmemserver.NewUser(ownAddress, goodSecret)
	for _, folder := range []string{"INBOX", recorded, sentFolder} {
		require.NoError(tb, user.Create(folder, nil))
	}
	w := &mailWorld{tb: tb, user: user, out: &submission{}, originals: map[string][]byte{}, conns: map[*imapserver.Conn]bool{}}
	store := imapmemserver.New()
	store.AddUser(user)
	w.imap = w.serveIMAP(func() imapserver.Session {
		return &faithful{SessionIMAP4rev2: store.NewSession().(imapserver.SessionIMAP4rev2), world: w}
	})
	w.smtp = w.serveSMTP()
	w.out.sent = user
	return w
}

func (w *mailWorld) serveIMAP(session func() imapserver.Session) *net.TCPAddr {
	server := imapserver.New(&imapserver.Options{
		NewSession: func(conn *imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.conns[conn] = true
			return session(), nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}},
		InsecureAuth: true,
		Logger:       log.New(io.Discard, "", 0),
	})
	listener := listen(w.tb)
	go func() { _ = server.Serve(listener) }()
	w.tb.Cleanup(func() { _ = server.Close() })
	return listener.Addr().(*net.TCPAddr)
}

func (w *mailWorld) serveSMTP() *net.TCPAddr {
	server := smtp.NewServer(w.out)
	server.Domain, server.AllowInsecureAuth, server.EnableDSN = "localhost", true, true
	server.MaxMessageBytes = 30 << 20
	server.ErrorLog = log.New(io.Discard, "", 0)
	listener := listen(w.tb)
	go func() { _ = server.Serve(listener) }()
	w.tb.Cleanup(func() { _ = server.Close() })
	return listener.Addr().(*net.TCPAddr)
}

func listen(tb testing.TB) net.Listener {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	return listener
}

type object = map[string]any

// config is a valid configuration; change may alter its imap and smtp parts.
func (w *mailWorld) config(change ...func(top, in, out object)) json.RawMessage {
	w.tb.Helper()
	in := object{"host": "127.0.0.1", "port": w.imap.Port, "security": "none"}
	out := object{"host": "127.0.0.1", "port": w.smtp.Port, "security": "none"}
	top := object{"address": ownAddress, "display_name": "URP", "imap": in, "smtp": out}
	for _, c := range change {
		c(top, in, out)
	}
	encoded, err := json.Marshal(top)
	require.NoError(w.tb, err)
	return encoded
}

func moving(_, in, _ object) { in["after_ack"], in["move_to"] = "move", recorded }

func secrets() map[string]string { return map[string]string{"/imap/password": goodSecret} }

// inject delivers a mail and returns its UID as key.
func (w *mailWorld) inject(original []byte) string { return w.injectInto("INBOX", original) }

func (w *mailWorld) injectInto(folder string, original []byte) string {
	w.tb.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	data, err := w.user.Append(folder, bytes.NewReader(original), &imap.AppendOptions{})
	require.NoError(w.tb, err)
	key := strconv.FormatUint(uint64(data.UID), 10)
	w.originals[folder+"/"+key] = original
	return key
}

// find returns the UIDs of a folder that match.
func (w *mailWorld) find(folder string, criteria imap.SearchCriteria) []imap.UID {
	session := imapmemserver.NewUserSession(w.user)
	_, err := session.Select(folder, &imap.SelectOptions{ReadOnly: true})
	require.NoError(w.tb, err)
	defer func() { _ = session.Unselect() }()
	data, err := session.Search(imapserver.NumKindUID, &criteria, &imap.SearchOptions{})
	require.NoError(w.tb, err)
	return data.AllUIDs()
}

func (w *mailWorld) present(key string) bool {
	for _, uid := range w.find("INBOX", imap.SearchCriteria{}) {
		if strconv.FormatUint(uint64(uid), 10) == key {
			return true
		}
	}
	return false
}

// submission is an SMTP server that takes mail, or fails as it is told.
type submission struct {
	sent *imapmemserver.User // gets copies, as with providers that file them

	mu       sync.Mutex
	attempts int
	taken    []takenMail
	next     fault
	later    []fault // of the sessions after
	hang     chan struct{}
}

// takenMail is one accepted transaction.
type takenMail struct {
	from       string
	options    smtp.MailOptions
	recipients []string
	wire       []byte
}

// fault is what goes wrong in the next transaction.
type fault struct {
	auth, mail, rcpt, data error
	dropBefore, dropAfter  bool // close the connection before DATA or after the message
}

func (s *submission) arm(f fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = f
}

// armNth lets the nth session from here fail.
func (s *submission) armNth(n int, f fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.later = append(make([]fault, n-1), f)
}

func (s *submission) mails() []takenMail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]takenMail{}, s.taken...)
}

func (s *submission) attempted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.attempts
}

// hangNext makes the next MAIL wait.
func (s *submission) hangNext() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hang = make(chan struct{})
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		close(s.hang)
		s.hang = nil
	})
}

// NewSession is a greeting; who says no more than that takes no fault.
func (s *submission) NewSession(conn *smtp.Conn) (smtp.Session, error) {
	return &submitting{server: s, conn: conn}, nil
}

// arms takes the armed fault for a session that signs in.
func (s *submission) arms() fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	armed := s.next
	s.next = fault{}
	if len(s.later) > 0 {
		armed, s.later = s.later[0], s.later[1:]
	}
	return armed
}

type submitting struct {
	server *submission
	conn   *smtp.Conn
	fault  fault
	signed bool
	mail   takenMail
}

func (s *submitting) AuthMechanisms() []string { return []string{"PLAIN", "XOAUTH2"} }

func (s *submitting) Auth(mechanism string) (sasl.Server, error) {
	s.fault = s.server.arms()
	if mechanism == "XOAUTH2" {
		return &bearerServer{accept: func() { s.signed = true }}, nil
	}
	return sasl.NewPlainServer(func(_, username, password string) error {
		if s.fault.auth != nil {
			s.count()
			return s.fault.auth
		}
		if username != ownAddress || password != goodSecret {
			return smtp.ErrAuthFailed
		}
		s.signed = true
		return nil
	}), nil
}

// bearerServer takes the token "fresh" and refuses others with a challenge.
type bearerServer struct {
	accept  func()
	refused bool
}

func (b *bearerServer) Next(response []byte) ([]byte, bool, error) {
	if b.refused || response == nil {
		return nil, false, smtp.ErrAuthFailed
	}
	if bytes.Contains(response, []byte("auth=Bearer fresh\x01\x01")) {
		b.accept()
		return nil, true, nil
	}
	b.refused = true
	return []byte(`{"status":"401"}`), false, nil
}

func (s *submitting) count() {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.attempts++
}

func (s *submitting) Mail(from string, options *smtp.MailOptions) error {
	if !s.signed {
		return smtp.ErrAuthRequired
	}
	s.count()
	s.server.mu.Lock()
	hang := s.server.hang
	s.server.mu.Unlock()
	if hang != nil {
		<-hang
	}
	s.mail = takenMail{from: from, options: *options}
	return s.fault.mail
}

func (s *submitting) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.fault.dropBefore {
		return s.conn.Conn().Close()
	}
	if to == refusedAddress {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user"}
	}
	if s.fault.rcpt != nil {
		return s.fault.rcpt
	}
	s.mail.recipients = append(s.mail.recipients, to)
	return nil
}

func (s *submitting) Data(r io.Reader) error {
	wire, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.fault.data != nil {
		return s.fault.data
	}
	s.mail.wire = wire
	s.server.mu.Lock()
	s.server.taken = append(s.server.taken, s.mail)
	s.server.mu.Unlock()
	if _, err := s.server.sent.Append(sentFolder, bytes.NewReader(wire), &imap.AppendOptions{}); err != nil {
		return err
	}
	if s.fault.dropAfter {
		return s.conn.Conn().Close()
	}
	return nil
}

func (s *submitting) Reset()        { s.mail = takenMail{} }
func (s *submitting) Logout() error { return nil }

const refusedAddress = "nessuno@example.com"

// attachmentsOf decodes what a mail carries.
func attachmentsOf(tb testing.TB, wire []byte) [][]byte {
	tb.Helper()
	sink := &sinkOfBytes{}
	_, err := mime.Parse(context.Background(), bytes.NewReader(wire), mime.DefaultLimits(), sink)
	require.NoError(tb, err)
	return sink.files
}

type sinkOfBytes struct{ files [][]byte }

func (s *sinkOfBytes) Store(_ context.Context, _ mime.Attachment, r io.Reader) (string, error) {
	b, err := io.ReadAll(r)
	s.files = append(s.files, b)
	return "", err
}

// transmission is the nth valid message to one citizen.
func transmission(n int) channel.Transmission {
	number := strconv.Itoa(n)
	return channel.Transmission{
		ID: "transmission-" + number, Attempt: 1, SenderName: "Ufficio Tributi", Language: "it",
		Recipients: []channel.Recipient{{
			DeliveryID: "delivery-" + number, Role: channel.RoleTo,
			Address: channel.Address{Kind: "email", Value: "mario.rossi@example.com", Name: "Mario Rossi"},
		}},
		Content: channel.Content{Subject: "Re: Richiesta " + number, Text: "Gentile signor Rossi,\necco la risposta."},
		Thread: channel.Thread{
			MessageID: "<m.x" + number + ".y@comune.esempio.it>", InReplyTo: "<a" + number + "@example.com>",
			References: []string{"<a0@example.com>"}, TicketNumber: "2026-000123-7",
		},
		Origin: channel.OriginOperator,
	}
}

func fixedClock() time.Time { return time.Date(2026, 10, 5, 8, 15, 0, 0, time.UTC) }

var errSpam = &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Message refused: spam"}
