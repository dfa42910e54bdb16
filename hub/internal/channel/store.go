package channel

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/channel/internal/db"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/postgres"
)

// Store reads and writes channels. Its methods take a pool or a transaction; those that need more than one statement
// take a transaction.
type Store struct {
	ring *keyring.Ring
	q    *db.Queries
}

// NewStore makes a store that seals secrets and state with ring.
func NewStore(ring *keyring.Ring) *Store { return &Store{ring: ring, q: db.New()} }

// Create adds a channel with its secrets.
func (s *Store) Create(ctx context.Context, tx pgx.Tx, d Draft) (id.Channel, error) {
	if err := d.check(); err != nil {
		return id.Channel{}, err
	}
	channel := id.New[id.Channel]()
	err := s.q.Insert(ctx, tx, db.InsertParams{
		ID: channel, Adapter: d.Adapter, Slug: d.Slug, Name: d.Name, OfficeID: d.Office, Config: d.Config, Enabled: d.Enabled,
	})
	if postgres.IsUnique(err, "channel_slug_key") {
		return id.Channel{}, fault.Conflict("a channel with slug %q exists", d.Slug)
	}
	if err != nil {
		return id.Channel{}, fmt.Errorf("creating a channel: %w", err)
	}
	postgres.Made(ctx, "channels", channel.String())
	return channel, s.putSecrets(ctx, tx, channel, d.Secrets)
}

// Update replaces the settings and answers the new revision. It also lifts a suspension.
func (s *Store) Update(ctx context.Context, tx pgx.Tx, channel id.Channel, c Change) (int64, error) {
	if err := checkSettings(c.Name, c.Config, c.Secrets); err != nil {
		return 0, err
	}
	revision, err := s.q.Update(ctx, tx, db.UpdateParams{
		ID: channel, Name: c.Name, OfficeID: c.Office, Config: c.Config, Revision: c.Revision,
	})
	if postgres.IsNoRows(err) {
		return 0, s.conflictOrMissing(ctx, tx, channel)
	}
	if err != nil {
		return 0, fmt.Errorf("updating a channel: %w", err)
	}
	if len(c.Forget) > 0 {
		if err := s.q.ForgetSecrets(ctx, tx, db.ForgetSecretsParams{ChannelID: channel, Pointers: c.Forget}); err != nil {
			return 0, fmt.Errorf("removing secrets of a channel: %w", err)
		}
	}
	return revision, s.putSecrets(ctx, tx, channel, c.Secrets)
}

func (s *Store) conflictOrMissing(ctx context.Context, tx pgx.Tx, channel id.Channel) error {
	if _, err := s.Get(ctx, tx, channel); err != nil {
		return err
	}
	return fault.Conflict("channel %s was changed meanwhile", channel)
}

// Get reads one channel.
func (s *Store) Get(ctx context.Context, q postgres.Querier, channel id.Channel) (*Channel, error) {
	row, err := s.q.Get(ctx, q, channel)
	if postgres.IsNoRows(err) {
		return nil, fault.NotFound("channel %s", channel)
	}
	if err != nil {
		return nil, fmt.Errorf("reading a channel: %w", err)
	}
	return fromRow(&row)
}

// BySlug reads the channel that a public address names.
func (s *Store) BySlug(ctx context.Context, q postgres.Querier, slug string) (*Channel, error) {
	row, err := s.q.BySlug(ctx, q, slug)
	if postgres.IsNoRows(err) {
		return nil, fault.NotFound("channel %q", slug)
	}
	if err != nil {
		return nil, fmt.Errorf("reading a channel by slug: %w", err)
	}
	return fromRow(&row)
}

// List reads all channels by name; a town has tens of them.
func (s *Store) List(ctx context.Context, q postgres.Querier) ([]*Channel, error) {
	rows, err := s.q.List(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("listing channels: %w", err)
	}
	channels := make([]*Channel, 0, len(rows))
	for i := range rows {
		c, err := fromRow(&rows[i])
		if err != nil {
			return nil, err
		}
		channels = append(channels, c)
	}
	return channels, nil
}

