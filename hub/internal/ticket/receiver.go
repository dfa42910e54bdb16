package ticket

import (
	"context"
	"fmt"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Receiver is the office that takes what is meant for one: that office itself, or the one that stands in for it while it
// is closed down or nobody with access belongs to it.
type Receiver struct {
	ID        id.Office
	Name      string
	Meant     id.Office
	MeantName string
	// Confidential offices show what they hold to nobody else, and answer for that alone.
	Confidential bool
}

// stands tells whether it stands in for another office.
func (r Receiver) stands() bool { return r.ID != r.Meant }

// onto adds to the parameters of an event or a note which office was meant, where that is another one.
func (r Receiver) onto(params map[string]string) map[string]string {
	if r.stands() {
		params["meant"], params["meant_name"] = r.Meant.String(), r.MeantName
	}
	return params
}

// Receiving finds who takes what is handed to an office. What exists nowhere is a fault of the field that named it.
func Receiving(ctx context.Context, q postgres.Querier, field string, office id.Office) (Receiver, error) {
	var r Receiver
	err := q.QueryRow(ctx, `
		SELECT r.id, r.name, m.id, m.name, r.confidential
		FROM office m JOIN office r ON r.id = coalesce(m.received_by, m.id) AND r.active WHERE m.id = $1`, office,
	).Scan(&r.ID, &r.Name, &r.Meant, &r.MeantName, &r.Confidential)
	if postgres.IsNoRows(err) {
		return r, fault.Invalid(field, "unknown", "there is none with this id")
	}
	if err != nil {
		return r, fmt.Errorf("looking who receives for an office: %w", err)
	}
	return r, nil
}

// receivedBy finds who takes what the office that has the ticket hands to another one; itself it is not.
func (t *Ticket) receivedBy(ctx context.Context, q postgres.Querier, office id.Office) (Receiver, error) {
	r, err := Receiving(ctx, q, "office_id", office)
	if err == nil && r.ID == t.Office {
		return r, fault.Invalid("office_id", "received_here", "nobody works at %s: what is for it comes to the office that has the ticket", r.MeantName)
	}
	return r, err
}
