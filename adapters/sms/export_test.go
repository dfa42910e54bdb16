package sms

import "time"

// Hurried returns the adapter with pauses short enough for tests.
func Hurried(now func() time.Time) *Adapter {
	a := New(now)
	a.pace = pace{
		dial: 5 * time.Second, answer: 5 * time.Second, submit: 5 * time.Second, enquire: 50 * time.Millisecond,
		firstBackoff: time.Millisecond, lastBackoff: 5 * time.Millisecond, refusedBackoff: 50 * time.Millisecond,
		bound: 5 * time.Second, barrier: 10 * time.Millisecond, repeated: 20 * time.Second, parts: 30 * time.Minute,
		throttled: time.Millisecond,
	}
	return a
}

// WithPartsWait lets the rest of a long message be waited for so long.
func (a *Adapter) WithPartsWait(d time.Duration) *Adapter {
	a.pace.parts = d
	return a
}

// WithSubmitWait lets the answer to a message be waited for so long.
func (a *Adapter) WithSubmitWait(d time.Duration) *Adapter {
	a.pace.submit = d
	return a
}

// WithAnswerWait lets a bind or a sign of life be waited for so long.
func (a *Adapter) WithAnswerWait(d time.Duration) *Adapter {
	a.pace.answer, a.pace.bound = d, 10*d
	return a
}
