package simulator

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"sportello.dev/adapters/simulator/fault"
	"sportello.dev/adapters/simulator/internal/api"
	"sportello.dev/adapters/simulator/internal/directory"
	"sportello.dev/adapters/simulator/internal/imapd"
	"sportello.dev/adapters/simulator/internal/listener"
	"sportello.dev/adapters/simulator/internal/mta"
	"sportello.dev/adapters/simulator/internal/page"
	"sportello.dev/adapters/simulator/internal/postbox"
	"sportello.dev/adapters/simulator/internal/smsc"
	"sportello.dev/adapters/simulator/internal/smtpd"
	"sportello.dev/adapters/simulator/internal/testca"
	"sportello.dev/adapters/simulator/journal"
	"sportello.dev/adapters/simulator/script"
)

const (
	headerTimeout = 10 * time.Second
	closeTimeout  = 3 * time.Second // for HTTP requests under way when the world ends
)

// World is the simulated outside world.
type World struct {
	config    Config
	directory *directory.Directory
	store     *postbox.Store
	journal   *journal.Journal
	faults    fault.Board
	ca        *testca.CA
	mta       *mta.Server
	imap      *imapd.Server
	smtp      *smtpd.Server
	centre    *smsc.Centre
	errands   *errands
	answers   chan answer

	imapOn, smtpOn, smppOn *listener.Listener
	httpOn                 net.Listener
	http                   *http.Server

	stop     context.CancelFunc
	servers  sync.WaitGroup
	stopOnce sync.Once
	stopped  chan struct{}
}

// New prepares a world and opens its data. Nothing listens before Start.
func New(config Config) (*World, error) {
	config = config.withDefaults()
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("simulator configuration: %w", err)
	}
	w := &World{
		config: config, stopped: make(chan struct{}), answers: make(chan answer, maxAnswers), errands: &errands{delay: config.ReactionDelay},
		directory: &directory.Directory{
			TownDomain: config.TownDomain, CitizenDomains: config.CitizenDomains,
			CitizenPassword: config.CitizenPassword, Mailboxes: config.Mailboxes,
		},
	}
	if err := w.open(); err != nil {
		return nil, err
	}
	tlsConfig, err := w.tlsConfig()
	if err != nil {
		return nil, errors.Join(err, w.journal.Close())
	}
	w.build(tlsConfig)
	return w, nil
}

// open reads or makes the data: mail, journal, accounts.
func (w *World) open() error {
	mailDir, journalPath := "", ""
	if w.config.Dir != "" {
		mailDir, journalPath = filepath.Join(w.config.Dir, "mail"), filepath.Join(w.config.Dir, "journal.jsonl")
		if err := os.MkdirAll(w.config.Dir, 0o700); err != nil {
			return fmt.Errorf("making the world's directory: %w", err)
		}
	}
	var err error
	w.store, err = postbox.Open(postbox.Options{Dir: mailDir, Sync: !w.config.NoSync, Now: w.config.Now})
	if err != nil {
		return fmt.Errorf("opening mailboxes: %w", err)
	}
	for _, m := range w.config.Mailboxes {
		if _, err := w.store.Ensure(m.Address, "Sent", "Archive", "Junk", "Trash"); err != nil {
			return fmt.Errorf("making the town's mailbox: %w", err)
		}
	}
	for _, c := range script.Citizens() {
		if w.directory.Resolve(c.Address).Kind != directory.Citizen {
			continue // a world with other domains has its own citizens
		}
		if _, err := w.store.Ensure(c.Address, page.SentBox); err != nil {
			return fmt.Errorf("making a citizen's mailbox: %w", err)
		}
	}
	if w.journal, err = journal.Open(journalPath, !w.config.NoSync); err != nil {
		return fmt.Errorf("opening the world's journal: %w", err)
	}
	return nil
}

func (w *World) tlsConfig() (*tls.Config, error) {
	if w.config.TLS == TLSOff {
		return nil, nil //nolint:nilnil // no TLS is a configuration, not a fault
	}
	var err error
	if w.ca, err = testca.Open(w.config.Dir, w.config.Now()); err != nil {
		return nil, err
	}
	return w.ca.ServerConfig(w.config.Now(), w.config.AuthServID, "mail."+w.config.TownDomain)
}

// build wires the servers.
func (w *World) build(tlsConfig *tls.Config) {
	c := w.config
	w.mta = &mta.Server{
		Directory: w.directory, Store: w.store, Journal: w.journal, Faults: &w.faults, Logger: c.Logger, Now: c.Now,
		AuthServID: c.AuthServID, Boxes: []string{page.SentBox}, Later: w.errands.do, Thinking: w.errands.think,
		Delivered: w.delivered,
	}
	w.imap = &imapd.Server{
		Store: w.store, Directory: w.directory, Faults: &w.faults, Logger: c.Logger, Now: c.Now,
		Security: c.security(), TLS: tlsConfig, Boxes: []string{page.SentBox},
	}
	w.smtp = &smtpd.Server{
		MTA: w.mta, Directory: w.directory, Faults: &w.faults, Logger: c.Logger, Name: c.AuthServID, MaxBytes: c.MaxBytes,
		TLS: tlsConfig, Implicit: c.TLS == TLSImplicit,
	}
	w.centre = &smsc.Centre{
		Now: c.Now, Logger: c.Logger, SystemID: SMPPSystemID, Password: c.SMPPPassword, Number: c.TownNumber,
		Changed: w.store.Ring, Later: w.errands.do,
	}
}

