package chaos

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestPlantedFaultsAreFound breaks one promise after the other in the hub's own
// source and wants the kill test to say so.
func TestPlantedFaultsAreFound(t *testing.T) {
	t.Parallel()
	for _, p := range []struct {
		name     string
		edits    []edit
		disaster disaster
		breach   breach
	}{
		{"acknowledged before the commit", earlyAcknowledgement, beforeCommit, lost},
		{"unknown outcome tried again", unfoundedRetry, afterAccept, replyDoubled},
		{"no unique key", noUniqueKey, deliveredTwice, doubled},
	} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			expose(t, p.breach, plan{
				programs: planted(t, "sportello", p.edits...), seed: chance(), letters: 6, citizens: 3, pace: 20 * time.Millisecond,
				disasters: []disaster{p.disaster}, calm: time.Millisecond, frozen: 10 * time.Second,
			})
		})
	}
}

// earlyAcknowledgement tells the adapter that events are safe before they are.
var earlyAcknowledgement = []edit{
	{"hub/internal/pluginhost/ingest.go", `	known, err := in.seat.host.Journal.Append(committing, b)
`, `	if err := in.stream.Send(&channelpb.IngestRequest{Request: &channelpb.IngestRequest_Ack{Ack: ack}}); err != nil {
		return err
	}
	known, err := in.seat.host.Journal.Append(committing, b)
`},
	{"hub/internal/pluginhost/ingest.go", `	return in.stream.Send(&channelpb.IngestRequest{Request: &channelpb.IngestRequest_Ack{Ack: ack}})
}
`, `	return nil
}
`},
}

// unfoundedRetry takes an attempt of which nothing is known for one that failed.
var unfoundedRetry = []edit{
	{"hub/internal/delivery/record.go", `	return outcome{state: Uncertain, cause: ByWorker, failure: f}
`, `	return outcome{state: Queued, cause: ByWorker, failure: f, nextTry: s.now().Add(time.Second)}
`},
}

// noUniqueKey takes away what tells a message from its copy: the event's id in
// the journal, and the look for the same message when it is filed.
var noUniqueKey = []edit{
	{"hub/internal/intake/append.go", `		r.events = append(r.events, e.ID)
`, `		r.events = append(r.events, e.ID+entry.String())
`},
	{"hub/internal/intake/deduplicate.go", `		if original == nil {
`, `		if original == nil || original.Message != w.message {
`},
}

// expose runs a plan until the breach is seen.
func expose(t *testing.T, wanted breach, p plan) {
	t.Helper()
	r := start(t, p)
	stop := r.load()
	// A later letter of the same citizen: those before it in the mailbox were passed.
	_, err := r.delivered(t.Context(), r.citizens.letterOf(citizen(0), mailboxes[0]))
	require.NoError(t, err)
	var found []violation
	seen := r.until(time.Now().Add(upWait), func() bool {
		s, err := r.look(t.Context())
		if err != nil {
			return false
		}
		found = s.judge()
		for _, v := range found {
			if v.Breach == wanted {
				t.Log(v)
				return true
			}
		}
		return false
	})
	stop()
	require.True(t, seen, "the planted fault is not found; what was found: %v", found)
}
