package delivery_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
)

// ask makes a question to an expert of the bundle's message, and gives the letter's transmission and delivery.
func (b *bundle) ask(t *testing.T) (id.Transmission, id.Delivery) {
	t.Helper()
	b.exec(t, `UPDATE message SET direction = 'note', class = 'question' WHERE id = $1`, b.message)
	b.exec(t, `INSERT INTO side_request (id, ticket_id, expert_value, message_id, from_office_id, question, asked_at, due_at)
		SELECT $1, $2, 'geologo@studio.example', $1, office_id, '?', now(), now() FROM ticket WHERE id = $2`, b.message, b.ticket)
	x, ids := b.enqueue(t, b.message, "geologo@studio.example")
	return x, ids[0]
}

const endQuestion = `UPDATE side_request SET state = $2, ended_at = now() WHERE id = $1`

// lastChange is the last step in a delivery's history.
func (b *bundle) lastChange(t *testing.T, d id.Delivery) delivery.Change {
	t.Helper()
	detail, err := b.store.Detail(t.Context(), b.pool, account.SystemScope(), d)
	require.NoError(t, err)
	return detail.Changes[len(detail.Changes)-1]
}

func TestALetterWhoseQuestionEndsStaysHere(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	for state, cause := range map[string]delivery.Cause{"answered": delivery.ByAnswer, "withdrawn": delivery.ByWithdrawal} {
		b.onNewTicket(t)
		x, d := b.ask(t)
		// A reminder of it waits too, and so does a reply to the citizen.
		asked, reminder, reply := b.message, id.New[id.Message](), id.New[id.Message]()
		b.newMessage(t, reminder)
		b.exec(t, `UPDATE message SET direction = 'note', class = 'question', answers_id = $2 WHERE id = $1`, reminder, asked)
		_, reminded := b.enqueue(t, reminder, "geologo@studio.example")
		b.newMessage(t, reply)
		_, replied := b.enqueue(t, reply, "ada@posta.example")

		b.exec(t, endQuestion, asked, state)
		for _, each := range []id.Delivery{d, reminded[0]} {
			require.Equal(t, delivery.Cancelled, b.state(t, each))
			last := b.lastChange(t, each)
			require.Equal(t, []string{"queued", "cancelled", string(cause)}, []string{last.From, last.To, last.Reason})
		}
		require.True(t, delivery.Queued.May(delivery.Cancelled, cause))
		require.Equal(t, delivery.Queued, b.state(t, replied[0]))
		require.Zero(t, b.attempt(t, x, 1))
		require.Empty(t, b.provider.calls)
	}
}

// What has left, or may have, stays what it is.
func TestALetterThatMayHaveLeftIsNotTakenBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reconcile string
		answer    func(delivery.Transmission) ([]delivery.Result, error)
		want      delivery.State
	}{
		"accepted":                 {"none", accept, delivery.Accepted},
		"uncertain":                {"none", refuse(delivery.Failure{Class: delivery.UnknownOutcome}), delivery.Uncertain},
		"again under the same key": {"key", refuse(delivery.Failure{Class: delivery.UnknownOutcome}), delivery.Queued},
		"failed for certain":       {"none", refuse(delivery.Failure{Class: delivery.Transient}), delivery.Cancelled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, c.reconcile)
			x, d := b.ask(t)
			b.provider.answer = c.answer
			b.attempt(t, x, 1)
			b.exec(t, endQuestion, b.message, "withdrawn")
			require.Equal(t, c.want, b.state(t, d))
		})
	}
}

// A letter that failed waits for a decision as long as somebody waits for the answer.
func TestALetterThatFailedLeavesWithItsQuestion(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	waiting := func() (n int) {
		page := delivery.TroublePage{States: []delivery.State{delivery.Failed, delivery.Expired, delivery.Uncertain}, Size: 10}
		list, _, err := b.store.Trouble(t.Context(), b.pool, account.SystemScope(), page)
		require.NoError(t, err)
		page.Decided = true
		all, _, err := b.store.Trouble(t.Context(), b.pool, account.SystemScope(), page)
		require.NoError(t, err)
		require.Len(t, all, 1, "it is there for who looks for it")
		return len(list)
	}
	x, d := b.ask(t)
	b.provider.answer = refuse(delivery.Failure{Class: delivery.RecipientFault})
	b.attempt(t, x, 1)
	require.Equal(t, delivery.Failed, b.state(t, d))
	require.Equal(t, 1, waiting())
	b.exec(t, endQuestion, b.message, "withdrawn")
	require.Zero(t, waiting())
	b.exec(t, `UPDATE delivery SET state = 'uncertain' WHERE id = $1`, d)
	require.Equal(t, 1, waiting(), "it may have left, and somebody may know")
}

