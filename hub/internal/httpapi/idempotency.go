package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/labstack/echo/v4"

	"sportello.dev/hub/internal/postgres"
)

const (
	// keepAnswers is how long a repeated request gets the first answer.
	keepAnswers = 30 * 24 * time.Hour
	// takeOver is when a request that never ended counts as cut off.
	takeOver = 2 * time.Minute
	// storeWait bounds storing an answer after the client has gone.
	storeWait = 5 * time.Second
)

// answers keeps the answers of creating requests by the client's key.
type answers struct {
	db  *pgxpool.Pool
	now func() time.Time
	log *slog.Logger
}

// claim is the right to work on one key. What the request creates takes its
// ids from here: a request that was cut off after its commit and is repeated
// makes the same ids, and so meets what it made.
type claim struct {
	actor, key string
	since      time.Time
}

type storedAnswer struct {
	RequestHash []byte            `db:"request_hash"`
	Status      *int              `db:"status"`
	Headers     map[string]string `db:"headers"`
	Body        []byte            `db:"body"`
	CreatedAt   time.Time         `db:"created_at"`
	CompletedAt *time.Time        `db:"completed_at"`
	ClaimedAt   time.Time         `db:"claimed_at"`
}

// idempotent lets a request with a key that was answered have that answer again.
func idempotent(s *spec, kept *answers) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			key := c.Request().Header.Get(idempotentKey)
			if op := s.find(c.Request(), c.Path()); key == "" || !op.idempotent {
				return next(c)
			}
			return kept.serve(c, key, next)
		}
	}
}

func (a *answers) serve(c echo.Context, key string, next echo.HandlerFunc) error {
	ctx := c.Request().Context()
	data, err := body(c.Request())
	if err != nil {
		return err
	}
	req := requestOf(ctx)
	answer, own, err := a.begin(ctx, req.actor.Key(), key, hashRequest(c.Request(), data))
	if err != nil {
		return err
	}
	if answer != nil {
		return replay(c, answer)
	}
	req.key = own
	return a.run(c, own, next)
}

// run works on the request and stores its answer before it is sent.
func (a *answers) run(c echo.Context, own *claim, next echo.HandlerFunc) error {
	held := &heldResponse{ResponseWriter: c.Response().Writer, status: http.StatusOK}
	c.Response().Writer = held
	err := next(c)
	c.Response().Writer = held.ResponseWriter
	if err != nil {
		a.abandon(c.Request().Context(), own, problemOf(err).status)
		return err
	}
	a.complete(c.Request().Context(), own, held)
	held.ResponseWriter.WriteHeader(held.status)
	_, err = held.ResponseWriter.Write(held.body.Bytes())
	return err
}

// begin returns the kept answer, or the right to work on the key.
func (a *answers) begin(ctx context.Context, actor, key string, hash []byte) (*storedAnswer, *claim, error) {
	now := a.now().UTC().Truncate(time.Microsecond)
	own := &claim{actor: actor, key: key, since: now}
	tag, err := a.db.Exec(ctx, `INSERT INTO idempotency_key (actor, key, request_hash, created_at, claimed_at)
		VALUES ($1, $2, $3, $4, $4) ON CONFLICT DO NOTHING`, actor, key, hash, now)
	if err != nil {
		return nil, nil, fmt.Errorf("claiming an idempotency key: %w", err)
	}
	if tag.RowsAffected() == 1 {
		return nil, own, nil
	}
	rows, _ := a.db.Query(ctx, `SELECT request_hash, status, headers, body, created_at, completed_at, claimed_at
		FROM idempotency_key WHERE actor = $1 AND key = $2`, actor, key)
	known, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[storedAnswer])
	switch {
	case postgres.IsNoRows(err): // the first request was refused in this instant
		return nil, nil, errInProgress()
	case err != nil:
		return nil, nil, fmt.Errorf("reading an idempotency key: %w", err)
	case subtle.ConstantTimeCompare(known.RequestHash, hash) != 1:
		return nil, nil, &problemError{status: http.StatusUnprocessableEntity, code: codeKeyReused,
			detail: "This Idempotency-Key came with another request before."}
	case known.CompletedAt != nil:
		return &known, nil, nil
	case now.Sub(known.ClaimedAt) < takeOver:
		return nil, nil, errInProgress()
	}
	own.since = known.CreatedAt
	return nil, own, a.takeOver(ctx, own, known.ClaimedAt, now)
}

