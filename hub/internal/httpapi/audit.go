package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/labstack/echo/v4"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/audit"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/postgres"
)

// unlogged are the actions that leave no row though they change something or show one thing, with the reason.
var unlogged = map[account.Action]string{
	account.DraftWrite:       "an operator's own unfinished text, saved while typing",
	account.MentionRead:      "an operator's own list and marks, and which colleagues see a ticket: no citizen's data",
	account.UploadCreate:     "a file nobody sees before the reply it belongs to, which is logged",
	account.AttachmentSigned: "an address handed out with the opened message, which is logged",
	account.PictureSigned:    "an address handed out with the opened message, which is logged",
	account.DirectoryRead:    "offices and colleagues: no citizen's data",
	account.ChannelRead:      "settings and health: no citizen's data",
}

// Operations of logged actions that change nothing. What terms would mean names nobody, and is asked for at every pause
// while somebody types; the letter to an expert shows what the request holds, and is a look at it.
const (
	preview = "previewTerms"
	look    = "previewExpertAsk"
)

// recording writes what the request does to the audit log. An act goes with the first transaction that it commits; a
// read is written before it is answered, and not answered when that fails: see answered.
func recording(s *spec, db *pgxpool.Pool, log *audit.Log) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			op := s.find(c.Request(), c.Path())
			kind, wanted := kindOf(op)
			if !wanted || log == nil {
				return next(c)
			}
			ctx := c.Request().Context()
			req := requestOf(ctx)
			e := audit.Entry{
				Kind: kind, Actor: req.actor.Key(), Act: string(op.action), Route: op.id, Object: objectOf(c, op), Outcome: audit.Done,
			}
			if op.action == account.SessionClose && req.actor.Kind == account.Anonymous {
				return next(c) // nobody signs out
			}
			switch kind {
			case audit.Read:
				req.read = func(refused error) error {
					if refused != nil {
						e.Outcome = audit.Failed
					}
					return log.Record(ctx, db, e)
				}
				return next(c)
			case audit.SignIn:
				e.Address = req.place
				return recordSignIn(c, db, log, e, next)
			case audit.Act:
			}
			return recordAct(c, db, log, e, next)
		}
	}
}

// answered writes a read when it is known whether there is something to show, and before it is shown: who asked in vain
// has read nothing, and the log says that too.
func answered(next api.StrictHandlerFunc, _ string) api.StrictHandlerFunc {
	return func(c echo.Context, request any) (any, error) {
		answer, err := next(c, request)
		if read := requestOf(c.Request().Context()).read; read != nil {
			if rerr := read(err); rerr != nil && err == nil {
				return nil, rerr
			}
		}
		return answer, err
	}
}

// kindOf tells what a route leaves in the log: all that changes something, and all that shows one thing.
func kindOf(op *operation) (audit.Kind, bool) {
	if op == nil || unlogged[op.action] != "" || op.id == preview {
		return "", false
	}
	switch {
	case op.action == account.SessionOpen || op.action == account.SessionClose:
		return audit.SignIn, true
	case op.id == look:
		return audit.Read, true
	case op.route.Method != http.MethodGet:
		return audit.Act, true
	case op.action == account.AuditRead:
		return audit.Read, true
	default:
		return audit.Read, strings.Contains(op.route.Path, "{") && op.action != account.ChannelManage
	}
}

// objectOf is the thing in the path, without what hangs on it: "tickets/2026-000123-7". Of an office's members it says
// who. Looking at the log, or at who read about a citizen, is no look at the citizen's record and has an object of its own.
func objectOf(c echo.Context, op *operation) string {
	if who := c.Param("operator"); who != "" {
		return "offices/" + plain(c.Param("id")) + "/members/" + plain(who)
	}
	path := strings.TrimPrefix(c.Path(), basePath+"/")
	kind, _, _ := strings.Cut(path, "/")
	switch values := c.ParamValues(); {
	case op.action == account.AuditRead:
		return path
	case op.action == account.ContactReaders:
		return "audit/contacts/" + plain(values[0])
	case len(values) > 0:
		return kind + "/" + plain(values[0])
	}
	return kind
}

// plain writes an id in the one way in which it is looked for: others that mean the same are read as well.
func plain(name string) string {
	if which, err := uuid.Parse(name); err == nil {
		return which.String()
	}
	return name
}

// recordAct lets the act's own transaction take the row along; an act without one is recorded behind it. One that found
// nothing to do has read what it answers with.
func recordAct(c echo.Context, db *pgxpool.Pool, log *audit.Log, e audit.Entry, next echo.HandlerFunc) error {
	before := c.Request()
	apart := false
	requestOf(before.Context()).recordedApart = func(ctx context.Context, object string) context.Context {
		apart = true
		own := e
		own.Object = object
		ctx, _ = postgres.BeforeCommit(ctx, func(ctx context.Context, q postgres.Querier) error { return log.Record(ctx, q, own) })
		return ctx
	}
	ctx, done := postgres.BeforeCommit(before.Context(), func(ctx context.Context, q postgres.Querier) error {
		return log.Record(ctx, q, naming(ctx, e))
	})
	c.SetRequest(before.WithContext(ctx))
	err := next(c)
	c.SetRequest(before)
	if err != nil || apart || done() {
		return err
	}
	if requestOf(ctx).unchanged {
		e.Kind, e.Act = audit.Read, string(account.TicketRead)
	}
	return recordLate(ctx, db, log, naming(ctx, e))
}

// naming says of an act that makes something which one it is: "tokens/<id>".
func naming(ctx context.Context, e audit.Entry) audit.Entry {
	if id := postgres.MadeIn(ctx, e.Object); id != "" {
		e.Object += "/" + id
	}
	return e
}

// recordedApart lets what a request does to one of several things leave a row of its own, with the first transaction
// that commits within the context returned; the request as a whole leaves none then.
func recordedApart(ctx context.Context, object string) context.Context {
	if apart := requestOf(ctx).recordedApart; apart != nil {
		return apart(ctx, object)
	}
	return ctx
}

// recordLate writes a row also when the client has gone: what it tells of has happened.
func recordLate(ctx context.Context, db *pgxpool.Pool, log *audit.Log, e audit.Entry) error {
	storing, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWait)
	defer cancel()
	return log.Record(storing, db, e)
}

// recordSignIn writes who came, went or failed to come.
func recordSignIn(c echo.Context, db *pgxpool.Pool, log *audit.Log, e audit.Entry, next echo.HandlerFunc) error {
	err := next(c)
	ctx := c.Request().Context()
	req := requestOf(ctx)
	if !req.signedIn.IsZero() {
		e.Actor = account.Actor{Kind: account.KindOperator, Operator: req.signedIn}.Key()
	}
	if req.halfway {
		e.Outcome = audit.Asked
	}
	if err != nil {
		e.Outcome = audit.Failed
		if req.login != "" {
			e.Actor = log.Login(req.login)
		}
	}
	if rerr := recordLate(ctx, db, log, e); rerr != nil && err == nil {
		return rerr
	}
	return err
}
