package logtail

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sportello.dev/plugins-sdk/redact"
)

const (
	// maxLine is the longest line that is looked at, in bytes; the rest of a longer one is dropped.
	maxLine = 64 << 10
	// linesPerSecond and lineBurst bound what one program may put into the hub's log.
	linesPerSecond = 50
	lineBurst      = 500
	// kept is the number of last lines shown to administrators.
	kept = 200
)

// Line is one line of an adapter's log.
type Line struct {
	At      time.Time
	Level   string
	Text    string
	Channel string
}

// Sink is where the lines of one program come together.
type Sink struct {
	log    *slog.Logger
	redact *redact.Redactor
	now    func() time.Time

	mu      sync.Mutex
	limit   *rate.Limiter
	dropped int
	ring    []Line
	next    int
}

// NewSink writes to log, without what redact knows.
func NewSink(log *slog.Logger, redact *redact.Redactor, now func() time.Time) *Sink {
	return &Sink{log: log, redact: redact, now: now, limit: rate.NewLimiter(linesPerSecond, lineBurst)}
}

// Writer is one stream of a program's output, cut into lines. It never fails.
type Writer struct {
	sink    *Sink
	mu      sync.Mutex
	partial []byte
	cutting bool
}

// Writer begins a stream.
func (s *Sink) Writer() *Writer { return &Writer{sink: s} }

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	written := len(p)
	for {
		line, rest, ended := bytes.Cut(p, []byte{'\n'})
		w.add(line)
		if !ended {
			return written, nil
		}
		w.sink.take(w.partial, w.cutting)
		w.partial, w.cutting = w.partial[:0], false
		p = rest
	}
}

func (w *Writer) add(b []byte) {
	if room := maxLine - len(w.partial); len(b) > room {
		b, w.cutting = b[:room], true
	}
	w.partial = append(w.partial, b...)
}

func (s *Sink) take(line []byte, cut bool) {
	if len(line) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.limit.AllowN(s.now(), 1) {
		s.dropped++
		return
	}
	s.reportDropped()
	text := s.redact.Clean(string(line))
	if cut {
		// Cut JSON does not parse; it stays readable as text.
		text += "..."
	}
	s.emit(parse(text))
}

func (s *Sink) reportDropped() {
	if s.dropped == 0 {
		return
	}
	s.log.Warn("adapter writes too much log", "dropped_lines", s.dropped)
	s.keep(Line{At: s.now(), Level: slog.LevelWarn.String(), Text: "..."})
	s.dropped = 0
}

func (s *Sink) emit(r record) {
	attrs := make([]slog.Attr, 0, 2)
	if r.channel != "" {
		attrs = append(attrs, slog.String("channel_id", r.channel))
	}
	if len(r.fields) > 0 {
		attrs = append(attrs, slog.GroupAttrs("adapter_fields", r.fields...))
	}
	s.log.LogAttrs(context.Background(), r.level, r.text, attrs...)
	s.keep(Line{At: s.now(), Level: r.level.String(), Text: withFields(r), Channel: r.channel})
}

func withFields(r record) string {
	text := r.text
	for _, f := range r.fields {
		text += " " + f.Key + "=" + f.Value.String()
	}
	return tidy(text, maxText)
}

func (s *Sink) keep(l Line) {
	if len(s.ring) < kept {
		s.ring = append(s.ring, l)
		return
	}
	s.ring[s.next] = l
	s.next = (s.next + 1) % kept
}

// Tail is the last lines, oldest first.
func (s *Sink) Tail() []Line {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(append([]Line{}, s.ring[s.next:]...), s.ring[:s.next]...)
}
