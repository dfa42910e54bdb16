package reader

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/internal/mime"
)

// planted reads as mime.Read does, except that some subjects are bombs.
func planted(ctx context.Context, r io.Reader, rules mime.Rules, sink mime.AttachmentSink) (*mime.Mail, error) {
	mail, err := mime.Read(ctx, r, rules, sink)
	if err != nil {
		return nil, err
	}
	switch mail.Subject {
	case "spin":
		for i := 0; ; i++ {
			_ = i
		}
	case "eat":
		for eaten := []byte("x"); ; {
			eaten = append(eaten, eaten[:min(len(eaten), 1<<20)]...)
			mail.Text = string(eaten[:1])
		}
	case "gulp":
		_ = bytes.Repeat([]byte("x"), 2<<30)
	case "panic":
		panic("planted")
	case "recurse":
		mail.Size = recurse(mail.Size)
	case "exit":
		os.Exit(7)
	case "what":
		mail.Text = describe()
	}
	return mail, nil
}

// recurse ends only where nobody has patience for it.
func recurse(n int64) int64 {
	if n < 0 {
		return n
	}
	return recurse(n+1) + 1
}

// describe is what a reader sees of the world.
func describe() string {
	var files []string
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		name, _ := os.Readlink("/proc/self/fd/" + e.Name())
		name, _, _ = strings.Cut(name, ":")
		files = append(files, name)
	}
	return fmt.Sprintf("env %d, files %s", len(os.Environ()), strings.Join(files, " "))
}

func TestMain(m *testing.M) {
	Become(planted)
	lonely()
	os.Exit(m.Run())
}

func ordinary() mime.Rules { return mime.Rules{Limits: mime.DefaultLimits()} }

func letter(subject string) string {
	return "From: Anna <anna@posta.example>\r\nSubject: " + subject + "\r\nX-Odd: \xe8\r\n\r\nBuongiorno.\r\n"
}

func from(raw string) Opener {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(raw)), nil }
}

// keeper numbers what it keeps.
type keeper struct{ files []string }

func (k *keeper) Store(_ context.Context, _ mime.Attachment, r io.Reader) (string, error) {
	b, err := io.ReadAll(r)
	k.files = append(k.files, string(b))
	return "ref-" + strconv.Itoa(len(k.files)), err
}

func read(t *testing.T, p *Pool, raw string) (*mime.Mail, error) {
	t.Helper()
	return p.Read(t.Context(), from(raw), ordinary(), &keeper{})
}

