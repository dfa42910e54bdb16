// Package page is the web page on which one plays a citizen of Valdoria: a small webmail for each of them, a form to write
// as a stranger, and the world's log. It is rendered on the server; the script only refreshes what changed.
package page

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sportello.dev/adapters/simulator/internal/directory"
	"sportello.dev/adapters/simulator/internal/mta"
	"sportello.dev/adapters/simulator/internal/postbox"
	"sportello.dev/adapters/simulator/internal/smsc"
	"sportello.dev/adapters/simulator/journal"
	"sportello.dev/adapters/simulator/script"
)

// SentBox is where a citizen's own letters are kept.
const SentBox = "Sent"

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// Config is what the page works with.
type Config struct {
	Store       *postbox.Store
	Directory   *directory.Directory
	MTA         *mta.Server
	Centre      *smsc.Centre
	Journal     *journal.Journal
	Logger      *slog.Logger
	Now         func() time.Time
	Citizens    []script.Citizen
	TownMailbox string
	MaxBytes    int64
}

type site struct {
	Config
	templates map[string]*template.Template // by language and page name
	watchers  chan struct{}                 // one token for each open event stream
}

var pageNames = []string{"home", "mailbox", "compose", "phones", "phone", "stranger", "log", "missing"}

// New builds the page's handler.
func New(config Config) http.Handler {
	s := &site{Config: config, templates: make(map[string]*template.Template), watchers: make(chan struct{}, maxWatchers)}
	for _, language := range languages {
		for _, name := range pageNames {
			t := template.New("layout.html").Funcs(s.funcs(language))
			s.templates[language+"/"+name] = template.Must(t.ParseFS(templateFiles, "templates/layout.html", "templates/"+name+".html"))
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /casella", s.openMailbox)
	mux.HandleFunc("GET /posta/{address}", s.toInbox)
	mux.HandleFunc("GET /posta/{address}/{box}", s.mailbox)
	mux.HandleFunc("GET /posta/{address}/{box}/{uid}", s.message)
	mux.HandleFunc("GET /posta/{address}/{box}/{uid}/html", s.html)
	mux.HandleFunc("GET /posta/{address}/{box}/{uid}/originale", s.original)
	mux.HandleFunc("GET /posta/{address}/{box}/{uid}/allegati/{n}", s.attachment)
	mux.HandleFunc("GET /scrivi/{address}", s.compose)
	mux.HandleFunc("POST /scrivi/{address}", s.send)
	mux.HandleFunc("GET /estraneo", s.stranger)
	mux.HandleFunc("POST /estraneo", s.sendAsStranger)
	mux.HandleFunc("GET /telefono", s.phones)
	mux.HandleFunc("GET /telefono/{number}", s.phone)
	mux.HandleFunc("POST /telefono/{number}", s.text)
	mux.HandleFunc("GET /registro", s.log)
	mux.HandleFunc("GET /eventi", s.events)
	assets, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		panic(err) // the directory is embedded above
	}
	mux.Handle("GET /aspetto/", http.StripPrefix("/aspetto/", http.FileServerFS(assets)))
	mux.HandleFunc("/", s.missing)
	return safe(s.switchLanguage(mux))
}

// safe sets the headers that keep mail's own markup, and other sites, away from the page.
func safe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "+
			"frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// frame is what every page shows around its content.
type frame struct {
	Lang    string
	Section string // which entry of the menu is current
	Title   string
	Refresh bool // whether the page follows the world's changes
	English string
	Italian string
	Data    any
}

func (s *site) render(w http.ResponseWriter, r *http.Request, status int, name string, f frame) {
	f.Lang = language(r)
	f.Italian, f.English = languageLink(r, "it"), languageLink(r, "en")
	var b bytes.Buffer
	if err := s.templates[f.Lang+"/"+name].Execute(&b, f); err != nil {
		s.Logger.Error("rendering a page of the simulated world", "page", name, "error", err)
		http.Error(w, "Errore / Error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if _, err := w.Write(b.Bytes()); err != nil {
		s.Logger.Debug("the browser did not take the page", "error", err)
	}
}

func (s *site) missing(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusNotFound, "missing", frame{Title: say(language(r), "missing.title")})
}

// fail reports an error of the world itself.
func (s *site) fail(w http.ResponseWriter, err error) {
	s.Logger.Error("the simulated world's page failed", "error", err)
	http.Error(w, "Errore / Error", http.StatusInternalServerError)
}

// mailPath writes the path of a mailbox, message, or part of one.
func mailPath(parts ...string) string {
	escaped := []string{"", "posta"}
	for _, p := range parts {
		escaped = append(escaped, url.PathEscape(p))
	}
	return strings.Join(escaped, "/")
}
