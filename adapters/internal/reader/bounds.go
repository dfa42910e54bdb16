package reader

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Bounds are what reading one mail may cost. The adapter watches them and
// kills; the kernel does where the adapter does not.
type Bounds struct {
	CPU    time.Duration
	Memory int64 // resident bytes of the reader
}

// DefaultBounds are generous: an ordinary mail costs under a millisecond and
// one of 60 MB half a second; both take some 30 MB.
func DefaultBounds() Bounds { return Bounds{CPU: 5 * time.Second, Memory: 256 << 20} }

// The limits that a mime.LimitError of Pool.Read can carry beside those of Parse.
const (
	LimitCPU    = "cpu_seconds"
	LimitMemory = "memory_bytes"
	LimitWait   = "wait_seconds"
)

const (
	// readerFiles is how many descriptors a reader may have open: its pipes,
	// those of the Go runtime, and a file of certificates.
	readerFiles = 32
	// dataSlack is what the Go runtime reserves ahead of use: memory comes in
	// pieces of 64 MiB, threads have stacks.
	dataSlack = 128 << 20
	// maxStack is a hundred times what the deepest mail within the limits takes.
	maxStack = 32 << 20
)

// confine takes from a reader, for good, what reading mail does not need.
func confine() error {
	runtime.GOMAXPROCS(min(2, runtime.GOMAXPROCS(0)))
	debug.SetMaxStack(maxStack)
	for resource, most := range map[int]uint64{unix.RLIMIT_CORE: 0, unix.RLIMIT_FSIZE: 0, unix.RLIMIT_NOFILE: readerFiles} {
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: most, Max: most}); err != nil {
			return fmt.Errorf("limiting the reader: %w", err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("limiting the reader: %w", err)
	}
	return nil
}

// enforce has the kernel bound this process for the next mail.
func (b Bounds) enforce() error {
	debug.SetMemoryLimit(b.Memory / 4 * 3)
	used, err := cpuTime(os.Getpid())
	if err != nil {
		return err
	}
	// Whole seconds, so one more than the adapter allows.
	if err := lowerSoft(unix.RLIMIT_CPU, uint64((used+b.CPU)/time.Second)+2); err != nil {
		return err
	}
	data, err := memory("self", fieldData)
	if err != nil {
		return err
	}
	return lowerSoft(unix.RLIMIT_DATA, uint64(data+b.Memory+dataSlack))
}

// lowerSoft changes the limit at which the kernel acts, which may rise again.
func lowerSoft(resource int, to uint64) error {
	var limit unix.Rlimit
	err := unix.Getrlimit(resource, &limit)
	if err == nil {
		limit.Cur = min(to, limit.Max)
		err = unix.Setrlimit(resource, &limit)
	}
	if err != nil {
		return fmt.Errorf("limiting the reader: %w", err)
	}
	return nil
}

// cpuTime is what all threads of a process have used, to the nanosecond.
func cpuTime(pid int) (time.Duration, error) {
	const scheduled = 2 // CPUCLOCK_SCHED of the kernel's process clocks
	var used unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduled), &used); err != nil {
		return 0, fmt.Errorf("reading a process's clock: %w", err)
	}
	return time.Duration(used.Nano()), nil
}

// The fields of /proc/PID/statm, in pages.
const (
	fieldResident = 1
	fieldData     = 5
)

func memory(process string, field int) (int64, error) {
	statm, err := os.ReadFile("/proc/" + process + "/statm")
	if err != nil {
		return 0, fmt.Errorf("reading a process's memory: %w", err)
	}
	fields := strings.Fields(string(statm))
	if len(fields) <= field {
		return 0, errors.New("reading a process's memory: not the fields expected")
	}
	pages, err := strconv.ParseInt(fields[field], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("reading a process's memory: %w", err)
	}
	return pages * int64(os.Getpagesize()), nil
}
