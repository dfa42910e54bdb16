//go:build bench

package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/config"
	"sportello.dev/hub/internal/postgres/pgtest"
	"sportello.dev/hub/internal/sample"
)

var (
	tickets  = flag.Int("tickets", 100_000, "how many tickets the desk has; 1000000 is what the promise is about")
	seeded   = flag.String("seeded", "", "address of a database that `sportello seed` has filled and no hub has served yet, instead of filling one")
	deskWork = flag.Duration("desk-for", 20*time.Second, "how long the operators turn pages")
)

const (
	operators = 50
	// pause is what an operator who turns pages as fast as possible takes to look at one.
	pause = 200 * time.Millisecond
	// turned is how many requests one client makes of each list.
	turned = 1000
)

// desk is a hub over a town's past, with people signed in.
type desk struct {
	base string
	app  *app.App
}

// newDesk serves a town whose requests came over so many years.
func newDesk(t *testing.T, years int) *desk {
	t.Helper()
	address := *seeded
	if address == "" {
		address = pgtest.DurableURL(t)
	}
	cfg, err := config.Load(config.Sources{Overrides: map[string]any{
		"data_dir": t.TempDir(), "database.url": address, "adapters.dir": t.TempDir(), "public.addr": "127.0.0.1:0", "internal.addr": "127.0.0.1:0",
	}})
	require.NoError(t, err)
	quiet := slog.New(slog.DiscardHandler)
	db, err := app.OpenDatabase(t.Context(), cfg, quiet)
	require.NoError(t, err)
	if *seeded == "" {
		fillDesk(t, cfg, db, years)
	}
	made, err := app.New(t.Context(), cfg, db, quiet)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- made.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	return &desk{base: "http://" + made.InternalAddr(), app: made}
}

func fillDesk(t *testing.T, cfg config.Config, db *app.Database, years int) {
	t.Helper()
	d, err := app.OpenDomain(t.Context(), cfg, db)
	require.NoError(t, err)
	defer d.Pool.Close()
	parts := sample.Parts{Pool: d.Pool, Accounts: d.Accounts, Offices: d.Offices, Channels: d.Channels}
	town, err := sample.Raise(t.Context(), parts)
	require.NoError(t, err)
	began := time.Now()
	archive, err := sample.NewArchive(t.Context(), parts, town, sample.Span{Tickets: *tickets, Years: years, Seed: 1, Now: time.Now()}, t.Logf)
	require.NoError(t, err)
	require.NoError(t, archive.Write(t.Context()))
	took := time.Since(began)
	// A desk at work is measured, not one whose import is still being written to the disk.
	settling, err := d.Pool.Acquire(t.Context())
	require.NoError(t, err)
	defer settling.Release()
	for _, settle := range []string{"SET statement_timeout = 0", "VACUUM (ANALYZE)", "CHECKPOINT", "RESET statement_timeout"} {
		_, err = settling.Exec(t.Context(), settle)
		require.NoError(t, err)
	}
	report(t, "Desk", figure{
		what: fmt.Sprintf("seeding %d tickets with %d messages", *tickets, sample.MessagesPerTicket**tickets),
		is:   took.Round(time.Second).String(), bound: "one COPY after the other, then indexes",
	})
}

// client is an operator's browser.
type client struct {
	base string
	http *http.Client
}

func (d *desk) signIn(t *testing.T, login string) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	c := &client{base: d.base, http: &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 2}}}
	body, err := json.Marshal(map[string]string{"login": login, "password": sample.Logins()[0].Password})
	require.NoError(t, err)
	r, err := c.http.Post(c.base+"/api/v1/session", "application/json", bytes.NewReader(body))
	require.NoError(t, err)
	defer r.Body.Close()
	require.Less(t, r.StatusCode, 300, login)
	return c
}

// get asks once and says how long the whole answer took, and how the list goes on.
func (c *client) get(path string) (took time.Duration, body []byte, err error) {
	began := time.Now()
	r, err := c.http.Get(c.base + "/api/v1" + path)
	if err != nil {
		return 0, nil, err
	}
	defer r.Body.Close()
	body, err = io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %d %s", path, r.StatusCode, body)
	}
	return time.Since(began), body, err
}

// pages turns pages of a list, from the beginning again after the last one.
type pages struct{ list, cursor string }

func (p *pages) turn(c *client) (time.Duration, error) {
	path := "/tickets?limit=50&" + p.list
	if p.cursor != "" {
		path += "&cursor=" + url.QueryEscape(p.cursor)
	}
	took, body, err := c.get(path)
	var page struct {
		Next string `json:"next"`
	}
	if err == nil {
		err = json.Unmarshal(body, &page)
	}
	p.cursor = page.Next
	return took, err
}

var queues = []string{"queue=mine", "queue=office", "queue=unassigned", "queue=all", "queue=closed", "queue=office&order=newest", "queue=all&order=waiting",
	"queue=mine&order=due", "queue=office&order=due", "queue=unassigned&order=due", "queue=all&order=due"}

