package reader

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"sportello.dev/adapters/internal/mime"
)

// programName is argument 0 of a reader, and how it is told from an adapter.
const programName = "sportello-mail-reader"

// exitCPU is the exit code of a reader that the kernel told to end.
const exitCPU = 24

var errBroke = errors.New("the mail broke off")

// ReadFunc reads one mail, as mime.Read does.
type ReadFunc func(context.Context, io.Reader, mime.Rules, mime.AttachmentSink) (*mime.Mail, error)

// Become makes a reader of this process if it was started as one, and then
// does not return. It is the first call of an adapter's main.
func Become(read ReadFunc) {
	if len(os.Args) != 1 || os.Args[0] != programName {
		return
	}
	if err := confine(); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go endOnCPU()
	err := serve(newPort(os.Stdin, os.Stdout), read)
	if !errors.Is(err, io.EOF) {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// endOnCPU obeys the kernel, whose own way would be to ask again each second.
func endOnCPU() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGXCPU)
	<-signals
	os.Exit(exitCPU)
}

// serve reads mail after mail until the pipe ends, which is io.EOF.
func serve(p *port, read ReadFunc) error {
	for {
		k, length, err := p.next()
		if err != nil {
			return err
		}
		if k != frameJob {
			return fmt.Errorf("a frame %q where a mail begins", k)
		}
		var given job
		if err := p.value(length, &given); err != nil {
			return err
		}
		if err := given.Bounds.enforce(); err != nil {
			return err
		}
		if err := answer(p, given, read); err != nil {
			return err
		}
	}
}

// answer reads one mail and leaves the pipe where the next begins.
func answer(p *port, given job, read ReadFunc) error {
	raw := &content{port: p}
	sink := &pipeSink{port: p, buffer: make([]byte, chunkBytes)}
	mail, failed := try(read, raw, given.Rules, sink)
	if sink.err != nil {
		return sink.err
	}
	var err error
	if failed != nil {
		err = p.send(frameFailure, failed)
	} else {
		err = p.send(frameReading, &reading{Mail: *mail, Header: mail.HeaderBytes()})
	}
	if err != nil {
		return err
	}
	if failed != nil && failed.Panic != "" {
		return io.EOF // what a panic leaves behind reads no other mail
	}
	_, err = io.Copy(io.Discard, raw)
	if errors.Is(err, errBroke) {
		return nil
	}
	return err
}

func try(read ReadFunc, raw io.Reader, rules mime.Rules, sink mime.AttachmentSink) (mail *mime.Mail, failed *failure) {
	defer func() {
		if cause := recover(); cause != nil {
			mail, failed = nil, &failure{Panic: firstLine(fmt.Sprint(cause))}
		}
	}()
	mail, err := read(context.Background(), raw, rules, sink)
	var limit *mime.LimitError
	switch {
	case err == nil:
		return mail, nil
	case errors.As(err, &limit):
		return nil, &failure{Limit: limit}
	case errors.Is(err, mime.ErrNoHeader):
		return nil, &failure{NoHeader: true}
	}
	return nil, &failure{Other: err.Error()}
}

// pipeSink sends attachments to the adapter; the reference is their number.
type pipeSink struct {
	port   *port
	buffer []byte
	count  int
	err    error // of the pipe
}

// Store implements mime.AttachmentSink.
func (s *pipeSink) Store(_ context.Context, a mime.Attachment, r io.Reader) (string, error) {
	if err := s.port.send(frameAttachment, &a); err != nil {
		s.err = err
		return "", err
	}
	last := frameEnd
	broke := s.port.copyFrom(r, s.buffer)
	var source sourceError
	switch {
	case errors.As(broke, &source):
		last, broke = frameBroke, source.err
	case broke != nil:
		s.err = broke
		return "", broke
	}
	if err := s.port.write(last, nil); err != nil {
		s.err = err
		return "", err
	}
	if broke == nil {
		s.count++
	}
	return strconv.Itoa(s.count - 1), broke
}
