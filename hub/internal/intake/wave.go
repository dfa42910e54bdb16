package intake

import (
	"encoding/hex"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/ticket"
)

// wave is work of a batch that does not depend on each other: each stage handles all of it at once.
type wave struct {
	tx     pgx.Tx
	all    []*work
	filing *ticket.Filing
}

// open are those that no stage has settled yet.
func (v *wave) open() []*work {
	var open []*work
	for _, w := range v.all {
		if w.state == "" {
			open = append(open, w)
		}
	}
	return open
}

// waves parts the work of a batch, which is in the order of arrival. Work that depends on other work comes in a later
// wave and finds it done: of two letters by one sender the second, the second arrival of a message, the answer to a
// message that came with it.
func waves(batch []*work) [][]*work {
	var all [][]*work
	// after is the first wave in which somebody who needs this may come.
	after := map[string]int{}
	for _, w := range batch {
		gives := w.gives()
		n := 0
		for _, k := range append(w.needs(), gives...) {
			n = max(n, after[k])
		}
		if n == len(all) {
			all = append(all, nil)
		}
		all[n] = append(all[n], w)
		for _, k := range gives {
			after[k] = n + 1
		}
	}
	return all
}

// gives names what other work may depend on: the sender, and what the message is known by.
func (w *work) gives() []string {
	m := w.event.Message
	if m == nil {
		return nil
	}
	var keys []string
	if !w.sender.IsZero() {
		keys = append(keys, "sender "+w.sender.Kind+" "+w.sender.Value)
	}
	if hash := w.rawHash(); len(hash) > 0 {
		keys = append(keys, "raw "+hex.EncodeToString(hash))
	}
	for _, x := range m.ExternalIDs {
		keys = append(keys, "id "+x.Value)
	}
	return keys
}

// needs names what the work depends on besides: the messages it answers or reports on.
func (w *work) needs() []string {
	m := w.event.Message
	if m == nil {
		return nil
	}
	var keys []string
	for _, values := range [][]string{m.AnswersTo, reported(m)} {
		for _, v := range values {
			keys = append(keys, "id "+v)
		}
	}
	return keys
}
