-- name: Waiting :one
SELECT EXISTS (SELECT 1 FROM journal WHERE state = 'pending' AND next_attempt_at <= clock_timestamp());

-- name: Postpone :exec
-- That a person sent the row back stays known.
UPDATE journal SET failures = failures + 1, reason = CASE reason WHEN @kept THEN reason ELSE @reason END, detail = @detail,
       next_attempt_at = clock_timestamp() + @delay::interval
WHERE id = @id AND state = 'pending';

-- name: Requeue :execrows
UPDATE journal SET state = 'pending', kind = @kind, payload = @payload, attempt = 0, failures = 0,
       next_attempt_at = '-infinity', reason = @reason, detail = ''
WHERE id = @id AND state = 'quarantined';

-- name: Discard :execrows
UPDATE journal SET state = 'discarded', decided_by = @decided_by, decision = @decision, settled_at = clock_timestamp()
WHERE id = @id AND state = 'quarantined';

-- name: Restore :execrows
UPDATE journal SET state = 'quarantined', decided_by = NULL, decision = '', settled_at = NULL
WHERE id = @id AND state = 'discarded';

-- name: EntryByEvent :one
SELECT id, state, ticket_id, message_id FROM journal WHERE channel_id = @channel_id AND event_id = @event_id;

-- name: PrunePayloads :execrows
UPDATE journal SET payload = NULL
WHERE id IN (SELECT j.id FROM journal j
             WHERE j.state IN ('filed', 'duplicate', 'discarded') AND j.payload IS NOT NULL AND j.settled_at < @before
             LIMIT @most);

-- name: LockQuarantined :one
SELECT j.id, j.channel_id, j.payload, j.raw_sha256, j.received_at, c.adapter,
       COALESCE(own.received_by, own.id,
           (SELECT coalesce(o.received_by, o.id) FROM office o WHERE o.active ORDER BY o.created_at, o.id LIMIT 1))::uuid AS office_id
FROM journal j JOIN channel c ON c.id = j.channel_id LEFT JOIN office own ON own.id = c.office_id
WHERE j.id = $1 AND j.state = 'quarantined' FOR UPDATE OF j;

-- name: MissingEvents :many
-- The events of a channel that the journal does not have.
SELECT named.event_id::text FROM unnest(@event_ids::text[]) AS named(event_id)
WHERE NOT EXISTS (SELECT FROM journal j WHERE j.channel_id = @channel_id AND j.event_id = named.event_id);
