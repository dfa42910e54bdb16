package mime

import (
	"fmt"
	"strings"
)

func machine(from, subject, more string) string {
	return "From: " + from + "\nTo: " + town + "\nSubject: " + subject + "\nDate: Mon, 2 Mar 2026 10:05:00 +0100\nMessage-ID: <" + fmt.Sprintf("%x", len(from)*7919+len(subject)*104729+len(more)) + "@macchina.example>\n" + more
}

// scannerMails have no text, or one nobody wrote.
func scannerMails() map[string]string {
	pdf := encoded("%PDF-1.5\nscansione\n%%EOF\n")
	attached := func(kind, name, body string) string {
		return "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"scan\"\n\n" + body + "--scan\nContent-Type: " + kind + "; name=\"" + name + "\"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=\"" + name + "\"\n\n" + pdf + "\n--scan--\n"
	}
	text := func(s string) string { return "--scan\nContent-Type: text/plain; charset=us-ascii\n\n" + s + "\n" }
	all := map[string]string{}
	for name, m := range map[string]string{
		"ricoh":   machine("ricoh@ufficiotecnico.example", "Messaggio da \"RNP002673A1B2C3\"", "X-Mailer: RICOH MP C3004\n") + attached("application/pdf", "20260302100500.pdf", text("Questa e-mail e' stata inviata da \"RNP002673A1B2C3\" (MP C3004).")),
		"kyocera": machine("scanner@ufficiotecnico.example", "doc01234520260302100500", "X-Mailer: ECOSYS M5526cdw\n") + attached("application/pdf", "doc01234520260302100500.pdf", text("TASKalfa")),
		"canon":   machine("<canon@ufficiotecnico.example>", "Attached Image", "") + attached("application/octet-stream", "0123_001.pdf", ""),
		"hp":      machine("HP MFP <mfp@ufficiotecnico.example>", "=?UTF-8?B?U2NhbnNpb25lIGRhIEhQ?=", "X-Mailer: HP Digital Sending\n") + attached("application/pdf", "Scansione.pdf", text("Aprire il documento allegato.\n")),
		"xerox":   machine("xerox@ufficiotecnico.example", "Scan from a Xerox WorkCentre", "") + attached("image/tiff", "img-302100500-0001.tif", text("Please open the attached document.")),
		"konica":  machine("bizhub@ufficiotecnico.example", "Message from KM_C258", "Content-Language: it\n") + attached("application/pdf", "SKM_C25826030210050.pdf", ""),
		"epson":   machine("epson@casa.example", "scansione", "") + "MIME-Version: 1.0\nContent-Type: application/pdf; name=\"EPSON001.PDF\"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=\"EPSON001.PDF\"\n\n" + pdf + "\n",
		"phone":   machine("Mario <mario@posta.example>", "", "") + attached("image/jpeg", "IMG_20260302_100500.jpg", ""),
	} {
		all[name] = crlfs(m)
	}
	return all
}

