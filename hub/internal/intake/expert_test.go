package intake

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

const (
	geologist = "geologo@studio.example"
	townMail  = "comune.valdoria.example"
)

// asked is a ticket of some citizen about which a geologist is asked.
type asked struct {
	citizen, number string
	ask             id.Ask
	letter          ticket.Message
	// token is what the geologist's mail program answers to, messageID what it names.
	token, messageID string
}

// consult begins a ticket and asks about it.
func (b *filing) consult(t *testing.T, expert string) asked {
	t.Helper()
	a := asked{citizen: fmt.Sprintf("cittadino%d@posta.example", b.n), ask: id.New[id.Ask]()}
	b.deliver(t, b.mail(func(m *Inbound) { m.From = Address{Kind: "email", Value: a.citizen, Name: "Bruno Neri"} }))
	numbers := b.list(t)
	a.number = numbers[len(numbers)-1]
	letter := id.New[id.Message]()
	require.NoError(t, postgres.InTx(t.Context(), b.pool, func(tx pgx.Tx) error {
		locked, err := b.tickets.LockNumber(t.Context(), tx, account.SystemScope(), a.number)
		if err != nil {
			return err
		}
		return b.composer.Consult(t.Context(), tx, account.SystemScope(), account.System(), locked, delivery.Consultation{
			ID: a.ask, Letter: letter, Expert: ticket.Address{Value: expert}, Text: "La frana è stabile?", Due: time.Now().Add(time.Hour),
		})
	}))
	found, err := b.tickets.Message(t.Context(), b.pool, account.SystemScope(), letter)
	require.NoError(t, err)
	a.letter = *found
	sent, err := b.composer.Render(t.Context(), letter, b.channel)
	require.NoError(t, err)
	a.token, a.messageID = sent.Thread.ReplyToken, sent.Thread.MessageID
	return a
}

func (b *filing) question(t *testing.T, a asked) *ticket.Ask {
	t.Helper()
	found, err := b.tickets.OneAsk(t.Context(), b.pool, account.SystemScope(), a.ask)
	require.NoError(t, err)
	return found
}

// from is a mail from an address with these tokens and identifiers.
func (b *filing) from(sender string, tokens, answers []string, change func(*Inbound)) Event {
	return b.mail(func(m *Inbound) {
		m.From, m.Tokens, m.AnswersTo, m.Text = Address{Kind: "email", Value: sender, Name: "Sofia Verdi"}, tokens, answers, "È stabile."
		if change != nil {
			change(m)
		}
	})
}

func (b *filing) tx(t *testing.T, do func(pgx.Tx) error) {
	t.Helper()
	require.NoError(t, postgres.InTx(t.Context(), b.pool, do))
}

// What an expert writes lands as a note and nowhere else, however it comes back.
func TestExpertsAnswerIntoNotes(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	open, answered := ticket.AskOpen, ticket.AskAnswered
	for name, c := range map[string]struct {
		answer func(a asked) Event
		state  ticket.AskState
		reason string
		params map[string]string
	}{
		"to the address with the token": {
			func(a asked) Event { return b.from(geologist, []string{a.token}, nil, nil) }, answered, ticket.ReasonExpertAnswered, nil,
		},
		"by the Message-ID alone, in other letters": {
			func(a asked) Event { return b.from(geologist, nil, []string{"<x@studio.example>", a.messageID}, nil) },
			answered, ticket.ReasonExpertAnswered, nil,
		},
		"under another subject, with another ticket's number": {
			func(a asked) Event {
				return b.from(geologist, []string{a.token}, nil, func(m *Inbound) { m.Subject = "Tutt'altro [Rif. 2020-000001-0]" })
			}, answered, ticket.ReasonExpertAnswered, nil,
		},
		"a forged sender": {
			func(a asked) Event {
				return b.from(geologist, []string{a.token}, nil, func(m *Inbound) { m.Authentication.Authenticated = false })
			}, open, ticket.ReasonExpertAnswered, map[string]string{ticket.ParamUnproved: "true"},
		},
		"a channel that judges nobody": {
			func(a asked) Event {
				return b.from(geologist, []string{a.token}, nil, func(m *Inbound) { m.Authentication = Authentication{} })
			}, answered, ticket.ReasonExpertAnswered, nil,
		},
		"a colleague to whom it was forwarded": {
			func(a asked) Event { return b.from("collega@altrove.example", []string{a.token}, nil, nil) },
			open, ticket.ReasonExpertAnswered, map[string]string{ticket.ParamFrom: "collega@altrove.example"},
		},
		"the citizen, to whom somebody forwarded it": {
			func(a asked) Event { return b.from(a.citizen, []string{a.token}, nil, nil) },
			open, ticket.ReasonExpertAnswered, map[string]string{ticket.ParamFrom: "*citizen"},
		},
		"out of office": {
			func(a asked) Event {
				return b.from(geologist, []string{a.token}, nil, func(m *Inbound) { m.Class = "out_of_office" })
			}, open, ticket.ReasonExpertMachine, nil,
		},
		"a bounce": {
			func(a asked) Event {
				return b.from("mailer-daemon@studio.example", nil, []string{a.messageID}, func(m *Inbound) { m.Class = "bounce_hard" })
			}, open, ticket.ReasonExpertMachine, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := b.consult(t, geologist)
			before, seen := len(b.list(t)), len(b.messages(t, a.number))
			b.deliver(t, c.answer(a))
			require.Len(t, b.list(t), before, "no ticket begins")
			all := b.messages(t, a.number)
			require.Len(t, all, seen+1)
			got := all[seen]
			require.Equal(t, ticket.DirectionNote, got.Direction)
			require.Equal(t, ticket.OriginExpert, got.Origin)
			require.Equal(t, c.reason, got.Reason.Code)
			want := map[string]string{"ask": a.ask.String(), "expert": geologist, "office_name": geologist}
			for k, v := range c.params {
				if v == "*citizen" {
					v = a.citizen
				}
				want[k] = v
			}
			require.Equal(t, want, got.Reason.Params)
			q := b.question(t, a)
			require.Equal(t, c.state, q.State)
			require.Equal(t, c.reason == ticket.ReasonExpertAnswered, q.AnswerID == got.ID, "what waits beside the question")
			b.requireNoParty(t, a)
		})
	}
}

