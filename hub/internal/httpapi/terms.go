package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// termRoutes are by when requests are answered and settled.
type termRoutes struct {
	db      *pgxpool.Pool
	offices *office.Store
	tickets *ticket.Store
	now     func() time.Time
}

// GetTerms shows the terms.
func (h termRoutes) GetTerms(ctx context.Context, _ api.GetTermsRequestObject) (api.GetTermsResponseObject, error) {
	terms, err := h.offices.Terms(ctx, h.db)
	if err != nil {
		return nil, err
	}
	answer, err := h.show(terms)
	return api.GetTerms200JSONResponse(answer), err
}

// PutTerms changes the terms, and has what is open counted anew.
func (h termRoutes) PutTerms(ctx context.Context, r api.PutTermsRequestObject) (api.PutTermsResponseObject, error) {
	var answer api.Terms
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		before, err := h.offices.TermsToChange(ctx, tx)
		if err != nil {
			return err
		}
		seen, err := revision(before.Policies)
		if err != nil {
			return err
		}
		if asked := value(r.Body.Revision, ""); asked != "" && asked != seen {
			return conflict(codeStale, "Somebody has changed the terms since; look at them again.")
		}
		if err := h.offices.PutTerms(ctx, tx, termsFrom(r.Body.Policies)); err != nil {
			return err
		}
		terms, err := h.offices.Terms(ctx, tx)
		if err != nil {
			return err
		}
		if answer, err = h.show(terms); err != nil {
			return err
		}
		return h.tickets.RecountClocks(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	h.tickets.Book().Forget()
	return api.PutTerms200JSONResponse(answer), nil
}

// PreviewTerms shows when terms would end that are not in force.
func (h termRoutes) PreviewTerms(ctx context.Context, r api.PreviewTermsRequestObject) (api.PreviewTermsResponseObject, error) {
	terms, err := h.offices.Preview(ctx, h.db, termsFrom(r.Body.Policies))
	if err != nil {
		return nil, err
	}
	answer, err := h.show(terms)
	return api.PreviewTerms200JSONResponse(answer), err
}

func (h termRoutes) show(terms *office.Terms) (api.Terms, error) {
	answer := api.Terms{Policies: []api.TermPolicy{}, Ends: []api.TermEnds{}}
	for _, p := range terms.Policies {
		_, calendar := terms.For(p.TermKey)
		shown := api.TermPolicy{
			RequestType: optional(p.Type), Priority: optional(p.Priority), WarnPercent: p.WarnPercent,
			First: termOf(p.First), Next: termOf(p.Next), Resolve: termOf(p.Resolve),
		}
		if !p.Office.IsZero() {
			shown.OfficeID = &p.Office.UUID
		}
		answer.Policies = append(answer.Policies, shown)
		answer.Ends = append(answer.Ends, api.TermEnds{First: h.ends(p.First, calendar), Next: h.ends(p.Next, calendar), Resolve: h.ends(p.Resolve, calendar)})
	}
	var err error
	answer.Revision, err = revision(terms.Policies)
	return answer, err
}

func (h termRoutes) ends(t *office.Term, c *office.Calendar) *time.Time {
	if t == nil || c == nil {
		return nil
	}
	if at, ok := t.From(c, h.now()); ok {
		return &at
	}
	return nil
}

// revision tells one list of terms from another.
func revision(list []office.TermPolicy) (string, error) {
	raw, err := json.Marshal(list)
	if err != nil {
		return "", fmt.Errorf("naming the terms: %w", err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:12]), nil
}

func termOf(t *office.Term) *api.Term {
	if t == nil {
		return nil
	}
	return &api.Term{Amount: t.Amount, Unit: api.TermUnit(t.Unit), Worked: t.Worked}
}

func termsFrom(list []api.TermPolicy) []office.TermPolicy {
	terms := make([]office.TermPolicy, len(list))
	for i, p := range list {
		terms[i] = office.TermPolicy{
			TermKey: office.TermKey{Type: value(p.RequestType, ""), Priority: value(p.Priority, 0)}, WarnPercent: p.WarnPercent,
			First: termFrom(p.First), Next: termFrom(p.Next), Resolve: termFrom(p.Resolve),
		}
		if p.OfficeID != nil {
			terms[i].Office = id.Office{UUID: *p.OfficeID}
		}
	}
	return terms
}

func termFrom(t *api.Term) *office.Term {
	if t == nil {
		return nil
	}
	return &office.Term{Amount: t.Amount, Unit: office.TermUnit(t.Unit), Worked: t.Worked}
}

func clocksOf(t ticket.Ticket) *api.Clocks {
	c := api.Clocks{
		DueAt: t.DueAt, FirstDueAt: t.FirstDueAt, FirstAnsweredAt: t.FirstAnsweredAt, NextDueAt: t.NextDueAt, ResolveDueAt: t.ResolveDueAt,
	}
	if t.DueAt != nil {
		c.DueFor, c.Near = optional(api.DeadlineTarget(t.DueFor())), optional(t.WarnedAt != nil)
	}
	if c == (api.Clocks{}) {
		return nil
	}
	return &c
}
