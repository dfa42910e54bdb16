package channel_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func newStore(t *testing.T) (*channel.Store, *pgxpool.Pool) {
	t.Helper()
	ring, err := keyring.Load(filepath.Join(t.TempDir(), "keys"), true)
	require.NoError(t, err)
	return channel.NewStore(ring), pgtest.New(t)
}

func draft() channel.Draft {
	return channel.Draft{
		Adapter: "email", Slug: "protocollo", Name: "Protocollo", Enabled: true,
		Config:  json.RawMessage(`{"host": "mail.example"}`),
		Secrets: map[string]string{"/imap/password": "hunter2"},
	}
}

func create(t *testing.T, s *channel.Store, pool *pgxpool.Pool, d channel.Draft) id.Channel {
	t.Helper()
	var made id.Channel
	require.NoError(t, postgres.InTx(t.Context(), pool, func(tx pgx.Tx) (err error) {
		made, err = s.Create(t.Context(), tx, d)
		return err
	}))
	return made
}

func update(ctx context.Context, s *channel.Store, pool *pgxpool.Pool, c id.Channel, change channel.Change) (int64, error) {
	var revision int64
	err := postgres.InTx(ctx, pool, func(tx pgx.Tx) (err error) {
		revision, err = s.Update(ctx, tx, c, change)
		return err
	})
	return revision, err
}

func TestCreatedChannelIsFoundByIDAndSlug(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	made := create(t, s, pool, draft())

	c, err := s.Get(t.Context(), pool, made)
	require.NoError(t, err)
	require.Equal(t, "email", c.Adapter)
	require.JSONEq(t, `{"host": "mail.example"}`, string(c.Config))
	require.EqualValues(t, 1, c.Revision)
	require.True(t, c.Wanted())
	require.Equal(t, channel.Unknown, c.Health.State)
	require.True(t, c.Office.IsZero())

	same, err := s.BySlug(t.Context(), pool, "protocollo")
	require.NoError(t, err)
	require.Equal(t, c, same)
	all, err := s.List(t.Context(), pool)
	require.NoError(t, err)
	require.Equal(t, []*channel.Channel{c}, all)

	_, err = s.Get(t.Context(), pool, id.New[id.Channel]())
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
	_, err = s.BySlug(t.Context(), pool, "altro")
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
}

func TestDraftIsChecked(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	create(t, s, pool, draft())
	for name, c := range map[string]struct {
		spoil func(*channel.Draft)
		want  fault.Code
		field string
	}{
		"slug taken":      {func(*channel.Draft) {}, fault.CodeConflict, ""},
		"slug with slash": {func(d *channel.Draft) { d.Slug = "a/b" }, fault.CodeInvalid, "slug"},
		"slug empty":      {func(d *channel.Draft) { d.Slug = "" }, fault.CodeInvalid, "slug"},
		"adapter":         {func(d *channel.Draft) { d.Adapter = "../email" }, fault.CodeInvalid, "adapter"},
		"name":            {func(d *channel.Draft) { d.Name = "" }, fault.CodeInvalid, "name"},
		"config array":    {func(d *channel.Draft) { d.Config = json.RawMessage(`[]`) }, fault.CodeInvalid, "config"},
		"config null":     {func(d *channel.Draft) { d.Config = json.RawMessage(`null`) }, fault.CodeInvalid, "config"},
		"secret pointer":  {func(d *channel.Draft) { d.Secrets = map[string]string{"password": "x"} }, fault.CodeInvalid, "secrets"},
		"secret empty":    {func(d *channel.Draft) { d.Secrets = map[string]string{"/p": ""} }, fault.CodeInvalid, "/p"},
		"secret huge": {
			func(d *channel.Draft) { d.Secrets = map[string]string{"/p": strings.Repeat("x", 65<<10)} }, fault.CodeInvalid, "/p",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := draft()
			c.spoil(&d)
			err := postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error {
				_, err := s.Create(t.Context(), tx, d)
				return err
			})
			require.Equal(t, c.want, fault.Kind(err))
			if c.field != "" {
				require.Equal(t, c.field, fault.Violations(err)[0].Field)
			}
		})
	}
}

