package webform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sportello.dev/plugins-sdk/channel"
)

// trackingPath is where citizens follow a request; links to it carry number and code as n and s.
const trackingPath = "richiesta"

// The fields of the tracking page, and what its buttons ask.
const (
	fieldNumber   = "numero"
	fieldCode     = "codice"
	fieldText     = "messaggio"
	fieldFiles    = "allegati"
	fieldDownload = "scarica"
	actAdd        = "aggiungi"
)

// maxAdded is the longest message, in bytes.
const maxAdded = 20_000

// follow is one request for the tracking page.
type follow struct {
	*site

	language string
	key      channel.TicketKey
	draft    draft
	view     trackingView
	where    preferenceView
}

// trackingView is what the tracking page shows.
type trackingView struct {
	Path, Number, Secret string
	Ticket               *channel.PublicTicket
	Seal                 string
	Text                 string
	FileLimit            string
	TotalLimit           string
	Refused              []refusalView
	// Wrong: number and code do not belong together. Wait is in minutes, after too many wrong ones.
	Wrong bool
	Wait  int
	// Away: the hub does not answer. Unsent: it did not take what was added.
	Away, Unsent, Empty, Expired bool
	// Added says that it was taken; Later, with a code, that it will show later; Fresh, that it began a new request.
	Added        bool
	Later        string
	Fresh        string
	FreshSecret  string
	NoSuchFile   bool
	TooLong      bool
	LongestShown int
	// Where is nil when the hub offers no choice of where answers go.
	Where *preferenceView
}

// track shows a request to whoever has its number and code, and takes what is added to it.
func (s *site) track(w http.ResponseWriter, r *http.Request) {
	f := &follow{site: s, draft: newDraft(trackingPath, s.now()), language: languageOf(r, "")}
	f.view = trackingView{
		Path: trackingPath, FileLimit: megabytes(s.config.fileLimit()), TotalLimit: megabytes(s.config.totalLimit()), LongestShown: maxAdded,
	}
	if r.Method != http.MethodPost {
		query := r.URL.Query()
		f.show(w, r, f.open(r, query.Get("n"), query.Get("s")))
		return
	}
	keeper := &keeper{host: s.host, limit: s.config.fileLimit(), fields: map[string]bool{fieldFiles: true}}
	e, err := keeper.read(r.Context(), r.Header.Get("Content-Type"), r.Body)
	if e == nil || errors.Is(err, errEntry) {
		s.show(w, http.StatusBadRequest, "unread", s.page(r, f.language, Words{"Modulo non letto", "Form not read"}))
		return
	}
	f.language = languageOf(r, e.typed.Get(fieldLanguage))
	status := f.open(r, e.typed.Get(fieldNumber), e.typed.Get(fieldCode))
	switch sum := e.typed.Get(fieldDownload); {
	case f.view.Ticket == nil:
	case sum != "":
		if f.download(w, r, sum) {
			return
		}
		f.view.NoSuchFile, status = true, http.StatusNotFound
	case e.typed.Get(fieldAction) == actAdd:
		status = f.add(r, e, err)
	case f.view.Ticket.PreferenceOffered && slices.Contains([]string{actReach, actConfirm, actNoLonger}, e.typed.Get(fieldAction)):
		status = f.preference(r, e)
	}
	f.show(w, r, status)
}

// open reads the ticket, and says with what status the page is shown.
func (f *follow) open(r *http.Request, number, secret string) int {
	f.key = channel.TicketKey{Number: clip(tidy(number, false), 100), Secret: clip(tidy(secret, false), 100), ClientIP: r.RemoteAddr}
	f.view.Number, f.view.Secret = f.key.Number, f.key.Secret
	if f.key.Number == "" && f.key.Secret == "" {
		return http.StatusOK
	}
	ticket, found, err := f.host.LookupTicket(r.Context(), f.key)
	var many *channel.TooManyWrongError
	switch {
	case errors.As(err, &many):
		f.view.Wait = int(many.After/time.Minute) + 1
		return http.StatusTooManyRequests
	case err != nil:
		f.log.Warn("a request could not be looked up", "error", err)
		f.view.Away = true
		return http.StatusServiceUnavailable
	case !found:
		f.view.Wrong = true
		return http.StatusNotFound
	}
	f.view.Ticket = &ticket
	return http.StatusOK
}