func fromRow(r *db.Channel) (*Channel, error) {
	c := &Channel{
		ID: r.ID, Adapter: r.Adapter, Slug: r.Slug, Name: r.Name, Office: r.OfficeID,
		Config: r.Config, Revision: r.Revision, Enabled: r.Enabled,
		Health: Health{State: HealthState(r.Health), Code: r.HealthCode, Detail: r.HealthDetail, At: r.HealthAt},
		LastIn: r.LastInAt, LastOut: r.LastOutAt, CreatedAt: r.CreatedAt,
		Archived: r.ArchivedAt, Trial: r.LastTrial, TriedAt: r.LastTrialAt,
	}
	if r.State == "suspended" {
		c.Suspension = &Suspension{Code: r.SuspendedCode, Detail: r.SuspendedDetail}
		if r.SuspendedAt != nil {
			c.Suspension.Since = *r.SuspendedAt
		}
	}
	if err := json.Unmarshal(r.Ability, &c.Ability); err != nil {
		return nil, fmt.Errorf("reading the ability of channel %s: %w", r.ID, err)
	}
	return c, nil
}

// SetEnabled turns a channel on or off.
func (s *Store) SetEnabled(ctx context.Context, q postgres.Querier, channel id.Channel, enabled bool) error {
	n, err := s.q.SetEnabled(ctx, q, db.SetEnabledParams{ID: channel, Enabled: enabled})
	return found(n, err, "switching a channel", channel)
}

// Archive closes a channel and puts it away. What came through it stays, and so does its slug: public addresses that name
// it must not lead elsewhere.
func (s *Store) Archive(ctx context.Context, q postgres.Querier, channel id.Channel) error {
	n, err := s.q.Archive(ctx, q, channel)
	return found(n, err, "archiving a channel", channel)
}

// Restore takes a channel out of the archive. It stays closed until it is enabled.
func (s *Store) Restore(ctx context.Context, q postgres.Querier, channel id.Channel) error {
	n, err := s.q.Restore(ctx, q, channel)
	return found(n, err, "restoring a channel", channel)
}

// SetTrial keeps how a trial of the channel went.
func (s *Store) SetTrial(ctx context.Context, q postgres.Querier, channel id.Channel, trial json.RawMessage) error {
	n, err := s.q.SetTrial(ctx, q, db.SetTrialParams{ID: channel, Trial: trial})
	return found(n, err, "recording a trial", channel)
}

// Suspend stops a channel until an administrator acts. It judges one revision: a verdict on older settings changes
// nothing and answers false, as does a second one.
func (s *Store) Suspend(ctx context.Context, q postgres.Querier, channel id.Channel, revision int64, code, detail string) (bool, error) {
	n, err := s.q.Suspend(ctx, q, db.SuspendParams{ID: channel, Revision: revision, Code: code, Detail: detail})
	if err != nil {
		return false, fmt.Errorf("suspending a channel: %w", err)
	}
	return n == 1, nil
}

// Resume lifts a suspension.
func (s *Store) Resume(ctx context.Context, q postgres.Querier, channel id.Channel) error {
	n, err := s.q.Resume(ctx, q, channel)
	return found(n, err, "resuming a channel", channel)
}

// SetHealth records what the adapter said of a revision of the channel; At is the database's time.
func (s *Store) SetHealth(ctx context.Context, q postgres.Querier, channel id.Channel, revision int64, h Health) error {
	err := s.q.SetHealth(ctx, q, db.SetHealthParams{
		ID: channel, Revision: revision, Health: string(h.State), Code: h.Code, Detail: h.Detail,
	})
	if err != nil {
		return fmt.Errorf("recording the health of a channel: %w", err)
	}
	return nil
}

// SetAbility records what a revision of the channel can do.
func (s *Store) SetAbility(ctx context.Context, q postgres.Querier, channel id.Channel, revision int64, a Ability) error {
	encoded, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encoding an ability: %w", err)
	}
	err = s.q.SetAbility(ctx, q, db.SetAbilityParams{
		ID: channel, Revision: revision, Ability: encoded, AddressKind: a.Own.Kind, AddressValue: a.Own.Value,
	})
	if err != nil {
		return fmt.Errorf("recording the ability of a channel: %w", err)
	}
	return nil
}

func found(n int64, err error, doing string, channel id.Channel) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if n == 0 {
		return fault.NotFound("channel %s", channel)
	}
	return nil
}
