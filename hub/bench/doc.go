// Package bench measures the hub beside what the machine can do at most, in the same run. Each Bench test adds its
// figures to one report; deploy/scripts/bench runs them all and shows it.
package bench
