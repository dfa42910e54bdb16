-- name: Offices :many
SELECT id, slug, name, signature, active FROM office WHERE active ORDER BY name;

-- name: Insert :exec
INSERT INTO office (id, slug, name, signature) VALUES ($1, $2, $3, $4);

-- name: AddMember :exec
INSERT INTO office_member (office_id, operator_id) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: OfOperator :many
SELECT office_id FROM office_member WHERE operator_id = $1 ORDER BY office_id;
