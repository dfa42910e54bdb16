package channel

import (
	"context"
	"fmt"
	"unicode/utf8"

	"sportello.dev/hub/internal/channel/internal/db"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/postgres"
)

const (
	// MaxStateValue is the largest value of a state entry, in bytes.
	MaxStateValue = 64 << 10
	// maxStateKey is in characters.
	maxStateKey = 200
)

// Entry is one piece of an adapter's own state. Version 0 means that there is none.
type Entry struct {
	Version int64
	Value   []byte
}

// State reads an entry of a channel's state.
func (s *Store) State(ctx context.Context, q postgres.Querier, channel id.Channel, key string) (Entry, error) {
	if err := checkStateKey(key); err != nil {
		return Entry{}, err
	}
	row, err := s.q.GetState(ctx, q, db.GetStateParams{ChannelID: channel, Key: key})
	if postgres.IsNoRows(err) {
		return Entry{}, nil
	}
	if err != nil {
		return Entry{}, fmt.Errorf("reading the state of a channel: %w", err)
	}
	value, err := s.ring.Open(keyring.Secrets, row.Sealed, stateContext(channel, key))
	if err != nil {
		return Entry{}, fmt.Errorf("opening the state of channel %s: %w", channel, err)
	}
	return Entry{Version: row.Version, Value: value}, nil
}

// PutState writes an entry if its version is still the expected one (0: it does not exist) and answers the new
// version; false means that somebody else wrote meanwhile.
func (s *Store) PutState(ctx context.Context, q postgres.Querier, channel id.Channel, key string, expected int64, value []byte) (int64, bool, error) {
	if err := checkStateKey(key); err != nil {
		return 0, false, err
	}
	if len(value) > MaxStateValue {
		return 0, false, fault.Invalid("value", "channel.state_value", "state of %d bytes, at most %d", len(value), MaxStateValue)
	}
	sealed, err := s.ring.Seal(keyring.Secrets, value, stateContext(channel, key))
	if err != nil {
		return 0, false, fmt.Errorf("sealing the state of a channel: %w", err)
	}
	var version int64
	if expected == 0 {
		version, err = s.q.CreateState(ctx, q, db.CreateStateParams{ChannelID: channel, Key: key, Sealed: sealed})
	} else {
		version, err = s.q.UpdateState(ctx, q, db.UpdateStateParams{ChannelID: channel, Key: key, Version: expected, Sealed: sealed})
	}
	if postgres.IsNoRows(err) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("writing the state of a channel: %w", err)
	}
	return version, true, nil
}

// DeleteState removes an entry if its version is still the expected one.
func (s *Store) DeleteState(ctx context.Context, q postgres.Querier, channel id.Channel, key string, expected int64) (bool, error) {
	if err := checkStateKey(key); err != nil {
		return false, err
	}
	n, err := s.q.DeleteState(ctx, q, db.DeleteStateParams{ChannelID: channel, Key: key, Version: expected})
	if err != nil {
		return false, fmt.Errorf("removing state of a channel: %w", err)
	}
	return n == 1, nil
}

func checkStateKey(key string) error {
	if n := utf8.RuneCountInString(key); n < 1 || n > maxStateKey || !utf8.ValidString(key) {
		return fault.Invalid("key", "channel.state_key", "state key of %d characters, want 1 to %d", n, maxStateKey)
	}
	return nil
}

func stateContext(channel id.Channel, key string) []byte {
	return []byte("channel_state\x00" + channel.String() + "\x00" + key)
}
