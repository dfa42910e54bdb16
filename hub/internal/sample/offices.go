package sample

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// hall is one of the sample town's offices.
type hall struct {
	slug, name, area, hours string
	// staff are the people who work there beside those who have logins in the demo; they have the demo's password.
	staff        []string
	confidential bool
	// hurry is how much of its time it takes: 100 is the town's pace, less is quicker.
	hurry int
}

// halls are twelve, in the five macro-areas.
var halls = []hall{
	{slug: "urp", name: "URP", area: "Imprese, cultura e comunità", hours: "lun–ven 8.30–12.30, gio anche 14.30–17.30", hurry: 60},
	{slug: "anagrafe", name: "Anagrafe e stato civile", area: "Persona e famiglia", hours: "lun–ven 8.30–12.00", hurry: 80},
	{slug: "scuola", name: "Servizi scolastici", area: "Persona e famiglia", staff: []string{"Ilaria Costa", "Nadia Ferrara"}, hurry: 110},
	{slug: "sociale", name: "Servizi sociali", area: "Persona e famiglia", staff: []string{"Teresa Gallo", "Pietro Amato"}, confidential: true, hurry: 130},
	{slug: "edilizia", name: "Sportello unico edilizia", area: "Casa, territorio e ambiente", staff: []string{"Riccardo Serra", "Monica Vitale"}, hurry: 190},
	{slug: "ambiente", name: "Ambiente e rifiuti", area: "Casa, territorio e ambiente", staff: []string{"Giorgia Leone"}, hurry: 120},
	{slug: "lavori", name: "Lavori pubblici e manutenzioni", area: "Mobilità, sicurezza e spazio pubblico", staff: []string{"Fabio Rinaldi", "Enrico Sala"}, hurry: 170},
	{slug: "polizia", name: "Polizia locale", area: "Mobilità, sicurezza e spazio pubblico", staff: []string{"Cristina Monti", "Salvatore Grasso"}, hurry: 100},
	{slug: "tributi", name: "Tributi", area: "Tributi e pagamenti", staff: []string{"Paola Messina", "Daniele Riva", "Rosa Neri"}, hurry: 130},
	{slug: "suap", name: "Sportello imprese (SUAP)", area: "Imprese, cultura e comunità", staff: []string{"Simone Testa"}, hurry: 140},
	{slug: "cultura", name: "Cultura, sport ed eventi", area: "Imprese, cultura e comunità", staff: []string{"Alice Donati"}, hurry: 90},
	{slug: "biblioteca", name: "Biblioteca civica", area: "Imprese, cultura e comunità", staff: []string{"Lucia Piras"}, hurry: 50},
}

func (h *hall) signature() string {
	lines := []string{h.name, "Comune di Valdoria, Piazza del Municipio 1 – tel. 0171 555 000"}
	switch h.slug {
	case "urp":
		lines = []string{"URP – Ufficio relazioni con il pubblico", "Piazza del Municipio 1, Valdoria – tel. 0171 555 000"}
	case "anagrafe":
		lines = []string{h.name, "Piazza del Municipio 1, Valdoria – tel. 0171 555 010"}
	}
	if h.hours != "" {
		lines = append(lines, h.hours)
	}
	return strings.Join(lines, "\n")
}

// build makes the offices; what comes for a small one that cannot take it goes to the URP.
func (t *Town) build(ctx context.Context, p Parts) error {
	areas, err := p.Offices.Areas(ctx, p.Pool)
	if err != nil {
		return err
	}
	of := map[string]id.Area{}
	for _, a := range areas.List {
		of[a.Name] = a.ID
	}
	for _, h := range halls {
		o := office.Office{Slug: h.slug, Name: h.name, Signature: h.signature(), Area: of[h.area], Confidential: h.confidential}
		if len(h.staff) > 0 {
			o.Fallback = t.Offices["urp"]
		}
		if t.Offices[h.slug], err = p.Offices.Add(ctx, p.Pool, o); err != nil {
			return err
		}
	}
	return nil
}

