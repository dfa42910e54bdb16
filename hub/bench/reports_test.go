//go:build bench

package bench

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestBenchReports asks for the figures of a year in which all requests of the desk came, once everything is counted.
func TestBenchReports(t *testing.T) {
	d := newDesk(t, 1)
	admin := d.signIn(t, "admin")
	now := time.Now()
	year := "/reports?step=month&from=" + now.AddDate(-1, 0, 1).Format(time.DateOnly) + "&to=" + now.Format(time.DateOnly)
	began := time.Now()
	d.counted(t, admin)
	report(t, "Reports", figure{what: "counting all tickets", is: time.Since(began).Round(time.Second).String(), bound: "one after the other, beside the hub's other work"})
	for _, by := range []string{"office", "area", "channel", "type"} {
		report(t, "Reports", figure{what: "a year by " + by, is: spoken(sampled(t, 20, func() (time.Duration, error) {
			took, _, err := admin.get(year + "&by=" + by)
			return took, err
		})), bound: "medians of all times"})
	}
	report(t, "Reports", figure{what: "the first page of requests behind a figure", is: spoken(sampled(t, 20, func() (time.Duration, error) {
		took, _, err := admin.get("/reports/tickets?figure=first_missed&from=" + now.AddDate(-1, 0, 1).Format(time.DateOnly) + "&to=" + now.Format(time.DateOnly))
		return took, err
	}))})
}

// counted waits until the hub has counted all that there is for its reports.
func (d *desk) counted(t *testing.T, admin *client) {
	t.Helper()
	today := time.Now().Format(time.DateOnly)
	require.Eventually(t, func() bool {
		_, body, err := admin.get("/reports?step=month&from=" + today + "&to=" + today)
		var r struct {
			Complete bool
			AsOf     string `json:"as_of"`
		}
		return err == nil && json.Unmarshal(body, &r) == nil && r.Complete && r.AsOf != ""
	}, time.Hour, time.Second, "counting does not end")
}
