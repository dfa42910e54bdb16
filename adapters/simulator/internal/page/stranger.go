package page

import (
	"errors"
	"net/http"
	"strings"

	"sportello.dev/adapters/simulator/internal/letter"
	"sportello.dev/adapters/simulator/journal"
	"sportello.dev/adapters/simulator/script"
)

// strangerAddress is where the stranger really writes from: a domain that is nobody's in this world.
const strangerAddress = "sconosciuto@offerte-lampo.example"

const maxStrangerForm = 1 << 20 // bytes

// strangerView is the form to write under somebody else's name.
type strangerView struct {
	People  []script.Citizen
	Victim  string
	Number  string
	Text    string
	Sent    bool
	Problem string
	Really  string
	Town    string
}

func (s *site) stranger(w http.ResponseWriter, r *http.Request) {
	view := strangerView{Victim: r.FormValue("vittima"), Sent: r.FormValue("inviato") != ""}
	s.renderStranger(w, r, http.StatusOK, view)
}

func (s *site) renderStranger(w http.ResponseWriter, r *http.Request, status int, view strangerView) {
	view.People, view.Really, view.Town = s.citizens(), strangerAddress, s.TownMailbox
	if view.Text == "" {
		view.Text = say(languages[0], "stranger.example")
	}
	s.render(w, r, status, "stranger", frame{Section: "stranger", Title: say(language(r), "stranger.title"), Data: view})
}

func (s *site) sendAsStranger(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxStrangerForm)
	view := strangerView{Victim: r.FormValue("vittima"), Number: strings.TrimSpace(r.FormValue("numero")), Text: r.FormValue("testo")}
	victim, ok := s.citizen(view.Victim)
	if !ok || strings.TrimSpace(view.Text) == "" {
		view.Problem = say(language(r), "stranger.incomplete")
		s.renderStranger(w, r, http.StatusUnprocessableEntity, view)
		return
	}
	d := letter.Draft{
		From: letter.Address{Name: victim.Name(), Address: victim.Address}, To: []letter.Address{{Address: s.TownMailbox}},
		Subject: "Re: la mia pratica", Text: strings.ReplaceAll(view.Text, "\r\n", "\n"),
	}
	if view.Number != "" {
		d.Subject += " [Rif. " + view.Number + "]"
	}
	err := s.post(journal.ViaMX, "", strangerAddress, &d)
	switch {
	case errors.Is(err, errProblem):
		view.Problem = problem(language(r), err)
		s.renderStranger(w, r, http.StatusUnprocessableEntity, view)
	case err != nil:
		s.fail(w, err)
	default:
		http.Redirect(w, r, "/estraneo?inviato=1", http.StatusSeeOther)
	}
}
