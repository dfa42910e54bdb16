package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/pluginhost/internal/translation"
	"sportello.dev/plugins-sdk/channelpb"
)

const (
	surveyWait = 5 * time.Minute
	// maxSurveyed bounds a survey that does not end.
	maxSurveyed = 5_000_000
	// maxAnswer is how many items one answer may name.
	maxAnswer = 1000
	// maxItemText of a sender or subject, in bytes.
	maxItemText = 300
)

// Reconcile compares what lies at a channel's provider with the journal, and keeps the result. It changes nothing.
func (h *Host) Reconcile(ctx context.Context, channelID id.Channel) (channel.Survey, error) {
	ctx, cancel := context.WithTimeout(ctx, surveyWait)
	defer cancel()
	o, err := h.surveyable(channelID)
	if err != nil {
		return channel.Survey{}, err
	}
	// What is committed up to here is in the journal: the position is read first.
	cursor, err := h.Channels.Cursor(ctx, h.Pool, channelID)
	if err != nil {
		return channel.Survey{}, err
	}
	survey := channel.Survey{At: h.Now()}
	var first []string
	request := &channelpb.SurveyRequest{ChannelId: channelID.String(), Cursor: cursor}
	survey.Waiting, err = o.survey(ctx, request, func(items []channel.Surveyed) error {
		ids := make([]string, len(items))
		for i, item := range items {
			ids[i] = item.ID
		}
		missing, err := h.Journal.Missing(ctx, channelID, ids)
		if err != nil {
			return err
		}
		survey.Server += int64(len(ids))
		survey.Known += int64(len(ids) - len(missing))
		survey.Missing += int64(len(missing))
		first = append(first, missing[:min(len(missing), channel.MaxSurveyItems-len(first))]...)
		if survey.Server > maxSurveyed {
			return errors.New("the survey does not end")
		}
		return nil
	})
	if err != nil {
		return channel.Survey{}, err
	}
	if survey.Items, err = o.describe(ctx, first); err != nil {
		return channel.Survey{}, err
	}
	return survey, h.Channels.PutSurvey(ctx, h.Pool, channelID, survey)
}

func (h *Host) surveyable(channelID id.Channel) (*opened, error) {
	o := h.openChannel(channelID)
	if o == nil {
		return nil, fault.Conflict("channel %s is not open here", channelID)
	}
	return o, nil
}

// survey reads the adapter's answers and returns what waits behind the position.
func (o *opened) survey(ctx context.Context, request *channelpb.SurveyRequest, report func([]channel.Surveyed) error) (int64, error) {
	stream, err := o.seat.proc.API.Survey(ctx, request)
	var waiting int64
	for err == nil {
		var answer *channelpb.SurveyResponse
		if answer, err = stream.Recv(); err != nil {
			break
		}
		if len(answer.GetItems()) > maxAnswer {
			return 0, fmt.Errorf("adapter %s named %d items at once", o.seat.unit.name, len(answer.GetItems()))
		}
		waiting = int64(min(answer.GetWaiting(), maxSurveyed))
		if items := surveyed(answer.GetItems()); len(items) > 0 {
			if err := report(items); err != nil {
				return 0, err
			}
		}
	}
	switch {
	case errors.Is(err, io.EOF):
		return waiting, nil
	case status.Code(err) == codes.Unimplemented:
		return 0, fault.Conflict("this kind of channel cannot be compared with its provider")
	}
	return 0, fault.Unavailable("surveying a channel: %w", o.clean(err))
}

// describe asks for more about some items. Those of which nothing is told keep their id alone.
func (o *opened) describe(ctx context.Context, ids []string) ([]channel.Surveyed, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	told := map[string]channel.Surveyed{}
	request := &channelpb.SurveyRequest{ChannelId: o.seat.id.String(), Only: ids}
	_, err := o.survey(ctx, request, func(items []channel.Surveyed) error {
		for _, item := range items {
			if slices.Contains(ids, item.ID) {
				told[item.ID] = item
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	items := make([]channel.Surveyed, len(ids))
	for i, name := range ids {
		items[i] = told[name]
		items[i].ID = name
	}
	return items, nil
}

func surveyed(in []*channelpb.SurveyResponse_Item) []channel.Surveyed {
	out := make([]channel.Surveyed, 0, len(in))
	for _, item := range in {
		if n := len(item.GetEventId()); n < 1 || n > 500 {
			continue
		}
		one := channel.Surveyed{
			ID: item.GetEventId(), Size: int64(min(item.GetSize(), 1<<40)),
			From: translation.Text(item.GetFrom(), maxItemText), Subject: translation.Text(item.GetSubject(), maxItemText),
		}
		if item.GetArrivedAt() != nil {
			one.ArrivedAt = item.GetArrivedAt().AsTime()
		}
		out = append(out, one)
	}
	return out
}

// Refetch journals one item of a survey again; an item that is there already stays as it is.
func (h *Host) Refetch(ctx context.Context, channelID id.Channel, eventID string) error {
	ctx, cancel := context.WithTimeout(ctx, surveyWait)
	defer cancel()
	o, err := h.surveyable(channelID)
	if err != nil {
		return err
	}
	answer, err := o.seat.proc.API.Refetch(ctx, &channelpb.RefetchRequest{ChannelId: channelID.String(), EventId: eventID})
	switch status.Code(err) {
	case codes.OK:
	case codes.NotFound:
		return fault.NotFound("the item is no longer at the provider")
	case codes.Unimplemented:
		return fault.Conflict("this kind of channel cannot fetch an item again")
	default:
		return fault.Unavailable("fetching an item again: %w", o.clean(err))
	}
	event, err := o.seat.event(ctx, answer.GetEvent())
	if err != nil {
		return err
	}
	if event.ID != eventID {
		return fmt.Errorf("adapter %s answered with another item", o.seat.unit.name)
	}
	_, err = h.Journal.AppendUnleased(ctx, channelID, []intake.Event{event})
	return err
}
