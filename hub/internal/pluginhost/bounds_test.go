package pluginhost

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sportello.dev/plugins-sdk/channelpb"
)

func TestBackoffGrowsToItsLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := backoff{least: time.Second, most: 2 * time.Minute}
		want := time.Second
		for range rapid.IntRange(1, 20).Draw(t, "tries") {
			got := b.wait()
			require.LessOrEqual(t, got, want)
			require.GreaterOrEqual(t, got, want*2/3-time.Millisecond)
			want = min(2*want, 2*time.Minute)
		}
		b.reset()
		require.LessOrEqual(t, b.wait(), time.Second)
	})
}

func TestDefaultsAreFilledIn(t *testing.T) {
	t.Parallel()
	const schema = `{
		"type": "object",
		"properties": {
			"port": {"type": "integer", "default": 993},
			"tls": {"$ref": "#/$defs/tls"},
			"boxes": {"type": "array", "items": {"$ref": "#/$defs/box"}},
			"plain": {"type": "string"}
		},
		"$defs": {
			"tls": {"type": "object", "default": {"mode": "tls"}, "properties": {"mode": {"default": "starttls"}}},
			"box": {"type": "object", "properties": {"name": {"type": "string"}, "idle": {"default": true}}},
			"loop": {"$ref": "#/$defs/loop"}
		}
	}`
	a := &about{}
	require.NoError(t, a.compile([]byte(schema)))
	for in, want := range map[string]string{
		`{}`:                          `{"port": 993, "tls": {"mode": "tls"}}`,
		`{"port": 1, "tls": {}}`:      `{"port": 1, "tls": {"mode": "starttls"}}`,
		`{"boxes": [{"name": "a"}]}`:  `{"port": 993, "tls": {"mode": "tls"}, "boxes": [{"name": "a", "idle": true}]}`,
		`{"plain": "x", "port": 2.5}`: `{"plain": "x", "port": 2.5, "tls": {"mode": "tls"}}`,
	} {
		got, err := a.complete([]byte(in))
		require.NoError(t, err)
		require.JSONEq(t, want, string(got))
	}
	_, err := a.complete([]byte(`{`))
	require.Error(t, err)
}

func TestSchemaMayNotReachOutside(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{
		`{"$ref": "file:///etc/passwd"}`, `{"$ref": "https://example.com/schema"}`, `not JSON`, `{"type": 7}`,
	} {
		require.Error(t, (&about{}).compile([]byte(schema)), schema)
	}
}

func TestSchemaThatRefersToItselfEnds(t *testing.T) {
	t.Parallel()
	a := &about{}
	require.NoError(t, a.compile([]byte(`{"properties": {"a": {"$ref": "#"}}, "default": {"a": {}}}`)))
	deep := []byte(`{}`)
	for range 50 {
		deep, _ = json.Marshal(map[string]json.RawMessage{"a": deep})
	}
	_, err := a.complete(deep)
	require.NoError(t, err)
}

func TestSecretsArePutInTheirPlace(t *testing.T) {
	t.Parallel()
	for pointer, want := range map[string]string{
		"/password":      `{"imap": {"host": "h"}, "boxes": [{}], "password": "s"}`,
		"/imap/password": `{"imap": {"host": "h", "password": "s"}, "boxes": [{}]}`,
		"/smtp/password": `{"imap": {"host": "h"}, "boxes": [{}], "smtp": {"password": "s"}}`,
		"/boxes/0/key":   `{"imap": {"host": "h"}, "boxes": [{"key": "s"}]}`,
		"/boxes/7/key":   `{"imap": {"host": "h"}, "boxes": [{}]}`,
		"/boxes/-/key":   `{"imap": {"host": "h"}, "boxes": [{}]}`,
		"/imap/host/x":   `{"imap": {"host": "h"}, "boxes": [{}]}`,
		"/a~1b~0c":       `{"imap": {"host": "h"}, "boxes": [{}], "a/b~c": "s"}`,
	} {
		var value any
		require.NoError(t, json.Unmarshal([]byte(`{"imap": {"host": "h"}, "boxes": [{}]}`), &value))
		got, err := json.Marshal(place(value, splitPointer(pointer), "s"))
		require.NoError(t, err)
		require.JSONEq(t, want, string(got), pointer)
	}
}

func TestPointersTravelBothWays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.String(), 1, 5).Draw(t, "parts")
		require.Equal(t, parts, splitPointer(joinPointer(parts)))
	})
}

