package delivery

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/id"
)

// Situation is everything that decides by which channel and to which address an answer goes.
type Situation struct {
	// Explicit is the operator's own choice, if any.
	Explicit  *Target
	Addresses []Reachable
	Channels  []Outlet
	Message   Measure
	// Office is the one that holds the ticket: of several channels of a kind its own comes first.
	Office id.Office
}

// Target is an address and the channel to reach it by.
type Target struct {
	Channel id.Channel
	Kind    string
	Value   string
}

// Reachable is one address of the contact and what is known of it.
type Reachable struct {
	Kind      string
	Value     string
	Verified  bool
	Preferred bool
	// Chosen: the ticket's citizen chose it for this ticket, and proved by a code that it reaches him.
	Chosen        bool
	Undeliverable bool
	// Shared addresses are read by others too: they come last, unless the citizen wrote from there.
	Shared bool
	// LastUsed is when the citizen last wrote from it on this ticket; zero: never.
	LastUsed time.Time
	// LastChannel is the channel of that last time.
	LastChannel id.Channel
}

// Outlet is a channel that could carry an answer.
type Outlet struct {
	ID id.Channel
	// Kind is that of its adapter.
	Kind         string
	Name         string
	Office       id.Office
	AddressKinds []string
	// Ready: enabled, able to send, not suspended.
	Ready bool
	// Healthy: the adapter reports no trouble.
	Healthy       bool
	MaxCharacters int
	// Signature is how many characters the office's signature adds to the message here.
	Signature       int
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
	BecauseChosen     Reason = "chosen_here"
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
	// NotAnswerable: a short code or a sender's name, which only ever write.
	NotAnswerable Reason = "not_answerable"
)

// Choice is the answer of Choose. Without a target (OK false) nothing usable is left, and Skipped says why.
type Choice struct {
	OK      bool
	Target  Target
	Reason  Reason
	Skipped []Skipped
	// Doubted are addresses that would have come before the chosen one but for a doubt: a preference that nobody proved,
	// a channel in trouble. They stand among the fallbacks.
	Doubted   []Skipped
	Fallbacks []Target
}

// Against is why there is no target: what speaks against the only address, else that no channel reaches any.
func (c Choice) Against() Reason {
	if len(c.Skipped) == 1 && c.Skipped[0].Why == NotAnswerable {
		return NotAnswerable
	}
	return NotReachable
}

// Skipped is an address that was passed over, and why.
type Skipped struct {
	Kind  string
	Value string
	Why   Reason
	// Rank is the reason for which it would have been taken, Before says that it would have come before the target.
	Rank   Reason
	Before bool
}

// Choose decides where an answer goes: the operator's explicit choice, else (formal answers) a PEC address, else the
// address that the citizen chose for this ticket if deliverable and its channel healthy, else the
// contact's preferred address if verified too, else the address last used on this
// ticket, else the next usable one. Each address known is the target, a fallback, or skipped with a reason; the order in
// which addresses and channels are given does not matter.
func Choose(s Situation) Choice {
	c := Choice{}
	ranked, doubted := s.rank()
	for _, r := range ranked {
		outlet, why := s.outletFor(r)
		switch {
		case why != "":
			c.Skipped = append(c.Skipped, Skipped{Kind: r.Kind, Value: r.Value, Why: why, Rank: r.reason, Before: !c.OK})
		case !c.OK:
			c.OK, c.Reason = true, r.reason
			c.Target = Target{Channel: outlet, Kind: r.Kind, Value: r.Value}
		default:
			c.Fallbacks = append(c.Fallbacks, Target{Channel: outlet, Kind: r.Kind, Value: r.Value})
		}
	}
	for _, d := range doubted {
		if slices.ContainsFunc(c.Fallbacks, func(t Target) bool { return t.Kind == d.Kind && t.Value == d.Value }) {
			c.Doubted = append(c.Doubted, d)
		}
	}
	return c
}

// outletFor finds the channel for a candidate, or says what is against it: what is against the first one, unless another
// one is only in trouble. A preference and a formal rule need a healthy channel; the operator's choice one that is ready.
func (s Situation) outletFor(c candidate) (id.Channel, Reason) {
	if c.Kind == contact.KindShortCode || c.Kind == contact.KindAlphanumeric {
		return id.Channel{}, NotAnswerable
	}
	if c.reason != BecauseExplicit && c.Undeliverable {
		return id.Channel{}, NotUndeliverable
	}
	why := Reason("")
	for _, o := range s.outletsBy(c) {
		against := o.against(c, s.Message)
		if against == "" {
			return o.ID, ""
		}
		if why == "" || against == NotHealthy {
			why = against
		}
	}
	return id.Channel{}, cmp.Or(why, NotReachable)
}

// outletsBy are the channels that write to such an address: first the one by which the citizen wrote last from there, then
// those without trouble, those of the ticket's office, by name.
func (s Situation) outletsBy(c candidate) []Outlet {
	fit := slices.DeleteFunc(slices.Clone(s.Channels), func(o Outlet) bool {
		return !slices.Contains(o.AddressKinds, c.Kind) || (!c.explicit.IsZero() && o.ID != c.explicit)
	})
	slices.SortFunc(fit, func(a, b Outlet) int {
		return cmp.Or(
			cmp.Compare(btoi(b.ID == c.LastChannel), btoi(a.ID == c.LastChannel)),
			cmp.Compare(btoi(b.Healthy), btoi(a.Healthy)),
			cmp.Compare(btoi(b.of(s.Office)), btoi(a.of(s.Office))),
			strings.Compare(a.Name, b.Name), bytes.Compare(a.ID.UUID[:], b.ID.UUID[:]),
		)
	})
	return fit
}

func (o Outlet) of(office id.Office) bool { return !office.IsZero() && o.Office == office }

func (o Outlet) against(c candidate, m Measure) Reason {
	switch {
	case !o.Ready:
		return NotReady
	case o.MaxCharacters > 0 && m.Characters+o.Signature > o.MaxCharacters:
		return NotTooLong
	case m.Attachments > 0 && !o.TakesAttachment:
		return NotAttachments
	case o.MaxBytes > 0 && m.Bytes > o.MaxBytes:
		return NotTooLarge
	case !o.Healthy && c.demands():
		return NotHealthy
	}
	return ""
}
