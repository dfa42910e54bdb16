package sms

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"time"

	"sportello.dev/adapters/internal/smpp"
	"sportello.dev/plugins-sdk/channel"
)

// trial goes through a configuration step by step. Without message it is a probe: it signs in as one who only sends, so
// that the centre hands nothing over, and leaves no trace.
type trial struct {
	config   Config
	language string
	message  bool
	pace     pace
	now      func() time.Time
	report   func(channel.Step)
}

func (a *Adapter) trial(config Config, language string, message bool, report func(channel.Step)) *trial {
	return &trial{config: config, language: language, message: message, pace: a.pace, now: a.now, report: report}
}

// words in both languages.
type words struct{ it, en string }

// found is a step that did not fail.
type found struct {
	words
	remedy  words
	warning bool
}

// step is one thing to try.
type step struct {
	name, pointer string
	title         words
	act           func(ctx context.Context) (found, error)
}

// run tries one step after another; what stands behind one that failed is skipped.
func (t *trial) run(ctx context.Context) {
	steps, release := t.plan()
	defer release()
	for _, s := range steps {
		t.report(channel.Step{Name: s.name, Title: t.say(s.title), State: channel.StepPlanned})
	}
	for n, s := range steps {
		if t.try(ctx, s) {
			continue
		}
		for _, skipped := range steps[n+1:] {
			t.report(channel.Step{Name: skipped.name, Title: t.say(skipped.title), State: channel.StepSkipped})
		}
		return
	}
}

func (t *trial) say(w words) string { return inLanguage(t.language, w.it, w.en) }

func (t *trial) try(ctx context.Context, s step) bool {
	began := t.now()
	t.report(channel.Step{Name: s.name, Title: t.say(s.title), State: channel.StepRunning, Pointer: s.pointer})
	good, err := s.act(ctx)
	result := channel.Step{
		Name: s.name, Title: t.say(s.title), State: channel.StepPassed, Pointer: s.pointer, Code: s.name,
		Summary: t.say(good.words), Remedy: t.say(good.remedy), Took: t.now().Sub(began),
	}
	if good.warning {
		result.State = channel.StepWarning
	}
	if err != nil {
		e := explain(err)
		result.State, result.Code, result.Said = channel.StepFailed, e.code, e.said
		result.Summary, result.Remedy = t.say(e.summary), t.say(e.remedy)
		if e.pointer != "" {
			result.Pointer = e.pointer
		}
	}
	t.report(result)
	return err == nil
}

// plan are the steps of the driver; release gives back what they hold on to.
func (t *trial) plan() (steps []step, release func()) {
	switch t.config.Driver {
	case driverTwilio:
		return t.planTwilio()
	case driverHTTP:
		return t.planHTTP()
	}
	return t.planSMPP()
}

func (t *trial) planSMPP() (steps []step, release func()) {
	c := t.config.SMPP
	line := &trialLine{config: c, pace: t.pace}
	steps = []step{
		{"smpp.dns", "/smpp/host", words{"Nome del server " + c.Host, "Name of the server " + c.Host}, line.resolve},
		{"smpp.connect", "/smpp/port", words{"Collegamento al centro messaggi", "Connection to the message centre"}, line.reach},
		{"smpp.tls", "/smpp/security", words{"Cifratura", "Encryption"}, line.encrypt},
		{"smpp.bind", "/smpp/password", words{"Accesso al centro messaggi", "Sign-in to the message centre"}, line.bind},
	}
	if t.writes() {
		steps = append(steps, t.letter("smpp.send", t.write(line)))
	}
	return steps, line.close
}

// trialLine is the connection that the steps share.
type trialLine struct {
	config  *SMPP
	pace    pace
	conn    net.Conn
	session *smpp.Session
	ended   chan struct{}
}

func (l *trialLine) close() {
	if l.session != nil {
		l.session.Close()
		<-l.ended
	} else if l.conn != nil {
		_ = l.conn.Close() // nothing was said
	}
}

func (l *trialLine) resolve(ctx context.Context) (found, error) {
	ctx, cancel := context.WithTimeout(ctx, l.pace.dial)
	defer cancel()
	if _, err := net.DefaultResolver.LookupHost(ctx, l.config.Host); err != nil {
		return found{}, channel.Transient("smpp.dns", l.config.Host, err)
	}
	return found{words: words{"Il nome esiste.", "The name exists."}}, nil
}

