package sample

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"sort"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/ticket"
)

// stories are the lives of n tickets. Story i is the same each time it is asked for, so that every table is written
// from it alone and nothing is kept.
type stories struct {
	n        int
	seed     uint64
	now      time.Time
	town     *largeTown
	texts    *texts
	people   int
	calendar calendar
	zone     *time.Location
	// firstOf says which story opens a year.
	firstOf map[int]int
}

func newStories(town *largeTown, span Span) *stories {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		zone = time.UTC
	}
	n, seed, now := span.Tickets, span.Seed, span.Now.In(zone).Truncate(time.Second)
	s := &stories{
		n: n, seed: seed, now: now, town: town, texts: newTexts(seed, now), zone: zone, firstOf: map[int]int{},
		// Most of a town of 200,000 never writes.
		people: min(max(n/6, 50), 120_000), calendar: newCalendar(now, span.Years),
	}
	for i := n - 1; i >= 0; i-- {
		s.firstOf[s.opened(i).Year()] = i
	}
	return s
}

// opened is when ticket i was opened; it never goes back as i rises.
func (s *stories) opened(i int) time.Time { return s.calendar.at(float64(i) / float64(s.n)) }

func (s *stories) numberOf(i, year int) ticket.Number {
	return ticket.FormatNumber(year, int64(i-s.firstOf[year]+1))
}

// number lets the next ticket of each year follow the last one written.
func (s *stories) number(ctx context.Context, tx pgx.Tx) error {
	years := make([]int, 0, len(s.firstOf))
	for y := range s.firstOf {
		years = append(years, y)
	}
	sort.Ints(years)
	for k, y := range years {
		end := s.n
		if k+1 < len(years) {
			end = s.firstOf[years[k+1]]
		}
		if err := setNumber(ctx, tx, y, int64(end-s.firstOf[y])); err != nil {
			return err
		}
	}
	return nil
}

// calendar spreads tickets over days: towns are written to from Monday to Friday, much less on Sundays and in August.
type calendar struct {
	first time.Time
	now   time.Time
	days  []time.Time
	// upTo is the share of all tickets opened before the end of each day.
	upTo []float64
}

func newCalendar(now time.Time, years int) calendar {
	first := time.Date(now.Year()-years, now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	c := calendar{first: first, now: now}
	total := 0.0
	for day := first; day.Before(now); day = day.AddDate(0, 0, 1) {
		weight := 10.0
		switch day.Weekday() {
		case time.Saturday:
			weight = 3
		case time.Sunday:
			weight = 1.5
		case time.Monday:
			weight = 13
		}
		if day.Month() == time.August {
			weight /= 2
		}
		total += weight
		c.days = append(c.days, day)
		c.upTo = append(c.upTo, total)
	}
	for i := range c.upTo {
		c.upTo[i] /= total
	}
	return c
}

// at turns a share of all tickets into a time, between six in the morning and eleven at night.
func (c *calendar) at(share float64) time.Time {
	day := min(sort.SearchFloat64s(c.upTo, share), len(c.upTo)-1)
	before := 0.0
	if day > 0 {
		before = c.upTo[day-1]
	}
	begin := c.days[day].Add(6 * time.Hour)
	open := 17 * time.Hour
	if begin.Add(open).After(c.now) {
		// Today is not over, perhaps not even begun.
		begin = c.days[day]
		open = c.now.Sub(begin)
	}
	within := (share - before) / (c.upTo[day] - before)
	return begin.Add(time.Duration(float64(open) * within)).Truncate(time.Millisecond)
}

// seededID is a UUID of version 7 of that time; what else is in it comes from the generator.
func seededID(at time.Time, rng *rand.Rand) uuid.UUID {
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:8], uint64(at.UnixMilli())<<16|rng.Uint64()&0xffff)
	binary.BigEndian.PutUint64(u[8:], rng.Uint64())
	u[6] = u[6]&0x0f | 0x70
	u[8] = u[8]&0x3f | 0x80
	return u
}
