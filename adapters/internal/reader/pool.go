package reader

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"sportello.dev/adapters/internal/mime"
)

const (
	// atWork is how many mails are read at once.
	atWork = 4
	// idleFor is how long a reader waits for the next mail. Starting one costs
	// some 20 ms, keeping one some 20 MB, most of it shared with the adapter.
	idleFor = time.Minute
	// keptMemory is the largest reader that is kept for another mail.
	keptMemory = 96 << 20
)

// Pool reads mails, several at once, each in a reader of its own.
type Pool struct {
	bounds Bounds
	slots  chan struct{}

	mu   sync.Mutex
	held int
	idle []*process // the last used comes last and is taken first
	ends map[*process]*time.Timer
}

// NewPool starts nothing yet. Readers end when there is no mail for a while,
// when nobody holds the pool any more, and with the adapter's process.
func NewPool(bounds Bounds) *Pool {
	return &Pool{bounds: bounds, slots: make(chan struct{}, atWork), ends: map[*process]*time.Timer{}}
}

// Hold says that somebody is going to read; the channel that is opened. Release
// takes it back, and the last one ends the readers.
func (p *Pool) Hold() (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held++
	return sync.OnceFunc(p.release)
}

func (p *Pool) release() {
	p.mu.Lock()
	p.held--
	var over []*process
	if p.held == 0 {
		for _, r := range p.idle {
			p.ends[r].Stop()
		}
		over, p.idle = p.idle, nil
		clear(p.ends)
	}
	p.mu.Unlock()
	for _, r := range over {
		r.end()
	}
}

// CrashError says that a reader ended on a mail for no reason of ours.
type CrashError struct{ Detail string }

// Error implements error.
func (e *CrashError) Error() string { return "the mail's reader ended: " + e.Detail }

// Opener opens the bytes of a mail; it may be called a second time.
type Opener func() (io.ReadCloser, error)

// Read reads one mail like mime.Read. A *mime.LimitError, mime.ErrNoHeader or
// a *CrashError is about the mail; any other error is about the sink, the
// bytes' origin or this machine, and says nothing of the mail.
func (p *Pool) Read(ctx context.Context, open Opener, rules mime.Rules, sink mime.AttachmentSink) (*mime.Mail, error) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	r, err := p.take()
	if err != nil {
		return nil, err
	}
	mail, err := p.read(ctx, r, open, rules, sink)
	var crash *CrashError
	// Only a dead reader is looked at: a living one reads the next mail by now.
	if errors.As(err, &crash) && r.used {
		// An earlier mail may have left something behind: one that never read
		// any tells whether it was this mail.
		if r, err = start(); err != nil {
			return nil, err
		}
		return p.read(ctx, r, open, rules, sink)
	}
	return mail, err
}

// read leaves the reader for the next mail, or without life.
func (p *Pool) read(ctx context.Context, r *process, open Opener, rules mime.Rules, sink mime.AttachmentSink) (*mime.Mail, error) {
	raw, err := open()
	if err != nil {
		p.keep(r)
		return nil, err
	}
	defer raw.Close()
	x := &exchange{process: r, bounds: p.bounds, sink: sink}
	mail, err := x.run(ctx, raw, job{Rules: rules, Bounds: p.bounds})
	if !x.whole {
		r.kill()
		return nil, x.verdict(ctx, err)
	}
	if size, err := memory(strconv.Itoa(r.cmd.Process.Pid), fieldResident); err != nil || size > keptMemory {
		r.kill()
	} else {
		r.used = true
		p.keep(r)
	}
	return mail, err
}

// take hands out the reader that was used last, so that those beyond need end.
func (p *Pool) take() (*process, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.idle) > 0 {
		r := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		p.ends[r].Stop()
		delete(p.ends, r)
		select {
		case <-r.exited:
			r.end()
		default:
			return r, nil
		}
	}
	return start()
}

func (p *Pool) keep(r *process) {
	p.mu.Lock()
	wanted := p.held > 0
	if wanted {
		p.idle = append(p.idle, r)
		p.ends[r] = time.AfterFunc(idleFor, func() { p.retire(r) })
	}
	p.mu.Unlock()
	if !wanted {
		r.end()
	}
}

// retire ends a reader that nobody has taken.
func (p *Pool) retire(r *process) {
	p.mu.Lock()
	i := slices.Index(p.idle, r)
	if i >= 0 {
		p.idle = slices.Delete(p.idle, i, i+1)
		delete(p.ends, r)
	}
	p.mu.Unlock()
	if i >= 0 {
		r.end()
	}
}
