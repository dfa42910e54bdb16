package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"
)

// operator looks at the tickets through the API again and again, notes what is
// visible, and answers some of what citizens wrote.
type operator struct {
	hub    *hub
	ledger *ledger
	random *rand.Rand
	most   int // replies, of its own accord

	mu      sync.Mutex
	known   map[string]int64 // version of each ticket when it was last read
	seen    map[string]string
	written int
	asked   int
	pending []*answer
}

var (
	letterMark = regexp.MustCompile(`segno-\d{6}-[0-9a-f]{8}`)
	replyMark  = regexp.MustCompile(`risposta-\d{6}-[0-9a-f]{8}`)
)

func newOperator(h *hub, l *ledger, most int, seed uint64) *operator {
	return &operator{hub: h, ledger: l, random: rand.New(rand.NewPCG(seed, 3)), most: most, known: map[string]int64{}, seen: map[string]string{}}
}

// work goes on until ctx ends. What the API refuses while the hub is down is
// tried again in the next round.
func (o *operator) work(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := o.round(ctx); err != nil {
			return err
		}
		pause(ctx, 200*time.Millisecond)
	}
	return nil
}

func (o *operator) round(ctx context.Context) error {
	changed, err := o.changed(ctx)
	if err != nil {
		return nil // the hub is down: the next round sees the same
	}
	for _, t := range changed {
		messages, err := o.hub.messages(ctx, t.Number)
		if err != nil {
			return nil
		}
		if err := o.look(ctx, t, messages); err != nil {
			return err
		}
	}
	return o.handIn(ctx)
}

// changed lists the tickets that are not as they were. All are looked at: what was
// held up is filed behind what came later.
func (o *operator) changed(ctx context.Context) ([]ticket, error) {
	var changed []ticket
	err := o.hub.tickets(ctx, func(some []ticket) bool {
		for _, t := range some {
			if version, ok := o.version(t.Number); !ok || version != t.Version {
				changed = append(changed, t)
			}
		}
		return true
	})
	return changed, err
}

func (o *operator) version(number string) (int64, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	version, ok := o.known[number]
	return version, ok
}

// look notes the letters on a ticket, and decides whether to answer.
func (o *operator) look(ctx context.Context, t ticket, messages []message) error {
	open := false
	for _, m := range messages {
		switch {
		case m.Direction == "inbound":
			open = true
			if err := o.note(ctx, letterMark.FindString(m.Text), t.Number); err != nil {
				return err
			}
		case m.Direction == "note":
			if err := o.note(ctx, letterMark.FindString(m.Text), t.Number); err != nil {
				return err
			}
		case m.Class != "acknowledgement":
			open = false
		}
	}
	o.mu.Lock()
	o.known[t.Number] = t.Version
	wanted := open && o.written < o.most && o.random.IntN(2) == 0
	o.mu.Unlock()
	if !wanted {
		return nil
	}
	_, err := o.write(ctx, t.Number)
	return err
}

func (o *operator) note(ctx context.Context, marker, number string) error {
	o.mu.Lock()
	known := o.seen[marker] != ""
	o.seen[marker] = number
	o.mu.Unlock()
	if known || marker == "" {
		return nil
	}
	return o.ledger.seen(ctx, marker, number)
}

// ticketOf is where a letter was seen, empty if nowhere yet.
func (o *operator) ticketOf(marker string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.seen[marker]
}

// write begins a reply; it is handed in with the next round.
func (o *operator) write(ctx context.Context, number string) (*answer, error) {
	o.mu.Lock()
	o.written++
	a := &answer{ticket: number, marker: fmt.Sprintf("risposta-%06d-%08x", o.written, o.random.Uint32())}
	o.mu.Unlock()
	return a, o.begin(ctx, a)
}

// ask begins a question to an expert; it is handed in with the next round.
func (o *operator) ask(ctx context.Context, number, expert string) error {
	o.mu.Lock()
	o.asked++
	a := &answer{ticket: number, expert: expert, marker: fmt.Sprintf("risposta-9%05d-%08x", o.asked, o.random.Uint32())}
	o.mu.Unlock()
	return o.begin(ctx, a)
}

func (o *operator) begin(ctx context.Context, a *answer) error {
	a.key = "oracle-" + a.marker
	if err := o.ledger.replying(ctx, a); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pending = append(o.pending, a)
	return nil
}

// handIn hands in what is pending; what the hub does not confirm stays.
func (o *operator) handIn(ctx context.Context) error {
	o.mu.Lock()
	pending := slices.Clone(o.pending)
	o.mu.Unlock()
	var done []*answer
	for _, a := range pending {
		m, err := o.send(ctx, a)
		var refused *refusal
		switch {
		case err == nil:
			if err := o.ledger.confirmed(ctx, a.marker, m.ID); err != nil {
				return err
			}
			done = append(done, a)
		case errors.As(err, &refused) && refused.status < http.StatusInternalServerError && refused.status != http.StatusConflict:
			return fmt.Errorf("the hub refuses reply %s: %w", a.marker, err)
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pending = slices.DeleteFunc(o.pending, func(a *answer) bool { return slices.Contains(done, a) })
	return nil
}

func (o *operator) send(ctx context.Context, a *answer) (message, error) {
	if a.expert != "" {
		return message{}, o.hub.consult(ctx, a.ticket, a.key, a.expert, "Il lampione si può riparare?\n"+a.marker)
	}
	return o.hub.reply(ctx, a.ticket, a.key, "Gentile cittadino,\n\nla sua pratica è in lavorazione.\n"+a.marker+"\n\nCordiali saluti")
}

// waiting is how many replies the hub has not confirmed.
func (o *operator) waiting() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.pending)
}
