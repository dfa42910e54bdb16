package delivery_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// reported files what somebody reports of the mail <m.1@comune.example>.
func (b *bundle) reported(t *testing.T, r delivery.Report) {
	t.Helper()
	r.ExternalIDs = []delivery.ExternalID{{Kind: "message_id", Value: "<m.1@comune.example>"}}
	require.NoError(t, postgres.InTx(t.Context(), b.pool, func(tx pgx.Tx) error {
		_, err := b.store.AddReports(t.Context(), tx, b.channel, id.New[id.Entry](), []delivery.Report{r})
		return err
	}))
}

// named answers every delivery alike, and that it was <m.1@comune.example>.
func named(r delivery.Result) func(delivery.Transmission) ([]delivery.Result, error) {
	return func(x delivery.Transmission) ([]delivery.Result, error) {
		r.Delivery = x.Recipients[0].Delivery
		r.ExternalIDs = []delivery.ExternalID{{Kind: "message_id", Value: "<m.1@comune.example>", Issuer: "hub"}}
		return []delivery.Result{r}, nil
	}
}

func (b *bundle) proofs(t *testing.T) (n int) {
	t.Helper()
	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT count(*) FROM evidence`).Scan(&n))
	return n
}

// What is over does not begin again because a receipt comes late, and a report without a proof leaves none.
func TestAReportOfWhatIsOverIsKeptAndMovesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	x, ids := b.enqueue(t, b.message, "ada@posta.example")
	b.provider.answer = named(delivery.Result{State: delivery.Accepted})
	b.attempt(t, x, 1)
	b.reported(t, delivery.Report{State: "failed", Failure: &delivery.Failure{Class: delivery.RecipientFault}})
	require.Equal(t, delivery.Failed, b.state(t, ids[0]))
	require.Zero(t, b.proofs(t))
	b.reported(t, delivery.Report{State: "delivered", Evidence: []byte("dsn"), EvidenceKind: "dsn"})
	require.Equal(t, delivery.Failed, b.state(t, ids[0]))
	require.Equal(t, 1, b.proofs(t))
}

// A receipt for what was sent twice is for the one that was sent again.
func TestAReportIsOfTheOneSentAgain(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	x, ids := b.enqueue(t, b.message, "ada@posta.example")
	b.provider.answer = named(delivery.Result{Failure: &delivery.Failure{Class: delivery.UnknownOutcome}})
	b.attempt(t, x, 1)
	fresh := b.resent(t, ids[0], nil)
	b.provider.answer = named(delivery.Result{State: delivery.Accepted})
	b.attempt(t, b.wakes.last().transmission, 1)
	b.reported(t, delivery.Report{State: "delivered"})
	require.Equal(t, delivery.Delivered, b.state(t, fresh))
	require.Equal(t, delivery.Failed, b.state(t, ids[0]))
}

// resent decides that a delivery is made again, elsewhere if told so.
func (b *bundle) resent(t *testing.T, d id.Delivery, to *delivery.Target) (fresh id.Delivery) {
	t.Helper()
	anna := id.New[id.Operator]()
	b.exec(t, `INSERT INTO operator (id, login, name, role) VALUES ($1, 'anna', 'Anna', 'first_level')`, anna)
	require.NoError(t, postgres.InTx(t.Context(), b.pool, func(tx pgx.Tx) (err error) {
		fresh, err = b.store.Decide(t.Context(), tx, delivery.Decision{Delivery: d, Verdict: delivery.VerdictResend, Reason: "ha telefonato", Operator: anna, To: to})
		return err
	}))
	return fresh
}

func TestSentAgainElsewhere(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	x, ids := b.enqueue(t, b.message, "ada@posta.example")
	b.provider.answer = named(delivery.Result{Failure: &delivery.Failure{Class: delivery.RecipientFault}})
	b.attempt(t, x, 1)
	b.resent(t, ids[0], &delivery.Target{Channel: b.channel, Kind: "email", Value: "ada@lavoro.example"})
	b.provider.answer = accept
	b.attempt(t, b.wakes.last().transmission, 1)
	require.Equal(t, "ada@lavoro.example", b.provider.calls[1].Recipients[0].Value)
}

// Of an address the last word counts that was said in time: a result that comes after the proof says nothing of it.
func TestOnlyAResultInTimeMarksTheAddress(t *testing.T) {
	t.Parallel()
	for late, want := range map[bool]int{false: 1, true: 0} {
		b := setup(t, "none")
		b.exec(t, `WITH c AS (INSERT INTO contact (id, name) VALUES (gen_random_uuid(), 'Ada') RETURNING id)
			INSERT INTO contact_address (id, contact_id, kind, value, display) SELECT gen_random_uuid(), id, 'email', 'ada@posta.example', 'ada@posta.example' FROM c`)
		x, _ := b.enqueue(t, b.message, "ada@posta.example")
		b.provider.answer = func(x delivery.Transmission) ([]delivery.Result, error) {
			if late {
				b.exec(t, `UPDATE delivery SET state = 'delivered'`)
			}
			return named(delivery.Result{Failure: &delivery.Failure{Class: delivery.RecipientFault}})(x)
		}
		b.attempt(t, x, 1)
		var marked, kept int
		require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM contact_address WHERE undeliverable_since IS NOT NULL),
			(SELECT count(*) FROM message_external_id)`).Scan(&marked, &kept))
		require.Equal(t, []int{want, want}, []int{marked, kept}, "late: %t", late)
	}
}

// What was proved not to have gone is woken at once; what nobody can say yet is asked about again, four times in all.
func TestWhatFollowsALookup(t *testing.T) {
	t.Parallel()
	b := setup(t, "lookup")
	finding := delivery.Unknown
	x, ids := b.enqueue(t, b.message, "ada@posta.example")
	b.provider.answer = refuse(delivery.Failure{Class: delivery.UnknownOutcome})
	b.provider.finding = func(delivery.Transmission) (delivery.Finding, []delivery.Result, error) { return finding, nil, nil }
	b.attempt(t, x, 1)
	for n := range 4 {
		b.exec(t, `UPDATE delivery SET next_lookup_at = now() - interval '1 second'`)
		require.NoError(t, b.sweeper.Sweep(t.Context()))
		var again bool
		require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT next_lookup_at > now() FROM delivery WHERE next_lookup_at IS NOT NULL
			UNION ALL SELECT false FROM delivery WHERE next_lookup_at IS NULL`).Scan(&again))
		require.Equal(t, n < 3, again, "after look-up %d", n+1)
	}
	require.Equal(t, delivery.Uncertain, b.state(t, ids[0]))
	finding = delivery.Absent
	b.exec(t, `UPDATE delivery SET next_lookup_at = now() - interval '1 second'`)
	require.NoError(t, b.sweeper.Sweep(t.Context()))
	require.Equal(t, wake{x, 2, b.clock.t}, b.wakes.last())
}