// add puts what was written on the ticket. The same page sent again adds nothing twice.
func (f *follow) add(r *http.Request, e *entry, unkept error) int {
	f.view.Text = tidy(e.typed.Get(fieldText), true)
	d, err := f.seal.open(e.typed.Get(fieldSeal), trackingPath, f.now())
	f.refuse(e)
	switch {
	case err != nil:
		f.view.Expired = true
		return http.StatusOK
	case unkept != nil:
		f.log.Warn("a file could not be kept", "error", unkept)
		f.draft, f.view.Unsent = d, true
		return http.StatusServiceUnavailable
	case len(f.view.Text) > maxAdded:
		f.draft, f.view.TooLong = d, true
		return http.StatusUnprocessableEntity
	case len(f.view.Refused) > 0:
		f.draft = d
		return http.StatusUnprocessableEntity
	case f.view.Text == "" && len(e.files) == 0:
		f.draft, f.view.Empty = d, true
		return http.StatusUnprocessableEntity
	}
	return f.submit(r, d, e.files)
}

// refuse notes the files that are not taken: too large, too many, or too much together.
func (f *follow) refuse(e *entry) {
	total := int64(0)
	for _, refused := range e.refused {
		f.view.Refused = append(f.view.Refused, refusalView{refused.name, refused.tooLarge})
	}
	for i, file := range e.files {
		if total += file.Size; total > f.config.totalLimit() || i >= mostAttachments {
			f.view.Refused = append(f.view.Refused, refusalView{file.Name, false})
		}
	}
}

func (f *follow) submit(r *http.Request, d draft, files []file) int {
	event, err := f.event(d, files)
	if err != nil {
		f.log.Error("an addition could not be encoded", "error", err)
		f.draft, f.view.Unsent = d, true
		return http.StatusInternalServerError
	}
	ctx, cancel := context.WithTimeout(r.Context(), submitPatience)
	defer cancel()
	receipt, err := f.host.SubmitOn(ctx, event, f.key)
	if err != nil || receipt.Outcome == channel.SubmitRefused {
		f.log.Warn("an addition could not be handed in", "error", err)
		f.draft, f.view.Unsent = d, true
		return http.StatusServiceUnavailable
	}
	f.view.Added, f.view.Text, f.view.Later = true, "", receipt.ReceiptCode
	if receipt.TicketNumber != "" && receipt.TicketNumber != f.view.Ticket.Number {
		f.view.Fresh, f.view.FreshSecret = receipt.TicketNumber, groups(receipt.TrackingSecret)
		return http.StatusOK
	}
	if status := f.open(r, f.key.Number, f.key.Secret); status != http.StatusOK {
		return status
	}
	return http.StatusOK
}

// event is what was added, as the hub takes it in; whose it is the hub knows from the code.
func (f *follow) event(d draft, files []file) (channel.Event, error) {
	at := f.now()
	raw, err := json.Marshal(original{
		Form: trackingPath, Version: "1", Language: f.language, Values: Values{fieldText: f.view.Text}, Files: files, At: at.UTC(),
	})
	if err != nil {
		return channel.Event{}, fmt.Errorf("encoding an addition: %w", err)
	}
	message := &channel.InboundMessage{Text: f.view.Text, Class: channel.ClassHuman, Language: f.language, SentAt: at}
	for _, file := range files {
		message.Attachments = append(message.Attachments, file.attachment())
	}
	return channel.Event{
		ID: "richiesta/" + d.ID, OccurredAt: at, Raw: channel.Raw{Inline: raw, MediaType: "application/json"}, Body: message,
	}, nil
}

// download hands out a file of the ticket; false when it has none with that digest.
func (f *follow) download(w http.ResponseWriter, r *http.Request, sum string) bool {
	for _, m := range f.view.Ticket.Messages {
		for _, a := range m.Attachments {
			if a.Blob.SHA256 != sum {
				continue
			}
			w.Header().Set("Content-Type", "application/octet-stream")
			w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": channel.CleanName(a.Name)}))
			if err := channel.ServeBlob(r.Context(), a.Blob); err != nil {
				f.log.Error("a file could not be served", "error", err)
				return false
			}
			return true
		}
	}
	return false
}

