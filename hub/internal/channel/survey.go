package channel

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Survey compares what lies at a channel's provider with the journal. Nothing is changed by it.
type Survey struct {
	At time.Time `json:"at"`
	// Server is how many items lie there up to the committed position; Known are those in the journal.
	Server int64 `json:"server"`
	Known  int64 `json:"known"`
	// Waiting is what lies behind the position and will come by itself.
	Waiting int64 `json:"waiting"`
	// Missing is what should be in the journal and is not; Items are the first of them.
	Missing int64      `json:"missing"`
	Items   []Surveyed `json:"items,omitempty"`
}

// Surveyed is one item at the provider.
type Surveyed struct {
	ID        string    `json:"id"`
	ArrivedAt time.Time `json:"arrived_at,omitzero"`
	Size      int64     `json:"size,omitempty"`
	From      string    `json:"from,omitempty"`
	Subject   string    `json:"subject,omitempty"`
}

// MaxSurveyItems of a survey are kept, fewer where their texts are long.
const MaxSurveyItems = 50

// hubPrefix begins the keys of state that the hub keeps for itself.
const hubPrefix = "hub:"

const surveyKey = hubPrefix + "survey"

// Reserved says whether a key of a channel's state is the hub's own, which no adapter may use.
func Reserved(key string) bool { return strings.HasPrefix(key, hubPrefix) }

// Cursor reads the committed position; empty before the first.
func (s *Store) Cursor(ctx context.Context, q postgres.Querier, channel id.Channel) ([]byte, error) {
	cursor, err := s.q.Cursor(ctx, q, channel)
	if postgres.IsNoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the position of a channel: %w", err)
	}
	return cursor, nil
}

// Survey reads the last survey; fault NotFound before the first.
func (s *Store) Survey(ctx context.Context, q postgres.Querier, channel id.Channel) (Survey, error) {
	entry, err := s.State(ctx, q, channel, surveyKey)
	if err != nil {
		return Survey{}, err
	}
	if entry.Version == 0 {
		return Survey{}, fault.NotFound("channel %s was not surveyed yet", channel)
	}
	var survey Survey
	if err := json.Unmarshal(entry.Value, &survey); err != nil {
		return Survey{}, fmt.Errorf("reading a survey: %w", err)
	}
	return survey, nil
}

// PutSurvey keeps a survey, sealed: it names people. Of two at once one stays.
func (s *Store) PutSurvey(ctx context.Context, q postgres.Querier, channel id.Channel, survey Survey) error {
	value, err := json.Marshal(survey)
	for err == nil && len(value) > MaxStateValue && len(survey.Items) > 0 {
		survey.Items = survey.Items[:len(survey.Items)/2]
		value, err = json.Marshal(survey)
	}
	if err != nil {
		return fmt.Errorf("writing a survey: %w", err)
	}
	before, err := s.State(ctx, q, channel, surveyKey)
	if err != nil {
		return err
	}
	_, _, err = s.PutState(ctx, q, channel, surveyKey, before.Version, value)
	return err
}
