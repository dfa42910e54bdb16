package delivery_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
)

var (
	mail    = id.New[id.Channel]()
	office2 = id.New[id.Channel]()
	pec     = id.New[id.Channel]()
	sms     = id.New[id.Channel]()
	tributi = id.New[id.Office]()
)

func outlets() []delivery.Outlet {
	return []delivery.Outlet{
		{ID: mail, Name: "E-mail URP", AddressKinds: []string{"email"}, Ready: true, Healthy: true, MaxBytes: 20 << 20, TakesAttachment: true},
		{ID: office2, Name: "E-mail Tributi", AddressKinds: []string{"email"}, Ready: true, Healthy: true, TakesAttachment: true},
		{ID: pec, Name: "PEC", AddressKinds: []string{"pec"}, Ready: true, Healthy: true, MaxBytes: 30 << 20, TakesAttachment: true},
		{ID: sms, Name: "SMS", AddressKinds: []string{"mobile"}, Ready: true, Healthy: true, MaxCharacters: 480},
	}
}

func at(hour int) time.Time { return time.Date(2026, 3, 2, hour, 0, 0, 0, time.UTC) }

func ada() []delivery.Reachable {
	return []delivery.Reachable{
		{Kind: "email", Value: "ada@posta.example", Verified: true, LastUsed: at(9), LastChannel: mail},
		{Kind: "mobile", Value: "+393401234567", Verified: true, Preferred: true},
		{Kind: "pec", Value: "ada@pec.example", Verified: true},
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	short := delivery.Measure{Characters: 120, Bytes: 200}
	cases := map[string]struct {
		change func(*delivery.Situation)
		want   delivery.Target
		reason delivery.Reason
		none   bool
	}{
		"preferred address": {
			want: delivery.Target{Channel: sms, Kind: "mobile", Value: "+393401234567"}, reason: delivery.BecausePreferred,
		},
		"operator's choice wins": {
			change: func(s *delivery.Situation) {
				s.Explicit = &delivery.Target{Channel: office2, Kind: "email", Value: "ada@posta.example"}
			},
			want: delivery.Target{Channel: office2, Kind: "email", Value: "ada@posta.example"}, reason: delivery.BecauseExplicit,
		},
		"operator may write to an address not on record": {
			change: func(s *delivery.Situation) {
				s.Explicit = &delivery.Target{Channel: mail, Kind: "email", Value: "figlio@posta.example"}
			},
			want: delivery.Target{Channel: mail, Kind: "email", Value: "figlio@posta.example"}, reason: delivery.BecauseExplicit,
		},
		"formal answers go by PEC": {
			change: func(s *delivery.Situation) { s.Message.Formal = true },
			want:   delivery.Target{Channel: pec, Kind: "pec", Value: "ada@pec.example"}, reason: delivery.BecauseFormal,
		},
		"formal without PEC address falls to the preferred one": {
			change: func(s *delivery.Situation) { s.Message.Formal = true; s.Addresses = s.Addresses[:2] },
			want:   delivery.Target{Channel: sms, Kind: "mobile", Value: "+393401234567"}, reason: delivery.BecausePreferred,
		},
		"what the citizen chose for this ticket comes before what he prefers": {
			change: func(s *delivery.Situation) { s.Addresses[0].Chosen, s.Addresses[0].Verified = true, false },
			want:   delivery.Target{Channel: mail, Kind: "email", Value: "ada@posta.example"}, reason: delivery.BecauseChosen,
		},
		"the operator's choice comes before what the citizen chose": {
			change: func(s *delivery.Situation) {
				s.Addresses[0].Chosen = true
				s.Explicit = &delivery.Target{Kind: "pec", Value: "ada@pec.example"}
			},
			want: delivery.Target{Channel: pec, Kind: "pec", Value: "ada@pec.example"}, reason: delivery.BecauseExplicit,
		},
		"formal answers go by PEC whatever was chosen": {
			change: func(s *delivery.Situation) { s.Addresses[0].Chosen, s.Message.Formal = true, true },
			want:   delivery.Target{Channel: pec, Kind: "pec", Value: "ada@pec.example"}, reason: delivery.BecauseFormal,
		},
		"what was chosen came back": {
			change: func(s *delivery.Situation) { s.Addresses[0].Chosen, s.Addresses[0].Undeliverable = true, true },
			want:   delivery.Target{Channel: sms, Kind: "mobile", Value: "+393401234567"}, reason: delivery.BecausePreferred,
		},
		"the channel to what was chosen is in trouble": {
			change: func(s *delivery.Situation) {
				s.Addresses[0].Chosen, s.Channels[0].Healthy, s.Channels[1].Healthy = true, false, false
			},
			want: delivery.Target{Channel: sms, Kind: "mobile", Value: "+393401234567"}, reason: delivery.BecausePreferred,
		},
		"too long for the preferred one": {
			change: func(s *delivery.Situation) { s.Message.Characters = 2000 },
			want:   delivery.Target{Channel: mail, Kind: "email", Value: "ada@posta.example"}, reason: delivery.BecauseLastUsed,
		},
		"attachments do not go by text message": {
			change: func(s *delivery.Situation) { s.Message.Attachments = 1 },
			want:   delivery.Target{Channel: mail, Kind: "email", Value: "ada@posta.example"}, reason: delivery.BecauseLastUsed,
		},
		"preferred address not verified": {
			change: func(s *delivery.Situation) { s.Addresses[1].Verified = false },
			want:   delivery.Target{Channel: mail, Kind: "email", Value: "ada@posta.example"}, reason: delivery.BecauseLastUsed,
		},
		"preferred channel in trouble": {
			change: func(s *delivery.Situation) { s.Channels[3].Healthy = false },
			want:   delivery.Target{Channel: mail, Kind: "email", Value: "ada@posta.example"}, reason: delivery.BecauseLastUsed,
		},
		"last used address undeliverable": {
			change: func(s *delivery.Situation) {
				s.Addresses[1].Preferred = false
				s.Addresses[0].Undeliverable = true
			},
			want: delivery.Target{Channel: pec, Kind: "pec", Value: "ada@pec.example"}, reason: delivery.BecauseNextUsable,
		},
		"channel of the last message suspended, another of its kind serves": {
			change: func(s *delivery.Situation) {
				s.Addresses[1].Preferred = false
				s.Channels[0].Ready = false
			},
			want: delivery.Target{Channel: office2, Kind: "email", Value: "ada@posta.example"}, reason: delivery.BecauseLastUsed,
		},
		"too large for one channel, another of its kind serves": {
			change: func(s *delivery.Situation) {
				s.Addresses[1].Preferred = false
				s.Message.Bytes, s.Message.Attachments = 25<<20, 1
			},
			want: delivery.Target{Channel: office2, Kind: "email", Value: "ada@posta.example"}, reason: delivery.BecauseLastUsed,
		},
		"not verified, but the only one there is": {
			change: func(s *delivery.Situation) {
				s.Addresses = s.Addresses[1:2]
				s.Addresses[0].Verified = false
			},
			want: delivery.Target{Channel: sms, Kind: "mobile", Value: "+393401234567"}, reason: delivery.BecauseNextUsable,
		},
		"in trouble, but the only channel there is": {
			change: func(s *delivery.Situation) { s.Addresses, s.Channels[3].Healthy = s.Addresses[1:2], false },
			want:   delivery.Target{Channel: sms, Kind: "mobile", Value: "+393401234567"}, reason: delivery.BecauseNextUsable,
		},
		"of several channels that of the ticket's office": {
			change: func(s *delivery.Situation) {
				s.Addresses[0].LastChannel, s.Addresses[1].Preferred = id.Channel{}, false
				s.Channels[1].Office, s.Office = tributi, tributi
			},
			want: delivery.Target{Channel: office2, Kind: "email", Value: "ada@posta.example"}, reason: delivery.BecauseLastUsed,
		},
		"a shared address after the citizen's own": {
			change: func(s *delivery.Situation) {
				s.Addresses = []delivery.Reachable{
					{Kind: "email", Value: "ditta@posta.example", Verified: true, Shared: true}, {Kind: "mobile", Value: "+393401234567"},
				}
			},
			want: delivery.Target{Channel: sms, Kind: "mobile", Value: "+393401234567"}, reason: delivery.BecauseNextUsable,
		},
		"a short code is never chosen, not even by the operator": {
			change: func(s *delivery.Situation) {
				s.Addresses = []delivery.Reachable{{Kind: "short_code", Value: "48000", LastUsed: at(9), LastChannel: sms}}
				s.Explicit = &delivery.Target{Channel: sms, Kind: "short_code", Value: "48000"}
			},
			none: true,
		},
		"nothing usable": {
			change: func(s *delivery.Situation) { s.Channels = nil },
			none:   true,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := delivery.Situation{Addresses: ada(), Channels: outlets(), Message: short}
			if c.change != nil {
				c.change(&s)
			}
			got := delivery.Choose(s)
			require.Equal(t, !c.none, got.OK)
			require.Equal(t, c.want, got.Target)
			require.Equal(t, c.reason, got.Reason)
		})
	}
}

