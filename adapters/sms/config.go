package sms

import (
	"net"
	"strings"

	"sportello.dev/plugins-sdk/channel"
)

// Config is the configuration of one channel of text messages. Its tags are the form that an administrator fills in.
type Config struct {
	Driver        string `json:"driver,omitempty" jsonschema:"enum=smpp,default=smpp" itwords:"smpp=SMPP 3.4" enwords:"smpp=SMPP 3.4" group:"identity" it:"Collegamento|Come si parla con il fornitore degli SMS" en:"Connection|How the SMS provider is spoken to"`
	Number        string `json:"number,omitempty" jsonschema:"maxLength=20" group:"identity" it:"Numero a cui scrivono i cittadini|Con prefisso internazionale (+39…) o numero breve; senza, il canale invia soltanto" en:"Number citizens write to|With country code (+39…) or a short code; without it the channel only sends"`
	Sender        string `json:"sender,omitempty" jsonschema:"maxLength=11" group:"identity" it:"Nome del mittente (alias)|Al massimo 11 caratteri, registrato presso AGCOM dal fornitore. A un alias non si può rispondere: senza, si invia dal numero" en:"Sender's name (alias)|At most 11 characters, registered with AGCOM by the provider. An alias cannot be answered; without one the number sends"`
	Transliterate bool   `json:"transliterate,omitempty" jsonschema:"default=true" group:"text" it:"Sostituire i caratteri che dimezzano lo spazio|È diventa E', le virgolette tipografiche diventano semplici: con uno solo di questi caratteri un SMS ne tiene 70 invece di 160" en:"Replace characters that halve the room|È becomes E', typographic quotes become plain: with one of these characters a message holds 70 instead of 160"`
	MaxParts      int    `json:"max_parts,omitempty" jsonschema:"minimum=1,maximum=20,default=6" group:"text" it:"Parti al massimo|In quanti SMS può essere diviso un testo lungo: ciascuno si paga" en:"Parts at most|Into how many messages a long text may be divided; each one is charged"`

	SMPP *SMPP `json:"smpp,omitempty" group:"smpp" when:"/driver=smpp" it:"Centro messaggi (SMPP)|I dati del contratto con il fornitore" en:"Message centre (SMPP)|What the contract with the provider says"`
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

// The words of the enumerations above.
const (
	driverSMPP = "smpp"

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
		channel.Group{Name: "identity", IT: "Il canale", EN: "The channel"},
		channel.Group{Name: "smpp", IT: "Centro messaggi", EN: "Message centre"},
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
