package page

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"sportello.dev/adapters/simulator/internal/smsc"
	"sportello.dev/adapters/simulator/script"
)

const maxPhoneForm = 64 << 10 // bytes

// phonesView is the table on which the citizens' telephones lie.
type phonesView struct {
	People    []phoneView
	Town      string
	Connected bool
	Problem   string
}

// phoneView is one telephone.
type phoneView struct {
	Number, Name string
	Texts        []smsc.Text
	// Last is the latest text, for the list.
	Last    *smsc.Text
	Off     bool
	Town    string
	Problem string
	Body    string
}

// mobile is a citizen's number as the centre knows it, if he has a mobile.
func mobile(c script.Citizen) (string, bool) {
	number := strings.ReplaceAll(c.Phone, " ", "")
	return number, strings.HasPrefix(number, "+393")
}

func (s *site) phones(w http.ResponseWriter, r *http.Request) {
	if number := r.FormValue("numero"); number != "" {
		number = strings.Join(strings.Fields(number), "")
		if !strings.HasPrefix(number, "+") {
			number = "+39" + number
		}
		http.Redirect(w, r, phonePath(number), http.StatusSeeOther) //nolint:gosec // a path of this page, escaped
		return
	}
	view := phonesView{Town: s.Centre.Number, Connected: s.Centre.Connected()}
	for _, c := range s.citizens() {
		number, ok := mobile(c)
		if !ok {
			continue
		}
		p := phoneView{Number: number, Name: c.Name()}
		if texts, _ := s.Centre.Texts(number); len(texts) > 0 {
			p.Last = &texts[len(texts)-1]
		}
		view.People = append(view.People, p)
	}
	s.render(w, r, http.StatusOK, "phones", frame{Section: "phones", Title: say(language(r), "phones.title"), Refresh: true, Data: view})
}

func phonePath(number string) string { return "/telefono/" + url.PathEscape(number) }

func (s *site) phone(w http.ResponseWriter, r *http.Request) {
	s.renderPhone(w, r, http.StatusOK, phoneView{Number: r.PathValue("number")})
}

func (s *site) renderPhone(w http.ResponseWriter, r *http.Request, status int, view phoneView) {
	view.Texts, view.Off = s.Centre.Texts(view.Number)
	view.Town, view.Name = s.Centre.Number, view.Number
	for _, c := range s.citizens() {
		if number, ok := mobile(c); ok && number == view.Number {
			view.Name = c.Name()
		}
	}
	s.render(w, r, status, "phone", frame{Section: "phones", Title: view.Name, Refresh: true, Data: view})
}

// text writes from a telephone, or switches it off or on.
func (s *site) text(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxPhoneForm)
	view := phoneView{Number: r.PathValue("number"), Body: strings.ReplaceAll(r.FormValue("testo"), "\r\n", "\n")}
	var err error
	switch r.FormValue("azione") {
	case "spegni", "accendi":
		err = s.Centre.Switch(view.Number, r.FormValue("azione") == "spegni")
	default:
		err = s.Centre.Write(view.Number, view.Body)
	}
	switch {
	case errors.Is(err, smsc.ErrNumber):
		view.Problem = say(language(r), "phone.number")
	case err != nil:
		view.Problem = say(language(r), "phone.body")
	default:
		http.Redirect(w, r, phonePath(view.Number), http.StatusSeeOther)
		return
	}
	s.renderPhone(w, r, http.StatusUnprocessableEntity, view)
}
