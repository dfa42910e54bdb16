package audit

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/postgres"
)

// maxPage is how many rows one page holds, exportPage how many an export reads at a time.
const (
	maxPage    = 50
	exportPage = 1000
)

// Filter says which rows are wanted; its zero value means all.
type Filter struct {
	// Actor is as the log writes it: "operator:<id>", "token:<id>", "shell:<name>".
	Actor   string
	Kind    Kind
	Act     string
	Outcome Outcome
	// Object is as the log writes it; a ticket stands for its messages, attachments and deliveries too.
	Object string
	// From is the first moment, Until the first one that no longer counts.
	From, Until time.Time
	// Cursor is the Next of the page before, Limit at most maxPage.
	Cursor string
	Limit  int
}

// Record is a row as it is read.
type Record struct {
	ID      int64     `db:"id"`
	At      time.Time `db:"at"`
	Kind    Kind      `db:"kind"`
	Actor   string    `db:"actor"`
	Act     string    `db:"act"`
	Route   string    `db:"route"`
	Object  string    `db:"object"`
	Outcome Outcome   `db:"outcome"`
	Address string    `db:"address"`
	// Place is unset until the row is sealed.
	Place *int64 `db:"place"`
	// ActorName and ObjectName are how people know them, where they have a name that is no citizen's: of what hangs on
	// a ticket its number.
	ActorName  string `db:"-"`
	ObjectName string `db:"-"`
	// Hidden says that the object is out of the reader's sight: of it only the kind is told.
	Hidden bool `db:"-"`
}

// Page is part of the log, newest first; Next is empty on the last one.
type Page struct {
	Items []Record
	Next  string
}

// List reads a page, in which what the scope does not cover has no object. Each filter has an index in the order of the page; of several the others are looked at on the way.
func List(ctx context.Context, q postgres.Querier, scope account.Scope, f Filter) (Page, error) {
	if f.Limit <= 0 || f.Limit > maxPage {
		f.Limit = maxPage
	}
	return list(ctx, q, scope, f)
}

// Each reads all rows page by page, so that memory does not grow with the log.
func Each(ctx context.Context, q postgres.Querier, scope account.Scope, f Filter, do func(Record) error) error {
	f.Limit = exportPage
	for {
		page, err := list(ctx, q, scope, f)
		if err != nil {
			return err
		}
		for _, r := range page.Items {
			if err := do(r); err != nil {
				return err
			}
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return nil
		}
	}
}

func list(ctx context.Context, q postgres.Querier, scope account.Scope, f Filter) (Page, error) {
	if f.Object == "" {
		return read(ctx, q, scope, f)
	}
	// Of what is out of sight not even how many rows there are.
	if seen, err := look(ctx, q, scope, []Record{{Object: f.Object}}); err != nil || seen.hidesObject(f.Object) {
		return Page{}, err
	}
	// Nor, of a thing in sight, that somebody looked who is not told of: a page is filled with rows that are, and ends with one.
	// However small it is, rows are read by the whole page: of one who looked often each would cost a query.
	limit, told := f.Limit, []Record(nil)
	f.Limit = max(limit, maxPage)
	for {
		page, err := read(ctx, q, scope, f)
		if err != nil {
			return Page{}, err
		}
		told = append(told, slices.DeleteFunc(page.Items, func(r Record) bool { return r.Hidden })...)
		if len(told) > limit {
			return Page{Items: told[:limit], Next: cursorOf(told[limit-1])}, nil
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return Page{Items: told}, nil
		}
	}
}

// read gives the next rows, in which what is out of sight is blank.
func read(ctx context.Context, q postgres.Querier, scope account.Scope, f Filter) (Page, error) {
	text, args, err := f.compile()
	if err != nil {
		return Page{}, err
	}
	rows, err := q.Query(ctx, text, args...)
	if err != nil {
		return Page{}, fmt.Errorf("reading the audit log: %w", err)
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByNameLax[Record])
	if err != nil {
		return Page{}, fmt.Errorf("reading the audit log: %w", err)
	}
	var page Page
	if len(items) > f.Limit {
		items = items[:f.Limit]
		page.Next = cursorOf(items[f.Limit-1])
	}
	if err := name(ctx, q, items); err != nil {
		return Page{}, err
	}
	seen, err := look(ctx, q, scope, items)
	if err != nil {
		return Page{}, err
	}
	blank(items, seen)
	page.Items = items
	return page, nil
}

func (f Filter) compile() (text string, args []any, err error) {
	where := []string{"true"}
	add := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		where = append(where, condition)
	}
	for _, each := range []struct{ column, value string }{
		{"actor", f.Actor}, {"kind", string(f.Kind)}, {"act", f.Act}, {"outcome", string(f.Outcome)},
	} {
		if each.value != "" {
			add("e."+each.column+" = ?", each.value)
		}
	}
	if number, ticket := strings.CutPrefix(f.Object, "tickets/"); ticket {
		add(`e.object = ANY(ARRAY(`+ofTicket+`))`, number)
	} else if f.Object != "" {
		add("e.object = ?", f.Object)
	}
	if !f.From.IsZero() {
		add("e.at >= ?", f.From)
	}
	if !f.Until.IsZero() {
		add("e.at < ?", f.Until)
	}
	if f.Cursor != "" {
		at, row, err := readCursor(f.Cursor)
		if err != nil {
			return "", nil, err
		}
		add("(e.at, e.id) < (?, ?)", at, row)
	}
	return `SELECT e.id, e.at, e.kind, e.actor, e.act, e.route, e.object, e.outcome, e.address, e.place FROM audit_entry e WHERE ` +
		strings.Join(where, " AND ") + ` ORDER BY e.at DESC, e.id DESC LIMIT ` + strconv.Itoa(f.Limit+1), args, nil
}

// ofTicket names a ticket and all that hangs on it as the log does. The number comes once more for a ticket that is
// not there: asking for it was logged as well.
const ofTicket = `WITH t AS (SELECT ?::text AS number) SELECT 'tickets/' || number FROM t
	UNION ALL SELECT 'messages/' || m.id FROM t JOIN ticket k ON k.number = t.number JOIN message m ON m.ticket_id = k.id
	UNION ALL SELECT 'attachments/' || a.id FROM t JOIN ticket k ON k.number = t.number JOIN message m ON m.ticket_id = k.id JOIN attachment a ON a.message_id = m.id
	UNION ALL SELECT 'asks/' || r.id FROM t JOIN ticket k ON k.number = t.number JOIN side_request r ON r.ticket_id = k.id
	UNION ALL SELECT 'deliveries/' || d.id FROM t JOIN ticket k ON k.number = t.number JOIN delivery d ON d.ticket_id = k.id`

func cursorOf(r Record) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d", r.At.UnixMicro(), r.ID))
}

func readCursor(text string) (at time.Time, row int64, err error) {
	invalid := fault.Invalid("cursor", "format", "not a cursor of this list")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return at, 0, invalid
	}
	micro, id, _ := strings.Cut(string(raw), ".")
	when, err := strconv.ParseInt(micro, 10, 64)
	if err != nil || when < 0 || when > maxMicro {
		return at, 0, invalid
	}
	if row, err = strconv.ParseInt(id, 10, 64); err != nil {
		return at, 0, invalid
	}
	return time.UnixMicro(when), row, nil
}

// maxMicro is the year 9999: what comes later is no time that PostgreSQL reads back.
const maxMicro = 253_402_300_799_000_000
