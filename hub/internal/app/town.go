package app

import (
	"context"
	"fmt"
	"time"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/office"
)

// EnsureTown gives a new database a town and an office to hold tickets, so that nothing that arrives is without a
// place; both get their real names from the administrator.
func (d *Domain) EnsureTown(ctx context.Context) error {
	_, err := d.Offices.Town(ctx, d.Pool)
	if err == nil {
		return nil
	}
	if fault.Kind(err) != fault.CodeNotFound {
		return err
	}
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		return fmt.Errorf("loading the default time zone: %w", err)
	}
	if err := d.Offices.PutTown(ctx, d.Pool, office.Town{Name: "Comune", Zone: zone, Languages: []string{"it", "en"}}); err != nil {
		return err
	}
	_, err = d.Offices.Add(ctx, d.Pool, office.Office{Slug: "urp", Name: "URP"})
	if fault.Kind(err) == fault.CodeConflict {
		return nil
	}
	return err
}
