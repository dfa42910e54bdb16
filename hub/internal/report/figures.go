package report

import (
	"encoding/binary"
	"slices"

	"sportello.dev/hub/internal/id"
)

// Figures are those of a period, of all that was asked for or of a part of it.
type Figures struct {
	// Opening is how many were held when the period began, Backlog when it ended. Backlog is Opening + Received + Reopened +
	// Parted + Came - Resolved - Joined - Went.
	Opening, Backlog int
	Received         int
	// Answered counts requests that an operator first wrote back on in the period.
	Answered int
	// Resolved counts each time that a request was settled; FirstLevel those that had never left the first level.
	Resolved, FirstLevel int
	Reopened             int
	// Joined went on as part of another ticket, Parted came back from one.
	Joined, Parted int
	// Came and Went are transfers from and to other offices.
	Came, Went int
	// Answer is how long first answers took, Settle how long it took from arrival, or from being opened again, until the end.
	Answer, Settle Spread
	// Held is the working time in which offices held requests within the period, in seconds; Stay is that of the stays
	// that ended in it, which have no time on the clock.
	Held int64
	Stay Spread
	// First, Next and Resolve are the terms of first answers, further answers and ends that were met or missed in the period.
	First, Next, Resolve Kept
}

// Kept counts terms that were met, and those of which it was put on record that they were missed. What still runs, had no
// term, or ended without an answer is neither.
type Kept struct{ Met, Missed int }

func (k *Kept) add(more Kept) {
	k.Met += more.Met
	k.Missed += more.Missed
}

// Spread says how long something took, in whole seconds: the median, and the time within which nine of ten were done. Of
// nothing it is zero.
type Spread struct {
	Count                 int
	MedianWorked, Worked9 int32
	Median, Elapsed9      int32
}

// cell is the marks of a day with office, channel and type in common.
type cell struct {
	slot

	received, answered, resolved, firstLevel, reopened, joined, parted, came, went int

	first, next, resolve Kept

	rest                                               int64
	answerWorked, answerElapsed, settleWorked, settled times
	stayed                                             times
}

// times are seconds as the cells keep them: four bytes each, the high one first.
type times []byte

// onto adds the times to values.
func (t times) onto(values []int32) []int32 {
	values = slices.Grow(values, len(t)/4)
	for ; len(t) >= 4; t = t[4:] {
		values = append(values, int32(binary.BigEndian.Uint32(t)))
	}
	return values
}

// slot is what cells are told apart by, beside the day.
type slot struct {
	office           id.Office
	channel, request string
}

// tally sums up cells day by day.
type tally struct {
	Figures

	// holding is how many each office holds.
	holding                                                    map[id.Office]int
	answerWorked, answerElapsed, settleWorked, settled, stayed []int32
}

func newTally() *tally { return &tally{holding: map[id.Office]int{}} }

// next begins with what this one holds at its end.
func (t *tally) next() *tally {
	n := newTally()
	for o, held := range t.holding {
		n.open(o, held)
	}
	return n
}

func (t *tally) open(o id.Office, held int) {
	t.holding[o] += held
	t.Opening += held
}

// work adds the working time of what is held, or takes it away.
func (t *tally) work(times int64, worked func(id.Office) int64) {
	for o, held := range t.holding {
		if held != 0 {
			t.Held += times * int64(held) * worked(o)
		}
	}
}

func (t *tally) add(c *cell) {
	t.Received += c.received
	t.Answered += c.answered
	t.Resolved += c.resolved
	t.FirstLevel += c.firstLevel
	t.Reopened += c.reopened
	t.Joined += c.joined
	t.Parted += c.parted
	t.Came += c.came
	t.Went += c.went
	t.First.add(c.first)
	t.Next.add(c.next)
	t.Resolve.add(c.resolve)
	t.Held += c.rest
	t.holding[c.office] += c.received + c.reopened + c.parted + c.came - c.resolved - c.joined - c.went
	t.answerWorked = c.answerWorked.onto(t.answerWorked)
	t.answerElapsed = c.answerElapsed.onto(t.answerElapsed)
	t.settleWorked = c.settleWorked.onto(t.settleWorked)
	t.settled = c.settled.onto(t.settled)
	t.stayed = c.stayed.onto(t.stayed)
}

// figures ends the tally.
func (t *tally) figures() Figures {
	f := t.Figures
	for _, held := range t.holding {
		f.Backlog += held
	}
	f.Answer = spread(t.answerWorked, t.answerElapsed)
	f.Settle = spread(t.settleWorked, t.settled)
	f.Stay = spread(t.stayed, nil)
	return f
}

func spread(worked, elapsed []int32) Spread {
	s := Spread{Count: len(worked)}
	s.MedianWorked, s.Worked9 = quantile(worked, 5), quantile(worked, 9)
	s.Median, s.Elapsed9 = quantile(elapsed, 5), quantile(elapsed, 9)
	return s
}

// quantile is the smallest value that so many tenths of all do not exceed; 0 of none. It changes the order of values.
func quantile(values []int32, tenths int) int32 {
	if len(values) == 0 {
		return 0
	}
	k := (len(values)*tenths + 9) / 10
	return nth(values, k-1)
}

// nth is what would stand at place k of the sorted values. Sorting a million of them for each figure of a year would
// take as long as all the rest.
func nth(values []int32, k int) int32 {
	for len(values) > 64 {
		// The pivot is the middle one of three, so that sorted values are no bad case.
		three := [3]int32{values[0], values[len(values)/2], values[len(values)-1]}
		slices.Sort(three[:])
		below, above := part(values, three[1])
		switch {
		case k < below:
			values = values[:below]
		case k < above:
			return three[1]
		default:
			values, k = values[above:], k-above
		}
	}
	slices.Sort(values)
	return values[k]
}

// part puts what is less than the pivot first and what is more last, and says where the middle begins and ends.
func part(values []int32, pivot int32) (below, above int) {
	above = len(values)
	for i := 0; i < above; {
		switch v := values[i]; {
		case v < pivot:
			values[i], values[below] = values[below], v
			below++
			i++
		case v > pivot:
			above--
			values[i], values[above] = values[above], v
		default:
			i++
		}
	}
	return below, above
}
