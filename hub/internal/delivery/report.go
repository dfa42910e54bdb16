package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/delivery/internal/db"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// reportWaits are the pauses before a report that matches nothing is tried again: it may have overtaken the answer to
// the call it speaks of. After the last it stays unmatched and does nothing.
var reportWaits = []time.Duration{2 * time.Second, 10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour}

// AddReports stores the reports of a journal entry and applies those that match at once, in the caller's transaction.
// It says which messages they concern.
func (s *Store) AddReports(ctx context.Context, tx pgx.Tx, c id.Channel, entry id.Entry, reports []Report) ([]id.Message, error) {
	var concerned []id.Message
	for i, r := range reports {
		payload, err := json.Marshal(r)
		if err != nil {
			return nil, fmt.Errorf("encoding a report: %w", err)
		}
		row := id.New[id.Entry]().UUID
		err = s.queries.InsertReport(ctx, tx, db.InsertReportParams{ID: row, ChannelID: c, JournalID: entry, Position: int16(i), Payload: payload})
		if err != nil {
			return nil, fmt.Errorf("storing a report: %w", err)
		}
		m, err := s.applyReport(ctx, tx, db.WaitingReportsRow{ID: row, ChannelID: c, JournalID: entry, Payload: payload})
		if err != nil {
			return nil, err
		}
		if !m.IsZero() {
			concerned = append(concerned, m)
		}
	}
	return concerned, nil
}

// reports tries waiting reports again.
func (s *Sweeper) reports(ctx context.Context) error {
	return postgres.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		rows, err := s.store.queries.WaitingReports(ctx, tx, sweepRows)
		if err != nil {
			return fmt.Errorf("finding waiting reports: %w", err)
		}
		for _, r := range rows {
			if _, err := s.store.applyReport(ctx, tx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// applyReport finds the delivery that a report speaks of and moves it forward; a report that matches nothing waits.
func (s *Store) applyReport(ctx context.Context, tx pgx.Tx, row db.WaitingReportsRow) (id.Message, error) {
	var r Report
	if err := json.Unmarshal(row.Payload, &r); err != nil {
		return id.Message{}, fmt.Errorf("reading a report: %w", err)
	}
	d, err := s.match(ctx, tx, row.ChannelID, r)
	if err != nil {
		return id.Message{}, fmt.Errorf("matching a report: %w", err)
	}
	if d == nil {
		return id.Message{}, s.waitReport(ctx, tx, row)
	}
	word := "ignored"
	moved, err := s.advance(ctx, tx, d, r)
	if err != nil {
		return id.Message{}, fmt.Errorf("applying a report: %w", err)
	}
	if moved {
		word = "applied"
	}
	err = s.queries.SettleReport(ctx, tx, db.SettleReportParams{State: word, DeliveryID: d.ID, NextAttemptAt: s.now(), ID: row.ID})
	return d.MessageID, err
}

func (s *Store) waitReport(ctx context.Context, tx pgx.Tx, row db.WaitingReportsRow) error {
	p := db.SettleReportParams{State: "unmatched", NextAttemptAt: s.now(), ID: row.ID}
	if int(row.Tries) < len(reportWaits) {
		p.State, p.NextAttemptAt = "waiting", s.now().Add(reportWaits[row.Tries])
	}
	return s.queries.SettleReport(ctx, tx, p)
}

// match finds the one delivery a report speaks of: by our id, then by identifiers that we or the provider issued,
// narrowed by recipient. Several that fit are none.
func (s *Store) match(ctx context.Context, tx pgx.Tx, c id.Channel, r Report) (*db.LockDeliveryRow, error) {
	if parsed, err := id.Parse[id.Delivery](r.Delivery); err == nil {
		return s.lockOnChannel(ctx, tx, c, parsed)
	}
	for _, x := range r.ExternalIDs {
		found, err := s.queries.DeliveriesByExternalID(ctx, tx, db.DeliveriesByExternalIDParams{ChannelID: c, Value: x.Value})
		if err != nil {
			return nil, err
		}
		d, err := s.narrow(ctx, tx, c, found, r)
		if d != nil || err != nil {
			return d, err
		}
	}
	return nil, nil
}

func (s *Store) lockOnChannel(ctx context.Context, tx pgx.Tx, c id.Channel, d id.Delivery) (*db.LockDeliveryRow, error) {
	row, err := s.queries.LockDelivery(ctx, tx, d)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil || row.ChannelID != c {
		return nil, err
	}
	return &row, nil
}

func (s *Store) narrow(ctx context.Context, tx pgx.Tx, c id.Channel, found []id.Delivery, r Report) (*db.LockDeliveryRow, error) {
	var fit *db.LockDeliveryRow
	for _, candidate := range found {
		d, err := s.lockOnChannel(ctx, tx, c, candidate)
		if err != nil {
			return nil, err
		}
		if d == nil || (r.RecipientValue != "" && !strings.EqualFold(d.AddressValue, r.RecipientValue)) {
			continue
		}
		if fit != nil && !fit.ReplacedBy.IsZero() {
			fit = nil
		}
		if fit != nil {
			return nil, nil
		}
		fit = d
	}
	return fit, nil
}

// advance applies a report to its delivery, keeps the proof, and says whether the state moved.
func (s *Store) advance(ctx context.Context, tx pgx.Tx, d *db.LockDeliveryRow, r Report) (bool, error) {
	if err := s.keepProof(ctx, tx, d.ID, r); err != nil {
		return false, err
	}
	if r.State == delayed {
		return s.noteDelay(ctx, tx, d.ID, r)
	}
	to := State(r.State)
	if !State(d.State).May(to, ByReport) {
		if to == Failed && State(d.State) == Failed {
			// It had failed for now: that the address does not exist is news all the same.
			return false, s.mark(ctx, tx, d.AddressKind, d.AddressValue, Result{Failure: r.Failure})
		}
		return false, nil
	}
	o := outcome{state: to, cause: ByReport}
	if r.Failure != nil {
		o.failure = *r.Failure
	}
	moved, err := s.settle(ctx, tx, d.ID, State(d.State), int(d.Attempt), o)
	if err != nil || !moved {
		return moved, err
	}
	return true, s.mark(ctx, tx, d.AddressKind, d.AddressValue, Result{Failure: r.Failure})
}

// delayed is what a report says that moves nothing: another system could not deliver yet and tries again.
const delayed = "delayed"

func (s *Store) noteDelay(ctx context.Context, tx pgx.Tx, d id.Delivery, r Report) (bool, error) {
	at := s.reportTime(r)
	p := db.NoteDelayParams{ID: d, At: &at}
	if !r.RetryUntil.IsZero() {
		p.Until = &r.RetryUntil
	}
	noted, err := s.queries.NoteDelay(ctx, tx, p)
	return noted > 0, err
}

func (s *Store) keepProof(ctx context.Context, tx pgx.Tx, d id.Delivery, r Report) error {
	if len(r.Evidence) == 0 && len(r.EvidenceSHA) == 0 {
		return nil
	}
	return s.queries.InsertEvidence(ctx, tx, db.InsertEvidenceParams{
		ID: id.New[id.Entry]().UUID, DeliveryID: d, Kind: r.EvidenceKind, Raw: r.Evidence, RawSha256: r.EvidenceSHA,
		Verified: r.Verified, At: s.reportTime(r),
	})
}

func (s *Store) reportTime(r Report) time.Time {
	if r.At.IsZero() {
		return s.now()
	}
	return r.At
}
