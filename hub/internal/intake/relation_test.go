package intake

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// secondChannel is another mailbox of the town.
func (b *filing) secondChannel(t *testing.T) id.Channel {
	t.Helper()
	other := id.New[id.Channel]()
	exec(t, b.pool, `INSERT INTO channel (id, adapter, slug, name, ability, address_kind, address_value)
		VALUES ($1, 'email', 'tributi', 'Tributi', $2, 'email', 'tributi@comune.valdoria.example')`, other, canWrite)
	exec(t, b.pool, `INSERT INTO channel_lease (channel_id, holder, term, expires_at) VALUES ($1, $2, 1, now() + interval '1 hour')`,
		other, b.replica)
	return other
}

func (b *filing) deliverBy(t *testing.T, channel id.Channel, events ...Event) {
	t.Helper()
	batch := b.batch("c", events...)
	batch.Channel = channel
	_, err := b.journal.Append(t.Context(), batch)
	require.NoError(t, err)
	b.work(t)
}

func (b *filing) ticketOf(t *testing.T, number string) *ticket.Ticket {
	t.Helper()
	found, err := b.tickets.Get(t.Context(), b.pool, account.SystemScope(), number)
	require.NoError(t, err)
	return found
}

func TestOneMailToTwoAddressesIsTwoLinkedTickets(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	other := b.secondChannel(t)
	mail := b.mail(nil)
	b.deliver(t, mail)
	b.deliverBy(t, other, mail)
	numbers := b.list(t)
	require.Len(t, numbers, 2)
	for i, n := range numbers {
		around, err := b.tickets.Around(t.Context(), b.pool, account.SystemScope(), b.ticketOf(t, n).ID)
		require.NoError(t, err)
		require.Len(t, around.Links, 1)
		require.Equal(t, ticket.LinkSameOriginal, around.Links[0].Kind)
		require.Equal(t, numbers[1-i], string(around.Links[0].Number))
	}
	require.Zero(t, count(t, b.pool, `SELECT count(*) FROM ticket_suggestion`))

	// An answer to both with a token belongs to one ticket: the second arrival is a copy.
	reply := b.reply(t, numbers[0], "Fatto.")
	answer := b.mail(func(m *Inbound) { m.Tokens = []string{b.tokens.MessageID(reply.ID, "comune.valdoria.example")} })
	b.deliver(t, answer)
	b.deliverBy(t, other, answer)
	require.Len(t, b.list(t), 2)
	require.Len(t, b.messages(t, numbers[0]), 4, "letter, acknowledgement, reply, answer")
	require.Equal(t, 1, count(t, b.pool, `SELECT count(*) FROM message_copy`))

	// Whoever answers the citizen's own mail to one of the addresses is not lost between the two.
	b.deliverBy(t, other, b.mail(func(m *Inbound) { m.AnswersTo = []string{mail.Message.ExternalIDs[0].Value} }))
	require.Len(t, b.list(t), 2)
	require.Len(t, b.messages(t, numbers[1]), 3)
}

func TestAFloodOfNewTicketsWaitsForAPerson(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	var flood []Event
	for range 22 {
		e := b.mail(nil)
		e.OccurredAt = time.Now()
		flood = append(flood, e)
	}
	b.deliver(t, flood...)
	require.Len(t, b.list(t), 20)
	require.Equal(t, 2, count(t, b.pool, `SELECT count(*) FROM journal WHERE state = 'quarantined' AND reason = $1`, ReasonManyNew))
	b.deliver(t, b.mail(func(m *Inbound) { m.From.Value = "bruno@posta.example" }))
	require.Len(t, b.list(t), 21, "others are not held back")
	b.deliver(t, b.mail(nil))
	require.Len(t, b.list(t), 22, "what has lain in the mailbox for long is no flood")
	require.Equal(t, 6, count(t, b.pool, `SELECT count(*) FROM message WHERE origin = 'automatic'`))

	b.sendBack(t, ReasonManyNew)
	exec(t, b.pool, `ALTER TABLE ticket ADD CONSTRAINT not_now CHECK (number IS NULL) NOT VALID`)
	b.work(t)
	require.Equal(t, 1, count(t, b.pool, `SELECT count(*) FROM journal WHERE state = 'pending' AND failures = 1`), "filing fails for a moment")
	exec(t, b.pool, `ALTER TABLE ticket DROP CONSTRAINT not_now`)
	exec(t, b.pool, `UPDATE journal SET next_attempt_at = '-infinity' WHERE state = 'pending'`)
	b.work(t)
	require.Len(t, b.list(t), 24, "what an operator sends back is not held again")
	require.Zero(t, count(t, b.pool, `SELECT count(*) FROM journal WHERE state = 'quarantined'`))
}

