package live

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/account"
)

// Timing of a stream. A proxy closes a silent connection after 60 s or more,
// so a comment is sent well before.
const (
	heartbeat = 20 * time.Second
	writeWait = 10 * time.Second
)

// told is what a client is told of an event.
type told struct {
	Kind   Kind   `json:"type"`
	ID     string `json:"id"`
	Ticket string `json:"ticket,omitempty"`
}

// Reader is the operator or the token behind a stream.
type Reader struct {
	Who uuid.UUID
	// Look says how much the reader sees at that moment; an error ends the stream.
	Look func(ctx context.Context) (account.Scope, error)
}

// Stream sends server-sent events until the client leaves, reads too slowly, may
// not read any more or the hub stops. "ready" says: fetch again what is on the
// screen. "change" carries ids.
func (h *Hub) Stream(ctx context.Context, w http.ResponseWriter, reader Reader) error {
	return h.stream(ctx, w, reader, heartbeat)
}

func (h *Hub) stream(ctx context.Context, w http.ResponseWriter, reader Reader, beat time.Duration) error {
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.WriteHeader(http.StatusOK)
	sub := h.follow(reader.Who)
	defer sub.Close()
	for {
		text, err := next(ctx, sub, reader, beat)
		if err != nil {
			if errors.Is(err, ErrClosed) || errors.Is(err, account.ErrUnauthenticated) || ctx.Err() != nil {
				return nil
			}
			return err
		}
		if err := send(w, text); err != nil {
			return fmt.Errorf("sending live events: %w", err)
		}
	}
}

// next waits for the next text to send; silence becomes a comment.
func next(ctx context.Context, sub *Subscription, reader Reader, beat time.Duration) ([]byte, error) {
	waiting, cancel := context.WithTimeout(ctx, beat)
	defer cancel()
	batch, err := sub.Next(waiting)
	switch {
	case err == nil && batch.stale:
		scope, err := reader.Look(ctx)
		if err != nil {
			return nil, fmt.Errorf("looking up what a reader of live events sees: %w", err)
		}
		sub.see(scope)
		return nil, nil
	case err == nil:
		return render(batch)
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return []byte(": still here\n\n"), nil
	default:
		return nil, err
	}
}

func render(batch Batch) ([]byte, error) {
	var b bytes.Buffer
	if batch.Refetch {
		b.WriteString("event: ready\ndata: {}\n\n")
	}
	for _, event := range batch.Events {
		data, err := json.Marshal(told{Kind: event.Kind, ID: event.ID.String(), Ticket: event.Ticket})
		if err != nil {
			return nil, fmt.Errorf("encoding a live event: %w", err)
		}
		fmt.Fprintf(&b, "event: change\ndata: %s\n\n", data)
	}
	return b.Bytes(), nil
}

// send writes and flushes under a deadline, so that a client that does not read is let go.
func send(w http.ResponseWriter, text []byte) error {
	rc := http.NewResponseController(w)
	if err := rc.SetWriteDeadline(time.Now().Add(writeWait)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	return rc.Flush()
}
