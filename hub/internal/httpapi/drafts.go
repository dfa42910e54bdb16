package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode"

	"github.com/gabriel-vasile/mimetype"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/scan"
	"sportello.dev/hub/internal/ticket"
)

// draftRoutes keep what is being written: drafts, and files for messages not yet sent.
type draftRoutes struct {
	db      *pgxpool.Pool
	tickets *ticket.Store
	blobs   blob.Store
	gate    *scan.Gate
	limit   int64
}

// GetDraft shows the operator's draft.
func (h draftRoutes) GetDraft(ctx context.Context, r api.GetDraftRequestObject) (api.GetDraftResponseObject, error) {
	req := requestOf(ctx)
	t, err := h.tickets.Get(ctx, h.db, draftScope(req.scope, r.Kind), r.Number)
	if err != nil {
		return nil, err
	}
	draft, err := h.tickets.Draft(ctx, h.db, req.scope, req.actor.Operator, t.ID, ticket.DraftKind(r.Kind))
	if err != nil {
		return nil, err
	}
	if draft == nil {
		return api.GetDraft204Response{}, nil
	}
	answer, err := draftOf(draft)
	if err != nil {
		return nil, err
	}
	return api.GetDraft200JSONResponse(answer), nil
}

// PutDraft keeps the operator's draft.
func (h draftRoutes) PutDraft(ctx context.Context, r api.PutDraftRequestObject) (api.PutDraftResponseObject, error) {
	req := requestOf(ctx)
	t, err := h.tickets.Get(ctx, h.db, draftScope(req.scope, r.Kind), r.Number)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(r.Body)
	if err != nil {
		return nil, fmt.Errorf("encoding a draft: %w", err)
	}
	draft, err := h.tickets.PutDraft(ctx, h.db, req.actor.Operator, t.ID, ticket.DraftKind(r.Kind), text)
	if err != nil {
		return nil, err
	}
	answer, err := draftOf(draft)
	if err != nil {
		return nil, err
	}
	return api.PutDraft200JSONResponse(answer), nil
}

// DeleteDraft throws the operator's draft away.
func (h draftRoutes) DeleteDraft(ctx context.Context, r api.DeleteDraftRequestObject) (api.DeleteDraftResponseObject, error) {
	req := requestOf(ctx)
	t, err := h.tickets.Get(ctx, h.db, draftScope(req.scope, r.Kind), r.Number)
	if err != nil {
		return nil, err
	}
	if err := h.tickets.DeleteDraft(ctx, h.db, req.actor.Operator, t.ID, ticket.DraftKind(r.Kind)); err != nil {
		return nil, err
	}
	return api.DeleteDraft204Response{}, nil
}

// draftScope is how far one may write something of that kind: on what is shared, notes alone.
func draftScope(scope account.Scope, kind api.DraftKind) account.Scope {
	if kind == api.DraftKindNote {
		return scope
	}
	return scope.Holding()
}

// draftOf reads the composer's JSON, which PutDraft wrote from the same fields.
func draftOf(d *ticket.Draft) (api.Draft, error) {
	draft := api.Draft{}
	if err := json.Unmarshal(d.Body, &draft); err != nil {
		return draft, fmt.Errorf("reading a draft: %w", err)
	}
	draft.UpdatedAt = d.UpdatedAt
	return draft, nil
}

// sniffed is how much of a file its type is found from, in bytes.
const sniffed = 3072

// CreateUpload stores a file to attach.
func (h draftRoutes) CreateUpload(ctx context.Context, r api.CreateUploadRequestObject) (api.CreateUploadResponseObject, error) {
	head := make([]byte, sniffed)
	n, err := io.ReadFull(r.Body, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("reading an upload: %w", err)
	}
	kind := mimetype.Detect(head[:n]).String()
	ref, err := h.blobs.Put(ctx, io.MultiReader(strings.NewReader(string(head[:n])), r.Body), h.limit)
	if err != nil {
		return nil, err
	}
	if err := blockUpload(ctx, h.gate, h.blobs, ref); err != nil {
		return nil, err
	}
	upload, err := h.keep(ctx, ref, cleanFileName(r.Params.Name), kind)
	if err != nil {
		return nil, err
	}
	return api.CreateUpload201JSONResponse{ID: upload.ID.UUID, Name: upload.Name, Type: upload.MediaType, Size: upload.Size}, nil
}

// keep records the upload. The bytes are held for this transaction until the upload itself holds them.
func (h draftRoutes) keep(ctx context.Context, ref blob.Ref, name, kind string) (upload ticket.Upload, err error) {
	holder := blob.Owner{Kind: "upload", ID: uuid.Must(uuid.NewV7())}
	err = postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		if err := blob.Keep(ctx, tx, h.blobs, ref, kind, holder); err != nil {
			return err
		}
		upload, err = h.tickets.AddUpload(ctx, tx, requestOf(ctx).actor, ticket.Upload{
			ID: id.Upload{}, SHA256: ref.Sum[:], Size: ref.Size, Name: name, MediaType: kind,
		})
		if err != nil {
			return err
		}
		return blob.Release(ctx, tx, holder)
	})
	return upload, err
}

// cleanFileName keeps the last part of a path and drops what cannot be seen,
// such as marks that turn the direction of writing and hide an ending.
func cleanFileName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, name)
	name = strings.TrimLeft(strings.TrimSpace(name), ".")
	if name == "" || name == "/" {
		return "file"
	}
	return name
}
