package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Head is the exported end of the chain: kept outside the database, it tells when the end was cut off.
type Head struct {
	Place int64     `json:"place"`
	Seal  []byte    `json:"seal"`
	At    time.Time `json:"at"`
}

// ReadHead reads an exported head; a file that is not there is the beginning.
func ReadHead(path string) (Head, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return Head{}, nil
	}
	if err != nil {
		return Head{}, fmt.Errorf("reading the head of the audit log: %w", err)
	}
	var h Head
	if err := json.Unmarshal(text, &h); err != nil {
		return Head{}, fmt.Errorf("reading the head of the audit log in %s: %w", path, err)
	}
	return h, nil
}

// write replaces the file whole: who reads it sees the old head or the new one.
func (h Head) write(path string) error {
	text, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("writing the head of the audit log: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("making the directory of the audit log's head: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".audit-head-*")
	if err != nil {
		return fmt.Errorf("writing the head of the audit log: %w", err)
	}
	_, err = file.Write(append(text, '\n'))
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing the head of the audit log: %w", errors.Join(err, os.Remove(file.Name())))
	}
	return nil
}

func (h Head) is(m mark) bool { return h.Place == m.Place && bytes.Equal(h.Seal, m.Seal) }
