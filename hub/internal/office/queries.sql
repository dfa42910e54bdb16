-- name: Offices :many
SELECT * FROM office WHERE active ORDER BY name, id;

-- name: AllOffices :many
SELECT * FROM office ORDER BY name, id;

-- name: Office :one
SELECT * FROM office WHERE id = $1;

-- name: LockOffice :one
SELECT * FROM office WHERE id = $1 FOR UPDATE;

-- name: LockOffices :exec
SELECT pg_advisory_xact_lock(1330006598);

-- name: Insert :exec
INSERT INTO office (id, slug, name, signature, area_id, fallback_office_id, confidential, reopen_days)
VALUES (@id, @slug, @name, @signature, @area_id, @fallback_office_id, @confidential, @reopen_days);

-- name: Change :exec
UPDATE office
SET name = @name, area_id = @area_id, fallback_office_id = @fallback_office_id, reopen_days = @reopen_days, version = version + 1
WHERE id = @id;

-- name: SetConfidential :exec
UPDATE office SET confidential = @confidential, version = version + 1 WHERE id = @id;

-- name: Deactivate :exec
UPDATE office SET active = false, deactivated_at = @at, fallback_office_id = @fallback_office_id, version = version + 1
WHERE id = @id;

-- name: Activate :exec
UPDATE office SET active = true, deactivated_at = NULL, version = version + 1 WHERE id = @id;

-- name: NameTaken :one
SELECT EXISTS (SELECT FROM office WHERE lower(name) = lower(@name) AND id <> @id AND active);

-- name: Areas :many
SELECT * FROM area ORDER BY archived, position, id;

-- name: LockAreas :exec
LOCK TABLE area IN SHARE ROW EXCLUSIVE MODE;

-- name: PutArea :exec
INSERT INTO area (id, name, name_en, position, archived, revision)
VALUES (@id, @name, @name_en, @position, @archived, @revision)
ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, name_en = EXCLUDED.name_en, position = EXCLUDED.position,
    archived = EXCLUDED.archived, revision = EXCLUDED.revision;

-- name: AreaInUse :one
SELECT EXISTS (SELECT FROM office WHERE area_id = @area_id AND active);

-- name: AreaOpen :one
-- Whether an office may fall into an area: it is not archived, or the office is in it already.
SELECT EXISTS (SELECT FROM area a WHERE a.id = @id
    AND (NOT a.archived OR EXISTS (SELECT FROM office o WHERE o.id = @office_id AND o.area_id = a.id)));

-- name: SetIdentity :execrows
UPDATE office SET sender_name = @sender_name, signature = @signature, identities = @identities WHERE id = @id AND active;

-- name: AddMember :exec
INSERT INTO office_member (office_id, operator_id) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: OfOperator :many
SELECT office_id FROM office_member WHERE operator_id = $1 ORDER BY office_id;

-- name: Town :one
SELECT name, time_zone, languages, mail_domains, demo FROM town;

-- name: PutTown :exec
INSERT INTO town (name, time_zone, languages, mail_domains, demo) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, time_zone = EXCLUDED.time_zone, languages = EXCLUDED.languages,
    mail_domains = EXCLUDED.mail_domains, demo = EXCLUDED.demo;

-- name: Policy :one
SELECT reopen_days, mail_domains FROM town;

-- name: OfficePolicies :many
SELECT id, name, reopen_days FROM office WHERE active ORDER BY name;

-- name: PutPolicy :execrows
UPDATE town SET reopen_days = @reopen_days, mail_domains = @mail_domains;

-- name: PutOfficePolicies :exec
UPDATE office o SET reopen_days = p.days
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@days::int[]) AS days) p
WHERE o.id = p.id;

-- name: ClearOfficePolicies :exec
UPDATE office SET reopen_days = NULL WHERE reopen_days IS NOT NULL;

-- name: TownCalendar :one
SELECT time_zone, hours, holidays, patron, closures FROM town;

-- name: OfficeCalendars :many
SELECT id, name, hours, closures, active FROM office ORDER BY name, id;

-- name: PutTownCalendar :execrows
UPDATE town SET hours = @hours, holidays = @holidays, patron = @patron, closures = @closures;

-- name: PutOfficeCalendar :execrows
UPDATE office SET hours = @hours, closures = @closures WHERE id = @id AND active;

-- name: Terms :one
SELECT terms FROM town;

-- name: PutTerms :execrows
UPDATE town SET terms = @terms;
