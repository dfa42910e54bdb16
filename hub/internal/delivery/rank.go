package delivery

import (
	"cmp"
	"slices"
	"strings"

	"sportello.dev/hub/internal/id"
)

// candidate is an address with the reason that gives it its rank.
type candidate struct {
	Reachable
	reason   Reason
	explicit id.Channel
}

// ranking is the order in which addresses are tried, each once, and what was doubted of those that lost their rank.
type ranking struct {
	situation Situation
	all       []candidate
	doubted   []Skipped
	seen      map[[2]string]bool
}

// rank orders the addresses by the reasons for a choice.
func (s Situation) rank() ([]candidate, []Skipped) {
	r := ranking{situation: s, seen: map[[2]string]bool{}}
	if s.Explicit != nil {
		r.add(candidate{s.known(*s.Explicit), BecauseExplicit, s.Explicit.Channel})
	}
	addresses := byRank(s.Addresses)
	if s.Message.Formal {
		for _, a := range addresses {
			if a.Kind == "pec" {
				r.add(candidate{Reachable: a, reason: BecauseFormal})
			}
		}
	}
	for _, a := range addresses {
		if a.Chosen {
			r.add(candidate{Reachable: a, reason: BecauseChosen})
		}
	}
	for _, a := range addresses {
		if a.Preferred {
			r.add(candidate{Reachable: a, reason: BecausePreferred})
		}
	}
	for _, a := range byLastUse(addresses) {
		r.add(candidate{Reachable: a, reason: BecauseLastUsed})
	}
	for _, a := range addresses {
		r.add(candidate{Reachable: a, reason: BecauseNextUsable})
	}
	return r.all, r.doubted
}

// add ranks a candidate, unless its address stands already. One in doubt has no claim to this rank; a lower one takes it.
func (r *ranking) add(c candidate) {
	key := [2]string{c.Kind, c.Value}
	if r.seen[key] {
		return
	}
	if doubt := r.situation.doubt(c); doubt != "" {
		r.doubted = append(r.doubted, Skipped{Kind: c.Kind, Value: c.Value, Why: doubt, Rank: c.reason, Before: true})
		return
	}
	r.seen[key] = true
	r.all = append(r.all, c)
}

// doubt is what takes from a candidate the rank of its reason, but not its use: anybody can prefer an address that is not
// his, and a channel in trouble may take long.
func (s Situation) doubt(c candidate) Reason {
	if c.Undeliverable || !c.demands() {
		return ""
	}
	if c.reason == BecausePreferred && !c.Verified {
		return NotVerified
	}
	if _, why := s.outletFor(c); why == NotHealthy {
		return NotHealthy
	}
	return ""
}

// demands tells whether the candidate's reason holds for a healthy channel only.
func (c candidate) demands() bool {
	return c.reason == BecauseChosen || c.reason == BecausePreferred || c.reason == BecauseFormal
}

// known finds the address of a target, or makes one of it: an operator may write to an address not on record.
func (s Situation) known(t Target) Reachable {
	for _, r := range s.Addresses {
		if r.Kind == t.Kind && r.Value == t.Value {
			return r
		}
	}
	return Reachable{Kind: t.Kind, Value: t.Value}
}

// byLastUse keeps the addresses that were used on the ticket, the last one first.
func byLastUse(ranked []Reachable) []Reachable {
	used := slices.DeleteFunc(slices.Clone(ranked), func(r Reachable) bool { return r.LastUsed.IsZero() })
	slices.SortStableFunc(used, func(a, b Reachable) int { return b.LastUsed.Compare(a.LastUsed) })
	return used
}

// kindRank puts first what carries most: full text and attachments before short messages. Kinds that are not here come last.
var kindRank = map[string]int{"email": 1, "pec": 2, "web": 3, "mobile": 4, "fax": 5, "postal": 6, "landline": 7}

func rankOf(kind string) int {
	if n, ok := kindRank[kind]; ok {
		return n
	}
	return len(kindRank) + 1
}

func byRank(all []Reachable) []Reachable {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b Reachable) int {
		return cmp.Or(
			cmp.Compare(btoi(a.Shared), btoi(b.Shared)), cmp.Compare(btoi(b.Verified), btoi(a.Verified)),
			cmp.Compare(rankOf(a.Kind), rankOf(b.Kind)), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Value, b.Value),
		)
	})
	return sorted
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
