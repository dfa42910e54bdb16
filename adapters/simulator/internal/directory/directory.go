// Package directory knows the addresses of the simulated world: whose they are, who may log in, and how some of them behave.
package directory

import (
	"crypto/sha256"
	"crypto/subtle"
	"regexp"
	"slices"
	"strings"
)

// Kind says on which side of the town hall's counter an address is.
type Kind int

// The kinds of address.
const (
	Foreign Kind = iota // outside the simulated world
	Town                // a mailbox of the town hall
	Citizen             // at a domain where citizens have their mail
)

// Behaviour is how an address answers mail.
type Behaviour int

// The behaviours, chosen by the local part of the address.
const (
	Ordinary    Behaviour = iota
	Unknown               // inesistente@: refused at RCPT, 550
	Full                  // pieno@: refused for now, 452
	BounceHard            // rimbalza@: accepted, then a failure report
	BounceSoft            // pienissimo@: accepted, then a failure report with a 4.2.2 status
	Delayed               // ritardo@: delivered, and a report that delivery is delayed
	OutOfOffice           // assente@: delivered, and an automatic answer
	Adviser               // perito@: delivered, and what the town asks is answered as a person would
)

var behaviours = map[string]Behaviour{
	"inesistente": Unknown, "pieno": Full, "rimbalza": BounceHard, "pienissimo": BounceSoft,
	"ritardo": Delayed, "assente": OutOfOffice, "perito": Adviser,
}

// Mailbox is an account of the town hall.
type Mailbox struct {
	Address  string
	Password string
	// Token is accepted as OAuth access token (XOAUTH2); empty means none is.
	Token string
}

// Directory answers questions about addresses. It is immutable.
type Directory struct {
	TownDomain      string
	CitizenDomains  []string
	CitizenPassword string
	Mailboxes       []Mailbox
}

// Resolution is what an address turned out to be.
type Resolution struct {
	Kind      Kind
	Account   string // the address without "+tag", in lower case: the account mail is delivered to
	Known     bool   // whether mail for it is accepted
	Behaviour Behaviour
}

var addressForm = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9._'-]*[a-z0-9_-])?(?:\+[a-z0-9._=+-]*)?@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$`)

// Normal returns an address in lower case, or false if the world cannot handle it.
func Normal(address string) (string, bool) {
	address = strings.ToLower(strings.TrimSpace(address))
	return address, len(address) <= 200 && addressForm.MatchString(address)
}

// Domain returns the part of an address after the last "@", in lower case.
func Domain(address string) string {
	_, domain := splitAddress(strings.ToLower(address))
	return domain
}

// Resolve says whose address it is.
func (d *Directory) Resolve(address string) Resolution {
	address, ok := Normal(address)
	if !ok {
		return Resolution{}
	}
	local, domain := splitAddress(address)
	local, _, _ = strings.Cut(local, "+")
	account := local + "@" + domain
	switch {
	case domain == d.TownDomain:
		_, known := d.mailbox(account)
		return Resolution{Kind: Town, Account: account, Known: known}
	case slices.Contains(d.CitizenDomains, domain):
		behaviour := behaviours[local]
		return Resolution{Kind: Citizen, Account: account, Known: behaviour != Unknown, Behaviour: behaviour}
	default:
		return Resolution{Account: account}
	}
}

// Login says whether user may log in with the password or token, and returns the account.
func (d *Directory) Login(user, password, token string) (account string, ok bool) {
	r := d.Resolve(user)
	switch r.Kind {
	case Town:
		m, known := d.mailbox(r.Account)
		right := password != "" && equal(m.Password, password) || token != "" && m.Token != "" && equal(m.Token, token)
		return r.Account, known && right
	case Citizen:
		return r.Account, r.Known && password != "" && equal(d.CitizenPassword, password)
	default:
		return "", false
	}
}

func (d *Directory) mailbox(account string) (Mailbox, bool) {
	i := slices.IndexFunc(d.Mailboxes, func(m Mailbox) bool { return m.Address == account })
	if i < 0 {
		return Mailbox{}, false
	}
	return d.Mailboxes[i], true
}

// equal compares secrets in a time that tells nothing about them.
func equal(want, got string) bool {
	a, b := sha256.Sum256([]byte(want)), sha256.Sum256([]byte(got))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// splitAddress divides an address at its last "@"; without one it is all local part.
func splitAddress(address string) (local, domain string) {
	i := strings.LastIndexByte(address, '@')
	if i < 0 {
		return address, ""
	}
	return address[:i], address[i+1:]
}
