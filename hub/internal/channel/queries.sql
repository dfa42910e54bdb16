-- name: Insert :exec
INSERT INTO channel (id, adapter, slug, name, office_id, config, enabled)
VALUES (@id, @adapter, @slug, @name, sqlc.narg(office_id), @config, @enabled);

-- name: Update :one
-- A change by an administrator also lifts a suspension: the reason for it may be gone.
UPDATE channel
SET name = @name, office_id = sqlc.narg(office_id), config = @config, revision = revision + 1,
    state = 'active', suspended_code = '', suspended_detail = '', suspended_at = NULL,
    health = 'unknown', health_code = '', health_detail = '', health_at = NULL
WHERE id = @id AND revision = @revision
RETURNING revision;

-- name: PutSecret :exec
INSERT INTO channel_secret (channel_id, pointer, sealed) VALUES (@channel_id, @pointer, @sealed)
ON CONFLICT (channel_id, pointer) DO UPDATE SET sealed = excluded.sealed;

-- name: ForgetSecrets :exec
DELETE FROM channel_secret WHERE channel_id = @channel_id AND pointer = ANY(@pointers::text[]);

-- name: Secrets :many
SELECT pointer, sealed FROM channel_secret WHERE channel_id = @channel_id ORDER BY pointer;

-- name: SecretPointers :many
SELECT pointer FROM channel_secret WHERE channel_id = @channel_id ORDER BY pointer;

-- name: Get :one
SELECT * FROM channel WHERE id = @id;

-- name: BySlug :one
SELECT * FROM channel WHERE slug = @slug;

-- name: List :many
SELECT * FROM channel ORDER BY name, id;

-- name: SetEnabled :execrows
UPDATE channel SET enabled = @enabled WHERE id = @id;

-- name: Archive :execrows
UPDATE channel SET enabled = false, archived_at = coalesce(archived_at, now()) WHERE id = @id;

-- name: Restore :execrows
UPDATE channel SET archived_at = NULL WHERE id = @id;

-- name: SetTrial :execrows
UPDATE channel SET last_trial = @trial, last_trial_at = now() WHERE id = @id;

-- name: Suspend :execrows
UPDATE channel
SET state = 'suspended', suspended_code = @code, suspended_detail = @detail, suspended_at = now()
WHERE id = @id AND revision = @revision AND state = 'active';

-- name: Resume :execrows
UPDATE channel SET state = 'active', suspended_code = '', suspended_detail = '', suspended_at = NULL WHERE id = @id;

-- name: SetHealth :exec
UPDATE channel SET health = @health, health_code = @code, health_detail = @detail, health_at = now()
WHERE id = @id AND revision = @revision;

-- name: SetAbility :exec
UPDATE channel SET ability = @ability, address_kind = @address_kind, address_value = @address_value
WHERE id = @id AND revision = @revision
  AND (ability, address_kind, address_value) IS DISTINCT FROM (@ability::jsonb, @address_kind::text, @address_value::text);

-- name: AcquireLease :one
-- clock_timestamp, because now() stands still inside a transaction that waited for the row.
INSERT INTO channel_lease (channel_id, holder, term, expires_at)
VALUES (@channel_id, @holder, 1, clock_timestamp() + make_interval(secs => @ttl_seconds::float8))
ON CONFLICT (channel_id) DO UPDATE
SET holder = excluded.holder, term = channel_lease.term + 1, expires_at = clock_timestamp() + make_interval(secs => @ttl_seconds::float8)
WHERE channel_lease.expires_at < clock_timestamp() OR channel_lease.holder = excluded.holder
RETURNING term, cursor;

-- name: RenewLease :execrows
UPDATE channel_lease SET expires_at = clock_timestamp() + make_interval(secs => @ttl_seconds::float8)
WHERE channel_id = @channel_id AND holder = @holder AND term = @term;

-- name: ReleaseLease :exec
UPDATE channel_lease SET holder = NULL, expires_at = '-infinity'
WHERE channel_id = @channel_id AND holder = @holder AND term = @term;

-- name: GetState :one
SELECT version, sealed FROM channel_state WHERE channel_id = @channel_id AND key = @key;

-- name: CreateState :one
-- The first version is the time, so that an entry removed and made again never repeats a version.
INSERT INTO channel_state (channel_id, key, version, sealed)
VALUES (@channel_id, @key, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, @sealed)
ON CONFLICT DO NOTHING
RETURNING version;

-- name: UpdateState :one
UPDATE channel_state SET version = version + 1, sealed = @sealed, updated_at = now()
WHERE channel_id = @channel_id AND key = @key AND version = @version
RETURNING version;

-- name: DeleteState :execrows
DELETE FROM channel_state WHERE channel_id = @channel_id AND key = @key AND version = @version;

-- name: Slugs :many
SELECT slug FROM channel;

-- name: Cursor :one
SELECT cursor FROM channel_lease WHERE channel_id = @channel_id;

-- name: BeginTrial :exec
WITH over AS (DELETE FROM channel_trial WHERE began_at < clock_timestamp() - interval '1 day')
INSERT INTO channel_trial (id) VALUES (@id);

-- name: LiveTrials :many
SELECT id FROM channel_trial WHERE id = ANY (@ids::text[]) AND began_at > clock_timestamp() - interval '1 day';
