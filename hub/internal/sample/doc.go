// Package sample fills an empty database with a fictional town, Valdoria, whose people and letters are those of the
// simulated outside world. Everything is written through the same stores as real work, under a clock that runs
// through the past months.
package sample
