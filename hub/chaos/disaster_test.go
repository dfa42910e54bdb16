package chaos

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/adapters/simulator/fault"
	"sportello.dev/adapters/simulator/journal"
)

// disaster is something that goes wrong, with its end: the hub is whole again
// when it returns, or about to be.
type disaster struct {
	name string
	do   func(context.Context, *run) error
}

// Kills at whatever moment it is.
var (
	killHub     = disaster{"hub killed", func(ctx context.Context, r *run) error { return r.killHub(ctx, "at random") }}
	killAdapter = disaster{"adapter killed", func(ctx context.Context, r *run) error { return r.killAdapter(ctx, "at random") }}
	killServer  = disaster{"PostgreSQL killed", func(ctx context.Context, r *run) error { return r.killPostgres(ctx) }}
	killAll     = disaster{"all killed", func(ctx context.Context, r *run) error {
		return errors.Join(r.killHub(ctx, "with all else"), r.killPostgres(ctx))
	}}
)

// Kills in the moments that the four promises are about. Chance would hit them
// now and then; here they are hit for certain.
var (
	beforeCommit = disaster{"hub killed between delivery and commit", func(ctx context.Context, r *run) error { return r.beforeCommit(ctx) }}
	afterAccept  = disaster{"adapter killed between the acceptance of a reply and its answer", func(ctx context.Context, r *run) error {
		return r.unanswered(ctx, r.killAdapter)
	}}
	afterAcceptHub = disaster{"hub killed between the acceptance of a reply and its answer", func(ctx context.Context, r *run) error {
		return r.unanswered(ctx, r.killHub)
	}}
	renumber = disaster{"mailbox numbered anew", func(_ context.Context, r *run) error {
		_, err := r.world.Renumber(mailboxes[1].address, inbox)
		return err
	}}
	deliveredTwice = disaster{"letters delivered twice", func(ctx context.Context, r *run) error { return r.deliverTwice(ctx) }}
)

func (r *run) killHub(ctx context.Context, how string) error {
	if err := r.hub.up(ctx); err != nil {
		return err
	}
	at, err := r.hub.kill()
	if err != nil {
		return err
	}
	return r.noteKill(ctx, "hub", how, at)
}

func (r *run) killAdapter(ctx context.Context, how string) error {
	if err := r.hub.up(ctx); err != nil {
		return err
	}
	at, err := r.hub.killAdapter()
	if err != nil {
		return err
	}
	return r.noteKill(ctx, "adapter", how, at)
}

func (r *run) noteKill(ctx context.Context, target, how string, at time.Time) error {
	r.t.Logf("%s  kill %s %s", at.Format(clock), target, how)
	return r.ledger.killed(ctx, kill{Target: target, How: how, At: at})
}

// killPostgres ends the server's main process with SIGKILL and starts it again
// on its data.
func (r *run) killPostgres(ctx context.Context) error {
	r.hub.excuse(true)
	at := time.Now()
	r.database.Kill(r.t)
	if err := r.noteKill(ctx, "postgres", "at random", at); err != nil {
		return err
	}
	r.database.Restart(r.t)
	err := r.hub.up(ctx)
	r.hub.excuse(false)
	return err
}

// frozenFor is how long a commit hangs. A hub that answers before it has
// committed has answered by then.
const frozenFor = 1500 * time.Millisecond

// beforeCommit holds PostgreSQL still, lets mail arrive, an expert's answer among it, and kills the hub while
// it waits for its commit, and the sessions of PostgreSQL with it: a statement
// that has been sent would be done, whoever waits for its answer. A mail that the
// adapter moved away meanwhile was acknowledged too early, and nobody will ever
// see it.
func (r *run) beforeCommit(ctx context.Context) error {
	if err := r.hub.up(ctx); err != nil {
		return err
	}
	// A first letter through shows that the stream is open and the mailbox empty.
	number, err := r.delivered(ctx, r.citizens.letterOf(citizen(0), mailboxes[0]))
	if err != nil {
		return err
	}
	who, err := r.ask(ctx, number)
	if err != nil {
		return err
	}
	if err := await(ctx, upWait, "a letter to an expert", func() bool { return r.arrived(who) == 1 }); err != nil {
		return err
	}
	end, err := r.freeze(ctx)
	if err != nil {
		return err
	}
	return errors.Join(r.killFrozen(ctx, func() error { return r.answers(ctx, who, number) }), end())
}

