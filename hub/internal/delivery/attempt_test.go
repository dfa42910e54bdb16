package delivery_test

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

func TestResultsDecideTheNextState(t *testing.T) {
	t.Parallel()
	f := func(c delivery.Class) delivery.Failure {
		return delivery.Failure{Class: c, ProviderCode: "451 4.7.1", RetryAfter: 90 * time.Second}
	}
	cases := map[string]struct {
		reconcile string
		answer    func(delivery.Transmission) ([]delivery.Result, error)
		want      delivery.State
		again     bool
	}{
		"accepted":                      {"none", accept, delivery.Accepted, false},
		"passing failure":               {"none", refuse(f(delivery.Transient)), delivery.Queued, true},
		"rate limit":                    {"none", refuse(f(delivery.RateLimited)), delivery.Queued, true},
		"settings":                      {"none", refuse(f(delivery.ConfigFault)), delivery.Queued, true},
		"no such recipient":             {"none", refuse(f(delivery.RecipientFault)), delivery.Failed, false},
		"refused content":               {"none", refuse(f(delivery.ContentFault)), delivery.Failed, false},
		"unknown, nobody can tell":      {"none", refuse(f(delivery.UnknownOutcome)), delivery.Uncertain, false},
		"unknown, receipts will come":   {"receipts", refuse(f(delivery.UnknownOutcome)), delivery.Uncertain, false},
		"unknown, to be looked up":      {"lookup", refuse(f(delivery.UnknownOutcome)), delivery.Uncertain, false},
		"unknown, the key protects":     {"key", refuse(f(delivery.UnknownOutcome)), delivery.Queued, true},
		"no answer at all":              {"none", func(delivery.Transmission) ([]delivery.Result, error) { return nil, nil }, delivery.Uncertain, false},
		"the adapter died in the call":  {"none", func(delivery.Transmission) ([]delivery.Result, error) { return nil, errors.New("connection lost") }, delivery.Uncertain, false},
		"no adapter, nothing attempted": {"none", func(delivery.Transmission) ([]delivery.Result, error) { return nil, delivery.ErrNotAttempted }, delivery.Queued, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, c.reconcile)
			x, ids := b.enqueue(t, b.message, "ada@posta.example")
			b.provider.answer = c.answer
			before := len(b.wakes.all)
			require.Zero(t, b.attempt(t, x, 1))
			require.Equal(t, c.want, b.state(t, ids[0]))
			require.Equal(t, c.again, len(b.wakes.all) > before, "next attempt")
			if c.again {
				require.Equal(t, 2, b.wakes.last().attempt)
				require.True(t, b.wakes.last().at.After(b.clock.t))
			}
			require.Len(t, b.provider.calls, 1)
		})
	}
}

func TestAnAttemptIsMadeOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	x, _ := b.enqueue(t, b.message, "ada@posta.example")
	for range 3 {
		require.Zero(t, b.attempt(t, x, 1), "a repeated wake-up does nothing")
	}
	require.Zero(t, b.attempt(t, x, 2), "an attempt whose turn has not come does nothing")
	require.Len(t, b.provider.calls, 1)
}

func TestManyAttemptsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	const many = 40
	deliveries, due := map[id.Delivery]bool{}, []id.Transmission{}
	for range many {
		// On tickets of their own: replies on one ticket leave one after the other.
		b.onNewTicket(t)
		x, ids := b.enqueue(t, b.message, "ada@posta.example")
		deliveries[ids[0]], due = true, append(due, x, x)
	}
	var attempting errgroup.Group
	for _, x := range due {
		attempting.Go(func() error {
			_, err := b.worker.Attempt(t.Context(), x, 1)
			return err
		})
	}
	require.NoError(t, attempting.Wait())
	require.Len(t, b.provider.calls, many, "each once, though each was woken twice")
	for d := range deliveries {
		require.Equal(t, delivery.Accepted, b.state(t, d))
	}
	var finished, steps int
	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM attempt WHERE finished_at IS NOT NULL), (SELECT count(*) FROM delivery_event)`).
		Scan(&finished, &steps))
	require.Equal(t, many, finished)
	require.Equal(t, 2*many, steps)
}

// What a dying hub leaves in doubt is what the channel had in hand, not all that waits for it.
func TestNoMoreIsBegunThanTheChannelHasRoomFor(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	b.exec(t, `UPDATE channel SET ability = ability || '{"limits": {"concurrency": 2}}'`)
	calling, release := make(chan struct{}, 8), make(chan struct{})
	b.provider.answer = func(x delivery.Transmission) ([]delivery.Result, error) {
		calling <- struct{}{}
		<-release
		return accept(x)
	}
	var attempting errgroup.Group
	for range 8 {
		b.onNewTicket(t)
		x, _ := b.enqueue(t, b.message, "ada@posta.example")
		attempting.Go(func() error {
			_, err := b.worker.Attempt(t.Context(), x, 1)
			return err
		})
	}
	for range 4 {
		<-calling
	}
	var sending int
	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT count(*) FROM delivery WHERE state = 'sending'`).Scan(&sending))
	require.Equal(t, 4, sending)
	close(release)
	require.NoError(t, attempting.Wait())
}

