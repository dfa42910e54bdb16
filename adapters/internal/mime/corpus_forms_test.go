package mime

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"sportello.dev/adapters/internal/tnef/tneftest"
)

func person(subject, more string) string {
	return "From: Anna Rossi <anna@posta.example>\nTo: " + town + "\nSubject: " + subject + "\nDate: Mon, 2 Mar 2026 10:05:00 +0100\nMessage-ID: <p1@posta.example>\nMIME-Version: 1.0\n" + more
}

func calendarMails() map[string]string {
	event := func(method string, lines ...string) string {
		return "BEGIN:VCALENDAR\nPRODID:-//Prova//IT\nVERSION:2.0\nMETHOD:" + method + "\nBEGIN:VEVENT\nUID:1\nDTSTAMP:20260302T090000Z\n" + strings.Join(lines, "\n") + "\nEND:VEVENT\nEND:VCALENDAR\n"
	}
	outlook := event("REQUEST", "ORGANIZER;CN=Carla Riva:mailto:carla@studio.example", "SUMMARY;LANGUAGE=it-IT:Sopralluogo", "DTSTART;TZID=W. Europe Standard Time:20260309T093000", "DTEND;TZID=W. Europe Standard Time:20260309T103000", "LOCATION;LANGUAGE=it-IT:Via Roma 1")
	alternative := func(text, ics string) string {
		return "Content-Type: multipart/alternative; boundary=k\n\n--k\nContent-Type: text/plain; charset=utf-8\n\n" + text + "\n--k\nContent-Type: text/calendar; charset=utf-8; method=REQUEST\nContent-Transfer-Encoding: base64\n\n" + encoded(crlfs(ics)) + "\n--k--\n"
	}
	all := map[string]string{}
	for name, m := range map[string]string{
		"outlook":  person("Sopralluogo", "Content-Class: urn:content-classes:calendarmessage\n") + alternative("\n", outlook),
		"google":   person("Invito: Sopralluogo - lun 9 mar 2026", "Sender: Google Calendar <calendar-notification@google.com>\n") + alternative("Hai ricevuto un invito.\n\nQuando: lun 9 mar 2026 09:30 – 10:30\nDove: Via Roma 1", outlook),
		"teams":    person("Riunione", "") + alternative("Portate i documenti.", event("REQUEST", "SUMMARY:Riunione in linea", "DTSTART:20260309T083000Z", "DTEND:20260309T093000Z", "X-MICROSOFT-SKYPETEAMSMEETINGURL:https://teams.example/l/1", "ORGANIZER:mailto:carla@studio.example")),
		"apple":    person("Cena", "") + "Content-Type: text/calendar; charset=utf-8; method=REQUEST\nContent-Transfer-Encoding: 8bit\n\n" + event("REQUEST", "SUMMARY:Cena del comitato, è di venerdì", "DTSTART;TZID=Europe/Rome:20260313T200000", "DURATION:PT2H"),
		"cancel":   person("Annullato: Sopralluogo", "") + alternative("Non posso più.", strings.Replace(outlook, "REQUEST", "CANCEL", 1)),
		"accepted": person("Accettato: Sopralluogo", "") + alternative("", event("REPLY", "SUMMARY:Sopralluogo", "DTSTART:20260309T083000Z", "ATTENDEE;PARTSTAT=ACCEPTED;CN=Anna Rossi:mailto:anna@posta.example")),
		"declined": person("Rifiutato: Sopralluogo", "") + alternative("", event("REPLY", "SUMMARY:Sopralluogo", "DTSTART:20260309T083000Z", "ATTENDEE;PARTSTAT=DECLINED:mailto:anna@posta.example")),
		"counter":  person("Nuovo orario", "") + alternative("Meglio dopo?", event("COUNTER", "SUMMARY:Sopralluogo", "DTSTART:20260309T103000Z")),
		"file":     person("Calendario rifiuti", "") + "Content-Type: multipart/mixed; boundary=f\n\n--f\nContent-Type: text/plain\n\nIl calendario.\n--f\nContent-Type: application/octet-stream; name=rifiuti.ics\nContent-Disposition: attachment; filename=rifiuti.ics\n\n" + event("PUBLISH", "SUMMARY:Carta", "DTSTART;VALUE=DATE:20260304", "RRULE:FREQ=WEEKLY") + "--f--\n",
		"broken":   person("Invito", "") + alternative("Venite?", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY"),
	} {
		all[name] = crlfs(m)
	}
	return all
}

func winmailMails() map[string]string {
	text := func(id uint16, s string) tneftest.Value {
		return tneftest.Value{Kind: 0x1f, ID: id, Data: tneftest.Unicode(s)}
	}
	rich := func(s string) tneftest.Value {
		return tneftest.Value{Kind: 0x102, ID: tnefRTF, Data: append([]byte{0, 0, 0, 0, byte(len(s)), byte(len(s) >> 8), 0, 0, 'M', 'E', 'L', 'A', 0, 0, 0, 0}, s...)}
	}
	with := func(first string, c []byte) string {
		return crlfs(person("Documenti", "X-MS-TNEF-Correlator: <1>\n") + "Content-Type: multipart/mixed; boundary=t\n\n--t\n" + first + "\n--t\nContent-Type: application/ms-tnef; name=\"winmail.dat\"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=\"winmail.dat\"\n\n" + wrapped(c) + "--t--\n")
	}
	const hello = "Content-Type: text/plain; charset=utf-8\n\nIn allegato i documenti."
	return map[string]string{
		"files":    with(hello, withFiles(winmail(text(tnefText, "In allegato.")), "Carta d'identità.pdf", "Foto è bella.jpg")),
		"text":     with("Content-Type: text/plain\n\n", winmail(text(tnefText, "Il testo è solo qui.")).Bytes),
		"html":     with("Content-Type: text/plain\n\n", winmail(text(tnefHTML, "<p>Il testo è <b>qui</b>.</p>")).Bytes),
		"rtf":      with("Content-Type: text/plain\n\n", withFiles(winmail(rich(`{\rtf1 Buongiorno}`)), "a.doc")),
		"rtf-it":   with("Content-Type: text/plain\n\n", winmail(rich("{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}{\\f1\\fcharset204 Arial;}}\\f0 Perch\\'e9 non \\'e8 gi\\'e0 qui?\\par\r\nCosta 16 \\'80 \\u8211\\'96 o di pi\\'f9.\\par \\f1\\'cf\\'f0\\'e8\\'e2\\'e5\\'f2\\par}")).Bytes),
		"rtf-html": with("Content-Type: text/plain\n\n", winmail(rich("{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 {\\fonttbl{\\f0 Arial;}}\r\n{\\*\\htmltag19 <html>}{\\*\\htmltag50 <body>}\\htmlrtf \\lang1040 \\htmlrtf0 {\\*\\htmltag64 <p>}\\htmlrtf {\\htmlrtf0 Perch\\'e9 {\\*\\htmltag84 <b>}\\htmlrtf {\\b \\htmlrtf0 no{\\*\\htmltag92 </b>}\\htmlrtf }\\htmlrtf0 ?\\htmlrtf\\par}\\htmlrtf0 {\\*\\htmltag72 </p>}{\\*\\htmltag58 </body>}{\\*\\htmltag27 </html>}}")).Bytes),
		"enclosed": with(hello, enclosing(winmail(text(tnefText, "La vecchia lettera.")).Attribute(1, 0x8004, []byte("Vecchia\x00")))),
		"cut":      with(hello, withFiles(winmail(), "uno.pdf", "due.pdf")[:150]),
		"names":    with(hello, withFiles(winmail(), "..\\..\\CON.pdf", "fattura\u202efdp.exe", strings.Repeat("lungo", 80)+".pdf")),
	}
}

func charsetMails() map[string]string {
	all := map[string]string{}
	for label, c := range map[string]struct {
		encoding encoding.Encoding
		text     string
	}{
		"iso-8859-15":  {charmap.ISO8859_15, "Costa 16 €, è già così."},
		"windows-1252": {charmap.Windows1252, "“Perché” – disse l’uomo – costa 16 €…"},
		"windows-1250": {charmap.Windows1250, "Zażółć gęślą jaźń"},
		"windows-1251": {charmap.Windows1251, "Здравствуйте, мне нужна справка"},
		"windows-1253": {charmap.Windows1253, "Καλημέρα"},
		"windows-1256": {charmap.Windows1256, "أحتاج إلى شهادة"},
		"koi8-r":       {charmap.KOI8R, "Здравствуйте"},
		"iso-8859-2":   {charmap.ISO8859_2, "Bună ziua, şcoală"},
		"macintosh":    {charmap.Macintosh, "Perché è così"},
		"ibm850":       {charmap.CodePage850, "Perché è così"},
		"gb2312":       {simplifiedchinese.GBK, "您好，我需要证明"},
		"big5":         {traditionalchinese.Big5, "您好，我需要證明"},
		"shift_jis":    {japanese.ShiftJIS, "こんにちは"},
		"euc-kr":       {korean.EUCKR, "안녕하세요"},
		"utf-16le":     {unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "Perché è così"},
	} {
		b := in(c.encoding, c.text)
		all[label] = crlfs(person(wordB(label, b), "Content-Type: text/plain; charset="+label+"\nContent-Transfer-Encoding: base64\n\n")) + wrapped(b)
	}
	eight := func(charset, text string) string {
		return crlfs(person("Prova", "Content-Type: text/plain"+charset+"\nContent-Transfer-Encoding: 8bit\n\n")) + text + "\r\n"
	}
	all["none-latin"] = eight("", latin1("Perché è così"))
	all["none-utf8"] = eight("", "Perché è così")
	all["ascii-lies"] = eight("; charset=us-ascii", latin1("Perché è così"))
	all["utf8-lies"] = eight("; charset=utf-8", latin1("Perché è così"))
	all["latin-lies"] = eight("; charset=iso-8859-1", "Perché è così")
	all["invented"] = eight("; charset=x-inventato", "Perché è così")
	all["quoted"] = eight(`; charset="'utf-8'"`, "Perché è così")
	return all
}

// nameMails carry the same file name in each way programs write it.
func nameMails() map[string]string {
	const name = "Perché così – più.pdf"
	word := wordUTF8(name)
	all := map[string]string{}
	for how, fields := range map[string]string{
		"2231":            "Content-Disposition: attachment; filename*=utf-8''" + percent(name),
		"2231-lang":       "Content-Disposition: attachment; filename*=utf-8'it'" + percent(name),
		"2231-latin":      "Content-Disposition: attachment; filename*=windows-1252''Perch%E9%20cos%EC%20%96%20pi%F9.pdf",
		"2231-parts":      "Content-Disposition: attachment;\n filename*0*=utf-8''Perch%C3%A9%20;\n filename*2*=pi%C3%B9.pdf;\n filename*1*=cos%C3%AC%20%E2%80%93%20",
		"2231-mixed":      "Content-Disposition: attachment; filename*0=\"prima \"; filename*1=\"parte.pdf\"",
		"2231-both":       "Content-Disposition: attachment; filename=\"Perche.pdf\"; filename*=utf-8''" + percent(name),
		"2047":            "Content-Disposition: attachment; filename=\"" + word + "\"",
		"2047-bare":       "Content-Disposition: attachment; filename=" + word,
		"2047-split":      "Content-Disposition: attachment; filename=\"" + wordUTF8("Perché così") + "\n " + wordUTF8(" – più.pdf") + "\"",
		"2047-type":       "Content-Type: application/pdf; name=\"" + word + "\"",
		"raw":             "Content-Disposition: attachment; filename=\"" + name + "\"",
		"raw-bare":        "Content-Disposition: attachment; filename=" + name,
		"percent":         "Content-Disposition: attachment; filename=\"" + percent(name) + "\"",
		"doubled":         "Content-Disposition: attachment; filename=\"uno.pdf\"; filename=\"due.pdf\"",
		"path":            "Content-Disposition: attachment; filename=\"C:\\\\Users\\\\Anna\\\\" + "modulo.pdf\"",
		"up":              "Content-Disposition: attachment; filename=\"../../etc/passwd\"",
		"hidden":          "Content-Disposition: attachment; filename=\"\u200b.htaccess\"",
		"bidi":            "Content-Disposition: attachment; filename=\"fattura\u202efdp.exe\"",
		"reserved":        "Content-Disposition: attachment; filename=\"aux.pdf\"",
		"decomposed":      "Content-Disposition: attachment; filename=\"Perche\u0301.pdf\"",
		"long":            "Content-Disposition: attachment; filename=\"" + strings.Repeat("molto lungo ", 30) + ".pdf\"",
		"controls":        "Content-Disposition: attachment; filename*=utf-8''a%0D%0AX-Evil%3A%201%00.pdf",
		"semicolon":       "Content-Disposition: attachment; filename=\"a; b.pdf\"; size=3",
		"unclosed":        "Content-Disposition: attachment; filename=\"a b.pdf",
		"empty":           "Content-Disposition: attachment; filename=\"\"",
		"none":            "Content-Disposition: attachment",
		"broken-escape":   "Content-Disposition: attachment; filename*=utf-8''a%ZZb%C3.pdf",
		"unknown-charset": "Content-Disposition: attachment; filename*=x-boh''perch%E9.pdf",
	} {
		if !strings.Contains(fields, "Content-Type") {
			fields = "Content-Type: application/octet-stream\n" + fields
		}
		all[how] = crlfs(person("File", "Content-Type: multipart/mixed; boundary=n\n\n--n\nContent-Type: text/plain\n\nEcco.\n--n\n"+fields+"\nContent-Transfer-Encoding: base64\n\n") + encoded("%PDF-1.4\n") + "\n--n--\n")
	}
	return all
}

func flowedMails() map[string]string {
	all := map[string]string{}
	for name, m := range map[string][2]string{
		"paragraph": {"format=flowed", "Una frase lunga che \nva a capo e che \nfinisce qui.\n\nUn'altra.\n"},
		"quoted":    {"format=flowed", "> Vostra domanda che \n> va a capo.\n>> Nostra.\nRisposta.\n"},
		"signature": {"format=flowed", "Ciao. \n-- \nAnna\n"},
		"stuffed":   {"format=flowed", " From qui si parte\n >non citato\n"},
		"delsp":     {"format=flowed; delsp=yes", "Una parola spez \nzata.\n"},
		"fixed":     {"format=fixed", "Riga uno \nRiga due\n"},
	} {
		all[name] = crlfs(person("Testo", "Content-Type: text/plain; charset=utf-8; "+m[0]+"\n\n") + m[1])
	}
	return all
}

// inlineMails show pictures in each way programs do, and in some they do not.
func inlineMails() map[string]string {
	all := map[string]string{}
	for name, m := range map[string]struct{ markup, fields string }{
		"disposition":    {`<img src="cid:a@x">`, "Content-ID: <a@x>\nContent-Disposition: inline; filename=a.png"},
		"no-disposition": {`<img src="cid:a@x">`, "Content-ID: <a@x>"},
		"attachment":     {`<img src="cid:a@x">`, "Content-ID: <a@x>\nContent-Disposition: attachment; filename=a.png"},
		"unreferenced":   {`<p>niente</p>`, "Content-ID: <a@x>\nContent-Disposition: inline; filename=a.png"},
		"no-id":          {`<p>niente</p>`, "Content-Disposition: inline; filename=a.png"},
		"escaped":        {`<img src="cid:a%20b&amp;c@x">`, "Content-ID: <a b&c@x>"},
		"case":           {`<img src='CID:A@X'>`, "Content-ID: <a@x>"},
		"style":          {`<div style="background:url(cid:a@x)">x</div>`, "Content-ID: <a@x>"},
		"bare-id":        {`<img src=cid:a@x>`, "Content-ID: a@x"},
		"wrong-type":     {`<img src="cid:a@x">`, "Content-ID: <a@x>\nContent-Description: programma"},
	} {
		content := "\x89PNG\r\n\x1a\n"
		if name == "wrong-type" {
			content = "<html><script>alert(1)</script></html>"
		}
		all[name] = crlfs(person("Immagine", "Content-Type: multipart/related; boundary=i\n\n--i\nContent-Type: text/html; charset=utf-8\n\n"+m.markup+"\n--i\nContent-Type: image/png\n"+m.fields+"\nContent-Transfer-Encoding: base64\n\n") + encoded(content) + "\n--i--\n")
	}
	return all
}

// oddMails are broken in ways that happen.
func oddMails() map[string]string {
	all := map[string]string{}
	for name, m := range map[string]string{
		"alternative-of-one": person("Una", "Content-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/html\n\n<p>Sola</p>\n--a--\n"),
		"alternative-empty":  person("Vuota", "Content-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain\n\n\n--a\nContent-Type: text/html\n\n\n--a--\n"),
		"plain-differs":      person("Diverse", "Content-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain\n\nIl tuo programma non mostra HTML.\n--a\nContent-Type: text/html\n\n<p>Il testo vero</p>\n--a--\n"),
		"two-texts":          person("Due", "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nPrima parte.\n--a\n\nSeconda parte.\n--a--\n"),
		"named-text":         person("Testo", "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nLettera.\n--a\nContent-Type: text/plain; name=appunti.txt\n\nappunti\n--a--\n"),
		"text-attached":      person("Testo", "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Disposition: attachment; filename=a.txt\n\nsolo allegato\n--a--\n"),
		"html-named":         person("Pagina", "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nVedi.\n--a\nContent-Type: text/html; name=pagina.html\nContent-Disposition: attachment\n\n<script>alert(1)</script>\n--a--\n"),
		"enriched":           person("Ricco", "Content-Type: text/enriched\n\n<bold>Ciao</bold>\n"),
		"rfc822-base64":      person("Inoltro", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"+encoded("From: b@posta.example\r\nSubject: Dentro\r\n\r\nTesto dentro.\r\n")+"\n"),
		"rfc822-no-header":   person("Inoltro", "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nVedi.\n--a\nContent-Type: message/rfc822\n\n\n--a--\n"),
		"partial":            person("Parte 1 di 2", "Content-Type: message/partial; number=1; total=2; id=\"x@posta.example\"\n\nFrom: b@posta.example\n\nmezza\n"),
		"external":           person("Fuori", "Content-Type: message/external-body; access-type=URL; URL=\"https://fuori.example/x\"\n\nContent-Type: image/png\n\n"),
		"pgp-signed":         person("PGP", "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=a\n\n--a\nContent-Type: text/plain\n\nFirmata con PGP.\n--a\nContent-Type: application/pgp-signature; name=signature.asc\n\n-----BEGIN PGP SIGNATURE-----\n--a--\n"),
		"pgp-encrypted":      person("PGP", "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=a\n\n--a\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--a\nContent-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----\n--a--\n"),
		"uuencode":           person("Vecchio", "Content-Type: text/plain\n\nEcco:\nbegin 644 a.txt\n#8VEA\n`\nend\n"),
		"uuencode-cut":       person("Vecchio", "Content-Type: text/plain\n\nEcco:\nbegin 644 a.txt\n#8VEA\n"),
		"uuencode-said":      person("Comandi", "Content-Type: text/plain\n\nScrivete:\nbegin 644 prova\ne poi il testo\nend\nGrazie.\n"),
		"uuencode-two":       person("Due", "Content-Type: text/plain; charset=iso-8859-1\n\nPrima\n\nbegin 644 foto \xe8.txt\n#8VEA\n`\nend\nin mezzo\nbegin 0600 ..\\b.txt\n$8VEA;P``\n \nend\n"),
		"zip-as-pdf":         person("Zip", "Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n"+encoded("PK\x03\x04\x14\x00\x00\x00\x00\x00")+"\n"),
		"exe":                person("Programma", "Content-Type: image/jpeg; name=foto.jpg\nContent-Transfer-Encoding: base64\n\n"+encoded("MZ\x90\x00\x03\x00\x00\x00")+"\n"),
		"header-in-body":     "Subject: Solo oggetto\n\nFrom: finto@posta.example\nTo: x\n\nTesto.\n",
		"colons":             "From:Anna<anna@posta.example>\nTo:urp@comune.esempio.it\nSubject:Senza spazi\nDate:2 Mar 2026 10:05 +0100\n\nTesto.\n",
		"tabs":               "From:\tAnna\t<anna@posta.example>\nSubject:\tCon\n\ttabulazioni\n\t e spazi\n\nTesto.\n",
		"folded-everything":  "From:\n Anna\n <anna@posta.example>\nMessage-ID:\n <f1@posta.example>\nSubject:\n Piegato\nReferences: <a@x>\n\t<b@x>\n <c@x>\n\nTesto.\n",
		"double-subject":     person("Primo", "Subject: Secondo\n") + "\nTesto.\n",
		"utf8-headers":       "From: Nicolò Città <nicolò@città.example>\nTo: urp@comune.esempio.it\nSubject: Perché è così\nDate: Mon, 2 Mar 2026 10:05:00 +0100\n\nTesto.\n",
		"group":              "From: anna@posta.example\nTo: Uffici: urp@comune.esempio.it, \"Tributi\" <tributi@comune.esempio.it>;, altro@posta.example\nCc: destinatari nascosti:;\nSubject: Gruppo\n\nTesto.\n",
		"date-words":         strings.Replace(person("Data", "\n"), "Mon, 2 Mar 2026 10:05:00 +0100", "lun, 2 mar 2026 10:05:00 +0100 (CET)", 1) + "Testo.\n",
		"boundary-odd":       person("Confine", "Content-Type: multipart/mixed; boundary=\"a (b) 'c' : = ?\"\n\n--a (b) 'c' : = ?\n\nTesto.\n--a (b) 'c' : = ?--\n"),
		"boundary-text":      person("Confine", "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nUna riga\n--ab\nnon è un confine\n--a--\n"),
		"base64-one-line":    person("Riga", "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: BASE64\n\n"+strings.ReplaceAll(encoded(strings.Repeat("Una riga sola. ", 40)), "\r\n", "")+"\n"),
		"qp-long":            person("Riga", "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: Quoted-Printable\n\n"+strings.Repeat("perch=C3=A9 ", 90)+"=\n\n"),
		"nothing-but-spaces": person("   ", "\n") + "   \n\t\n",
	} {
		all[name] = crlfs(m)
	}
	return all
}

// signedMails differ with each writing: keys are made anew.
func signedMails(t *testing.T) map[string]string {
	t.Helper()
	anna := certified(t, nil, selfSigned)
	enveloped := "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wrapped([]byte("\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"))
	good := clearSigned(signedBody, anna.sign(t, signedBody, true))
	file := fmt.Sprintf("Content-Type: multipart/mixed; boundary=p\r\n\r\n--p\r\n\r\nIn allegato.\r\n--p\r\nContent-Type: application/pkcs7-mime; name=\"Delibera n. 3.pdf.p7m\"\r\nContent-Transfer-Encoding: base64\r\n\r\n%s--p--\r\n", wrapped(anna.sign(t, "%PDF-1.7\n", false)))
	return map[string]string{
		"clear": signedHead + good, "opaque": signedHead + opaque(anna.sign(t, signedBody, false)), "footer": signedHead + inMixed(good),
		"changed": signedHead + strings.Replace(good, "annullare", "approvare", 1), "encrypted": signedHead + enveloped, "file": signedHead + file,
	}
}