// applicationMails are those of programs that send on somebody's behalf.
func applicationMails() map[string]string {
	html := func(s string) string { return "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n" + s }
	all := map[string]string{}
	for name, m := range map[string]string{
		"invoice":   machine("Fatturazione <fatture@gestionale.example>", "Fattura n. 12/2026", "X-Mailer: JavaMail 1.6\nReply-To: amministrazione@ditta.example\n") + html("<table><tr><td>Fattura</td><td>12/2026</td></tr><tr><td>Totale</td><td>1.220,00 &euro;</td></tr></table>"),
		"wordpress": machine("WordPress <wordpress@associazione.example>", "[Sito] Nuovo messaggio dal modulo", "X-Mailer: PHPMailer 6.9.3\nReply-To: Anna Rossi <anna.rossi@posta.example>\n") + "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\nNome: Anna Rossi\nMessaggio: quand’è aperto l’ufficio?\n",
		"suap":      machine("SUAP <noreply@suap.example>", "Pratica SUAP 01234567890-02032026-1005", "Auto-Submitted: auto-generated\n") + html("<p>La pratica è stata presentata.</p><p><a href=\"https://suap.example/pratica?id=1\">Apri la pratica</a></p>"),
		"pagopa":    machine("Portale dei pagamenti <no-reply@pagamenti.example>", "Ricevuta di pagamento", "Precedence: bulk\n") + html("<p>Pagamento di <b>16,00 €</b> riuscito.</p><img src=\"https://pagamenti.example/p.gif\" width=1 height=1>"),
		"dotnet":    machine("gestionale@ditta.example", "=?utf-8?B?"+"U29sbGVjaXRvIOKAkyBmYXR0dXJh"+"?=", "") + "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + encoded("<p>Sollecito – fattura 3</p>") + "\n",
		"cron":      machine("root@server.example (Cron Daemon)", "Cron <root@server> /usr/bin/backup", "Auto-Submitted: auto-generated\nX-Cron-Env: <SHELL=/bin/sh>\n") + "\nbackup: spazio esaurito\n",
		"outdated":  machine("\"Ditta Bianchi\" <info@ditta.example>", "Preventivo", "X-Mailer: Microsoft Outlook Express 6.00.2900.5931\nX-MimeOLE: Produced By Microsoft MimeOLE V6.00\n") + "MIME-Version: 1.0\nContent-Type: text/plain;\n\tcharset=\"iso-8859-1\"\nContent-Transfer-Encoding: 8bit\n\n" + latin1("Alleghiamo il preventivo, cioè quello già discusso."),
		"amp":       machine("Spedizioni <avvisi@corriere.example>", "Il pacco arriva", "") + "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=amp\n\n--amp\nContent-Type: text/plain; charset=utf-8\n\nIl pacco arriva domani.\n--amp\nContent-Type: text/x-amp-html; charset=utf-8\n\n<!doctype html><html amp4email></html>\n--amp\nContent-Type: text/html; charset=utf-8\n\n<p>Il pacco arriva domani.</p>\n--amp--\n",
		"csv":       machine("report@gestionale.example", "Estrazione", "") + "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: text/plain\n\nIn allegato.\n--c\nContent-Type: text/csv; name=presenze.csv\nContent-Disposition: attachment\n\nnome;ore\nAnna;8\n--c\nContent-Type: application/xml; name=\"IT01234567890_00001.xml\"\n\n<?xml version=\"1.0\"?><p:FatturaElettronica/>\n--c--\n",
	} {
		all[name] = crlfs(m)
	}
	return all
}

