// Package scantest starts ClamAV's daemon for tests, with one signature of its
// own: that of the harmless file every scanner agrees to find. Nothing is fetched.
package scantest

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// MaxBytes is the largest file the daemon takes.
const MaxBytes = 1 << 20

// Found is the name of what it finds.
const Found = "Sportello.Test.Eicar.UNOFFICIAL"

// eicar in hexadecimal: as it is, this file itself would be taken away by scanners.
const eicar = "58354f2150254041505b345c505a58353428505e2937434329377d2445494341522d5354414e444152442d414e544956495255532d544553542d46494c452124482b482a"

// Virus is the harmless file.
func Virus() []byte {
	b, err := hex.DecodeString(eicar)
	if err != nil {
		panic(err)
	}
	return b
}

// Start runs a daemon until the test ends and returns its socket, and a way to end it earlier.
func Start(t testing.TB) (socket string, stop func()) {
	t.Helper()
	program, err := exec.LookPath("clamd")
	if err != nil {
		program = "/usr/sbin/clamd"
	}
	if _, err := os.Stat(program); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("missing for tests with a real virus scanner: clamd")
		}
		t.Skip("missing for tests with a real virus scanner: clamd")
	}
	// The path of a socket must be short.
	dir, err := os.MkdirTemp("", "clamd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket = filepath.Join(dir, "s")
	settings := fmt.Sprintf("Foreground yes\nLocalSocket %s\nDatabaseDirectory %s\nStreamMaxLength %d\nSelfCheck 0\nMaxThreads 2\n", socket, dir, MaxBytes)
	for name, text := range map[string]string{"clamd.conf": settings, "test.ndb": "Sportello.Test.Eicar:0:*:" + eicar + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, program, "--config-file="+filepath.Join(dir, "clamd.conf"))
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	if !appears(ctx, socket, ended) {
		stop()
		t.Fatalf("clamd did not start:\n%s", said.String())
	}
	return socket, stop
}

// appears waits until the socket is listened to, which is when the signatures are loaded: its file is there a moment before.
func appears(ctx context.Context, socket string, ended <-chan struct{}) bool {
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	late := time.After(time.Minute)
	for {
		if conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket); err == nil {
			conn.Close()
			return true
		}
		select {
		case <-look.C:
		case <-ended:
			return false
		case <-late:
			return false
		}
	}
}
