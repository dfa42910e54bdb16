package httpapi

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// channelRoutes are the channels with their health.
type channelRoutes struct {
	db       *pgxpool.Pool
	channels *channel.Store
}

// ListChannels shows the channels in use, or those put away.
func (h channelRoutes) ListChannels(ctx context.Context, r api.ListChannelsRequestObject) (api.ListChannelsResponseObject, error) {
	channels, err := h.channels.List(ctx, h.db)
	if err != nil {
		return nil, err
	}
	list := api.ChannelList{Items: []api.Channel{}}
	for _, c := range channels {
		if (c.Archived != nil) == value(r.Params.Archived, false) {
			list.Items = append(list.Items, channelOf(c))
		}
	}
	return api.ListChannels200JSONResponse(list), nil
}

// GetChannel shows one channel.
func (h channelRoutes) GetChannel(ctx context.Context, r api.GetChannelRequestObject) (api.GetChannelResponseObject, error) {
	c, err := h.channels.Get(ctx, h.db, id.Channel{UUID: r.ID})
	if err != nil {
		return nil, err
	}
	return api.GetChannel200JSONResponse(channelOf(c)), nil
}

// ResumeChannel lifts a suspension or a pause.
func (h channelRoutes) ResumeChannel(ctx context.Context, r api.ResumeChannelRequestObject) (api.ResumeChannelResponseObject, error) {
	c, err := h.change(ctx, id.Channel{UUID: r.ID}, func(tx pgx.Tx, c *channel.Channel) error {
		if c.Archived != nil {
			return fault.Conflict("the channel is archived; restore it first")
		}
		if c.Suspension != nil {
			if err := h.channels.Resume(ctx, tx, c.ID); err != nil {
				return err
			}
		}
		if c.Enabled {
			return nil
		}
		return h.channels.SetEnabled(ctx, tx, c.ID, true)
	})
	if err != nil {
		return nil, err
	}
	return api.ResumeChannel200JSONResponse(channelOf(c)), nil
}

// PauseChannel stops a channel until it is resumed.
func (h channelRoutes) PauseChannel(ctx context.Context, r api.PauseChannelRequestObject) (api.PauseChannelResponseObject, error) {
	c, err := h.change(ctx, id.Channel{UUID: r.ID}, func(tx pgx.Tx, c *channel.Channel) error {
		return h.channels.SetEnabled(ctx, tx, c.ID, false)
	})
	if err != nil {
		return nil, err
	}
	return api.PauseChannel200JSONResponse(channelOf(c)), nil
}

// ArchiveChannel closes a channel and puts it away.
func (h channelRoutes) ArchiveChannel(ctx context.Context, r api.ArchiveChannelRequestObject) (api.ArchiveChannelResponseObject, error) {
	c, err := h.change(ctx, id.Channel{UUID: r.ID}, func(tx pgx.Tx, c *channel.Channel) error {
		return h.channels.Archive(ctx, tx, c.ID)
	})
	if err != nil {
		return nil, err
	}
	return api.ArchiveChannel200JSONResponse(channelOf(c)), nil
}

// RestoreChannel takes a channel out of the archive.
func (h channelRoutes) RestoreChannel(ctx context.Context, r api.RestoreChannelRequestObject) (api.RestoreChannelResponseObject, error) {
	c, err := h.change(ctx, id.Channel{UUID: r.ID}, func(tx pgx.Tx, c *channel.Channel) error {
		return h.channels.Restore(ctx, tx, c.ID)
	})
	if err != nil {
		return nil, err
	}
	return api.RestoreChannel200JSONResponse(channelOf(c)), nil
}

// change applies a change and returns the channel as it is after it.
func (h channelRoutes) change(ctx context.Context, which id.Channel, apply func(pgx.Tx, *channel.Channel) error) (c *channel.Channel, err error) {
	err = postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		if c, err = h.channels.Get(ctx, tx, which); err != nil {
			return err
		}
		if err = apply(tx, c); err != nil {
			return err
		}
		c, err = h.channels.Get(ctx, tx, which)
		return err
	})
	return c, err
}

func channelOf(c *channel.Channel) api.Channel {
	state, problem, text, since := channelState(c)
	return api.Channel{
		ID: c.ID.UUID, Name: c.Name, Kind: c.Adapter, Address: optional(c.Ability.Own.Value), State: state,
		Problem: problem, ProblemText: optional(text), Since: since, LastInAt: c.LastIn, LastOutAt: c.LastOut,
		Sends:         c.Ability.Can(channel.Send),
		Receives:      c.Ability.Can(channel.Ingest) || c.Ability.Can(channel.HTTP),
		Authenticates: c.Ability.AuthenticatesSenders,
	}
}

// channelState says in one word how a channel is, and why when it is not well.
func channelState(c *channel.Channel) (state api.ChannelState, problem *api.Reason, text string, since *time.Time) {
	switch {
	case c.Archived != nil:
		return api.ChannelStateArchived, nil, "", c.Archived
	case !c.Enabled:
		return api.ChannelStatePaused, nil, "", nil
	case c.Suspension != nil:
		s := c.Suspension
		return api.ChannelStateSuspended, reason(s.Code, nil), s.Detail, &s.Since
	}
	health := c.Health
	switch health.State {
	case channel.Healthy:
		return api.ChannelStateRunning, nil, "", health.At
	case channel.Unknown, channel.Connecting:
		return api.ChannelStateStarting, nil, "", health.At
	}
	return api.ChannelStateDegraded, reason(health.Code, nil), health.Detail, health.At
}

// reason is a code with parameters, never without a map.
func reason(code string, params map[string]string) *api.Reason {
	if params == nil {
		params = map[string]string{}
	}
	return &api.Reason{Code: code, Params: params}
}
