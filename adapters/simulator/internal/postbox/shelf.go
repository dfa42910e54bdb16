package postbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

const (
	indexName = "index.jsonl"
	mailExt   = ".eml"
)

// record is one line of a mailbox's index. Which fields are set says what it means: Validity opens a mailbox, File adds a
// message, Gone removes it, anything else replaces its flags.
type record struct {
	Name       string      `json:"name,omitempty"`
	Validity   uint32      `json:"uidvalidity,omitempty"`
	Next       imap.UID    `json:"uidnext,omitempty"`
	Subscribed bool        `json:"subscribed,omitempty"`
	UID        imap.UID    `json:"uid,omitempty"`
	File       string      `json:"file,omitempty"`
	Size       int64       `json:"size,omitempty"`
	At         *time.Time  `json:"at,omitempty"`
	Flags      []imap.Flag `json:"flags,omitempty"`
	Gone       bool        `json:"gone,omitempty"`
}

// shelf is the directory of one mailbox. A nil shelf stands for a mailbox that lives in memory.
type shelf struct {
	dir  string
	sync bool
}

// keep writes a message file so that it is on disk when it returns.
func (s *shelf) keep(name string, raw []byte) error {
	if err := s.write(name, raw); err != nil {
		return fmt.Errorf("keeping message: %w", err)
	}
	return nil
}

func (s *shelf) read(name string) ([]byte, error) {
	raw, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		return nil, fmt.Errorf("reading message: %w", err)
	}
	return raw, nil
}

// drop removes a message file. One that stays behind is swept when the mailbox is next opened.
func (s *shelf) drop(name string) { _ = os.Remove(filepath.Join(s.dir, name)) }

// note appends one line to the index.
func (s *shelf) note(r record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encoding index line: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(s.dir, indexName), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening index: %w", err)
	}
	_, err = file.Write(append(line, '\n'))
	if err == nil && s.sync {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("writing index: %w", err)
	}
	return nil
}

// rewrite replaces the whole index.
func (s *shelf) rewrite(records []record) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("making mailbox directory: %w", err)
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	for _, r := range records {
		if err := enc.Encode(r); err != nil {
			return fmt.Errorf("encoding index: %w", err)
		}
	}
	if err := s.write(indexName, buf.Bytes()); err != nil {
		return fmt.Errorf("rewriting index: %w", err)
	}
	return nil
}

// load reads the index. A last line that a crash cut short is ignored: what it said was never acknowledged.
func (s *shelf) load() ([]record, error) {
	raw, err := os.ReadFile(filepath.Join(s.dir, indexName))
	if err != nil {
		return nil, fmt.Errorf("reading index: %w", err)
	}
	var records []record
	for line := range bytes.Lines(raw) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		var r record
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("index of %s: %w", filepath.Base(s.dir), err)
		}
		records = append(records, r)
	}
	return records, nil
}

// sweep removes message files that no index line names.
func (s *shelf) sweep(named map[string]bool) error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("listing mailbox: %w", err)
	}
	for _, e := range entries {
		stray := strings.HasSuffix(e.Name(), mailExt) && !named[e.Name()] || strings.HasSuffix(e.Name(), ".tmp")
		if stray {
			s.drop(e.Name())
		}
	}
	return nil
}

func (s *shelf) remove() error {
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("removing mailbox: %w", err)
	}
	return nil
}

// write puts data under name in one step: temporary file, sync, rename, sync of the directory.
func (s *shelf) write(name string, data []byte) (err error) {
	path := filepath.Join(s.dir, name)
	file, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil && s.sync {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return err
	}
	if s.sync {
		return syncDir(s.dir)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
