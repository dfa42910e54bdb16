package channel

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channelpb"
)

// Surveyor is a Channel whose provider can be asked what lies there, so that the hub can compare it with what it has.
type Surveyor interface {
	// Survey names every item that should have been delivered by the position in the query, at most MaxSurveyed in one
	// report, and counts what still waits. It changes nothing at the provider.
	Survey(ctx context.Context, query SurveyQuery, report func([]SurveyItem) error) (waiting uint64, err error)
	// Refetch reads one item again, with the id that it has in a survey; ErrGone when it is no longer there.
	Refetch(ctx context.Context, eventID string) (Event, error)
}

// MaxSurveyed items go into one report.
const MaxSurveyed = 1000

// ErrGone says that an item is no longer at the provider.
var ErrGone = errors.New("the item is gone")

// SurveyQuery is what a survey is about.
type SurveyQuery struct {
	// Cursor is the committed position.
	Cursor []byte
	// Only asks for more about these items, instead of naming all.
	Only []string
}

// SurveyItem is one item at the provider. Beyond the id, only those asked for by name are described.
type SurveyItem struct {
	EventID   string
	ArrivedAt time.Time
	Size      uint64
	From      string
	Subject   string
}

func surveyor(s *Server, channelID string) (*session, Surveyor, error) {
	session, err := s.session(channelID)
	if err != nil {
		return nil, nil, err
	}
	able, ok := session.channel.(Surveyor)
	if !ok {
		return nil, nil, status.Errorf(codes.Unimplemented, "channel %s cannot be surveyed", channelID)
	}
	return session, able, nil
}

// Survey lets the channel name what lies at its provider.
func (s *Server) Survey(request *channelpb.SurveyRequest, stream grpc.ServerStreamingServer[channelpb.SurveyResponse]) error {
	session, able, err := surveyor(s, request.GetChannelId())
	if err != nil {
		return err
	}
	ctx, leave, err := session.enter(stream.Context())
	if err != nil {
		return err
	}
	defer leave()
	query := SurveyQuery{Cursor: request.GetCursor(), Only: request.GetOnly()}
	waiting, err := able.Survey(ctx, query, func(items []SurveyItem) error {
		answer := &channelpb.SurveyResponse{}
		for _, item := range items {
			answer.Items = append(answer.Items, &channelpb.SurveyResponse_Item{
				EventId: item.EventID, ArrivedAt: timeToProto(item.ArrivedAt), Size: item.Size, From: item.From, Subject: item.Subject,
			})
		}
		sanitize(answer)
		return stream.Send(answer)
	})
	if err != nil {
		return err
	}
	return stream.Send(&channelpb.SurveyResponse{Waiting: waiting})
}

// Refetch lets the channel read one item again.
func (s *Server) Refetch(ctx context.Context, request *channelpb.RefetchRequest) (*channelpb.RefetchResponse, error) {
	session, able, err := surveyor(s, request.GetChannelId())
	if err != nil {
		return nil, err
	}
	ctx, leave, err := session.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	event, err := able.Refetch(ctx, request.GetEventId())
	if errors.Is(err, ErrGone) {
		return nil, status.Error(codes.NotFound, "the item is gone")
	}
	if err != nil {
		return nil, err
	}
	event.ID = request.GetEventId()
	if err := checkEvent(event); err != nil {
		return nil, err
	}
	answer := &channelpb.RefetchResponse{Event: EventToProto(event)}
	sanitize(answer)
	return answer, nil
}
