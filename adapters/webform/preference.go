package webform

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"sportello.dev/plugins-sdk/channel"
)

// The fields and buttons by which a citizen says where the answers to a request should go.
const (
	fieldReach  = "recapito"
	fieldProof  = "prova"
	fieldAsked  = "chiesto"
	actReach    = "recapito"
	actConfirm  = "conferma"
	actNoLonger = "togli"
	// askedFor is what a sealed field with a code's request is for.
	askedFor = "recapito"
)

// maxReach is the longest address, in bytes.
const maxReach = 254

// preferenceView is the part of the tracking page about where answers go.
type preferenceView struct {
	Answers channel.AnswerAddress
	Typed   string
	// Seal holds the request of the code that was sent to To.
	Seal string
	To   string
	// Wrong: another code was sent; Left says how often it may still be typed.
	Wrong bool
	Left  int
	// Stale: the code is over. Invalid, Unreachable, Blocked: none was sent, and why; Wait: not before that.
	Stale, Invalid, Unreachable, Blocked bool
	Wait                                 string
	// Away: the hub did not answer. Done, Dropped: what was asked for is so now.
	Away, Done, Dropped bool
}

// preference does what a button of that part asks for.
func (f *follow) preference(r *http.Request, e *entry) int {
	ctx, cancel := context.WithTimeout(r.Context(), submitPatience)
	defer cancel()
	switch e.typed.Get(fieldAction) {
	case actReach:
		return f.askWhere(ctx, clip(tidy(e.typed.Get(fieldReach), false), maxReach))
	case actConfirm:
		return f.confirmWhere(ctx, r, e)
	}
	accepted, err := f.host.DropPreference(ctx, f.key)
	if err != nil || !accepted {
		return f.nowhere(err)
	}
	f.where.Dropped = true
	return f.open(r, f.key.Number, f.key.Secret)
}

// nowhere says that the hub did nothing.
func (f *follow) nowhere(err error) int {
	f.log.Warn("a preference could not be handed in", "error", err)
	f.where.Away = true
	return http.StatusServiceUnavailable
}

// askWhere has a code sent to what was typed.
func (f *follow) askWhere(ctx context.Context, typed string) int {
	f.where.Typed = typed
	asked, err := f.host.AskPreference(ctx, f.key, typed, f.language)
	switch {
	case err != nil || asked.Outcome == channel.AskRefused:
		return f.nowhere(err)
	case asked.Outcome == channel.AskSent:
		d := newDraft(askedFor, f.now())
		d.Request, d.To = asked.Request, asked.Address.Masked
		f.where.Seal, f.where.To = f.seal.close(d), d.To
		return http.StatusOK
	case asked.Outcome == channel.AskTooMany:
		f.where.Wait = waiting(asked.RetryAfter).in(f.language)
		return http.StatusTooManyRequests
	}
	f.where.Invalid = asked.Outcome == channel.AskInvalid
	f.where.Blocked = asked.Outcome == channel.AskBlocked
	f.where.Unreachable = !f.where.Invalid && !f.where.Blocked
	return http.StatusUnprocessableEntity
}

// confirmWhere hands in the code that was typed. What was asked for travels sealed: the page says to whom the code went.
func (f *follow) confirmWhere(ctx context.Context, r *http.Request, e *entry) int {
	sealed := e.typed.Get(fieldAsked)
	d, err := f.seal.open(sealed, askedFor, f.now())
	if err != nil {
		f.where.Stale = true
		return http.StatusUnprocessableEntity
	}
	done, err := f.host.ConfirmPreference(ctx, f.key, d.Request, clip(tidy(e.typed.Get(fieldProof), false), 100))
	switch {
	case err != nil || done.Outcome == channel.ConfirmRefused:
		f.where.Seal, f.where.To = sealed, d.To
		return f.nowhere(err)
	case done.Outcome == channel.ConfirmWrong && done.TriesLeft > 0:
		f.where.Seal, f.where.To, f.where.Wrong, f.where.Left = sealed, d.To, true, done.TriesLeft
		return http.StatusUnprocessableEntity
	case done.Outcome != channel.ConfirmDone:
		f.where.Stale = true
		return http.StatusUnprocessableEntity
	}
	f.where.Done = true
	return f.open(r, f.key.Number, f.key.Secret)
}

// waiting is a time to wait, rounded up.
func waiting(d time.Duration) Words {
	if minutes := int(d/time.Minute) + 1; minutes <= 90 {
		return counted(minutes, Words{"minuto", "minute"}, Words{"minuti", "minutes"})
	}
	return counted(int(d/time.Hour)+1, Words{"ora", "hour"}, Words{"ore", "hours"})
}

func counted(n int, one, more Words) Words {
	if n == 1 {
		more = one
	}
	return Words{strconv.Itoa(n) + " " + more.IT, strconv.Itoa(n) + " " + more.EN}
}
