package app

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/audit"
	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/config"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/jobs"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/routing"
	"sportello.dev/hub/internal/thread"
	"sportello.dev/hub/internal/ticket"
)

// hashes is how many passwords are checked at once: each takes 19 MiB and a core.
const hashes = 2

// Domain is what the hub is about, on an open database: it does nothing by itself.
type Domain struct {
	Pool       *pgxpool.Pool
	Keys       *keyring.Ring
	Blobs      blob.Store
	Accounts   *account.Service
	Offices    *office.Store
	Contacts   *contact.Store
	Channels   *channel.Store
	Tickets    *ticket.Store
	Tokens     *thread.Tokens
	Secrets    *ticket.Secrets
	Guesses    *ticket.Guesses
	Deliveries *delivery.Store
	Composer   *delivery.Composer
	Routing    *routing.Store
	Journal    *intake.Journal
	Stages     *intake.Stages
	Audit      *audit.Log
	Chain      *audit.Chain
	Waker      *jobs.Waker
	Now        func() time.Time
}

// NewDomain opens keys and files and builds the domain on a migrated database.
func NewDomain(ctx context.Context, cfg config.Config, pool *pgxpool.Pool, now func() time.Time) (*Domain, error) {
	ring, err := keyring.Load(cfg.KeyFile, true)
	if err != nil {
		return nil, fmt.Errorf("loading the key file: %w", err)
	}
	blobs, err := openBlobs(ctx, cfg.Blob)
	if err != nil {
		return nil, err
	}
	waker, err := jobs.NewWaker(pool)
	if err != nil {
		return nil, err
	}
	d := &Domain{
		Pool: pool, Keys: ring, Blobs: blobs, Now: now,
		Accounts: account.New(pool, account.NewPasswords(hashes), ring, now),
		Offices:  office.NewStore(), Contacts: contact.NewStore(), Channels: channel.NewStore(ring),
		Tickets: ticket.NewStore(now), Tokens: thread.NewTokens(ring), Secrets: ticket.NewSecrets(ring), Guesses: ticket.NewGuesses(now),
		Deliveries: delivery.NewStore(waker, now), Journal: intake.NewJournal(pool),
	}
	d.Audit, d.Chain, d.Waker = audit.NewLog(ring, now), audit.NewChain(pool, ring, AuditHead(cfg), now), waker
	d.Routing = routing.NewStore(d.Offices, now)
	d.Composer = delivery.NewComposer(delivery.ComposerParts{
		Pool: pool, Tickets: d.Tickets, Contacts: d.Contacts, Channels: d.Channels, Offices: d.Offices,
		Store: d.Deliveries, Tokens: d.Tokens, Secrets: d.Secrets, Codes: ticket.NewCodes(ring), Now: now,
		PublicURL: cfg.Public.URL,
	})
	d.Stages = intake.NewStages(d.Journal, intake.Parts{
		Tickets: d.Tickets, Tokens: d.Tokens, Contacts: d.Contacts, Channels: d.Channels,
		Deliveries: d.Deliveries, Composer: d.Composer, Routing: d.Routing, Policy: thread.DefaultPolicy(), Now: now,
	})
	return d, nil
}

func openBlobs(ctx context.Context, cfg config.Blob) (blob.Store, error) {
	if cfg.Kind == "s3" {
		s, err := blob.OpenS3(ctx, blob.S3Config{
			Endpoint: cfg.S3.Endpoint, Bucket: cfg.S3.Bucket, Prefix: cfg.S3.Prefix, Region: cfg.S3.Region,
			AccessKey: cfg.S3.AccessKey, SecretKey: cfg.S3.SecretKey, Insecure: cfg.S3.Insecure,
		})
		if err != nil {
			return nil, fmt.Errorf("opening the blob store: %w", err)
		}
		return s, nil
	}
	s, err := blob.OpenFiles(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the blob store: %w", err)
	}
	return s, nil
}