// The question ends while the letter is being handed over, which fails: it is not tried again.
func TestALetterWhoseQuestionEndsInTheAttemptIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	x, d := b.ask(t)
	b.provider.answer = func(x delivery.Transmission) ([]delivery.Result, error) {
		_, err := b.pool.Exec(t.Context(), endQuestion, b.message, "answered")
		if err != nil {
			return nil, err
		}
		return refuse(delivery.Failure{Class: delivery.Transient})(x)
	}
	b.attempt(t, x, 1)
	require.Equal(t, delivery.Queued, b.state(t, d), "the attempt was under way and had no end yet")
	b.clock.t = b.clock.t.Add(time.Hour)
	require.Zero(t, b.attempt(t, x, 2))
	require.Equal(t, delivery.Cancelled, b.state(t, d))
	require.Equal(t, string(delivery.ByAnswer), b.lastChange(t, d).Reason)
	require.Len(t, b.provider.calls, 1)
}

// Whoever ends questions and the workers that begin with their letters come from two sides and meet in the middle.
func TestALetterLeavesOrIsTakenBack(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	const many = 60
	var letters [many]struct {
		question id.Message
		x        id.Transmission
		d        id.Delivery
	}
	for i := range letters {
		b.onNewTicket(t)
		letters[i].question = b.message
		letters[i].x, letters[i].d = b.ask(t)
	}
	var both errgroup.Group
	for k := range 2 {
		both.Go(func() error {
			for i := k; i < many; i += 2 {
				if _, err := b.pool.Exec(t.Context(), endQuestion, letters[i].question, "withdrawn"); err != nil {
					return err
				}
			}
			return nil
		})
		both.Go(func() error {
			for i := many - 1 - k; i >= 0; i -= 2 {
				if _, err := b.worker.Attempt(t.Context(), letters[i].x, 1); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, both.Wait())
	left := map[id.Transmission]int{}
	for _, call := range b.provider.calls {
		left[call.ID]++
	}
	for _, l := range letters {
		want := map[int]delivery.State{0: delivery.Cancelled, 1: delivery.Accepted}[left[l.x]]
		require.Equal(t, want, b.state(t, l.d), "handed over %d times", left[l.x])
		require.Equal(t, 1-left[l.x], b.cancellations(t, l.d))
	}
	t.Logf("%d of %d left", len(b.provider.calls), many)
}

func (b *bundle) cancellations(t *testing.T, d id.Delivery) (n int) {
	t.Helper()
	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT count(*) FROM delivery_event WHERE delivery_id = $1 AND to_state = 'cancelled'`, d).Scan(&n))
	return n
}

// One of the two has not committed yet: the other waits for it, and finds what it did.
func TestALetterIsWaitedFor(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	held := func(first string, args []any, second func() error) {
		tx, err := b.pool.Begin(t.Context())
		require.NoError(t, err)
		defer tx.Rollback(t.Context())
		_, err = tx.Exec(t.Context(), first, args...)
		require.NoError(t, err)
		done := make(chan error, 1)
		go func() { done <- second() }()
		require.Eventually(t, func() bool {
			var waiting bool
			err := b.pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waiting)
			return err == nil && waiting
		}, 30*time.Second, 10*time.Millisecond)
		require.NoError(t, tx.Commit(t.Context()))
		require.NoError(t, <-done)
	}
	question := b.message
	x, d := b.ask(t)
	held(endQuestion, []any{question, "withdrawn"}, func() error {
		_, err := b.worker.Attempt(t.Context(), x, 1)
		return err
	})
	require.Equal(t, delivery.Cancelled, b.state(t, d))
	require.Empty(t, b.provider.calls)

	b.onNewTicket(t)
	question = b.message
	_, d = b.ask(t)
	held(`UPDATE delivery SET state = 'sending', attempt = 1, next_attempt_at = NULL WHERE id = $1`, []any{d}, func() error {
		_, err := b.pool.Exec(t.Context(), endQuestion, question, "withdrawn")
		return err
	})
	require.Equal(t, delivery.Sending, b.state(t, d))
	require.Zero(t, b.cancellations(t, d))
}