// listMails come through mailing lists of several makes.
func listMails() map[string]string {
	plain := "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\nAssemblea venerdì alle 21.\n"
	all := map[string]string{}
	for name, m := range map[string]string{
		"mailman2":   machine("Anna Rossi <anna@posta.example>", "[Quartiere] Assemblea", "Sender: \"Quartiere\" <quartiere-bounces@liste.example>\nPrecedence: list\nX-Mailman-Version: 2.1.39\nList-Id: Il quartiere <quartiere.liste.example>\nList-Post: <mailto:quartiere@liste.example>\nX-BeenThere: quartiere@liste.example\n") + "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"===1\"\n\n--===1\nContent-Type: text/plain; charset=utf-8\n\nAssemblea venerdì.\n--===1\nContent-Type: text/plain; charset=\"us-ascii\"\nContent-Disposition: inline\n\n_______________________________________________\nQuartiere mailing list\n--===1--\n",
		"mailman3":   machine("Anna Rossi via Quartiere <quartiere@liste.example>", "[Quartiere] Assemblea", "Reply-To: Anna Rossi <anna@posta.example>\nList-Id: <quartiere.liste.example>\nX-Mailman-Version: 3.3.9\nPrecedence: list\n") + plain,
		"sympa":      machine("anna@posta.example", "[quartiere] Assemblea", "X-Loop: quartiere@liste.example\nX-Sequence: 42\nPrecedence: list\nList-Id: <quartiere.liste.example>\n") + plain,
		"google":     machine("'Anna Rossi' via Quartiere <quartiere@gruppi.example>", "Assemblea", "Mailing-list: list quartiere@gruppi.example; contact quartiere+owners@gruppi.example\nList-ID: <quartiere.gruppi.example>\nX-Original-Sender: anna@posta.example\nPrecedence: list\n") + plain,
		"newsletter": machine("Negozio <offerte@negozio.example>", "Solo per te: -50%", "List-Unsubscribe: <https://negozio.example/u/1>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\nFeedback-ID: 1:2:negozio\n") + "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<style>p{color:red}</style><div style=\"display:none\">anteprima</div><p>Offerta</p>",
		"phplist":    machine("Pro Loco <proloco@posta.example>", "Sagra", "X-MessageID: 17\nX-ListMember: urp@comune.esempio.it\nPrecedence: bulk\nBounces-To: bounce@posta.example\n") + plain,
		"listserv":   machine("Anna <anna@posta.example>", "Assemblea", "Sender: Lista <LISTA@LISTSERV.EXAMPLE>\nPrecedence: list\nList-Help: <https://listserv.example>\n") + plain,
		"ezmlm":      machine("Anna <anna@posta.example>", "Assemblea", "Mailing-List: contact quartiere-help@liste.example; run by ezmlm\nPrecedence: bulk\nDelivered-To: mailing list quartiere@liste.example\n") + plain,
		"digest":     machine("quartiere-request@liste.example", "Quartiere Digest, Vol 3, Issue 1", "Precedence: list\nList-Id: <quartiere.liste.example>\n") + "MIME-Version: 1.0\nContent-Type: multipart/digest; boundary=d\n\n--d\n\nFrom: anna@posta.example\nSubject: Uno\n\nPrima lettera.\n\n--d\n\nFrom: bruno@posta.example\nSubject: Due\n\nSeconda lettera.\n\n--d--\n",
	} {
		all[name] = crlfs(m)
	}
	return all
}

// absenceMails say that nobody reads.
func absenceMails() map[string]string {
	text := func(s string) string {
		return "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + s + "\n"
	}
	const who = "Carlo Verdi <carlo.verdi@ditta.example>"
	all := map[string]string{}
	for name, m := range map[string]string{
		"exchange-it": machine(who, "Risposta automatica: Certificato", "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\nX-MS-Exchange-Inbox-Rules-Loop: carlo.verdi@ditta.example\n") + text("Sono in ferie fino al 9 marzo."),
		"exchange-en": machine(who, "Automatic reply: Certificato", "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\n") + text("I am out of office."),
		"outlook-de":  machine(who, "Automatische Antwort: Certificato", "X-Auto-Response-Suppress: All\nAuto-Submitted: auto-generated\n") + text("Ich bin nicht im Büro."),
		"gmail":       machine(who, "Fuori ufficio Re: Certificato", "Auto-Submitted: auto-replied\nPrecedence: bulk\nX-Autoreply: yes\nIn-Reply-To: "+ourID+"\nReferences: "+ourID+"\n") + text("Rispondo lunedì."),
		"vacation":    machine(who, "Re: Certificato", "Auto-Submitted: auto-replied (vacation)\nPrecedence: junk\nIn-Reply-To: "+ourID+"\n") + text("Sono via."),
		"sieve":       machine(who, "Auto: Certificato", "Auto-Submitted: auto-replied (vacation)\nX-Sieve: Pigeonhole Sieve 0.5.19\nIn-Reply-To: "+ourID+"\n") + text("Assente fino a lunedì."),
		"zimbra":      machine(who, "Re: Certificato", "Auto-Submitted: auto-replied (zimbra; vacation)\nPrecedence: bulk\n") + text("Assente."),
		"lotus":       machine(who, "Carlo Verdi è fuori ufficio (ritorno 09/03/2026)", "X-Mailer: IBM Notes Release 9.0.1\nAuto-Submitted: auto-generated\n") + text("Sarò assente dal 02/03/2026 al 09/03/2026."),
		"aruba":       machine(who, "Risposta automatica", "X-Autorespond: risposta\nPrecedence: auto_reply\n") + text("Messaggio ricevuto, risponderemo."),
		"plesk":       machine(who, "Re: Certificato", "Auto-Submitted: auto-replied\nX-Autorespond: Certificato\nPrecedence: autoreply\n") + text("Fuori sede."),
		"helpdesk":    machine("Assistenza <help@fornitore.example>", "[#4711] Abbiamo ricevuto la richiesta", "Auto-Submitted: auto-replied\nX-Auto-Response-Suppress: All\n") + text("La richiesta 4711 è stata aperta."),
		"no-header":   machine(who, "Fuori sede: Certificato", "") + text("Sono fuori sede, leggerò la posta lunedì."),
	} {
		all[name] = crlfs(m)
	}
	return all
}