func quantiles(all []time.Duration) (p50, p99 time.Duration) {
	slices.Sort(all)
	return all[len(all)/2], all[len(all)*99/100]
}

func spoken(all []time.Duration) string {
	p50, p99 := quantiles(all)
	return fmt.Sprintf("p50 %.1f ms, p99 %.1f ms", ms(p50), ms(p99))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func TestBenchDesk(t *testing.T) {
	d := newDesk(t, 5)
	lists := everyList(d.marked(t))
	admin := d.signIn(t, "admin")
	d.counted(t, admin)
	one := d.signIn(t, "urp1")
	least := d.leastPage(t)
	for _, list := range queues {
		p := &pages{list: list}
		report(t, "Desk", figure{what: "list, one client: " + list, is: spoken(sampled(t, turned, func() (time.Duration, error) { return p.turn(one) })),
			limit: least, bound: "decorating 50 rows, JSON"})
	}
	for _, path := range []string{"/tickets/counts", "/quarantine", "/deliveries?state=failed"} {
		report(t, "Desk", figure{what: path, is: spoken(sampled(t, turned, func() (time.Duration, error) {
			took, _, err := one.get(path)
			return took, err
		})), limit: least})
	}
	d.slowest(t, "first level", one, lists)
	d.slowest(t, "an office", d.signIn(t, "tributi1"), lists)
	d.slowest(t, "an administrator", admin, d.pagesBeside(t))
	report(t, "Desk", figure{what: "opening a ticket, all that the interface asks, one after the other", is: spoken(d.openings(t, one)), limit: least})
	report(t, "Desk", figure{what: fmt.Sprintf("%d operators turn pages, %s on each", operators, pause), is: spoken(d.crowd(t)), limit: least, bound: "two cores"})
}

func sampled(t *testing.T, n int, ask func() (time.Duration, error)) []time.Duration {
	t.Helper()
	all := make([]time.Duration, n)
	for i := range all {
		took, err := ask()
		require.NoError(t, err)
		all[i] = took
	}
	return all
}

// leastPage is the same page as the least SQL that gives it, asked of PostgreSQL directly.
func (d *desk) leastPage(t *testing.T) string {
	t.Helper()
	all := sampled(t, turned, func() (time.Duration, error) {
		began := time.Now()
		rows, err := d.app.Pool.Query(t.Context(), `SELECT * FROM ticket WHERE status NOT IN ('resolved', 'closed') AND merged_into IS NULL
			ORDER BY COALESCE(waiting_since, 'infinity'::timestamptz), id LIMIT 50`)
		if err != nil {
			return 0, err
		}
		for rows.Next() {
			if _, err := rows.Values(); err != nil {
				return 0, err
			}
		}
		return time.Since(began), rows.Err()
	})
	return "SQL alone " + spoken(all)
}

// openings opens tickets that first level sees, each for the first time.
func (d *desk) openings(t *testing.T, c *client) []time.Duration {
	t.Helper()
	numbers := d.numbers(t)
	return sampled(t, len(numbers), func() (time.Duration, error) {
		number := numbers[0]
		numbers = numbers[1:]
		var all time.Duration
		for _, path := range []string{"/tickets/" + number, "/tickets/" + number + "/messages?order=newest", "/tickets/" + number + "/events"} {
			took, _, err := c.get(path)
			if err != nil {
				return 0, err
			}
			all += took
		}
		return all, nil
	})
}

func (d *desk) numbers(t *testing.T) (numbers []string) {
	t.Helper()
	rows, err := d.app.Pool.Query(t.Context(), `SELECT t.number FROM ticket t TABLESAMPLE BERNOULLI (1) REPEATABLE (7) JOIN office o ON o.id = t.office_id
		WHERE NOT o.confidential AND t.merged_into IS NULL LIMIT 200`)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var n string
		require.NoError(t, rows.Scan(&n))
		numbers = append(numbers, n)
	}
	require.NoError(t, rows.Err())
	return numbers
}

// crowd is everybody at once.
func (d *desk) crowd(t *testing.T) (all []time.Duration) {
	t.Helper()
	var clients []*client
	rows, err := d.app.Pool.Query(t.Context(), `SELECT login FROM operator WHERE login ~ '[0-9]$' ORDER BY login LIMIT $1`, operators)
	require.NoError(t, err)
	var logins []string
	for rows.Next() {
		var login string
		require.NoError(t, rows.Scan(&login))
		logins = append(logins, login)
	}
	require.NoError(t, rows.Err())
	for _, login := range logins {
		clients = append(clients, d.signIn(t, login))
	}
	until := time.Now().Add(*deskWork)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i, c := range clients {
		wg.Go(func() {
			p := &pages{list: queues[i%4]}
			rest(t, pause*time.Duration(i)/operators)
			for time.Now().Before(until) {
				took, err := p.turn(c)
				mu.Lock()
				if err != nil {
					t.Error(err)
				}
				all = append(all, took)
				mu.Unlock()
				rest(t, pause)
			}
		})
	}
	wg.Wait()
	return all
}
