-- name: InsertAddress :exec
INSERT INTO contact_address (id, contact_id, kind, value, display, shared, aside)
VALUES (@id, @contact_id, @kind, @value, @display, @shared, @aside);

-- name: AddressOwners :many
SELECT contact_id FROM contact_address WHERE kind = @kind AND value = @value AND (NOT shared OR aside) AND id <> @id ORDER BY aside, id LIMIT 20;

-- name: ShareAddress :exec
UPDATE contact_address SET shared = true, aside = false WHERE kind = @kind AND value = @value AND (NOT shared OR aside);

-- name: PreferNone :exec
UPDATE contact_address SET preferred = false, preferred_by = NULL
WHERE preferred AND contact_id IN (SELECT contact_group(@contact_id::uuid));

-- name: Prefer :execrows
UPDATE contact_address SET preferred = true, preferred_by = @preferred_by WHERE id = @id AND contact_id IN (SELECT contact_group(@contact_id::uuid));

-- name: MarkVerified :exec
UPDATE contact_address SET verified_at = COALESCE(verified_at, now()) WHERE kind = @kind AND value = @value AND NOT shared;

-- name: MarkUndeliverable :exec
UPDATE contact_address SET undeliverable_since = COALESCE(undeliverable_since, now()), undeliverable_why = @why
WHERE kind = @kind AND value = @value;

-- name: LockContacts :many
SELECT id, merged_into FROM contact WHERE id = ANY (@ids::uuid[]) ORDER BY id FOR UPDATE;

-- name: SetMerged :exec
UPDATE contact SET merged_into = @merged_into, updated_at = now(), version = version + 1 WHERE id = @id;

-- name: RecordMerge :exec
INSERT INTO contact_merge (id, source_id, target_id, merged_by, merged_at) VALUES ($1, $2, $3, $4, now());

-- name: RecordUnmerge :exec
UPDATE contact_merge SET undone_by = @undone_by, undone_at = now() WHERE source_id = @source_id AND undone_at IS NULL;

-- name: CorrectAddress :exec
UPDATE contact_address SET value = @value, display = @display, shared = @shared, aside = @aside,
    verified_at = CASE WHEN value = @value THEN verified_at END,
    undeliverable_since = CASE WHEN value = @value THEN undeliverable_since END,
    undeliverable_why = CASE WHEN value = @value THEN undeliverable_why ELSE '' END
WHERE id = @id;

-- name: MarkUsable :exec
UPDATE contact_address SET undeliverable_since = CASE WHEN @usable::boolean THEN NULL ELSE COALESCE(undeliverable_since, now()) END,
    undeliverable_why = CASE WHEN @usable::boolean THEN '' ELSE @why END
WHERE id = @id;
