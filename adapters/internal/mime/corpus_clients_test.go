package mime

import "strings"

const (
	italianHeading = "Il giorno lun 2 mar 2026 alle ore 09:12 URP Comune di Esempio <urp@comune.esempio.it> ha scritto:"
	outlookHeading = "-----Messaggio originale-----\nDa: URP Comune di Esempio <urp@comune.esempio.it>\nInviato: lunedì 2 marzo 2026 09:12\nA: Giulia Ferrero\nOggetto: Certificato"
)

// styles are the programs citizens write with.
var styles = map[string]style{
	"outlook": {
		header: "X-Mailer: Microsoft Outlook 16.0\nThread-Index: AQHZ3w2u1k5bq0y9Q0y1n2m3o4p5qw==\nContent-Language: it\n", subject: wordQ, text: latinPart("iso-8859-1"),
		boundary: "----=_NextPart_000_0012_01DCA9F2.7B1C2D30", file: rfc2047Name, quote: outlookHeading, markup: paragraphs(`<p class="MsoNormal">`, "<o:p></o:p></p>"),
	},
	"exchange365": {
		header: "Thread-Topic: Certificato\nThread-Index: AQHcqfJ7\nAccept-Language: it-IT, en-US\nContent-Language: it-IT\nX-MS-Has-Attach: yes\nX-Originating-IP: [203.0.113.9]\n", subject: wordUTF8,
		text: utf8Part("base64"), boundary: "_004_AM0PR01MB4321EF5A6B7C8D9EAM0PR01MB4321eurprd01prod_", file: rfc2047Name, quote: "________________________________\n" + outlookHeading, markup: paragraphs(`<div style="font-family:Aptos">`, "</div>"),
	},
	"gmail": {
		header: "X-Gm-Message-State: AOJu0Yz\nX-Received: by 2002:a05:6402:1\n", subject: wordUTF8, text: utf8Part("quoted-printable"),
		boundary: "000000000000a1b2c305f8e7d6c5", file: rfc2047Name, quote: italianHeading, markup: paragraphs(`<div dir="ltr">`, "</div>"),
	},
	"gmail-android": {
		header: "", subject: wordUTF8, text: utf8Part("base64"), boundary: "0000000000009f8e7d06", file: rfc2231, quote: italianHeading, markup: paragraphs(`<div dir="auto">`, "</div>"),
	},
	"apple-mail": {
		header: "X-Mailer: Apple Mail (2.3826.400.131.1.6)\n", subject: wordUTF8, text: utf8Part("quoted-printable"), boundary: "Apple-Mail=_3F2504E0-4F89-41D3-9A0C-0305E82C3301", file: rfc2231,
		quote: "Il giorno 2 mar 2026, alle ore 09:12, URP Comune di Esempio <urp@comune.esempio.it> ha scritto:", markup: paragraphs("<div>", "</div>"),
	},
	"iphone": {
		header: "X-Mailer: iPhone Mail (22D82)\n", subject: wordUTF8, text: utf8Part("quoted-printable"), boundary: "Apple-Mail-7A6B5C4D-3E2F-4A1B", file: rfc2231Split,
		quote: "Il giorno 2 mar 2026, alle ore 09:12, URP Comune di Esempio ha scritto:\n\n\ufeff", markup: paragraphs("<div>", "</div>"), textless: true,
	},
	"thunderbird": {
		header: "User-Agent: Mozilla Thunderbird\nContent-Language: it-IT\n", subject: wordUTF8, text: flowedPart, boundary: "------------k3Ud9fWq0ZB1tHrT7yXo5LmN", file: rfc2231Split,
		quote: "Il 02/03/26 09:12, URP Comune di Esempio ha scritto:", markup: paragraphs("<p>", "</p>"),
	},
	"aruba": {
		header: "X-Mailer: Aruba Webmail\nX-SenderIP: 203.0.113.20\n", subject: wordUTF8, text: utf8Part("quoted-printable"), boundary: "=_aruba_5f1e2d3c4b5a", file: rfc2047Name,
		quote: "Da: \"URP Comune di Esempio\" urp@comune.esempio.it\nA: giulia.ferrero@posta.example\nData: Mon, 2 Mar 2026 09:12:33 +0100\nOggetto: Certificato", markup: paragraphs("<div>", "</div>"),
	},
	"libero": {
		header: "X-Mailer: Open-Xchange Mailer v8.18\nX-libjamoibt: 1601\n", subject: wordUTF8, text: utf8Part("7bit"), boundary: "----=_Part_123456_987654321.1772439153000", file: rfc2047Name,
		quote: "Il 02/03/2026 09:12 CET URP Comune di Esempio <urp@comune.esempio.it> ha scritto:", markup: paragraphs(`<p class="default-style">`, "</p>"),
	},
	"legalmail": {
		header: "X-Mailer: Legalmail Webmail\nX-Priority: 3 (Normal)\n", subject: wordQ, text: latinPart("iso-8859-15"), boundary: "----=_legalmail_0001", file: rawName, quote: outlookHeading, markup: paragraphs("<p>", "</p>"),
	},
	"roundcube": {
		header: "User-Agent: Roundcube Webmail/1.6.9\nX-Sender: giulia.ferrero@posta.example\n", subject: wordUTF8, text: flowedPart, boundary: "=_9a8b7c6d5e4f3a2b1c", file: rfc2231,
		quote: "Il 2026-03-02 09:12 URP Comune di Esempio ha scritto:", markup: paragraphs("<p>", "</p>"),
	},
	"yahoo": {
		header: "X-Mailer: WebService/1.1.22962 YMailNorrin\n", subject: wordUTF8, text: utf8Part("base64"), boundary: "----=_Part_81_1555.1772439", file: rfc2047Name,
		quote: "Il lunedì 2 marzo 2026 alle ore 09:12:33 CET, URP Comune di Esempio <urp@comune.esempio.it> ha scritto:", markup: paragraphs(`<div dir="ltr">`, "</div>"),
	},
	"samsung": {
		header: "X-Mailer: Samsung Email\nImportance: normal\n", subject: wordUTF8, text: utf8Part("base64"), boundary: "--_com.samsung.android.email_98765432101234567", file: rfc2047Name,
		quote: "-------- Messaggio originale --------\nDa: URP Comune di Esempio <urp@comune.esempio.it>\nData: 02/03/26 09:12 (GMT+01:00)", markup: paragraphs(`<div dir="auto">`, "</div>"), textless: true,
	},
	"zimbra": {
		header: "X-Mailer: Zimbra 9.0.0_GA_4652 (ZimbraWebClient - FF123 (Win)/9.0.0_GA_4652)\nThread-Index: 0Zd1\n", subject: asIs, text: utf8Part("8bit"), boundary: "----=_Part_1_2.1772439153", file: rfc2047Name,
		quote: "Da: \"URP Comune di Esempio\" <urp@comune.esempio.it>\nA: \"Giulia Ferrero\" <giulia.ferrero@posta.example>\nInviato: Lunedì, 2 marzo 2026 9:12:33", markup: paragraphs("<div>", "</div>"),
	},
	"k9": {
		header: "User-Agent: K-9 Mail for Android\n", subject: wordUTF8, text: utf8Part("quoted-printable"), boundary: "----ZXCVBNM1234567890", file: rfc2231,
		quote: "Il 2 marzo 2026 09:12:33 CET, URP Comune di Esempio <urp@comune.esempio.it> ha scritto:", markup: paragraphs("", "<br>"),
	},
}

