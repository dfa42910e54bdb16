package simulator

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"sportello.dev/adapters/simulator/internal/letter"
	"sportello.dev/adapters/simulator/internal/mta"
	"sportello.dev/adapters/simulator/internal/page"
	"sportello.dev/adapters/simulator/journal"
	"sportello.dev/adapters/simulator/script"
)

const (
	maxAnswers    = 64      // letters from the town hall waiting for a scripted citizen to read them
	maxAnswerSize = 1 << 20 // bytes of a letter a scripted citizen reads
	maxRemembered = 5000    // scripted letters whose answers are recognised
)

// Pace is how long the script waits between two events. The zero value stands for 6 to 15 seconds.
type Pace struct{ Min, Max time.Duration }

// answer is a letter in a citizen's inbox that the script may react to.
type answer struct {
	account string
	raw     []byte
}

// delivered notes a letter for the script. When nobody reads them the oldest stay and the rest is passed over.
func (w *World) delivered(account string, raw []byte) {
	if len(raw) > maxAnswerSize {
		return
	}
	select {
	case w.answers <- answer{account, raw}:
	default:
	}
}

// RunScript lets the citizens write, one event per pace, until ctx ends. Citizens react only to answers to letters that
// this run of the script sent, so a person who plays a citizen is not talked over.
func (w *World) RunScript(ctx context.Context, pace Pace) error {
	if pace == (Pace{}) {
		pace = Pace{6 * time.Second, 15 * time.Second}
	}
	if pace.Min < 0 || pace.Max < pace.Min {
		return fmt.Errorf("pace from %s to %s makes no sense", pace.Min, pace.Max)
	}
	run := &scriptRun{
		world: w, generator: script.New(w.config.Seed, w.config.Mailboxes[0].Address, w.config.Now),
		rng: rand.New(rand.NewPCG(w.config.Seed, 0xacce)),
	}
	for {
		wait := pace.Min
		if pace.Max > pace.Min {
			wait += time.Duration(run.rng.Int64N(int64(pace.Max - pace.Min)))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		if err := run.event(); err != nil {
			w.config.Logger.Warn("scripted mail was not sent", "error", err)
		}
	}
}

// Send hands a generated message to the world's mail server, as its sender would.
func (w *World) Send(m script.Mail) error {
	for _, to := range m.To {
		if err := w.mta.CheckRecipient(to); err != nil {
			return fmt.Errorf("sending scripted mail: %w", err)
		}
	}
	env := mta.Envelope{Via: journal.ViaScript, Account: m.Account, Helo: "script.example", Remote: "[127.0.0.1]", From: m.MailFrom, To: m.To}
	for range max(m.Copies, 1) {
		if _, err := w.mta.Accept(env, m.Raw); err != nil {
			return fmt.Errorf("sending scripted mail: %w", err)
		}
	}
	if m.Account == "" {
		return nil
	}
	return w.mta.Keep(m.Account, page.SentBox, m.Raw)
}

// scriptRun is one run of the script.
type scriptRun struct {
	world     *World
	generator *script.Generator
	rng       *rand.Rand
	sent      []string // message ids, oldest first
}

// event sends one letter: an answer if one is due, else a new letter.
func (r *scriptRun) event() error {
	m, ok := r.answer()
	if !ok {
		m = r.generator.Next()
	}
	if m.MessageID != "" {
		r.sent = append(r.sent, m.MessageID)
		r.sent = r.sent[max(0, len(r.sent)-maxRemembered):]
	}
	return r.world.Send(m)
}

// answer reads waiting letters until one is answered.
func (r *scriptRun) answer() (script.Mail, bool) {
	for {
		var got answer
		select {
		case got = <-r.world.answers:
		default:
			return script.Mail{}, false
		}
		l := letter.ParseHeader(got.raw)
		mine := slices.ContainsFunc(append(l.References, l.InReplyTo), func(id string) bool { return slices.Contains(r.sent, id) })
		c, known := script.CitizenAt(got.account)
		if !mine || !known {
			continue
		}
		if m, ok := r.generator.Answer(c, got.raw); ok {
			return m, true
		}
	}
}
