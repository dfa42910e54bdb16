package sample

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
)

// largeTown is what a town of 200,000 has: offices with their staff, and ways to reach them.
type largeTown struct {
	offices []desk
	ways    []way
	terms   *office.Terms
}

// desk is an office with the letters it gets and its share of all of them, in percent.
type desk struct {
	slug, name string
	matters    []string
	share      int
	staff      int
	id         uuid.UUID
	operators  []uuid.UUID
}

// way is a channel with its share of all tickets, in percent.
type way struct {
	slug, adapter, name, address string
	// sender is the kind of address that people have there.
	sender string
	// of is the office that this is the mailbox of.
	of    string
	share int
	id    uuid.UUID
}

// desks sum up to 100 percent. URP and Anagrafe are those of the sample town.
var desks = []desk{
	{slug: "urp", name: "URP", matters: nil, share: 18, staff: 10},
	{slug: "anagrafe", name: "Anagrafe e stato civile", matters: []string{"anagrafe"}, share: 20, staff: 12},
	{slug: "tributi", name: "Tributi", matters: []string{"tributi"}, share: 17, staff: 9},
	{slug: "polizia", name: "Polizia locale", matters: []string{"polizia"}, share: 12, staff: 8},
	{slug: "lavori", name: "Lavori pubblici e manutenzioni", matters: []string{"lavori"}, share: 10, staff: 6},
	{slug: "scuola", name: "Servizi scolastici", matters: []string{"scuola"}, share: 8, staff: 5},
	{slug: "sociale", name: "Servizi sociali", matters: []string{"sociale"}, share: 7, staff: 5},
	{slug: "edilizia", name: "Sportello unico edilizia", matters: []string{"edilizia"}, share: 5, staff: 4},
	{slug: "cultura", name: "Cultura, sport ed eventi", matters: []string{"cultura"}, share: 3, staff: 3},
}

// ways sum up to 100 percent; those that no adapter serves yet stand there switched off.
var ways = []way{
	{slug: ChannelSlug, adapter: "email", name: "E-mail URP", address: Mailbox, sender: contact.KindEmail, share: 44},
	{slug: "posta-anagrafe", adapter: "email", name: "E-mail Anagrafe", address: "anagrafe@comune.valdoria.example", sender: contact.KindEmail, of: "anagrafe", share: 12},
	{slug: "posta-tributi", adapter: "email", name: "E-mail Tributi", address: "tributi@comune.valdoria.example", sender: contact.KindEmail, of: "tributi", share: 10},
	{slug: "pec", adapter: "pec", name: "PEC del Comune", address: "comune.valdoria@pec.example", sender: "pec", share: 14},
	{slug: FormsSlug, adapter: "webform", name: "Moduli sul sito", address: "www.comune.valdoria.example", sender: contact.KindEmail, share: 11},
	{slug: TextsSlug, adapter: "sms", name: "SMS", address: "+393399900100", sender: "mobile", share: 4},
	{slug: "centralino", adapter: "telephony", name: "Centralino", address: "+390171555000", sender: "mobile", share: 5},
}

// grow adds to the sample town what it lacks, in one transaction. What is there already stays: a second try after an
// interruption meets the first.
func grow(ctx context.Context, p Parts, town *Town) (*largeTown, error) {
	t := &largeTown{offices: slices.Clone(desks), ways: slices.Clone(ways)}
	err := postgres.InTx(ctx, p.Pool, func(tx pgx.Tx) error {
		for i := range t.offices {
			if err := t.offices[i].open(ctx, tx, p, town); err != nil {
				return err
			}
		}
		for i := range t.ways {
			if err := t.ways[i].open(ctx, tx, p, town); err != nil {
				return err
			}
		}
		var err error
		t.terms, err = p.Offices.Terms(ctx, tx)
		return err
	})
	return t, err
}

func (d *desk) open(ctx context.Context, tx pgx.Tx, p Parts, town *Town) error {
	made, ok := town.Offices[d.slug]
	if !ok {
		var err error
		if made, err = p.Offices.Add(ctx, tx, office.Office{Slug: d.slug, Name: d.name, Signature: d.name + "\nComune di Valdoria"}); err != nil {
			return err
		}
		town.Offices[d.slug] = made
	}
	d.id = made.UUID
	for n := range d.staff {
		// Everybody has the demo's password: its hash is anna's.
		name := personName(len(d.slug)*31 + n*7 + int(d.slug[0]))
		_, err := tx.Exec(ctx, `INSERT INTO operator (id, login, name, role, password_hash)
			SELECT $1, $2, $3, CASE $4 WHEN 'urp' THEN 'first_level' ELSE 'back_office' END, password_hash
			FROM operator WHERE login = 'anna' ON CONFLICT DO NOTHING`,
			id.New[id.Operator](), fmt.Sprintf("%s%d", d.slug, n+1), name, d.slug)
		if err != nil {
			return fmt.Errorf("adding an operator: %w", err)
		}
	}
	if _, err := tx.Exec(ctx, `INSERT INTO office_member (office_id, operator_id)
		SELECT $1, id FROM operator WHERE login ~ ('^' || $2 || '[0-9]+$') ON CONFLICT DO NOTHING`, made, d.slug); err != nil {
		return fmt.Errorf("filling an office: %w", err)
	}
	found, err := tx.Query(ctx, `SELECT o.id FROM operator o JOIN office_member m ON m.operator_id = o.id
		WHERE m.office_id = $1 AND o.role IN ('first_level', 'back_office') ORDER BY o.login`, made)
	if err != nil {
		return fmt.Errorf("listing an office's operators: %w", err)
	}
	d.operators, err = pgx.CollectRows(found, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("listing an office's operators: %w", err)
	}
	return nil
}

func (w *way) open(ctx context.Context, tx pgx.Tx, p Parts, town *Town) error {
	if w.slug == ChannelSlug {
		w.id = town.Channel.UUID
		return nil
	}
	if err := tx.QueryRow(ctx, `SELECT id FROM channel WHERE slug = $1`, w.slug).Scan(&w.id); err == nil {
		return nil
	} else if !postgres.IsNoRows(err) {
		return fmt.Errorf("looking for a channel: %w", err)
	}
	made, err := p.Channels.Create(ctx, tx, channel.Draft{
		Adapter: w.adapter, Slug: w.slug, Name: w.name, Office: town.Offices["urp"], Config: []byte(`{}`),
	})
	w.id = made.UUID
	return err
}
