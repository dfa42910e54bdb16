package embedded

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	superuser  = "sportello"
	database   = "sportello"
	port       = "5432"
	socketName = ".s.PGSQL." + port
	// maxSocketPath is one less than the room in sockaddr_un, with space for ".lock".
	maxSocketPath = 107 - len(".lock")
)

// ErrForeign marks a directory that this package did not make, or that lost a
// part; it is never touched.
var ErrForeign = errors.New("not a complete Sportello database directory")

// ErrInUse marks a directory whose server belongs to another running process.
var ErrInUse = errors.New("the private database is in use")

// home is Dir with the owner's lock held.
type home struct {
	dir    string
	lock   *os.File
	marker marker
	socket string
	// scratch is a socket directory outside dir that goes with the server; may be "".
	scratch  string
	released sync.Once
}

// marker is what sportello.json holds.
type marker struct {
	Format      int       `json:"format"`
	Password    string    `json:"password"`
	Initialised time.Time `json:"initialised,omitzero"`
}

func (h *home) data() string       { return filepath.Join(h.dir, "data") }
func (h *home) markerFile() string { return filepath.Join(h.dir, "sportello.json") }

func openHome(dir string) (*home, error) {
	// Group and others may pass through (not list): the server's identity is not the owner.
	if err := os.MkdirAll(dir, 0o711); err != nil { //nolint:gosec // passing through is not listing
		return nil, fmt.Errorf("creating the database directory: %w", err)
	}
	// The server's own view of its directory is without links; the two are compared.
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, fmt.Errorf("resolving the database directory: %w", err)
	}
	if err := refuseForeign(dir); err != nil {
		return nil, err
	}
	lock, err := lockOwner(filepath.Join(dir, "owner.lock"))
	if err != nil {
		return nil, err
	}
	h := &home{dir: dir, lock: lock}
	if err := h.readMarker(); err != nil {
		h.release()
		return nil, err
	}
	h.chooseSocket()
	return h, nil
}

// refuseForeign looks before anything is written: a directory with content must carry our marker.
func refuseForeign(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("reading the database directory: %w", err)
	}
	var strange []string
	for _, e := range entries {
		switch e.Name() {
		case "sportello.json":
			return nil
		case "owner.lock", "lost+found", "sportello.json.new":
		default:
			strange = append(strange, e.Name())
		}
	}
	if len(strange) == 0 {
		return nil
	}
	what := "it holds " + strings.Join(strange[:min(len(strange), 3)], ", ")
	if _, err := os.Stat(filepath.Join(dir, "PG_VERSION")); err == nil {
		what = "it is the data directory of another PostgreSQL"
	}
	return fmt.Errorf("%s: %w: %s and no sportello.json; name an empty directory, or connect to that server with a database URL", dir, ErrForeign, what)
}

func lockOwner(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the owner's lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		owner := make([]byte, 16)
		n, _ := f.Read(owner)
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%s: %w by process %s; stop that one first, or use another data directory",
				filepath.Dir(path), ErrInUse, strings.TrimSpace(string(owner[:n])))
		}
		return nil, fmt.Errorf("taking the owner's lock: %w", err)
	}
	err = errors.Join(f.Truncate(0), second(f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)))
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("writing the owner's lock: %w", err)
	}
	return f, nil
}

func second(_ int, err error) error { return err }

// release gives up ownership, once; the lock also ends with the process.
func (h *home) release() {
	h.released.Do(func() {
		if h.scratch != "" {
			os.RemoveAll(h.scratch)
		}
		// Closing alone would leave the lock with a child that is just being started.
		_ = syscall.Flock(int(h.lock.Fd()), syscall.LOCK_UN)
		h.lock.Close()
	})
}

func (h *home) readMarker() error {
	raw, err := os.ReadFile(h.markerFile())
	if errors.Is(err, fs.ErrNotExist) {
		h.marker = marker{Format: 1, Password: rand.Text()}
		return h.writeMarker()
	}
	if err != nil {
		return fmt.Errorf("reading the database marker: %w", err)
	}
	if err := json.Unmarshal(raw, &h.marker); err != nil || h.marker.Format != 1 || h.marker.Password == "" {
		return fmt.Errorf("%s: %w: sportello.json cannot be read or is of a later release", h.dir, ErrForeign)
	}
	return nil
}

// markInitialised records that data was there, so that its loss is noticed.
func (h *home) markInitialised() error {
	if !h.marker.Initialised.IsZero() {
		return nil
	}
	h.marker.Initialised = time.Now().UTC().Truncate(time.Second)
	return h.writeMarker()
}

