-- name: LockSuggestion :one
SELECT id, ticket_id, other_id, reason, state FROM ticket_suggestion WHERE id = $1 FOR UPDATE;

-- name: DecideSuggestion :exec
UPDATE ticket_suggestion SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1;

-- Suggestions between tickets that are one by now have nothing left to say.

-- name: SettleSuggestions :exec
UPDATE ticket_suggestion SET state = 'accepted', decided_by = $1, decided_at = $2
WHERE state = 'open' AND ticket_root(ticket_id) = ticket_root(other_id)
  AND (ticket_id = ANY(@tickets::uuid[]) OR other_id = ANY(@tickets::uuid[]));

-- name: RetractSuggestions :exec
UPDATE ticket_suggestion SET state = 'dismissed', decided_by = $1, decided_at = $2
WHERE state = 'accepted' AND ticket_id = @source_id AND other_id = @target_id;

-- name: Draft :one
SELECT d.body, d.updated_at
FROM draft d
JOIN ticket r ON r.id = ticket_root(d.ticket_id)
WHERE d.operator_id = $1 AND d.ticket_id = $2 AND d.kind = $3
  AND ((r.office_id = ANY(@offices::uuid[])) <> @all_but::boolean OR r.shared_with && @shares::uuid[]);

-- name: PutDraft :exec
INSERT INTO draft (operator_id, ticket_id, kind, body, updated_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (operator_id, ticket_id, kind) DO UPDATE SET body = EXCLUDED.body, updated_at = EXCLUDED.updated_at;

-- name: DeleteDraft :exec
DELETE FROM draft WHERE operator_id = $1 AND ticket_id = $2 AND kind = $3;

-- name: InsertUpload :exec
INSERT INTO upload (id, operator_id, token_id, sha256, size, name, media_type, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: InsertUploadRef :exec
INSERT INTO blob_ref (sha256, owner_kind, owner_id) VALUES ($1, 'upload', @upload_id::uuid);

-- name: Uploads :many
SELECT id, sha256, size, name, media_type, created_at
FROM upload
WHERE id = ANY(@ids::uuid[])
  AND operator_id IS NOT DISTINCT FROM sqlc.narg(operator_id) AND token_id IS NOT DISTINCT FROM sqlc.narg(token_id)
FOR UPDATE;

-- name: DeleteUploads :exec
DELETE FROM upload WHERE id = ANY(@ids::uuid[]);

-- name: DeleteUploadRefs :exec
DELETE FROM blob_ref WHERE owner_kind = 'upload' AND owner_id = ANY(@ids::uuid[]);

-- name: ExpiredUploads :many
SELECT id FROM upload WHERE created_at < $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED;
