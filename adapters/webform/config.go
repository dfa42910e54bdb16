package webform

import (
	"net/url"
	"strconv"
	"strings"

	"sportello.dev/plugins-sdk/channel"
)

// Config is the configuration of one channel of web forms; everything has a default.
type Config struct {
	Town    string `json:"town,omitempty" jsonschema:"maxLength=120,default=Comune" group:"page" it:"Nome del Comune|Come compare in alto in ogni pagina" en:"Name of the town hall|As it stands at the top of every page"`
	Region  string `json:"region,omitempty" jsonschema:"maxLength=120" group:"page" it:"Ente di appartenenza|La riga in alto, per esempio Regione Piemonte" en:"Parent body|The line at the top, such as Regione Piemonte"`
	Contact string `json:"contact,omitempty" jsonschema:"maxLength=1000" lines:"4" group:"page" it:"Contatti|In fondo a ogni pagina e dove qualcosa non va: indirizzo, telefono, orari" en:"How to reach the town hall|At the bottom of every page and where something fails: address, telephone, opening hours"`
	Privacy string `json:"privacy_url,omitempty" jsonschema:"maxLength=500" group:"links" it:"Informativa privacy|Indirizzo della pagina (https://…)" en:"Privacy notice|Address of the page (https://…)"`
	Access  string `json:"accessibility_url,omitempty" jsonschema:"maxLength=500" group:"links" it:"Dichiarazione di accessibilità|Indirizzo su form.agid.gov.it" en:"Accessibility statement|Address at form.agid.gov.it"`
	Legal   string `json:"legal_url,omitempty" jsonschema:"maxLength=500" group:"links" it:"Note legali|Indirizzo della pagina (https://…)" en:"Legal notice|Address of the page (https://…)"`
	Home    string `json:"home_url,omitempty" jsonschema:"maxLength=500" group:"links" it:"Sito del Comune|Dove porta il nome in alto (https://…)" en:"The town hall's site|Where the name at the top leads (https://…)"`

	Assistance bool     `json:"assistance,omitempty" jsonschema:"default=true" group:"forms" it:"Offrire «Richiesta assistenza»" en:"Offer \"Request for assistance\""`
	Report     bool     `json:"report,omitempty" jsonschema:"default=true" group:"forms" it:"Offrire «Segnalazione disservizio»" en:"Offer \"Report a problem\""`
	Own        []string `json:"forms,omitempty" jsonschema:"maxItems=50" lines:"12" group:"forms" it:"Altri moduli|Uno per voce, scritto in JSON Schema: la guida dell'amministratore mostra come" en:"Other forms|One an entry, written in JSON Schema: the administrator's guide shows how"`

	FileMB  int      `json:"file_mb,omitempty" jsonschema:"minimum=1,maximum=30,default=10" group:"limits" it:"MB al massimo per ogni file" en:"MB at most for each file"`
	TotalMB int      `json:"total_mb,omitempty" jsonschema:"minimum=1,maximum=40,default=30" group:"limits" it:"MB al massimo in tutto|Per tutti i file di una richiesta" en:"MB at most altogether|For all files of one request"`
	Framers []string `json:"frame_ancestors,omitempty" jsonschema:"maxItems=20" group:"limits" advanced:"true" it:"Siti che possono mostrare i moduli in una cornice|Uno per riga, come https://www.comune.example.it; senza, nessuno" en:"Sites that may show the forms in a frame|One a line, such as https://www.comune.example.it; without any, none"`
}

func schema() []byte {
	return channel.Schema[Config](
		channel.Group{Name: "page", IT: "La pagina", EN: "The page"},
		channel.Group{Name: "forms", IT: "I moduli", EN: "The forms"},
		channel.Group{Name: "links", IT: "Collegamenti", EN: "Links"},
		channel.Group{Name: "limits", IT: "Allegati e cornici", EN: "Attachments and frames"},
	)
}

// Words are the same in both languages.
type Words struct{ IT, EN string }

// in chooses the language, Italian where there is no English.
func (w Words) in(language string) string {
	if strings.HasPrefix(language, "en") && w.EN != "" {
		return w.EN
	}
	return w.IT
}

// mistake is something wrong with a configuration that its schema cannot say.
type mistake struct {
	pointer, code   string
	summary, remedy Words
}

// mistakes finds those outside the forms.
func (c *Config) mistakes() []mistake {
	var found []mistake
	for pointer, address := range map[string]string{
		"/privacy_url": c.Privacy, "/accessibility_url": c.Access, "/legal_url": c.Legal, "/home_url": c.Home,
	} {
		if address != "" && !webAddress(address) {
			found = append(found, mistake{pointer, "webform.url",
				Words{"Non è l'indirizzo di una pagina.", "Not the address of a page."},
				Words{"Scriverlo intero, con https:// davanti.", "Write it whole, beginning with https://."}})
		}
	}
	for i, origin := range c.Framers {
		if !isOrigin(origin) {
			found = append(found, mistake{"/frame_ancestors/" + strconv.Itoa(i), "webform.frame",
				Words{"Non è l'indirizzo di un sito.", "Not the address of a site."},
				Words{"Scrivere solo https:// e il nome, per esempio https://www.comune.example.it.", "Write only https:// and the name, such as https://www.comune.example.it."}})
		}
	}
	if c.FileMB > c.TotalMB {
		found = append(found, mistake{"/file_mb", "webform.limits",
			Words{"Un file può essere più grande di tutti insieme.", "One file may be larger than all together."},
			Words{"Scrivere un numero non più grande del totale.", "Write a number no larger than the total."}})
	}
	return found
}

func webAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// isOrigin takes nothing that could end or widen a directive of the policy.
func isOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.Scheme+"://"+u.Host == origin &&
		!strings.ContainsAny(origin, " ;,'\"*\\\t")
}

// policy is the Content-Security-Policy of the pages: only what this channel itself serves.
func (c *Config) policy() string {
	framers := "'none'"
	if len(c.Framers) > 0 {
		framers = strings.Join(c.Framers, " ")
	}
	return "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors " + framers
}

func (c *Config) fileLimit() int64  { return int64(c.FileMB) << 20 }
func (c *Config) totalLimit() int64 { return int64(c.TotalMB) << 20 }

// basePath is the path of the channel on the public listener, with the slash at its end.
func basePath(publicURL string) string {
	u, err := url.Parse(publicURL)
	if err != nil {
		return "/"
	}
	return strings.TrimSuffix(u.Path, "/") + "/"
}
