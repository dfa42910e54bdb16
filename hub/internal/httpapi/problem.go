package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// Codes of problems beyond the kinds of fault.
const (
	codeUnauthenticated = "unauthenticated"
	codeStale           = "stale"
	codeNewerMessage    = "newer_message"
	codeTooLate         = "too_late"
	codeInProgress      = "in_progress"
	codeKeyReused       = "key_reused"
	codeTooLarge        = "too_large"
	codeUnsupportedType = "unsupported_type"
	codeRateLimited     = "rate_limited"
	codeShared          = "shared"
	codeTokenExpired    = "token_expired"
	codeAskEnded        = "ask_ended"
)

// problemError is an error that knows how it is told: status, code and, where
// the fault of the request is known, its fields.
type problemError struct {
	status     int
	code       string
	detail     string
	fields     []api.ProblemField
	retryAfter int // seconds
	err        error
}

func (e *problemError) Error() string {
	if e.err != nil {
		return e.err.Error()
	}
	return e.detail
}

func (e *problemError) Unwrap() error { return e.err }

// conflict is a refusal because of the state of things, with its own code.
func conflict(code, detail string) error {
	return &problemError{status: http.StatusConflict, code: code, detail: detail}
}

// problemOf decides how an error is told. What it does not recognise is our own fault, and nobody's business.
func problemOf(err error) *problemError {
	var p *problemError
	if errors.As(err, &p) {
		return p
	}
	var throttled *account.ThrottledError
	if errors.As(err, &throttled) {
		return &problemError{status: http.StatusTooManyRequests, code: codeRateLimited, detail: throttled.Error(),
			retryAfter: int(math.Ceil(throttled.After.Seconds())), err: err}
	}
	if errors.Is(err, account.ErrTokenExpired) {
		return &problemError{status: http.StatusUnauthorized, code: codeTokenExpired,
			detail: "The token has expired: an administrator makes a new one.", err: err}
	}
	if errors.Is(err, account.ErrUnauthenticated) || errors.Is(err, account.ErrBadLogin) {
		return &problemError{status: http.StatusUnauthorized, code: codeUnauthenticated, detail: sentence(err.Error()), err: err}
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &problemError{status: http.StatusRequestEntityTooLarge, code: codeTooLarge,
			detail: "At most " + strconv.FormatInt(tooLarge.Limit, 10) + " bytes.", err: err}
	}
	var he *echo.HTTPError
	if errors.As(err, &he) {
		return problemOfEcho(he)
	}
	return problemOfFault(err)
}

func problemOfFault(err error) *problemError {
	p := &problemError{code: string(fault.Kind(err)), err: err}
	switch fault.Kind(err) {
	case fault.CodeNotFound:
		p.status, p.detail = http.StatusNotFound, "There is no such thing, or it is not yours to see."
	case fault.CodeConflict:
		p.status, p.detail = http.StatusConflict, sentence(err.Error())
		if errors.Is(err, ticket.ErrAskEnded) {
			p.code, p.detail = codeAskEnded, "The question is over: it is neither answered nor sent any more."
		}
	case fault.CodeForbidden:
		p.status, p.detail = http.StatusForbidden, "You may not do this."
		if errors.Is(err, account.ErrShared) {
			p.code, p.detail = codeShared, "The ticket is only shared with your office: read it, write notes and answer what you are asked."
		}
	case fault.CodeInvalid:
		p.status, p.detail = http.StatusUnprocessableEntity, "Something sent is wrong; see fields."
		for _, v := range fault.Violations(err) {
			p.fields = append(p.fields, api.ProblemField{Field: v.Field, Code: v.Key, Message: optional(sentence(v.Error()))})
		}
	case fault.CodeUnavailable:
		p.status, p.detail, p.retryAfter = http.StatusServiceUnavailable, "This does not work right now; try again.", 5
	default:
		if postgres.IsUnstorable(err) {
			return &problemError{status: http.StatusBadRequest, code: string(fault.CodeInvalid),
				detail: "A text sent holds a character that cannot be kept, such as a zero byte; take it out.", err: err}
		}
		if postgres.IsRetryable(err) {
			return &problemError{status: http.StatusServiceUnavailable, code: string(fault.CodeUnavailable),
				detail: "The database does not answer right now; try again.", retryAfter: 5, err: err}
		}
		p.status, p.detail = http.StatusInternalServerError, "Something broke on our side; quote request_id when you report it."
	}
	return p
}

// problemOfEcho words what the router and the generated parameter binding refuse.
func problemOfEcho(he *echo.HTTPError) *problemError {
	p := &problemError{status: he.Code, detail: http.StatusText(he.Code) + ".", err: he}
	switch {
	case he.Code == http.StatusNotFound:
		p.code = string(fault.CodeNotFound)
	case he.Code == http.StatusUnsupportedMediaType:
		p.code = codeUnsupportedType
	case he.Code == http.StatusRequestEntityTooLarge:
		p.code = codeTooLarge
	case he.Code >= http.StatusInternalServerError:
		p.code = string(fault.CodeInternal)
	case he.Code == http.StatusForbidden:
		p.code = string(fault.CodeForbidden)
	default:
		p.code = string(fault.CodeInvalid)
		if text, ok := he.Message.(string); ok {
			p.detail = sentence(text)
		}
	}
	return p
}

// handleError answers every error of the internal listener, and logs those that are ours.
func handleError(log *slog.Logger) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		p := problemOf(err)
		ctx := c.Request().Context()
		switch {
		case ctx.Err() != nil && errors.Is(err, context.Canceled):
			log.DebugContext(ctx, "the client went away", "request_id", requestOf(ctx).id)
		case p.status >= http.StatusInternalServerError:
			log.ErrorContext(ctx, "a request failed", "request_id", requestOf(ctx).id, "route", c.Path(), "status", p.status, "error", err)
		}
		if c.Response().Committed {
			return
		}
		if werr := writeProblem(c, p); werr != nil {
			log.DebugContext(ctx, "an error could not be told", "request_id", requestOf(ctx).id, "error", werr)
		}
	}
}

// told is the problem as the answer to a request tells it.
func (e *problemError) told(req *request) *api.Problem {
	body := api.Problem{
		Type: "about:blank", Title: http.StatusText(e.status), Status: e.status, Code: e.code,
		Detail: optional(e.detail), RequestID: optional(req.id),
	}
	if len(e.fields) > 0 {
		body.Fields = &e.fields
	}
	return &body
}

func writeProblem(c echo.Context, p *problemError) error {
	body := p.told(requestOf(c.Request().Context()))
	h := c.Response().Header()
	for _, name := range []string{"Content-Disposition", "Content-Length", "Content-Encoding", "ETag"} {
		h.Del(name)
	}
	h.Set("Cache-Control", "no-store")
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	if p.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="sportello"`)
	}
	if c.Request().Method == http.MethodHead {
		return c.NoContent(p.status)
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.Blob(p.status, "application/problem+json", text)
}

// sentence makes a sentence of an error's text.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	if text[0] >= 'a' && text[0] <= 'z' {
		text = string(text[0]-'a'+'A') + text[1:]
	}
	return text + "."
}

// optional is nil for the zero value, for fields that are absent when empty.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