// requireNoParty makes sure that nobody but the citizen is on the ticket, and that no contact was made of the expert.
func (b *filing) requireNoParty(t *testing.T, a asked) {
	t.Helper()
	require.Equal(t, 1, count(t, b.pool, `SELECT count(*) FROM ticket_party p JOIN ticket t ON t.id = p.ticket_id WHERE t.number = $1`, a.number))
	require.Zero(t, count(t, b.pool, `SELECT count(*) FROM contact_address WHERE value LIKE '%studio.example' OR value LIKE '%altrove.example'`))
	found, err := b.tickets.Get(t.Context(), b.pool, account.SystemScope(), a.number)
	require.NoError(t, err)
	r, err := b.tickets.DefaultRecipients(t.Context(), b.pool, account.SystemScope(), found.ID, id.Message{})
	require.NoError(t, err)
	require.Equal(t, a.citizen, r.To[0].Value)
	require.Empty(t, r.Others)
	require.Equal(t, ticket.StatusNew, found.Status, "nothing happened to the request itself")
}

// Each kind of token opens its own way only, and a token its own ticket only.
func TestTokensOfCitizensAndExpertsAreNoneOfTheOther(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	one, other := b.consult(t, geologist), b.consult(t, geologist)
	reply := b.reply(t, one.number, "Ci dica di più.")
	mine := b.tokens.MessageID(reply.ID, townMail)

	b.deliver(t, b.from(geologist, []string{mine}, nil, nil))
	last := b.last(t, one.number)
	require.Equal(t, ticket.DirectionInbound, last.Direction, "a citizen's token leads into the conversation, whoever has it")
	require.True(t, last.ThirdPerson)
	require.Equal(t, ticket.AskOpen, b.question(t, one).State, "and never to the question")

	// The names of the two kinds are made of the same message and differ: neither can be had from the other.
	require.NotEqual(t, b.tokens.MessageID(one.letter.ID, townMail), one.messageID)
	forged := []string{b.tokens.MessageID(one.letter.ID, townMail), b.tokens.ExpertMessageID(reply.ID, townMail)}
	for _, minted := range []func() (string, error){
		func() (string, error) {
			return b.tokens.Mint(t.Context(), b.pool, one.letter.ID, ticket.Address{Kind: "email", Value: geologist})
		},
		func() (string, error) {
			return b.tokens.MintExpert(t.Context(), b.pool, reply.ID, ticket.Address{Kind: "email", Value: one.citizen})
		},
	} {
		token, err := minted()
		require.NoError(t, err)
		forged = append(forged, token)
	}
	for _, key := range forged {
		before := len(b.list(t))
		b.deliver(t, b.from("ladro@altrove.example", []string{key}, []string{key}, nil))
		require.Len(t, b.list(t), before+1, "a key of one kind on a message of the other opens nothing")
	}

	// The citizen of one request is asked as an expert about another: the token says as what she writes.
	about := b.consult(t, one.citizen)
	b.deliver(t, b.from(one.citizen, []string{about.token}, nil, func(m *Inbound) { m.Subject = "Re: [Rif. " + one.number + "]" }))
	require.Equal(t, ticket.AskAnswered, b.question(t, about).State)
	b.deliver(t, b.from(one.citizen, []string{mine}, nil, nil))
	require.Equal(t, ticket.ReasonToken, b.last(t, one.number).Reason.Code)

	b.deliver(t, b.from(geologist, []string{other.token}, []string{mine}, nil))
	require.Equal(t, ticket.AskAnswered, b.question(t, other).State, "the surest key counts")
	require.Equal(t, ticket.AskOpen, b.question(t, one).State)
}

func (b *filing) last(t *testing.T, number string) ticket.Message {
	t.Helper()
	all := b.messages(t, number)
	return all[len(all)-1]
}

