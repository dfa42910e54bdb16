-- name: Offices :many
SELECT id, slug, name, sender_name, signature, active FROM office WHERE active ORDER BY name;

-- name: Office :one
SELECT id, slug, name, sender_name, signature, active FROM office WHERE id = $1;

-- name: Insert :exec
INSERT INTO office (id, slug, name, signature) VALUES ($1, $2, $3, $4);

-- name: SetIdentity :execrows
UPDATE office SET sender_name = @sender_name, signature = @signature WHERE id = @id AND active;

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
SELECT id, name, hours, closures FROM office WHERE active ORDER BY name;

-- name: PutTownCalendar :execrows
UPDATE town SET hours = @hours, holidays = @holidays, patron = @patron, closures = @closures;

-- name: PutOfficeCalendar :execrows
UPDATE office SET hours = @hours, closures = @closures WHERE id = @id AND active;