func TestForeignPatternsAreJudged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ method, pattern string }{
		{"GET", "a/{"}, {"GET", "{a}{b}"}, {"CONNECT", "a"}, {"get", "a"}, {"GET", "{x...}/y"},
	} {
		_, err := newRoutes([]*channelpb.HttpRoute{{Method: c.method, Pattern: c.pattern}})
		require.Error(t, err, c.pattern)
	}
	_, err := newRoutes([]*channelpb.HttpRoute{{Pattern: "a/{x}"}, {Pattern: "a/{y}"}})
	require.Error(t, err, "the same twice")
	_, err = newRoutes(make([]*channelpb.HttpRoute, maxRoutes+1))
	require.Error(t, err)
}

func TestRoutesMatch(t *testing.T) {
	t.Parallel()
	mux, err := newRoutes([]*channelpb.HttpRoute{
		{Method: "GET", Pattern: "status/{id}/{rest...}", Action: "status"}, {Method: "POST", Pattern: "/{$}", Action: "home"},
		{Pattern: "dir/", Action: "dir", MaxBodyBytes: 1 << 40},
	})
	require.NoError(t, err)
	a := &about{routes: mux}
	for _, c := range []struct {
		method, rest, action string
		values               map[string]string
	}{
		{"GET", "status/7/a/b", "status", map[string]string{"id": "7", "rest": "a/b"}},
		{"POST", "", "home", map[string]string{}},
		{"PUT", "dir/x", "dir", map[string]string{}},
		{"PUT", "dir", "", nil},
		{"GET", "status/7/../8/x", "", nil},
		{"GET", "//status/7/x", "", nil},
		{"POST", "status/7/x", "", nil},
	} {
		rt, values := a.match(httptest.NewRequest(c.method, "http://attacker.example/", nil), c.rest)
		if c.action == "" {
			require.Nil(t, rt, c.rest)
			continue
		}
		require.NotNil(t, rt, c.rest)
		require.Equal(t, c.action, rt.action)
		require.Equal(t, c.values, values)
		require.LessOrEqual(t, rt.maxBody, int64(maxBody))
	}
}

func TestLimiterForgetsAndStaysSmall(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	l := newLimiter(func() time.Time { return now })
	allowed := 0
	for range 2 * burst {
		if l.allow("2001:db8::"+strconv.Itoa(allowed%9), 1) {
			allowed++
		}
	}
	require.Equal(t, burst, allowed, "a network of one client")
	require.True(t, l.allow("2001:db8:1::1", 1))
	require.True(t, l.allow("192.0.2.1", 1))
	require.True(t, l.allow("not an address", 1))
	require.Equal(t, network("::ffff:192.0.2.1"), network("192.0.2.1"))

	now = now.Add(time.Hour)
	require.True(t, l.allow("192.0.2.9", 1))
	require.Len(t, l.clients, 1)
	for i := range maxClients + 10 {
		l.allow("10."+strconv.Itoa(i>>16)+"."+strconv.Itoa(i>>8&255)+"."+strconv.Itoa(i&255), 1)
	}
	require.LessOrEqual(t, len(l.clients), maxClients+1)
}

func TestBookKeepsTheLatest(t *testing.T) {
	t.Parallel()
	b := newBook()
	sum := func(i int) (s [32]byte) {
		s[0], s[1], s[2] = byte(i), byte(i>>8), byte(i>>16)
		return s
	}
	for i := range maxBook + 5 {
		b.add(sum(i), int64(i))
	}
	require.Len(t, b.sizes, maxBook)
	_, ok := b.size(sum(4))
	require.False(t, ok)
	size, ok := b.size(sum(maxBook + 4))
	require.True(t, ok)
	require.EqualValues(t, maxBook+4, size)
}

func FuzzHeader(f *testing.F) {
	f.Add("Content-Type", "text/html")
	f.Add("X\r\nSet-Cookie", "a=b")
	f.Add("X-A", "b\r\nX-B: c")
	f.Fuzz(func(t *testing.T, name, value string) {
		x := &exchange{target: target{route: &route{page: true}, opened: &opened{slug: "uno"}}, host: &Host{}, adapter: "web"}
		out := http.Header{}
		x.header(out, name, value)
		for name, values := range out {
			require.NotContains(t, name, "\n")
			for _, v := range values {
				require.NotContains(t, v, "\n")
				require.NotContains(t, v, "\x00")
			}
		}
	})
}
