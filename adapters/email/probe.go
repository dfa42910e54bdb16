package email

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"

	"sportello.dev/plugins-sdk/channel"
)

// prober tries a configuration step by step and leaves no trace.
type prober struct {
	config   Config
	language string
	now      func() time.Time
	findings []channel.Diagnostic
}

func newProber(config Config, language string, now func() time.Time) *prober {
	return &prober{config: config, language: language, now: now}
}

func (p *prober) run(ctx context.Context) []channel.Diagnostic {
	dial, err := newDialer(p.config.CAPEM)
	if err != nil {
		p.failed("/ca_pem", p.now(), err)
		return p.findings
	}
	tokens := newTokenSource(p.config.OAuth, nil, p.now)
	defer tokens.close()
	if p.config.IMAP != nil {
		p.imap(ctx, dial, tokens)
	}
	if p.config.SMTP != nil {
		p.smtp(ctx, dial, tokens)
	}
	return p.findings
}

// imap tries name, connection, sign-in and each folder.
func (p *prober) imap(ctx context.Context, dial dialer, tokens *tokenSource) {
	config := p.config.IMAP
	if !p.resolve(ctx, "/imap/host", "imap", config.Host) {
		return
	}
	started := p.now()
	s, err := connectIMAP(ctx, dial, config.endpoint())
	if err != nil {
		p.failed("/imap/host", started, err)
		return
	}
	defer s.close()
	p.passed("/imap/host", "imap.connect", started, "Il server IMAP risponde.", "The IMAP server answers.")
	started = p.now()
	if err := s.signIn(ctx, config, tokens); err != nil {
		p.failed("/imap/username", started, err)
		return
	}
	p.passed("/imap/username", "imap.auth", started, "L'accesso IMAP funziona.", "Signing in to IMAP works.")
	folders := config.Folders
	if config.SentFolder != "" {
		folders = append(append([]string{}, folders...), config.SentFolder)
	}
	for _, folder := range folders {
		started = p.now()
		if _, err := s.selectFolder(ctx, folder, true); err != nil {
			p.failed("/imap/folders", started, err)
			continue
		}
		p.passed("/imap/folders", "imap.folder", started, "La cartella "+folder+" si apre.", "Folder "+folder+" opens.")
	}
	if !s.canIdle() {
		p.add(channel.SeverityWarning, "/imap/host", "imap.idle", p.now(),
			"Il server non avvisa dei nuovi messaggi: vengono cercati ogni 15 secondi.",
			"The server does not tell of new messages: they are looked for every 15 seconds.", "")
	}
	if config.AfterAck == afterMove && !s.caps.Has(imap.CapMove) && !s.caps.Has(imap.CapUIDPlus) {
		p.add(channel.SeverityWarning, "/imap/after_ack", "imap.move", p.now(),
			"Il server non sa spostare: i messaggi vengono copiati e segnati come eliminati.",
			"The server cannot move: messages are copied and marked as deleted.", "")
	}
}

// smtp tries name, connection and sign-in, and sends nothing.
func (p *prober) smtp(ctx context.Context, dial dialer, tokens *tokenSource) {
	config := p.config.SMTP
	if !p.resolve(ctx, "/smtp/host", "smtp", config.Host) {
		return
	}
	started := p.now()
	client, conn, err := connectSMTP(ctx, dial, config.endpoint(), domainOf(p.config.Address))
	if err != nil {
		p.failed("/smtp/host", started, err)
		return
	}
	defer func() { _ = client.Close() }()
	p.passed("/smtp/host", "smtp.connect", started, "Il server SMTP risponde.", "The SMTP server answers.")
	started = p.now()
	if err := signInSMTP(ctx, client, conn, config, tokens); err != nil {
		p.failed("/smtp/username", started, err)
		return
	}
	p.passed("/smtp/username", "smtp.auth", started, "L'accesso SMTP funziona.", "Signing in to SMTP works.")
	if limit, ok := client.MaxMessageSize(); ok && limit > 0 && limit < config.MaxMegabytes*megabyte {
		p.add(channel.SeverityWarning, "/smtp/max_megabytes", "smtp.size", p.now(),
			"Il server accetta messaggi più piccoli di così.", "The server takes smaller messages than that.", "")
	}
}

