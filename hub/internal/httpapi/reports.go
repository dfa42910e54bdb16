package httpapi

import (
	"bytes"
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/report"
	"sportello.dev/hub/internal/requesttype"
	"sportello.dev/hub/internal/ticket"
)

// reportRoutes are figures, and the tickets behind them.
type reportRoutes struct {
	db      *pgxpool.Pool
	reports *report.Store
	tickets *ticket.Store
	types   *requesttype.Store
}

// GetReport shows the figures of a period.
func (h reportRoutes) GetReport(ctx context.Context, r api.GetReportRequestObject) (api.GetReportResponseObject, error) {
	p := r.Params
	q, err := reportQuery(p.From, p.To, p.Office, p.Area, p.Channel, p.Type)
	if err != nil {
		return nil, parameters(err)
	}
	if p.By != nil {
		q.By = report.Part(*p.By)
	}
	if p.Step != nil {
		q.Step = report.Part(*p.Step)
	}
	made, err := h.reports.Report(ctx, h.db, requestOf(ctx).scope, q)
	if err != nil {
		return nil, parameters(err)
	}
	return api.GetReport200JSONResponse(reportOf(made)), nil
}

// ExportReport gives the rows of a report as a table.
func (h reportRoutes) ExportReport(ctx context.Context, r api.ExportReportRequestObject) (api.ExportReportResponseObject, error) {
	b := r.Body
	q, err := reportQuery(b.From, b.To, b.Office, b.Area, b.Channel, b.Type)
	if err != nil {
		return nil, err
	}
	by := report.Part(b.By)
	if q.By = by; by == report.ByDay || by == report.ByWeek || by == report.ByMonth {
		q.By, q.Step = "", by
	}
	made, err := h.reports.Report(ctx, h.db, requestOf(ctx).scope, q)
	if err != nil {
		return nil, err
	}
	word := func(kind string) string { return channelWord(kind, string(b.Language)) }
	if by == report.ByType {
		if word, err = h.typeWords(ctx, string(b.Language)); err != nil {
			return nil, err
		}
	}
	table, err := made.Table(by, string(b.Language), word)
	if err != nil {
		return nil, err
	}
	return api.ExportReport200TextCsvResponse{Body: bytes.NewReader(table), ContentLength: int64(len(table))}, nil
}

// typeWords name types of requests in a table.
func (h reportRoutes) typeWords(ctx context.Context, language string) (func(string) string, error) {
	types, err := h.types.All(ctx, h.db)
	return func(code string) string {
		for _, t := range types {
			if word := t.Labels[language]; t.Code == code && word != "" {
				return word
			}
		}
		return code
	}, err
}

// channelWord names a kind of channel in a table; one of an adapter that came later stands as it is named.
func channelWord(kind, language string) string {
	it := map[string]string{"": "Senza canale", "email": "E-mail", "pec": "PEC", "sms": "SMS", "webform": "Moduli web", "fax": "Fax", "telephony": "Telefono"}
	en := map[string]string{"": "No channel", "email": "E-mail", "pec": "Certified mail", "sms": "Text messages", "webform": "Web forms", "fax": "Fax", "telephony": "Telephone"}
	words := it
	if language == "en" {
		words = en
	}
	if word, ok := words[kind]; ok {
		return word
	}
	return kind
}

// ListReportTickets lists the tickets behind a figure.
func (h reportRoutes) ListReportTickets(ctx context.Context, r api.ListReportTicketsRequestObject) (api.ListReportTicketsResponseObject, error) {
	p := r.Params
	q, err := reportQuery(p.From, p.To, p.Office, p.Area, p.Channel, p.Type)
	if err != nil {
		return nil, parameters(err)
	}
	from, err := decodeCursor[report.Position](p.Cursor)
	if err != nil {
		return nil, err
	}
	limit := 50
	if p.Limit != nil {
		limit = *p.Limit
	}
	scope, figure := requestOf(ctx).scope.Sight(), report.Kind(p.Figure)
	page, next, err := h.reports.Tickets(ctx, h.db, scope, figure, q, from, limit)
	if err != nil {
		return nil, parameters(err)
	}
	list := api.ReportTicketList{Items: make([]api.ReportTicket, len(page))}
	if from == nil {
		hidden, err := h.reports.Hidden(ctx, h.db, scope, figure, q)
		if err != nil {
			return nil, err
		}
		list.Hidden = optional(hidden)
	}
	for i, t := range page {
		list.Items[i] = api.ReportTicket{
			Number: string(t.Number), Subject: t.Subject, Status: api.TicketStatus(t.Status), At: t.At,
			Office: api.OfficeRef{ID: t.Office.UUID, Name: t.OfficeName}, WorkedSeconds: t.Worked, ElapsedSeconds: t.Elapsed,
		}
	}
	list.Next, err = encodeCursor(next)
	return api.ListReportTickets200JSONResponse(list), err
}

func reportQuery(from, to string, of, area *uuid.UUID, channel, kind *string) (q report.Query, err error) {
	if q.First, err = dayFrom("from", from); err != nil {
		return q, err
	}
	if q.Last, err = dayFrom("to", to); err != nil {
		return q, err
	}
	if of != nil {
		q.Office = id.Office{UUID: *of}
	}
	if area != nil {
		q.Area = id.Area{UUID: *area}
	}
	q.Channel, q.Type = channel, kind
	return q, nil
}

func dayFrom(field, s string) (office.Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return office.Date{}, fault.Invalid(field, "date_format", "days are written 2026-08-14")
	}
	return office.DateOf(t), nil
}

func reportOf(r *report.Report) api.Report {
	answer := api.Report{
		From: r.First.String(), To: r.Last.String(), PreviousFrom: r.PreviousFirst.String(), PreviousTo: r.PreviousLast.String(),
		Complete: r.Complete, Total: figuresOf(r.Total), Previous: figuresOf(r.Previous), Rows: rowsOf(r.Rows), Course: rowsOf(r.Course),
	}
	if !r.AsOf.IsZero() {
		answer.AsOf = &r.AsOf
	}
	return answer
}

func rowsOf(rows []report.Row) []api.ReportRow {
	list := make([]api.ReportRow, len(rows))
	for i, r := range rows {
		list[i] = api.ReportRow{Key: r.Key, Name: r.Name, Figures: figuresOf(r.Figures)}
	}
	return list
}

func figuresOf(f report.Figures) api.ReportFigures {
	return api.ReportFigures{
		Opening: f.Opening, Backlog: f.Backlog, Received: f.Received, Answered: f.Answered, Resolved: f.Resolved, FirstLevel: f.FirstLevel,
		Reopened: f.Reopened, Joined: f.Joined, Parted: f.Parted, Came: f.Came, Went: f.Went, HeldSeconds: f.Held,
		Answer: spreadOf(f.Answer), Settle: spreadOf(f.Settle), Stay: spreadOf(f.Stay),
		Terms: api.ReportTerms{First: api.ReportTerm(f.First), Next: api.ReportTerm(f.Next), Resolve: api.ReportTerm(f.Resolve)},
	}
}

func spreadOf(s report.Spread) api.ReportSpread {
	return api.ReportSpread{
		Count: s.Count, WorkedMedian: int(s.MedianWorked), WorkedP90: int(s.Worked9), ElapsedMedian: int(s.Median), ElapsedP90: int(s.Elapsed9),
	}
}
