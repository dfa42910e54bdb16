-- name: LockTransmissions :many
SELECT d.id, d.transmission_id, d.message_id, d.ticket_id, d.channel_id, d.address_kind, d.address_value, d.address_name, d.role, d.state, d.attempt,
       d.next_attempt_at, d.expires_at, d.created_at
FROM delivery d
WHERE d.transmission_id = ANY (@transmissions::uuid[])
ORDER BY d.transmission_id, d.id
FOR UPDATE;

-- name: Outlets :many
SELECT x.id, x.channel_id, COALESCE((c.ability -> 'limits' ->> 'concurrency')::int, 0)::int AS calls
FROM transmission x JOIN channel c ON c.id = x.channel_id WHERE x.id = ANY (@ids::uuid[]);

-- Those that nobody else holds.
-- name: LockFree :many
SELECT id FROM delivery WHERE id = ANY (@ids::uuid[]) FOR UPDATE SKIP LOCKED;

-- name: ChannelStates :many
SELECT id, enabled, state, ability FROM channel WHERE id = ANY (@ids::uuid[]);

-- name: Expire :execrows
UPDATE delivery SET state = 'expired', next_attempt_at = NULL, updated_at = clock_timestamp() WHERE id = @id AND state = 'queued';

-- name: InsertEvent :exec
INSERT INTO delivery_event (id, delivery_id, from_state, to_state, reason, detail, actor_id)
VALUES (@id, @delivery_id, @from_state, @to_state, @reason, @detail, @actor_id);

-- name: InsertEvidence :exec
INSERT INTO evidence (id, delivery_id, kind, raw, raw_sha256, media_type, verified, at)
VALUES (@id, @delivery_id, @kind, @raw, @raw_sha256, @media_type, @verified, @at);

-- name: TouchChannels :exec
UPDATE channel SET last_out_at = clock_timestamp()
WHERE id = ANY (@ids::uuid[]) AND (last_out_at IS NULL OR last_out_at < clock_timestamp() - interval '1 second');

-- name: MarkUndeliverable :exec
UPDATE contact_address SET undeliverable_since = COALESCE(undeliverable_since, clock_timestamp()), undeliverable_why = @why
WHERE kind = @kind AND value = @value;

-- name: Due :many
SELECT d.transmission_id, max(d.attempt)::int AS attempt
FROM delivery d
WHERE d.state = 'queued' AND d.next_attempt_at <= clock_timestamp() - @grace::interval
GROUP BY d.transmission_id
ORDER BY min(d.next_attempt_at)
LIMIT @most;

-- name: Lost :many
SELECT a.transmission_id, a.n, a.replica, a.started_at, (a.deadline < clock_timestamp())::boolean AS overdue
FROM attempt a
LEFT JOIN replica r ON r.id = a.replica
WHERE a.finished_at IS NULL
  AND (a.deadline < clock_timestamp() OR r.seen_at IS NULL OR r.seen_at < clock_timestamp() - @silence::interval)
ORDER BY a.started_at
LIMIT @most;

-- name: Lookups :many
SELECT d.transmission_id, d.attempt, min(a.started_at)::timestamptz AS started_at
FROM delivery d JOIN attempt a ON a.transmission_id = d.transmission_id AND a.n = d.attempt
WHERE d.state = 'uncertain' AND d.next_lookup_at <= clock_timestamp()
GROUP BY d.transmission_id, d.attempt
LIMIT @most;

-- name: ScheduleLookup :exec
UPDATE delivery SET lookups = lookups + 1, next_lookup_at = sqlc.narg(next_lookup_at)
WHERE transmission_id = @transmission_id AND state = 'uncertain';

-- name: Overdue :many
SELECT id, attempt FROM delivery WHERE state = 'queued' AND expires_at < clock_timestamp() ORDER BY expires_at LIMIT @most FOR UPDATE SKIP LOCKED;

