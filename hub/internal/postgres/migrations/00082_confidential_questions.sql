-- +goose Up
-- A request handed to a confidential office was still read by offices that had an open question about it from before. Whom it is
-- shared with is up to the office that has it: those questions end, as they do with every hand-over from now on.
WITH ended AS (
    UPDATE side_request r SET state = 'withdrawn', ended_at = now(), seen_at = now()
    FROM ticket t JOIN office o ON o.id = t.office_id AND o.confidential
    WHERE r.state = 'open' AND t.id = ticket_root(r.ticket_id) AND r.from_office_id <> t.office_id
    RETURNING r.id, r.ticket_id, t.id AS root, r.office_id, r.asked_at,
        coalesce((SELECT f.name FROM office f WHERE f.id = r.office_id), nullif(r.expert_name, ''), r.expert_value) AS name
), shares AS (
    UPDATE ticket_share s SET ended_at = now() FROM ended
    WHERE s.ticket_id = ended.ticket_id AND s.office_id = ended.office_id AND s.kind = 'ask' AND s.created_at = ended.asked_at
)
INSERT INTO ticket_event (id, ticket_id, type, params, actor_kind, at)
SELECT gen_random_uuid(), root, 'ask_withdrawn',
    jsonb_build_object('ask', id, 'office', office_id, 'office_name', name, 'why', 'confidential'), 'system', now() FROM ended;
