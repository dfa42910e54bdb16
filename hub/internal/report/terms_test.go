package report

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// TestTerms reads events as words: an hour, a type, and what comes with it. Deadlines are hours, too.
func TestTerms(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct{ events, want string }{
		"answered in time": {"1 replied first 2", "first_met"},
		"too late, by the sweeper or by the answer's own write": {"2 missed first 2|3 replied first 2", "first_missed"},
		"the miss stands after the answer of one write":         {"3 replied first 2|3 missed first 2", "first_missed"},
		"what was missed stays so with a longer term":           {"2 missed first 2|4 replied first 9", "first_missed"},
		"and is missed once with a shorter one":                 {"2 missed first 2|3 missed first 1", "first_missed"},
		"each further answer has its own":                       {"1 replied next 2|3 missed next 3|4 replied next 3|5 replied next 6", "next_met next_missed next_met"},
		"one write that is late, then the same day again":       {"3 replied next 2|3 missed next 2|5 missed next 4", "next_missed next_missed"},
		"two terms end at one hour":                             {"1 replied next 4|4 missed next 4", "next_met next_missed"},
		"an answer called back is none":                         {"1 replied first 2 a|1 withdrawn a|2 missed first 2", "first_missed"},
		"nothing was waited for":                                {"1 replied", ""},
		"the end in time, twice":                                {"1 over 5|2 reopened|3 over 5", "resolve_met resolve_met"},
		"the end too late":                                      {"5 missed resolve 5|6 over 5|7 reopened|8 over 5", "resolve_missed"},
		"late though nobody had seen it":                        {"6 over 5|7 reopened|8 over 9", "resolve_missed"},
		"no term":                                               {"6 over", ""},
		"over unanswered, then the next wait":                   {"2 missed next 2|3 over|4 reopened|6 missed next 6", "next_missed next_missed"},
	} {
		events := []ticket.Event{{Type: ticket.EventOpened, At: day}}
		for _, line := range strings.Split(c.events, "|") {
			events = append(events, told(t, day, append(strings.Fields(line), "", "", "")))
		}
		course, err := ticket.Course(events, id.New[id.Office]())
		require.NoError(t, err)
		var found []string
		for _, v := range verdicts(events, course) {
			found = append(found, string(v.kind))
		}
		require.Equal(t, c.want, strings.Join(found, " "), name)
	}
}

func told(t *testing.T, day time.Time, words []string) ticket.Event {
	hour := func(s string) time.Time {
		h, err := time.ParseDuration(s + "h")
		require.NoError(t, err)
		return day.Add(h)
	}
	due := func(s string) string {
		if s == "" {
			return ""
		}
		return hour(s).Format(time.RFC3339Nano)
	}
	e := ticket.Event{Type: ticket.EventType(words[1]), At: hour(words[0]), Params: map[string]string{}}
	switch words[1] {
	case "replied":
		e.Params = map[string]string{"from": "open", "to": "open", "target": words[2], "due": due(words[3]), "message": words[4]}
	case "withdrawn":
		e.Params["message"] = words[2]
	case "missed":
		e.Type, e.Params = ticket.EventDeadlineMissed, map[string]string{"target": words[2], "due": due(words[3])}
	case "over":
		e.Type, e.Params = ticket.EventStatusChanged, map[string]string{"from": "open", "to": "resolved", "resolve_due": due(words[2])}
	case "reopened":
		e.Params = map[string]string{"from": "resolved", "to": "open"}
	}
	return e
}
