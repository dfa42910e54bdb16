package chaos

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the kill test's chances; 0 takes a new one")

// TestMain removes the programs that were built.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if dir, err := workshop(); err == nil {
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, "removing the programs built for the kill test:", err)
		}
	}
	os.Exit(code)
}

// chance is the seed of a run.
func chance() uint64 {
	if *seedFlag != 0 {
		return *seedFlag
	}
	return uint64(time.Now().UnixNano())
}

// TestKillSmall is the kill test at a size that fits between other tests.
func TestKillSmall(t *testing.T) {
	t.Parallel()
	p, err := sound()
	require.NoError(t, err)
	pass(t, "small", plan{
		programs: p, seed: chance(), letters: 130, citizens: 20, pace: 90 * time.Millisecond, texts: 40, forms: 15, replies: 40, calm: time.Second,
		disasters: []disaster{killAdapter, deliveredTwice, killAsked, beforeCommit, renumber, afterAccept, killServer, afterAcceptHub},
	})
}

// pass runs a plan and wants nothing to be wrong.
func pass(t *testing.T, name string, p plan) {
	t.Helper()
	r := start(t, p)
	s, found := r.finish(r.load())
	f := r.measure(s, found)
	r.report(name, f)
	for i, v := range found {
		if i == 20 {
			t.Errorf("and %d more", len(found)-i)
			break
		}
		t.Error(v)
	}
	require.LessOrEqual(t, f.Uncertain, f.InFlight, "uncertain deliveries, against attempts under way at the kills")
	r.requireLoad(s, f)
}

// requireLoad wants a run to have been one: where nobody wrote and nothing went wrong, nothing can be wrong either.
func (r *run) requireLoad(s *snapshot, f figures) {
	forms := map[string]int{}
	for _, l := range s.letters {
		forms[l.Form]++
	}
	require.GreaterOrEqual(r.t, f.Accepted, r.letters+r.texts+r.forms)
	require.Equal(r.t, r.texts, forms[byText])
	require.Equal(r.t, r.forms, forms[byForm])
	require.GreaterOrEqual(r.t, forms[byExpert], r.windows, "each window ends with an expert's answer")
	require.GreaterOrEqual(r.t, f.Replies-f.Unconfirmed, r.replies/2, "the operator answers")
	require.GreaterOrEqual(r.t, f.Uncertain, r.windows, "a kill between acceptance and answer leaves what nobody can know")
	require.Empty(r.t, r.world.Faults().List(), "every oddity that was planted showed")
	killing := 0
	for _, d := range r.disasters {
		if strings.Contains(d.name, "killed") {
			killing++
		}
	}
	require.GreaterOrEqual(r.t, len(s.kills), killing)
}