func TestChooseSaysWhyThePreferredOneWasNotTaken(t *testing.T) {
	t.Parallel()
	s := delivery.Situation{Addresses: ada(), Channels: outlets(), Message: delivery.Measure{Characters: 2000}}
	got := delivery.Choose(s)
	require.Equal(t, []delivery.Skipped{{
		Kind: "mobile", Value: "+393401234567", Why: delivery.NotTooLong, Rank: delivery.BecausePreferred, Before: true,
	}}, got.Skipped)
	require.Equal(t, []delivery.Target{{Channel: pec, Kind: "pec", Value: "ada@pec.example"}}, got.Fallbacks)
}

// A signature counts on the channel that carries it: a short one leaves a text its room.
func TestChooseCountsTheSignature(t *testing.T) {
	t.Parallel()
	for signature, want := range map[int]delivery.Target{
		20: {Channel: sms, Kind: "mobile", Value: "+393401234567"}, 21: {Channel: mail, Kind: "email", Value: "ada@posta.example"},
	} {
		s := delivery.Situation{Addresses: ada(), Channels: outlets(), Message: delivery.Measure{Characters: 460}}
		s.Channels[3].Signature = signature
		require.Equal(t, want, delivery.Choose(s).Target, "a signature of %d", signature)
	}
}

