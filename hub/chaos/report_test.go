package chaos

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/stretchr/testify/require"
)

// figures are what a run measured; they stand in reports/chaos.json under its name.
type figures struct {
	At                time.Time      `json:"at"`
	Seed              uint64         `json:"seed"`
	Accepted          int            `json:"accepted"`
	Copies            int            `json:"copies"`
	Visible           int            `json:"visible"`
	Quarantined       int            `json:"quarantined"`
	Kills             map[string]int `json:"kills"`
	Replies           int            `json:"replies"`
	Unconfirmed       int            `json:"unconfirmed_replies"`
	Outbound          int            `json:"outbound"`
	InFlight          int            `json:"in_flight_at_kills"`
	Uncertain         int            `json:"uncertain"`
	SlowestVisible    float64        `json:"slowest_visible_seconds"`
	AllVisible        float64        `json:"all_visible_after_last_kill_seconds"`
	Seconds           float64        `json:"seconds"`
	Violations        []violation    `json:"violations"`
	PlantedViolations map[breach]int `json:"planted,omitempty"`
}

// measure counts.
func (r *run) measure(s *snapshot, found []violation) figures {
	f := figures{
		At: r.began.UTC(), Seed: r.seed, Accepted: len(s.letters), Quarantined: len(s.quarantine), Kills: map[string]int{},
		Replies: len(s.replies), Outbound: len(s.outbound), InFlight: s.inFlight(), Uncertain: s.uncertain(),
		Seconds: time.Since(r.began).Seconds(), Violations: found,
	}
	var last time.Time
	for _, k := range s.kills {
		f.Kills[k.Target]++
		last = k.At
	}
	for _, l := range s.letters {
		f.Copies += l.Copies
		if seen, _ := s.seenAs(l); len(seen) > 0 {
			f.Visible++
		}
		if l.SeenAt != nil {
			f.SlowestVisible = max(f.SlowestVisible, l.SeenAt.Sub(*l.AcceptedAt).Seconds())
			f.AllVisible = max(f.AllVisible, l.SeenAt.Sub(last).Seconds())
		}
	}
	for _, a := range s.replies {
		if a.ConfirmedAt == nil {
			f.Unconfirmed++
		}
	}
	return f
}

// report prints the figures and adds them to reports/chaos.json.
func (r *run) report(name string, f figures) {
	text, err := json.MarshalIndent(f, "", "  ")
	require.NoError(r.t, err)
	r.t.Logf("%s: %s", name, text)
	path := filepath.Join(root, "reports", "chaos.json")
	all := map[string]json.RawMessage{}
	if known, err := os.ReadFile(path); err == nil {
		// A file that is no longer readable is written anew.
		_ = json.Unmarshal(known, &all)
	} else {
		require.ErrorIs(r.t, err, fs.ErrNotExist)
	}
	all[name] = text
	text, err = json.MarshalIndent(all, "", "  ")
	require.NoError(r.t, err)
	require.NoError(r.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(r.t, os.WriteFile(path, append(text, '\n'), 0o644))
}

// keepLog keeps the hub's log.
func (r *run) keepLog() {
	text, err := os.ReadFile(r.hub.log.Name())
	path := filepath.Join(root, "reports", "chaos-"+r.t.Name()+".log")
	err = errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, text, 0o644))
	if err != nil || r.t.Failed() {
		r.t.Log(fmt.Sprintf("the hub's log is in %s", path), err)
	}
}
