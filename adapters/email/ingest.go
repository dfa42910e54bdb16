package email

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"sportello.dev/plugins-sdk/channel"
)

// pace is how long to wait for what.
type pace struct {
	// pollEvery is how often a folder is looked at where the server has no
	// IDLE. Where it has, notices still get lost, mostly those of messages that
	// arrive just when IDLE begins: after each event the folder is looked at
	// again soon, then ever more rarely up to pollIdle.
	pollEvery, pollSoon, pollIdle time.Duration
	// Between attempts to connect.
	firstBackoff, lastBackoff time.Duration
	// refusedBackoff keeps a wrong password from locking the account.
	refusedBackoff time.Duration
	// backlog is how many messages may wait before newer mail goes first.
	backlog int
}

func ordinaryPace() pace {
	return pace{
		pollEvery: 15 * time.Second, pollSoon: time.Second, pollIdle: 5 * time.Minute,
		firstBackoff: time.Second, lastBackoff: 2 * time.Minute, refusedBackoff: 10 * time.Minute, backlog: 200,
	}
}

// ingestion is one run of Ingest.
type ingestion struct {
	*Mailbox

	deliverer *deliverer
	crumbs    *channel.Crumbs
	// parsing is held while foreign bytes are read: the note of the item that
	// might kill the process has room for one.
	parsing sync.Mutex
}

// hubError is a failure of the hub's side: the stream ends with it, and the
// hub starts again.
type hubError struct{ err error }

func (e hubError) Error() string { return e.err.Error() }
func (e hubError) Unwrap() error { return e.err }

// Ingest reads every folder until ctx ends. Troubles of a mailbox are waited
// out here; troubles of the hub end the stream.
func (m *Mailbox) Ingest(ctx context.Context, start channel.Start, sink *channel.Sink) error {
	crumbs, err := channel.NewCrumbs(ctx, m.host, start)
	if err != nil {
		return err
	}
	folders := m.config.IMAP.Folders
	run := &ingestion{Mailbox: m, deliverer: newDeliverer(start.Cursor, folders, sink), crumbs: crumbs}
	group, ctx := errgroup.WithContext(ctx)
	for _, name := range folders {
		group.Go(func() error { return newFolder(run, name).run(ctx) })
	}
	return group.Wait()
}

// run connects again and again until ctx ends or the hub fails.
func (f *folder) run(ctx context.Context) error {
	defer f.health.forget(f.name)
	f.health.report(f.name, channel.Status{State: channel.HealthConnecting})
	wait := f.pace.firstBackoff
	for ctx.Err() == nil {
		before := f.delivered
		err := f.connected(ctx)
		var hub hubError
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &hub):
			return hub.err
		}
		if f.delivered > before {
			wait = f.pace.firstBackoff
		}
		status := broken(err)
		f.health.report(f.name, status)
		f.log.Warn("folder not readable", "code", status.Code, "error", err)
		if status.State == channel.HealthMisconfigured {
			wait = f.pace.refusedBackoff
		}
		pause(ctx, jitter(wait))
		wait = min(2*wait, f.pace.lastBackoff)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// jitter keeps many channels from knocking at the same moment.
func jitter(d time.Duration) time.Duration {
	return d/2 + time.Duration(rand.Int64N(int64(d)))
}
