package sms

import (
	"encoding/json"
	"net"
	"net/url"
	"strings"

	"sportello.dev/plugins-sdk/channel"
)

// Config is the configuration of one channel of text messages. Its tags are the form that an administrator fills in.
type Config struct {
	Driver        string `json:"driver,omitempty" jsonschema:"enum=smpp,enum=twilio,enum=http,default=smpp" itwords:"smpp=SMPP 3.4|twilio=Twilio|http=Altro fornitore via HTTP" enwords:"smpp=SMPP 3.4|twilio=Twilio|http=Another provider over HTTP" group:"identity" it:"Collegamento|Come si parla con il fornitore degli SMS" en:"Connection|How the SMS provider is spoken to"`
	Number        string `json:"number,omitempty" jsonschema:"maxLength=20" group:"identity" it:"Numero a cui scrivono i cittadini|Con prefisso internazionale (+39…) o numero breve; senza, il canale invia soltanto" en:"Number citizens write to|With country code (+39…) or a short code; without it the channel only sends"`
	Sender        string `json:"sender,omitempty" jsonschema:"maxLength=11" group:"identity" it:"Nome del mittente (alias)|Al massimo 11 caratteri, registrato presso AGCOM dal fornitore. A un alias non si può rispondere: senza, si invia dal numero" en:"Sender's name (alias)|At most 11 characters, registered with AGCOM by the provider. An alias cannot be answered; without one the number sends"`
	Transliterate bool   `json:"transliterate,omitempty" jsonschema:"default=true" group:"text" it:"Sostituire i caratteri che dimezzano lo spazio|È diventa E', le virgolette tipografiche diventano semplici: con uno solo di questi caratteri un SMS ne tiene 70 invece di 160" en:"Replace characters that halve the room|È becomes E', typographic quotes become plain: with one of these characters a message holds 70 instead of 160"`
	MaxParts      int    `json:"max_parts,omitempty" jsonschema:"minimum=1,maximum=20,default=6" group:"text" it:"Parti al massimo|In quanti SMS può essere diviso un testo lungo: ciascuno si paga" en:"Parts at most|Into how many messages a long text may be divided; each one is charged"`

	SMPP   *SMPP   `json:"smpp,omitempty" group:"smpp" when:"/driver=smpp" it:"Centro messaggi (SMPP)|I dati del contratto con il fornitore" en:"Message centre (SMPP)|What the contract with the provider says"`
	Twilio *Twilio `json:"twilio,omitempty" group:"twilio" when:"/driver=twilio" it:"Twilio|Dalla console di Twilio" en:"Twilio|From Twilio's console"`
	HTTP   *HTTP   `json:"http,omitempty" group:"http" when:"/driver=http" it:"Fornitore via HTTP|Come la sua documentazione descrive l'invio" en:"Provider over HTTP|As its documentation describes sending"`
}

// SMPP is a session with a message centre.
type SMPP struct {
	Host         string `json:"host" peer:"true" jsonschema:"minLength=1,maxLength=253" it:"Server|Nome o indirizzo del centro messaggi" en:"Server|Name or address of the message centre"`
	Port         int    `json:"port,omitempty" jsonschema:"minimum=1,maximum=65535,default=3550" it:"Porta|Di solito 3550 con TLS, 2775 senza" en:"Port|Mostly 3550 with TLS, 2775 without"`
	Security     string `json:"security,omitempty" jsonschema:"enum=tls,enum=none,default=tls" itwords:"tls=TLS (consigliata)|none=Nessuna, solo dentro una VPN" enwords:"tls=TLS (recommended)|none=None, only inside a VPN" it:"Sicurezza|Senza TLS la password e i testi viaggiano leggibili" en:"Security|Without TLS the password and the texts travel readable"`
	SystemID     string `json:"system_id" jsonschema:"minLength=1,maxLength=63" it:"Utente (system_id)|Assegnato dal fornitore" en:"User name (system_id)|Given by the provider"`
	Password     string `json:"password" secret:"true" jsonschema:"minLength=1,maxLength=63" it:"Password|Non viene più mostrata" en:"Password|Never shown again"`
	SystemType   string `json:"system_type,omitempty" jsonschema:"maxLength=63" advanced:"true" it:"Tipo (system_type)|Se il fornitore lo richiede" en:"Type (system_type)|If the provider asks for one"`
	Window       int    `json:"window,omitempty" jsonschema:"minimum=1,maximum=100,default=10" advanced:"true" it:"Finestra|Quanti messaggi possono attendere risposta insieme" en:"Window|How many messages may wait for their answer at once"`
	Alphabet     string `json:"alphabet,omitempty" jsonschema:"enum=gsm7,enum=latin1,enum=ucs2,default=gsm7" itwords:"gsm7=GSM (di solito)|latin1=Latin-1|ucs2=Sempre UCS-2 (70 caratteri)" enwords:"gsm7=GSM (mostly)|latin1=Latin-1|ucs2=Always UCS-2 (70 characters)" advanced:"true" it:"Alfabeto predefinito del centro|Se le lettere accentate arrivano sbagliate, provare l'altro" en:"Default alphabet of the centre|Where accented letters arrive wrong, try the other"`
	LongMessages string `json:"long_messages,omitempty" jsonschema:"enum=udh,enum=udh16,enum=sar,enum=payload,default=udh" itwords:"udh=Intestazione nel testo (UDH)|udh16=Intestazione a 16 bit|sar=Parametri SAR|payload=Testo intero (message_payload)" enwords:"udh=Header in the text (UDH)|udh16=Header of 16 bits|sar=SAR parameters|payload=Whole text (message_payload)" advanced:"true" it:"Testi lunghi|Come il fornitore li vuole divisi" en:"Long texts|How the provider wants them divided"`
	Receipts     bool   `json:"receipts,omitempty" jsonschema:"default=true" advanced:"true" it:"Ricevute di consegna|Chiedere al centro se il messaggio è arrivato" en:"Delivery receipts|Ask the centre whether a message arrived"`
	CAPEM        string `json:"ca_pem,omitempty" jsonschema:"maxLength=200000" lines:"6" advanced:"true" it:"Autorità di certificazione|Certificati PEM da accettare oltre a quelli del sistema" en:"Certificate authority|PEM certificates accepted beside those of the system"`
}

