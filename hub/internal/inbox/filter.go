package inbox

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// Queue is a list of tickets that operators work from.
type Queue string

// The queues. What is only shared with an office stands in all and closed: the other queues are work of those who hold it.
// Attention holds those with a delivery to decide on, an open suggestion or an unseen answer of another office; all also shows what is over.
// What is put aside stands in snoozed, in attention and in all, no longer in the other lists of work.
const (
	QueueMine       Queue = "mine"
	QueueOffice     Queue = "office"
	QueueUnassigned Queue = "unassigned"
	QueueWaiting    Queue = "waiting"
	QueueAttention  Queue = "attention"
	QueueAll        Queue = "all"
	QueueClosed     Queue = "closed"
	QueueSnoozed    Queue = "snoozed"
)

// Order is how a list of tickets is sorted.
type Order string

// The orders: who has waited longest first, the last message first, of what is open the nearest deadline first, or of what
// is put aside what comes back first.
const (
	OrderWaiting Order = "waiting"
	OrderNewest  Order = "newest"
	OrderDue     Order = "due"
	OrderBack    Order = "back"
)

// Filter says which tickets to list. Only fields that are set narrow the list.
type Filter struct {
	Queue Queue
	// Operator is whose tickets "mine" shows, and Offices which "office" does.
	Operator id.Operator
	Offices  []id.Office
	Status   []ticket.Status
	Office   id.Office
	// Numbers are whole ones: these tickets and no others, however many match the rest.
	Numbers []ticket.Number
	// ticket.Number is the beginning of a number, or a sequence alone.
	Number string
	// Words are beginnings of words in the subject, or in the requester's name; or the beginning of one of its addresses.
	Words string
	// Contact is the requester, whomever else it was joined with.
	Contact id.Contact
	// Tag is one that it has.
	Tag id.Tag
	// Type is the code of what it is about.
	Type string
	// Outcome is how it ended: only what is over has one, so that a queue shows its own of those.
	Outcome ticket.Ending
	// Overdue leaves those whose deadline is past at this time; the unset one leaves all.
	Overdue time.Time
	Order   Order
	Cursor  string
	Limit   int
	// named are the tags that the words may mean.
	named []id.Tag
}

// over and open are written as the partial indexes have them: PostgreSQL must see that one implies the other.
const (
	openTickets = `t.status NOT IN ('resolved', 'closed')`
	overTickets = `t.status IN ('resolved', 'closed')`
	waitingKey  = `COALESCE(t.waiting_since, 'infinity'::timestamptz)`
	dueKey      = `COALESCE(t.due_at, 'infinity'::timestamptz)`
)

// needsAttention finds tickets by what is open on them, joins followed; all parts are short lists with an index. An
// array is looked up by the primary key, where a subquery would let the planner walk the whole list instead.
const needsAttention = `t.id = ANY(ARRAY(
	SELECT CASE WHEN d.merged_into IS NULL THEN d.id ELSE ticket_root(d.id) END FROM ticket d WHERE d.id = ANY(ARRAY(
	    SELECT ticket_id FROM delivery WHERE state IN ('failed', 'uncertain', 'expired') AND decided_at IS NULL
	    UNION
	    SELECT s.ticket_id FROM ticket_suggestion s WHERE s.state = 'open'%s
	    UNION
	    SELECT ticket_id FROM side_request WHERE seen_at IS NULL AND (state <> 'open' OR answer_id IS NOT NULL)
	    UNION
	    SELECT ticket_id FROM requester_proposal WHERE state = 'open'))))`

// conditions is a WHERE clause in the making. Texts come from this package alone, values travel as parameters.
type conditions struct {
	where []string
	args  []any
	seen  sight
	// open says that only open tickets can match, over that none can.
	open, over bool
	// few says that a condition leaves so few that they are sorted, whatever the order.
	few bool
	// valued says that how many match depends so much on a value that a plan made for any value will not do.
	valued bool
	// mine says that one operator's are looked for.
	mine bool
	// narrow says that a type or an outcome is asked for: what is over has indexes for them, office by office.
	narrow bool
	// byHolder says that it depends on who has it; those indexes know no office.
	byHolder bool
}

// arg adds a parameter and returns its name.
func (c *conditions) arg(v any) string {
	c.args = append(c.args, v)
	return "$" + strconv.Itoa(len(c.args))
}

// add adds a condition; each %s stands for one of the values.
func (c *conditions) add(text string, values ...any) {
	names := make([]any, len(values))
	for i, v := range values {
		names[i] = c.arg(v)
	}
	c.where = append(c.where, fmt.Sprintf(text, names...))
}

func (c *conditions) clause() string { return strings.Join(c.where, " AND ") }