const (
	question = "Buongiorno,\nvorrei sapere perché il certificato non è ancora pronto, è già passata una settimana.\nGrazie, Giulia Ferrero"
	thanks   = "Grazie mille, così va benissimo."
	ourText  = "Gentile signora Ferrero,\nil certificato è pronto, può ritirarlo all’URP."
)

// clientMails are a letter, an answer, a file and a picture from each program.
func clientMails() map[string]string {
	all := map[string]string{}
	for name, s := range styles {
		all[name+"-letter"] = s.letter()
		all[name+"-answer"] = s.answer()
		all[name+"-file"] = s.withFile()
		all[name+"-picture"] = s.withPicture()
	}
	return all
}

func (s style) head(subject, more string) string {
	return "From: " + s.subject("Giulia Ferrero è io") + " <giulia.ferrero@posta.example>\nTo: " + town + "\nSubject: " + s.subject(subject) + "\nDate: Mon, 2 Mar 2026 10:05:00 +0100\n" +
		"Message-ID: <" + strings.Trim(s.boundary, "-=_") + "@posta.example>\nMIME-Version: 1.0\n" + more + s.header
}

func (s style) multipart(kind, suffix string, parts ...string) string {
	b := s.boundary + suffix
	return "Content-Type: multipart/" + kind + "; boundary=\"" + b + "\"\n\n--" + b + "\n" + strings.Join(parts, "\n--"+b+"\n") + "\n--" + b + "--\n"
}

func (s style) body(text string) string {
	if s.textless {
		return s.text("html", s.markup(text))
	}
	return s.multipart("alternative", "A", s.text("plain", text), s.text("html", s.markup(text)))
}

func whole(head, entity string) string {
	fields, body, _ := strings.Cut(entity, "\n\n")
	return crlfs(head + fields + "\n\n" + body)
}

func (s style) letter() string {
	return whole(s.head("Certificato: perché così tardi?", ""), s.body(question))
}

func (s style) answer() string {
	quoted := thanks + "\n\n" + s.quote + "\n\n> " + strings.ReplaceAll(ourText, "\n", "\n> ")
	return whole(s.head("Re: Certificato", "In-Reply-To: "+ourID+"\nReferences: <altro@posta.example>\n "+ourID+"\n"), s.body(quoted))
}

func (s style) withFile() string {
	pdf := s.file("Carta d'identità e più.pdf") + "\n" + encoded("%PDF-1.4\nuno\n%%EOF\n")
	return whole(s.head("Documenti", ""), s.multipart("mixed", "M", s.body("In allegato la carta d’identità, così com’è."), pdf))
}

func (s style) withPicture() string {
	picture := "Content-Type: image/png; name=\"image001.png\"\nContent-ID: <image001.png@01DCA9F2.7B1C2D30>\nContent-Disposition: inline; filename=\"image001.png\"\nContent-Transfer-Encoding: base64\n\n" +
		encoded("\x89PNG\r\n\x1a\nimmagine")
	markup := s.markup("Ecco la buca:") + `<img src="cid:image001.png@01DCA9F2.7B1C2D30" width="320">`
	return whole(s.head("Buca", ""), s.multipart("related", "R", s.text("html", markup), picture))
}
