package audit

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

// TestAuditMetrics: a monitor sees rows that wait, a head that stays behind, a chain that does not hold, and a log that
// cannot be read.
func TestAuditMetrics(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	chain := NewChain(w.pool, w.keys, w.path, time.Now)
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(NewMetrics(chain)))
	told := func(lines ...string) {
		t.Helper()
		for _, line := range lines {
			require.Contains(t, gathered(t, registry), "sportello_audit_"+line)
		}
	}
	told("readable 1", "sealed_rows 0", "unsealed_age_seconds 0", `fault{by="look"} 0`)
	w.write(1, 3)
	told("unsealed_rows 3", "sealed_rows 0")
	require.NoError(t, w.sealer().Pass(t.Context()))
	require.NoError(t, chain.RunChecks(t.Context()))
	told("unsealed_rows 0", "sealed_rows 3", "head_behind_rows 0",
		`fault{by="look"} 0`, `fault{by="walk"} 0`)
	require.NoError(t, os.Remove(w.path))
	told("head_behind_rows 3")
	require.NoError(t, w.sealer().Pass(t.Context()))

	w.exec(`ALTER TABLE audit_entry DISABLE TRIGGER USER; UPDATE audit_entry SET actor = 'operator:2' WHERE place = 2`)
	require.NoError(t, chain.Ask(t.Context(), w.pool, ""))
	require.NoError(t, chain.RunChecks(t.Context()))
	told(`fault{by="look"} 1`, `fault{by="walk"} 1`)
	require.NoError(t, os.WriteFile(w.path, []byte("{"), 0o600))
	told("readable 0")
	require.Len(t, gathered(t, registry), 1, "what cannot be read is not told as zero")
}

// gathered are the metrics as a scrape reads them.
func gathered(t *testing.T, registry *prometheus.Registry) (lines []string) {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, l := range m.GetLabel() {
				name += fmt.Sprintf("{%s=%q}", l.GetName(), l.GetValue())
			}
			lines = append(lines, fmt.Sprintf("%s %v", name, m.GetGauge().GetValue()))
		}
	}
	return lines
}
