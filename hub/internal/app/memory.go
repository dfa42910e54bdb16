package app

import (
	"os"
	"runtime/debug"
)

// garbagePercent lets as much garbage gather, in percent of what is in use, before it is collected. The hub has some
// ten megabytes in use and throws away a hundred times that while mail comes in: with Go's own 100 a third of its
// processor time went into collecting. It costs some forty megabytes of memory.
const garbagePercent = 400

// TuneMemory sets how often garbage is collected, for the whole process; GOGC in the environment has the last word.
func TuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
}
