package sample

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// archived are the tables that an archive fills.
var archived = []string{
	"contact", "contact_address", "ticket", "ticket_words", "ticket_party", "message", "message_party", "message_external_id",
	"ticket_event", "stay", "transmission", "delivery", "attempt",
}

// bare are tables without indexes, constraints and triggers, and what they had: rows go in several times faster, and an
// index is built faster than it grows.
type bare struct {
	tables []string
	// restore are the statements, in order: keys and indexes, then foreign keys, which need them.
	indexes, foreign []string
}

// dropped lists what stands in the way of many rows: a statement that takes it away and one that brings it back.
// Constraints go before indexes, because some indexes are theirs; foreign keys of other tables point here as well.
const dropped = `
	WITH mine AS (SELECT unnest($1::text[])::regclass AS t)
	SELECT 'foreign', format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname),
	       format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
	FROM pg_constraint c
	WHERE c.contype = 'f' AND (c.conrelid IN (SELECT t FROM mine) OR c.confrelid IN (SELECT t FROM mine))
	UNION ALL
	SELECT 'key', format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname),
	       format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
	FROM pg_constraint c WHERE c.contype IN ('p', 'u') AND c.conrelid IN (SELECT t FROM mine)
	UNION ALL
	SELECT 'key', format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
	FROM pg_index i
	WHERE i.indrelid IN (SELECT t FROM mine)
	  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u'))`

// strip takes the tables, which must be empty, out of everybody's reach and everything off them.
func strip(ctx context.Context, tx pgx.Tx, tables []string) (*bare, error) {
	if _, err := tx.Exec(ctx, `LOCK TABLE `+strings.Join(tables, ", ")+` IN ACCESS EXCLUSIVE MODE`); err != nil {
		return nil, fmt.Errorf("locking the tables: %w", err)
	}
	for _, t := range tables {
		var filled bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM `+t+`)`).Scan(&filled); err != nil {
			return nil, fmt.Errorf("looking into the table %s: %w", t, err)
		}
		if filled {
			return nil, fmt.Errorf("the table %s is not empty: an archive goes into an empty database only", t)
		}
	}
	b := &bare{tables: tables}
	found, err := tx.Query(ctx, dropped, tables)
	if err != nil {
		return nil, fmt.Errorf("listing indexes: %w", err)
	}
	var drops []string
	var kind, drop, restore string
	_, err = pgx.ForEachRow(found, []any{&kind, &drop, &restore}, func() error {
		drops = append(drops, drop)
		if kind == "foreign" {
			b.foreign = append(b.foreign, restore)
		} else {
			b.indexes = append(b.indexes, restore)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing indexes: %w", err)
	}
	for _, t := range tables {
		drops = append(drops, `ALTER TABLE `+t+` DISABLE TRIGGER USER`)
	}
	// A table that was emptied in this transaction takes frozen rows.
	drops = append(drops, `TRUNCATE `+strings.Join(tables, ", "))
	return b, each(ctx, tx, drops)
}

// dress puts everything back; foreign keys are checked over all rows.
func (b *bare) dress(ctx context.Context, tx pgx.Tx, say func(string, ...any)) error {
	// What a trigger does for each ticket made.
	if err := each(ctx, tx, []string{`INSERT INTO ticket_words SELECT id, search_words(subject) FROM ticket`}); err != nil {
		return err
	}
	say("building %d indexes", len(b.indexes))
	if err := each(ctx, tx, b.indexes); err != nil {
		return err
	}
	say("gathering statistics")
	if err := each(ctx, tx, []string{`ANALYZE ` + strings.Join(b.tables, ", ")}); err != nil {
		return err
	}
	say("checking %d foreign keys", len(b.foreign))
	if err := each(ctx, tx, b.foreign); err != nil {
		return err
	}
	for _, t := range b.tables {
		if err := each(ctx, tx, []string{`ALTER TABLE ` + t + ` ENABLE TRIGGER USER`}); err != nil {
			return err
		}
	}
	return nil
}

func each(ctx context.Context, tx pgx.Tx, statements []string) error {
	for _, s := range statements {
		if _, err := tx.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}
