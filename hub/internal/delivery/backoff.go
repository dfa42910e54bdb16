package delivery

import "time"

// backoffSteps are the waits after the first failed attempts; the last one repeats until the delivery expires.
var backoffSteps = []time.Duration{
	30 * time.Second, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 40 * time.Minute, 67 * time.Minute,
}

// backoff is the wait after attempt n failed for a passing reason, spread by up to a fifth so that a provider that
// comes back is not hit by all at once. Spread is between 0 and 1.
func backoff(n int, spread float64) time.Duration {
	step := backoffSteps[min(max(n, 1), len(backoffSteps))-1]
	return step + time.Duration(float64(step)*0.2*spread)
}