// Twilio is an account there.
type Twilio struct {
	AccountSID string `json:"account_sid" jsonschema:"pattern=^AC[0-9a-fA-F]{32}$" it:"Account SID|Comincia con AC" en:"Account SID|Begins with AC"`
	AuthToken  string `json:"auth_token" secret:"true" jsonschema:"minLength=1,maxLength=200" it:"Auth Token|Firma anche le chiamate di Twilio verso Sportello; non viene più mostrato" en:"Auth token|Also signs Twilio's calls to Sportello; never shown again"`
	ServiceSID string `json:"messaging_service_sid,omitempty" jsonschema:"pattern=^(MG[0-9a-fA-F]{32})?$" it:"Messaging Service SID|Se i numeri stanno in un servizio; comincia con MG" en:"Messaging service SID|Where the numbers are in a service; begins with MG"`
	BaseURL    string `json:"base_url,omitempty" peer:"true" jsonschema:"format=uri,maxLength=500,default=https://api.twilio.com" advanced:"true" it:"Indirizzo dell'API|Di solito non va cambiato" en:"Address of the API|Mostly left as it is"`
}

// HTTP is how another provider is spoken to.
type HTTP struct {
	URL         string `json:"url" peer:"true" jsonschema:"format=uri,maxLength=1000" it:"Indirizzo per l'invio|Può contenere {to}, {from}, {text}, {id}" en:"Address for sending|May contain {to}, {from}, {text}, {id}"`
	Method      string `json:"method,omitempty" jsonschema:"enum=POST,enum=PUT,enum=GET,default=POST" it:"Metodo|Quasi sempre POST" en:"Method|Nearly always POST"`
	ContentType string `json:"content_type,omitempty" jsonschema:"enum=json,enum=form,default=json" itwords:"json=JSON|form=Modulo (form)" enwords:"json=JSON|form=Form" it:"Formato|Come scrivere il corpo della richiesta" en:"Format|How to write the request's body"`
	Body        string `json:"body,omitempty" jsonschema:"maxLength=10000" lines:"6" it:"Corpo della richiesta|Con {to}, {from}, {text}, {id}, {callback}, {username}, {password} al posto dei valori, per esempio {\"to\":\"{to}\",\"message\":\"{text}\"}" en:"Body of the request|With {to}, {from}, {text}, {id}, {callback}, {username}, {password} in the place of values, such as {\"to\":\"{to}\",\"message\":\"{text}\"}"`
	Username    string `json:"username,omitempty" jsonschema:"maxLength=200" it:"Utente|Con la password, per l'accesso Basic" en:"User name|With the password, for Basic access"`
	Password    string `json:"password,omitempty" secret:"true" jsonschema:"maxLength=500" it:"Password|Non viene più mostrata" en:"Password|Never shown again"`
	HeaderName  string `json:"header_name,omitempty" jsonschema:"pattern=^[A-Za-z0-9-]*$,maxLength=60" it:"Intestazione con la chiave|Per esempio Authorization o X-Api-Key" en:"Header with the key|Such as Authorization or X-Api-Key"`
	HeaderValue string `json:"header_secret,omitempty" secret:"true" jsonschema:"maxLength=2000" it:"Chiave|Il valore dell'intestazione; non viene più mostrato" en:"Key|The header's value; never shown again"`
	IDPath      string `json:"id_path,omitempty" jsonschema:"maxLength=200" it:"Dove sta l'identificativo nella risposta|Nomi separati da punti, come messages.0.id" en:"Where the id is in the answer|Names divided by dots, such as messages.0.id"`
	ErrorPath   string `json:"error_path,omitempty" jsonschema:"maxLength=200" it:"Dove sta l'errore nella risposta|Se il fornitore risponde 200 anche quando rifiuta" en:"Where the error is in the answer|If the provider answers 200 even when it refuses"`

	WebhookAuth   string   `json:"webhook_auth,omitempty" jsonschema:"enum=token,enum=hmac,default=token" itwords:"token=Una parola segreta nell'indirizzo o in X-Webhook-Token|hmac=Firma HMAC-SHA256 del corpo" enwords:"token=A secret word in the address or in X-Webhook-Token|hmac=HMAC-SHA256 signature of the body" it:"Come si riconosce il fornitore|Quando chiama Sportello" en:"How the provider is known|When it calls Sportello"`
	WebhookSecret string   `json:"webhook_secret,omitempty" secret:"true" jsonschema:"maxLength=500" it:"Segreto delle chiamate|Almeno 16 caratteri; senza, il canale invia soltanto" en:"Secret of the calls|At least 16 characters; without it the channel only sends"`
	SignedBy      string   `json:"signature_header,omitempty" jsonschema:"pattern=^[A-Za-z0-9-]*$,maxLength=60" when:"/http/webhook_auth=hmac" it:"Intestazione con la firma|Per esempio X-Signature" en:"Header with the signature|Such as X-Signature"`
	FromPath      string   `json:"inbound_from,omitempty" jsonschema:"maxLength=200,default=from" advanced:"true" it:"Messaggi in arrivo: mittente|Nome del campo" en:"Incoming messages: sender|Name of the field"`
	TextPath      string   `json:"inbound_text,omitempty" jsonschema:"maxLength=200,default=text" advanced:"true" it:"Messaggi in arrivo: testo|Nome del campo" en:"Incoming messages: text|Name of the field"`
	InboundID     string   `json:"inbound_id,omitempty" jsonschema:"maxLength=200,default=id" advanced:"true" it:"Messaggi in arrivo: identificativo|Nome del campo" en:"Incoming messages: id|Name of the field"`
	StatusID      string   `json:"status_id,omitempty" jsonschema:"maxLength=200,default=id" advanced:"true" it:"Esiti: identificativo|Nome del campo con quello della risposta all'invio" en:"Outcomes: id|Name of the field with that of the answer to sending"`
	StatusPath    string   `json:"status_value,omitempty" jsonschema:"maxLength=200,default=status" advanced:"true" it:"Esiti: stato|Nome del campo" en:"Outcomes: state|Name of the field"`
	StatusMap     []string `json:"status_map,omitempty" jsonschema:"maxItems=40" advanced:"true" it:"Esiti: significato|Uno per riga, come OK=delivered; accepted, sent, delivered, read, failed, expired" en:"Outcomes: meaning|One a line, such as OK=delivered; accepted, sent, delivered, read, failed, expired"`
}