// staff hires those who have no login in the demo's list: `tributi1`, `tributi2` and so on, with anna's password.
func (t *Town) staff(ctx context.Context, p Parts) error {
	return postgres.InTx(ctx, p.Pool, func(tx pgx.Tx) error {
		for _, h := range halls {
			for n, name := range h.staff {
				const hire = `
					WITH o AS (
					    INSERT INTO operator (id, login, name, role, password_hash, language)
					    SELECT $1, $2, $3, $4, password_hash, 'it' FROM operator WHERE login = 'anna' RETURNING id)
					INSERT INTO office_member (office_id, operator_id) SELECT $5, id FROM o`
				_, err := tx.Exec(ctx, hire, id.New[id.Operator](), fmt.Sprintf("%s%d", h.slug, n+1), name, account.BackOffice, t.Offices[h.slug])
				if err != nil {
					return fmt.Errorf("adding an operator: %w", err)
				}
			}
		}
		return nil
	})
}

// open sets when the town works, and by when it answers.
func (t *Town) open(ctx context.Context, p Parts) error {
	week := func(from, to string, days ...string) (list []office.Hours) {
		for _, d := range days {
			list = append(list, office.Hours{Day: d, From: from, To: to})
		}
		return list
	}
	all := []string{"monday", "tuesday", "wednesday", "thursday", "friday"}
	err := p.Offices.PutTownCalendar(ctx, p.Pool, office.TownCalendar{
		Hours: append(week("08:30", "13:00", all...), week("14:30", "17:30", "tuesday", "thursday")...), Holidays: true, Patron: "09-08",
	})
	if err != nil {
		return err
	}
	for slug, hours := range map[string][]office.Hours{
		"scuola":     append(week("08:00", "12:30", all...), week("15:00", "17:00", "monday", "wednesday")...),
		"polizia":    append(week("07:30", "13:30", all...), append(week("14:00", "19:30", all...), week("08:00", "13:00", "saturday")...)...),
		"biblioteca": append(week("14:00", "19:00", all...), week("09:00", "12:30", "tuesday", "saturday")...),
	} {
		if err := p.Offices.PutOfficeCalendar(ctx, p.Pool, office.OwnCalendar{Office: t.Offices[slug], Hours: hours}); err != nil {
			return err
		}
	}
	worked := func(n int, unit office.TermUnit) *office.Term {
		return &office.Term{Amount: n, Unit: unit, Worked: true}
	}
	days := func(n int) *office.Term { return &office.Term{Amount: n, Unit: office.InDays} }
	return p.Offices.PutTerms(ctx, p.Pool, []office.TermPolicy{
		{First: worked(1, office.InDays), Next: worked(2, office.InDays), Resolve: days(30), WarnPercent: 75},
		{TermKey: office.TermKey{Priority: int(ticket.PriorityUrgent)}, First: worked(2, office.InHours), Next: worked(4, office.InHours), Resolve: worked(3, office.InDays), WarnPercent: 75},
		{TermKey: office.TermKey{Type: "report"}, First: worked(1, office.InDays), Next: worked(2, office.InDays), Resolve: worked(10, office.InDays), WarnPercent: 75},
		{TermKey: office.TermKey{Type: "information"}, First: worked(1, office.InDays), Next: worked(1, office.InDays), Resolve: worked(5, office.InDays), WarnPercent: 75},
		{TermKey: office.TermKey{Office: t.Offices["edilizia"]}, First: worked(3, office.InDays), Next: worked(5, office.InDays), Resolve: days(60), WarnPercent: 75},
		{TermKey: office.TermKey{Office: t.Offices["sociale"]}, First: worked(2, office.InDays), Next: worked(2, office.InDays), Resolve: days(30), WarnPercent: 75},
	})
}