// Everything that Parse finds here comes through the pipe as it is.
func TestReadsWhatParseReads(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../mime/testdata/mail/*.eml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	p := held(t, DefaultBounds())
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		here, there := &keeper{}, &keeper{}
		want, err := mime.Parse(t.Context(), bytes.NewReader(raw), mime.DefaultLimits(), here)
		require.NoError(t, err)
		got, err := p.Read(t.Context(), from(string(raw)), ordinary(), there)
		require.NoError(t, err, file)
		require.Equal(t, want.HeaderBytes(), got.HeaderBytes(), file)
		require.NoError(t, want.SetHeader(want.HeaderBytes()))
		require.Equal(t, want, got, file)
		require.Equal(t, here.files, there.files, file)
	}
	require.Len(t, p.idle, 1, "one reader read them all")
}

func TestAReaderHasNothingButItsPipes(t *testing.T) {
	t.Parallel()
	mail, err := read(t, held(t, DefaultBounds()), letter("what"))
	require.NoError(t, err)
	env, files, _ := strings.Cut(mail.Text, ", files ")
	require.Equal(t, "env 0", env)
	for _, f := range strings.Fields(files) {
		// Beside the pipes, what the Go runtime opens to wait and to know its share of the processors.
		if !strings.HasPrefix(f, "/sys/fs/cgroup/") {
			require.Contains(t, []string{"pipe", "anon_inode"}, f, files)
		}
	}
}

// A mail that costs too much, or kills its reader, is named; the next is read.
func TestBombs(t *testing.T) {
	t.Parallel()
	bounds := Bounds{CPU: time.Second, Memory: 128 << 20}
	limit := func(name string, most int64) error { return &mime.LimitError{Limit: name, Max: most} }
	for subject, want := range map[string]error{
		"spin":    limit(LimitCPU, 1),
		"eat":     limit(LimitMemory, bounds.Memory),
		"gulp":    limit(LimitMemory, bounds.Memory),
		"panic":   &CrashError{Detail: "planted"},
		"recurse": &CrashError{Detail: "runtime: goroutine stack exceeds 33554432-byte limit"},
		"exit":    &CrashError{Detail: "exit status 7"},
	} {
		t.Run(subject, func(t *testing.T) {
			t.Parallel()
			p := held(t, bounds)
			_, err := read(t, p, letter("uno"))
			require.NoError(t, err)
			_, err = read(t, p, letter(subject))
			require.Equal(t, want, err)
			require.Empty(t, p.idle)
			mail, err := read(t, p, letter("due"))
			require.NoError(t, err)
			require.Equal(t, "due", mail.Subject)
		})
	}
}

// Where nobody watches, the kernel does.
func TestTheKernelEndsWhatNobodyWatches(t *testing.T) {
	t.Parallel()
	for subject, want := range map[string]string{"spin": LimitCPU, "gulp": LimitMemory} {
		t.Run(subject, func(t *testing.T) {
			t.Parallel()
			r, err := start()
			require.NoError(t, err)
			x := &exchange{process: r, bounds: Bounds{CPU: time.Hour, Memory: 1 << 50}, sink: &keeper{}}
			_, err = x.run(t.Context(), strings.NewReader(letter(subject)), job{
				Rules: ordinary(), Bounds: Bounds{CPU: time.Millisecond, Memory: 64 << 20},
			})
			r.kill()
			var limit *mime.LimitError
			require.ErrorAs(t, x.verdict(t.Context(), err), &limit)
			require.Equal(t, want, limit.Limit)
		})
	}
}

func TestLimitsOfParseComeThrough(t *testing.T) {
	t.Parallel()
	p := held(t, DefaultBounds())
	var limit *mime.LimitError
	_, err := read(t, p, letter(strings.Repeat("x", 200<<10)))
	require.ErrorAs(t, err, &limit)
	require.Equal(t, &mime.LimitError{Limit: mime.LimitHeaderBytes, Max: 100 << 10}, limit)
	_, err = read(t, p, "solo testo")
	require.ErrorIs(t, err, mime.ErrNoHeader)

	// In the middle of an attachment too.
	limits := mime.DefaultLimits()
	limits.AttachmentBytes = 100_000
	_, err = p.Read(t.Context(), from(withFile(200_000)), mime.Rules{Limits: limits}, &keeper{})
	require.ErrorAs(t, err, &limit)
	require.Equal(t, mime.LimitAttachments, limit.Limit)
	_, err = read(t, p, letter("dopo"))
	require.NoError(t, err)
	require.Len(t, p.idle, 1, "the reader lives on")
	require.True(t, p.idle[0].used)
}

func withFile(size int) string {
	return "From: a@b.it\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: application/pdf\r\n\r\n" +
		strings.Repeat("y", size) + "\r\n--x--\r\n"
}

type brokenSink struct{ err error }

func (s brokenSink) Store(context.Context, mime.Attachment, io.Reader) (string, error) {
	return "", s.err
}

// What is not about the mail is not said of it.
func TestOthersFailures(t *testing.T) {
	t.Parallel()
	p, cause := held(t, DefaultBounds()), errors.New("disk full")
	_, err := p.Read(t.Context(), from(withFile(1<<20)), ordinary(), brokenSink{cause})
	require.Equal(t, cause, err)

	broken := func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader(withFile(100_000)[:90_000]), iotest.ErrReader(cause))), nil
	}
	_, err = p.Read(t.Context(), broken, ordinary(), &keeper{})
	require.Equal(t, cause, err)

	_, err = p.Read(t.Context(), func() (io.ReadCloser, error) { return nil, cause }, ordinary(), &keeper{})
	require.Equal(t, cause, err)

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = p.Read(ctx, from(letter("spin")), ordinary(), &keeper{})
	require.ErrorIs(t, err, context.DeadlineExceeded)

	mail, err := read(t, p, letter("dopo"))
	require.NoError(t, err)
	require.Equal(t, "dopo", mail.Subject)
}

// A reader that died while it waited is replaced.
func TestADeadReaderIsReplaced(t *testing.T) {
	t.Parallel()
	p := held(t, DefaultBounds())
	_, err := read(t, p, letter("uno"))
	require.NoError(t, err)
	require.NoError(t, p.idle[0].cmd.Process.Kill())
	_, err = read(t, p, letter("due"))
	require.NoError(t, err)
}

func TestReadersEndWithTheLastChannel(t *testing.T) {
	t.Parallel()
	p := NewPool(DefaultBounds())
	one, two := p.Hold(), p.Hold()
	_, err := read(t, p, letter("uno"))
	require.NoError(t, err)
	r := p.idle[0]
	one()
	one()
	require.Len(t, p.idle, 1)
	two()
	require.Empty(t, p.idle)
	require.True(t, r.cmd.ProcessState.Success(), r.epitaph())
	_, err = read(t, p, letter("due"))
	require.NoError(t, err)
	require.Empty(t, p.idle)
}

func TestIdleReadersEnd(t *testing.T) {
	t.Parallel()
	p := held(t, DefaultBounds())
	_, err := read(t, p, letter("uno"))
	require.NoError(t, err)
	r := p.idle[0]
	p.retire(r)
	<-r.exited
	require.True(t, r.cmd.ProcessState.Success(), r.epitaph())
	require.Empty(t, p.idle)
	require.Empty(t, p.ends)
}

func held(tb testing.TB, bounds Bounds) *Pool {
	tb.Helper()
	p := NewPool(bounds)
	tb.Cleanup(p.Hold())
	return p
}

func BenchmarkRead(b *testing.B) {
	raw := letter("ordinaria") + strings.Repeat("Una riga di testo come tante altre.\r\n", 500)
	p := held(b, DefaultBounds())
	b.Run("in a reader", func(b *testing.B) {
		for b.Loop() {
			_, err := p.Read(b.Context(), from(raw), ordinary(), &keeper{})
			require.NoError(b, err)
		}
	})
	b.Run("here", func(b *testing.B) {
		for b.Loop() {
			_, err := mime.Parse(b.Context(), strings.NewReader(raw), mime.DefaultLimits(), &keeper{})
			require.NoError(b, err)
		}
	})
}
