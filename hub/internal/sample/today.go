package sample

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/mention"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// putAside are requests that somebody takes up again another day: so many days from now, at an hour; 0 is the next
// working day.
var putAside = []struct {
	login, office string
	days, hour    int
}{
	{login: "anna", office: "urp"}, {login: "marta", office: "urp", days: 3, hour: 9}, {login: "sara", office: "urp", days: 12, hour: 8},
	{login: "luca", office: "anagrafe"}, {login: "elena", office: "anagrafe", days: 6, hour: 9},
}

// remarks are notes that name somebody: an operator by login, or an office. The name stands where the text has @.
var remarks = []struct{ login, office, names, text string }{
	{"luca", "anagrafe", "anna", "@ la signora ha richiamato allo sportello: la pratica è pronta, puoi avvisarla tu?"},
	{"elena", "anagrafe", "luca", "@ per favore verifica in archivio la data del cambio di via prima di rispondere."},
	{"luca", "anagrafe", "anagrafe", "@ chi ha lavorato la pratica precedente? Non trovo il fascicolo."},
	{"sara", "urp", "marta", "@ domani sono assente: se il cittadino risponde, la segui tu?"},
	{"marta", "urp", "anna", "@ hai ancora il contatto della ditta? Il numero in rubrica non risponde."},
	{"anna", "urp", "urp", "@ è la terza segnalazione uguale in due giorni: prima di rispondere guardate questa."},
}

// today is what lies on the desks when somebody looks for the first time.
type today struct {
	town     *Town
	tickets  *ticket.Store
	mentions *mention.Store
	people   map[id.Operator]account.Actor
	now      time.Time
	clock    time.Time
	used     []id.Ticket
}

// WriteToday puts some of the requests that are open aside, and writes notes that name colleagues and offices.
func WriteToday(ctx context.Context, p Parts, town *Town, now time.Time) error {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		return fmt.Errorf("loading the time zone: %w", err)
	}
	d := &today{town: town, now: now.In(zone), people: map[id.Operator]account.Actor{}}
	clock := func() time.Time { return d.clock }
	d.tickets, d.mentions = ticket.NewStore(clock), mention.NewStore(p.Accounts, clock)
	return postgres.InTx(ctx, p.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL sportello.quiet = 'on'`); err != nil {
			return fmt.Errorf("keeping announcements back: %w", err)
		}
		offices, err := workersOf(ctx, tx)
		if err != nil {
			return err
		}
		for _, people := range offices {
			for _, w := range people {
				d.people[id.Operator{UUID: w.id}] = w.actor()
			}
		}
		if err := d.aside(ctx, tx); err != nil {
			return err
		}
		return d.remark(ctx, tx)
	})
}

func (d *today) aside(ctx context.Context, tx pgx.Tx) error {
	for _, each := range putAside {
		who := d.town.Operators[each.login]
		t, err := d.pick(ctx, tx, d.town.Offices[each.office], who)
		if err != nil {
			return err
		}
		if t == nil {
			continue
		}
		until := ticket.Snooze{NextWorkingDay: each.days == 0}
		if each.days > 0 {
			until.Until = time.Date(d.now.Year(), d.now.Month(), d.now.Day()+each.days, each.hour, 0, 0, 0, d.now.Location())
		}
		if _, err := d.tickets.Update(ctx, tx, account.SystemScope(), t.ID, d.people[who], ticket.Change{Version: t.Version, Snooze: &until}); err != nil {
			return fmt.Errorf("putting a request aside: %w", err)
		}
	}
	return nil
}

func (d *today) remark(ctx context.Context, tx pgx.Tx) error {
	for _, r := range remarks {
		t, err := d.pick(ctx, tx, d.town.Offices[r.office], id.Operator{})
		if err != nil {
			return err
		}
		if t == nil {
			continue
		}
		by := d.people[d.town.Operators[r.login]]
		named, label := mention.Name{Office: d.town.Offices[r.names]}, ""
		if who, ok := d.town.Operators[r.names]; ok {
			named, label = mention.Name{Operator: who}, d.people[who].Name
		} else if i := slices.IndexFunc(halls, func(h hall) bool { return h.slug == r.names }); i >= 0 {
			label = halls[i].name
		}
		note, err := d.tickets.AddNote(ctx, tx, t, by, ticket.Note{Text: strings.Replace(r.text, "@", "@"+label, 1)})
		if err != nil {
			return err
		}
		if err := d.mentions.Write(ctx, tx, account.SystemScope(), by, t.ID, note, []mention.Name{named}); err != nil {
			return err
		}
	}
	return nil
}

// pick locks the latest request of an office that nothing was done to here: an open one of somebody, where that is given,
// else one that is over only when none is open; nil when there is none at all. The clock goes to shortly before now, behind all that happened to it.
func (d *today) pick(ctx context.Context, tx pgx.Tx, office id.Office, of id.Operator) (*ticket.Ticket, error) {
	var found id.Ticket
	err := tx.QueryRow(ctx, `
		SELECT id FROM ticket WHERE office_id = $1 AND ($2::uuid IS NULL OR assignee_id = $2) AND merged_into IS NULL AND id <> ALL ($3)
		   AND ($2 IS NULL OR status NOT IN ('resolved', 'closed'))
		ORDER BY status NOT IN ('resolved', 'closed') DESC, created_at DESC, id LIMIT 1`, office, of, append([]id.Ticket{}, d.used...)).Scan(&found)
	if postgres.IsNoRows(err) {
		return nil, nil //nolint:nilnil // a small town has none
	}
	if err != nil {
		return nil, fmt.Errorf("looking for an open request: %w", err)
	}
	locked, err := d.tickets.LockEach(ctx, tx, account.SystemScope(), []id.Ticket{found})
	if err != nil {
		return nil, err
	}
	t := locked[found]
	d.used = append(d.used, found)
	if d.clock = d.now.Add(-time.Duration(5+11*len(d.used)) * time.Minute); d.clock.Before(t.UpdatedAt) {
		d.clock = t.UpdatedAt.Add(d.now.Sub(t.UpdatedAt) / 2)
	}
	return t, nil
}
