package echo

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Spool is a directory whose files are messages. Names count upwards, so that their order is that of arrival; names
// with a leading dot belong to the spool itself.
type Spool struct{ Dir string }

const (
	counterName = ".counter"
	tokenName   = ".token"
)

// Drop puts a message into the spool, durably, and answers its name.
func (s Spool) Drop(message []byte) (string, error) {
	counter, err := os.OpenFile(filepath.Join(s.Dir, counterName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", fmt.Errorf("opening the spool: %w", err)
	}
	defer func() { _ = counter.Close() }()
	// Held until the message has its name: names appear in their order.
	if err := syscall.Flock(int(counter.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("locking the spool: %w", err)
	}
	last, err := os.ReadFile(counter.Name())
	if err != nil {
		return "", fmt.Errorf("reading the counter: %w", err)
	}
	number, _ := strconv.Atoi(strings.TrimSpace(string(last)))
	name := fmt.Sprintf("%012d.json", number+1)
	if _, err := counter.WriteAt([]byte(strconv.Itoa(number+1)), 0); err != nil {
		return "", fmt.Errorf("writing the counter: %w", err)
	}
	return name, s.write(name, message)
}

func (s Spool) write(name string, message []byte) error {
	hidden := filepath.Join(s.Dir, "."+name)
	file, err := os.OpenFile(hidden, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	_, err = file.Write(message)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return wrap("naming "+name, os.Rename(hidden, filepath.Join(s.Dir, name)))
}

// Present says whether a message is still there.
func (s Spool) Present(name string) bool {
	_, err := os.Stat(filepath.Join(s.Dir, name))
	return err == nil
}

// Names are those of the messages, in the order of arrival.
func (s Spool) Names() ([]string, error) {
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return nil, fmt.Errorf("reading the spool: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if entry.Type().IsRegular() && !strings.HasPrefix(entry.Name(), ".") {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

func (s Spool) open(name string) (*os.File, fs.FileInfo, error) {
	file, err := os.Open(filepath.Join(s.Dir, name))
	if err != nil {
		return nil, nil, fmt.Errorf("opening %s: %w", name, err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("opening %s: %w", name, errors.Join(err, file.Close()))
	}
	return file, info, nil
}

// remove is the act that cannot be undone.
func (s Spool) remove(name string) error {
	err := os.Remove(filepath.Join(s.Dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return wrap("removing "+name, err)
}

// Protect makes the spool accept only this token, as an account accepts only its password.
func (s Spool) Protect(token string) error {
	return wrap("protecting the spool", os.WriteFile(filepath.Join(s.Dir, tokenName), []byte(token), 0o600))
}

func (s Spool) authenticate(token string) error {
	want, err := os.ReadFile(filepath.Join(s.Dir, tokenName))
	if errors.Is(err, fs.ErrNotExist) {
		_, err = os.Stat(s.Dir)
		return wrap("opening the spool", err)
	}
	if err != nil {
		return fmt.Errorf("opening the spool: %w", err)
	}
	if subtle.ConstantTimeCompare(want, []byte(token)) != 1 {
		return errWrongToken
	}
	return nil
}
