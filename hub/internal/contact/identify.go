package contact

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Identify is IdentifyEach for one sender.
func (s *Store) Identify(ctx context.Context, tx pgx.Tx, from Sender) (id.Contact, error) {
	found, err := s.IdentifyEach(ctx, tx, []Sender{from})
	if err != nil {
		return id.Contact{}, err
	}
	return found[0], nil
}

// IdentifyEach finds the contacts to whom the senders' addresses belong, or makes them. A contact is the very owner of
// the address, even when it was merged into another: what is filed under it returns to it when the merge is undone. A
// shared address identifies nobody: the answer is unset. Concurrent calls for one address agree.
func (s *Store) IdentifyEach(ctx context.Context, tx pgx.Tx, from []Sender) ([]id.Contact, error) {
	known := map[key]*identity{}
	var missing []key
	for i := range from {
		k := key{from[i].Kind, from[i].Value}
		if k.value != "" && known[k] == nil {
			known[k] = &identity{}
			missing = append(missing, k)
		}
		if k.value != "" {
			known[k].add(&from[i])
		}
	}
	// Always in the same order, so that two who make the same contacts do not wait for each other for ever.
	slices.SortFunc(missing, key.compare)
	if err := s.owners(ctx, tx, known, missing); err != nil {
		return nil, err
	}
	if err := s.create(ctx, tx, known, missing); err != nil {
		return nil, err
	}
	if err := s.learn(ctx, tx, known, missing); err != nil {
		return nil, err
	}
	found := make([]id.Contact, len(from))
	for i := range from {
		if k := (key{from[i].Kind, from[i].Value}); k.value != "" {
			found[i] = known[k].contact
		}
	}
	return found, nil
}

// key is an address in normal form.
type key struct{ kind, value string }

func (k key) compare(other key) int {
	if c := strings.Compare(k.kind, other.kind); c != 0 {
		return c
	}
	return strings.Compare(k.value, other.value)
}

// identity is what is known of an address, and what the messages at hand say of its owner.
type identity struct {
	display, name, language string
	proved                  bool
	wroteAt                 time.Time
	others                  []Address

	found    bool
	shared   bool
	verified bool
	contact  id.Contact
	// deadSince is when nothing reached the address any more; unset when something does.
	deadSince *time.Time
	// hasName and hasLanguage say that the contact is known by one.
	hasName, hasLanguage bool
}

// add takes over what a message says; the first to say something counts.
func (i *identity) add(from *Sender) {
	if i.display == "" {
		i.display = display(*from)
	}
	if i.name == "" {
		i.name = cut(from.Name)
	}
	if i.language == "" {
		i.language = cut(from.Language)
	}
	i.proved = i.proved || from.Proved
	i.others = append(i.others, from.Others...)
	if from.WroteAt.After(i.wroteAt) {
		i.wroteAt = from.WroteAt
	}
}

// Sharers come first: a shared address identifies nobody. Who has it aside is whom it identifies when nobody owns it.
const addressOwners = `
	SELECT w.kind, w.value, o.contact_id, o.name <> '', o.language <> '', o.verified_at IS NOT NULL, o.shared,
	       o.undeliverable_since
	FROM unnest($1::text[], $2::text[]) AS w (kind, value)
	CROSS JOIN LATERAL (
	    SELECT a.contact_id, c.name, c.language, a.verified_at, a.shared AND NOT a.aside AS shared, a.undeliverable_since
	    FROM contact_address a JOIN contact c ON c.id = a.contact_id
	    WHERE a.kind = w.kind AND a.value = w.value
	    ORDER BY a.shared AND NOT a.aside DESC, a.aside, a.id LIMIT 1) o`

