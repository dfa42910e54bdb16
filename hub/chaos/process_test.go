package chaos

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// children lists the processes that a process started.
func children(parent int) []int {
	var found []int
	for _, pid := range processes() {
		if p, ok := parentOf(pid); ok && p == parent {
			found = append(found, pid)
		}
	}
	return found
}

// orphans lists the processes that run a program below a directory and have lost
// the hub that they were started for: by the hub itself, or by one of themselves.
func orphans(dir string) []int {
	below := func(pid int) bool { return strings.HasPrefix(program(pid), dir+string(filepath.Separator)) }
	var found []int
	for _, pid := range processes() {
		if !below(pid) {
			continue
		}
		ancestor, ok := parentOf(pid)
		for ok && below(ancestor) {
			ancestor, ok = parentOf(ancestor)
		}
		if ok && filepath.Base(program(ancestor)) != "sportello" {
			found = append(found, pid)
		}
	}
	return found
}

// program is what a process runs; empty when it is gone.
func program(pid int) string {
	path, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "exe"))
	if err != nil {
		return ""
	}
	return path
}

func processes() []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// parentOf reads the fourth field of stat; the second is a name in brackets that
// may hold anything.
func parentOf(pid int) (int, bool) {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, false
	}
	_, rest, found := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " ")
	fields := strings.Fields(rest)
	if !found || len(fields) < 2 {
		return 0, false
	}
	parent, err := strconv.Atoi(fields[1])
	return parent, err == nil
}

// signal sends a signal to processes; one that is gone already is no error.
func signal(s syscall.Signal, pids ...int) error {
	var errs []error
	for _, pid := range pids {
		if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
			errs = append(errs, &fs.PathError{Op: s.String(), Path: strconv.Itoa(pid), Err: err})
		}
	}
	return errors.Join(errs...)
}