// A receipt that is being filed holds its delivery; whoever ends attempts must not wait for it with others in hand.
func TestAResultWaitsForTheReceiptThatIsBeingFiled(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	x, ids := b.enqueue(t, b.message, "ada@posta.example")
	holding, release := make(chan struct{}), make(chan struct{})
	b.provider.answer = func(x delivery.Transmission) ([]delivery.Result, error) {
		if x.Recipients[0].Delivery != ids[0] {
			return accept(x)
		}
		go func() {
			_ = postgres.InTx(t.Context(), b.pool, func(tx pgx.Tx) error {
				_, err := tx.Exec(t.Context(), `SELECT FROM delivery WHERE id = $1 FOR UPDATE`, ids[0])
				close(holding)
				<-release
				return err
			})
		}()
		<-holding
		return accept(x)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := b.worker.Attempt(t.Context(), x, 1)
		ended <- err
	}()
	<-holding
	// Another attempt is recorded all the same.
	b.onNewTicket(t)
	other, otherIDs := b.enqueue(t, b.message, "bea@posta.example")
	require.Zero(t, b.attempt(t, other, 1))
	require.Equal(t, delivery.Accepted, b.state(t, otherIDs[0]))
	close(release)
	require.NoError(t, <-ended)
	require.Equal(t, delivery.Accepted, b.state(t, ids[0]))
}

func TestOnlyTheRecipientsStillDueAreTriedAgain(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	x, ids := b.enqueue(t, b.message, "ada@posta.example", "pieno@posta.example")
	b.provider.answer = func(x delivery.Transmission) ([]delivery.Result, error) {
		return []delivery.Result{
			{Delivery: x.Recipients[0].Delivery, State: delivery.Sent, ExternalIDs: []delivery.ExternalID{{Kind: "queue_id", Value: "q1", Issuer: "provider"}}},
			{Delivery: x.Recipients[1].Delivery, Failure: &delivery.Failure{Class: delivery.Transient}},
		}, nil
	}
	b.attempt(t, x, 1)
	require.Equal(t, delivery.Sent, b.state(t, ids[0]))
	require.Equal(t, delivery.Queued, b.state(t, ids[1]))

	b.clock.t = b.clock.t.Add(time.Hour)
	b.provider.answer = accept
	b.attempt(t, x, 2)
	require.Len(t, b.provider.calls[1].Recipients, 1)
	require.Equal(t, "pieno@posta.example", b.provider.calls[1].Recipients[0].Value)
	require.Equal(t, delivery.Accepted, b.state(t, ids[1]))
}