// An answer may come twice, late, to a ticket that is over, and to one that was joined to another.
func TestExpertsAnswerAgainAndLate(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	a := b.consult(t, geologist)
	first := b.from(geologist, []string{a.token}, nil, nil)
	again := b.from(geologist, []string{a.token}, nil, func(m *Inbound) { m.Text = "Aggiungo una cosa." })
	b.deliver(t, first, again)
	require.Equal(t, "true", b.last(t, a.number).Reason.Params[ticket.ParamFurther])
	q := b.question(t, a)
	require.Equal(t, []any{ticket.AskAnswered, "Aggiungo una cosa."}, []any{q.State, q.Answer})
	require.Nil(t, q.SeenAt)

	b.deliver(t, again)
	require.Len(t, b.messages(t, a.number), 5, "the same mail once more is no third answer")

	late := b.consult(t, geologist)
	b.tx(t, func(tx pgx.Tx) error {
		return b.tickets.WithdrawAsk(t.Context(), tx, account.SystemScope(), account.System(), late.ask)
	})
	closed := ticket.StatusClosed
	b.tx(t, func(tx pgx.Tx) error {
		locked, err := b.tickets.LockNumber(t.Context(), tx, account.SystemScope(), late.number)
		if err != nil {
			return err
		}
		_, err = b.tickets.Update(t.Context(), tx, account.SystemScope(), locked.ID, account.System(), ticket.Change{Version: locked.Version, Status: &closed})
		return err
	})
	b.deliver(t, b.from(geologist, []string{late.token}, nil, nil))
	require.Equal(t, "true", b.last(t, late.number).Reason.Params[ticket.ParamLate])
	q = b.question(t, late)
	require.Equal(t, ticket.AskWithdrawn, q.State)
	require.Nil(t, q.SeenAt, "it is told though")
	found, err := b.tickets.Get(t.Context(), b.pool, account.SystemScope(), late.number)
	require.NoError(t, err)
	require.Equal(t, closed, found.Status, "nobody but the citizen opens it again")

	joined := b.consult(t, geologist)
	b.tx(t, func(tx pgx.Tx) error {
		from, err := b.tickets.Get(t.Context(), tx, account.SystemScope(), joined.number)
		if err != nil {
			return err
		}
		into, err := b.tickets.Get(t.Context(), tx, account.SystemScope(), a.number)
		if err != nil {
			return err
		}
		_, err = b.tickets.Join(t.Context(), tx, account.SystemScope(), account.System(), from.ID, into.ID)
		return err
	})
	b.deliver(t, b.from(geologist, []string{joined.token}, nil, nil))
	require.Equal(t, ticket.AskAnswered, b.question(t, joined).State)
	require.Equal(t, a.number, string(b.question(t, joined).Number))
}

// Without a token the address asked proves nothing: a ticket of its own, and an operator says what it is.
func TestAnExpertWithoutATokenIsSuggested(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	a := b.consult(t, geologist)
	before := len(b.list(t))
	b.deliver(t, b.from(geologist, nil, nil, func(m *Inbound) { m.Subject = "Re: parere [Rif. " + a.number + "]" }))
	numbers := b.list(t)
	require.Len(t, numbers, before+1)
	require.Equal(t, ticket.AskOpen, b.question(t, a).State)
	began, err := b.tickets.Get(t.Context(), b.pool, account.SystemScope(), numbers[before])
	require.NoError(t, err)
	offers, err := b.tickets.Suggestions(t.Context(), b.pool, account.SystemScope(), began.ID)
	require.NoError(t, err)
	require.Len(t, offers, 1)
	require.Equal(t, ticket.SuggestExpert, offers[0].Reason)
	b.tx(t, func(tx pgx.Tx) error {
		into, err := b.tickets.Accept(t.Context(), tx, account.SystemScope(), account.System(), offers[0].ID)
		if err != nil {
			return err
		}
		require.Equal(t, a.number, string(into.Number))
		return nil
	})
	last := b.last(t, a.number)
	require.Equal(t, ticket.DirectionNote, last.Direction)
	require.Equal(t, "È stabile.", last.Text)
	require.Equal(t, numbers[before], last.Reason.Params[ticket.ParamAccepted])
	require.Equal(t, ticket.AskAnswered, b.question(t, a).State)
	began, err = b.tickets.ByID(t.Context(), b.pool, account.SystemScope(), began.ID)
	require.NoError(t, err)
	require.Equal(t, ticket.StatusClosed, began.Status)
	require.True(t, began.MergedInto.IsZero(), "the two are not one: the expert stays out of the conversation")
}

// What came from elsewhere waits until an operator says that it is the answer.
func TestSettlingWhatCameFromElsewhere(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	a := b.consult(t, geologist)
	settle := func() error {
		return postgres.InTx(t.Context(), b.pool, func(tx pgx.Tx) error {
			return b.tickets.SettleAsk(t.Context(), tx, account.SystemScope(), account.System(), a.ask)
		})
	}
	require.ErrorContains(t, settle(), "nothing has come")
	b.deliver(t, b.from("collega@altrove.example", []string{a.token}, nil, nil))
	require.NoError(t, settle())
	require.Equal(t, ticket.AskAnswered, b.question(t, a).State)
	require.ErrorContains(t, settle(), "answered")
}
