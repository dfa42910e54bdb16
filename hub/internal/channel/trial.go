package channel

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"sportello.dev/hub/internal/postgres"
)

// BeginTrial makes the id that a trial's test message bears. It is known for a day, for mail may come late.
func (s *Store) BeginTrial(ctx context.Context, q postgres.Querier) (string, error) {
	trial := strings.ToLower(rand.Text())
	if err := s.q.BeginTrial(ctx, q, trial); err != nil {
		return "", fmt.Errorf("beginning a trial: %w", err)
	}
	return trial, nil
}

// LiveTrials are those of the ids that BeginTrial made within a day.
func (s *Store) LiveTrials(ctx context.Context, q postgres.Querier, ids []string) (map[string]bool, error) {
	found, err := s.q.LiveTrials(ctx, q, ids)
	if err != nil {
		return nil, fmt.Errorf("looking for trials: %w", err)
	}
	live := map[string]bool{}
	for _, trial := range found {
		live[trial] = true
	}
	return live, nil
}