// resolve looks a name up, so that a wrong one is told from a closed port.
func (p *prober) resolve(ctx context.Context, pointer, proto, host string) bool {
	started := p.now()
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if _, err := net.DefaultResolver.LookupHost(ctx, host); err != nil {
		p.failed(pointer, started, channel.Transient(proto+".dns", host, err))
		return false
	}
	p.passed(pointer, proto+".dns", started, "Il nome "+host+" esiste.", "The name "+host+" exists.")
	return true
}

func (p *prober) passed(pointer, code string, started time.Time, it, en string) {
	p.add(channel.SeverityOK, pointer, code, started, it, en, "")
}

func (p *prober) failed(pointer string, started time.Time, err error) {
	failure := channel.AsFailure(err)
	text := texts[failure.Code]
	if text == nil {
		text = &hint{"La prova non è riuscita.", "The test failed.", "", ""}
	}
	remedy := inLanguage(p.language, text.remedyIT, text.remedyEN)
	if failure.Detail != "" {
		remedy = clip(remedy+" ("+failure.Detail+reason(failure)+")", maxSaid)
	}
	p.add(channel.SeverityError, pointer, failure.Code, started, text.it, text.en, remedy)
}

// reason adds the network's own words.
func reason(failure *channel.Failure) string {
	var op *net.OpError
	if errors.As(failure, &op) {
		return ": " + channel.OneLine(op.Err.Error())
	}
	return ""
}

func (p *prober) add(severity channel.Severity, pointer, code string, started time.Time, it, en, remedy string) {
	p.findings = append(p.findings, channel.Diagnostic{
		Severity: severity, Pointer: pointer, Code: code, Summary: inLanguage(p.language, it, en),
		Remedy: remedy, Took: p.now().Sub(started),
	})
}

// hint explains a failed step and what to do about it.
type hint struct{ it, en, remedyIT, remedyEN string }

var texts = map[string]*hint{
	"imap.dns":      {"Il nome del server IMAP non esiste.", "The name of the IMAP server does not exist.", "Controllare come è scritto.", "Check its spelling."},
	"imap.connect":  {"Il server IMAP non risponde.", "The IMAP server does not answer.", "Controllare la porta e il firewall.", "Check the port and the firewall."},
	"imap.tls":      {"La connessione cifrata con il server IMAP non riesce.", "Encryption with the IMAP server fails.", "Controllare sicurezza e porta: 993 con TLS, 143 con STARTTLS. Per un certificato interno indicare l'autorità.", "Check security and port: 993 with TLS, 143 with STARTTLS. For an internal certificate name its authority."},
	"imap.greeting": {"Il server IMAP non saluta.", "The IMAP server gives no greeting.", "Controllare sicurezza e porta: forse il server si aspetta TLS.", "Check security and port: the server may expect TLS."},
	"imap.auth":     {"Il server IMAP rifiuta l'accesso.", "The IMAP server refuses the sign-in.", "Controllare utente e password; alcuni fornitori vogliono una password per applicazioni.", "Check user name and password; some providers want a password for applications."},
	"imap.folder":   {"Una cartella non si apre.", "A folder does not open.", "Controllare il nome, come lo mostra il server.", "Check the name, as the server shows it."},
	"smtp.dns":      {"Il nome del server SMTP non esiste.", "The name of the SMTP server does not exist.", "Controllare come è scritto.", "Check its spelling."},
	"smtp.connect":  {"Il server SMTP non risponde.", "The SMTP server does not answer.", "Controllare la porta e il firewall.", "Check the port and the firewall."},
	"smtp.tls":      {"La connessione cifrata con il server SMTP non riesce.", "Encryption with the SMTP server fails.", "Controllare sicurezza e porta: 465 con TLS, 587 con STARTTLS.", "Check security and port: 465 with TLS, 587 with STARTTLS."},
	"smtp.greeting": {"Il server SMTP non saluta.", "The SMTP server gives no greeting.", "Controllare sicurezza e porta: forse il server si aspetta TLS.", "Check security and port: the server may expect TLS."},
	"smtp.auth":     {"Il server SMTP rifiuta l'accesso.", "The SMTP server refuses the sign-in.", "Controllare utente e password.", "Check user name and password."},
	"oauth.refused": {"Il fornitore non rinnova l'accesso.", "The provider does not renew access.", "Autorizzare di nuovo la casella.", "Authorise the mailbox again."},
	"oauth.connect": {"L'indirizzo dei token non risponde.", "The token address does not answer.", "Controllare l'indirizzo e il firewall.", "Check the address and the firewall."},
}
