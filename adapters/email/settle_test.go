package email_test

import (
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/stretchr/testify/require"
)

// What is recorded leaves the folder in the end, whatever stands in the way at first.
func TestWhatWasRefusedIsSettledLater(t *testing.T) {
	t.Parallel()
	no := func(code imap.ResponseCode) error {
		return &imap.Error{Type: imap.StatusResponseTypeNo, Code: code, Text: "Not now"}
	}
	tests := map[string]struct {
		target string
		hinder func(w *mailWorld) *hindrance
	}{
		"refused for a moment": {recorded, func(w *mailWorld) *hindrance {
			return w.hinderMove(func() error { return no(imap.ResponseCodeLimit) })
		}},
		"the connection breaks": {recorded, func(w *mailWorld) *hindrance {
			return w.hinderMove(func() error { w.dropConnections(); return io.ErrUnexpectedEOF })
		}},
		"another reader makes the target": {"Smistati", func(w *mailWorld) *hindrance {
			return w.hinderCreate(func() error {
				if err := w.user.Create("Smistati", nil); err != nil {
					return err
				}
				return no(imap.ResponseCodeAlreadyExists)
			})
		}},
		"the target cannot be made at first": {"Smistati", func(w *mailWorld) *hindrance {
			return w.hinderCreate(func() error { return no(imap.ResponseCodeServerBug) })
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newMailWorld(t)
			first := tt.hinder(w)
			w.inject(item(1, 0))
			w.inject(item(2, 0))
			stream := opened(t, w.config(moving, func(_, in, _ object) { in["move_to"] = tt.target })).Ingest(nil, 8)
			stream.Ack(stream.Next())
			stream.Ack(stream.Next())
			require.Eventually(t, func() bool {
				return len(w.find("INBOX", imap.SearchCriteria{})) == 0 && w.holds(tt.target, 2)
			}, patience, 10*time.Millisecond)
			require.Positive(t, first.met.Load(), "it stood in the way")
		})
	}
}

// hindrance stands in the way of a command the first time.
type hindrance struct {
	met atomic.Int32
	do  func() error
}

func (h *hindrance) meet() error {
	if h.met.Add(1) > 1 {
		return nil
	}
	return h.do()
}

func (w *mailWorld) hinderMove(do func() error) *hindrance {
	h := &hindrance{do: do}
	w.beforeMove = h.meet
	return h
}

func (w *mailWorld) hinderCreate(do func() error) *hindrance {
	h := &hindrance{do: do}
	w.beforeCreate = h.meet
	return h
}

// holds says whether a folder that may be missing has so many messages.
func (w *mailWorld) holds(folder string, count uint32) bool {
	status, err := w.user.Status(folder, &imap.StatusOptions{NumMessages: true})
	return err == nil && status.NumMessages != nil && *status.NumMessages == count
}