-- name: Beat :exec
INSERT INTO replica (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp();

-- name: InsertReport :exec
INSERT INTO delivery_report (id, channel_id, journal_id, position, payload)
VALUES (@id, @channel_id, @journal_id, @position, @payload) ON CONFLICT DO NOTHING;

-- name: WaitingReports :many
SELECT id, channel_id, journal_id, payload, tries, created_at FROM delivery_report
WHERE state = 'waiting' AND next_attempt_at <= clock_timestamp()
ORDER BY next_attempt_at LIMIT @most FOR UPDATE SKIP LOCKED;

-- name: SettleReport :exec
UPDATE delivery_report SET state = @state, delivery_id = sqlc.narg(delivery_id), tries = tries + 1, next_attempt_at = @next_attempt_at
WHERE id = @id;

-- name: DeliveriesByExternalID :many
SELECT d.id FROM message_external_id x JOIN delivery d ON d.message_id = x.message_id AND d.channel_id = x.channel_id
WHERE x.channel_id = @channel_id AND x.value = @value AND x.issuer <> 'sender'
ORDER BY d.id LIMIT 100;

-- name: LockDelivery :one
SELECT id, message_id, ticket_id, transmission_id, channel_id, address_kind, address_value, address_name, role, state, attempt,
       replaced_by, expires_at
FROM delivery WHERE id = $1 FOR UPDATE;

-- What is over is not delayed: notices overtake one another.
-- name: NoteDelay :execrows
UPDATE delivery SET delayed_at = @at, delayed_until = @until
WHERE id = @id AND state IN ('sending', 'accepted', 'sent', 'uncertain');

-- name: Decide :execrows
UPDATE delivery SET state = @state, decided_by = @decided_by, decision = @decision, decision_reason = @decision_reason,
       decided_at = clock_timestamp(), replaced_by = @replaced_by, next_lookup_at = NULL, updated_at = clock_timestamp()
WHERE id = @id;

-- name: LockMessage :one
SELECT id, ticket_id, send_after, cancelled_at FROM message WHERE id = $1 FOR UPDATE;

-- name: CancelDeliveries :many
UPDATE delivery SET state = 'cancelled', next_attempt_at = NULL, updated_at = clock_timestamp()
WHERE message_id = $1 AND state = 'queued' AND attempt = 0
RETURNING id;

-- name: CountDeliveries :one
SELECT count(*) FROM delivery WHERE message_id = $1;

-- name: OfMessages :many
SELECT d.id, d.message_id, d.channel_id, c.name AS channel_name, c.adapter AS channel_kind, d.address_kind, d.address_value,
       d.address_name, d.role, d.state, d.attempt, d.next_attempt_at, d.expires_at, d.failure_class, d.failure_code, d.provider_code,
       d.failure_detail, d.decision, d.decision_reason, d.replaced_by, d.created_at, d.updated_at,
       d.delayed_at, d.delayed_until
FROM delivery d JOIN channel c ON c.id = d.channel_id
WHERE d.message_id = ANY (@messages::uuid[])
ORDER BY d.created_at, d.id;

-- name: LookupsMade :one
SELECT COALESCE(max(lookups), 0)::int FROM delivery WHERE transmission_id = @transmission_id AND attempt = @attempt;

-- Of a conversation the first and the last messages that those written to know of: what others wrote is not theirs to
-- learn, not even by its identifier.
-- name: ThreadIDs :many
WITH known AS (
    SELECT x.value, x.message_id FROM message m
    JOIN message_external_id x ON x.message_id = m.id AND x.kind = 'message_id'
    WHERE m.ticket_id IN (SELECT ticket_joined(ticket_root(@ticket_id::uuid))) AND m.direction <> 'note' AND m.id <= @latest::uuid
      AND (m.from_value = ANY (@known_to::text[]) OR EXISTS (
          SELECT 1 FROM message_party p
          WHERE p.message_id = m.id AND p.role IN ('to', 'cc', 'reply_to') AND p.value = ANY (@known_to::text[])))
)
(SELECT value, message_id FROM known ORDER BY message_id DESC LIMIT 40)
UNION
(SELECT value, message_id FROM known ORDER BY message_id LIMIT 1)
ORDER BY message_id DESC;
