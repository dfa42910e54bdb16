package embedded_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/postgres/embedded"
)

// What every start and every end causes is no warning; the same words are one while nobody asked for an end.
func TestLinesOfTheServer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line     string
		stopping bool
		level    slog.Level
	}{
		{"FATAL:  the database system is starting up", false, slog.LevelDebug},
		{"FATAL:  connection to client lost", false, slog.LevelDebug},
		{"FATAL:  the database system is shutting down", false, slog.LevelWarn},
		{"FATAL:  the database system is shutting down", true, slog.LevelDebug},
		{"FATAL:  terminating connection due to administrator command", false, slog.LevelWarn},
		{"FATAL:  terminating connection due to administrator command", true, slog.LevelDebug},
		{"PANIC:  could not write to file", true, slog.LevelWarn},
		{"WARNING:  there is already a transaction in progress", false, slog.LevelWarn},
		{"LOG:  checkpoint complete", false, slog.LevelDebug},
	} {
		require.Equal(t, c.level, embedded.LevelOf(c.line, c.stopping), "%q, told to end: %t", c.line, c.stopping)
	}
}