func (f *follow) show(w http.ResponseWriter, r *http.Request, status int) {
	title := Words{"Segua la sua richiesta", "Follow your request"}
	if f.view.Ticket != nil {
		title = Words{"Richiesta " + f.view.Ticket.Number, "Request " + f.view.Ticket.Number}
	}
	p := f.page(r, f.language, title)
	if p.Other != "" && f.view.Ticket != nil {
		p.Other += "&" + url.Values{"n": {f.view.Number}, "s": {f.view.Secret}}.Encode()
	}
	f.view.Seal = f.seal.close(f.draft)
	if f.view.Ticket != nil && f.view.Ticket.PreferenceOffered {
		f.where.Answers = f.view.Ticket.Answers
		f.view.Where = &f.where
	}
	p.Tracking = &f.view
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "60")
	}
	if f.view.Wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.view.Wait*60))
	}
	f.site.show(w, status, "tracking", p)
}

// stage is where a request stands and what comes next, in citizens' words.
func stage(status string) [2]Words {
	switch status {
	case "new":
		return [2]Words{{"Ricevuta", "Received"}, {"Un operatore la leggerà e le risponderà. Per ora non deve fare niente.", "An operator will read it and answer you. There is nothing for you to do for now."}}
	case "waiting":
		return [2]Words{{"Le abbiamo risposto", "We have answered you"}, {"Legga la nostra risposta qui sotto. Se le abbiamo chiesto qualcosa, o se le serve altro, scriva in questa pagina.", "Read our answer below. If we asked you something, or you need anything else, write on this page."}}
	case "waiting_third":
		return [2]Words{{"Attende altri", "Waiting for others"}, {"Per andare avanti serve qualcosa da un altro ufficio o ente: lo abbiamo chiesto. Poi riprendiamo noi. Se ha qualcosa da aggiungere, scriva in questa pagina.", "To go on we need something from another office or body: we have asked for it. Then we go on. If you have anything to add, write on this page."}}
	case "suspended":
		return [2]Words{{"Sospesa", "Suspended"}, {"I termini sono sospesi per un motivo previsto dalla legge. Quando il motivo viene meno, la riprendiamo. Se ha qualcosa da aggiungere, scriva in questa pagina.", "The terms are suspended for a reason that the law provides for. When it is over, we go on. If you have anything to add, write on this page."}}
	case "closed":
		return [2]Words{{"Conclusa", "Concluded"}, {"Per noi è conclusa. Se non è così, scriva qui sotto: la riapriamo, o ne apriamo una nuova se è passato molto tempo.", "We consider it concluded. If it is not, write below: we reopen it, or open a new one if much time has passed."}}
	}
	return [2]Words{{"In lavorazione", "Being dealt with"}, {"L’ufficio se ne sta occupando e le risponderà. Se ha qualcosa da aggiungere, scriva in questa pagina.", "The office is dealing with it and will answer you. If you have anything to add, write on this page."}}
}

// ways are the kinds of channel in citizens' words.
var ways = map[string]Words{
	"email": {"per e-mail", "by e-mail"}, "pec": {"per PEC", "by certified mail"}, "sms": {"per SMS", "by text message"},
	"fax": {"per fax", "by fax"}, "telephony": {"per telefono", "by telephone"}, "counter": {"allo sportello", "at the counter"}, "webform": {"dal sito", "on the site"},
}

var months = map[string]string{
	"it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
	"en": "January February March April May June July August September October November December",
}

// date is a day in words.
func date(at time.Time, language string) string {
	at = inRome(at)
	return strconv.Itoa(at.Day()) + " " + strings.Fields(months[language])[at.Month()-1] + " " + strconv.Itoa(at.Year())
}

// trackingLink leads from another page to a request, for whoever has its code.
func (s *site) trackingLink(number, secret string) string {
	if number == "" || secret == "" {
		return ""
	}
	return s.base + trackingPath + "?" + url.Values{"n": {number}, "s": {secret}}.Encode()
}

// digestOf names a file of a page; it is no secret, and opens nothing without the code.
func digestOf(a channel.Attachment) string { return a.Blob.SHA256 }
