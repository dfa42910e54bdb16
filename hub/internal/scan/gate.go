package scan

import (
	"context"
	"errors"
	"io"
	"log/slog"
)

// Gate looks through what somebody brings in or takes out, while they wait. A nil Gate, where there is no scanner, lets
// everything pass.
type Gate struct {
	clamd Clamd
	// maxBytes is the largest file sent to the scanner; larger ones pass, as do those it cannot look through.
	maxBytes int64
	log      *slog.Logger
}

// NewGate returns a gate that asks clamd about files of at most maxBytes.
func NewGate(clamd Clamd, maxBytes int64, log *slog.Logger) *Gate {
	return &Gate{clamd: clamd, maxBytes: maxBytes, log: log}
}

// Infected tells whether something was found in a file of this size. The error says that the file cannot be opened, or is ErrAway.
func (g *Gate) Infected(ctx context.Context, size int64, open func() (io.ReadCloser, error)) (bool, error) {
	if g == nil || size > g.maxBytes {
		return false, nil
	}
	file, err := open()
	if err != nil {
		return false, err
	}
	defer file.Close()
	found, err := g.clamd.Scan(ctx, file)
	switch {
	case found != "":
		g.log.Warn("an infected file was stopped", "found", found)
		return true, nil
	case errors.Is(err, ErrAway), ctx.Err() != nil:
		return false, err
	case err != nil:
		g.log.Warn("a file could not be scanned", "error", err)
	}
	return false, nil
}
