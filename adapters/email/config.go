package email

import (
	"net"
	"strings"

	"sportello.dev/plugins-sdk/channel"
)

// Config is the configuration of one mailbox. Its tags are the form that an
// administrator fills in.
type Config struct {
	Address     string `json:"address" jsonschema:"format=email,maxLength=254" group:"identity" it:"Indirizzo|L'indirizzo di posta di questa casella" en:"Address|The mail address of this mailbox"`
	DisplayName string `json:"display_name,omitempty" jsonschema:"maxLength=200" group:"identity" it:"Nome visualizzato|Il nome del mittente, se l'ufficio non ne ha uno" en:"Display name|The sender's name where the office has none"`

	IMAP  *IMAP  `json:"imap,omitempty" group:"imap" it:"Posta in arrivo (IMAP)|Senza, la casella invia soltanto" en:"Incoming mail (IMAP)|Without it the mailbox only sends"`
	SMTP  *SMTP  `json:"smtp,omitempty" group:"smtp" it:"Posta in uscita (SMTP)|Senza, la casella riceve soltanto" en:"Outgoing mail (SMTP)|Without it the mailbox only receives"`
	OAuth *OAuth `json:"oauth,omitempty" group:"oauth" when:"/imap/auth=xoauth2|/smtp/auth=xoauth2" it:"Accesso OAuth 2.0|Per Google e Microsoft, al posto della password" en:"OAuth 2.0 access|For Google and Microsoft, instead of a password"`

	AuthservIDs  []string `json:"authserv_ids,omitempty" jsonschema:"maxItems=10" group:"trust" it:"Server che verificano i mittenti|I nomi (authserv-id) che il vostro server di posta scrive in Authentication-Results; senza, nessun mittente risulta verificato" en:"Servers that verify senders|The names (authserv-id) your mail server writes into Authentication-Results; without them no sender counts as verified"`
	PlusAddress  bool     `json:"plus_address,omitempty" jsonschema:"default=false" group:"trust" it:"Indirizzi con +|Il server accetta nome+codice@dominio: le risposte tornano alla pratica anche senza intestazioni" en:"Plus addresses|The server accepts name+code@domain: answers find their ticket even without headers"`
	SignersPEM   string   `json:"signers_pem,omitempty" jsonschema:"maxLength=200000" group:"trust" it:"Autorità che certificano chi firma|Certificati PEM, oltre a quelli del sistema, per i messaggi firmati S/MIME" en:"Authorities for signed mail|PEM certificates, beside those of the system, for S/MIME signed messages"`
	MaxMegabytes int      `json:"max_megabytes,omitempty" jsonschema:"minimum=1,maximum=200,default=60" group:"limits" advanced:"true" it:"Dimensione massima in arrivo (MB)|I messaggi più grandi finiscono in Da verificare" en:"Largest incoming message (MB)|Larger ones go to quarantine"`
	CAPEM        string   `json:"ca_pem,omitempty" jsonschema:"maxLength=200000" group:"limits" advanced:"true" lines:"6" it:"Autorità di certificazione|Certificati PEM da accettare oltre a quelli del sistema" en:"Certificate authority|PEM certificates accepted beside those of the system"`
}

