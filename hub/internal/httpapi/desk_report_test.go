package httpapi

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/report"
)

// Reports show sums: of their offices to heads, of the town without what is confidential to administrators and auditors,
// to nobody else; and only those may see the tickets behind them who may read them.
func TestIsolationOfReports(t *testing.T) {
	t.Parallel()
	w := newIsolated(t)
	w.exec(t, `UPDATE office SET name = '=1+1' WHERE slug = 'tributi'`)
	require.NoError(t, report.NewKeeper(w.pool, w.stores.Offices, w.clock.now).Pass(t.Context()))
	town, err := w.stores.Offices.Town(t.Context(), w.pool)
	require.NoError(t, err)
	// The test may run over midnight.
	yesterday, today := w.clock.now().In(town.Zone).AddDate(0, 0, -1).Format(time.DateOnly), w.clock.now().In(town.Zone).AddDate(0, 0, 1).Format(time.DateOnly)
	period := "?from=" + yesterday + "&to=" + today
	for _, role := range account.Roles() {
		who, want := w.readers[role], -1
		switch role {
		case account.OfficeHead:
			want = 1
		case account.Administrator, account.Auditor:
			want = 2
		}
		answer, export := w.ask("GET", basePath+"/reports"+period+"&by=office&step=day", "", who),
			w.ask("POST", basePath+"/reports/export", `{"from":"`+yesterday+`","to":"`+today+`","by":"office","language":"it"}`, who)
		behind := w.ask("GET", basePath+"/reports/tickets"+period+"&figure=received", "", who)
		if want < 0 {
			require.Equal(t, []int{403, 403, 403}, []int{answer.Code, export.Code, behind.Code}, role)
			continue
		}
		got := decode[api.Report](t, answer, 200)
		require.Equal(t, []int{want, want, want, want}, []int{got.Total.Received, got.Total.Backlog, got.Total.Answered, len(got.Rows)}, role)
		require.True(t, got.Complete)
		require.Len(t, got.Course, 3)
		require.Equal(t, 200, export.Code)
		require.Contains(t, export.Header().Get("Content-Type"), "text/csv")
		require.Contains(t, export.Body.String(), "'=1+1;")
		require.Len(t, strings.Split(strings.TrimSpace(export.Body.String()), "\n"), want+2)
		if role == account.Auditor {
			require.Equal(t, 403, behind.Code, "sums, and no ticket")
			continue
		}
		require.Len(t, decode[api.ReportTicketList](t, behind, 200).Items, want, role)
		w.requireSilent(t, "reports/tickets", role, behind.Body.String(), "")
	}
	exports := 0
	for _, row := range w.audited(t) {
		if row.Act == string(account.ReportExport) && row.Outcome == "done" {
			exports++
		}
	}
	require.Equal(t, 3, exports, "each export is on record")

	admin := w.readers[account.Administrator]
	page := decode[api.ReportTicketList](t, w.ask("GET", basePath+"/reports/tickets"+period+"&figure=received&limit=1", "", admin), 200)
	require.Len(t, page.Items, 1)
	rest := decode[api.ReportTicketList](t, w.ask("GET", basePath+"/reports/tickets"+period+"&figure=received&limit=1&cursor="+*page.Next, "", admin), 200)
	require.Len(t, rest.Items, 1)
	require.NotEqual(t, page.Items[0].Number, rest.Items[0].Number)
	require.Nil(t, rest.Next)
	require.Empty(t, decode[api.ReportTicketList](t, w.ask("GET", basePath+"/reports/tickets"+period+"&figure=first_level&channel=sms", "", admin), 200).Items)
	for bad, field := range map[string]string{
		"?from=2026-02-30&to=2026-03-01": "from", "?from=2026-03-02&to=2026-03-01": "to", "?from=2020-01-01&to=2026-03-01": "to",
		"?from=2024-01-01&to=2026-03-01&step=day": "step",
	} {
		problem := decode[api.Problem](t, w.ask("GET", basePath+"/reports"+bad, "", admin), 400)
		require.Equal(t, field, (*problem.Fields)[0].Field, bad)
	}

	// What the office did is counted, whoever has the request today; who does not see it is told how many are not listed.
	confidential := uuid.New()
	w.exec(t, `INSERT INTO office (id, slug, name, confidential) VALUES ($1, 'tutela', 'Tutela', true)`, confidential)
	w.exec(t, `UPDATE ticket SET office_id = $1 WHERE office_id = $2`, confidential, w.taxes)
	for _, role := range []account.Role{account.OfficeHead, account.Administrator} {
		figure := decode[api.Report](t, w.ask("GET", basePath+"/reports"+period+"&by=office", "", w.readers[role]), 200).Total.Received
		behind := decode[api.ReportTicketList](t, w.ask("GET", basePath+"/reports/tickets"+period+"&figure=received", "", w.readers[role]), 200)
		require.NotNil(t, behind.Hidden, role)
		require.Equal(t, figure, len(behind.Items)+*behind.Hidden, role)
	}
}
