package httpapi

import (
	"context"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
)

// GetChannelSurvey shows the last comparison with the server.
func (h setupRoutes) GetChannelSurvey(ctx context.Context, r api.GetChannelSurveyRequestObject) (api.GetChannelSurveyResponseObject, error) {
	which := id.Channel{UUID: r.ID}
	if _, err := h.channels.Get(ctx, h.db, which); err != nil {
		return nil, err
	}
	survey, err := h.channels.Survey(ctx, h.db, which)
	if fault.Kind(err) == fault.CodeNotFound {
		return api.GetChannelSurvey204Response{}, nil
	}
	return api.GetChannelSurvey200JSONResponse(surveyOf(survey)), err
}

// SurveyChannel compares now.
func (h setupRoutes) SurveyChannel(ctx context.Context, r api.SurveyChannelRequestObject) (api.SurveyChannelResponseObject, error) {
	which := id.Channel{UUID: r.ID}
	if _, err := h.channels.Get(ctx, h.db, which); err != nil {
		return nil, err
	}
	survey, err := h.adapters.Reconcile(ctx, which)
	return api.SurveyChannel200JSONResponse(surveyOf(survey)), err
}

// RefetchItem fetches one missing item again.
func (h setupRoutes) RefetchItem(ctx context.Context, r api.RefetchItemRequestObject) (api.RefetchItemResponseObject, error) {
	which := id.Channel{UUID: r.ID}
	if _, err := h.channels.Get(ctx, h.db, which); err != nil {
		return nil, err
	}
	return api.RefetchItem204Response{}, h.adapters.Refetch(ctx, which, r.Body.ID)
}

func surveyOf(s channel.Survey) api.ChannelSurvey {
	out := api.ChannelSurvey{
		At: s.At, Server: s.Server, Known: s.Known, Waiting: s.Waiting, Missing: s.Missing, Items: make([]api.SurveyItem, len(s.Items)),
	}
	for i, item := range s.Items {
		out.Items[i] = api.SurveyItem{ID: item.ID, From: optional(item.From), Subject: optional(item.Subject)}
		if !item.ArrivedAt.IsZero() {
			out.Items[i].ArrivedAt = &s.Items[i].ArrivedAt
		}
		if item.Size > 0 {
			out.Items[i].Size = &s.Items[i].Size
		}
	}
	return out
}