// IMAP is where mail is fetched.
type IMAP struct {
	Host       string   `json:"host" peer:"true" jsonschema:"minLength=1,maxLength=253" it:"Server|Nome del server IMAP" en:"Server|Name of the IMAP server"`
	Port       int      `json:"port,omitempty" jsonschema:"minimum=1,maximum=65535,default=993" it:"Porta|993 con TLS, 143 con STARTTLS" en:"Port|993 with TLS, 143 with STARTTLS"`
	Security   string   `json:"security,omitempty" jsonschema:"enum=tls,enum=starttls,enum=none,default=tls" itwords:"tls=TLS (consigliata)|starttls=STARTTLS|none=Nessuna, solo su questo computer" enwords:"tls=TLS (recommended)|starttls=STARTTLS|none=None, only on this computer" it:"Sicurezza|Nessuna soltanto su questo stesso computer" en:"Security|None only on this very computer"`
	Auth       string   `json:"auth,omitempty" jsonschema:"enum=password,enum=xoauth2,default=password" itwords:"password=Password|xoauth2=OAuth 2.0 (Google, Microsoft)" enwords:"password=Password|xoauth2=OAuth 2.0 (Google, Microsoft)" it:"Autenticazione|Password, oppure OAuth 2.0 per Google e Microsoft" en:"Authentication|Password, or OAuth 2.0 for Google and Microsoft"`
	Username   string   `json:"username,omitempty" jsonschema:"maxLength=254" it:"Utente|Se manca, l'indirizzo" en:"User name|The address if empty"`
	Password   string   `json:"password,omitempty" secret:"true" jsonschema:"maxLength=1000" when:"/imap/auth=password" it:"Password|Non viene più mostrata" en:"Password|Never shown again"`
	Folders    []string `json:"folders,omitempty" jsonschema:"maxItems=10,uniqueItems=true" it:"Cartelle|Da leggere; se manca, INBOX" en:"Folders|To be read; INBOX if empty"`
	AfterAck   string   `json:"after_ack,omitempty" jsonschema:"enum=keep,enum=seen,enum=move,enum=delete,default=keep" itwords:"keep=Lasciare il messaggio com'è|seen=Segnarlo come letto|move=Spostarlo in un'altra cartella|delete=Eliminarlo dal server" enwords:"keep=Leave the message as it is|seen=Mark it as read|move=Move it to another folder|delete=Delete it from the server" it:"Dopo la registrazione|Che cosa fare sul server con un messaggio, quando è al sicuro in Sportello" en:"After recording|What to do on the server with a message once it is safe in Sportello"`
	MoveTo     string   `json:"move_to,omitempty" jsonschema:"maxLength=100" when:"/imap/after_ack=move" it:"Sposta in|Cartella dei messaggi registrati" en:"Move to|Folder for recorded messages"`
	History    string   `json:"history,omitempty" jsonschema:"enum=all,enum=new,default=all" itwords:"all=Leggere anche i messaggi già presenti|new=Soltanto i messaggi nuovi" enwords:"all=Also read what is there already|new=Only new messages" it:"Primo avvio|Leggere anche i messaggi già presenti o solo i nuovi" en:"First start|Read what is there already or only what is new"`
	SentFolder string   `json:"sent_folder,omitempty" jsonschema:"maxLength=100" advanced:"true" it:"Cartella della posta inviata|Se il server vi copia i messaggi inviati, serve a chiarire gli invii incerti" en:"Folder of sent mail|Where the server copies what was sent, it settles uncertain sends"`
}

// SMTP is where mail is handed in.
type SMTP struct {
	Host         string `json:"host" peer:"true" jsonschema:"minLength=1,maxLength=253" it:"Server|Nome del server SMTP" en:"Server|Name of the SMTP server"`
	Port         int    `json:"port,omitempty" jsonschema:"minimum=1,maximum=65535,default=465" it:"Porta|465 con TLS, 587 con STARTTLS" en:"Port|465 with TLS, 587 with STARTTLS"`
	Security     string `json:"security,omitempty" jsonschema:"enum=tls,enum=starttls,enum=none,default=tls" itwords:"tls=TLS (consigliata)|starttls=STARTTLS|none=Nessuna, solo su questo computer" enwords:"tls=TLS (recommended)|starttls=STARTTLS|none=None, only on this computer" it:"Sicurezza|Nessuna soltanto su questo stesso computer" en:"Security|None only on this very computer"`
	Auth         string `json:"auth,omitempty" jsonschema:"enum=password,enum=xoauth2,enum=none,default=password" itwords:"password=Password|xoauth2=OAuth 2.0 (Google, Microsoft)|none=Nessuna" enwords:"password=Password|xoauth2=OAuth 2.0 (Google, Microsoft)|none=None" it:"Autenticazione|Nessuna se il server riconosce questo computer" en:"Authentication|None if the server knows this computer"`
	Username     string `json:"username,omitempty" jsonschema:"maxLength=254" it:"Utente|Se manca, quello della posta in arrivo" en:"User name|That of incoming mail if empty"`
	Password     string `json:"password,omitempty" secret:"true" jsonschema:"maxLength=1000" when:"/smtp/auth=password" it:"Password|Se manca, quella della posta in arrivo" en:"Password|That of incoming mail if empty"`
	MaxMegabytes int    `json:"max_megabytes,omitempty" jsonschema:"minimum=1,maximum=200,default=25" advanced:"true" it:"Dimensione massima in uscita (MB)|Compresi gli allegati" en:"Largest outgoing message (MB)|Attachments included"`
}

// OAuth is how access tokens are renewed.
type OAuth struct {
	Endpoint     string `json:"endpoint,omitempty" peer:"true" jsonschema:"format=uri,maxLength=500" it:"Indirizzo dei token|Endpoint del fornitore che rinnova l'accesso" en:"Token address|Endpoint of the provider that renews access"`
	ClientID     string `json:"client_id,omitempty" jsonschema:"maxLength=500" it:"ID dell'applicazione|Assegnato dal fornitore" en:"Application id|Given by the provider"`
	Scope        string `json:"scope,omitempty" jsonschema:"maxLength=1000" it:"Ambito|Se il fornitore lo richiede" en:"Scope|If the provider asks for one"`
	ClientSecret string `json:"client_secret,omitempty" secret:"true" jsonschema:"maxLength=2000" it:"Segreto dell'applicazione|Non viene più mostrato" en:"Application secret|Never shown again"`
	RefreshToken string `json:"refresh_token,omitempty" secret:"true" jsonschema:"maxLength=4000" it:"Token di rinnovo|Non viene più mostrato" en:"Refresh token|Never shown again"`
	AccessToken  string `json:"access_token,omitempty" secret:"true" jsonschema:"maxLength=8000" it:"Token di accesso|In alternativa al rinnovo" en:"Access token|Instead of renewal"`
}

