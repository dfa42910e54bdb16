package keyring

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	secretSize = 32
	// maxFile bounds the key file, in bytes; a key takes about 120.
	maxFile = 1 << 20
)

// file is the key file's content.
type file struct {
	Format int `json:"format"`
	// Primary names the key that makes new values, for each purpose; a purpose
	// without an entry uses the first key.
	Primary map[Purpose]string `json:"primary"`
	Keys    []key              `json:"keys"`
}

type key struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	Secret  []byte    `json:"secret"`
}

// Ids travel in mail addresses, which lose their capitals on the way.
var idPattern = regexp.MustCompile(`^[a-z0-9]{1,16}$`)

// Load reads the key file. With create, a missing file is made, with one key,
// readable by its owner only; an existing one is never changed, whichever of
// several replicas comes first.
func Load(path string, create bool) (*Ring, error) {
	f, err := read(path)
	if errors.Is(err, fs.ErrNotExist) && create {
		if err := initialise(path); err != nil {
			return nil, err
		}
		f, err = read(path)
	}
	if err != nil {
		return nil, err
	}
	return f.ring(), nil
}

// Add appends a new key that makes nothing yet and returns its id. Once every
// replica has read it, Promote puts it to use.
func Add(path string) (string, error) {
	var id string
	err := change(path, func(f *file) error {
		k := newKey()
		id = k.ID
		f.Keys = append(f.Keys, k)
		return nil
	})
	return id, err
}

// Promote makes a key of the file the one that new values of the purposes are
// made with. Older keys go on verifying and opening.
func Promote(path, id string, purposes ...Purpose) error {
	return change(path, func(f *file) error {
		for _, p := range purposes {
			f.Primary[p] = id
		}
		return nil
	})
}

func newKey() key {
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // never fails: the program ends instead
	return key{ID: strings.ToLower(rand.Text()[:6]), Created: time.Now().UTC().Truncate(time.Second), Secret: secret}
}

func initialise(path string) error {
	k := newKey()
	f := file{Format: 1, Primary: map[Purpose]string{}, Keys: []key{k}}
	for _, p := range Purposes() {
		f.Primary[p] = k.ID
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("making the key file's directory: %w", err)
	}
	next, err := write(path, "."+k.ID+".new", f)
	if err != nil {
		return err
	}
	defer os.Remove(next)
	// A link, unlike a rename, never replaces the file of a replica that was faster.
	if err := os.Link(next, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("creating the key file: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

func change(path string, edit func(*file) error) error {
	f, err := read(path)
	if err != nil {
		return err
	}
	if err := edit(&f); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return fmt.Errorf("%s would not be valid: %w", path, err)
	}
	// The fixed name makes a second change at the same time fail.
	next, err := write(path, ".new", f)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s.new exists: another change is under way, or was interrupted and the file can be removed", path)
	}
	if err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		os.Remove(next)
		return fmt.Errorf("replacing the key file: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// write makes a new file beside path, complete and on disk, and returns its name.
func write(path, suffix string, f file) (string, error) {
	raw, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return "", fmt.Errorf("encoding the keys: %w", err)
	}
	next := path + suffix
	out, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("writing the key file: %w", err)
	}
	_, err = out.Write(append(raw, '\n'))
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		os.Remove(next)
		return "", fmt.Errorf("writing the key file: %w", err)
	}
	return next, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("opening the key file's directory: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("writing the key file's directory: %w", err)
	}
	return nil
}

func read(path string) (file, error) {
	info, err := os.Stat(path)
	if err != nil {
		return file{}, fmt.Errorf("looking at the key file: %w", err)
	}
	// Mounted secrets are often readable by a group; the rest is an open door.
	if open := info.Mode().Perm() & 0o037; open != 0 {
		return file{}, fmt.Errorf("the key file %s is open to other users (mode %04o): run chmod 600 on it", path, info.Mode().Perm())
	}
	if info.Size() > maxFile {
		return file{}, fmt.Errorf("the key file %s has %d bytes and cannot be one", path, info.Size())
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return file{}, fmt.Errorf("reading the key file: %w", err)
	}
	f, err := parse(raw)
	if err != nil {
		return file{}, fmt.Errorf("the key file %s cannot be used: %w; restore it from a backup", path, err)
	}
	return f, nil
}

// parse never repeats the content in its errors.
func parse(raw []byte) (file, error) {
	f := file{Primary: map[Purpose]string{}}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil || dec.More() {
		return file{}, errors.New("it is not the JSON this release writes")
	}
	return f, f.check()
}

func (f file) check() error {
	if f.Format != 1 {
		return fmt.Errorf("its format is %d and this release reads 1", f.Format)
	}
	if len(f.Keys) == 0 {
		return errors.New("it holds no key")
	}
	for i, k := range f.Keys {
		if !idPattern.MatchString(k.ID) || len(k.Secret) != secretSize {
			return fmt.Errorf("key %d has no proper id or not %d bytes", i+1, secretSize)
		}
		if slices.ContainsFunc(f.Keys[:i], func(other key) bool { return other.ID == k.ID }) {
			return fmt.Errorf("two keys have the id %q", k.ID)
		}
	}
	for p, id := range f.Primary {
		if !slices.ContainsFunc(f.Keys, func(k key) bool { return k.ID == id }) {
			return fmt.Errorf("the primary key %q of %q is not in it", id, p)
		}
	}
	return nil
}

func (f file) ring() *Ring {
	r := &Ring{keys: map[string][]byte{}, primary: map[Purpose]string{}}
	for _, k := range f.Keys {
		r.keys[k.ID] = k.Secret
	}
	for _, p := range Purposes() {
		r.primary[p] = f.Keys[0].ID
		if id, ok := f.Primary[p]; ok {
			r.primary[p] = id
		}
	}
	return r
}
