package reader

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"sportello.dev/adapters/internal/mime"
)

const (
	// watchEvery is how often a reader at work is looked at: between two looks
	// it can take some 20 MB.
	watchEvery = 20 * time.Millisecond
	// patience with a reader that neither works nor answers.
	patience = time.Minute
)

// exchange is one mail with one reader.
type exchange struct {
	*process

	bounds Bounds
	sink   mime.AttachmentSink
	refs   []string

	ours  atomic.Int32                    // waits for the hub or the mail's origin, not for the reader
	moves atomic.Int64                    // frames that passed
	over  atomic.Bool                     // the reader has answered and wants no more
	limit atomic.Pointer[mime.LimitError] // for which the reader was killed
	whole bool                            // the reader answered and waits for another mail
}

// run hands the mail over and takes the answer.
func (x *exchange) run(ctx context.Context, raw io.Reader, given job) (*mime.Mail, error) {
	began, err := cpuTime(x.cmd.Process.Pid)
	if err != nil {
		return nil, err
	}
	done := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		x.watch(ctx, began, done)
	}()
	fed := make(chan error, 1)
	go func() { fed <- x.feed(raw, given) }()
	mail, err := x.answer(ctx)
	x.over.Store(true)
	if !x.whole {
		// Whatever is still being written to has no reader any more.
		_ = x.cmd.Process.Kill()
	}
	broke := <-fed
	close(done)
	<-watched
	if ctx.Err() != nil || x.limit.Load() != nil {
		x.whole = false // killed, even where the answer came first
	}
	var source sourceError
	if errors.As(broke, &source) {
		return nil, source.err
	}
	return mail, err
}

// feed streams the mail to the reader until it ends, or the reader has enough.
func (x *exchange) feed(raw io.Reader, given job) error {
	if err := x.send(frameJob, &given); err != nil {
		return err
	}
	err := x.copyFrom(readerFunc(func(b []byte) (int, error) {
		if x.over.Load() {
			return 0, io.EOF
		}
		x.ours.Add(1)
		defer x.ours.Add(-1)
		x.moves.Add(1)
		return raw.Read(b)
	}), make([]byte, chunkBytes))
	last := frameEnd
	var source sourceError
	if errors.As(err, &source) {
		last = frameBroke
	} else if err != nil {
		return err
	}
	if err := x.write(last, nil); err != nil {
		return err
	}
	return errors.Join(err, x.out.Flush())
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// answer takes attachments until the reading comes.
func (x *exchange) answer(ctx context.Context) (*mime.Mail, error) {
	for {
		k, length, err := x.next()
		if err != nil {
			return nil, err
		}
		x.moves.Add(1)
		switch k {
		case frameAttachment:
			if err := x.store(ctx, length); err != nil {
				return nil, err
			}
		case frameReading:
			return x.reading(length)
		case frameFailure:
			return nil, x.failure(length)
		default:
			return nil, fmt.Errorf("a frame %q where an answer belongs", k)
		}
	}
}

func (x *exchange) store(ctx context.Context, length int) error {
	var a mime.Attachment
	if err := x.value(length, &a); err != nil {
		return err
	}
	body := &content{port: x.port}
	x.ours.Add(1)
	ref, err := x.sink.Store(ctx, a, body)
	x.ours.Add(-1)
	if err == nil {
		_, _ = io.Copy(io.Discard, body) // what it made of that is in body.err
	}
	switch {
	case errors.Is(body.err, errBroke):
		return nil // why, comes with the failure
	case body.err != nil && !errors.Is(body.err, io.EOF):
		return body.err
	case err != nil:
		return sinkError{err}
	}
	x.refs = append(x.refs, ref)
	return nil
}

// sinkError is a failure of whoever keeps the attachments.
type sinkError struct{ err error }

func (e sinkError) Error() string { return e.err.Error() }
func (e sinkError) Unwrap() error { return e.err }

func (x *exchange) reading(length int) (*mime.Mail, error) {
	var r reading
	if err := x.value(length, &r); err != nil {
		return nil, err
	}
	mail := &r.Mail
	if err := mail.SetHeader(r.Header); err != nil {
		return nil, err
	}
	for i := range mail.Attachments {
		n, err := strconv.Atoi(mail.Attachments[i].Ref)
		if err != nil || n < 0 || n >= len(x.refs) {
			return nil, errors.New("the reading names an attachment that never came")
		}
		mail.Attachments[i].Ref = x.refs[n]
	}
	x.whole = true
	return mail, nil
}

func (x *exchange) failure(length int) error {
	var f failure
	if err := x.value(length, &f); err != nil {
		return err
	}
	x.whole = f.Panic == ""
	switch {
	case f.Limit != nil:
		return f.Limit
	case f.NoHeader:
		return mime.ErrNoHeader
	case f.Panic != "":
		return &CrashError{Detail: f.Panic}
	}
	return errors.New("reading mail: " + f.Other)
}

// watch kills a reader that goes beyond its bounds.
func (x *exchange) watch(ctx context.Context, began time.Duration, done <-chan struct{}) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	quiet, moves := time.Duration(0), int64(0)
	for {
		select {
		case <-done:
			return
		case <-ctx.Done():
			_ = x.cmd.Process.Kill()
			return
		case <-tick.C:
		}
		if now := x.moves.Load(); now != moves || x.ours.Load() > 0 {
			quiet, moves = 0, now
		} else {
			quiet += watchEvery
		}
		if over := x.beyond(began, quiet); over != nil {
			x.limit.Store(over)
			_ = x.cmd.Process.Kill()
			return
		}
	}
}

func (x *exchange) beyond(began, quiet time.Duration) *mime.LimitError {
	pid := x.cmd.Process.Pid
	if used, err := cpuTime(pid); err == nil && used-began > x.bounds.CPU {
		return x.overCPU()
	}
	if size, err := memory(strconv.Itoa(pid), fieldResident); err == nil && size > x.bounds.Memory {
		return x.overMemory()
	}
	if quiet > patience {
		return &mime.LimitError{Limit: LimitWait, Max: int64(patience / time.Second)}
	}
	return nil
}

func (x *exchange) overCPU() *mime.LimitError {
	return &mime.LimitError{Limit: LimitCPU, Max: int64(x.bounds.CPU / time.Second)}
}

func (x *exchange) overMemory() *mime.LimitError {
	return &mime.LimitError{Limit: LimitMemory, Max: x.bounds.Memory}
}

// verdict says why a reader that is dead gave no answer. Where its own death
// is the cause, that is about the mail.
func (x *exchange) verdict(ctx context.Context, err error) error {
	var sink sinkError
	var crash *CrashError
	limit := x.limit.Load()
	switch {
	case limit != nil:
		return limit
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &sink):
		return sink.err
	case errors.As(err, &crash):
		return crash
	case x.cmd.ProcessState.ExitCode() == exitCPU:
		return x.overCPU()
	case outOfMemory(x.stderr.String()):
		return x.overMemory()
	}
	return &CrashError{Detail: x.epitaph()}
}

// outOfMemory knows what the Go runtime, and its race detector, say when the
// kernel gives them no more.
func outOfMemory(said string) bool {
	for _, words := range []string{"out of memory", "cannot allocate memory", "failed to allocate"} {
		if strings.Contains(said, words) {
			return true
		}
	}
	return false
}
