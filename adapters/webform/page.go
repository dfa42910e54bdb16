package webform

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sportello.dev/plugins-sdk/channel"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed assets
var assets embed.FS

// pages are the templates by language: words stand in them in both.
var pages = map[string]*template.Template{"it": parse("it"), "en": parse("en")}

func parse(language string) *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{
		"w":     func(it, en string) string { return Words{it, en}.in(language) },
		"in":    func(words Words) string { return words.in(language) },
		"day":   func(at time.Time) string { return inRome(at).Format("02/01/2006") },
		"hour":  func(at time.Time) string { return inRome(at).Format("15:04") },
		"size":  size,
		"bytes": func(n uint64) string { return size(int64(min(n, math.MaxInt64))) },
		"date":  func(at time.Time) string { return date(at, language) },
		"way":   func(kind string) string { return ways[kind].in(language) },
		"stage": stage, "digest": digestOf,
	}).ParseFS(templates, "templates/*.html"))
}

// page is what every page shows, and what some do.
type page struct {
	Config   *Config
	Base     string
	Language string
	Title    Words
	// Other is the address of the same page in the other language, empty where a form has been filled in.
	Other string
	Forms []*Form

	Form    *formView
	Answers []answerView
	Receipt *receiptView

	Tracking *trackingView
}

// formView is a form as it is shown.
type formView struct {
	ID       string
	Title    Words
	Intro    Words
	Seal     string
	Fields   []fieldView
	Problems []problemView
	Refused  []refusalView
	// Hidden are the answers that go along with a page that does not ask for them.
	Hidden                  []hiddenView
	Files                   bool
	FileLimit, TotalLimit   string
	Expired, Unkept, Unsent bool
	Conditional             bool
	Trapped                 bool
}

type fieldView struct {
	*Field

	Value   string
	Problem string
	// Files are those that are attached already.
	Files []fileView
	// Choices of at most few are shown at once, more of them in a list.
	Few bool
	// Described lists the ids of what explains the field.
	Described string
	// Heading is the field's section where it is another than that before.
	Heading string
	// Complete is what browsers may fill in by themselves.
	Complete string
}

type fileView struct {
	Index int
	Name  string
	Size  string
}

type problemView struct{ Field, Label, Text string }

type refusalView struct {
	Name string
	// TooLarge: the file alone; otherwise all together.
	TooLarge bool
}

type hiddenView struct{ Name, Value string }

type answerView struct {
	Label, Text string
	Long        bool
}

type receiptView struct {
	Number, Secret, Code, To, Link string
	At                             time.Time
}

// few is how many choices are shown at once.
const few = 6

func (s *site) page(r *http.Request, language string, title Words) *page {
	if language == "" {
		language = languageOf(r, "")
	}
	p := &page{Config: &s.config, Base: s.base, Language: language, Title: title, Forms: s.forms}
	if r.Method == http.MethodGet {
		other := url.Values{"lang": {Words{"en", "it"}.in(language)}}
		p.Other = r.URL.Path + "?" + other.Encode()
	}
	return p
}