// writeMarker replaces the marker in one step that survives a power cut.
func (h *home) writeMarker() error {
	raw, err := json.MarshalIndent(h.marker, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the database marker: %w", err)
	}
	next := h.markerFile() + ".new"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("writing the database marker: %w", err)
	}
	err = errors.Join(second(f.Write(append(raw, '\n'))), f.Sync(), f.Close())
	if err == nil {
		err = errors.Join(os.Rename(next, h.markerFile()), syncDir(h.dir))
	}
	if err != nil {
		return fmt.Errorf("writing the database marker: %w", err)
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

// major is the version of the data on disk, 0 when there is none to keep.
func (h *home) major() (int, error) {
	if _, err := os.Lstat(h.data()); errors.Is(err, fs.ErrNotExist) {
		if !h.marker.Initialised.IsZero() {
			return 0, fmt.Errorf("%s: %w: data/ was there and is gone; restore it from a backup, or remove sportello.json to begin empty", h.dir, ErrForeign)
		}
		return 0, nil
	}
	raw, err := os.ReadFile(filepath.Join(h.data(), "PG_VERSION"))
	if err != nil {
		return 0, fmt.Errorf("%s: %w: data/ has no readable PG_VERSION (%w); restore it from a backup", h.dir, ErrForeign, err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		return 0, fmt.Errorf("%s: %w: data/PG_VERSION says %q", h.dir, ErrForeign, strings.TrimSpace(string(raw)))
	}
	for _, part := range []string{"global/pg_control", "base", "pg_wal"} {
		if _, err := os.Stat(filepath.Join(h.data(), part)); err != nil {
			return 0, fmt.Errorf("%s: %w: data/%s is missing; restore it from a backup", h.dir, ErrForeign, part)
		}
	}
	return major, nil
}

// chooseSocket takes Dir/run, or a short private directory named after Dir
// when the path would not fit into a socket address, or has characters that
// separate the entries of a list in settings and connection strings.
func (h *home) chooseSocket() {
	h.socket = filepath.Join(h.dir, "run")
	if len(h.socket)+1+len(socketName) <= maxSocketPath && !strings.ContainsAny(h.socket, `,"`) {
		return
	}
	sum := sha256.Sum256([]byte(h.dir))
	h.scratch = filepath.Join("/tmp", fmt.Sprintf("sportello-%d-%s", os.Geteuid(), hex.EncodeToString(sum[:8])))
	h.socket = h.scratch
}

// prepareSocket makes the socket's directory and clears it of what a killed
// server left: its lock holds a process number that may be taken by now.
func (h *home) prepareSocket(who identity) error {
	err := os.Mkdir(h.socket, 0o700)
	if errors.Is(err, fs.ErrExist) {
		err = h.checkSocketDir(who)
	}
	if err == nil {
		err = who.own(h.socket)
	}
	for _, name := range []string{socketName, socketName + ".lock"} {
		if err == nil {
			err = os.RemoveAll(filepath.Join(h.socket, name))
		}
	}
	if err != nil {
		return fmt.Errorf("making the socket's directory: %w", err)
	}
	return nil
}

// checkSocketDir guards against somebody else's directory in the shared /tmp.
func (h *home) checkSocketDir(who identity) error {
	info, err := os.Lstat(h.socket)
	if err != nil {
		return err
	}
	owner := int(info.Sys().(*syscall.Stat_t).Uid)
	if !info.IsDir() || info.Mode().Perm() != 0o700 || (owner != os.Geteuid() && owner != who.uid) {
		return fmt.Errorf("%s is not a private directory of this user; remove it", h.socket)
	}
	return nil
}

func (h *home) url(db string) string {
	q := url.Values{"host": {h.socket}, "port": {port}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", User: url.UserPassword(superuser, h.marker.Password), Path: "/" + db, RawQuery: q.Encode()}
	return u.String()
}

// createDatabase makes the hub's database when it is not there.
func (h *home) createDatabase(ctx context.Context) error {
	conn, err := connect(ctx, h.url("postgres"))
	if err != nil {
		return fmt.Errorf("connecting to the new server: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	res := conn.ExecParams(ctx, "SELECT 1 FROM pg_database WHERE datname = $1", [][]byte{[]byte(database)}, nil, nil, nil).Read()
	if res.Err != nil {
		return fmt.Errorf("looking for the hub's database: %w", res.Err)
	}
	if len(res.Rows) > 0 {
		return nil
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+database).ReadAll(); err != nil {
		return fmt.Errorf("creating the hub's database: %w", err)
	}
	return nil
}
