package audit

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/postgres"
)

const (
	sealEvery = time.Second
	// sealBatch is how many rows one transaction seals.
	sealBatch = 500
	// sealLock is the advisory lock of the one sealer.
	sealLock = 7305
)

// Sealer chains committed rows and exports the chain's head. Any replica may run one; one at a time works.
type Sealer struct {
	db   *pgxpool.Pool
	keys *keyring.Ring
	path string
	now  func() time.Time
	log  *slog.Logger
	// exported is the head last written here; told is set once a head that cannot be replaced has been reported.
	exported mark
	told     bool
}

// NewSealer returns a sealer that exports to the file at path.
func NewSealer(db *pgxpool.Pool, keys *keyring.Ring, path string, now func() time.Time, log *slog.Logger) *Sealer {
	return &Sealer{db: db, keys: keys, path: path, now: now, log: log}
}

// Run seals each second until ctx ends. What fails is tried again the next second.
func (s *Sealer) Run(ctx context.Context) {
	ticker := time.NewTicker(sealEvery)
	defer ticker.Stop()
	for {
		if err := s.Pass(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("audit log not sealed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Pass seals what is committed and not sealed, then exports the head.
func (s *Sealer) Pass(ctx context.Context) error {
	for {
		n, err := s.batch(ctx)
		if err != nil {
			return err
		}
		if n < sealBatch {
			return s.export(ctx)
		}
	}
}

// batch gives rows their places in the order they are found. A row that was committed late, with an id below the
// chain's end, is found by the next pass: it is unsealed, and that is what is asked for.
func (s *Sealer) batch(ctx context.Context) (n int, err error) {
	err = postgres.InTx(ctx, s.db, func(tx pgx.Tx) error {
		var mine bool
		if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, sealLock).Scan(&mine); err != nil {
			return fmt.Errorf("asking for the sealer's lock: %w", err)
		}
		if !mine {
			return nil
		}
		rows, err := collect(tx.Query(ctx, `SELECT `+columns+` FROM audit_entry WHERE place IS NULL ORDER BY id LIMIT $1`, sealBatch))
		if err != nil || len(rows) == 0 {
			return err
		}
		end, err := tail(ctx, tx)
		if err != nil {
			return err
		}
		n = len(rows)
		return s.seal(ctx, tx, rows, end)
	})
	return n, err
}

func (s *Sealer) seal(ctx context.Context, tx pgx.Tx, rows []row, end mark) error {
	keyID, _ := s.keys.Derive(keyring.Audit)
	ids, places, seals := make([]int64, len(rows)), make([]int64, len(rows)), make([][]byte, len(rows))
	for i, r := range rows {
		seal, err := r.sealed(s.keys, keyID, end)
		if err != nil {
			return err
		}
		end = mark{Place: end.Place + 1, Seal: seal}
		ids[i], places[i], seals[i] = r.ID, end.Place, seal
	}
	_, err := tx.Exec(ctx, `UPDATE audit_entry e SET place = n.place, key_id = $1, seal = n.seal
		FROM unnest($2::bigint[], $3::bigint[], $4::bytea[]) AS n (id, place, seal) WHERE e.id = n.id`, keyID, ids, places, seals)
	if err != nil {
		return fmt.Errorf("sealing the audit log: %w", err)
	}
	return nil
}

// export writes the head, unless the file, or this sealer's memory where the file was put back, tells of a chain that this
// one does not go on from: that is the proof that rows are missing, and stays in the file.
func (s *Sealer) export(ctx context.Context) error {
	end, err := tail(ctx, s.db)
	if err != nil || (end.Place > 0 && Head{Place: s.exported.Place, Seal: s.exported.Seal}.is(end)) {
		return err
	}
	old, err := ReadHead(s.path)
	if err != nil {
		return err
	}
	putBack := old.Place < s.exported.Place
	if putBack {
		old = Head{Place: s.exported.Place, Seal: s.exported.Seal, At: s.now().UTC()}
	}
	holds, err := contains(ctx, s.db, old)
	if err != nil {
		return err
	}
	if !holds && putBack {
		if err := old.write(s.path); err != nil {
			return err
		}
	}
	if !holds {
		if !s.told {
			s.log.Error("the audit log lacks rows that were exported: run sportello audit verify", "place", old.Place)
		}
		s.told = true
		return nil
	}
	if end.Place == 0 || old.is(end) && !putBack {
		s.exported = end
		return nil
	}
	if err := (Head{Place: end.Place, Seal: end.Seal, At: s.now().UTC()}).write(s.path); err != nil {
		return err
	}
	s.exported = end
	s.log.Info("audit log sealed", "place", end.Place, "seal", fmt.Sprintf("%x", end.Seal))
	return nil
}

// contains tells whether the chain holds the exported head.
func contains(ctx context.Context, q postgres.Querier, h Head) (holds bool, err error) {
	if h.Place == 0 {
		return true, nil
	}
	err = q.QueryRow(ctx, `SELECT EXISTS (SELECT FROM audit_entry WHERE place = $1 AND seal = $2)`, h.Place, h.Seal).Scan(&holds)
	if err != nil {
		return false, fmt.Errorf("looking for the exported head of the audit log: %w", err)
	}
	return holds, nil
}
