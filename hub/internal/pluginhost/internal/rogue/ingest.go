package rogue

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channelpb"
)

// Inbox is the suffix of the files that a channel delivers.
const Inbox = ".in"

type ingest struct {
	stream grpc.BidiStreamingServer[channelpb.IngestRequest, channelpb.IngestResponse]
	o      *opened

	mu      sync.Mutex
	seq     uint64
	waiting map[uint64]string
	// sent is what this stream delivered, also what was acknowledged meanwhile.
	sent    map[string]bool
	stopped bool
}

// Ingest delivers each file of the channel's directory and removes it when it is acknowledged: what is neither in the
// directory nor in the hub's journal was lost.
func (a *adapter) Ingest(stream grpc.BidiStreamingServer[channelpb.IngestRequest, channelpb.IngestResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	o, err := a.channel(first.GetStart().GetChannelId())
	if err != nil {
		return err
	}
	o.note("ingest from " + string(first.GetStart().GetCursor()))
	if o.Event == "misconfigured" {
		return misconfigured()
	}
	in := &ingest{stream: stream, o: o, waiting: map[uint64]string{}, sent: map[string]bool{}}
	done := make(chan error, 1)
	go func() { done <- in.acknowledge() }()
	for {
		if err := in.deliver(); err != nil {
			return err
		}
		if in.idle() {
			return nil
		}
		select {
		case err := <-done:
			return err
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (in *ingest) acknowledge() error {
	for {
		r, err := in.stream.Recv()
		if err != nil {
			return err
		}
		in.mu.Lock()
		in.stopped = in.stopped || r.GetStop() != nil
		for seq, path := range in.waiting {
			if seq <= r.GetAck().GetSeq() {
				_ = os.Remove(path)
				delete(in.waiting, seq)
			}
		}
		in.mu.Unlock()
	}
}

func (in *ingest) idle() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.stopped && len(in.waiting) == 0
}

func (in *ingest) deliver() error {
	paths, err := filepath.Glob(filepath.Join(in.o.Dir, "*"+Inbox))
	if err != nil {
		return err
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil || in.known(path) {
			continue
		}
		r := &channelpb.IngestResponse{Seq: in.next(path), Cursor: []byte(filepath.Base(path))}
		r.Event = event(strings.TrimSuffix(filepath.Base(path), Inbox), string(text))
		in.spoil(r)
		if err := in.stream.Send(r); err != nil {
			return status.Error(codes.Unavailable, err.Error())
		}
	}
	return nil
}

// spoil breaks an event in the way that the channel is set to.
func (in *ingest) spoil(r *channelpb.IngestResponse) {
	m := r.GetEvent().GetMessage()
	switch in.o.Event {
	case "claim":
		m.Attachments = append(m.Attachments, &channelpb.Attachment{
			Blob: &channelpb.BlobRef{Sha256: strings.Repeat("ab", 32), Size: 10}, Name: "stolen",
		})
	case "claim-raw":
		r.Event.Raw.Bytes = &channelpb.Raw_Blob{Blob: &channelpb.BlobRef{Sha256: strings.Repeat("ab", 32), Size: 10}}
	case "oversize":
		m.Text = strings.Repeat("x", 17<<20)
	case "gap":
		r.Seq += 5
	case "parties":
		for range 5000 {
			m.Parties = append(m.Parties, &channelpb.Party{Address: &channelpb.Address{Value: "x"}})
		}
	}
}

func (in *ingest) known(path string) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.stopped || in.sent[path]
}

func (in *ingest) next(path string) uint64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.seq++
	in.waiting[in.seq], in.sent[path] = path, true
	return in.seq
}
