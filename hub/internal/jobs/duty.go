package jobs

import (
	"context"
	"fmt"

	"github.com/riverqueue/river"
)

// dutyArgs does one of the recurring duties.
type dutyArgs struct {
	Name string `json:"name" river:"unique"`
}

// Kind names the job for ever.
func (dutyArgs) Kind() string { return "duty.do" }

// InsertOpts keeps one job of a duty waiting or running at a time.
func (dutyArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{
		Queue: queueMaintenance, MaxAttempts: 3,
		UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: wakeStates},
	}
}

type dutyWorker struct {
	river.WorkerDefaults[dutyArgs]
	duties map[string]Duty
}

func newDutyWorker(duties []Duty) *dutyWorker {
	w := &dutyWorker{duties: map[string]Duty{}}
	for _, d := range duties {
		w.duties[d.Name] = d
	}
	return w
}

// Work does the duty; one that this release no longer knows is dropped.
func (w *dutyWorker) Work(ctx context.Context, job *river.Job[dutyArgs]) error {
	d, ok := w.duties[job.Args.Name]
	if !ok {
		return river.JobCancel(fmt.Errorf("no duty is named %q", job.Args.Name))
	}
	if err := d.Do(ctx); err != nil {
		return fmt.Errorf("duty %s: %w", d.Name, err)
	}
	return nil
}

func periodic(duties []Duty) []*river.PeriodicJob {
	jobs := make([]*river.PeriodicJob, len(duties))
	for i, d := range duties {
		jobs[i] = river.NewPeriodicJob(river.PeriodicInterval(d.Every),
			func() (river.JobArgs, *river.InsertOpts) { return dutyArgs{Name: d.Name}, nil },
			&river.PeriodicJobOpts{RunOnStart: true})
	}
	return jobs
}
