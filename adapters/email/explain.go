package email

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-smtp"

	"sportello.dev/plugins-sdk/channel"
)

// explanation is a failed step in words, with what to do about it.
type explanation struct {
	code, pointer, it, en, remedyIT, remedyEN, said string
	choices                                         []string
}

// explain finds the most exact words for a failure.
func (t *trial) explain(err error) explanation {
	failure := channel.AsFailure(err)
	proto, _, _ := strings.Cut(failure.Code, ".")
	found := t.exact(proto, err)
	if found.it == "" {
		found = hints[failure.Code]
	}
	if found.it == "" {
		found = explanation{it: "La prova non è riuscita.", en: "The test failed.", remedyIT: "Riprovare tra poco.", remedyEN: "Try again shortly."}
	}
	if found.code == "" {
		found.code = failure.Code
	}
	found.said = clip(wordsOf(failure, err), maxSaid)
	return found
}

// exact looks at the error itself where the code alone says too little.
func (t *trial) exact(proto string, err error) explanation {
	var missing noFolder
	var host x509.HostnameError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var plain tls.RecordHeaderError
	var answer *imap.Error // to STARTTLS
	switch code := channel.AsFailure(err).Code; {
	case errors.As(err, &missing):
		found := hints["imap.folder"]
		found.pointer, found.choices = missing.pointer, missing.there
		return found
	case errors.As(err, &host):
		return certificateName(proto, host)
	case errors.As(err, &authority):
		return hints["tls.authority"].of(proto, "/ca_pem")
	case errors.As(err, &invalid):
		return hints["tls.expired"].of(proto, "/"+proto+"/host")
	case errors.As(err, &plain):
		return hints["tls.plain"].of(proto, "/"+proto+"/security")
	case code == proto+".tls" && (errors.As(err, &answer) || strings.Contains(err.Error(), "STARTTLS")):
		return hints["tls.starttls"].of(proto, "/"+proto+"/security")
	case code == proto+".auth":
		return t.refused(proto, err)
	case code == "smtp.mail" || code == "smtp.rcpt" || code == "smtp.data":
		return hints["letter.refused"]
	}
	return explanation{}
}

// of makes a hint about both protocols one about this one.
func (e explanation) of(proto, pointer string) explanation {
	e.code, e.pointer = proto+"."+e.code, pointer
	return e
}

// refused tells a wrong password from an account that takes none.
func (t *trial) refused(proto string, err error) explanation {
	server := ""
	if proto == "smtp" && t.config.SMTP != nil {
		server = t.config.SMTP.Host
	} else if t.config.IMAP != nil {
		server = t.config.IMAP.Host
	}
	said := strings.ToLower(err.Error())
	says := func(parts ...string) bool {
		for _, part := range parts {
			if strings.Contains(said, part) {
				return true
			}
		}
		return false
	}
	switch {
	case says("smtpclientauthentication", "5.7.139") && proto == "smtp":
		return hints["auth.disabled"].of(proto, "/"+proto+"/auth")
	case says("application-specific", "app password") || strings.HasSuffix(server, ".gmail.com"):
		return hints["auth.app"].of(proto, "")
	case says("basic authentication", "basicauthblocked", "logondenied-basic") || strings.HasSuffix(server, ".office365.com"):
		return hints["auth.oauth"].of(proto, "/"+proto+"/auth")
	case says("takes no password on this connection", "logindisabled", "privacyrequired", "must issue a starttls"):
		return hints["auth.plain"].of(proto, "/"+proto+"/security")
	case says("not support", "unknown mechanism", "unrecognized authentication"):
		return hints["auth.none"].of(proto, "/"+proto+"/auth")
	}
	return explanation{}
}

func certificateName(proto string, wrong x509.HostnameError) explanation {
	found := hints["tls.name"].of(proto, "/"+proto+"/host")
	if wrong.Certificate != nil {
		names := wrong.Certificate.DNSNames[:min(len(wrong.Certificate.DNSNames), 5)]
		found.choices = names
		if len(names) > 0 {
			found.it += " Vale per: " + listed(names) + "."
			found.en += " It is valid for: " + listed(names) + "."
		}
	}
	return found
}

// wordsOf is what the server or the network said.
func wordsOf(failure *channel.Failure, err error) string {
	var op *net.OpError
	var reply *smtp.SMTPError
	var answer *imap.Error
	switch {
	case errors.As(err, &reply):
		return providerCode(reply) + " " + said(reply)
	case errors.As(err, &answer):
		return channel.OneLine(answer.Text)
	case errors.As(err, &op):
		return channel.OneLine(op.Err.Error())
	}
	return failure.Detail
}

