package report_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/report"
)

func TestTable(t *testing.T) {
	t.Parallel()
	busy := report.Figures{
		Opening: 3, Received: 1200, Resolved: 1100, FirstLevel: 700, Backlog: 103, Held: 5400, Answer: report.Spread{MedianWorked: 3599, Worked9: 36000, Median: 90061},
		First: report.Kept{Met: 1999, Missed: 1}, Resolve: report.Kept{Missed: 4},
	}
	r := report.Report{
		Rows:   []report.Row{{Key: "1", Name: `=HYPERLINK("http://x")`, Figures: busy}, {Key: "2", Name: "Tributi; IMU"}},
		Course: []report.Row{{Key: "2026-11-02", Figures: busy}}, Total: busy,
	}
	read := func(by report.Part, language string) [][]string {
		out, err := r.Table(by, language, func(kind string) string { return "@" + kind })
		require.NoError(t, err)
		text, marked := strings.CutPrefix(string(out), "\uFEFF")
		require.True(t, marked, "without the mark a spreadsheet takes accents for something else")
		in := csv.NewReader(strings.NewReader(text))
		in.Comma = ';'
		rows, err := in.ReadAll()
		require.NoError(t, err)
		return rows
	}
	rows := read(report.ByOffice, "it")
	require.Len(t, rows, 4)
	require.Equal(t, []string{"Ufficio", "Aperte all'inizio", "Ricevute"}, rows[0][:3])
	require.Equal(t, `'=HYPERLINK("http://x")`, rows[1][0])
	require.Equal(t, []string{"3", "1200"}, rows[1][1:3])
	require.Equal(t, []string{"0,99", "10,00", "25,01", "0,00"}, rows[1][12:16])
	require.Len(t, rows[1], len(rows[0]))
	require.Equal(t, []string{"Prima risposta nei termini", "Prima risposta oltre i termini", "Prima risposta nei termini, %"}, rows[0][24:27])
	require.Equal(t, []string{"1999", "1", "99,9", "0", "0", "", "0", "4", "0,0"}, rows[1][24:])
	require.Equal(t, "Tributi; IMU", rows[2][0])
	require.Equal(t, "Totale", rows[3][0])
	require.Equal(t, "02/11/2026", read(report.ByWeek, "it")[1][0])
	r.Rows = []report.Row{{Key: "payment"}, {}}
	typed := read(report.ByType, "it")
	require.Equal(t, []string{"Tipo di richiesta", "@payment", "(non indicato)"}, []string{typed[0][0], strings.TrimPrefix(typed[1][0], "'"), typed[2][0]})
	english := read(report.ByWeek, "en")
	require.Equal(t, []string{"Week from", "2026-11-02"}, []string{english[0][0], english[1][0]})
	require.Equal(t, "0.99", english[1][12])
	for _, s := range []string{"=1+1", "+39", "-1", "@SUM", "\t=1", "\r=1", "\n=1"} {
		require.Equal(t, "'"+s, report.Harmless(s))
	}
	require.Empty(t, report.Harmless(""))
	require.Equal(t, "Anagrafe", report.Harmless("Anagrafe"))
}
