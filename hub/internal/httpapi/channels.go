package httpapi

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// channelRoutes are the channels with their health.
type channelRoutes struct {
	db       *pgxpool.Pool
	channels *channel.Store
}

// ListChannels shows all channels.
func (h channelRoutes) ListChannels(ctx context.Context, _ api.ListChannelsRequestObject) (api.ListChannelsResponseObject, error) {
	channels, err := h.channels.List(ctx, h.db)
	if err != nil {
		return nil, err
	}
	list := api.ChannelList{Items: make([]api.Channel, len(channels))}
	for i, c := range channels {
		list.Items[i] = channelOf(c)
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
