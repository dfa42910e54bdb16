package logtail_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/pluginhost/internal/logtail"
	"sportello.dev/plugins-sdk/redact"
)

type rig struct {
	*logtail.Sink
	out    bytes.Buffer
	redact *redact.Redactor
	now    time.Time
}

func newRig() *rig {
	r := &rig{redact: redact.New(), now: time.Unix(1_700_000_000, 0)}
	log := slog.New(slog.NewJSONHandler(&r.out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	r.Sink = logtail.NewSink(log, r.redact, func() time.Time { return r.now })
	return r
}

func (r *rig) records(t *testing.T) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(r.out.String()) {
		var record map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &record))
		all = append(all, record)
	}
	return all
}

func TestLinesBecomeRecords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 200<<10)
	for name, c := range map[string]struct{ line, level, text string }{
		"slog":             {`{"time":"x","level":"INFO","msg":"mail fetched","n":3}`, "INFO", "mail fetched"},
		"hclog":            {`{"@level":"warn","@message":"slow"}`, "WARN", "slow"},
		"plain":            {`hello`, "DEBUG", "hello"},
		"panic":            {`panic: boom`, "ERROR", "panic: boom"},
		"not JSON":         {`{"msg":`, "DEBUG", `{"msg":`},
		"wrong types":      {`{"@message":1}`, "DEBUG", `{"@message":1}`},
		"nothing expected": {`{"level":{},"msg":null,"time":[]}`, "DEBUG", `{"level":{},"msg":null,"time":[]}`},
		"escape codes":     {"\x1b[31mred\u202e\u2028\x00", "DEBUG", "[31mred"},
		"invalid UTF-8":    {"caff\xe8", "DEBUG", "caff"},
		"long":             {long, "DEBUG", long[:2<<10] + "..."},
		"array":            {`[1]`, "DEBUG", `[1]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig()
			_, err := r.Writer().Write([]byte(c.line + "\n"))
			require.NoError(t, err)
			got := r.records(t)
			require.Len(t, got, 1)
			require.Equal(t, c.level, got[0]["level"])
			require.Equal(t, c.text, got[0]["msg"])
		})
	}
}

func TestFieldsAreCarriedInAGroupOfTheirOwn(t *testing.T) {
	t.Parallel()
	r := newRig()
	_, _ = r.Writer().Write([]byte(`{"level":"INFO","msg":"m","channel_id":"c1","adapter":"forged","n":3,"deep":{"a":[1]}}` + "\n"))
	got := r.records(t)[0]
	require.Equal(t, "c1", got["channel_id"])
	require.Equal(t, map[string]any{"adapter": "forged", "n": "3", "deep": `{"a":[1]}`}, got["adapter_fields"])
	require.NotContains(t, got, "adapter")
	require.Equal(t, "m adapter=forged deep={\"a\":[1]} n=3", r.Tail()[0].Text)
}

func TestStreamsOfOneProgramDoNotMix(t *testing.T) {
	t.Parallel()
	r := newRig()
	one, two := r.Writer(), r.Writer()
	_, _ = one.Write([]byte("first "))
	_, _ = two.Write([]byte("second\n\n"))
	_, _ = one.Write([]byte("line\nrest without end"))
	require.Equal(t, []string{"second", "first line"}, texts(r.Tail()))
}

func texts(lines []logtail.Line) []string {
	var all []string
	for _, l := range lines {
		all = append(all, l.Text)
	}
	return all
}

func TestSecretsAreRemovedInEverySpelling(t *testing.T) {
	t.Parallel()
	r := newRig()
	const secret = `p&ss "wörd"/1`
	r.redact.Learn(map[string]string{"/password": secret, "/short": "abc"})
	w := r.Writer()
	quoted, err := json.Marshal(secret)
	require.NoError(t, err)
	for _, s := range []string{
		"plain " + secret, `{"msg":"x","v":` + string(quoted) + `}`,
		"url p%26ss+%22w%C3%B6rd%22%2F1", "cut " + strings.Repeat("z", 100) + secret, "abc stays",
	} {
		_, _ = w.Write([]byte(s + "\n"))
	}
	require.NotContains(t, r.out.String(), "wörd")
	require.NotContains(t, r.out.String(), "w%C3%B6rd")
	require.Contains(t, r.out.String(), "abc stays")
	for _, l := range r.Tail() {
		require.NotContains(t, l.Text, "wörd")
	}
}

func TestFloodIsCountedNotWritten(t *testing.T) {
	t.Parallel()
	r := newRig()
	w := r.Writer()
	for i := range 10_000 {
		_, _ = fmt.Fprintf(w, "line %d\n", i)
	}
	require.Len(t, r.records(t), 500)
	require.Len(t, r.Tail(), 200)
	require.Equal(t, "line 499", r.Tail()[199].Text)

	r.now = r.now.Add(time.Second)
	_, _ = w.Write([]byte("later\n"))
	got := r.records(t)
	require.EqualValues(t, 9500, got[500]["dropped_lines"])
	require.Equal(t, "later", got[501]["msg"])
}

func TestLineWithoutEndTakesBoundedMemory(t *testing.T) {
	t.Parallel()
	r := newRig()
	w := r.Writer()
	for range 1000 {
		_, _ = w.Write(bytes.Repeat([]byte{'x'}, 64<<10))
	}
	_, _ = w.Write([]byte("\nnext\n"))
	require.Equal(t, "next", r.Tail()[1].Text)
	require.LessOrEqual(t, len(r.Tail()[0].Text), 3<<10)
}

func FuzzWriter(f *testing.F) {
	for _, seed := range []string{"a\nb", `{"@message":1}` + "\n", "{\"msg\":\"\\ud800\"}\n", "\x00\n", `{"msg":{"a":1},"level":[]}` + "\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		r := newRig()
		n, err := r.Writer().Write(append(p, '\n'))
		require.NoError(t, err)
		require.Equal(t, len(p)+1, n)
		for _, l := range r.Tail() {
			require.NotContains(t, l.Text, "\n")
			require.NotContains(t, l.Text, "\x1b")
		}
		r.records(t)
	})
}
