package httpapi

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Adapters are the programs behind channels. Package pluginhost has them.
type Adapters interface {
	Adapters() []channel.Adapter
	Validate(ctx context.Context, c channel.Check) ([]channel.Diagnostic, error)
	Try(ctx context.Context, c channel.Check, report func(channel.Step)) error
	Reconcile(ctx context.Context, which id.Channel) (channel.Survey, error)
	Refetch(ctx context.Context, which id.Channel, item string) error
}

// setupRoutes are how channels are made, changed and tried.
type setupRoutes struct {
	db       *pgxpool.Pool
	channels *channel.Store
	adapters Adapters
}

// ListAdapters shows what can be set up.
func (h setupRoutes) ListAdapters(context.Context, api.ListAdaptersRequestObject) (api.ListAdaptersResponseObject, error) {
	list := api.AdapterList{Items: []api.Adapter{}}
	for _, a := range h.adapters.Adapters() {
		list.Items = append(list.Items, api.Adapter{Name: a.Name, Version: a.Version, Titles: a.DisplayName, Schema: a.Schema})
	}
	return api.ListAdapters200JSONResponse(list), nil
}

// CreateChannel sets a channel up.
func (h setupRoutes) CreateChannel(ctx context.Context, r api.CreateChannelRequestObject) (api.CreateChannelResponseObject, error) {
	in := r.Body
	check := channel.Check{
		Adapter: in.Adapter, Config: in.Settings, Secrets: value(in.Secrets, nil), Language: string(value(in.Language, api.LanguageIt)),
	}
	if err := h.accept(ctx, check); err != nil {
		return nil, err
	}
	var c *channel.Channel
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		slug, err := h.slug(ctx, tx, value(in.Slug, ""), in.Name, in.Adapter)
		if err != nil {
			return err
		}
		made, err := h.channels.Create(ctx, tx, channel.Draft{
			Adapter: in.Adapter, Slug: slug, Name: strings.TrimSpace(in.Name), Office: officeOf(in.OfficeID), Config: in.Settings,
			Secrets: value(in.Secrets, nil), Enabled: !value(in.Paused, false),
		})
		if err != nil {
			return err
		}
		c, err = h.channels.Get(ctx, tx, made)
		return err
	})
	if err != nil {
		return nil, err
	}
	return api.CreateChannel201JSONResponse(channelOf(c)), nil
}

// GetChannelSetup shows the settings, and which secrets there are.
func (h setupRoutes) GetChannelSetup(ctx context.Context, r api.GetChannelSetupRequestObject) (api.GetChannelSetupResponseObject, error) {
	setup, err := h.setup(ctx, h.db, id.Channel{UUID: r.ID})
	return api.GetChannelSetup200JSONResponse(setup), err
}

// PutChannelSetup changes the settings.
func (h setupRoutes) PutChannelSetup(ctx context.Context, r api.PutChannelSetupRequestObject) (api.PutChannelSetupResponseObject, error) {
	which, in := id.Channel{UUID: r.ID}, r.Body
	before, err := h.channels.Get(ctx, h.db, which)
	if err != nil {
		return nil, err
	}
	check := channel.Check{
		Adapter: before.Adapter, Channel: which, Config: in.Settings, Secrets: value(in.Secrets, nil), Forget: value(in.Forget, nil),
		Language: string(value(in.Language, api.LanguageIt)),
	}
	if err := h.accept(ctx, check); err != nil {
		return nil, err
	}
	var setup api.ChannelSetup
	err = postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		_, err := h.channels.Update(ctx, tx, which, channel.Change{
			Revision: in.Revision, Name: strings.TrimSpace(in.Name), Office: officeOf(in.OfficeID), Config: in.Settings,
			Secrets: check.Secrets, Forget: check.Forget,
		})
		if err != nil {
			return err
		}
		setup, err = h.setup(ctx, tx, which)
		return err
	})
	return api.PutChannelSetup200JSONResponse(setup), err
}

func (h setupRoutes) setup(ctx context.Context, q postgres.Querier, which id.Channel) (api.ChannelSetup, error) {
	c, err := h.channels.Get(ctx, q, which)
	if err != nil {
		return api.ChannelSetup{}, err
	}
	secrets, err := h.channels.SecretPointers(ctx, q, which)
	if err != nil {
		return api.ChannelSetup{}, err
	}
	setup := api.ChannelSetup{
		Channel: channelOf(c), Slug: c.Slug, Revision: c.Revision, Settings: c.Config, Secrets: append([]string{}, secrets...),
	}
	if !c.Office.IsZero() {
		setup.OfficeID = &c.Office.UUID
	}
	if c.Trial != nil && c.TriedAt != nil {
		var steps []channel.Step
		if err := json.Unmarshal(c.Trial, &steps); err != nil {
			return api.ChannelSetup{}, err
		}
		setup.Trial = &api.TrialRecord{At: *c.TriedAt, Steps: stepsOf(steps)}
	}
	return setup, nil
}

// accept refuses settings in which schema or adapter find a mistake, and names the fields.
func (h setupRoutes) accept(ctx context.Context, c channel.Check) error {
	found, err := h.adapters.Validate(ctx, c)
	if fault.Kind(err) == fault.CodeNotFound {
		return fault.Invalid("adapter", "unknown", "setting up a channel: %w", err)
	}
	if err != nil {
		return err
	}
	p := problemOfFault(fault.Invalid("settings", "settings", "the settings are not accepted"))
	p.fields = nil
	for _, d := range found {
		if d.Severity == channel.SeverityError && len(p.fields) < maxProblemFields {
			text := strings.TrimSpace(d.Summary + " " + d.Remedy)
			p.fields = append(p.fields, api.ProblemField{Field: "settings" + d.Pointer, Code: d.Code, Message: optional(text)})
		}
	}
	if len(p.fields) == 0 {
		return nil
	}
	return p
}

// maxSlugs bounds the search for a short name that is free.
const maxSlugs = 100

// slug is the one asked for, or one made of the name that no other channel has.
func (h setupRoutes) slug(ctx context.Context, q postgres.Querier, wanted, name, adapter string) (string, error) {
	if wanted != "" {
		return wanted, nil
	}
	base := channel.SlugOf(name, adapter)
	taken, err := h.channels.Slugs(ctx, q)
	if err != nil {
		return "", err
	}
	return freeSlug(base, taken)
}

// freeSlug is the slug itself, or the first with a number after it that nobody has.
func freeSlug(base string, taken []string) (string, error) {
	for n := 1; n < maxSlugs; n++ {
		if slug := channel.NthSlug(base, n); !slices.Contains(taken, slug) {
			return slug, nil
		}
	}
	return "", fault.Conflict("too many are named %q", base)
}

func officeOf(given *uuid.UUID) id.Office {
	if given == nil {
		return id.Office{}
	}
	return id.Office{UUID: *given}
}