// hints by code; those without a protocol in their name are about both.
var hints = map[string]explanation{
	"imap.dns":      {it: "Il nome del server in arrivo non esiste.", en: "The name of the incoming server does not exist.", remedyIT: "Controllare come è scritto: lo indica il fornitore della posta.", remedyEN: "Check its spelling; the mail provider names it."},
	"imap.connect":  {it: "Il server in arrivo non risponde su questa porta.", en: "The incoming server does not answer at this port.", remedyIT: "Controllare la porta (993 con TLS, 143 con STARTTLS) e che il firewall del Comune lasci uscire verso di essa.", remedyEN: "Check the port (993 with TLS, 143 with STARTTLS) and that the town's firewall lets connections out to it."},
	"imap.tls":      {it: "La cifratura con il server in arrivo non riesce.", en: "Encryption with the incoming server fails.", remedyIT: "Controllare che sicurezza e porta vadano insieme: 993 con TLS, 143 con STARTTLS.", remedyEN: "Check that security and port go together: 993 with TLS, 143 with STARTTLS."},
	"imap.greeting": {it: "Il server in arrivo non saluta.", en: "The incoming server gives no greeting.", remedyIT: "Controllare che sicurezza e porta vadano insieme: forse il server si aspetta TLS.", remedyEN: "Check that security and port go together; the server may expect TLS."},
	"imap.auth":     {pointer: "/imap/password", it: "Il server in arrivo rifiuta utente o password.", en: "The incoming server refuses user name or password.", remedyIT: "Riscrivere la password e controllare l'utente, di solito l'indirizzo per intero. Se entra nel sito della posta ma non qui, il fornitore vuole una password per le app.", remedyEN: "Type the password again and check the user name, mostly the whole address. If it opens the webmail but not this, the provider wants an app password."},
	"imap.folder":   {it: "Una cartella non si apre.", en: "A folder does not open.", remedyIT: "Sceglierne una tra quelle che ci sono.", remedyEN: "Choose one of those that there are."},
	"smtp.dns":      {it: "Il nome del server in uscita non esiste.", en: "The name of the outgoing server does not exist.", remedyIT: "Controllare come è scritto: lo indica il fornitore della posta.", remedyEN: "Check its spelling; the mail provider names it."},
	"smtp.connect":  {it: "Il server in uscita non risponde su questa porta.", en: "The outgoing server does not answer at this port.", remedyIT: "Controllare la porta (465 con TLS, 587 con STARTTLS) e che il firewall del Comune lasci uscire verso di essa. La porta 25 è spesso chiusa.", remedyEN: "Check the port (465 with TLS, 587 with STARTTLS) and that the town's firewall lets connections out to it. Port 25 is often closed."},
	"smtp.tls":      {it: "La cifratura con il server in uscita non riesce.", en: "Encryption with the outgoing server fails.", remedyIT: "Controllare che sicurezza e porta vadano insieme: 465 con TLS, 587 con STARTTLS.", remedyEN: "Check that security and port go together: 465 with TLS, 587 with STARTTLS."},
	"smtp.greeting": {it: "Il server in uscita non saluta.", en: "The outgoing server gives no greeting.", remedyIT: "Controllare che sicurezza e porta vadano insieme: forse il server si aspetta TLS.", remedyEN: "Check that security and port go together; the server may expect TLS."},
	"smtp.auth":     {pointer: "/smtp/password", it: "Il server in uscita rifiuta utente o password.", en: "The outgoing server refuses user name or password.", remedyIT: "Riscrivere la password e controllare l'utente, di solito l'indirizzo per intero.", remedyEN: "Type the password again and check the user name, mostly the whole address."},
	"smtp.size":     {pointer: "/smtp/max_megabytes", it: "Il server non accetta messaggi così grandi.", en: "The server takes no messages that large.", remedyIT: "Abbassare la dimensione massima in uscita.", remedyEN: "Lower the largest outgoing message."},

	"tls.name":      {code: "tls.name", it: "Il certificato è di un altro server.", en: "The certificate belongs to another server.", remedyIT: "Scrivere come server uno dei nomi del certificato, se è del vostro fornitore.", remedyEN: "Enter one of the certificate's names as server, if it is your provider's."},
	"tls.authority": {code: "tls.authority", it: "Il certificato è firmato da un'autorità sconosciuta.", en: "The certificate is signed by an unknown authority.", remedyIT: "Se il server è del Comune, incollare il certificato della sua autorità in «Autorità di certificazione». Altrimenti non proseguire: qualcuno potrebbe essersi messo in mezzo.", remedyEN: "If the server is the town's own, paste its authority's certificate into “Certificate authority”. Otherwise go no further: somebody may stand in between."},
	"tls.expired":   {code: "tls.expired", it: "Il certificato del server è scaduto o non vale.", en: "The server's certificate has expired or is not valid.", remedyIT: "Chiedere a chi gestisce il server di rinnovarlo; controllare anche data e ora di questo computer.", remedyEN: "Ask whoever runs the server to renew it; check this computer's date and time as well."},
	"tls.plain":     {code: "tls.plain", it: "Il server non parla TLS su questa porta.", en: "The server does not speak TLS at this port.", remedyIT: "Scegliere STARTTLS, o la porta per TLS (993 in arrivo, 465 in uscita).", remedyEN: "Choose STARTTLS, or the port for TLS (993 incoming, 465 outgoing)."},
	"tls.starttls":  {code: "tls.starttls", it: "Il server non offre STARTTLS su questa porta.", en: "The server offers no STARTTLS at this port.", remedyIT: "Scegliere TLS con la porta 993 (in arrivo) o 465 (in uscita).", remedyEN: "Choose TLS with port 993 (incoming) or 465 (outgoing)."},

	"auth.app":      {code: "auth.app", it: "Google non accetta la password dell'account.", en: "Google does not accept the account's password.", remedyIT: "Creare una password per le app nell'account Google (Sicurezza, verifica in due passaggi) e scriverla qui senza spazi.", remedyEN: "Create an app password in the Google account (Security, two-step verification) and enter it here without blanks."},
	"auth.oauth":    {code: "auth.oauth", it: "Microsoft 365 non accetta più le password.", en: "Microsoft 365 takes no passwords any more.", remedyIT: "Scegliere l'autenticazione OAuth 2.0: la guida dell'amministratore spiega come registrare l'applicazione.", remedyEN: "Choose OAuth 2.0 authentication; the administrator guide tells how to register the application."},
	"auth.disabled": {code: "auth.disabled", it: "L'invio con accesso (SMTP AUTH) è spento per questa casella.", en: "Authenticated sending (SMTP AUTH) is off for this mailbox.", remedyIT: "Nel centro di amministrazione di Microsoft 365 attivare «SMTP autenticato» tra le app di posta della casella.", remedyEN: "In the Microsoft 365 admin centre turn on “Authenticated SMTP” among the mailbox's mail apps."},
	"auth.plain":    {code: "auth.plain", it: "Il server vuole la cifratura prima della password.", en: "The server wants encryption before the password.", remedyIT: "Scegliere TLS o STARTTLS.", remedyEN: "Choose TLS or STARTTLS."},
	"auth.none":     {code: "auth.none", it: "Il server non chiede l'accesso in questo modo.", en: "The server does not ask for this kind of sign-in.", remedyIT: "Scegliere un'altra autenticazione: se il server riconosce questo computer, «Nessuna».", remedyEN: "Choose another authentication: if the server knows this computer, “None”."},

	"oauth.refused":   {pointer: "/oauth/refresh_token", it: "Il fornitore non rinnova l'accesso.", en: "The provider does not renew access.", remedyIT: "Autorizzare di nuovo l'applicazione e scrivere qui il nuovo token di rinnovo; controllare anche ID e segreto.", remedyEN: "Authorise the application again and enter the new refresh token here; check id and secret as well."},
	"oauth.connect":   {pointer: "/oauth/endpoint", it: "L'indirizzo dei token non risponde.", en: "The token address does not answer.", remedyIT: "Controllare l'indirizzo e il firewall.", remedyEN: "Check the address and the firewall."},
	"letter.refused":  {pointer: "/smtp", it: "Il server non accetta la lettera di prova.", en: "The server does not take the test letter.", remedyIT: "Di solito l'utente non può inviare da questo indirizzo: chiedere al fornitore di permetterlo, o usare l'utente della casella.", remedyEN: "Mostly the user may not send from this address: ask the provider to allow it, or use the mailbox's own user."},
	"letter.lost":     {code: "letter.lost", it: "La lettera è partita ma entro un minuto non è arrivata.", en: "The letter left but did not arrive within a minute.", remedyIT: "Guardare nella posta indesiderata e controllare che le cartelle lette siano quelle dove arriva la posta. Un antispam può anche trattenerla: riprovare tra qualche minuto.", remedyEN: "Look into the junk folder and check that the folders read are those where mail arrives. A spam filter may also hold it: try again in some minutes."},
	"config.ca_pem":   {pointer: "/ca_pem", it: "L'autorità di certificazione non è leggibile.", en: "The certificate authority cannot be read.", remedyIT: "Incollare il certificato per intero, con le righe BEGIN e END.", remedyEN: "Paste the whole certificate with its BEGIN and END lines."},
	"config.insecure": {it: "Senza cifratura si parla soltanto con questo stesso computer.", en: "Without encryption only this very computer may be spoken to.", remedyIT: "Scegliere TLS o STARTTLS.", remedyEN: "Choose TLS or STARTTLS."},
}
