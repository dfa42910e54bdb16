package delivery

import (
	"cmp"
	"slices"
	"time"

	"sportello.dev/hub/internal/id"
)

// Situation is everything that decides by which channel and to which address an answer goes.
type Situation struct {
	// Explicit is the operator's own choice, if any.
	Explicit  *Target
	Addresses []Reachable
	Channels  []Outlet
	Message   Measure
}

// Target is an address and the channel to reach it by.
type Target struct {
	Channel id.Channel
	Kind    string
	Value   string
}

// Reachable is one address of the contact and what is known of it.
type Reachable struct {
	Kind          string
	Value         string
	Verified      bool
	Preferred     bool
	Undeliverable bool
	// LastUsed is when the citizen last wrote from it on this ticket; zero: never.
	LastUsed time.Time
	// LastChannel is the channel of that last time.
	LastChannel id.Channel
}

// Outlet is a channel that could carry an answer.
type Outlet struct {
	ID           id.Channel
	Name         string
	AddressKinds []string
	// Ready: enabled, able to send, not suspended.
	Ready bool
	// Healthy: the adapter reports no trouble.
	Healthy         bool
	MaxCharacters   int
	MaxBytes        int64
	TakesAttachment bool
}

// Measure is the size and kind of the message to send.
type Measure struct {
	// Formal answers (decisions, deeds) prefer PEC.
	Formal      bool
	Characters  int
	Bytes       int64
	Attachments int
}

// Reason is why a target was chosen, or why it was not; the interface puts it in words.
type Reason string

// Reasons for a choice.
const (
	BecauseExplicit   Reason = "explicit"
	BecauseFormal     Reason = "formal_pec"
	BecausePreferred  Reason = "preferred"
	BecauseLastUsed   Reason = "last_used"
	BecauseNextUsable Reason = "next_usable"
)

// Reasons against a target.
const (
	NotUndeliverable Reason = "undeliverable"
	NotVerified      Reason = "not_verified"
	NotReady         Reason = "channel_not_ready"
	NotHealthy       Reason = "channel_unhealthy"
	NotTooLong       Reason = "too_long"
	NotTooLarge      Reason = "too_large"
	NotAttachments   Reason = "no_attachments"
	NotReachable     Reason = "no_channel"
)

// Choice is the answer of Choose. Without a target (OK false) nothing usable is left, and Skipped says why.
type Choice struct {
	OK        bool
	Target    Target
	Reason    Reason
	Skipped   []Skipped
	Fallbacks []Target
}

// Skipped is an address that would have come first, and why it did not.
type Skipped struct {
	Kind  string
	Value string
	Why   Reason
}

// Choose decides where an answer goes: the operator's explicit choice, else (formal answers) a PEC address, else the
// contact's preferred address if verified, deliverable and its channel healthy, else the address last used on this
// ticket, else the next usable one.
func Choose(s Situation) Choice {
	c := Choice{}
	ranked := rank(s)
	for _, r := range ranked {
		outlet, why := s.outletFor(r)
		switch {
		case why != "":
			c.Skipped = append(c.Skipped, Skipped{Kind: r.Kind, Value: r.Value, Why: why})
		case !c.OK:
			c.OK, c.Reason = true, r.reason
			c.Target = Target{Channel: outlet, Kind: r.Kind, Value: r.Value}
		default:
			c.Fallbacks = append(c.Fallbacks, Target{Channel: outlet, Kind: r.Kind, Value: r.Value})
		}
	}
	return c
}

// candidate is an address with the reason that gives it its rank.
type candidate struct {
	Reachable
	reason   Reason
	explicit id.Channel
}

// rank orders the addresses by the reasons for a choice, each address once.
func rank(s Situation) []candidate {
	var all []candidate
	seen := map[[2]string]bool{}
	add := func(r Reachable, why Reason, explicit id.Channel) {
		key := [2]string{r.Kind, r.Value}
		if !seen[key] {
			seen[key] = true
			all = append(all, candidate{r, why, explicit})
		}
	}
	if s.Explicit != nil {
		add(s.known(*s.Explicit), BecauseExplicit, s.Explicit.Channel)
	}
	if s.Message.Formal {
		for _, r := range byRank(s.Addresses) {
			if r.Kind == "pec" {
				add(r, BecauseFormal, id.Channel{})
			}
		}
	}
	for _, r := range s.Addresses {
		if r.Preferred {
			add(r, BecausePreferred, id.Channel{})
		}
	}
	for _, r := range byLastUse(s.Addresses) {
		add(r, BecauseLastUsed, id.Channel{})
	}
	for _, r := range byRank(s.Addresses) {
		add(r, BecauseNextUsable, id.Channel{})
	}
	return all
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

func byLastUse(all []Reachable) []Reachable {
	used := slices.DeleteFunc(slices.Clone(all), func(r Reachable) bool { return r.LastUsed.IsZero() })
	slices.SortStableFunc(used, func(a, b Reachable) int { return b.LastUsed.Compare(a.LastUsed) })
	return used
}

// kindRank puts first what carries most: full text and attachments before short messages.
var kindRank = map[string]int{"email": 1, "pec": 2, "web": 3, "mobile": 4, "fax": 5, "postal": 6, "landline": 7}

func byRank(all []Reachable) []Reachable {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b Reachable) int {
		if a.Verified != b.Verified {
			return cmp.Compare(btoi(b.Verified), btoi(a.Verified))
		}
		return cmp.Compare(kindRank[a.Kind], kindRank[b.Kind])
	})
	return sorted
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// outletFor finds the channel for a candidate, or says what is against it. The channel last used on the ticket comes
// first. A preference and a formal rule need a healthy channel; the operator's choice only one that is ready.
func (s Situation) outletFor(c candidate) (id.Channel, Reason) {
	if c.reason != BecauseExplicit {
		if c.Undeliverable {
			return id.Channel{}, NotUndeliverable
		}
		if c.reason == BecausePreferred && !c.Verified {
			return id.Channel{}, NotVerified
		}
	}
	why := NotReachable
	for _, o := range s.outletsBy(c) {
		against := o.against(c, s.Message)
		if against == "" {
			return o.ID, ""
		}
		why = against
	}
	return id.Channel{}, why
}

func (s Situation) outletsBy(c candidate) []Outlet {
	fit := slices.DeleteFunc(slices.Clone(s.Channels), func(o Outlet) bool {
		return !slices.Contains(o.AddressKinds, c.Kind) || (!c.explicit.IsZero() && o.ID != c.explicit)
	})
	slices.SortStableFunc(fit, func(a, b Outlet) int {
		if x := cmp.Compare(btoi(b.ID == c.LastChannel), btoi(a.ID == c.LastChannel)); x != 0 {
			return x
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return fit
}

func (o Outlet) against(c candidate, m Measure) Reason {
	switch {
	case !o.Ready:
		return NotReady
	case !o.Healthy && (c.reason == BecausePreferred || c.reason == BecauseFormal):
		return NotHealthy
	case o.MaxCharacters > 0 && m.Characters > o.MaxCharacters:
		return NotTooLong
	case m.Attachments > 0 && !o.TakesAttachment:
		return NotAttachments
	case o.MaxBytes > 0 && m.Bytes > o.MaxBytes:
		return NotTooLarge
	}
	return ""
}