func (l *trialLine) reach(ctx context.Context) (found, error) {
	conn, err := l.config.tcp(ctx, l.pace.dial)
	if err != nil {
		return found{}, err
	}
	l.conn = conn
	where := l.config.address()
	return found{words: words{"Il server risponde su " + where + ".", "The server answers at " + where + "."}}, nil
}

func (l *trialLine) encrypt(ctx context.Context) (found, error) {
	if l.config.Security == securityNone {
		return found{
			words:   words{"Senza cifratura.", "Without encryption."},
			remedy:  words{"La password e i testi viaggiano leggibili: soltanto dentro una VPN con il fornitore.", "The password and the texts travel readable: only inside a VPN with the provider."},
			warning: !loopback(l.config.Host),
		}, nil
	}
	conn, err := l.config.secure(ctx, l.conn, l.pace.dial)
	if err != nil {
		l.conn = nil
		return found{}, err
	}
	l.conn = conn
	return found{words: words{"La connessione è cifrata e il certificato è valido.", "The connection is encrypted and the certificate is valid."}}, nil
}

func (l *trialLine) bind(ctx context.Context) (found, error) {
	session, ended := smpp.NewSession(l.conn, l.pace.answer), make(chan struct{})
	l.session, l.ended = session, ended
	go func() {
		defer close(ended)
		_ = session.Run(func(pdu smpp.PDU) { _ = session.Reply(pdu, smpp.InvalidCommand, nil) }) // the steps tell
	}()
	if err := l.config.bind(ctx, session, smpp.BindTransmitter, l.pace.answer); err != nil {
		return found{}, err
	}
	user := l.config.SystemID
	return found{words: words{"Il centro accetta " + user + ".", "The centre accepts " + user + "."}}, nil
}

// trialText is what the town's own number gets; the channel knows it as its own.
const trialText = "Sportello: SMS di prova."

func (t *trial) write(line *trialLine) func(ctx context.Context, to string) (string, error) {
	return func(ctx context.Context, to string) (string, error) {
		message := t.config.SMPP.messages(source(t.config.sender()), destination(to), trialText, "trial")[0]
		message.Registered = smpp.RegisteredNone
		answer, err := line.session.Call(ctx, smpp.SubmitSM, message.Bytes(), nil)
		if err != nil {
			return "", submitFailure(err)
		}
		return smpp.ParseText(answer.Body), nil
	}
}

// explanation is a failed step in words, with what to do about it.
type explanation struct {
	code, pointer, said string
	summary, remedy     words
}

// explain finds the most exact words for a failure.
func explain(err error) explanation {
	failure := channel.AsFailure(err)
	e, known := explanations[failure.Code]
	if !known {
		e = explanation{summary: words{"La prova non è riuscita.", "The test failed."}, remedy: words{"Riprovare tra poco.", "Try again shortly."}}
	}
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &authority):
		e = explanations["tls.authority"]
	case errors.As(err, &host):
		e = explanations["tls.name"]
	case errors.As(err, &plain):
		e = explanations["tls.plain"]
	}
	e.code, e.said = failure.Code, failure.ProviderCode
	if e.said == "" {
		e.said = failure.Detail
	}
	return e
}

