//go:build bench

package bench

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sportello.dev/hub/internal/app"
)

// sustained is how long a rate is measured.
var sustained = flag.Duration("for", time.Minute, "how long each rate is measured")

// figure is a line of the report.
type figure struct {
	what, is string
	// limit is what the machine does at most, measured beside it, and ratio what part of that is reached; empty where
	// there is nothing to compare.
	limit, ratio string
	// cpu is the processor time of one, of the server and of all else, ours and the limit's.
	cpu string
	// bound names what keeps the figure from being better.
	bound string
	load  string
}

// section is a table of the report, with the lines of a Bench test.
type section struct {
	title   string
	figures []figure
}

// sections are collected in the order of the tests, which run one after the other.
var sections []*section

// report adds a line to the section with this title, and the machine's load as it is.
func report(t *testing.T, title string, f figure) {
	t.Helper()
	f.load = load()
	t.Logf("%s: %s (limit %s, ratio %s, load %s, CPU %s)", f.what, f.is, f.limit, f.ratio, f.load, f.cpu)
	for _, s := range sections {
		if s.title == title {
			s.figures = append(s.figures, f)
			return
		}
	}
	sections = append(sections, &section{title: title, figures: []figure{f}})
}

// load is how many processes wanted a core in the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "?"
	}
	one, _, _ := strings.Cut(string(text), " ")
	return one
}

// rest lets time pass, as people and idle programs do, unless the test ends.
func rest(t *testing.T, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}

func perSecond(rate float64) string { return fmt.Sprintf("%.0f/s", rate) }

func TestMain(m *testing.M) {
	flag.Parse()
	app.TuneMemory()
	code := m.Run()
	if dir := os.Getenv("REPORTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "bench.md"), []byte(page()), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// page is the report as Markdown.
func page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Benchmark\n\nRates over %s each. The ratio compares with the machine's own limit, measured right before and "+
		"after; the load is that of the last minute. CPU is the time that all processes spent on one: it does not "+
		"depend on what else the machine does.\n", *sustained)
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n\n| what | figure | the machine's limit | ratio | CPU of one (of the limit) | load | bound by |\n|---|---|---|---|---|---|---|\n", s.title)
		for _, f := range s.figures {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", f.what, f.is, f.limit, f.ratio, f.cpu, f.load, f.bound)
		}
	}
	return b.String()
}