func TestAnAttemptWaits(t *testing.T) {
	t.Parallel()
	t.Run("for the undo window", func(t *testing.T) {
		t.Parallel()
		b := setup(t, "none")
		x, _ := b.enqueue(t, b.message, "ada@posta.example")
		b.clock.t = b.clock.t.Add(-10 * time.Second)
		require.InDelta(t, 10, b.attempt(t, x, 1).Seconds(), 0.1)
		require.Empty(t, b.provider.calls)
	})
	t.Run("for a suspended channel", func(t *testing.T) {
		t.Parallel()
		b := setup(t, "none")
		x, _ := b.enqueue(t, b.message, "ada@posta.example")
		b.exec(t, `UPDATE channel SET state = 'suspended'`)
		require.Positive(t, b.attempt(t, x, 1))
		require.Empty(t, b.provider.calls)
	})
	t.Run("for an earlier reply that has not left, not for one that is uncertain", func(t *testing.T) {
		t.Parallel()
		b := setup(t, "none")
		first, ids := b.enqueue(t, b.message, "ada@posta.example")
		second := id.New[id.Message]()
		b.newMessage(t, second)
		b.provider.answer = refuse(delivery.Failure{Class: delivery.UnknownOutcome})
		later, _ := b.enqueue(t, second, "ada@posta.example")
		require.Positive(t, b.attempt(t, later, 1))
		b.attempt(t, first, 1)
		require.Equal(t, delivery.Uncertain, b.state(t, ids[0]))
		require.Zero(t, b.attempt(t, later, 1))
	})
}

func TestAnExpiredDeliveryIsGivenUp(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	x, ids := b.enqueue(t, b.message, "ada@posta.example")
	b.clock.t = b.clock.t.Add(6 * 24 * time.Hour)
	require.Zero(t, b.attempt(t, x, 1))
	require.Equal(t, delivery.Expired, b.state(t, ids[0]))
	require.Empty(t, b.provider.calls)
}

func TestALateResultDoesNotOverwriteWhatWasProved(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	x, ids := b.enqueue(t, b.message, "ada@posta.example")
	b.provider.answer = func(x delivery.Transmission) ([]delivery.Result, error) {
		b.exec(t, `UPDATE delivery SET state = 'delivered'`)
		return nil, errors.New("the answer was lost")
	}
	b.attempt(t, x, 1)
	require.Equal(t, delivery.Delivered, b.state(t, ids[0]))
}

func TestALostAttemptIsUncertainAndNeverRepeated(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	x, ids := b.enqueue(t, b.message, "ada@posta.example")
	b.lose(t, x, 1)
	require.NoError(t, b.sweeper.Sweep(t.Context()))
	require.Equal(t, delivery.Uncertain, b.state(t, ids[0]))
	before := len(b.wakes.all)
	b.clock.t = b.clock.t.Add(24 * time.Hour)
	require.NoError(t, b.sweeper.Sweep(t.Context()))
	require.Equal(t, delivery.Uncertain, b.state(t, ids[0]))
	require.Len(t, b.wakes.all, before)
}

func TestALostAttemptIsRepeatedUnderTheSameKey(t *testing.T) {
	t.Parallel()
	b := setup(t, "key")
	x, ids := b.enqueue(t, b.message, "ada@posta.example")
	b.lose(t, x, 1)
	require.NoError(t, b.sweeper.Sweep(t.Context()))
	require.Equal(t, delivery.Queued, b.state(t, ids[0]))
	require.Equal(t, wake{x, 2, b.wakes.last().at}, b.wakes.last())
}

func TestLookupsProve(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		finding delivery.Finding
		want    delivery.State
	}{
		"it went":        {delivery.Found, delivery.Accepted},
		"it did not go":  {delivery.Absent, delivery.Queued},
		"nobody can say": {delivery.Unknown, delivery.Uncertain},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, "lookup")
			x, ids := b.enqueue(t, b.message, "ada@posta.example")
			b.provider.answer = refuse(delivery.Failure{Class: delivery.UnknownOutcome})
			b.provider.finding = func(x delivery.Transmission) (delivery.Finding, []delivery.Result, error) {
				results, err := accept(x)
				return c.finding, results, err
			}
			b.attempt(t, x, 1)
			require.Equal(t, delivery.Uncertain, b.state(t, ids[0]))
			b.exec(t, `UPDATE delivery SET next_lookup_at = now() - interval '1 second'`)
			require.NoError(t, b.sweeper.Sweep(t.Context()))
			require.Equal(t, c.want, b.state(t, ids[0]))
		})
	}
}

func TestTheSweeperWakesWhatNobodyWoke(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	x, _ := b.enqueue(t, b.message, "ada@posta.example")
	b.wakes.all = nil
	b.exec(t, `UPDATE delivery SET next_attempt_at = now() - interval '1 minute'`)
	require.NoError(t, b.sweeper.Sweep(t.Context()))
	require.Equal(t, 1, b.wakes.last().attempt)
	require.Equal(t, x, b.wakes.last().transmission)
}

