package httpapi

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/audit"
)

// auditFile is the log on its way into a file. It is written as it is read: a log of years does not fit in memory.
type auditFile struct {
	ctx    context.Context //nolint:containedctx // the answer is written after the handler has returned
	db     *pgxpool.Pool
	log    *slog.Logger
	scope  account.Scope
	filter audit.Filter
	format audit.Format
}

// VisitExportAuditResponse sends the file. What breaks after the first row cuts the connection, so that half a file
// does not pass for a whole one, and leaves a line in the hub's log.
func (f auditFile) VisitExportAuditResponse(w http.ResponseWriter) error {
	kind := "text/csv; charset=utf-8"
	if f.format == audit.JSONL {
		kind = "application/x-ndjson"
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="registro.`+string(f.format)+`"`)
	h.Set("Cache-Control", "private, no-store")
	w.WriteHeader(http.StatusOK)
	if err := audit.Export(f.ctx, f.db, f.scope, f.filter, f.format, w); err != nil {
		req := requestOf(f.ctx)
		f.log.Warn("an export of the audit log broke off", "request_id", req.id, "actor", req.actor.Key(), "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}