// The words of the enumerations above.
const (
	securityTLS      = "tls"
	securityStartTLS = "starttls"
	securityNone     = "none"

	authPassword = "password"
	authOAuth    = "xoauth2"
	authNone     = "none"

	afterKeep = "keep"
	afterSeen = "seen"
	afterMove = "move"
	// afterDelete removes what is safe in the hub; nobody gets it unasked.
	afterDelete = "delete"

	historyNew = "new"

	inbox = "INBOX"
)

// complete fills in what follows from other fields.
func (c *Config) complete() {
	if c.IMAP != nil {
		if c.IMAP.Username == "" {
			c.IMAP.Username = c.Address
		}
		if len(c.IMAP.Folders) == 0 {
			c.IMAP.Folders = []string{inbox}
		}
	}
	if c.SMTP != nil {
		if c.SMTP.Username == "" {
			c.SMTP.Username = c.Address
			if c.IMAP != nil {
				c.SMTP.Username = c.IMAP.Username
			}
		}
		if c.SMTP.Password == "" && c.IMAP != nil {
			c.SMTP.Password = c.IMAP.Password
		}
	}
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
	add(c.IMAP == nil && c.SMTP == nil, mistake{"", "config.empty",
		"Indicare almeno un server, per ricevere o per inviare.", "Give at least one server, to receive or to send."})
	if m := c.IMAP; m != nil {
		add(m.Security == securityNone && !loopbackName(m.Host), insecure("/imap/security"))
		add(m.AfterAck == afterMove && m.MoveTo == "", mistake{"/imap/move_to", "config.move_to",
			"Indicare la cartella in cui spostare i messaggi.", "Name the folder to move messages to."})
		add(m.AfterAck == afterMove && contains(m.Folders, m.MoveTo), mistake{"/imap/move_to", "config.move_to",
			"La cartella di destinazione non può essere una di quelle lette.", "The target cannot be one of the folders that are read."})
		add(m.Auth == authPassword && m.Password == "", mistake{"/imap/password", "config.password",
			"Serve la password.", "A password is needed."})
		add(m.Auth == authOAuth && !c.OAuth.usable(), noOAuth())
		for _, folder := range m.Folders {
			add(folder == "" || len(folder) > maxFolder, mistake{"/imap/folders", "config.folder",
				"Il nome di una cartella è vuoto o troppo lungo.", "The name of a folder is empty or too long."})
		}
	}
	if m := c.SMTP; m != nil {
		add(m.Security == securityNone && !loopbackName(m.Host), insecure("/smtp/security"))
		add(m.Auth == authPassword && m.Password == "", mistake{"/smtp/password", "config.password",
			"Serve la password.", "A password is needed."})
		add(m.Auth == authOAuth && !c.OAuth.usable() && (c.IMAP == nil || c.IMAP.Auth != authOAuth), noOAuth())
	}
	return found
}

// maxFolder in bytes leaves room for UIDVALIDITY and UID in an event id.
const maxFolder = 400

func insecure(pointer string) mistake {
	return mistake{pointer, "config.insecure",
		"Senza cifratura si può parlare soltanto con questo stesso computer.",
		"Without encryption only this very computer may be spoken to."}
}

func noOAuth() mistake {
	return mistake{"/oauth", "config.oauth",
		"Per xoauth2 servono l'indirizzo dei token e il token di rinnovo, oppure un token di accesso.",
		"xoauth2 needs the token address and the refresh token, or an access token."}
}

func (o *OAuth) usable() bool {
	return o != nil && (o.AccessToken != "" || o.RefreshToken != "" && o.Endpoint != "")
}

// loopbackName is only the first look; the address that was really reached is
// checked when dialling.
func loopbackName(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}

func contains(list []string, item string) bool {
	for _, s := range list {
		if s == item || strings.EqualFold(s, inbox) && strings.EqualFold(item, inbox) {
			return true
		}
	}
	return false
}

// decode reads a configuration that the schema allows.
func decode(check channel.Check) (Config, error) {
	config, err := channel.Decode[Config](check.Config, check.Secrets)
	if err != nil {
		return Config{}, err
	}
	config.complete()
	return config, nil
}
