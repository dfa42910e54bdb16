package email

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"strconv"

	"golang.org/x/sync/errgroup"

	"sportello.dev/adapters/internal/mime"
	"sportello.dev/plugins-sdk/channel"
)

const (
	// An attachment up to smallFile waits for the end of the mail, as long as
	// all that wait fit in waitingFiles: so a mail that turns out to be beyond
	// the limits leaves nothing behind, and small files are stored at once,
	// which takes the time of one.
	smallFile    = 64 << 10
	waitingFiles = 4 << 20
	// flushing at once is enough to share the disk's syncs.
	flushing = 8
)

// blobSink puts attachments into the hub's store; flush puts those that wait.
type blobSink struct {
	host    *channel.Host
	refs    []channel.BlobRef
	waiting []waitingFile
	bytes   int
}

type waitingFile struct {
	content   []byte
	mediaType string
	refs      []int
}

// Store implements mime.AttachmentSink. The reference is a place in refs.
func (s *blobSink) Store(ctx context.Context, a mime.Attachment, r io.Reader) (string, error) {
	place := len(s.refs)
	head, err := io.ReadAll(io.LimitReader(r, smallFile+1))
	if err != nil {
		return "", err
	}
	var ref channel.BlobRef
	if len(head) > smallFile || s.bytes+len(head) > waitingFiles {
		if ref, err = s.host.PutBlob(ctx, io.MultiReader(bytes.NewReader(head), r), 0, a.Type); err != nil {
			return "", err
		}
	} else {
		s.bytes += len(head)
		s.waiting = append(s.waiting, waitingFile{content: head, mediaType: a.Type, refs: []int{place}})
	}
	s.refs = append(s.refs, ref)
	return strconv.Itoa(place), nil
}

func (s *blobSink) flush(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(flushing)
	for _, file := range s.distinct() {
		group.Go(func() error {
			ref, err := s.host.PutBlob(ctx, bytes.NewReader(file.content), int64(len(file.content)), file.mediaType)
			for _, place := range file.refs {
				s.refs[place] = ref
			}
			return err
		})
	}
	return group.Wait()
}

// distinct puts the same bytes, a logo under each letter of a thread, once.
func (s *blobSink) distinct() []waitingFile {
	var all []waitingFile
	seen := map[[sha256.Size]byte]int{}
	for _, file := range s.waiting {
		sum := sha256.Sum256(file.content)
		if i, ok := seen[sum]; ok {
			all[i].refs = append(all[i].refs, file.refs...)
			continue
		}
		seen[sum] = len(all)
		all = append(all, file)
	}
	return all
}

// of is what the hub calls an attachment.
func (s *blobSink) of(a mime.Attachment) channel.BlobRef {
	place, err := strconv.Atoi(a.Ref)
	if err != nil || place < 0 || place >= len(s.refs) {
		return channel.BlobRef{} // none: the hub refuses the message
	}
	return s.refs[place]
}