// killFrozen sends letters to a hub whose database stands still, and kills it
// when they were moved away, or should have been. What is sent last lies behind
// them in the mailbox: it may hold up what comes after it.
func (r *run) killFrozen(ctx context.Context, last func() error) error {
	const letters = 3
	before, err := archived(r.world, mailboxes[0])
	if err != nil {
		return err
	}
	for range letters {
		if err := r.citizens.send(ctx, r.citizens.letterOf(citizen(0), mailboxes[0])); err != nil {
			return err
		}
	}
	if err := last(); err != nil {
		return err
	}
	r.until(time.Now().Add(max(r.frozen, frozenFor)), func() bool {
		now, err := archived(r.world, mailboxes[0])
		return err == nil && now >= before+letters
	})
	at, err := r.hub.kill()
	if err != nil {
		return err
	}
	return r.noteKill(ctx, "hub", "before its commit", at)
}

// freeze stops all processes of the hub's PostgreSQL. What it returns ends them and
// starts the server again.
func (r *run) freeze(ctx context.Context) (end func() error, err error) {
	conn, err := pgx.Connect(ctx, r.database.URL())
	if err != nil {
		return nil, fmt.Errorf("connecting to the hub's PostgreSQL: %w", err)
	}
	backend := int(conn.PgConn().PID())
	server, ok := parentOf(backend)
	if err := conn.Close(ctx); err != nil || !ok {
		return nil, fmt.Errorf("finding the server of backend %d: %w", backend, err)
	}
	// The main process first: then none is added.
	if err := signal(syscall.SIGSTOP, server); err != nil {
		return nil, err
	}
	others := children(server)
	if err := signal(syscall.SIGSTOP, others...); err != nil {
		return nil, err
	}
	return func() error { return errors.Join(signal(syscall.SIGKILL, others...), r.killPostgres(ctx)) }, nil
}

// delivered sends a letter and waits until it is visible; it returns its ticket.
func (r *run) delivered(ctx context.Context, l *letter) (string, error) {
	if err := r.citizens.send(ctx, l); err != nil {
		return "", err
	}
	err := await(ctx, upWait, "a letter to be visible", func() bool { return r.operator.ticketOf(l.marker) != "" })
	return r.operator.ticketOf(l.marker), err
}

// unanswered lets a reply and a question to an expert reach the mail server, which stores them and is slow to
// say so, and kills before it has. What became of them nobody inside can know; the expert answers all the same.
func (r *run) unanswered(ctx context.Context, strike func(context.Context, string) error) error {
	r.windows++
	who := fmt.Sprintf("finestra%03d@posta.example", r.windows)
	number, err := r.delivered(ctx, r.citizens.letterOf(who, mailboxes[0]))
	if err != nil {
		return err
	}
	// The acknowledgement must be out of the way of the slow answer.
	if err := await(ctx, upWait, "an acknowledgement", func() bool { return r.arrived(who) == 1 }); err != nil {
		return err
	}
	if _, err := r.world.Faults().Set(fault.Fault{Kind: fault.DelayReply, Match: who, Delay: 20 * time.Second, Times: 1}); err != nil {
		return err
	}
	asked := expert(r.experts + 1)
	if _, err := r.world.Faults().Set(fault.Fault{Kind: fault.DelayReply, Match: asked, Delay: 20 * time.Second, Times: 1}); err != nil {
		return err
	}
	if _, err := r.operator.write(ctx, number); err != nil {
		return err
	}
	if _, err := r.ask(ctx, number); err != nil {
		return err
	}
	if err := await(ctx, upWait, "a reply and a question at the mail server", func() bool { return r.arrived(who) > 1 && r.arrived(asked) > 0 }); err != nil {
		return err
	}
	if err := strike(ctx, "while a reply and a question were on their way"); err != nil {
		return err
	}
	return r.answers(ctx, asked, number)
}

// arrived counts what the town sent to a citizen and the mail server took.
func (r *run) arrived(who string) int {
	n := 0
	for _, e := range r.world.Journal().After(0, 0) {
		if e.Via == journal.ViaSubmission && len(e.To) == 1 && e.To[0] == who {
			n++
		}
	}
	return n
}

// deliverTwice has the mail server put letters into the mailbox twice, as one
// does that crashed between two writes, and has one sent twice.
func (r *run) deliverTwice(ctx context.Context) error {
	for _, box := range mailboxes {
		if _, err := r.world.Faults().Set(fault.Fault{Kind: fault.Duplicate, Match: box.address, Times: 1}); err != nil {
			return err
		}
		for range 2 {
			l := r.citizens.letterOf(citizen(1), box)
			if l.id != "" {
				l.copies = 2
			}
			if err := r.citizens.send(ctx, l); err != nil {
				return err
			}
		}
	}
	return nil
}