func errInProgress() error {
	return &problemError{status: http.StatusConflict, code: codeInProgress, retryAfter: 1,
		detail: "The first request with this Idempotency-Key is still being worked on."}
}

func (a *answers) takeOver(ctx context.Context, own *claim, seen, now time.Time) error {
	tag, err := a.db.Exec(ctx, `UPDATE idempotency_key SET claimed_at = $4
		WHERE actor = $1 AND key = $2 AND claimed_at = $3 AND completed_at IS NULL`, own.actor, own.key, seen, now)
	if err != nil {
		return fmt.Errorf("taking over an idempotency key: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return errInProgress()
	}
	return nil
}

// complete keeps the answer. When that fails the request is repeated with the
// same ids at worst, so the answer is sent all the same.
func (a *answers) complete(ctx context.Context, own *claim, held *heldResponse) {
	a.settle(ctx, `UPDATE idempotency_key SET status = $3, headers = $4, body = $5, completed_at = $6
		WHERE actor = $1 AND key = $2`, own.actor, own.key, held.status,
		map[string]string{"Content-Type": held.Header().Get("Content-Type")}, held.body.Bytes(), a.now())
}

// abandon gives the key back. After a refusal nothing was done and it may be
// used for something else; after a failure of ours the outcome is unknown, so
// only the same request may have it.
func (a *answers) abandon(ctx context.Context, own *claim, status int) {
	if status < http.StatusInternalServerError {
		a.settle(ctx, `DELETE FROM idempotency_key WHERE actor = $1 AND key = $2 AND completed_at IS NULL`, own.actor, own.key)
		return
	}
	a.settle(ctx, `UPDATE idempotency_key SET claimed_at = 'epoch' WHERE actor = $1 AND key = $2 AND completed_at IS NULL`,
		own.actor, own.key)
}

func (a *answers) settle(ctx context.Context, sql string, args ...any) {
	storing, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWait)
	defer cancel()
	if _, err := a.db.Exec(storing, sql, args...); err != nil {
		a.log.WarnContext(ctx, "an idempotency key could not be settled", "request_id", requestOf(ctx).id, "error", err)
	}
}

func replay(c echo.Context, answer *storedAnswer) error {
	c.Response().Header().Set("Idempotent-Replayed", "true")
	return c.Blob(*answer.Status, answer.Headers["Content-Type"], answer.Body)
}

// PruneAnswers forgets answers kept longer than 30 days, and says how many.
func PruneAnswers(ctx context.Context, db postgres.Querier, now time.Time) (int64, error) {
	tag, err := db.Exec(ctx, `DELETE FROM idempotency_key WHERE created_at < $1`, now.Add(-keepAnswers))
	if err != nil {
		return 0, fmt.Errorf("forgetting old answers: %w", err)
	}
	return tag.RowsAffected(), nil
}

func hashRequest(r *http.Request, data []byte) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", r.Method, r.URL.RequestURI())
	h.Write(data)
	return h.Sum(nil)
}

// newUUID makes the id of something that the request creates: the same one for
// every try with the same key, else a new one. Label tells apart several
// things made by one request.
func (r *request) newUUID(label string) uuid.UUID {
	if r.key == nil {
		return uuid.Must(uuid.NewV7())
	}
	sum := sha256.Sum256([]byte(r.key.actor + "\x00" + r.key.key + "\x00" + label))
	var made uuid.UUID
	copy(made[:], sum[:])
	var milliseconds [8]byte
	binary.BigEndian.PutUint64(milliseconds[:], uint64(r.key.since.UnixMilli()))
	copy(made[:6], milliseconds[2:])
	made[6] = made[6]&0x0f | 0x70 // version 7
	made[8] = made[8]&0x3f | 0x80 // variant of RFC 9562
	return made
}

// heldResponse keeps status and body back until the answer is stored; headers
// go to the real response.
type heldResponse struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader keeps the status.
func (h *heldResponse) WriteHeader(status int) { h.status = status }

// Write keeps the body.
func (h *heldResponse) Write(b []byte) (int, error) { return h.body.Write(b) }
