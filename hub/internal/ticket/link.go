package ticket

import (
	"time"

	"sportello.dev/hub/internal/id"
)

// LinkKind is what two tickets have to do with each other; the database constrains it to these words.
type LinkKind string

// The kinds of link.
const (
	// LinkContinues: this ticket goes on with another that was over.
	LinkContinues LinkKind = "continues"
	// LinkSplit: this ticket was taken out of another.
	LinkSplit LinkKind = "split"
	// LinkSameOriginal: one mail began both, over two addresses of ours.
	LinkSameOriginal LinkKind = "same_original"
)

// Link ties a ticket to another.
type Link struct {
	Other id.Ticket
	Kind  LinkKind
}

// Linked is a link as one of its two tickets shows it.
type Linked struct {
	Kind LinkKind `db:"kind"`
	// Back says that the other ticket is the later one: it goes on with this one, or was taken out of it.
	Back      bool      `db:"back"`
	Other     id.Ticket `db:"other_id"`
	Number    Number    `db:"number"`
	Subject   string    `db:"subject"`
	Status    Status    `db:"status"`
	CreatedAt time.Time `db:"created_at"`
}

// maxLinks is how many links of a ticket are shown.
const maxLinks = 50

// linksOf a ticket, and of those joined to it, to others. The other ticket must be in scope too; one that was joined to this
// ticket is a part of it, and no link.
const linksOf = `
	SELECT DISTINCT ON (l.kind, l.back, t.id)
	       l.kind, l.back, t.id AS other_id, t.number, t.subject, t.status, l.created_at
	FROM (SELECT kind, created_at, other_id AS far, false AS back FROM ticket_link WHERE ticket_id = ANY($4)
	      UNION ALL
	      SELECT kind, created_at, ticket_id, kind <> 'same_original' FROM ticket_link WHERE other_id = ANY($4)) AS l
	JOIN ticket t ON t.id = ticket_root(l.far)
	WHERE ` + inScope + ` AND NOT t.id = ANY($4)
	ORDER BY l.kind, l.back, t.id, l.created_at LIMIT $5`
