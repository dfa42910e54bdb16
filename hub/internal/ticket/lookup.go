package ticket

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// found is a message that an identifier or a token leads to.
type found struct {
	Value     string     `db:"value"`
	Channel   id.Channel `db:"channel_id"`
	Issuer    Issuer     `db:"issuer"`
	Message   id.Message `db:"id"`
	Ticket    id.Ticket  `db:"ticket_id"`
	Subject   string     `db:"subject"`
	Direction Direction  `db:"direction"`
	Class     Class      `db:"class"`
}

// FindByExternalID finds the message that an identifier names, for whoever files reports; the unset channel stands for
// any. More than one message counts as none, unless one was issued on the very channel.
func (s *Store) FindByExternalID(ctx context.Context, dbtx postgres.Querier, channel id.Channel, kind, value string) (id.Message, bool, error) {
	const query = `
		SELECT x.value, x.channel_id, x.issuer, m.id, m.ticket_id, m.subject, m.direction, m.class
		FROM message_external_id x JOIN message m ON m.id = x.message_id
		WHERE x.value = $1 AND x.kind = $2 AND ($3::uuid IS NULL OR x.channel_id = $3) ORDER BY m.id LIMIT 100`
	v := externalValue(value)
	rows, err := dbtx.Query(ctx, query, v, kind, channel)
	if err != nil {
		return id.Message{}, false, fmt.Errorf("looking for an identifier: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[found])
	if err != nil {
		return id.Message{}, false, fmt.Errorf("looking for an identifier: %w", err)
	}
	hit, ok := unambiguous(all, channel)
	return hit.Message, ok, nil
}

// unambiguous chooses among the messages known by one identifier: one issued on this very channel is the one, then the
// only one that came by this channel, then the only one there is; else more than one counts as none.
func unambiguous(all []found, channel id.Channel) (found, bool) {
	var here, anywhere []found
	for _, f := range all {
		if f.Channel == channel && f.Issuer != IssuerSender {
			return f, true
		}
		same := func(other found) bool { return other.Message == f.Message }
		if f.Channel == channel && !slices.ContainsFunc(here, same) {
			here = append(here, f)
		}
		if !slices.ContainsFunc(anywhere, same) {
			anywhere = append(anywhere, f)
		}
	}
	for _, list := range [][]found{here, anywhere} {
		if len(list) > 0 {
			return list[0], len(list) == 1
		}
	}
	return found{}, false
}
