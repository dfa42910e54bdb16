package channel

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/hashicorp/go-hclog"

	"sportello.dev/plugins-sdk/redact"
)

// maxLogLine is the longest line written to the log, in bytes; the hub cuts at 64 KiB.
const maxLogLine = 32 << 10

// newLogger writes one JSON object a line: "time", "level" (DEBUG, INFO, WARN, ERROR), "msg", and the attributes beside
// them, "channel_id" among them where the line belongs to a channel.
func newLogger(out io.Writer, redactor *redact.Redactor) *slog.Logger {
	return slog.New(slog.NewJSONHandler(&redactingWriter{out: out, redactor: redactor}, &slog.HandlerOptions{
		Level: slog.LevelDebug,
	}))
}

// redactingWriter gets one whole line a call from the handler.
type redactingWriter struct {
	out      io.Writer
	redactor *redact.Redactor
}

func (w *redactingWriter) Write(line []byte) (int, error) {
	text := w.redactor.Clean(string(line))
	if len(text) > maxLogLine {
		text = fmt.Sprintf(`{"level":"WARN","msg":"log line too long","bytes":%d}`+"\n", len(text))
	}
	if _, err := io.WriteString(w.out, text); err != nil {
		return 0, fmt.Errorf("writing a log line: %w", err)
	}
	return len(line), nil
}

// pluginLogger carries what go-plugin says of itself, from warnings on.
func pluginLogger(log *slog.Logger) hclog.Logger {
	logger := hclog.NewInterceptLogger(&hclog.LoggerOptions{Output: io.Discard, Level: hclog.Warn})
	logger.RegisterSink(&slogSink{log: log})
	return logger
}

type slogSink struct{ log *slog.Logger }

func (s *slogSink) Accept(_ string, level hclog.Level, msg string, args ...any) {
	if strings.TrimSpace(msg) == "" || level < hclog.Warn {
		return
	}
	if level >= hclog.Error {
		s.log.Error(msg, args...)
		return
	}
	s.log.Warn(msg, args...)
}