// handler serves the citizen's page and the remote control.
func (w *World) handler() http.Handler {
	control := &api.Control{
		Store: w.store, Directory: w.directory, Journal: w.journal, Faults: &w.faults, Logger: w.config.Logger,
		CAPEM: w.CAPEM(), CutIMAP: w.CutIMAP, Renumber: w.Renumber,
	}
	site := page.New(page.Config{
		Store: w.store, Directory: w.directory, MTA: w.mta, Centre: w.centre, Journal: w.journal, Logger: w.config.Logger, Now: w.config.Now,
		Citizens: script.Citizens(), TownMailbox: w.config.Mailboxes[0].Address, MaxBytes: w.config.MaxBytes,
	})
	mux := http.NewServeMux()
	mux.Handle("/api/", control.Handler())
	mux.Handle("/", site)
	return http.NewCrossOriginProtection().Handler(mux)
}

// Start listens and serves until ctx ends or Stop is called.
func (w *World) Start(ctx context.Context) error {
	if err := w.listen(ctx); err != nil {
		return errors.Join(err, w.closeListeners())
	}
	ctx, w.stop = context.WithCancel(ctx)
	w.errands.start(ctx)
	w.http = &http.Server{
		Handler: w.handler(), ReadHeaderTimeout: headerTimeout,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	w.serve("imap", func() error { return w.imap.Serve(w.imapOn) })
	w.serve("smtp", func() error { return w.smtp.Serve(ctx, w.smtpOn) })
	w.serve("smpp", func() error { return w.centre.Serve(w.smppOn) })
	w.serve("http", func() error { return w.http.Serve(w.httpOn) })
	go func() {
		<-ctx.Done()
		w.shutdown()
	}()
	return nil
}

func (w *World) serve(name string, run func() error) {
	w.servers.Go(func() {
		if err := run(); err != nil && !errors.Is(err, http.ErrServerClosed) {
			w.config.Logger.Error("a server of the simulated world stopped", "server", name, "error", err)
		}
	})
}

func (w *World) listen(ctx context.Context) (err error) {
	if w.smtpOn, err = listener.Listen(ctx, w.config.SMTPAddr); err != nil {
		return err
	}
	if w.imapOn, err = listener.Listen(ctx, w.config.IMAPAddr); err != nil {
		return err
	}
	if w.smppOn, err = listener.Listen(ctx, w.config.SMPPAddr); err != nil {
		return err
	}
	var lc net.ListenConfig
	if w.httpOn, err = lc.Listen(ctx, "tcp", w.config.HTTPAddr); err != nil {
		return fmt.Errorf("listening on %s: %w", w.config.HTTPAddr, err)
	}
	return nil
}

func (w *World) closeListeners() error {
	var errs []error
	for _, l := range []*listener.Listener{w.smtpOn, w.imapOn, w.smppOn} {
		if l != nil {
			errs = append(errs, l.Shutdown())
		}
	}
	return errors.Join(errs...)
}

// Stop ends all servers, waits for everything the world started, and closes its data. A world that never started only
// closes its data.
func (w *World) Stop() {
	if w.stop == nil {
		w.shutdown()
		return
	}
	w.stop()
	<-w.stopped
}

func (w *World) shutdown() {
	w.stopOnce.Do(func() {
		defer close(w.stopped)
		errs := []error{w.closeListeners()}
		if w.http != nil {
			errs = append(errs, w.closeHTTP())
		}
		w.servers.Wait()
		w.errands.wait()
		if err := errors.Join(append(errs, w.journal.Close())...); err != nil {
			w.config.Logger.Warn("stopping the simulated world", "error", err)
		}
	})
}

// closeHTTP lets requests under way finish; event streams end by themselves because their context has. The time it takes is
// its own: the world's context is over by then.
func (w *World) closeHTTP() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if err := w.http.Shutdown(ctx); err != nil {
		return errors.Join(err, w.http.Close())
	}
	return nil
}

// SMTPAddr returns host:port of the SMTP server, after Start.
func (w *World) SMTPAddr() string { return w.smtpOn.Addr().String() }

// IMAPAddr returns host:port of the IMAP server, after Start.
func (w *World) IMAPAddr() string { return w.imapOn.Addr().String() }

// SMPPAddr returns host:port of the message centre, after Start.
func (w *World) SMPPAddr() string { return w.smppOn.Addr().String() }

// Centre is the message centre, with the citizens' telephones.
func (w *World) Centre() *smsc.Centre { return w.centre }

// HTTPAddr returns host:port of the citizen's page, after Start.
func (w *World) HTTPAddr() string { return w.httpOn.Addr().String() }

// CAPEM returns the certificate of the test CA, or nil without TLS.
func (w *World) CAPEM() []byte {
	if w.ca == nil {
		return nil
	}
	return w.ca.PEM()
}

// Faults is the board on which tests put the oddities the world is to show.
func (w *World) Faults() *fault.Board { return &w.faults }

// Journal lists every message the world accepted.
func (w *World) Journal() *journal.Journal { return w.journal }

// CutIMAP breaks the IMAP connections of an account, or all for "", and returns how many.
func (w *World) CutIMAP(account string) int { return w.imap.Cut(account) }

// CutSMTP breaks all SMTP connections and returns how many.
func (w *World) CutSMTP() int { return w.smtpOn.CutAll() }

// Renumber gives a mailbox a new UIDVALIDITY and new UIDs, and cuts the sessions that would not know.
func (w *World) Renumber(account, box string) (uint32, error) {
	a, ok := w.store.Account(account)
	if !ok {
		return 0, fmt.Errorf("renumbering: %w", postbox.ErrNoMailbox)
	}
	b, err := a.Box(box)
	if err != nil {
		return 0, fmt.Errorf("renumbering: %w", err)
	}
	validity, err := b.Renumber()
	w.CutIMAP(account)
	return validity, err
}
