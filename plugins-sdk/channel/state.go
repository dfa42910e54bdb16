package channel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"sportello.dev/plugins-sdk/channel/wire"
	"sportello.dev/plugins-sdk/channelpb"
)

// ErrStateChanged says that somebody else wrote the entry meanwhile: read it again.
var ErrStateChanged = errors.New("the state entry was changed meanwhile")

// maxStateTries bounds the attempts of UpdateState.
const maxStateTries = 10

// Entry is one value of a channel's own state, kept encrypted by the hub. Version 0 says that there is none.
type Entry struct {
	Version uint64
	Value   []byte
}

// GetState reads one entry; key is 1 to 200 characters.
func (h *Host) GetState(ctx context.Context, key string) (Entry, error) {
	answer, err := h.client.GetState(ctx, &channelpb.GetStateRequest{ChannelId: h.channelID, Key: key})
	if err != nil {
		return Entry{}, fmt.Errorf("getting state %q: %w", key, err)
	}
	return Entry{Version: answer.GetVersion(), Value: answer.GetValue()}, nil
}

// PutState writes value, at most 64 KiB, if the entry still has the version read; 0 creates it. It answers the new
// version, or ErrStateChanged.
func (h *Host) PutState(ctx context.Context, key string, value []byte, version uint64) (uint64, error) {
	if len(value) > wire.MaxState {
		return 0, fmt.Errorf("putting state %q: %d bytes, at most %d", key, len(value), wire.MaxState)
	}
	return h.putState(ctx, &channelpb.PutStateRequest{Key: key, Value: value, ExpectedVersion: version})
}

// DeleteState removes an entry if it still has the version read.
func (h *Host) DeleteState(ctx context.Context, key string, version uint64) error {
	_, err := h.putState(ctx, &channelpb.PutStateRequest{Key: key, ExpectedVersion: version, Delete: true})
	return err
}

func (h *Host) putState(ctx context.Context, request *channelpb.PutStateRequest) (uint64, error) {
	request.ChannelId = h.channelID
	answer, err := h.client.PutState(ctx, request)
	if err != nil {
		return 0, fmt.Errorf("putting state %q: %w", request.GetKey(), err)
	}
	if !answer.GetStored() {
		return 0, fmt.Errorf("putting state %q: %w", request.GetKey(), ErrStateChanged)
	}
	return answer.GetVersion(), nil
}

// UpdateState reads an entry as JSON, lets change work on it, and writes it, again from the start when somebody else
// wrote it meanwhile. A missing entry is the zero value.
func UpdateState[T any](ctx context.Context, host *Host, key string, change func(*T) error) error {
	for range maxStateTries {
		entry, err := host.GetState(ctx, key)
		if err != nil {
			return err
		}
		var value T
		if entry.Version > 0 {
			if err := json.Unmarshal(entry.Value, &value); err != nil {
				return fmt.Errorf("reading state %q: %w", key, err)
			}
		}
		if err := change(&value); err != nil {
			return err
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("writing state %q: %w", key, err)
		}
		_, err = host.PutState(ctx, key, encoded, entry.Version)
		if !errors.Is(err, ErrStateChanged) {
			return err
		}
	}
	return fmt.Errorf("updating state %q: %w", key, ErrStateChanged)
}
