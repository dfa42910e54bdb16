package blob_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/fault"
)

// smallDisk names the mount point in the child of TestFullDisk.
const smallDisk = "BLOB_TEST_SMALL_DISK"

// TestFullDisk runs TestOnFullDisk in a process that has a disk of 256 KiB to
// itself: a mount and user namespace of its own lets any user mount one.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0], "-test.run=^TestOnFullDisk$", "-test.v", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), smallDisk+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "proved on a full disk")
}

func TestOnFullDisk(t *testing.T) {
	dir := os.Getenv(smallDisk)
	if dir == "" {
		return // only a child of TestFullDisk has a disk to fill
	}
	require.NoError(t, syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"))
	s, err := blob.OpenFiles(dir)
	require.NoError(t, err)
	small, err := blob.PutBytes(t.Context(), s, []byte("fits"))
	require.NoError(t, err)

	body := bytes.Repeat([]byte("0123456789abcdef"), 64*1024) // 1 MiB
	_, err = blob.PutBytes(t.Context(), s, body)
	require.Equal(t, fault.CodeUnavailable, fault.Kind(err), "%v", err)
	require.ErrorIs(t, err, syscall.ENOSPC)

	require.Equal(t, []blob.Ref{small}, list(t, s), "nothing half-written is visible")
	left, err := os.ReadDir(filepath.Join(dir, "tmp"))
	require.NoError(t, err)
	require.Empty(t, left)
	_, err = s.Put(t.Context(), strings.NewReader("fits again"), 100)
	require.NoError(t, err, "the room of the failed put is free again")
	t.Log("proved on a full disk")
}
