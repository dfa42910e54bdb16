//go:build bench

package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// meter reads the processor time of the server, of this process and of the programs it started. Unlike a rate it does
// not depend on what else the machine does.
type meter struct{ postmaster string }

// tick is the unit of /proc/*/stat on Linux.
const tick = 10 * time.Millisecond

func newMeter(t *testing.T, url string) meter {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	return meter{postmaster: stat(strconv.Itoa(int(conn.PgConn().PID())))[1]}
}

// stat gives the fields of /proc/*/stat after the name: state, parent, ...; nil when the process is gone.
func stat(pid string) []string {
	text, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
}

// own is the processor time of this process.
func (m meter) own() time.Duration { return used(syscall.RUSAGE_SELF) }

func used(who int) time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(who, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// spent is all processor time until now.
func (m meter) spent() time.Duration {
	total := m.reaped()
	pids, _ := filepath.Glob("/proc/[0-9]*")
	mine := strconv.Itoa(os.Getpid())
	for _, p := range pids {
		pid := filepath.Base(p)
		if f := stat(pid); f != nil && (pid == m.postmaster || f[1] == m.postmaster || f[1] == mine) {
			total += ticks(f[11]) + ticks(f[12])
		}
	}
	return total + m.own() + used(syscall.RUSAGE_CHILDREN)
}

// reaped is what sessions that ended had spent.
func (m meter) reaped() time.Duration {
	f := stat(m.postmaster)
	if f == nil {
		return 0
	}
	return ticks(f[13]) + ticks(f[14])
}

func ticks(field string) time.Duration {
	n, _ := strconv.Atoi(field)
	return time.Duration(n) * tick
}

// each says what one of n cost.
func each(spent time.Duration, n float64) string {
	return fmt.Sprintf("%.2f ms", spent.Seconds()*1000/n)
}
