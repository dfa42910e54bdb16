package chaos

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// noon is when everything happens in the made-up runs below.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return noon.Add(time.Duration(seconds * float64(time.Second))) }

func moment(seconds float64) *time.Time {
	m := at(seconds)
	return &m
}

// blameless is a run of which nothing bad can be said: a letter, its
// acknowledgement, an answer to it, and a reply that a kill made uncertain.
func blameless() *snapshot {
	ack := message{ID: "m2", Ticket: "2026-000001-4", Class: "acknowledgement", Deliveries: []delivery{{ID: "d1"}}}
	reply := message{ID: "m3", Ticket: "2026-000001-4", Text: "ok risposta-000001-00000000", Deliveries: []delivery{{ID: "d2"}}}
	return &snapshot{
		letters: []entry{
			{Marker: "segno-1", Copies: 1, AcceptedAt: moment(0), SeenAt: moment(1)},
			{Marker: "segno-2", Copies: 2, AcceptedAt: moment(5), SeenAt: moment(6), Ticket: "2026-000001-4"},
			{Marker: "segno-3", Form: byExpert, Copies: 1, AcceptedAt: moment(7), SeenAt: moment(8), Ticket: "2026-000001-4"},
		},
		mailed:  4,
		replies: []replied{{Marker: "risposta-000001-00000000", Ticket: "2026-000001-4", WrittenAt: at(2), ConfirmedAt: moment(2)}},
		kills:   []kill{{Target: "hub", At: at(3)}},
		inbound: map[string][]message{
			"segno-1": {{ID: "m1", Ticket: "2026-000001-4"}}, "segno-2": {{ID: "m4", Ticket: "2026-000001-4"}},
		},
		noted:    map[string][]message{"segno-3": {{ID: "m7", Ticket: "2026-000001-4"}}},
		outbound: []message{ack, reply},
		deliveries: map[string]delivery{
			"d1": {ID: "d1", State: "accepted", Tries: []try{{Started: at(1), Finished: moment(1.1), Outcome: "done"}}},
			"d2": {ID: "d2", State: "uncertain", Tries: []try{{Started: at(2.9), Finished: moment(30), Outcome: "lost"}}},
		},
		arrivals: []arrival{{id: "<a>", subject: "[Rif. 2026-000001-4]", automatic: true, inbox: 1, accepted: 1}},
	}
}

func TestABlamelessRunIsNotBlamed(t *testing.T) {
	t.Parallel()
	s := blameless()
	require.Empty(t, s.judge())
	require.Equal(t, 1, s.uncertain())
	require.Equal(t, 1, s.inFlight())
	s.arrivals = append(s.arrivals, arrival{id: "<b>", marker: "risposta-000001-00000000", inbox: 1, accepted: 1})
	require.Empty(t, s.judge(), "an uncertain reply may have arrived, once")
}

func TestEachBreachIsSeen(t *testing.T) {
	t.Parallel()
	set := func(s *snapshot, id string, change func(*delivery)) {
		d := s.deliveries[id]
		change(&d)
		s.deliveries[id] = d
	}
	for name, c := range map[string]struct {
		spoil func(*snapshot)
		want  breach
	}{
		"quarantined":                    {func(s *snapshot) { s.quarantine = []quarantined{{ID: "q"}} }, held},
		"lost":                           {func(s *snapshot) { delete(s.inbound, "segno-1") }, lost},
		"twice":                          {func(s *snapshot) { s.inbound["segno-2"] = append(s.inbound["segno-2"], message{ID: "m5"}) }, doubled},
		"on another ticket":              {func(s *snapshot) { s.inbound["segno-2"][0].Ticket = "2026-000002-2" }, strayed},
		"expert's answer to the citizen": {func(s *snapshot) { s.inbound["segno-3"] = s.noted["segno-3"] }, strayed},
		"expert's answer lost":           {func(s *snapshot) { delete(s.noted, "segno-3") }, lost},
		"expert's answer twice":          {func(s *snapshot) { s.noted["segno-3"] = append(s.noted["segno-3"], message{ID: "m8"}) }, doubled},
		"letter as a note":               {func(s *snapshot) { s.noted["segno-1"], s.inbound["segno-1"] = s.inbound["segno-1"], nil }, strayed},
		"without a marker":               {func(s *snapshot) { s.inbound[""] = []message{{ID: "m6"}} }, invented},
		"too late":                       {func(s *snapshot) { s.late = []string{"segno-1"} }, late},
		"unknown to the world":           {func(s *snapshot) { s.mailed = 3 }, invented},
		"hub fell":                       {func(s *snapshot) { s.deaths = []string{"panic"} }, fell},
		"orphan":                         {func(s *snapshot) { s.orphans = []int{1} }, orphaned},
		"uncertain without a kill":       {func(s *snapshot) { s.kills[0].At = at(60) }, unfounded},
		"uncertain, kill long before it": {func(s *snapshot) { s.kills[0].At = s.deliveries["d2"].Tries[0].Started.Add(-2 * dying) }, unfounded},
		"uncertain, kill after its end": {func(s *snapshot) {
			set(s, "d2", func(d *delivery) { d.Tries[0].Finished, d.Tries[0].Outcome = moment(2.95), "done" })
		}, unfounded},
		"uncertain and arrived twice": {func(s *snapshot) {
			s.arrivals = append(s.arrivals, arrival{marker: "risposta-000001-00000000", accepted: 2})
		}, replyDoubled},
		"reply stored twice":            {func(s *snapshot) { s.outbound = append(s.outbound, s.outbound[1]) }, replyDoubled},
		"confirmed reply gone":          {func(s *snapshot) { s.outbound = s.outbound[:1] }, replyLost},
		"sent reply not arrived":        {func(s *snapshot) { set(s, "d2", func(d *delivery) { d.State = "sent" }) }, replyLost},
		"reply stuck":                   {func(s *snapshot) { set(s, "d2", func(d *delivery) { d.State = "queued" }) }, replyFailed},
		"acknowledged twice":            {func(s *snapshot) { s.outbound = append(s.outbound, s.outbound[0]) }, replyDoubled},
		"acknowledgement arrived twice": {func(s *snapshot) { s.arrivals[0].accepted = 2 }, replyDoubled},
		"acknowledgement lost":          {func(s *snapshot) { s.arrivals = nil }, replyLost},
		"mail that nobody wrote":        {func(s *snapshot) { s.arrivals = append(s.arrivals, arrival{id: "<x>", inbox: 1}) }, invented},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := blameless()
			c.spoil(s)
			found := s.judge()
			require.NotEmpty(t, found)
			for _, v := range found {
				require.Equal(t, c.want, v.Breach, v)
			}
		})
	}
}
