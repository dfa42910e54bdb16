package echo

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"time"

	"sportello.dev/plugins-sdk/channel"
)

// position is the cursor: every message up to this name is committed.
type position struct {
	After string `json:"after"`
}

// Ingest delivers what is in the spool, then what comes, and removes what is committed.
func (e *echo) Ingest(ctx context.Context, start channel.Start, sink *channel.Sink) error {
	if err := e.connect(); err != nil {
		return err
	}
	crumbs, err := channel.NewCrumbs(ctx, e.Host, start)
	if err != nil {
		return err
	}
	run := &ingest{echo: e, sink: sink, crumbs: crumbs, last: e.readCursor(start.Cursor)}
	if err := run.finish(); err != nil {
		return err
	}
	e.Health.Report(channel.Status{State: channel.HealthHealthy, Backlog: 0})
	return run.loop(ctx)
}

// readCursor starts from the beginning where a cursor says nothing: the hub knows what it has by the events' ids.
func (e *echo) readCursor(cursor []byte) string {
	var at position
	if err := json.Unmarshal(cursor, &at); err != nil && len(cursor) > 0 {
		e.Log.Warn("the cursor cannot be read, starting from the beginning")
	}
	return at.After
}

// ingest is one run of Ingest.
type ingest struct {
	*echo

	sink    *channel.Sink
	crumbs  *channel.Crumbs
	last    string
	pending channel.Pending[string]
}

// finish removes what was committed before the process could remove it: the cursor proves it.
func (r *ingest) finish() error {
	names, err := r.spool.Names()
	if err != nil {
		return err
	}
	for _, name := range names {
		if name > r.last {
			break
		}
		if err := r.spool.remove(name); err != nil {
			return err
		}
	}
	return nil
}

func (r *ingest) loop(ctx context.Context) error {
	tick := time.NewTicker(r.config.poll())
	defer tick.Stop()
	for {
		if err := r.deliverNew(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return r.pending.Drain(r.spool.remove)
		case <-r.pending.Ready():
			if err := r.pending.Settle(r.spool.remove); err != nil {
				return err
			}
		case <-tick.C:
		}
	}
}

func (r *ingest) deliverNew(ctx context.Context) error {
	names, err := r.spool.Names()
	if err != nil {
		return err
	}
	for _, name := range names {
		if name <= r.last {
			continue
		}
		if err := r.deliver(ctx, name); err != nil {
			return err
		}
		r.last = name
	}
	return nil
}

func (r *ingest) deliver(ctx context.Context, name string) error {
	event, err := r.read(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	cursor, err := json.Marshal(position{After: name})
	if err != nil {
		return wrap("writing the cursor", err)
	}
	r.dieIf(r.faults().Ingest == faultDieBefore)
	receipt, err := r.sink.Deliver(ctx, event, cursor)
	if err != nil {
		return err
	}
	r.dieIf(r.faults().Ingest == faultDieAfter)
	r.pending.Add(receipt, name)
	return nil
}

// read makes the event of one message: the original first, so that it is safe before anybody looks into it.
func (r *ingest) read(ctx context.Context, name string) (channel.Event, error) {
	file, info, err := r.spool.open(name)
	if err != nil {
		return channel.Event{}, err
	}
	defer func() { _ = file.Close() }()
	raw, err := r.Host.Raw(ctx, file, mediaType)
	if err != nil {
		return channel.Event{}, err
	}
	body, err := r.body(ctx, name, file)
	if err != nil {
		return channel.Event{}, err
	}
	return channel.Event{ID: "spool/" + name, OccurredAt: info.ModTime(), Raw: raw, Body: body}, nil
}

func (r *ingest) body(ctx context.Context, name string, file io.ReadSeeker) (channel.Body, error) {
	if r.crumbs.Killer(name) {
		return &channel.Unparsed{Code: "crash", Detail: "the adapter died twice while reading it"}, nil
	}
	if err := r.crumbs.Parsing(ctx, name); err != nil {
		return nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, wrap("reading "+name, err)
	}
	original, err := io.ReadAll(io.LimitReader(file, maxParse+1))
	if err != nil {
		return nil, wrap("reading "+name, err)
	}
	body, err := channel.Guard(func() (channel.Body, error) {
		r.faultsWhileParsing(original)
		return parse(original)
	})
	return body, errors.Join(err, r.crumbs.Parsed(ctx))
}

// Interpret parses an original again.
func (e *echo) Interpret(ctx context.Context, raw channel.Raw) (channel.Event, error) {
	reader, err := e.Host.OpenRaw(ctx, raw)
	if err != nil {
		return channel.Event{}, err
	}
	defer func() { _ = reader.Close() }()
	original, err := io.ReadAll(io.LimitReader(reader, maxParse+1))
	if err != nil {
		return channel.Event{}, wrap("reading the original", err)
	}
	body, err := channel.Guard(func() (channel.Body, error) { return parse(original) })
	return channel.Event{Raw: raw, Body: body}, err
}