func TestATicketIsNotReopenedForEver(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	b.deliver(t, b.mail(nil))
	number := b.list(t)[0]
	reply := b.reply(t, number, "Fatto.")
	for range 7 {
		exec(t, b.pool, `UPDATE ticket SET status = 'resolved', closed_at = now(), waiting_since = NULL, version = version + 1`)
		b.deliver(t, b.mail(func(m *Inbound) {
			m.Subject, m.Tokens = "Re: Richiesta 1", []string{b.tokens.MessageID(reply.ID, "comune.valdoria.example")}
		}))
	}
	require.Equal(t, 5, count(t, b.pool, `SELECT count(*) FROM ticket_event WHERE type = 'reopened'`))
	require.Equal(t, 2, count(t, b.pool, `SELECT count(*) FROM journal WHERE state = 'quarantined' AND reason = $1`, ReasonManyReopened))
	require.Equal(t, ticket.StatusResolved, b.ticketOf(t, number).Status)

	b.sendBack(t, ReasonManyReopened)
	b.work(t)
	require.True(t, b.ticketOf(t, number).Status.Open(), "an operator may send it back")
}

// sendBack retries what is in quarantine for a reason.
func (b *filing) sendBack(t *testing.T, reason string) {
	t.Helper()
	rows, err := b.pool.Query(t.Context(), `SELECT id FROM journal WHERE state = 'quarantined' AND reason = $1`, reason)
	require.NoError(t, err)
	items, err := pgx.CollectRows(rows, pgx.RowTo[id.Entry])
	require.NoError(t, err)
	for _, item := range items {
		require.NoError(t, b.journal.Retry(t.Context(), account.SystemScope(), again{err: errors.New("no")}, item, id.Operator{}))
	}
}

func TestAnOfficeDecidesForHowLongALetterReopens(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		town, office any
		tickets      int
	}{
		"as the town": {30, nil, 1}, "not after a week": {30, 7, 2}, "never": {30, 0, 2}, "longer than the town": {1, 60, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setupFiling(t)
			exec(t, b.pool, `UPDATE town SET reopen_days = $1`, c.town)
			exec(t, b.pool, `UPDATE office SET reopen_days = $1`, c.office)
			b.deliver(t, b.mail(nil))
			reply := b.reply(t, b.list(t)[0], "Fatto.")
			exec(t, b.pool, `UPDATE ticket SET status = 'closed', closed_at = now() - interval '10 days', version = version + 1`)
			b.deliver(t, b.mail(func(m *Inbound) {
				m.Subject, m.Tokens = "Re: Richiesta 1", []string{b.tokens.MessageID(reply.ID, "comune.valdoria.example")}
			}))
			require.Len(t, b.list(t), c.tickets)
			require.Equal(t, c.tickets-1, count(t, b.pool, `SELECT count(*) FROM ticket_link WHERE kind = 'continues'`))
		})
	}
}

func TestAForwardedLetterAsksWhoTheCitizenIs(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	exec(t, b.pool, `UPDATE town SET mail_domains = '{comune.valdoria.example}'`)
	forward := func(m *Inbound) {
		m.From = Address{Kind: "email", Value: "sindaco@comune.valdoria.example", Name: "Il sindaco"}
		m.Subject = "I: Lampione"
		m.Text = fmt.Sprintf("Per voi.\n\nDa: Maria Verdi <maria@posta.example>\nInviato: %s\nOggetto: Lampione\n\nÈ spento.", time.Now())
	}
	b.deliver(t, b.mail(forward))
	require.Equal(t, 1, count(t, b.pool, `SELECT count(*) FROM requester_proposal WHERE value = 'maria@posta.example'`))
	require.Zero(t, count(t, b.pool, `SELECT count(*) FROM message WHERE direction = 'outbound'`), "nobody hears of it before")

	enclosed := func(m *Inbound) {
		m.From = Address{Kind: "email", Value: "sindaco@comune.valdoria.example"}
		m.Subject, m.Text = "Per l'ufficio", "Vedi la lettera allegata."
		m.Forwarded = Address{Kind: "email", Value: "Carla@Posta.example", Name: "Carla Neri"}
	}
	b.deliver(t, b.mail(enclosed))
	require.Equal(t, 1, count(t, b.pool, `SELECT count(*) FROM requester_proposal WHERE value = 'carla@posta.example' AND name = 'Carla Neri'`))

	b.deliver(t, b.mail(func(m *Inbound) {
		forward(m)
		m.Authentication.Authenticated = false
	}), b.mail(func(m *Inbound) {
		enclosed(m)
		m.Authentication.Authenticated = false
	}))
	require.Equal(t, 2, count(t, b.pool, `SELECT count(*) FROM requester_proposal`), "anybody can write in a colleague's name")
}
