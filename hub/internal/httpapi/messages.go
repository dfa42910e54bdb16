package httpapi

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/picture"
	"sportello.dev/hub/internal/scan"
	"sportello.dev/hub/internal/ticket"
)

// messageRoutes are one message, its original, its page and its attachments.
type messageRoutes struct {
	db      *pgxpool.Pool
	tickets *ticket.Store
	journal *intake.Journal
	blobs   blob.Store
	gate    *scan.Gate
	show    presenter
	links   inlineLinks
	away    *picture.Fetcher
}

// GetMessage shows one message.
func (h messageRoutes) GetMessage(ctx context.Context, r api.GetMessageRequestObject) (api.GetMessageResponseObject, error) {
	answer, err := h.show.message(ctx, requestOf(ctx).scope, id.Message{UUID: r.ID})
	if err != nil {
		return nil, err
	}
	return api.GetMessage200JSONResponse(answer), nil
}

// GetMessageRaw hands out the original bytes.
func (h messageRoutes) GetMessageRaw(ctx context.Context, r api.GetMessageRawRequestObject) (api.GetMessageRawResponseObject, error) {
	scope := requestOf(ctx).scope
	m, err := h.tickets.Message(ctx, h.db, scope, id.Message{UUID: r.ID})
	if err != nil {
		return nil, err
	}
	if m.Journal.IsZero() {
		return nil, fault.NotFound("the message has no original")
	}
	raw, err := h.journal.RawOf(ctx, scope, m.Journal)
	if err != nil {
		return nil, err
	}
	file, err := rawFile(ctx, h.blobs, h.gate, raw, string(m.TicketNumber))
	if err != nil {
		return nil, err
	}
	return api.GetMessageRaw200ApplicationOctetStreamResponse{FileApplicationOctetStreamResponse: file}, nil
}

// GetAttachment hands out an attachment as a download.
func (h messageRoutes) GetAttachment(ctx context.Context, r api.GetAttachmentRequestObject) (api.GetAttachmentResponseObject, error) {
	f, err := h.tickets.Attachment(ctx, h.db, requestOf(ctx).scope, id.Attachment{UUID: r.ID})
	if err != nil {
		return nil, err
	}
	if err := blockInfected(f); err != nil {
		return nil, err
	}
	file, err := storedFile(ctx, h.blobs, f.SHA256, f.Name)
	if err != nil {
		return nil, err
	}
	return api.GetAttachment200ApplicationOctetStreamResponse{FileApplicationOctetStreamResponse: file}, nil
}

// GetInlineImage shows an image inside a message's page. The signature in the
// address is the permission; it was made for somebody who may see the message.
func (h messageRoutes) GetInlineImage(ctx context.Context, r api.GetInlineImageRequestObject) (api.GetInlineImageResponseObject, error) {
	which := id.Attachment{UUID: r.ID}
	if !h.links.valid(imageParts(which), r.Params.Expires, r.Params.Signature) {
		return nil, fault.Forbidden("the address is not signed, or no longer")
	}
	f, err := h.tickets.Attachment(ctx, h.db, account.SystemScope(), which)
	if err != nil {
		return nil, err
	}
	if err := blockInfected(f); err != nil {
		return nil, err
	}
	if !showable(f.MediaType) {
		return nil, fault.NotFound("the attachment is no image that is shown")
	}
	sum, err := blob.SumFromBytes(f.SHA256)
	if err != nil {
		return nil, err
	}
	content, err := h.blobs.Get(ctx, sum, blob.Range{})
	if err != nil {
		return nil, err
	}
	return inlineImage{content: content, kind: f.MediaType, size: f.Size}, nil
}

// GetPicture shows a picture elsewhere inside a message's page; the hub fetches it. The signature is the permission.
func (h messageRoutes) GetPicture(ctx context.Context, r api.GetPictureRequestObject) (api.GetPictureResponseObject, error) {
	if !h.links.valid(pictureParts(r.Params.URL), r.Params.Expires, r.Params.Signature) {
		return nil, fault.Forbidden("the address is not signed, or no longer")
	}
	p, err := h.away.Fetch(ctx, r.Params.URL)
	if err != nil {
		// Whatever went wrong is the other side's affair: the page has a gap.
		return nil, fault.NotFound("the picture cannot be shown: %w", err)
	}
	return inlineImage{content: io.NopCloser(bytes.NewReader(p.Bytes)), kind: p.Type, size: int64(len(p.Bytes))}, nil
}

// inlineImage is an image for a frame without an origin, so it may cross origins.
type inlineImage struct {
	content io.ReadCloser
	kind    string
	size    int64
}

// VisitGetPictureResponse sends the image.
func (i inlineImage) VisitGetPictureResponse(w http.ResponseWriter) error { return i.send(w) }

// VisitGetInlineImageResponse sends the image.
func (i inlineImage) VisitGetInlineImageResponse(w http.ResponseWriter) error { return i.send(w) }

func (i inlineImage) send(w http.ResponseWriter) error {
	defer i.content.Close()
	h := w.Header()
	h.Set("Content-Type", i.kind)
	h.Set("Content-Length", strconv.FormatInt(i.size, 10))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Cache-Control", "private, max-age=600")
	w.WriteHeader(http.StatusOK)
	_, err := io.Copy(w, i.content)
	return err
}

// rawFile is the original of something that came in, wherever its bytes lie.
func rawFile(ctx context.Context, blobs blob.Store, gate *scan.Gate, raw intake.Raw, name string) (api.FileApplicationOctetStreamResponse, error) {
	name += rawEnding(raw.MediaType)
	if len(raw.Inline) > 0 || len(raw.SHA256) == 0 {
		size := int64(len(raw.Inline))
		err := blockOriginal(ctx, gate, size, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw.Inline)), nil })
		return download(bytes.NewReader(raw.Inline), size, name), err
	}
	sum, err := blob.SumFromBytes(raw.SHA256)
	if err != nil {
		return api.FileApplicationOctetStreamResponse{}, err
	}
	size, err := blobs.Stat(ctx, sum)
	if err != nil {
		return api.FileApplicationOctetStreamResponse{}, err
	}
	if err := blockOriginal(ctx, gate, size, func() (io.ReadCloser, error) { return blobs.Get(ctx, sum, blob.Range{}) }); err != nil {
		return api.FileApplicationOctetStreamResponse{}, err
	}
	return storedFile(ctx, blobs, raw.SHA256, name)
}

func rawEnding(mediaType string) string {
	switch mediaType {
	case "message/rfc822":
		return ".eml"
	case "application/json":
		return ".json"
	case "text/plain":
		return ".txt"
	case "image/tiff":
		return ".tiff"
	}
	return ".bin"
}

func storedFile(ctx context.Context, blobs blob.Store, sha256 []byte, name string) (api.FileApplicationOctetStreamResponse, error) {
	sum, err := blob.SumFromBytes(sha256)
	if err != nil {
		return api.FileApplicationOctetStreamResponse{}, err
	}
	size, err := blobs.Stat(ctx, sum)
	if err != nil {
		return api.FileApplicationOctetStreamResponse{}, err
	}
	content, err := blobs.Get(ctx, sum, blob.Range{})
	if err != nil {
		return api.FileApplicationOctetStreamResponse{}, err
	}
	return download(content, size, name), nil
}

func download(content io.Reader, size int64, name string) api.FileApplicationOctetStreamResponse {
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": cleanFileName(name)})
	if disposition == "" {
		disposition = "attachment"
	}
	return api.FileApplicationOctetStreamResponse{
		Body: content, ContentLength: size, Headers: api.FileResponseHeaders{ContentDisposition: &disposition},
	}
}
