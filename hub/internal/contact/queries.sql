-- The owner of an address, merges followed.
-- name: Owner :one
WITH RECURSIVE root AS (
    SELECT c.id, c.merged_into FROM contact_address a JOIN contact c ON c.id = a.contact_id
    WHERE a.kind = @kind AND a.value = @value AND NOT a.shared
    UNION ALL
    SELECT c.id, c.merged_into FROM contact c JOIN root r ON c.id = r.merged_into
)
SELECT c.id AS contact_id, c.name, a.verified_at
FROM root r JOIN contact c ON c.id = r.id
JOIN contact_address a ON a.kind = @kind AND a.value = @value AND NOT a.shared
WHERE r.merged_into IS NULL;

-- name: InsertContact :exec
INSERT INTO contact (id, name, language) VALUES ($1, $2, $3);

-- name: InsertAddress :exec
INSERT INTO contact_address (id, contact_id, kind, value, display, shared, verified_at)
VALUES (@id, @contact_id, @kind, @value, @display, @shared, CASE WHEN @verified::boolean THEN now() END);

-- name: NameIfUnnamed :exec
UPDATE contact SET name = @name, updated_at = now() WHERE id = @id AND name = '';

-- name: PreferNone :exec
UPDATE contact_address SET preferred = false WHERE contact_id = $1 AND preferred;

-- name: Prefer :execrows
UPDATE contact_address SET preferred = true WHERE id = @id AND contact_id = @contact_id;

-- name: MarkVerified :exec
UPDATE contact_address SET verified_at = COALESCE(verified_at, now()) WHERE kind = @kind AND value = @value AND NOT shared;

-- name: MarkUndeliverable :exec
UPDATE contact_address SET undeliverable_since = COALESCE(undeliverable_since, now()), undeliverable_why = @why
WHERE kind = @kind AND value = @value;

-- name: MarkReachable :exec
UPDATE contact_address SET undeliverable_since = NULL, undeliverable_why = '' WHERE id = $1;

-- name: LockContacts :many
SELECT id, merged_into FROM contact WHERE id = ANY (@ids::uuid[]) ORDER BY id FOR UPDATE;

-- name: SetMerged :exec
UPDATE contact SET merged_into = @merged_into, updated_at = now() WHERE id = @id;
