package process

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"os"
)

// ErrDigest says that a program is not the one in the catalogue.
var ErrDigest = errors.New("the program's digest is not the one in the catalogue")

// openChecked opens a program and compares its digest. The program is then run through the open file, so that a file
// put in its place after the check is not what runs.
func openChecked(path string, want [sha256.Size]byte) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the program: %w", err)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return nil, errors.Join(fmt.Errorf("reading the program: %w", err), f.Close())
	}
	if subtle.ConstantTimeCompare(sum.Sum(nil), want[:]) != 1 {
		return nil, errors.Join(ErrDigest, f.Close())
	}
	return f, nil
}

// executable is the path by which the kernel runs the open file. The descriptor is closed on exec: only the kernel
// follows the path, before the program begins.
func executable(f *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", f.Fd()) }
