package mime

import (
	"strings"

	"github.com/emersion/go-msgauth/authres"
	"golang.org/x/net/publicsuffix"
)

// Authentication is what a trusted server found out about the sender.
type Authentication struct {
	Authenticated bool   // the From address is proved
	Authority     string // the authserv-id that says so; empty when none is trusted
	Results       map[string]string
	Reason        string // why the verdict is what it is, as a stable word
}

// Authenticate reads the topmost Authentication-Results field of one of the
// trusted servers; fields of other servers, and lower ones, may be forged. The
// sender is proved by dmarc=pass, or dkim=pass of an aligned domain, for
// exactly one From address.
func Authenticate(m *Mail, trusted []string) Authentication {
	value, authority := trustedResults(m, trusted)
	if authority == "" {
		return Authentication{Reason: "no_trusted_result"}
	}
	_, results, err := authres.Parse(value)
	a := Authentication{Authority: authority, Results: map[string]string{}}
	if err != nil {
		a.Reason = "unreadable_result"
		return a
	}
	if len(m.From) != 1 || len(m.HeaderValues("From")) != 1 || m.From[0].Email == "" {
		a.collect(results, "")
		a.Reason = "no_single_from"
		return a
	}
	a.collect(results, m.From[0].Domain())
	return a
}

func trustedResults(m *Mail, trusted []string) (value, authority string) {
	for _, field := range m.HeaderValues("Authentication-Results") {
		flat := flatten(field)
		head, _, _ := strings.Cut(flat, ";")
		id := firstWord(head)
		for _, t := range trusted {
			if id != "" && strings.EqualFold(id, strings.TrimSpace(t)) {
				return flat, strings.ToLower(id)
			}
		}
	}
	return "", ""
}

// flatten removes comments and makes quoted strings harmless, so that no text
// a sender chose can pose as another result.
func flatten(value string) string {
	value = stripComments(value)
	var out strings.Builder
	quoted := false
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case quoted && c == '\\' && i+1 < len(value):
			i++
			out.WriteByte('_')
		case c == '"':
			quoted = !quoted
		case quoted && strings.IndexByte("; =()", c) >= 0:
			out.WriteByte('_')
		default:
			out.WriteByte(c)
		}
	}
	if quoted {
		return ""
	}
	return tightenEquals(out.String())
}

// tightenEquals removes the blanks RFC 8601 allows around "=".
func tightenEquals(s string) string {
	parts := strings.Split(s, "=")
	for i := range parts {
		if i > 0 {
			parts[i] = strings.TrimLeft(parts[i], " \t")
		}
		if i < len(parts)-1 {
			parts[i] = strings.TrimRight(parts[i], " \t")
		}
	}
	return strings.Join(parts, "=")
}

func (a *Authentication) collect(results []authres.Result, from string) {
	a.Reason = "no_aligned_pass"
	for _, result := range results {
		switch r := result.(type) {
		case *authres.SPFResult:
			a.note("spf", r.Value)
		case *authres.DKIMResult:
			a.note("dkim", r.Value)
			if from != "" && r.Value == authres.ResultPass && aligned(dkimDomain(r), from) {
				a.prove("dkim_aligned")
			}
		case *authres.DMARCResult:
			a.note("dmarc", r.Value)
			same := r.From == "" || strings.EqualFold(domainOf(r.From), from)
			if from != "" && r.Value == authres.ResultPass && same {
				a.prove("dmarc_pass")
			}
		}
	}
	if a.Results["dmarc"] == "fail" {
		a.Authenticated, a.Reason = false, "dmarc_fail"
	}
}

func (a *Authentication) prove(reason string) { a.Authenticated, a.Reason = true, reason }

// note keeps the best of several results of one method.
func (a *Authentication) note(method string, value authres.ResultValue) {
	if a.Results[method] != string(authres.ResultPass) {
		a.Results[method] = string(value)
	}
}

func dkimDomain(r *authres.DKIMResult) string {
	if r.Domain != "" {
		return r.Domain
	}
	return domainOf(r.Identifier)
}

func domainOf(s string) string {
	return strings.Trim(s[strings.LastIndexByte(s, '@')+1:], "<>. ")
}

// aligned reports whether two domains belong to one organisation, by the
// public suffix list (relaxed alignment of RFC 7489).
func aligned(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if a == "" || b == "" {
		return false
	}
	if a == b {
		return true
	}
	orgA, errA := publicsuffix.EffectiveTLDPlusOne(a)
	orgB, errB := publicsuffix.EffectiveTLDPlusOne(b)
	return errA == nil && errB == nil && orgA == orgB
}
