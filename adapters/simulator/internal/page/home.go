package page

import (
	"net/http"
	"slices"

	"github.com/emersion/go-imap/v2"

	"sportello.dev/adapters/simulator/internal/directory"
	"sportello.dev/adapters/simulator/internal/postbox"
	"sportello.dev/adapters/simulator/script"
)

const maxOthers = 30 // mailboxes of people nobody introduced, shown on the home page

// person is a citizen as the home page shows them.
type person struct {
	script.Citizen
	Bio    string
	Unread int
}

// other is a mailbox outside scripts made.
type other struct {
	Address string
	Unread  int
}

func (s *site) home(w http.ResponseWriter, r *http.Request) {
	data := struct {
		People []person
		Others []other
		Town   string
	}{Town: s.TownMailbox}
	for _, c := range s.citizens() {
		p := person{Citizen: c, Bio: c.BioIT, Unread: s.unread(c.Address)}
		if language(r) == "en" {
			p.Bio = c.BioEN
		}
		data.People = append(data.People, p)
	}
	for _, address := range s.Store.Addresses() {
		_, introduced := s.citizen(address)
		if s.Directory.Resolve(address).Kind == directory.Citizen && !introduced && len(data.Others) < maxOthers {
			data.Others = append(data.Others, other{Address: address, Unread: s.unread(address)})
		}
	}
	s.render(w, r, http.StatusOK, "home", frame{Section: "home", Title: say(language(r), "home.title"), Refresh: true, Data: data})
}

// openMailbox leads to the mailbox of any address at a citizens' domain.
func (s *site) openMailbox(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.account(r.FormValue("indirizzo")); !ok {
		s.missing(w, r)
		return
	}
	http.Redirect(w, r, mailPath(s.Directory.Resolve(r.FormValue("indirizzo")).Account, inbox.slug), http.StatusSeeOther)
}

// citizens lists the people of this world.
func (s *site) citizens() []script.Citizen {
	return slices.DeleteFunc(slices.Clone(s.Citizens), func(c script.Citizen) bool {
		return s.Directory.Resolve(c.Address).Kind != directory.Citizen
	})
}

func (s *site) citizen(address string) (script.Citizen, bool) {
	i := slices.IndexFunc(s.Citizens, func(c script.Citizen) bool { return c.Address == address })
	if i < 0 {
		return script.Citizen{}, false
	}
	return s.Citizens[i], true
}

// account opens the mailbox of a citizen, and makes it for an address not used before.
func (s *site) account(address string) (*postbox.Account, bool) {
	r := s.Directory.Resolve(address)
	if r.Kind != directory.Citizen || !r.Known {
		return nil, false
	}
	a, err := s.Store.Ensure(r.Account, SentBox)
	return a, err == nil
}

func (s *site) unread(address string) int {
	a, ok := s.Store.Account(address)
	if !ok {
		return 0
	}
	b, err := a.Box(postbox.Inbox)
	if err != nil {
		return 0
	}
	n := 0
	for _, m := range b.Messages() {
		if !m.Has(imap.FlagSeen) {
			n++
		}
	}
	return n
}
