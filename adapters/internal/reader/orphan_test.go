package reader

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// lonelyName is argument 0 of an adapter that is killed while its reader works.
const lonelyName = "lonely-adapter"

// lonely says who its reader is and goes on reading a mail without end.
func lonely() {
	if os.Args[0] != lonelyName {
		return
	}
	p := NewPool(Bounds{CPU: time.Hour, Memory: 1 << 40})
	p.Hold()
	read := func(raw string) {
		_, _ = p.Read(context.Background(), from(raw), ordinary(), &keeper{})
	}
	read(letter("prima"))
	fmt.Println(p.idle[0].cmd.Process.Pid)
	read(letter("spin"))
	os.Exit(1)
}

// A reader does not outlive its adapter, whatever it is doing.
func TestNoReaderIsLeftBehind(t *testing.T) {
	t.Parallel()
	adapter := exec.CommandContext(t.Context(), program)
	adapter.Args = []string{lonelyName}
	out, err := adapter.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, adapter.Start())
	line := make([]byte, 32)
	n, err := out.Read(line)
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pid, 0), "it lives")
	require.NoError(t, adapter.Process.Kill())
	_, _ = io.Copy(io.Discard, out)
	_ = adapter.Wait()
	require.Eventually(t, func() bool { return ended(pid) }, 10*time.Second, 10*time.Millisecond)
}

// ended tells also of one that nobody has buried.
func ended(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return true
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(rest, "Z")
}