// compile adds the filter to conditions; scope always counts. A sequence alone is looked for up to this year.
func (f *Filter) compile(c *conditions, scope account.Scope, year int) (*conditions, error) {
	c.add(`t.merged_into IS NULL`)
	c.seen.scope = scope
	if err := f.status(c); err != nil {
		return nil, err
	}
	if err := f.queue(c); err != nil {
		return nil, err
	}
	if !f.Office.IsZero() {
		c.seen.within([]id.Office{f.Office})
	}
	if !f.Overdue.IsZero() {
		c.add(dueKey+` <= %s`, f.Overdue)
	}
	if !f.Contact.IsZero() {
		c.few = true
		c.add(`t.contact_id = ANY(ARRAY(SELECT contact_group(%s)))`, f.Contact)
	}
	if !f.Tag.IsZero() {
		c.few, c.valued = true, true
		c.add(`t.tags @> ARRAY[%s::uuid]`, f.Tag)
	}
	if f.Type != "" {
		c.narrow = true
		c.add(`t.request_type = %s`, f.Type)
	}
	if f.Outcome != "" {
		c.narrow = true
		c.add(`t.outcome = %s`, f.Outcome)
	}
	if len(f.Numbers) > 0 {
		c.few = true
		c.add(`t.id = ANY(ARRAY(SELECT n.id FROM ticket n WHERE n.number = ANY(%s)))`, f.Numbers)
	}
	if f.Number != "" {
		if err := f.number(c, year); err != nil {
			return nil, err
		}
	}
	if f.Words != "" {
		f.words(c)
	}
	return c, nil
}

func (f *Filter) status(c *conditions) error {
	open, over := 0, 0
	for _, s := range f.Status {
		if !s.Valid() {
			return fault.Invalid("status", "unknown", "no status %q", s)
		}
		if s.Open() {
			open++
		} else {
			over++
		}
	}
	if len(f.Status) > 0 {
		c.add(`t.status = ANY(%s)`, f.Status)
	} else {
		switch {
		case f.Queue == QueueClosed || f.Outcome != "":
			over++
		case f.Queue == QueueAll || f.Queue == "" || f.Queue == QueueAttention:
		default:
			open++
		}
	}
	if f.Outcome != "" && over > 0 {
		open = 0
	}
	switch {
	case open > 0 && over == 0:
		c.open = true
		c.add(openTickets)
	case over > 0 && open == 0:
		c.over = true
		c.add(overTickets)
	}
	return nil
}

func (f *Filter) queue(c *conditions) error {
	c.seen.work = f.Queue == QueueUnassigned || f.Queue == QueueWaiting || f.Queue == QueueAttention || f.Queue == QueueSnoozed
	switch f.Queue {
	case QueueMine, QueueOffice, QueueUnassigned, QueueWaiting:
		// What is late is late, put aside or not.
		if f.Overdue.IsZero() {
			c.add(`t.snoozed_until IS NULL`)
		}
	}
	switch f.Queue {
	case QueueMine:
		c.byHolder, c.mine = true, true
		c.add(`t.assignee_id = %s`, f.Operator)
	case QueueOffice:
		c.seen.within(f.Offices)
	case QueueUnassigned:
		c.byHolder = true
		c.add(`t.assignee_id IS NULL`)
	case QueueWaiting:
		// Nobody waits for what is over.
		if c.over {
			c.add(`false`)
		}
		c.open = true
		c.add(openTickets + ` AND ` + waitingKey + ` < 'infinity'::timestamptz`)
	case QueueAttention:
		c.few = true
		c.where = append(c.where, fmt.Sprintf(needsAttention, c.suggested()))
	case QueueSnoozed:
		c.few = true
		c.add(`t.snoozed_until IS NOT NULL`)
	case QueueAll, QueueClosed, "":
	default:
		return fault.Invalid("queue", "unknown", "no queue %q", f.Queue)
	}
	return nil
}

// order is the one asked for, else the queue's own. Nobody waits for what is over, and it is never due: there the last message counts.
func (f *Filter) order() (Order, error) {
	over := f.Outcome != "" || len(f.Status) == 0 && f.Queue == QueueClosed ||
		len(f.Status) > 0 && !slices.ContainsFunc(f.Status, ticket.Status.Open)
	newest := over || f.Queue == QueueAll || f.Queue == "" || !f.Contact.IsZero()
	switch {
	case f.Order == OrderNewest, (f.Order == OrderWaiting || f.Order == OrderDue || f.Order == OrderBack) && over, f.Order == "" && newest:
		return OrderNewest, nil
	case f.Order == OrderDue:
		return OrderDue, nil
	case f.Queue == QueueSnoozed && (f.Order == OrderBack || f.Order == ""):
		return OrderBack, nil
	case f.Order == OrderWaiting, f.Order == "":
		return OrderWaiting, nil
	}
	return "", fault.Invalid("order", "unknown", "no order %q", f.Order)
}

// name identifies the list that a cursor belongs to: everything but the position and the size of the page.
func (f Filter) name(order Order) (string, error) {
	f.Cursor, f.Limit, f.Order = "", 0, order
	raw, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("naming a list: %w", err)
	}
	sum := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(sum[:9]), nil
}
