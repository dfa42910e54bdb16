package httpapi

import (
	"bytes"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/scan"
	"sportello.dev/hub/internal/scan/scantest"
)

// withFiles receives a letter with these files.
func (d *desk) withFiles(t *testing.T, files map[string][]byte) string {
	t.Helper()
	var list []intake.Attachment
	for name, content := range files {
		ref, err := blob.PutBytes(t.Context(), d.stores.Blobs, content)
		require.NoError(t, err)
		require.NoError(t, postgres.InTx(t.Context(), d.pool, func(tx pgx.Tx) error {
			return blob.Keep(t.Context(), tx, d.stores.Blobs, ref, "", blob.Owner{Kind: "test", ID: id.New[id.Entry]().UUID})
		}))
		list = append(list, intake.Attachment{SHA256: ref.Sum[:], Size: ref.Size, Name: name, MediaType: "application/octet-stream"})
	}
	return d.receive(t, d.letter("in allegato", func(e *intake.Event) { e.Message.Attachments = list }))
}

// states are the scan states of a ticket's files by name.
func (d *desk) states(t *testing.T, number, who string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, f := range d.messages(t, number, who)[0].Attachments {
		all[f.Name] = string(f.Scan)
	}
	return all
}

// TestFilesAreScanned: what comes with a letter waits for the scanner, is looked through, and what is infected stays
// locked away; what could not be looked through is tried again; nothing is lost while the scanner is away.
func TestFilesAreScanned(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	number := d.withFiles(t, map[string][]byte{
		"ricevuta.pdf": []byte("%PDF-1.7"), "fattura.exe": scantest.Virus(), "grande.bin": bytes.Repeat([]byte("x"), 2*scantest.MaxBytes),
	})
	require.Equal(t, map[string]string{"ricevuta.pdf": "off", "fattura.exe": "off", "grande.bin": "off"}, d.states(t, number, me), "there is no scanner")

	d.handler = withScanner(t, d)
	waiting := map[string]string{"ricevuta.pdf": "unscanned", "fattura.exe": "unscanned", "grande.bin": "unscanned"}
	require.Equal(t, waiting, d.states(t, number, me))
	pass := func(socket string) {
		s := scan.NewScanner(scan.NewClamd(socket), d.pool, d.stores.Blobs, 25<<20, d.clock.now, slog.New(slog.DiscardHandler))
		require.NoError(t, s.Pass(t.Context()))
	}
	pass("/nowhere/clamd.ctl")
	require.Equal(t, waiting, d.states(t, number, me), "while the scanner is away all wait")
	health := decode[api.Health](t, d.ask("GET", "/api/v1/health", ""), 200)
	d.clock.advance(slowScan + time.Minute)
	late := decode[api.Health](t, d.ask("GET", "/api/v1/health", ""), 200)
	require.Equal(t, api.HealthStateOk, scannerOf(health))
	require.Equal(t, api.HealthStateDegraded, scannerOf(late))

	socket, _ := scantest.Start(t)
	pass(socket)
	require.Equal(t, map[string]string{"ricevuta.pdf": "clean", "fattura.exe": "infected", "grande.bin": "failed"}, d.states(t, number, me))
	for _, f := range d.messages(t, number, me)[0].Attachments {
		want := map[string]int{"clean": 200, "infected": 403, "failed": 200}[string(f.Scan)]
		require.Equal(t, want, d.ask("GET", f.URL, "", me).Code, f.Name)
	}
	require.Equal(t, api.HealthStateOk, scannerOf(decode[api.Health](t, d.ask("GET", "/api/v1/health", ""), 200)))

	attempts := func() (n int) {
		require.NoError(t, d.pool.QueryRow(t.Context(), `SELECT max(attempts) FROM file_scan`).Scan(&n))
		return n
	}
	pass(socket)
	require.Equal(t, 1, attempts(), "what failed rests")
	d.clock.advance(2 * time.Minute)
	pass(socket)
	require.Equal(t, 2, attempts(), "and is tried again")

	again := d.withFiles(t, map[string][]byte{"copia.exe": scantest.Virus()})
	require.Equal(t, map[string]string{"copia.exe": "infected"}, d.states(t, again, me), "the same bytes are known at once")
}

func withScanner(t *testing.T, d *desk) http.Handler {
	t.Helper()
	cfg := Config{Version: "1.2.3", Scanning: true}
	around := Surroundings{DB: d.pool, Log: slog.New(slog.DiscardHandler), Now: d.clock.now, Registry: prometheus.NewRegistry()}
	handler, err := Internal(cfg, around, NewHandlers(cfg, d.stores), d.stores.Accounts, http.NotFoundHandler())
	require.NoError(t, err)
	return handler
}

func scannerOf(h api.Health) api.HealthState {
	for _, c := range h.Checks {
		if c.Name == "scanner" {
			return c.Status
		}
	}
	return ""
}