func receiptMails() map[string]string {
	mdn := func(subject, text, fields string) string {
		return crlfs(machine("Anna Rossi <anna@posta.example>", subject, "References: "+ourID+"\n") + "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=disposition-notification; boundary=r\n\n--r\nContent-Type: text/plain; charset=utf-8\n\n" + text + "\n--r\nContent-Type: message/disposition-notification\n\n" + fields + "\n--r--\n")
	}
	const ids = "Final-Recipient: rfc822;anna@posta.example\nOriginal-Message-ID: " + ourID + "\n"
	return map[string]string{
		"outlook":     mdn("Letto: Certificato", "Il messaggio è stato letto.", ids+"Disposition: automatic-action/MDN-sent-automatically; displayed\n"),
		"thunderbird": mdn("Ricevuta di ritorno (letto) - Certificato", "Questa è una ricevuta.", "Reporting-UA: posta.example; Thunderbird\n"+ids+"Disposition: manual-action/MDN-sent-manually; displayed\n"),
		"deleted":     mdn("Non letto: Certificato", "Eliminato senza essere letto.", ids+"Disposition: automatic-action/MDN-sent-automatically; deleted\n"),
		"broken":      mdn("Letto: Certificato", "Letto.", "Disposition displayed\n"),
	}
}

// bounceMails come back from servers of several makes.
func bounceMails() map[string]string {
	const original = "From: URP <urp@comune.esempio.it>\nTo: anna@posta.example\nSubject: Certificato\nMessage-ID: " + ourID + "\n"
	dsn := func(from, subject, text, status string) string {
		return crlfs(machine(from, subject, "Return-Path: <>\nAuto-Submitted: auto-replied\n") + "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"B\"\n\n--B\nContent-Description: Notification\nContent-Type: text/plain; charset=us-ascii\n\n" +
			text + "\n--B\nContent-Type: message/delivery-status\n\n" + status + "\n--B\nContent-Type: text/rfc822-headers\n\n" + original + "\n--B--\n")
	}
	fields := func(mta, action, status, diagnostic string) string {
		return "Reporting-MTA: dns; " + mta + "\nArrival-Date: " + ourDate + "\n\nFinal-Recipient: rfc822; anna@posta.example\nOriginal-Recipient: rfc822;anna@posta.example\nAction: " + action + "\nStatus: " + status + "\nRemote-MTA: dns; mx.posta.example\nDiagnostic-Code: smtp; " + diagnostic + "\n"
	}
	const postfix = "Mail Delivery System <MAILER-DAEMON@mx.comune.esempio.it>"
	prose := func(from, subject, text string) string {
		return crlfs(machine(from, subject, "Return-Path: <>\n") + "MIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n\n" + text + "\n" + original)
	}
	return map[string]string{
		"postfix-unknown":  dsn(postfix, "Undelivered Mail Returned to Sender", "<anna@posta.example>: host mx.posta.example said: 550 5.1.1 User unknown", fields("mx.comune.esempio.it", "failed", "5.1.1", "550 5.1.1 <anna@posta.example>: Recipient address rejected: User unknown")),
		"postfix-full":     dsn(postfix, "Undelivered Mail Returned to Sender", "<anna@posta.example>: 552 5.2.2 Mailbox full", fields("mx.comune.esempio.it", "failed", "5.2.2", "552 5.2.2 Over quota")),
		"postfix-nodomain": dsn(postfix, "Undelivered Mail Returned to Sender", "Host or domain name not found", strings.Replace(fields("mx.comune.esempio.it", "failed", "5.4.4", "x"), "Diagnostic-Code: smtp; x", "Diagnostic-Code: X-Postfix; Host or domain name not found. Name service error\n    for name=posta.example type=MX", 1)),
		"postfix-delayed":  dsn(postfix, "Delayed Mail (still being retried)", "YOU DO NOT NEED TO RESEND YOUR MESSAGE.", fields("mx.comune.esempio.it", "delayed", "4.4.1", "connect to mx.posta.example[192.0.2.1]:25: Connection timed out")+"Will-Retry-Until: Sat, 7 Mar 2026 09:05:00 +0000\n"),
		"postfix-size":     dsn(postfix, "Undelivered Mail Returned to Sender", "message size 31457280 exceeds size limit", fields("mx.comune.esempio.it", "failed", "5.3.4", "552 5.3.4 Message size exceeds fixed limit")),
		"exchange":         dsn("Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@ditta.example>", "Undeliverable: Certificato", "anna@posta.example wasn't found at posta.example.", fields("AM0PR01MB4321.eurprd01.prod.exchangelabs.com", "failed", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup")),
		"exchange-it":      dsn("postmaster@ditta.example", "Non recapitabile: Certificato", "Il messaggio non è stato recapitato.", fields("mail.ditta.example", "failed", "5.7.1", "550 5.7.1 Access denied")),
		"gmail":            dsn("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Failure)", "** Indirizzo non trovato **", fields("googlemail.com", "failed", "5.1.1", "550-5.1.1 The email account that you tried to reach does not exist. NoSuchUser")),
		"gmail-delay":      dsn("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Delay)", "** Consegna incompleta **", fields("googlemail.com", "delayed", "4.4.2", "The recipient server did not accept our requests to connect.")),
		"sendmail":         dsn("Mail Delivery Subsystem <MAILER-DAEMON@server.example>", "Returned mail: see transcript for details", "   ----- The following addresses had permanent fatal errors -----\n<anna@posta.example>", fields("server.example", "failed", "5.1.1", "550 5.1.1 <anna@posta.example>... User unknown")),
		"two-recipients":   dsn(postfix, "Undelivered Mail Returned to Sender", "two", fields("mx", "failed", "5.1.1", "550 unknown")+"\nFinal-Recipient: rfc822; bruno@posta.example\nAction: delayed\nStatus: 4.2.2\n"),
		"success":          dsn(postfix, "Successful Mail Delivery Report", "delivered", fields("mx.comune.esempio.it", "delivered", "2.0.0", "250 2.0.0 Ok")),
		"relayed":          dsn(postfix, "Successful Mail Delivery Report", "relayed", fields("mx.comune.esempio.it", "relayed", "2.1.5", "250 ok")),
		"qmail":            prose("MAILER-DAEMON@mail.posta.example", "failure notice", "Hi. This is the qmail-send program at mail.posta.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\n<anna@posta.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n"),
		"exim":             prose("Mail Delivery System <Mailer-Daemon@server.example>", "Mail delivery failed: returning message to sender", "A message that you sent could not be delivered.\n\n  anna@posta.example\n    SMTP error from remote mail server: 550 5.7.1 Blocked\n\n------ This is a copy of the message headers. ------\n"),
		"empty-status":     dsn(postfix, "Undelivered Mail Returned to Sender", "?", ""),
		"forged-status":    dsn(postfix, "Undelivered Mail Returned to Sender", "x", "Final-Recipient: rfc822; <script>@x\nAction: fai\nStatus: 5\nDiagnostic-Code: \x00\n"),
	}
}