// The words of the enumerations above.
const (
	driverSMPP   = "smpp"
	driverTwilio = "twilio"
	driverHTTP   = "http"

	bodyForm = "form"

	webhookHMAC = "hmac"

	securityTLS  = "tls"
	securityNone = "none"

	alphabetLatin1 = "latin1"
	alphabetUCS2   = "ucs2"

	longUDH16   = "udh16"
	longSAR     = "sar"
	longPayload = "payload"
)

func schema() []byte {
	return channel.Schema[Config](
		channel.Group{Name: "identity", IT: "Numero e fornitore", EN: "Number and provider"},
		channel.Group{Name: "smpp", IT: "Centro messaggi", EN: "Message centre"},
		channel.Group{Name: "twilio", IT: "Twilio", EN: "Twilio"},
		channel.Group{Name: "http", IT: "Fornitore via HTTP", EN: "Provider over HTTP"},
		channel.Group{Name: "text", IT: "I testi", EN: "The texts"},
	)
}

// mistake is what a schema cannot say about a configuration.
type mistake struct {
	pointer, code, it, en string
}

// mistakes finds them all.
func (c *Config) mistakes() []mistake {
	var found []mistake
	add := func(wrong bool, m mistake) {
		if wrong {
			found = append(found, m)
		}
	}
	add(c.Driver == driverSMPP && c.SMPP == nil, mistake{"/smpp", "config.driver",
		"Mancano i dati del centro messaggi.", "The message centre is missing."})
	add(c.Driver == driverTwilio && c.Twilio == nil, mistake{"/twilio", "config.driver",
		"Mancano i dati di Twilio.", "Twilio's account is missing."})
	add(c.Driver == driverHTTP && c.HTTP == nil, mistake{"/http", "config.driver",
		"Mancano i dati del fornitore.", "The provider is missing."})
	if c.Driver == driverTwilio && c.Twilio != nil {
		add(!safeURL(c.Twilio.BaseURL), insecure("/twilio/base_url"))
	}
	if c.Driver == driverHTTP && c.HTTP != nil {
		c.HTTP.mistakes(add)
	}
	add(c.Number == "" && c.Sender == "", mistake{"/number", "config.sender",
		"Indicare il numero del Comune, oppure un nome del mittente.", "Give the town's number, or a sender's name."})
	if c.Number != "" {
		_, isNumber := dialled(c.Number)
		add(!isNumber && !shortCode.MatchString(c.Number), mistake{"/number", "config.number",
			"Non è un numero di telefono né un numero breve.", "Neither a telephone number nor a short code."})
	}
	if c.Sender != "" {
		add(!aliasForm.MatchString(c.Sender) || onlyDigit.MatchString(c.Sender), mistake{"/sender", "config.alias",
			"Un alias ha da 1 a 11 lettere o cifre senza accenti, e non solo cifre.",
			"An alias has 1 to 11 letters or digits without accents, and not only digits."})
	}
	return found
}

