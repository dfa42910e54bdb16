package app

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

const keyRefused = "refused"

// AskPreference sends a code to where a citizen wants the answers to a ticket.
func (c citizens) AskPreference(ctx context.Context, key pluginhost.TicketKey, address, language string) (pluginhost.Asked, error) {
	a := pluginhost.Asked{Outcome: string(delivery.AskingUnreachable)}
	opened, err := c.alone(ctx, key, func(tx pgx.Tx, t *ticket.Ticket) error {
		asked, err := c.Composer.AskPreference(ctx, tx, t, address, language)
		if err != nil {
			return err
		}
		a = pluginhost.Asked{
			Outcome: string(asked.Outcome), Wait: asked.Wait,
			Address: pluginhost.AnswerAddress{Kind: asked.To.Kind, Masked: masked(asked.To)},
		}
		if asked.Outcome == delivery.AskingSent {
			a.Request, a.Valid = asked.Request.String(), ticket.CodeLife
		}
		return nil
	})
	if err != nil {
		return pluginhost.Asked{}, err
	}
	if !opened {
		a.Outcome = keyRefused
	}
	return a, nil
}

// ConfirmPreference makes the address at which a code was read the preferred one of the ticket.
func (c citizens) ConfirmPreference(ctx context.Context, key pluginhost.TicketKey, request, code string) (pluginhost.Confirmed, error) {
	done := pluginhost.Confirmed{Outcome: string(ticket.CodeExpired)}
	opened, err := c.alone(ctx, key, func(tx pgx.Tx, t *ticket.Ticket) error {
		which, err := uuid.Parse(request)
		if err != nil {
			return nil //nolint:nilerr // what names no code is answered like one that is over
		}
		outcome, left, err := c.Composer.ConfirmPreference(ctx, tx, t, id.Message{UUID: which}, code)
		done = pluginhost.Confirmed{Outcome: string(outcome), TriesLeft: left}
		return err
	})
	if err != nil {
		return pluginhost.Confirmed{}, err
	}
	if !opened {
		done.Outcome = keyRefused
	}
	return done, nil
}

// DropPreference lets the answers to a ticket go where they would without it.
func (c citizens) DropPreference(ctx context.Context, key pluginhost.TicketKey) (bool, error) {
	return c.alone(ctx, key, func(tx pgx.Tx, t *ticket.Ticket) error { return c.Tickets.DropPreference(ctx, tx, t) })
}

// alone runs do with the ticket that a key opens locked, unless that was joined with others: then nothing is done. It
// tells whether the key opened one.
func (c citizens) alone(ctx context.Context, key pluginhost.TicketKey, do func(pgx.Tx, *ticket.Ticket) error) (opened bool, err error) {
	held, err := c.open(ctx, key)
	if err != nil || held == nil {
		return false, err
	}
	return true, postgres.InTx(ctx, c.Pool, func(tx pgx.Tx) error {
		t, err := c.Tickets.Lock(ctx, tx, account.SystemScope(), held.ID)
		if err != nil || t.ID != held.ID {
			return err
		}
		offered, err := c.Tickets.TakesPreference(ctx, tx, account.SystemScope(), t.ID)
		if err != nil || !offered {
			return err
		}
		return do(tx, t)
	})
}

// sayWhereTo tells the holder of a ticket where its answers go. An address is named, with most of it hidden, only when it
// is on this ticket: what else is known of the contact is nothing that its secret shows.
func (c citizens) sayWhereTo(ctx context.Context, held, current *ticket.Ticket, p *pluginhost.PublicTicket) error {
	if held.ID != current.ID {
		return nil
	}
	var err error
	if p.PreferenceOffered, err = c.Tickets.TakesPreference(ctx, c.Pool, account.SystemScope(), held.ID); err != nil || !p.PreferenceOffered {
		return err
	}
	preview, err := c.Composer.Preview(ctx, c.Pool, current, delivery.Draft{})
	if err != nil || len(preview.To) == 0 {
		return err
	}
	parties, err := c.Tickets.Parties(ctx, c.Pool, account.SystemScope(), held.ID)
	if err != nil {
		return err
	}
	to := preview.To[0]
	p.Answers = pluginhost.AnswerAddress{Kind: to.Kind, Chosen: preview.Choice.Reason == delivery.BecauseChosen}
	if slices.ContainsFunc(parties, func(o ticket.Party) bool { return o.Role == ticket.RoleRequester && o.Address().Same(to) }) {
		p.Answers.Masked = masked(to)
	}
	return nil
}

// masked hides most of an address: "m•••@example.it", "••• ••• 4567".
func masked(a ticket.Address) string {
	if local, domain, ok := strings.Cut(a.Value, "@"); ok {
		return string([]rune(local)[:1]) + "•••@" + domain
	}
	runes := []rune(a.Value)
	if len(runes) < 8 {
		return "•••"
	}
	return "••• ••• " + string(runes[len(runes)-4:])
}