func TestReports(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	x, ids := b.enqueue(t, b.message, "ada@posta.example")
	b.provider.answer = func(x delivery.Transmission) ([]delivery.Result, error) {
		return []delivery.Result{{Delivery: ids[0], State: delivery.Accepted,
			ExternalIDs: []delivery.ExternalID{{Kind: "message_id", Value: "<m.1@comune.example>", Issuer: "hub"}}}}, nil
	}
	report := func(state, value, recipient string) []delivery.Report {
		return []delivery.Report{{State: state, RecipientValue: recipient, ExternalIDs: []delivery.ExternalID{{Kind: "message_id", Value: value}},
			Failure: &delivery.Failure{Class: delivery.RecipientFault, ProviderCode: "550 5.1.1"}, Evidence: []byte("dsn"), EvidenceKind: "dsn"}}
	}
	add := func(r []delivery.Report) {
		require.NoError(t, postgres.InTx(t.Context(), b.pool, func(tx pgx.Tx) error {
			_, err := b.store.AddReports(t.Context(), tx, b.channel, id.New[id.Entry](), r)
			return err
		}))
	}
	add(report("delivered", "<m.1@comune.example>", ""))
	require.Equal(t, delivery.Queued, b.state(t, ids[0]), "the report came first and waits")

	b.attempt(t, x, 1)
	delayed := func() (d delivery.Delivery) {
		all, err := b.store.OfMessages(t.Context(), b.pool, []id.Message{b.message})
		require.NoError(t, err)
		require.Len(t, all[b.message], 1)
		return all[b.message][0]
	}
	require.Nil(t, delayed().DelayedAt)
	late := report("delayed", "<m.1@comune.example>", "ada@posta.example")
	late[0].At, late[0].RetryUntil = time.Unix(1_700_000_000, 0), time.Unix(1_700_400_000, 0)
	add(late)
	got := delayed()
	require.True(t, got.Delayed())
	require.True(t, late[0].At.Equal(*got.DelayedAt) && late[0].RetryUntil.Equal(*got.DelayedUntil))
	require.Equal(t, delivery.Accepted, got.State, "a delay leaves the state as it is")
	late[0].RetryUntil = time.Time{}
	add(late)
	got = delayed()
	require.True(t, got.Delayed())
	require.Nil(t, got.DelayedUntil, "the last notice counts")

	add(report("failed", "<m.1@comune.example>", "somebody@else.example"))
	require.Equal(t, delivery.Accepted, b.state(t, ids[0]), "another recipient's report does not count")
	b.exec(t, `UPDATE delivery_report SET next_attempt_at = now()`)
	require.NoError(t, b.sweeper.Sweep(t.Context()))
	require.Equal(t, delivery.Delivered, b.state(t, ids[0]), "the waiting report was applied")
	got = delayed()
	require.False(t, got.Delayed(), "what has arrived is not delayed")

	add(report("failed", "<m.1@comune.example>", "ADA@posta.example"))
	require.Equal(t, delivery.Failed, b.state(t, ids[0]), "a later bounce turns delivered into failed")
	var proofs int
	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT count(*) FROM evidence WHERE delivery_id = $1`, ids[0]).Scan(&proofs))
	require.Equal(t, 4, proofs)
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	x, ids := b.enqueue(t, b.message, "ada@posta.example")
	operator := id.New[id.Operator]()
	b.exec(t, `INSERT INTO operator (id, login, name, role) VALUES ($1, 'anna', 'Anna', 'first_level')`, operator)
	decide := func(v delivery.Verdict) (fresh id.Delivery, err error) {
		err = postgres.InTx(t.Context(), b.pool, func(tx pgx.Tx) error {
			fresh, err = b.store.Decide(t.Context(), tx, delivery.Decision{Delivery: ids[0], Verdict: v, Reason: "ha telefonato", Operator: operator})
			return err
		})
		return fresh, err
	}
	_, err := decide(delivery.VerdictSent)
	require.Equal(t, fault.CodeConflict, fault.Kind(err), "a queued delivery takes no verdict")

	b.provider.answer = refuse(delivery.Failure{Class: delivery.UnknownOutcome})
	b.attempt(t, x, 1)
	list, next, err := b.store.Trouble(t.Context(), b.pool, account.SystemScope(), delivery.TroublePage{States: []delivery.State{delivery.Uncertain}, Size: 10})
	require.NoError(t, err)
	require.Nil(t, next)
	require.Len(t, list, 1)
	require.Equal(t, "2026-000001-4", list[0].Number)

	fresh, err := decide(delivery.VerdictResend)
	require.NoError(t, err)
	detail, err := b.store.Detail(t.Context(), b.pool, account.SystemScope(), ids[0])
	require.NoError(t, err)
	require.Equal(t, "Anna", detail.DecidedByName)
	require.Len(t, detail.Attempts, 1)
	require.Equal(t, []string{"sending", "uncertain", "failed"}, []string{detail.Changes[0].To, detail.Changes[1].To, detail.Changes[2].To})
	require.Equal(t, fresh, detail.ReplacedBy)
	_, err = b.store.Detail(t.Context(), b.pool, account.OfficeScope(), ids[0])
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
	require.Equal(t, delivery.Failed, b.state(t, ids[0]))
	require.Equal(t, delivery.Queued, b.state(t, fresh))
	_, err = decide(delivery.VerdictResend)
	require.Equal(t, fault.CodeConflict, fault.Kind(err), "one resend for one delivery")
}

func TestCancelTakesBackOnlyWhatDidNotBegin(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	cancel := func(m id.Message) error {
		return postgres.InTx(t.Context(), b.pool, func(tx pgx.Tx) error { return b.store.Cancel(t.Context(), tx, m, id.Operator{}) })
	}
	x, ids := b.enqueue(t, b.message, "ada@posta.example")
	require.NoError(t, cancel(b.message))
	require.Equal(t, delivery.Cancelled, b.state(t, ids[0]))
	require.Zero(t, b.attempt(t, x, 1))
	require.Empty(t, b.provider.calls)

	second := id.New[id.Message]()
	b.newMessage(t, second)
	x, _ = b.enqueue(t, second, "ada@posta.example")
	b.attempt(t, x, 1)
	require.Equal(t, fault.CodeConflict, fault.Kind(cancel(second)))
}

func TestTroubleIsScopedAndPaged(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	b.provider.answer = refuse(delivery.Failure{Class: delivery.RecipientFault})
	for range 5 {
		m := id.New[id.Message]()
		b.newMessage(t, m)
		x, _ := b.enqueue(t, m, "ada@posta.example")
		b.attempt(t, x, 1)
	}
	page := delivery.TroublePage{States: []delivery.State{delivery.Failed}, Size: 2}
	seen := map[id.Delivery]bool{}
	for {
		list, next, err := b.store.Trouble(t.Context(), b.pool, account.SystemScope(), page)
		require.NoError(t, err)
		for _, d := range list {
			require.False(t, seen[d.ID])
			seen[d.ID] = true
		}
		if page.Before = next; next == nil {
			break
		}
	}
	require.Len(t, seen, 5)
	none, _, err := b.store.Trouble(t.Context(), b.pool, account.OfficeScope(), delivery.TroublePage{States: []delivery.State{delivery.Failed}, Size: 2})
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestAutomaticMessagesAreCapped(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	claim := func() (ok bool) {
		require.NoError(t, postgres.InTx(t.Context(), b.pool, func(tx pgx.Tx) error {
			one := []delivery.Automatic{{Kind: "email", Value: "ada@posta.example", Ticket: b.ticket, What: "acknowledgement"}}
			may, err := b.store.MayWrite(t.Context(), tx, one)
			if ok = err == nil && may[0]; ok {
				err = b.store.Book(t.Context(), tx, one)
			}
			return err
		}))
		return ok
	}
	require.Equal(t, []bool{true, true, false}, []bool{claim(), claim(), claim()})
	b.exec(t, `UPDATE automatic_message SET at = now() - interval '2 hours'`)
	require.Equal(t, []bool{true, true, false}, []bool{claim(), claim(), claim()}, "two more on the ticket after an hour")
	b.exec(t, `UPDATE automatic_message SET at = now() - interval '2 hours'`)
	require.Equal(t, []bool{true, false}, []bool{claim(), claim()}, "five a day")
}
