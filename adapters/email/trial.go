package email

import (
	"context"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"sportello.dev/plugins-sdk/channel"
)

// trial goes through a configuration step by step. Without letter it is a
// probe: it signs in and opens folders, and leaves no trace.
type trial struct {
	config   Config
	language string
	// id is the hub's: the letter bears it, and so the hub knows the letter, whichever replica reads the mailbox.
	id       string
	letter   bool
	now      func() time.Time
	patience patience
	report   func(channel.Step)
	// lookupTXT asks the DNS for text records.
	lookupTXT func(ctx context.Context, name string) ([]string, error)

	dial   dialer
	tokens *tokenSource
	titles map[string]string
}

// patience is how long a trial waits for its letter, and how often it looks.
type patience struct{ find, look time.Duration }

func ordinaryPatience() patience { return patience{find: time.Minute, look: time.Second} }

// outcome is a step that did not fail.
type outcome struct {
	code, it, en, remedyIT, remedyEN string
	warning                          bool
	pointer                          string // instead of the step's own
	choices                          []string
}

// words in both languages.
type words struct{ it, en string }

// plan lists the steps in their order with what is tried.
func (t *trial) plan() (names []string, titles map[string]words) {
	titles = map[string]words{}
	add := func(name, it, en string) {
		names = append(names, name)
		titles[name] = words{it, en}
	}
	if c := t.config.IMAP; c != nil {
		add("imap.dns", "Nome del server in arrivo "+c.Host, "Name of the incoming server "+c.Host)
		add("imap.connect", "Collegamento al server in arrivo", "Connection to the incoming server")
		add("imap.tls", "Cifratura della posta in arrivo", "Encryption of incoming mail")
		add("imap.auth", "Accesso alla posta in arrivo", "Sign-in for incoming mail")
		add("imap.folder", "Cartelle da leggere", "Folders to read")
		add("imap.sent", "Cartella della posta inviata", "Folder of sent mail")
	}
	if c := t.config.SMTP; c != nil {
		add("smtp.dns", "Nome del server in uscita "+c.Host, "Name of the outgoing server "+c.Host)
		add("smtp.connect", "Collegamento al server in uscita", "Connection to the outgoing server")
		add("smtp.tls", "Cifratura della posta in uscita", "Encryption of outgoing mail")
		add("smtp.auth", "Accesso alla posta in uscita", "Sign-in for outgoing mail")
	}
	if t.letter && t.config.SMTP != nil {
		add("letter.send", "Invio di una lettera di prova a "+t.config.Address, "Sending a test letter to "+t.config.Address)
		if t.config.IMAP != nil {
			add("letter.find", "Arrivo della lettera di prova", "Arrival of the test letter")
			add("letter.trust", "Verifica dei mittenti", "Verification of senders")
		}
		add("domain", "Registrazioni del dominio "+domainOf(t.config.Address), "Records of the domain "+domainOf(t.config.Address))
	}
	return names, titles
}

// run goes through the plan. What a failed step stands in the way of is skipped.
func (t *trial) run(ctx context.Context) {
	names, titles := t.plan()
	t.titles = map[string]string{}
	for _, name := range names {
		t.titles[name] = inLanguage(t.language, titles[name].it, titles[name].en)
		t.report(channel.Step{Name: name, Title: t.titles[name], State: channel.StepPlanned})
	}
	var err error
	if t.dial, err = newDialer(t.config.CAPEM); err != nil {
		t.failed(names[0], "/ca_pem", t.now(), err)
		t.skip(names[1:])
		return
	}
	t.tokens = newTokenSource(t.config.OAuth, nil, t.now)
	defer t.tokens.close()
	able := true
	if t.config.IMAP != nil {
		able = t.imap(ctx)
	}
	if t.config.SMTP != nil {
		able = t.smtp(ctx) && able
		if t.letter && able {
			t.correspond(ctx)
		} else if t.letter {
			t.skip(names, "letter.send", "letter.find", "letter.trust", "domain")
		}
	}
}

// step tries one thing and reports how it went.
func (t *trial) step(name, pointer string, act func() (outcome, error)) bool {
	started := t.now()
	t.report(channel.Step{Name: name, Title: t.titles[name], State: channel.StepRunning, Pointer: pointer})
	good, err := act()
	if err != nil {
		t.failed(name, pointer, started, err)
		return false
	}
	step := channel.Step{
		Name: name, Title: t.titles[name], State: channel.StepPassed, Pointer: pointer, Code: name,
		Summary: inLanguage(t.language, good.it, good.en), Remedy: inLanguage(t.language, good.remedyIT, good.remedyEN),
		Choices: good.choices, Took: t.now().Sub(started),
	}
	if good.warning {
		step.State = channel.StepWarning
	}
	if good.code != "" {
		step.Code = good.code
	}
	if good.pointer != "" {
		step.Pointer = good.pointer
	}
	t.report(step)
	return true
}

func (t *trial) failed(name, pointer string, started time.Time, err error) {
	found := t.explain(err)
	if found.pointer != "" {
		pointer = found.pointer
	}
	t.report(channel.Step{
		Name: name, Title: t.titles[name], State: channel.StepFailed, Pointer: pointer, Code: found.code,
		Summary: inLanguage(t.language, found.it, found.en), Remedy: inLanguage(t.language, found.remedyIT, found.remedyEN),
		Said: found.said, Choices: found.choices, Took: t.now().Sub(started),
	})
}

