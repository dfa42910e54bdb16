package intake

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/ticket"
)

// letterOf is work on a letter by somebody, known by an identifier, that answers others.
func letterOf(sender, known string, answers ...string) *work {
	w := &work{event: Event{Message: &Inbound{AnswersTo: answers}}, sender: ticket.Address{Kind: "email", Value: sender}}
	if known != "" {
		w.event.Message.ExternalIDs = []ExternalID{{Kind: messageIDKind, Value: known, Issuer: "sender"}}
	}
	return w
}

func TestWavesKeepWhatDependsOnEachOtherApart(t *testing.T) {
	t.Parallel()
	raw := func(hash string) *work {
		w := letterOf("", "")
		w.MediaType, w.RawSHA256 = "message/rfc822", []byte(hash)
		return w
	}
	for name, c := range map[string]struct {
		batch []*work
		want  []int
	}{
		"nothing":                       {nil, nil},
		"strangers to each other":       {[]*work{letterOf("ada", "1"), letterOf("bruno", "2"), letterOf("carla", "3")}, []int{0, 0, 0}},
		"one sender":                    {[]*work{letterOf("ada", "1"), letterOf("bruno", "2"), letterOf("ada", "3"), letterOf("ada", "4")}, []int{0, 0, 1, 2}},
		"one Message-ID":                {[]*work{letterOf("ada", "1"), letterOf("bruno", "1")}, []int{0, 1}},
		"the same bytes":                {[]*work{raw("x"), raw("y"), raw("x")}, []int{0, 0, 1}},
		"an answer to another":          {[]*work{letterOf("ada", "1"), letterOf("bruno", "2", "1"), letterOf("carla", "3", "2")}, []int{0, 1, 2}},
		"an answer before its question": {[]*work{letterOf("bruno", "2", "1"), letterOf("ada", "1")}, []int{0, 0}},
		"two answers to one":            {[]*work{letterOf("ada", "2", "1"), letterOf("bruno", "3", "1")}, []int{0, 0}},
		"no sender, reports":            {[]*work{letterOf("", ""), letterOf("", ""), {}, {}}, []int{0, 0, 0, 0}},
	} {
		var got []int
		for _, w := range c.batch {
			for n, wave := range waves(c.batch) {
				for _, x := range wave {
					if x == w {
						got = append(got, n)
					}
				}
			}
		}
		require.Equal(t, c.want, got, name)
	}
}

func TestLettersOfOneBatchSeeEachOther(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	// A letter, another by the same sender about the same, somebody's answer to it, and letters of others.
	first := b.mail(func(m *Inbound) { m.Subject = "Buca in via Roma" })
	again := b.mail(func(m *Inbound) { m.Subject = "R: Buca in via Roma" })
	answer := b.mail(func(m *Inbound) { m.AnswersTo = []string{first.Message.ExternalIDs[0].Value} })
	others := make([]Event, 20)
	for i := range others {
		others[i] = b.mail(func(m *Inbound) { m.From.Value = fmt.Sprintf("cittadino%d@posta.example", i) })
	}
	b.deliver(t, append([]Event{first, again, answer}, others...)...)
	require.Zero(t, count(t, b.pool, `SELECT sum(failures) FROM journal`), "they are filed at the first go")
	numbers := b.list(t)
	require.Len(t, numbers, 22)
	mine := b.messages(t, numbers[0])
	require.Len(t, mine, 3, "letter, answer, acknowledgement")
	require.Equal(t, ticket.ReasonExternalID, mine[1].Reason.Code)
	require.Equal(t, 1, count(t, b.pool, `SELECT count(*) FROM ticket_suggestion WHERE reason = 'same_subject'`))
	require.Equal(t, 21, count(t, b.pool, `SELECT count(*) FROM contact`))
	require.Equal(t, 22, count(t, b.pool, `SELECT count(*) FROM ticket WHERE version = 1 OR message_count = 3`), "a row is written once")
}

func TestAPoisonRowIsCountedAlone(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	var events []Event
	for i := range 12 {
		events = append(events, b.mail(func(m *Inbound) { m.From.Value = fmt.Sprintf("cittadino%d@posta.example", i) }))
	}
	poison := events[5]
	_, err := b.journal.Append(t.Context(), b.batch("c", events...))
	require.NoError(t, err)
	exec(t, b.pool, `UPDATE journal SET payload = '{"message": 1}' WHERE event_id = $1`, poison.ID)
	b.journal.recent = newRecent() // as another replica reads it
	for range maxFailures {
		b.work(t)
		exec(t, b.pool, `UPDATE journal SET next_attempt_at = '-infinity' WHERE state = 'pending'`)
	}
	require.Len(t, b.list(t), 11, "its neighbours are filed")
	require.Equal(t, 11, count(t, b.pool, `SELECT count(*) FROM journal WHERE state = 'filed' AND failures = 0`))
	require.Equal(t, 1, count(t, b.pool, `SELECT count(*) FROM journal WHERE state = 'quarantined' AND reason = 'failed' AND event_id = $1`, poison.ID))
}

func TestSeveralLettersOfOneBatchComeOnOneTicket(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	b.deliver(t, b.mail(nil))
	number := b.list(t)[0]
	token := b.tokens.MessageID(b.reply(t, number, "Ci dica di più.").ID, "comune.valdoria.example")
	var events []Event
	for i := range 8 {
		events = append(events, b.mail(func(m *Inbound) {
			m.From.Value, m.AnswersTo, m.Text = fmt.Sprintf("parente%d@posta.example", i), []string{token}, fmt.Sprint("risposta ", i)
		}))
	}
	b.deliver(t, events...)
	require.Equal(t, []string{number}, b.list(t))
	require.Len(t, b.messages(t, number), 11)
	require.Equal(t, 1, count(t, b.pool, `SELECT count(*) FROM ticket
		WHERE message_count = 11 AND inbound_count = 9 AND status = 'open' AND preview = 'risposta 7' AND waiting_since IS NOT NULL`))
	require.Equal(t, 9, count(t, b.pool, `SELECT count(*) FROM ticket_party WHERE wrote_at IS NOT NULL`))
}
