// Package jobs runs the hub's background work on River. Jobs carry ids only and are disposable: the state of the work
// lives in the domain's own tables, and losing or repeating a job changes nothing but the moment of the next try.
package jobs
