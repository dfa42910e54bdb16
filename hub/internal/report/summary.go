package report

import (
	"maps"
	"slices"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
)

// summary sums up cells in three ways at once: all of them, by parts, and step by step.
type summary struct {
	by, step Part
	total    *tally
	parts    map[string]*tally
	steps    []*tally
	// begins are the first days of the steps.
	begins []office.Date
	places *places
}

func newSummary(by, step Part, p *places) *summary {
	return &summary{by: by, step: step, total: newTally(), parts: map[string]*tally{}, places: p}
}

func (s *summary) part(of slot) *tally {
	var key string
	switch s.by {
	case ByOffice:
		key = of.office.String()
	case ByArea:
		key = s.places.area[of.office]
	case ByChannel:
		key = of.channel
	case ByType:
		key = of.request
	default:
		return nil
	}
	t := s.parts[key]
	if t == nil {
		t = newTally()
		s.parts[key] = t
	}
	return t
}

func (s *summary) open(of slot, held int) {
	if held == 0 {
		return
	}
	s.total.open(of.office, held)
	if t := s.part(of); t != nil {
		t.open(of.office, held)
	}
}

// dawn begins a day: until something changes, all of it is worked on what is held.
func (s *summary) dawn(d office.Date, w *workdays) {
	if s.step != "" && (len(s.steps) == 0 || stepOf(s.step, d) == d) {
		last := s.total
		if n := len(s.steps); n > 0 {
			last = s.steps[n-1]
		}
		s.steps, s.begins = append(s.steps, last.next()), append(s.begins, d)
	}
	s.each(1, w.whole(d))
}

// dusk ends a day: what of it is still to come has not been worked.
func (s *summary) dusk(d office.Date, w *workdays) {
	if ahead := w.ahead(d); ahead != nil {
		s.each(-1, ahead)
	}
}

func (s *summary) each(times int64, worked func(id.Office) int64) {
	s.total.work(times, worked)
	for _, t := range s.parts {
		t.work(times, worked)
	}
	if n := len(s.steps); n > 0 {
		s.steps[n-1].work(times, worked)
	}
}

func (s *summary) add(c *cell) {
	s.total.add(c)
	if t := s.part(c.slot); t != nil {
		t.add(c)
	}
	if n := len(s.steps); n > 0 {
		s.steps[n-1].add(c)
	}
}

func (s *summary) rows() []Row {
	rows := []Row{}
	for _, key := range slices.Sorted(maps.Keys(s.parts)) {
		rows = append(rows, Row{Key: key, Name: s.places.name[key], Figures: s.parts[key].figures()})
	}
	return rows
}

func (s *summary) course() []Row {
	rows := []Row{}
	for i, t := range s.steps {
		rows = append(rows, Row{Key: s.begins[i].String(), Figures: t.figures()})
	}
	return rows
}