func insecure(pointer string) mistake {
	return mistake{pointer, "config.insecure",
		"L'indirizzo deve cominciare con https://.", "The address must begin with https://."}
}

// safeURL says whether an address may get secrets: encrypted, or on this very computer.
func safeURL(address string) bool {
	target, err := url.Parse(address)
	return err == nil && target.Host != "" && (target.Scheme == "https" || target.Scheme == "http" && loopback(target.Hostname()))
}

// minSecret is the shortest secret by which a caller is known, in bytes.
const minSecret = 16

func (c *HTTP) mistakes(add func(bool, mistake)) {
	add(!safeURL(c.plainURL()), insecure("/http/url"))
	add(c.WebhookSecret != "" && len(c.WebhookSecret) < minSecret, mistake{"/http/webhook_secret", "config.short",
		"Il segreto ha meno di 16 caratteri.", "The secret has fewer than 16 characters."})
	add(c.WebhookAuth == webhookHMAC && c.WebhookSecret != "" && c.SignedBy == "", mistake{"/http/signature_header", "config.signature",
		"Indicare l'intestazione che porta la firma.", "Name the header that carries the signature."})
	for _, line := range c.StatusMap {
		_, state, ok := strings.Cut(line, "=")
		_, known := stateNames[strings.TrimSpace(state)]
		add(!ok || !known, mistake{"/http/status_map", "config.status",
			"Una riga non ha la forma VALORE=stato, o lo stato non esiste.", "A line is not VALUE=state, or there is no such state."})
	}
	if c.ContentType != bodyForm && c.Body != "" {
		filled := c.fill(c.Body, escapeJSON, map[string]string{})
		add(!json.Valid([]byte(filled)), mistake{"/http/body", "config.body",
			"Il corpo non è JSON valido.", "The body is not valid JSON."})
	}
}

// own is the address that citizens see and write to.
func (c *Config) own() channel.Address {
	if c.Number == "" {
		return channel.Address{Kind: kindAlphanumeric, Value: c.Sender}
	}
	if address, ok := dialled(c.Number); ok && !shortCode.MatchString(c.Number) {
		return address
	}
	return channel.Address{Kind: kindShortCode, Value: c.Number}
}

// sender is what stands on what is sent.
func (c *Config) sender() string {
	if c.Sender != "" {
		return c.Sender
	}
	return c.own().Value
}

// ours says whether a message comes from the channel itself.
func (c *Config) ours(from channel.Address) bool {
	return from.Value != "" && (from.Value == c.own().Value || strings.EqualFold(from.Value, c.Sender))
}

// loopback says whether a host is this very computer.
func loopback(host string) bool {
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// decode reads a configuration that the schema allows.
func decode(check channel.Check) (Config, error) {
	return channel.Decode[Config](check.Config, check.Secrets)
}

func inLanguage(language, it, en string) string {
	if strings.HasPrefix(language, "en") {
		return en
	}
	return it
}
