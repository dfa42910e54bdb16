package channel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channel/wire"
	"sportello.dev/plugins-sdk/channelpb"
)

// Host is a channel's way to the hub. It is safe for concurrent use.
type Host struct {
	channelID string
	client    channelpb.HostClient
}

// ErrTooLarge says that the hub takes no blob of this size: trying again ends the same. An original that is too large is
// delivered as Unparsed, without its bytes, and stays upstream.
var ErrTooLarge = errors.New("larger than the hub takes")

// NewHost makes the Host of one channel over a connection. The SDK does it; tests of an adapter get theirs from
// channeltest.
func NewHost(channelID string, conn grpc.ClientConnInterface) *Host {
	return &Host{channelID: channelID, client: channelpb.NewHostClient(conn)}
}

// PutBlob streams r to the hub and returns when the bytes are on disk. size is the number of bytes if known, else 0; the
// hub refuses early what is too large.
func (h *Host) PutBlob(ctx context.Context, r io.Reader, size int64, mediaType string) (BlobRef, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := h.client.PutBlob(ctx)
	if err != nil {
		return BlobRef{}, fmt.Errorf("putting a blob: %w", err)
	}
	start := &channelpb.PutBlobStart{ChannelId: h.channelID, Size: uint64(max(size, 0)), MediaType: mediaType}
	err = stream.Send(&channelpb.PutBlobRequest{Part: &channelpb.PutBlobRequest_Start{Start: start}})
	if err == nil {
		err = sendChunks(stream, r)
	}
	// io.EOF says that the hub ended the call; its reason comes with CloseAndRecv.
	if err != nil && !errors.Is(err, io.EOF) {
		return BlobRef{}, fmt.Errorf("putting a blob: %w", err)
	}
	answer, err := stream.CloseAndRecv()
	if status.Code(err) == codes.OutOfRange {
		return BlobRef{}, fmt.Errorf("putting a blob: %w: %w", ErrTooLarge, err)
	}
	if err != nil {
		return BlobRef{}, fmt.Errorf("putting a blob: %w", err)
	}
	return blobFromProto(answer.GetBlob()), nil
}

func sendChunks(stream grpc.ClientStreamingClient[channelpb.PutBlobRequest, channelpb.PutBlobResponse], r io.Reader) error {
	buffer := make([]byte, wire.ChunkSize)
	for {
		n, err := fill(r, buffer)
		if n > 0 {
			part := &channelpb.PutBlobRequest_Chunk{Chunk: buffer[:n]}
			if err := stream.Send(&channelpb.PutBlobRequest{Part: part}); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return readError{err}
		}
	}
}

// fill reads until the buffer is full. Unlike io.ReadFull it keeps the reader's own io.ErrUnexpectedEOF, by which a
// download says that it broke off, apart from the end.
func fill(r io.Reader, buffer []byte) (n int, err error) {
	for n < len(buffer) && err == nil {
		var read int
		read, err = r.Read(buffer[n:])
		n += read
	}
	return n, err
}

// readError keeps an io.EOF of a wrapped reader apart from the one of the stream.
type readError struct{ err error }

func (e readError) Error() string { return "reading: " + e.err.Error() }

// Unwrap lets the caller know its own reader's errors; an io.EOF is never among them.
func (e readError) Unwrap() error { return e.err }

// GetBlob streams a blob that the channel put or was handed. The caller closes it.
func (h *Host) GetBlob(ctx context.Context, ref BlobRef) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancel(ctx)
	stream, err := h.client.GetBlob(ctx, &channelpb.GetBlobRequest{ChannelId: h.channelID, Blob: blobToProto(ref)})
	if err != nil {
		cancel()
		return nil, fmt.Errorf("getting a blob: %w", err)
	}
	reader := &blobReader{stream: stream, cancel: cancel}
	// The first chunk now, so that a refusal is an error here and not while reading.
	if err := reader.fill(); err != nil && !errors.Is(err, io.EOF) {
		cancel()
		return nil, err
	}
	return reader, nil
}

type blobReader struct {
	stream grpc.ServerStreamingClient[channelpb.GetBlobResponse]
	cancel context.CancelFunc
	rest   []byte
	err    error
}

func (r *blobReader) fill() error {
	for len(r.rest) == 0 && r.err == nil {
		answer, err := r.stream.Recv()
		if err != nil && !errors.Is(err, io.EOF) {
			err = fmt.Errorf("getting a blob: %w", err)
		}
		r.rest, r.err = answer.GetChunk(), err
	}
	if len(r.rest) > 0 {
		return nil
	}
	return r.err
}

func (r *blobReader) Read(p []byte) (int, error) {
	if err := r.fill(); err != nil {
		return 0, err
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *blobReader) Close() error {
	r.cancel()
	return nil
}

// Raw keeps an original: inline up to 64 KiB, else as a blob that is on disk when Raw returns.
func (h *Host) Raw(ctx context.Context, r io.Reader, mediaType string) (Raw, error) {
	head, err := io.ReadAll(io.LimitReader(r, wire.MaxInlineRaw+1))
	if err != nil {
		return Raw{}, fmt.Errorf("reading an original: %w", err)
	}
	if len(head) <= wire.MaxInlineRaw {
		return Raw{Inline: head, MediaType: mediaType}, nil
	}
	ref, err := h.PutBlob(ctx, io.MultiReader(bytes.NewReader(head), r), 0, mediaType)
	if err != nil {
		return Raw{}, err
	}
	return Raw{Blob: &ref, MediaType: mediaType}, nil
}

// OpenRaw reads an original, wherever it is. The caller closes it.
func (h *Host) OpenRaw(ctx context.Context, raw Raw) (io.ReadCloser, error) {
	if raw.Blob == nil {
		return io.NopCloser(bytes.NewReader(raw.Inline)), nil
	}
	return h.GetBlob(ctx, *raw.Blob)
}