func TestUpdateRaisesRevisionAndLiftsSuspension(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	made := create(t, s, pool, draft())

	suspended, err := s.Suspend(t.Context(), pool, made, 1, "imap.auth", "refused")
	require.NoError(t, err)
	require.True(t, suspended)
	c, err := s.Get(t.Context(), pool, made)
	require.NoError(t, err)
	require.Equal(t, "imap.auth", c.Suspension.Code)
	require.False(t, c.Suspension.Since.IsZero())
	require.False(t, c.Wanted())

	change := channel.Change{Revision: 1, Name: "Ufficio Protocollo", Config: json.RawMessage(`{"host": "mx.example"}`)}
	revision, err := update(t.Context(), s, pool, made, change)
	require.NoError(t, err)
	require.EqualValues(t, 2, revision)
	c, err = s.Get(t.Context(), pool, made)
	require.NoError(t, err)
	require.Equal(t, "Ufficio Protocollo", c.Name)
	require.True(t, c.Wanted())

	_, err = update(t.Context(), s, pool, made, change)
	require.Equal(t, fault.CodeConflict, fault.Kind(err), "the change was made from revision 1")
	_, err = update(t.Context(), s, pool, id.New[id.Channel](), change)
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))

	suspended, err = s.Suspend(t.Context(), pool, made, 1, "imap.auth", "late verdict on the old password")
	require.NoError(t, err)
	require.False(t, suspended)
}

func TestSecretsAreSealedReplacedAndForgotten(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	d := draft()
	d.Secrets["/smtp/password"] = "letmein"
	made := create(t, s, pool, d)

	var plain int
	require.NoError(t, pool.QueryRow(t.Context(),
		`SELECT count(*) FROM channel_secret WHERE position('hunter2'::bytea IN sealed) > 0`).Scan(&plain))
	require.Zero(t, plain)

	_, err := update(t.Context(), s, pool, made, channel.Change{
		Revision: 1, Name: "P", Config: json.RawMessage(`{}`),
		Secrets: map[string]string{"/imap/password": "changed"}, Forget: []string{"/smtp/password"},
	})
	require.NoError(t, err)
	secrets, err := s.Secrets(t.Context(), pool, made)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"/imap/password": "changed"}, secrets)
	pointers, err := s.SecretPointers(t.Context(), pool, made)
	require.NoError(t, err)
	require.Equal(t, []string{"/imap/password"}, pointers)
}

func TestSecretMovedToAnotherChannelDoesNotOpen(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	one := create(t, s, pool, draft())
	d := draft()
	d.Slug, d.Secrets = "altro", nil
	other := create(t, s, pool, d)
	_, err := pool.Exec(t.Context(), `UPDATE channel_secret SET channel_id = $1 WHERE channel_id = $2`, other, one)
	require.NoError(t, err)

	_, err = s.Secrets(t.Context(), pool, other)
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hunter2")
}

func TestAbilityAndHealthBelongToARevision(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	made := create(t, s, pool, draft())
	ability := channel.Ability{
		Capabilities: []channel.Capability{channel.Ingest, channel.Send},
		Limits:       channel.Limits{MessageBytes: 25 << 20, Subject: true},
		Reconcile:    channel.ReconcileLookup,
		Own:          channel.Address{Kind: "email", Value: "protocollo@comune.example"},
		ReplyToken:   true,
	}
	require.NoError(t, s.SetAbility(t.Context(), pool, made, 1, ability))
	require.NoError(t, s.SetAbility(t.Context(), pool, made, 9, channel.Ability{}), "of a revision that is gone")
	require.NoError(t, s.SetHealth(t.Context(), pool, made, 1, channel.Health{State: channel.Healthy}))
	require.NoError(t, s.SetHealth(t.Context(), pool, made, 9, channel.Health{State: channel.Down}))

	c, err := s.Get(t.Context(), pool, made)
	require.NoError(t, err)
	require.Equal(t, ability, c.Ability)
	require.True(t, c.Ability.Can(channel.Send))
	require.False(t, c.Ability.Can(channel.Exclusive))
	require.Equal(t, channel.Healthy, c.Health.State)
	require.NotNil(t, c.Health.At)
	require.Nil(t, c.LastOut)
	require.Nil(t, c.LastIn)
}

func TestSwitchAndResume(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	made := create(t, s, pool, draft())
	require.NoError(t, s.SetEnabled(t.Context(), pool, made, false))
	c, err := s.Get(t.Context(), pool, made)
	require.NoError(t, err)
	require.False(t, c.Wanted())

	require.NoError(t, s.SetEnabled(t.Context(), pool, made, true))
	_, err = s.Suspend(t.Context(), pool, made, 1, "smtp.auth", "")
	require.NoError(t, err)
	require.NoError(t, s.Resume(t.Context(), pool, made))
	c, err = s.Get(t.Context(), pool, made)
	require.NoError(t, err)
	require.True(t, c.Wanted())

	missing := id.New[id.Channel]()
	require.Equal(t, fault.CodeNotFound, fault.Kind(s.SetEnabled(t.Context(), pool, missing, true)))
	require.Equal(t, fault.CodeNotFound, fault.Kind(s.Resume(t.Context(), pool, missing)))
}
