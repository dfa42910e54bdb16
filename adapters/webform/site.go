package webform

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sportello.dev/plugins-sdk/channel"
)

// What a citizen can ask of a form by its buttons.
const (
	actReview  = "rivedi"
	actCorrect = "correggi"
	actAttach  = "allega"
	actSend    = "invia"
)

// site answers for one channel.
type site struct {
	config Config
	forms  []*Form
	seal   *seal
	host   *channel.Host
	log    *slog.Logger
	now    func() time.Time
	// base is the path of the channel, with the slash at its end.
	base   string
	policy string
}

// ServeHTTP answers one request of a browser.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch channel.Action(r.Context()) {
	case routeIndex:
		s.show(w, http.StatusOK, "index", s.page(r, "", Words{"Servizi online", "Online services"}))
	case routeForm:
		s.form(w, r)
	case routeTrack:
		s.track(w, r)
	case routeAsset:
		s.asset(w, r)
	case routeStyle:
		s.style(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (s *site) named(id string) *Form {
	i := slices.IndexFunc(s.forms, func(f *Form) bool { return f.ID == id })
	if i < 0 {
		return nil
	}
	return s.forms[i]
}

// form shows an empty form, or goes on with one that came back.
func (s *site) form(w http.ResponseWriter, r *http.Request) {
	f := s.named(r.PathValue("form"))
	if f == nil {
		s.show(w, http.StatusNotFound, "missing", s.page(r, "", Words{"Pagina non trovata", "Page not found"}))
		return
	}
	v := &visit{site: s, form: f}
	if r.Method != http.MethodPost {
		v.draft = newDraft(f.ID, s.now())
		v.language = languageOf(r, "")
		v.fill(w, r, http.StatusOK)
		return
	}
	e, err := s.keeper(f).read(r.Context(), r.Header.Get("Content-Type"), r.Body)
	if errors.Is(err, errEntry) {
		s.show(w, http.StatusBadRequest, "unread", s.page(r, "", Words{"Modulo non letto", "Form not read"}))
		return
	}
	if e == nil {
		s.log.Warn("a form could not be read", "error", err)
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	v.language, v.values = languageOf(r, e.typed.Get(fieldLanguage)), e.values(f)
	v.resume(e)
	if err != nil {
		s.log.Warn("a file of a form could not be kept", "error", err)
		v.unkept = true
		v.fill(w, r, http.StatusServiceUnavailable)
		return
	}
	v.act(w, r, e)
}

func (s *site) keeper(f *Form) *keeper {
	k := &keeper{host: s.host, limit: s.config.fileLimit(), fields: map[string]bool{}}
	for i := range f.Fields {
		if f.Fields[i].Kind == KindAttachments {
			k.fields[f.Fields[i].Name] = true
		}
	}
	return k
}

// visit is one request for a form.
type visit struct {
	*site

	form     *Form
	draft    draft
	language string
	values   Values
	problems []problem
	refused  []refusal
	// expired: the page was open for too long, or was not ours; what was typed is kept, its files are not.
	expired bool
	// unkept: the hub could not keep a file; unsent: it could not take the form.
	unkept, unsent bool
}

// resume opens the draft that came with the form, adds the new files and takes away those not wanted.
func (v *visit) resume(e *entry) {
	d, err := v.seal.open(e.typed.Get(fieldSeal), v.form.ID, v.now())
	if err != nil {
		d, v.expired = newDraft(v.form.ID, v.now()), true
	}
	v.refused = e.refused
	total := int64(0)
	for _, f := range d.Files {
		total += f.Size
	}
	for _, f := range e.files {
		full := attached(d.Files, f.Field) >= mostAttachments || total+f.Size > v.config.totalLimit()
		if full {
			v.refused = append(v.refused, refusal{field: f.Field, name: f.Name})
			continue
		}
		if !slices.ContainsFunc(d.Files, func(known file) bool {
			return known.Field == f.Field && known.SHA256 == f.SHA256 && known.Name == f.Name
		}) {
			d.Files = append(d.Files, f)
			total += f.Size
		}
	}
	if n, err := strconv.Atoi(e.typed.Get(fieldRemove)); err == nil && n >= 0 && n < len(d.Files) {
		d.Files = slices.Delete(d.Files, n, n+1)
	}
	v.draft = d
}

// act does what the button says. Whatever is wrong, the form comes back as it was filled in.
func (v *visit) act(w http.ResponseWriter, r *http.Request, e *entry) {
	action := e.typed.Get(fieldAction)
	if e.typed.Get(fieldRemove) != "" || v.expired || action == actAttach || action == actCorrect {
		v.fill(w, r, http.StatusOK)
		return
	}
	kept, problems := v.form.judge(v.values, v.draft.Files, v.now())
	if trap := e.typed.Get(fieldTrap); trap != "" {
		problems = append(problems, problem{fieldTrap, Words{"Lasci vuoto questo campo: serve a riconoscere i programmi.", "Leave this field empty: it tells programs from people."}})
	}
	switch {
	case len(problems) > 0 || len(v.refused) > 0:
		v.problems = problems
		v.fill(w, r, http.StatusUnprocessableEntity)
	case action == actSend:
		v.values = kept
		v.send(w, r)
	default:
		v.values = kept
		v.review(w, r, http.StatusOK)
	}
}

// send hands the form in. The same form sent again gets the same receipt.
func (v *visit) send(w http.ResponseWriter, r *http.Request) {
	handed := submission{form: v.form, draft: v.draft, values: v.values, language: v.language, at: v.now()}
	ctx, cancel := context.WithTimeout(r.Context(), submitPatience)
	defer cancel()
	receipt, err := handed.handIn(ctx, v.host)
	if err != nil {
		v.log.Warn("a form could not be handed in", "error", err)
		v.unsent = true
		w.Header().Set("Retry-After", "60")
		v.review(w, r, http.StatusServiceUnavailable)
		return
	}
	p := v.page(r, v.language, Words{"Richiesta ricevuta", "Request received"})
	p.Form, p.Answers, p.Receipt = v.view(), v.answers(), &receiptView{
		Number: receipt.TicketNumber, Secret: groups(receipt.TrackingSecret), Code: receipt.ReceiptCode,
		At: v.now(), To: v.answerTo(&handed), Link: v.trackingLink(receipt.TicketNumber, receipt.TrackingSecret),
	}
	v.show(w, http.StatusOK, "receipt", p)
}

// submitPatience is longer than the hub takes to answer with a receipt code.
const submitPatience = 8 * time.Second

// answerTo says in words where the answer will come.
func (v *visit) answerTo(s *submission) string {
	from, _ := s.writer()
	if field := v.form.with(RolePhone); field != nil && from.Kind != "email" {
		return field.shown(from.Value, v.language)
	}
	return from.Value
}

// groups makes a long secret readable, as the hub writes it in letters: it takes it with or without hyphens.
func groups(secret string) string {
	if strings.Contains(secret, "-") {
		return secret
	}
	var parts []string
	for len(secret) > 4 {
		parts, secret = append(parts, secret[:4]), secret[4:]
	}
	return strings.Join(append(parts, secret), "-")
}

// languageOf is the one chosen by a link or carried by the form, else the first that the browser asks for and we have.
func languageOf(r *http.Request, carried string) string {
	chosen := r.URL.Query().Get("lang")
	if carried != "" {
		chosen = carried
	}
	switch chosen {
	case "it", "en":
		return chosen
	}
	for _, wanted := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(strings.ToLower(wanted)), ";")
		switch {
		case tag == "it" || strings.HasPrefix(tag, "it-"):
			return "it"
		case tag == "en" || strings.HasPrefix(tag, "en-"):
			return "en"
		}
	}
	return "it"
}
