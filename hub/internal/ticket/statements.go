package ticket

// The statements by which a writer writes: each takes any number of rows.
const (
	insertTickets = `
		INSERT INTO ticket (id, number, subject, status, priority, office_id, contact_id, language, waiting_since,
		    last_message_at, last_channel_kind, preview, message_count, inbound_count, retention_class, closed_at,
		    held_since, created_at, updated_at, first_answered_at, first_due_at, next_due_at, resolve_due_at, due_at,
		    warned_at, breached_at, clock_at, clock, request_type, tags)
		SELECT n.id, n.number, n.subject, n.status, n.priority, n.office_id, n.contact_id, n.language, n.waiting_since,
		    n.last_message_at, n.last_channel_kind, n.preview, n.message_count, n.inbound_count, n.retention_class, n.closed_at,
		    n.held_since, n.created_at, n.updated_at, n.first_answered_at, n.first_due_at, n.next_due_at, n.resolve_due_at, n.due_at,
		    n.warned_at, n.breached_at, n.clock_at, n.clock, n.request_type, n.tags::uuid[]
		FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::smallint[], $6::uuid[], $7::uuid[],
		    $8::text[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::int[], $14::int[],
		    $15::text[], $16::timestamptz[], $17::timestamptz[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[],
		    $21::timestamptz[], $22::timestamptz[], $23::timestamptz[], $24::timestamptz[], $25::timestamptz[],
		    $26::timestamptz[], $27::timestamptz[], $28::jsonb[], $29::text[], $30::text[])
		    AS n (id, number, subject, status, priority, office_id, contact_id, language, waiting_since, last_message_at,
		        last_channel_kind, preview, message_count, inbound_count, retention_class, closed_at, held_since, created_at,
		        updated_at, first_answered_at, first_due_at, next_due_at, resolve_due_at, due_at, warned_at, breached_at,
		        clock_at, clock, request_type, tags)`

	insertStays = `
		INSERT INTO stay (id, ticket_id, office_id, began_at, ended_at, reason)
		SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::text[])`

	insertMessages = `
		INSERT INTO message (id, ticket_id, direction, origin, channel_id, channel_kind, class, author_id, contact_id,
		    from_kind, from_value, from_name, subject, text, html, language, threading_reason, threading_params,
		    third_person, authenticated, authentication, headers, answers_id, journal_id, raw_sha256, fingerprint,
		    sent_at, send_after, created_at)
		SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[],
		    $8::uuid[], $9::uuid[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
		    $16::text[], $17::text[], $18::jsonb[], $19::bool[], $20::bool[], $21::jsonb[], $22::jsonb[], $23::uuid[],
		    $24::uuid[], $25::bytea[], $26::bytea[], $27::timestamptz[], $28::timestamptz[], $29::timestamptz[])`

	insertParties = `
		INSERT INTO message_party (message_id, position, role, kind, value, name)
		SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[])`

	insertAttachments = `
		INSERT INTO attachment (id, message_id, position, sha256, size, name, media_type, declared_type, content_id, inline)
		SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::bytea[], $5::bigint[], $6::text[], $7::text[],
		    $8::text[], $9::text[], $10::bool[])`

	// The original of a message may lie in the journal instead of the blob store, then there is nothing to refer to.
	insertBlobRefs = `
		INSERT INTO blob_ref (sha256, owner_kind, owner_id)
		SELECT b.sha256, '` + blobOwner + `', r.message
		FROM unnest($1::bytea[], $2::uuid[]) AS r (sha256, message) JOIN blob b ON b.sha256 = r.sha256
		ON CONFLICT DO NOTHING`

	// What the hub or a provider issued is unique on its channel: a clash with another message is an error, not a copy.
	insertExternalIDs = `
		INSERT INTO message_external_id (message_id, channel_id, kind, value, issuer)
		SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[])
		ON CONFLICT (message_id, channel_id, kind, value) DO NOTHING`

	insertEvents = `
		INSERT INTO ticket_event (id, ticket_id, type, params, actor_kind, actor_id, at)
		SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::text[], $6::uuid[], $7::timestamptz[])`

	// What was suggested before is not suggested, and not recorded, again.
	insertSuggestions = `
		WITH suggested AS (
		    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::uuid[])
		        AS s (id, ticket_id, other_id, message_id, reason, at, event)
		), made AS (
		    INSERT INTO ticket_suggestion (id, ticket_id, other_id, message_id, reason, created_at)
		    SELECT id, ticket_id, other_id, message_id, reason, at FROM suggested
		    ON CONFLICT (ticket_id, other_id) DO NOTHING
		    RETURNING id
		)
		INSERT INTO ticket_event (id, ticket_id, type, params, actor_kind, at)
		SELECT s.event, s.ticket_id, '` + string(EventSuggestionMade) + `',
		       jsonb_build_object('number', o.number, 'reason', s.reason), 'system', s.at
		FROM made JOIN suggested s ON s.id = made.id JOIN ticket o ON o.id = s.other_id`

	insertLinks = `
		INSERT INTO ticket_link (id, ticket_id, other_id, kind, message_id, created_at)
		SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::timestamptz[])
		ON CONFLICT (ticket_id, other_id, kind) DO NOTHING`

	insertProposals = `
		INSERT INTO requester_proposal (id, ticket_id, message_id, kind, value, name, created_at)
		SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])`

	upsertWrote = `
		INSERT INTO ticket_party (ticket_id, kind, value, name, contact_id, role, wrote_at, channel_id)
		SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::timestamptz[], $8::uuid[])
		ON CONFLICT (ticket_id, kind, value) DO UPDATE SET
		    wrote_at = greatest(ticket_party.wrote_at, EXCLUDED.wrote_at),
		    channel_id = EXCLUDED.channel_id,
		    contact_id = coalesce(ticket_party.contact_id, EXCLUDED.contact_id),
		    name = CASE WHEN ticket_party.name = '' THEN EXCLUDED.name ELSE ticket_party.name END`

	// The first one ever written to on a ticket that nobody wrote on is whom it is about.
	// Another address of the citizen's is the citizen, not a third person.
	upsertAddressed = `
		INSERT INTO ticket_party (ticket_id, kind, value, name, role, addressed_at, channel_id)
		SELECT a.ticket_id, a.kind, a.value, a.name,
		       CASE WHEN a.first AND NOT EXISTS (SELECT FROM ticket_party p WHERE p.ticket_id = a.ticket_id AND p.role = 'requester')
		            THEN 'requester'
		            WHEN EXISTS (
		                SELECT FROM contact_address c JOIN ticket t ON t.id = a.ticket_id
		                WHERE c.kind = a.kind AND c.value = a.value AND (NOT c.shared OR c.aside)
		                  AND (c.contact_id = t.contact_id OR contact_root(c.contact_id) = contact_root(t.contact_id)))
		            THEN 'requester' ELSE 'third' END, a.at, a.channel_id
		FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::timestamptz[], $7::uuid[])
		    AS a (ticket_id, kind, value, name, first, at, channel_id)
		ON CONFLICT (ticket_id, kind, value) DO UPDATE SET
		    addressed_at = EXCLUDED.addressed_at, channel_id = EXCLUDED.channel_id,
		    name = CASE WHEN ticket_party.name = '' THEN EXCLUDED.name ELSE ticket_party.name END`

	updateTickets = `
		UPDATE ticket t SET subject = n.subject, status = n.status, priority = n.priority, office_id = n.office_id,
		    assignee_id = n.assignee_id, contact_id = n.contact_id, language = n.language, waiting_since = n.waiting_since,
		    last_message_at = n.last_message_at, last_channel_kind = n.last_channel_kind, preview = n.preview,
		    message_count = n.message_count, inbound_count = n.inbound_count, secret_version = n.secret_version,
		    merged_into = n.merged_into, closed_at = n.closed_at, held_since = n.held_since, updated_at = n.updated_at,
		    first_answered_at = n.first_answered_at, first_due_at = n.first_due_at, next_due_at = n.next_due_at,
		    resolve_due_at = n.resolve_due_at, due_at = n.due_at, warned_at = n.warned_at, breached_at = n.breached_at,
		    clock_at = n.clock_at, clock = n.clock, request_type = nullif(n.request_type, ''), standing = n.standing,
		    resume_at = n.resume_at, tags = n.tags::uuid[], snoozed_until = n.snoozed_until, snoozed_by = n.snoozed_by, version = t.version + 1
		FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::smallint[], $6::uuid[], $7::uuid[], $8::uuid[],
		    $9::text[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::text[], $14::int[], $15::int[], $16::int[],
		    $17::uuid[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[], $21::timestamptz[], $22::timestamptz[],
		    $23::timestamptz[], $24::timestamptz[], $25::timestamptz[], $26::timestamptz[], $27::timestamptz[],
		    $28::timestamptz[], $29::jsonb[], $30::text[], $31::jsonb[], $32::timestamptz[],
		    $33::text[], $34::timestamptz[], $35::uuid[])
		    AS n (id, version, subject, status, priority, office_id, assignee_id, contact_id, language, waiting_since,
		        last_message_at, last_channel_kind, preview, message_count, inbound_count, secret_version, merged_into,
		        closed_at, held_since, updated_at, first_answered_at, first_due_at, next_due_at, resolve_due_at, due_at,
		        warned_at, breached_at, clock_at, clock, request_type, standing, resume_at, tags,
		        snoozed_until, snoozed_by)
		WHERE t.id = n.id AND t.version = n.version`
)
