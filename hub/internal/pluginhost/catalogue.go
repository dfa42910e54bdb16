package pluginhost

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/sys/unix"
)

// CatalogueFile is the name of the list of adapters, in the directory of their programs.
const CatalogueFile = "adapters.json"

const (
	maxCatalogue = 1 << 20
	// programSuffix is how the programs of adapters are named: email-adapter.
	programSuffix = "-adapter"
)

// Catalogue is the list of adapters that the server's administrator installed. Nothing else is ever run.
type Catalogue struct {
	Dir     string
	Entries []Entry
}

// Entry is one adapter.
type Entry struct {
	Name string
	Path string
	// SHA256 of the program; it is checked before each start.
	SHA256  [sha256.Size]byte
	Version string
}

type catalogueFile struct {
	Adapters []catalogueLine `json:"adapters"`
}

type catalogueLine struct {
	Name    string `json:"name"`
	File    string `json:"file"`
	SHA256  string `json:"sha256"`
	Version string `json:"version,omitempty"`
}

var (
	adapterName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
	programName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
)

// LoadCatalogue reads the list in a directory. A directory without one holds no adapters.
func LoadCatalogue(dir string) (Catalogue, error) {
	c := Catalogue{Dir: dir}
	f, err := os.Open(filepath.Join(dir, CatalogueFile))
	if errors.Is(err, os.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("opening the catalogue of adapters: %w", err)
	}
	defer func() { _ = f.Close() }()
	var list catalogueFile
	decoder := json.NewDecoder(io.LimitReader(f, maxCatalogue))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&list); err != nil {
		return c, fmt.Errorf("reading the catalogue of adapters: %w", err)
	}
	seen := map[string]bool{}
	for _, line := range list.Adapters {
		entry, err := line.entry(dir)
		if err != nil {
			return c, err
		}
		if seen[entry.Name] {
			return c, fmt.Errorf("the catalogue names adapter %q twice", entry.Name)
		}
		seen[entry.Name] = true
		c.Entries = append(c.Entries, entry)
	}
	return c, nil
}

func (l catalogueLine) entry(dir string) (Entry, error) {
	if !adapterName.MatchString(l.Name) {
		return Entry{}, fmt.Errorf("the catalogue holds %q, which is no name of an adapter", l.Name)
	}
	if !programName.MatchString(l.File) {
		return Entry{}, fmt.Errorf("the catalogue names %q for adapter %s: a file in its own directory is expected", l.File, l.Name)
	}
	sum, err := hex.DecodeString(l.SHA256)
	if err != nil || len(sum) != sha256.Size {
		return Entry{}, fmt.Errorf("the catalogue gives no SHA-256 for adapter %s", l.Name)
	}
	path, err := filepath.Abs(filepath.Join(dir, l.File))
	if err != nil {
		return Entry{}, fmt.Errorf("finding adapter %s: %w", l.Name, err)
	}
	return Entry{Name: l.Name, Path: path, SHA256: [sha256.Size]byte(sum), Version: l.Version}, nil
}

// WriteCatalogue lists every program named *-adapter in a directory, as it is now. It is for builds and installers: the
// running hub never calls it, because a digest taken by whoever runs the program proves nothing.
func WriteCatalogue(dir, version string) (Catalogue, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*"+programSuffix))
	if err != nil {
		return Catalogue{}, fmt.Errorf("looking for adapters: %w", err)
	}
	var list catalogueFile
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return Catalogue{}, fmt.Errorf("reading an adapter: %w", err)
		}
		sum := sha256.Sum256(content)
		file := filepath.Base(path)
		list.Adapters = append(list.Adapters, catalogueLine{
			Name: strings.TrimSuffix(file, programSuffix), File: file, SHA256: hex.EncodeToString(sum[:]), Version: version,
		})
	}
	encoded, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return Catalogue{}, fmt.Errorf("encoding the catalogue: %w", err)
	}
	if err := replaceFile(filepath.Join(dir, CatalogueFile), append(encoded, '\n')); err != nil {
		return Catalogue{}, err
	}
	return LoadCatalogue(dir)
}

func replaceFile(path string, content []byte) error {
	temporary := path + ".new"
	//nolint:gosec // no secret, and the hub's user reads what the administrator wrote
	if err := os.WriteFile(temporary, content, 0o644); err != nil {
		return fmt.Errorf("writing the catalogue: %w", err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("replacing the catalogue: %w", err)
	}
	return nil
}

// Weaknesses lists what lets somebody else than the administrator change the programs that the hub runs.
func (c *Catalogue) Weaknesses() []string {
	paths := []string{c.Dir, filepath.Join(c.Dir, CatalogueFile)}
	for _, e := range c.Entries {
		paths = append(paths, e.Path)
	}
	var found []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		switch {
		case info.Mode().Perm()&0o022 != 0:
			found = append(found, path+" can be written by its group or by everybody")
		case os.Geteuid() != 0 && unix.Access(path, unix.W_OK) == nil:
			found = append(found, path+" can be written by the user the hub runs as")
		}
	}
	return found
}
