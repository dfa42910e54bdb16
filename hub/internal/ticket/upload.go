package ticket

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket/internal/db"
)

// Upload is a file for a message that is not written yet; its bytes are in the blob store.
type Upload struct {
	ID        id.Upload
	SHA256    []byte
	Size      int64
	Name      string
	MediaType string
	CreatedAt time.Time
}

// AddUpload keeps an upload for whoever made it, and returns it with its id.
func (s *Store) AddUpload(ctx context.Context, tx pgx.Tx, by account.Actor, u Upload) (Upload, error) {
	u.ID, u.CreatedAt = id.New[id.Upload](), s.clock()
	u.Name = clean(u.Name)
	q := &db.Queries{}
	err := q.InsertUpload(ctx, tx, db.InsertUploadParams{
		ID: u.ID, OperatorID: by.Operator, TokenID: by.Token, Sha256: u.SHA256, Size: u.Size, Name: u.Name,
		MediaType: u.MediaType, CreatedAt: u.CreatedAt,
	})
	if err != nil {
		return Upload{}, fmt.Errorf("keeping an upload: %w", err)
	}
	if err := q.InsertUploadRef(ctx, tx, db.InsertUploadRefParams{Sha256: u.SHA256, UploadID: u.ID.UUID}); err != nil {
		return Upload{}, fmt.Errorf("keeping an upload's bytes: %w", err)
	}
	return u, nil
}

// Uploads reads uploads by whoever made them, in the order asked for. One that is not there, used already, or somebody
// else's is invalid.
func (s *Store) Uploads(ctx context.Context, dbtx postgres.Querier, by account.Actor, ids []id.Upload) ([]Upload, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := (&db.Queries{}).Uploads(ctx, dbtx, db.UploadsParams{Ids: uuids(ids), OperatorID: by.Operator, TokenID: by.Token})
	if err != nil {
		return nil, fmt.Errorf("reading uploads: %w", err)
	}
	found := make(map[id.Upload]Upload, len(rows))
	for _, r := range rows {
		found[r.ID] = Upload{ID: r.ID, SHA256: r.Sha256, Size: r.Size, Name: r.Name, MediaType: r.MediaType, CreatedAt: r.CreatedAt}
	}
	list := make([]Upload, len(ids))
	for i, one := range ids {
		u, ok := found[one]
		if !ok {
			return nil, fault.Invalid(fmt.Sprintf("attachments.%d", i), "unknown", "no upload with this id")
		}
		list[i] = u
	}
	return list, nil
}

// TakeUploads is Uploads for a message that is being written: they become its attachments and can be used no more.
func (s *Store) TakeUploads(ctx context.Context, tx pgx.Tx, by account.Actor, ids []id.Upload) ([]NewAttachment, error) {
	list, err := s.Uploads(ctx, tx, by, ids)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	files := make([]NewAttachment, len(list))
	for i, u := range list {
		files[i] = NewAttachment{SHA256: u.SHA256, Size: u.Size, Name: u.Name, MediaType: u.MediaType}
	}
	return files, s.deleteUploads(ctx, tx, ids)
}

func (s *Store) deleteUploads(ctx context.Context, tx pgx.Tx, ids []id.Upload) error {
	q := &db.Queries{}
	if err := q.DeleteUploadRefs(ctx, tx, uuids(ids)); err != nil {
		return fmt.Errorf("giving up an upload's bytes: %w", err)
	}
	if err := q.DeleteUploads(ctx, tx, uuids(ids)); err != nil {
		return fmt.Errorf("deleting uploads: %w", err)
	}
	return nil
}

// PruneUploads removes up to 1,000 uploads made before an instant and says how many.
func (s *Store) PruneUploads(ctx context.Context, tx pgx.Tx, before time.Time) (int, error) {
	ids, err := (&db.Queries{}).ExpiredUploads(ctx, tx, db.ExpiredUploadsParams{CreatedAt: before, Limit: 1000})
	if err != nil {
		return 0, fmt.Errorf("finding old uploads: %w", err)
	}
	return len(ids), s.deleteUploads(ctx, tx, ids)
}