// skip reports steps as not tried: all of names, or those of them that only names.
func (t *trial) skip(names []string, only ...string) {
	for _, name := range names {
		if len(only) == 0 || contains(only, name) {
			t.report(channel.Step{Name: name, Title: t.titles[name], State: channel.StepSkipped})
		}
	}
}

// reach tries name, connection and encryption; what is behind them is skipped
// when one fails. The connection itself is opened anew for the step after.
func (t *trial) reach(ctx context.Context, e endpoint, encrypt func() error, behind ...string) bool {
	pointer := "/" + e.proto
	resolved := t.step(e.proto+".dns", pointer+"/host", func() (outcome, error) {
		ctx, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		if _, err := net.DefaultResolver.LookupHost(ctx, e.host); err != nil {
			return outcome{}, channel.Transient(e.proto+".dns", e.host, err)
		}
		return outcome{it: "Il nome esiste.", en: "The name exists."}, nil
	})
	if !resolved {
		t.skip(append([]string{e.proto + ".connect", e.proto + ".tls"}, behind...))
		return false
	}
	connected := t.step(e.proto+".connect", pointer+"/port", func() (outcome, error) {
		conn, err := t.dial.tcp(ctx, e)
		if err != nil {
			return outcome{}, err
		}
		_ = conn.Close() // nothing was said yet
		return outcome{it: "Il server risponde su " + e.address() + ".", en: "The server answers at " + e.address() + "."}, nil
	})
	if !connected {
		t.skip(append([]string{e.proto + ".tls"}, behind...))
		return false
	}
	encrypted := t.step(e.proto+".tls", pointer+"/security", func() (outcome, error) {
		if err := encrypt(); err != nil {
			return outcome{}, err
		}
		if e.security == securityNone {
			return outcome{it: "Senza cifratura, su questo computer.", en: "Without encryption, on this computer."}, nil
		}
		return outcome{it: "La connessione è cifrata e il certificato è valido.", en: "The connection is encrypted and the certificate is valid."}, nil
	})
	if !encrypted {
		t.skip(behind)
	}
	return encrypted
}

// imap tries incoming mail.
func (t *trial) imap(ctx context.Context) bool {
	config := t.config.IMAP
	var s *imapSession
	reached := t.reach(ctx, config.endpoint(), func() (err error) {
		s, err = connectIMAP(ctx, t.dial, config.endpoint())
		return err
	}, "imap.auth", "imap.folder", "imap.sent")
	if !reached {
		return false
	}
	defer s.close()
	signedIn := t.step("imap.auth", "/imap/password", func() (outcome, error) {
		if err := s.signIn(ctx, config, t.tokens); err != nil {
			return outcome{}, err
		}
		return outcome{it: "Il server accetta " + config.Username + ".", en: "The server accepts " + config.Username + "."}, nil
	})
	if !signedIn {
		t.skip([]string{"imap.folder", "imap.sent"})
		return false
	}
	if !t.step("imap.folder", "/imap/folders", func() (outcome, error) { return t.folders(ctx, s) }) {
		t.skip([]string{"imap.sent"})
		return false
	}
	return t.step("imap.sent", "/imap/sent_folder", func() (outcome, error) { return t.sent(ctx, s) })
}

// smtp tries outgoing mail up to the sign-in.
func (t *trial) smtp(ctx context.Context) bool {
	config := t.config.SMTP
	var client *smtp.Client
	var conn net.Conn
	reached := t.reach(ctx, config.endpoint(), func() (err error) {
		client, conn, err = connectSMTP(ctx, t.dial, config.endpoint(), domainOf(t.config.Address))
		return err
	}, "smtp.auth")
	if !reached {
		return false
	}
	defer func() { _ = client.Close() }()
	return t.step("smtp.auth", "/smtp/password", func() (outcome, error) {
		if err := signInSMTP(ctx, client, conn, config, t.tokens); err != nil {
			return outcome{}, err
		}
		if config.Auth == authNone {
			return outcome{it: "Il server non chiede l'accesso.", en: "The server asks for no sign-in."}, nil
		}
		if limit, ok := client.MaxMessageSize(); ok && limit > 0 && limit < config.MaxMegabytes*megabyte {
			return smaller(limit), nil
		}
		return outcome{it: "Il server accetta " + config.Username + ".", en: "The server accepts " + config.Username + "."}, nil
	})
}

// smaller tells that the server takes less than the mailbox is set to.
func smaller(limit int) outcome {
	megabytes := strconv.Itoa(max(limit/megabyte, 1))
	return outcome{
		warning: true, pointer: "/smtp/max_megabytes", code: "smtp.size", choices: []string{megabytes},
		it:       "L'accesso riesce, ma il server accetta messaggi fino a " + megabytes + " MB.",
		en:       "The sign-in works, but the server takes messages up to " + megabytes + " MB.",
		remedyIT: "Abbassare la dimensione massima in uscita: gli operatori lo sapranno prima di inviare.",
		remedyEN: "Lower the largest outgoing message: operators will then know before they send.",
	}
}

// listed names several things in a sentence.
func listed(names []string) string { return strings.Join(names, ", ") }
