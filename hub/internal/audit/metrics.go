package audit

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// measureWait bounds one measurement: what cannot be read soon is told as not readable.
const measureWait = 3 * time.Second

// The metrics of the log, with what a monitor should make of them.
var (
	readable = desc("readable", "1 if the log and its exported head could be read, else 0, and nothing else of it is told.")
	waiting  = desc("unsealed_rows", "Rows that are not sealed yet; more than a second's worth means that sealing has stopped.")
	waitAge  = desc("unsealed_age_seconds", "Age of the oldest row that is not sealed; 0 when none waits.")
	length   = desc("sealed_rows", "Rows in the chain.")
	behind   = desc("head_behind_rows", "Rows that were sealed after the head was last exported.")
	headAge  = desc("head_age_seconds", "Time since the head was last exported; it is exported when rows were sealed.")
	walkAge  = desc("check_age_seconds", "Time since the whole chain was last walked; absent before the first walk.")
	broken   = desc("fault", "1 if the log does not hold or is late: by a look at its end, or by the last walk of all of it.", "by")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("sportello_audit_"+name, help, labels, nil)
}

// Metrics looks at the log each time it is asked.
type Metrics struct{ chain *Chain }

// NewMetrics returns the metrics of a log.
func NewMetrics(chain *Chain) Metrics { return Metrics{chain} }

// Describe names the metrics.
func (m Metrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{readable, waiting, waitAge, length, behind, headAge, walkAge, broken} {
		to <- d
	}
}

// Collect measures.
func (m Metrics) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), measureWait)
	defer cancel()
	s, err := m.chain.Look(ctx)
	if err != nil {
		gauge(readable, 0)
		return
	}
	last, err := LastCheck(ctx, m.chain.db)
	if err != nil {
		gauge(readable, 0)
		return
	}
	now := m.chain.now()
	gauge(readable, 1)
	gauge(waiting, float64(s.Unsealed))
	gauge(length, float64(s.Sealed))
	gauge(behind, float64(max(0, s.Sealed-s.Head.Place)))
	gauge(broken, one(!s.Fault.None()), "look")
	age := 0.0
	if s.Oldest != nil {
		age = now.Sub(*s.Oldest).Seconds()
	}
	gauge(waitAge, age)
	if s.Head.Place > 0 {
		gauge(headAge, now.Sub(s.Head.At).Seconds())
	}
	if last != nil && last.FinishedAt != nil {
		gauge(walkAge, now.Sub(*last.FinishedAt).Seconds())
		gauge(broken, one(!last.Fault.None()), "walk")
	}
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