// owners finds whose the addresses are.
func (s *Store) owners(ctx context.Context, tx pgx.Tx, known map[key]*identity, wanted []key) error {
	if len(wanted) == 0 {
		return nil
	}
	var r postgres.Rows
	for _, k := range wanted {
		r.Add(k.kind, k.value)
	}
	rows, err := tx.Query(ctx, addressOwners, r.Args()...)
	if err != nil {
		return fmt.Errorf("finding the owners of addresses: %w", err)
	}
	var k key
	var o identity
	columns := []any{&k.kind, &k.value, &o.contact, &o.hasName, &o.hasLanguage, &o.verified, &o.shared, &o.deadSince}
	_, err = pgx.ForEachRow(rows, columns, func() error {
		i := known[k]
		i.deadSince = o.deadSince
		i.found, i.contact, i.hasName, i.hasLanguage, i.verified, i.shared = true, o.contact, o.hasName, o.hasLanguage, o.verified, o.shared
		if o.shared {
			i.contact = id.Contact{}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("finding the owners of addresses: %w", err)
	}
	return nil
}

const (
	insertContacts = `
		INSERT INTO contact (id, name, language) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])`
	insertAddresses = `
		INSERT INTO contact_address (id, contact_id, kind, value, display, verified_at)
		SELECT a.id, a.contact_id, a.kind, a.value, a.display, CASE WHEN a.proved THEN now() END
		FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bool[])
		    AS a (id, contact_id, kind, value, display, proved)
		ON CONFLICT (kind, value) WHERE NOT shared DO NOTHING
		RETURNING contact_id`
	// An address that somebody has, alone or with others, stays his.
	insertOthers = `
		INSERT INTO contact_address (id, contact_id, kind, value, display)
		SELECT a.id, a.contact_id, a.kind, a.value, a.display
		FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[]) AS a (id, contact_id, kind, value, display)
		WHERE NOT EXISTS (SELECT 1 FROM contact_address o WHERE o.kind = a.kind AND o.value = a.value)
		ON CONFLICT (kind, value) WHERE NOT shared DO NOTHING`
)

// create makes a contact with its address for each that nobody has. Where another transaction made the address first,
// that one's contact is the answer.
func (s *Store) create(ctx context.Context, tx pgx.Tx, known map[key]*identity, wanted []key) error {
	var contacts, addresses postgres.Rows
	made := map[id.Contact]key{}
	for _, k := range wanted {
		i := known[k]
		if i.found {
			continue
		}
		c := id.New[id.Contact]()
		made[c] = k
		contacts.Add(c, i.name, i.language)
		addresses.Add(id.New[id.Address](), c, k.kind, k.value, i.display, i.proved)
	}
	if len(made) == 0 {
		return nil
	}
	b, others := &pgx.Batch{}, postgres.Rows{}
	contacts.Queue(b, insertContacts)
	addresses.Queue(b, insertAddresses).Query(func(rows pgx.Rows) error {
		var c id.Contact
		_, err := pgx.ForEachRow(rows, []any{&c}, func() error {
			i := known[made[c]]
			i.contact, i.found, i.hasName, i.hasLanguage, i.verified = c, true, true, true, true
			for _, a := range i.others {
				others.Add(id.New[id.Address](), c, a.Kind, a.Value, cut(a.Display))
			}
			delete(made, c)
			return nil
		})
		return err
	})
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("making contacts: %w", err)
	}
	if others.Len() > 0 {
		if _, err := tx.Exec(ctx, insertOthers, others.Args()...); err != nil {
			return fmt.Errorf("adding the addresses that contacts gave: %w", err)
		}
	}
	return s.yield(ctx, tx, known, made)
}

// yield takes back the contacts whose addresses others had made by the time they were written.
func (s *Store) yield(ctx context.Context, tx pgx.Tx, known map[key]*identity, late map[id.Contact]key) error {
	if len(late) == 0 {
		return nil
	}
	var contacts []id.Contact
	var keys []key
	for c, k := range late {
		contacts, keys = append(contacts, c), append(keys, k)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM contact WHERE id = ANY($1)`, contacts); err != nil {
		return fmt.Errorf("taking back contacts: %w", err)
	}
	return s.owners(ctx, tx, known, keys)
}

const (
	// What is known already stays: anybody can write any name on a letter.
	fillIn = `
		UPDATE contact c SET name = CASE WHEN c.name = '' THEN n.name ELSE c.name END,
		    language = CASE WHEN c.language = '' THEN n.language ELSE c.language END, updated_at = now(), version = c.version + 1
		FROM unnest($1::uuid[], $2::text[], $3::text[]) AS n (id, name, language) WHERE c.id = n.id`
	verify = `
		UPDATE contact_address a SET verified_at = coalesce(a.verified_at, now())
		FROM unnest($1::text[], $2::text[]) AS v (kind, value) WHERE a.kind = v.kind AND a.value = v.value AND NOT a.shared`
	// Of a shared address too: it is the address that was dead, whoever has it.
	revive = `
		UPDATE contact_address a SET undeliverable_since = NULL, undeliverable_why = ''
		FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS w (kind, value, wrote_at)
		WHERE a.kind = w.kind AND a.value = w.value AND a.undeliverable_since < w.wrote_at`
)

// learn adds to contacts known before what the messages say of them.
func (s *Store) learn(ctx context.Context, tx pgx.Tx, known map[key]*identity, wanted []key) error {
	var names, proofs, alive postgres.Rows
	for _, k := range wanted {
		i := known[k]
		if i.deadSince != nil && i.deadSince.Before(i.wroteAt) {
			alive.Add(k.kind, k.value, i.wroteAt)
		}
		if i.shared {
			continue
		}
		if !i.hasName && i.name != "" || !i.hasLanguage && i.language != "" {
			names.Add(i.contact, i.name, i.language)
		}
		if i.proved && !i.verified {
			proofs.Add(k.kind, k.value)
		}
	}
	b := &pgx.Batch{}
	names.Queue(b, fillIn)
	proofs.Queue(b, verify)
	alive.Queue(b, revive)
	if b.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("noting what contacts say of themselves: %w", err)
	}
	return nil
}
