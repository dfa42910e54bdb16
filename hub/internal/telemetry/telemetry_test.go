package telemetry_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/telemetry"
)

// logged returns the one line that write logs, decoded.
func logged(t *testing.T, write func(*slog.Logger)) map[string]any {
	t.Helper()
	var out bytes.Buffer
	log, err := telemetry.NewLogger(&out, "debug", "json")
	require.NoError(t, err)
	write(log)
	line := map[string]any{}
	require.NoError(t, json.Unmarshal(out.Bytes(), &line), "%s", &out)
	return line
}

func TestNamesThatAreMasked(t *testing.T) {
	t.Parallel()
	for name, hidden := range map[string]bool{
		"secret": true, "password": true, "smtp_password": true, "smtpPassword": true, "api-token": true, "TOKEN": true,
		"body": true, "html.body": true, "subject": true, "email": true, "fromEmail": true, "Authorization": true,
		"channel": false, "tokenizer": false, "body_bytes": false, "token_id": false, "emailID": false, "antibody": false,
		"message": false, "err": false, "id": false, "mailbox": false,
	} {
		line := logged(t, func(log *slog.Logger) { log.Info("x", name, "value") })
		want := any("value")
		if hidden {
			want = "(hidden)"
		}
		require.Equal(t, want, line[name], name)
	}
}

// person resolves to a group when it is logged.
type person struct{ name, email string }

func (p person) LogValue() slog.Value {
	return slog.GroupValue(slog.String("initial", p.name[:1]), slog.String("email", p.email))
}

func TestMaskingReachesEverywhere(t *testing.T) {
	t.Parallel()
	line := logged(t, func(log *slog.Logger) {
		log.With("token", "t1", "replica", "a").WithGroup("mail").With("subject", "s1").
			Info("arrived", slog.Group("in", "body", "b1", "size", 3), "who", person{"Anna", "anna@example.it"})
	})
	text, err := json.Marshal(line)
	require.NoError(t, err)
	for _, leak := range []string{"t1", "s1", "b1", "anna@"} {
		require.NotContains(t, string(text), leak)
	}
	mail := line["mail"].(map[string]any)
	require.Equal(t, map[string]any{"body": "(hidden)", "size": 3.0}, mail["in"])
	require.Equal(t, map[string]any{"initial": "A", "email": "(hidden)"}, mail["who"])
	require.Equal(t, "a", line["replica"])
	require.Equal(t, "arrived", line["msg"])
}

func TestLevelAndFormat(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := telemetry.NewLogger(&out, "warn", "text")
	require.NoError(t, err)
	log.Info("not shown")
	log.Warn("shown", "password", "hunter2")
	require.Contains(t, out.String(), `level=WARN msg=shown password=(hidden)`)
	require.NotContains(t, out.String(), "not shown")
	_, err = telemetry.NewLogger(&out, "loud", "text")
	require.ErrorContains(t, err, "loud")
	_, err = telemetry.NewLogger(&out, "info", "xml")
	require.ErrorContains(t, err, "xml")
}

func TestMetricsAreServed(t *testing.T) {
	t.Parallel()
	reg := telemetry.NewRegistry()
	counter := prometheus.NewCounter(prometheus.CounterOpts{Namespace: telemetry.Namespace, Name: "tested_total", Help: "x"})
	reg.MustRegister(counter)
	counter.Inc()
	rec := httptest.NewRecorder()
	telemetry.MetricsHandler(reg).ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	require.Equal(t, 200, rec.Code)
	for _, want := range []string{"sportello_tested_total 1", "sportello_build_info{", "go_goroutines", "process_open_fds"} {
		require.Contains(t, rec.Body.String(), want)
	}
}
