// Package journal is the simulated world's own record of every message it accepted, kept so that a test can count what
// arrived without asking the system under test.
package journal

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// Ways a message enters the world.
const (
	ViaMX         = "mx"         // SMTP without authentication, as between mail servers
	ViaSubmission = "submission" // SMTP with authentication, as from a mail program or the town's system
	ViaPage       = "page"       // written on the citizen's page
	ViaScript     = "script"     // scripted traffic
	ViaReaction   = "reaction"   // bounce or automatic answer made by the world itself
)

// Entry is one accepted message.
type Entry struct {
	Seq       int64     `json:"seq"`
	At        time.Time `json:"at"`
	Via       string    `json:"via"`
	QueueID   string    `json:"queue_id"`
	Account   string    `json:"account,omitempty"` // who authenticated, if anyone
	From      string    `json:"from"`              // envelope sender, empty for bounces
	To        []string  `json:"to"`                // accepted envelope recipients
	MessageID string    `json:"message_id,omitempty"`
	Subject   string    `json:"subject,omitempty"`
	Size      int64     `json:"size"`
	SHA256    string    `json:"sha256"` // of the message with CRLF line ends, before the world added its header fields
}

// Journal keeps entries in memory and, if it has a file, on disk before Add returns.
type Journal struct {
	sync bool

	mu      sync.Mutex
	file    *os.File
	entries []Entry
}

// Open reads the journal at path and continues it; an empty path keeps it in memory only. With flush each entry is synced
// to disk.
func Open(path string, flush bool) (*Journal, error) {
	j := &Journal{sync: flush}
	if path == "" {
		return j, nil
	}
	whole, err := j.read(path)
	if err != nil {
		return nil, err
	}
	j.file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening journal: %w", err)
	}
	// A last line cut short by a crash was never acknowledged: writing goes on where the last whole one ended.
	if err := errors.Join(j.file.Truncate(whole), seekEnd(j.file)); err != nil {
		return nil, errors.Join(fmt.Errorf("continuing journal: %w", err), j.file.Close())
	}
	return j, nil
}

// read loads the entries and returns the length of the file up to the last whole line.
func (j *Journal) read(path string) (int64, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading journal: %w", err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	var whole int64
	lines := bufio.NewReader(file)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return whole, nil
		}
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return 0, fmt.Errorf("reading journal entry %d: %w", len(j.entries)+1, err)
		}
		j.entries = append(j.entries, e)
		whole += int64(len(line))
	}
}

func seekEnd(file *os.File) error {
	_, err := file.Seek(0, 2)
	return err
}

// Add gives the entry its number and keeps it.
func (j *Journal) Add(e Entry) (Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.Seq = int64(len(j.entries)) + 1
	if j.file != nil {
		line, err := json.Marshal(e)
		if err != nil {
			return Entry{}, fmt.Errorf("encoding journal entry: %w", err)
		}
		_, err = j.file.Write(append(line, '\n'))
		if err == nil && j.sync {
			err = j.file.Sync()
		}
		if err != nil {
			return Entry{}, fmt.Errorf("writing journal: %w", err)
		}
	}
	j.entries = append(j.entries, e)
	return e, nil
}

// After returns up to limit entries with a number above seq, oldest first. A limit of 0 means all.
func (j *Journal) After(seq int64, limit int) []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	first := min(max(seq, 0), int64(len(j.entries)))
	list := j.entries[first:]
	if limit > 0 && len(list) > limit {
		list = list[:limit]
	}
	return append([]Entry{}, list...)
}

// Latest returns the newest entries, newest first.
func (j *Journal) Latest(limit int) []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	var list []Entry
	for i := len(j.entries) - 1; i >= 0 && len(list) < limit; i-- {
		list = append(list, j.entries[i])
	}
	return list
}

// Len returns the number of entries, which is also the number of the newest one.
func (j *Journal) Len() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return int64(len(j.entries))
}

// Close closes the file.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	return err
}