var explanations = map[string]explanation{
	"smpp.dns":         {summary: words{"Il nome del server non esiste.", "The name of the server does not exist."}, remedy: words{"Controllare come è scritto: lo indica il contratto con il fornitore.", "Check its spelling; the provider's contract names it."}},
	"smpp.connect":     {summary: words{"Il centro messaggi non risponde su questa porta.", "The message centre does not answer at this port."}, remedy: words{"Controllare la porta e che il firewall del Comune lasci uscire verso di essa. Molti fornitori accettano solo indirizzi IP comunicati prima, o una VPN.", "Check the port and that the town's firewall lets connections out to it. Many providers accept only IP addresses announced before, or a VPN."}},
	"smpp.tls":         {summary: words{"La cifratura non riesce.", "Encryption fails."}, remedy: words{"Controllare che sicurezza e porta vadano insieme.", "Check that security and port go together."}},
	"smpp.auth":        {pointer: "/smpp/password", summary: words{"Il centro rifiuta utente o password.", "The centre refuses user name or password."}, remedy: words{"Riscriverli come li ha dati il fornitore; se chiede un tipo (system_type), è tra le opzioni avanzate.", "Enter them as the provider gave them; a type (system_type), if asked for, is among the advanced options."}},
	"smpp.bind":        {pointer: "/smpp/system_id", summary: words{"Il centro non apre la sessione.", "The centre does not open the session."}, remedy: words{"Se il canale è già attivo, il fornitore forse permette una sessione sola: allora la prova riesce con il canale sospeso. Altrimenti chiedere al fornitore se l'indirizzo IP è abilitato.", "If the channel is already active, the provider may allow one session only: then the test works while the channel is suspended. Otherwise ask the provider whether the IP address is enabled."}},
	"smpp.source":      {pointer: "/sender", summary: words{"Il centro non accetta questo mittente.", "The centre does not take this sender."}, remedy: words{"Un alias va registrato dal fornitore presso AGCOM prima di usarlo, e scritto con le stesse maiuscole.", "An alias must be registered with AGCOM by the provider before use, and written with the same capitals."}},
	"smpp.no_answer":   {summary: words{"Il centro non risponde all'invio.", "The centre does not answer the message."}, remedy: words{"Riprovare tra poco; se continua, chiedere al fornitore.", "Try again shortly; if it goes on, ask the provider."}},
	"tls.authority":    {pointer: "/smpp/ca_pem", summary: words{"Il certificato è firmato da un'autorità sconosciuta.", "The certificate is signed by an unknown authority."}, remedy: words{"Chiedere al fornitore il certificato della sua autorità e incollarlo in «Autorità di certificazione».", "Ask the provider for its authority's certificate and paste it into “Certificate authority”."}},
	"tls.name":         {pointer: "/smpp/host", summary: words{"Il certificato è di un altro server.", "The certificate belongs to another server."}, remedy: words{"Scrivere il nome del server come lo indica il fornitore, non l'indirizzo IP.", "Enter the server's name as the provider gives it, not the IP address."}},
	"tls.plain":        {pointer: "/smpp/security", summary: words{"Il server non parla TLS su questa porta.", "The server does not speak TLS at this port."}, remedy: words{"Chiedere al fornitore la porta per TLS; senza TLS soltanto dentro una VPN.", "Ask the provider for the TLS port; without TLS only inside a VPN."}},
	"http.dns":         {summary: words{"Il nome del server non esiste.", "The name of the server does not exist."}, remedy: words{"Controllare come è scritto l'indirizzo.", "Check how the address is written."}},
	"http.connect":     {summary: words{"Il fornitore non risponde.", "The provider does not answer."}, remedy: words{"Controllare l'indirizzo, e che il firewall del Comune lasci uscire verso di esso.", "Check the address, and that the town's firewall lets connections out to it."}},
	"http.auth":        {summary: words{"Il fornitore rifiuta le credenziali.", "The provider refuses the credentials."}, remedy: words{"Riscriverle come le mostra la console del fornitore.", "Enter them again as the provider's console shows them."}},
	"http.address":     {summary: words{"Il fornitore non ha nulla a questo indirizzo.", "The provider has nothing at this address."}, remedy: words{"Controllare l'indirizzo e il metodo nella sua documentazione.", "Check address and method in its documentation."}},
	"http.refused":     {summary: words{"Il fornitore rifiuta il messaggio di prova.", "The provider refuses the test message."}, remedy: words{"Di solito manca un campo nel corpo della richiesta, o il mittente non è abilitato.", "Mostly a field is missing in the request's body, or the sender is not enabled."}},
	"twilio.account":   {pointer: "/twilio/auth_token", summary: words{"Twilio rifiuta l'account o il mittente.", "Twilio refuses the account or the sender."}, remedy: words{"Controllare SID e token nella console, che il numero sia dell'account, e che l'invio verso l'Italia sia permesso (Geo Permissions).", "Check SID and token in the console, that the number belongs to the account, and that sending to Italy is allowed (Geo Permissions)."}},
	"config.ca_pem":    {pointer: "/smpp/ca_pem", summary: words{"L'autorità di certificazione non è leggibile.", "The certificate authority cannot be read."}, remedy: words{"Incollare il certificato per intero, con le righe BEGIN e END.", "Paste the whole certificate with its BEGIN and END lines."}},
	"smpp.destination": {pointer: "/number", summary: words{"Il centro non invia a questo numero.", "The centre does not send to this number."}, remedy: words{"Controllare il numero, con prefisso internazionale.", "Check the number, with its country code."}},
}
