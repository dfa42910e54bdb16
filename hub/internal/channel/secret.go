package channel

import (
	"context"
	"fmt"

	"sportello.dev/hub/internal/channel/internal/db"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/postgres"
)

// Secrets opens a channel's secrets, by JSON pointer. Only the plugin host needs them.
func (s *Store) Secrets(ctx context.Context, q postgres.Querier, channel id.Channel) (map[string]string, error) {
	rows, err := s.q.Secrets(ctx, q, channel)
	if err != nil {
		return nil, fmt.Errorf("reading the secrets of a channel: %w", err)
	}
	secrets := make(map[string]string, len(rows))
	for _, r := range rows {
		plain, err := s.ring.Open(keyring.Secrets, r.Sealed, secretContext(channel, r.Pointer))
		if err != nil {
			return nil, fmt.Errorf("opening secret %s of channel %s: %w", r.Pointer, channel, err)
		}
		secrets[r.Pointer] = string(plain)
	}
	return secrets, nil
}

// SecretPointers names the secrets that are set; their values are never shown.
func (s *Store) SecretPointers(ctx context.Context, q postgres.Querier, channel id.Channel) ([]string, error) {
	pointers, err := s.q.SecretPointers(ctx, q, channel)
	if err != nil {
		return nil, fmt.Errorf("naming the secrets of a channel: %w", err)
	}
	return pointers, nil
}

func (s *Store) putSecrets(ctx context.Context, q postgres.Querier, channel id.Channel, secrets map[string]string) error {
	for pointer, value := range secrets {
		sealed, err := s.ring.Seal(keyring.Secrets, []byte(value), secretContext(channel, pointer))
		if err != nil {
			return fmt.Errorf("sealing secret %s: %w", pointer, err)
		}
		if err := s.q.PutSecret(ctx, q, db.PutSecretParams{ChannelID: channel, Pointer: pointer, Sealed: sealed}); err != nil {
			return fmt.Errorf("storing secret %s: %w", pointer, err)
		}
	}
	return nil
}

// secretContext ties the sealed bytes to their place: copied to another row they do not open.
func secretContext(channel id.Channel, pointer string) []byte {
	return []byte("channel_secret\x00" + channel.String() + "\x00" + pointer)
}
