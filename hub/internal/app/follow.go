package app

import (
	"context"
	"errors"
	"slices"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/live"
)

// followChannels makes the plugin host look at the channels as soon as one was changed, by whichever replica or command,
// until ctx ends.
func (a *App) followChannels(ctx context.Context) error {
	changes := a.live.Subscribe(account.SystemScope())
	defer changes.Close()
	for {
		batch, err := changes.Next(ctx)
		if ctx.Err() != nil || errors.Is(err, live.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		if batch.Refetch || slices.ContainsFunc(batch.Events, func(e live.Event) bool { return e.Kind == live.KindChannel }) {
			a.plugins.Refresh()
		}
	}
}
