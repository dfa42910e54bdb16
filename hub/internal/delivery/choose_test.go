package delivery_test

import (
	"testing"
	"time"

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
	require.Equal(t, []delivery.Skipped{{Kind: "mobile", Value: "+393401234567", Why: delivery.NotTooLong}}, got.Skipped)
	require.Equal(t, []delivery.Target{{Channel: pec, Kind: "pec", Value: "ada@pec.example"}}, got.Fallbacks)
}

func TestChooseNeverTakesWhatCannotGo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		s := delivery.Situation{Addresses: ada(), Channels: outlets()}
		for i := range s.Addresses {
			s.Addresses[i].Undeliverable = rapid.Bool().Draw(r, "undeliverable")
			s.Addresses[i].Verified = rapid.Bool().Draw(r, "verified")
		}
		for i := range s.Channels {
			s.Channels[i].Ready = rapid.Bool().Draw(r, "ready")
			s.Channels[i].Healthy = rapid.Bool().Draw(r, "healthy")
		}
		s.Message = delivery.Measure{
			Characters:  rapid.IntRange(0, 3000).Draw(r, "characters"),
			Attachments: rapid.IntRange(0, 2).Draw(r, "attachments"),
			Formal:      rapid.Bool().Draw(r, "formal"),
		}
		got := delivery.Choose(s)
		for _, target := range append(got.Fallbacks, got.Target) {
			if target == (delivery.Target{}) {
				continue
			}
			requireUsable(r, s, target)
		}
	})
}

func requireUsable(r *rapid.T, s delivery.Situation, target delivery.Target) {
	for _, a := range s.Addresses {
		if a.Kind == target.Kind && a.Value == target.Value && a.Undeliverable {
			r.Fatalf("chose the undeliverable address %v", a)
		}
	}
	for _, o := range s.Channels {
		if o.ID != target.Channel {
			continue
		}
		if !o.Ready || (o.MaxCharacters > 0 && s.Message.Characters > o.MaxCharacters) {
			r.Fatalf("chose channel %s", o.Name)
		}
	}
}