// show writes a page.
func (s *site) show(w http.ResponseWriter, status int, name string, p *page) {
	var b bytes.Buffer
	if err := pages[p.Language].ExecuteTemplate(&b, name+".html", p); err != nil {
		s.log.Error("a page could not be made", "page", name, "error", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Language", p.Language)
	header.Set("Content-Security-Policy", s.policy)
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// fill shows the form to be filled in.
func (v *visit) fill(w http.ResponseWriter, r *http.Request, status int) {
	p := v.page(r, v.language, v.form.Title)
	p.Form = v.view()
	v.show(w, status, "form", p)
}

// review shows the answers before they are sent.
func (v *visit) review(w http.ResponseWriter, r *http.Request, status int) {
	title := Words{"Controlli prima di inviare", "Check before sending"}
	if v.unsent {
		title = Words{"NON ricevuto", "NOT received"}
	}
	p := v.page(r, v.language, title)
	p.Form, p.Answers = v.view(), v.answers()
	v.show(w, status, "review", p)
}

func (v *visit) view() *formView {
	f := &formView{
		ID: v.form.ID, Title: v.form.Title, Intro: v.form.Intro, Seal: v.seal.close(v.draft),
		FileLimit: megabytes(v.config.fileLimit()), TotalLimit: megabytes(v.config.totalLimit()),
		Expired: v.expired, Unkept: v.unkept, Unsent: v.unsent,
	}
	wrong := map[string]string{}
	for _, p := range v.problems {
		text := p.in(v.language)
		label := ""
		if field := v.form.field(p.field); field != nil {
			label = titled(field.Label.in(v.language))
		}
		if p.field == fieldTrap {
			f.Trapped = true
		}
		if wrong[p.field] == "" {
			wrong[p.field] = text
			f.Problems = append(f.Problems, problemView{p.field, label, text})
		}
	}
	for _, refused := range v.refused {
		f.Refused = append(f.Refused, refusalView{refused.name, refused.tooLarge})
	}
	heading := ""
	for i := range v.form.Fields {
		field := &v.form.Fields[i]
		shown := v.fieldView(field, wrong[field.Name])
		if section := field.Section.in(v.language); section != "" && section != heading {
			heading, shown.Heading = section, section
		}
		f.Fields = append(f.Fields, shown)
		f.Files = f.Files || field.Kind == KindAttachments
		f.Conditional = f.Conditional || len(field.When) > 0
		if value := v.values[field.Name]; value != "" {
			f.Hidden = append(f.Hidden, hiddenView{field.Name, value})
		}
	}
	return f
}

// titled puts a question in front of what is said about it.
func titled(question string) string {
	if strings.HasSuffix(question, "?") {
		return question + " "
	}
	return question + ": "
}

func (v *visit) fieldView(field *Field, wrong string) fieldView {
	shown := fieldView{Field: field, Value: v.values[field.Name], Problem: wrong, Few: len(field.Choices) <= few, Complete: complete(field)}
	var described []string
	if field.Help.IT != "" || field.Kind == KindAttachments {
		described = append(described, field.Name+"-aiuto")
	}
	if wrong != "" {
		described = append(described, field.Name+"-errore")
	}
	shown.Described = strings.Join(described, " ")
	for i, f := range v.draft.Files {
		if f.Field == field.Name {
			shown.Files = append(shown.Files, fileView{i, f.Name, size(f.Size)})
		}
	}
	return shown
}

// complete is the token by which browsers know whose data a field wants (WCAG 2.1, 1.3.5).
func complete(f *Field) string {
	switch f.Role {
	case RoleName:
		return "given-name"
	case RoleSurname:
		return "family-name"
	case RoleEmail:
		return "email"
	case RolePhone:
		return "tel"
	}
	return "off"
}

// answers are what the citizen looks at before sending, and keeps afterwards.
func (v *visit) answers() []answerView {
	var all []answerView
	for _, f := range v.form.asked(v.values) {
		text := ""
		if value := v.values[f.Name]; value != "" {
			text = f.shown(value, v.language)
		}
		if f.Kind == KindAttachments {
			var names []string
			for _, file := range v.draft.Files {
				if file.Field == f.Name {
					names = append(names, file.Name+" ("+size(file.Size)+")")
				}
			}
			text = strings.Join(names, "\n")
		}
		if text != "" {
			all = append(all, answerView{f.Label.in(v.language), text, f.Kind == KindLong || f.Kind == KindAttachments})
		}
	}
	return all
}

// size is a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 1<<20:
		return strings.Replace(strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64), ".", ",", 1) + " MB"
	case n >= 1<<10:
		return strconv.FormatInt(n>>10, 10) + " kB"
	}
	return strconv.FormatInt(n, 10) + " byte"
}

var rome = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		return time.UTC
	}
	return zone
}()

func inRome(at time.Time) time.Time { return at.In(rome) }

// assetAge is how long browsers keep what never changes under its name within a version.
const assetAge = "public, max-age=86400"

func (s *site) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	content, err := fs.ReadFile(assets, "assets/"+name)
	kind := map[string]string{".css": "text/css; charset=utf-8", ".woff2": "font/woff2"}[name[max(strings.LastIndexByte(name, '.'), 0):]]
	if err != nil || kind == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", assetAge)
	_, _ = w.Write(content) //nolint:gosec // files of the program, of two types
}

// style shows a question only beside the answer that it depends on, without a script. A browser that cannot do so shows
// all questions, and the answers that were not asked for are left out when they arrive.
func (s *site) style(w http.ResponseWriter, r *http.Request) {
	f := s.named(r.PathValue("form"))
	if f == nil {
		http.NotFound(w, r)
		return
	}
	var b strings.Builder
	b.WriteString("@supports selector(:has(a)) {\n")
	for i := range f.Fields {
		field := &f.Fields[i]
		if len(field.When) == 0 {
			continue
		}
		var shown []string
		for _, a := range field.When {
			// Names and values have no character that means something in CSS.
			shown = append(shown,
				`form:has(input[name="`+a.Field+`"][value="`+a.Value+`"]:checked) #campo-`+field.Name,
				`form:has(select[name="`+a.Field+`"] option[value="`+a.Value+`"]:checked) #campo-`+field.Name)
		}
		b.WriteString("#campo-" + field.Name + " { display: none; }\n" + strings.Join(shown, ",\n") + " { display: block; }\n")
	}
	b.WriteString("}\n")
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", assetAge)
	_, _ = w.Write([]byte(b.String()))
}

var _ http.Handler = (*site)(nil)
var _ channel.HTTPHandler = (*open)(nil)
