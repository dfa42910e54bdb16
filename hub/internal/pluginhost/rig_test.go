package pluginhost_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/hub/internal/pluginhost/internal/rogue"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

// programs is the directory of adapters that all tests share: the reference adapter as built from its source, and a
// rogue one, which is this test binary.
var programs string

func TestMain(m *testing.M) {
	if rogue.Summoned() {
		rogue.Main()
	}
	os.Exit(func() int {
		var err error
		if programs, err = os.MkdirTemp("", "sportello-adapters-"); err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(programs) }()
		if _, _, err = rogue.Install(programs); err != nil {
			panic(err)
		}
		build := exec.Command("go", "build", "-o", filepath.Join(programs, "echo-adapter"),
			"sportello.dev/plugins-sdk/channeltest/echo/cmd/echo-adapter")
		if said, err := build.CombinedOutput(); err != nil {
			panic(fmt.Sprintf("building the echo adapter: %s", said))
		}
		if _, err := pluginhost.WriteCatalogue(programs, "test"); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

// quick makes minutes of supervision pass in a second.
func quick() pluginhost.Timing {
	return pluginhost.Timing{
		Start: 30 * time.Second, Ping: 500 * time.Millisecond,
		BackoffMin: 20 * time.Millisecond, BackoffMax: 100 * time.Millisecond, Stable: time.Minute,
		CrashWindow: time.Minute, Quarantine: 300 * time.Millisecond,
		Open: 10 * time.Second, Close: 5 * time.Second, Poll: 50 * time.Millisecond, Lease: 200 * time.Millisecond,
		RetryMin: 20 * time.Millisecond, RetryMax: 100 * time.Millisecond, HTTP: 10 * time.Second,
	}
}

// outside is what several hosts of one town share.
type outside struct {
	t        *testing.T
	url      string
	pool     *pgxpool.Pool
	channels *channel.Store
	blobs    blob.Store
}

func newOutside(t *testing.T) *outside {
	t.Helper()
	ring, err := keyring.Load(filepath.Join(t.TempDir(), "keys"), true)
	require.NoError(t, err)
	blobs, err := blob.OpenFiles(t.TempDir())
	require.NoError(t, err)
	url := pgtest.URL(t)
	return &outside{t: t, url: url, pool: pgtest.Pool(t, url), channels: channel.NewStore(ring), blobs: blobs}
}

type rig struct {
	*outside
	*pluginhost.Host

	log *syncBuffer
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// start runs a host until the test ends, and proves that it leaves no process behind.
func (o *outside) start(change func(*pluginhost.Config)) *rig {
	o.t.Helper()
	r := o.prepare(change)
	ctx, stop := context.WithCancel(o.t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	o.t.Cleanup(func() {
		stop()
		require.NoError(o.t, <-done)
		for _, st := range r.Status() {
			require.Equal(o.t, pluginhost.Stopped, st.State)
			require.Zero(o.t, st.PID)
		}
	})
	return r
}

func (o *outside) prepare(change func(*pluginhost.Config)) *rig {
	o.t.Helper()
	catalogue, err := pluginhost.LoadCatalogue(programs)
	require.NoError(o.t, err)
	run, err := os.MkdirTemp("", "ph")
	require.NoError(o.t, err)
	o.t.Cleanup(func() { require.NoError(o.t, os.RemoveAll(run)) })
	r := &rig{outside: o, log: &syncBuffer{}}
	cfg := pluginhost.Config{
		Catalogue: catalogue, Replica: id.New[id.Replica](), Pool: o.pool, Channels: o.channels, Blobs: o.blobs,
		Journal: intake.NewJournal(o.pool), RunDir: run, PublicURL: "https://sportello.example", Timing: quick(),
		Log: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	// Most tests need one kind of adapter only.
	cfg.Catalogue.Entries = only(cfg.Catalogue.Entries, "rogue")
	if change != nil {
		change(&cfg)
	}
	r.Host, err = pluginhost.New(cfg)
	require.NoError(o.t, err)
	o.t.Cleanup(func() {
		if o.t.Failed() {
			log := r.log.String()
			o.t.Log(log[max(0, len(log)-4000):])
		}
	})
	return r
}

func only(entries []pluginhost.Entry, name string) []pluginhost.Entry {
	for _, e := range entries {
		if e.Name == name {
			return []pluginhost.Entry{e}
		}
	}
	return nil
}

func withEcho(c *pluginhost.Config) {
	all, err := pluginhost.LoadCatalogue(programs)
	if err != nil {
		panic(err)
	}
	c.Catalogue.Entries = only(all.Entries, "echo")
}

const password = "canary-p4ssword"

// rogueChannel creates a channel of the rogue adapter; its directory is made.
func (o *outside) rogueChannel(slug string, s rogue.Settings) (id.Channel, string) {
	o.t.Helper()
	s.Dir = o.t.TempDir()
	config, err := json.Marshal(s)
	require.NoError(o.t, err)
	return o.create(channel.Draft{
		Adapter: "rogue", Slug: slug, Name: slug, Config: config, Enabled: true, Secrets: map[string]string{"/password": password},
	}), s.Dir
}

func (o *outside) create(d channel.Draft) id.Channel {
	o.t.Helper()
	var made id.Channel
	require.NoError(o.t, postgres.InTx(o.t.Context(), o.pool, func(tx pgx.Tx) (err error) {
		made, err = o.channels.Create(o.t.Context(), tx, d)
		return err
	}))
	return made
}

func (o *outside) change(c id.Channel, s rogue.Settings) {
	o.t.Helper()
	config, err := json.Marshal(s)
	require.NoError(o.t, err)
	now := o.get(c)
	require.NoError(o.t, postgres.InTx(o.t.Context(), o.pool, func(tx pgx.Tx) error {
		_, err := o.channels.Update(o.t.Context(), tx, c, channel.Change{Revision: now.Revision, Name: now.Name, Config: config})
		return err
	}))
}

func (o *outside) get(c id.Channel) *channel.Channel {
	o.t.Helper()
	now, err := o.channels.Get(o.t.Context(), o.pool, c)
	require.NoError(o.t, err)
	return now
}

// eventually waits long, because the machine may be busy.
func eventually(t *testing.T, condition func() bool, what string) {
	t.Helper()
	require.Eventually(t, condition, time.Minute, 10*time.Millisecond, what)
}

func (r *rig) channelStatus(c id.Channel) pluginhost.ChannelStatus {
	for _, st := range r.Status() {
		for _, cs := range st.Channels {
			if cs.ID == c {
				return cs
			}
		}
	}
	return pluginhost.ChannelStatus{}
}

func (r *rig) awaitOpen(c id.Channel) {
	r.t.Helper()
	eventually(r.t, func() bool { return r.channelStatus(c).Open }, "channel open")
}

func (r *rig) awaitState(state pluginhost.UnitState) pluginhost.AdapterStatus {
	r.t.Helper()
	var last pluginhost.AdapterStatus
	eventually(r.t, func() bool {
		last = r.Status()[0]
		return last.State == state
	}, "adapter "+string(state))
	return last
}

// arrive puts a message where the rogue channel finds it.
func arrive(t *testing.T, dir, name, text string) {
	t.Helper()
	hidden := filepath.Join(dir, "."+name)
	require.NoError(t, os.WriteFile(hidden, []byte(text), 0o600))
	require.NoError(t, os.Rename(hidden, filepath.Join(dir, name+rogue.Inbox)))
}

func inboxEmpty(dir string) bool {
	left, err := filepath.Glob(filepath.Join(dir, "*"+rogue.Inbox))
	return err == nil && len(left) == 0
}

type row struct {
	EventID string
	Kind    string
	Reason  string
	Raw     []byte
	RawSize int64
	Payload []byte
}

func (o *outside) journal(c id.Channel) []row {
	o.t.Helper()
	rows, err := o.pool.Query(o.t.Context(),
		`SELECT event_id, kind, reason, raw, raw_size, payload FROM journal WHERE channel_id = $1 ORDER BY seq`, c)
	require.NoError(o.t, err)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	require.NoError(o.t, err)
	return all
}

func (o *outside) cursor(c id.Channel) string {
	o.t.Helper()
	var cursor []byte
	require.NoError(o.t, o.pool.QueryRow(o.t.Context(), `SELECT cursor FROM channel_lease WHERE channel_id = $1`, c).Scan(&cursor))
	return string(cursor)
}

// ask sends a request to a channel on the public listener.
func (r *rig) ask(method, slug, path, body string) *httptest.ResponseRecorder {
	r.t.Helper()
	w := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(r.t.Context(), method, "/c/rogue/"+slug+"/"+path, strings.NewReader(body))
	request.RemoteAddr = "192.0.2.7:1234"
	rest, _, _ := strings.Cut(path, "?")
	r.ServeChannel(w, request, "rogue", slug, rest)
	return w
}

// host makes the rogue adapter call the hub.
func (r *rig) host(slug, call, argument string) string {
	r.t.Helper()
	w := r.ask(http.MethodPost, slug, "host/"+call, argument)
	require.Equal(r.t, http.StatusOK, w.Code, w.Body.String())
	return w.Body.String()
}

func diary(t *testing.T, dir string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "diary"))
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	require.NoError(t, err)
	return string(content)
}

// faultyBlobs is a store whose disk is full when told so.
type faultyBlobs struct {
	blob.Store

	full func() error
}

func (f *faultyBlobs) Put(ctx context.Context, r io.Reader, limit int64) (blob.Ref, error) {
	if err := f.full(); err != nil {
		return blob.Ref{}, err
	}
	return f.Store.Put(ctx, r, limit)
}
