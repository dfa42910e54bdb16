package channeltest

import (
	"slices"
	"time"

	"sportello.dev/plugins-sdk/channel"
)

// pollEvery is how often a check looks whether something has happened.
const pollEvery = 5 * time.Millisecond

// checks are all checks, in the order of their groups.
func checks() []check {
	return slices.Concat(
		configChecks(), acceptChecks(), dedupeChecks(), cursorChecks(), sendChecks(), lifecycleChecks(), httpChecks(),
		safetyChecks(),
	)
}

// always is the applicability of checks that hold for every adapter.
func always(*subject) string { return "" }

// noHooks is said of checks that cannot run; that the hooks are missing is a failure of the check that asks for them.
const noHooks = "the suite lacks the hooks"

func claimsIngest(s *subject) string {
	if !s.can(channel.CapabilityIngest) {
		return "does not claim INGEST"
	}
	return ""
}

// ingests is the applicability of checks about what arrives.
func ingests(s *subject) string {
	return given(claimsIngest, func(s *subject) bool {
		return s.suite.Item != nil && s.world.Inject != nil
	}, noHooks)(s)
}

// carries is the applicability of checks with originals of that size.
func carries(size int) func(*subject) string {
	return given(ingests, func(s *subject) bool {
		return s.suite.LargestItem == 0 || s.suite.LargestItem >= size
	}, "carries no originals of that size")
}

// destroys is the applicability of checks about what is removed upstream.
func destroys(s *subject) string {
	if s.world.Present == nil {
		return "destroys nothing upstream"
	}
	return ingests(s)
}

func claimsSend(s *subject) string {
	if !s.can(channel.CapabilitySend) {
		return "does not claim SEND"
	}
	return ""
}

// sends is the applicability of checks about what is sent.
func sends(s *subject) string {
	return given(claimsSend, func(s *subject) bool {
		return s.suite.Transmission != nil && s.world.Effects != nil && s.world.Attempts != nil
	}, noHooks)(s)
}

// answersHTTP is the applicability of checks about web requests.
func answersHTTP(s *subject) string {
	if !s.can(channel.CapabilityHTTP) {
		return "does not claim HTTP"
	}
	return ""
}

// given adds a condition to an applicability.
func given(applies func(*subject) string, holds func(*subject) bool, reason string) func(*subject) string {
	return func(s *subject) string {
		if missing := applies(s); missing != "" {
			return missing
		}
		if !holds(s) {
			return reason
		}
		return ""
	}
}