// What is doubted loses its rank, and the composer says so; it stays usable.
func TestChooseSaysWhatItDoubts(t *testing.T) {
	t.Parallel()
	for why, change := range map[delivery.Reason]func(*delivery.Situation){
		delivery.NotVerified: func(s *delivery.Situation) { s.Addresses[1].Verified = false },
		delivery.NotHealthy:  func(s *delivery.Situation) { s.Channels[3].Healthy = false },
	} {
		s := delivery.Situation{Addresses: ada(), Channels: outlets()}
		change(&s)
		got := delivery.Choose(s)
		require.Equal(t, "ada@posta.example", got.Target.Value)
		require.Equal(t, []delivery.Skipped{{
			Kind: "mobile", Value: "+393401234567", Why: why, Rank: delivery.BecausePreferred, Before: true,
		}}, got.Doubted)
		require.Empty(t, got.Skipped)
		require.Contains(t, got.Fallbacks, delivery.Target{Channel: sms, Kind: "mobile", Value: "+393401234567"})
	}
}

// anySituation draws addresses and channels of every sort, and perhaps a choice of the operator.
func anySituation(r *rapid.T) delivery.Situation {
	var s delivery.Situation
	kinds := []string{"email", "pec", "mobile", "landline", "short_code"}
	for n := range rapid.IntRange(0, 5).Draw(r, "channels") {
		kind := rapid.SampledFrom(kinds).Draw(r, "writes to")
		s.Channels = append(s.Channels, delivery.Outlet{
			ID: id.Channel{UUID: uuid.UUID{15: byte(n + 1)}}, Name: rapid.SampledFrom([]string{"A", "B"}).Draw(r, "name"),
			Office: rapid.SampledFrom([]id.Office{{}, tributi}).Draw(r, "office"), AddressKinds: []string{kind},
			Ready: rapid.Bool().Draw(r, "ready"), Healthy: rapid.Bool().Draw(r, "healthy"),
			MaxCharacters: rapid.SampledFrom([]int{0, 160}).Draw(r, "room"), TakesAttachment: rapid.Bool().Draw(r, "files"),
			MaxBytes: rapid.SampledFrom([]int64{0, 1000}).Draw(r, "bytes"),
		})
	}
	for n := range rapid.IntRange(0, 6).Draw(r, "addresses") {
		a := delivery.Reachable{
			Kind: rapid.SampledFrom(kinds).Draw(r, "kind"), Value: fmt.Sprint("a", n), Verified: rapid.Bool().Draw(r, "verified"),
			Preferred: rapid.Bool().Draw(r, "preferred"), Undeliverable: rapid.Bool().Draw(r, "undeliverable"),
			Shared: rapid.Bool().Draw(r, "shared"), Chosen: rapid.Bool().Draw(r, "chosen"),
		}
		if hour := rapid.IntRange(0, 3).Draw(r, "used"); hour > 0 {
			a.LastUsed = at(hour)
		}
		if len(s.Channels) > 0 && rapid.Bool().Draw(r, "by a channel") {
			a.LastChannel = rapid.SampledFrom(s.Channels).Draw(r, "last channel").ID
		}
		s.Addresses = append(s.Addresses, a)
	}
	s.Message = delivery.Measure{
		Characters: rapid.IntRange(0, 300).Draw(r, "characters"), Attachments: rapid.IntRange(0, 1).Draw(r, "attachments"),
		Bytes: rapid.Int64Range(0, 2000).Draw(r, "size"), Formal: rapid.Bool().Draw(r, "formal"),
	}
	s.Office = rapid.SampledFrom([]id.Office{{}, tributi}).Draw(r, "of the ticket")
	if len(s.Addresses) > 0 && rapid.Bool().Draw(r, "chosen by the operator") {
		a := rapid.SampledFrom(s.Addresses).Draw(r, "operator's")
		s.Explicit = &delivery.Target{Kind: a.Kind, Value: a.Value}
	}
	return s
}

func TestChooseKeepsItsPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		s := anySituation(r)
		got := delivery.Choose(s)
		if !got.OK {
			require.Empty(r, got.Fallbacks, "nothing is usable")
		}
		places := map[string]int{}
		for i, target := range append([]delivery.Target{got.Target}, got.Fallbacks...) {
			if target != (delivery.Target{}) {
				places[target.Value]++
				requireUsable(r, s, target, i == 0 && got.Reason == delivery.BecauseExplicit)
			}
		}
		for _, x := range got.Skipped {
			places[x.Value]++
			require.NotEmpty(r, x.Why)
		}
		require.Len(r, places, len(s.Addresses))
		for value, n := range places {
			require.Equal(r, 1, n, "%s is the target, a fallback, or skipped", value)
		}
		if s.Explicit != nil && got.OK && got.Target.Value != s.Explicit.Value {
			require.Equal(r, s.Explicit.Value, got.Skipped[0].Value, "the operator's choice is the first that is looked at")
		}
		requireChosen(r, s, got)
		slices.Reverse(s.Addresses)
		slices.Reverse(s.Channels)
		require.Equal(r, got, delivery.Choose(s), "the order of what is known does not matter")
	})
}

func requireUsable(r *rapid.T, s delivery.Situation, target delivery.Target, explicit bool) {
	for _, a := range s.Addresses {
		if a.Value == target.Value && a.Undeliverable && !explicit {
			r.Fatalf("chose the undeliverable address %v", a)
		}
	}
	o := s.Channels[slices.IndexFunc(s.Channels, func(o delivery.Outlet) bool { return o.ID == target.Channel })]
	m := s.Message
	if !o.Ready || !slices.Contains(o.AddressKinds, target.Kind) || (o.MaxCharacters > 0 && m.Characters > o.MaxCharacters) ||
		(m.Attachments > 0 && !o.TakesAttachment) || (o.MaxBytes > 0 && m.Bytes > o.MaxBytes) {
		r.Fatalf("chose channel %v", o)
	}
}

// requireChosen: but for the operator and for formal answers, what the citizen chose for the ticket yields only to another
// such address, or when something is said against it.
func requireChosen(r *rapid.T, s delivery.Situation, got delivery.Choice) {
	if got.Reason == delivery.BecauseExplicit || got.Reason == delivery.BecauseFormal || got.Reason == delivery.BecauseChosen {
		return
	}
	for _, a := range s.Addresses {
		// The only one left is taken for that, whatever is doubted of it.
		if a.Chosen && got.Target.Value != a.Value {
			require.True(r, slices.ContainsFunc(slices.Concat(got.Skipped, got.Doubted), func(x delivery.Skipped) bool { return x.Value == a.Value }),
				"%s was chosen, and nothing says why it was not taken", a.Value)
		}
	}
}
