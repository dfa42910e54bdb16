package postbox_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sportello.dev/adapters/simulator/internal/postbox"
)

var at = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func open(t require.TestingT, dir string) *postbox.Store {
	s, err := postbox.Open(postbox.Options{Dir: dir, Now: func() time.Time { return at }})
	require.NoError(t, err)
	return s
}

func inbox(t require.TestingT, s *postbox.Store) *postbox.Box {
	a, err := s.Ensure("urp@x.example", "Sent")
	require.NoError(t, err)
	b, err := a.Box("inbox")
	require.NoError(t, err)
	return b
}

func boxDir(dir string) string { return filepath.Join(dir, "urp%40x.example", "box-INBOX") }

func TestWhatACrashLeftBehindIsCleanedUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := inbox(t, open(t, dir))
	uid, _, err := b.Append([]byte("one"), at)
	require.NoError(t, err)

	stray := filepath.Join(boxDir(dir), "ffffffff-00000009.eml")
	half := filepath.Join(boxDir(dir), "index.jsonl.tmp")
	require.NoError(t, os.WriteFile(stray, []byte("never acknowledged"), 0o600))
	require.NoError(t, os.WriteFile(half, []byte("{"), 0o600))
	index, err := os.OpenFile(filepath.Join(boxDir(dir), "index.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = index.WriteString(`{"uid":2,"file":"ffffffff-00`)
	require.NoError(t, err)
	require.NoError(t, index.Close())

	b = inbox(t, open(t, dir))
	require.Len(t, b.Messages(), 1)
	raw, err := b.Raw(uid)
	require.NoError(t, err)
	require.Equal(t, "one", string(raw))
	require.NoFileExists(t, stray)
	require.NoFileExists(t, half)
}

func TestADamagedIndexIsReported(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"no heading": "", "not JSON": "hello\n", "heading missing": `{"uid":1,"gone":true}` + "\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			inbox(t, open(t, dir))
			require.NoError(t, os.WriteFile(filepath.Join(boxDir(dir), "index.jsonl"), []byte(content), 0o600))
			_, err := postbox.Open(postbox.Options{Dir: dir, Now: time.Now})
			require.Error(t, err)
		})
	}
}

func TestADiskThatRefusesIsReportedAndNothingIsShown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := inbox(t, open(t, dir))
	require.NoError(t, os.RemoveAll(boxDir(dir)))
	_, _, err := b.Append([]byte("x"), at)
	require.Error(t, err)
	require.Empty(t, b.Messages())
}

func TestNamesAndAddressesThatCannotBeKept(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	for _, address := range []string{"", "x", "../x@y", "a/b@c", "a\x00@b"} {
		_, err := s.Ensure(address)
		require.ErrorIs(t, err, postbox.ErrBadAddress, address)
	}
	a, err := s.Ensure("urp@x.example")
	require.NoError(t, err)
	for _, name := range []string{"", "/", "a\nb"} {
		_, err := a.Create(name)
		require.ErrorIs(t, err, postbox.ErrBadName, name)
	}
	for _, name := range []string{"..", ".", "../../x", "a/b/c", "Perché?"} {
		_, err := a.Create(name)
		require.NoError(t, err, name)
	}
}

func TestListenersAreToldOfEveryChange(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	b := inbox(t, s)
	rings, stop := s.Listen()
	defer stop()
	uid, _, err := b.Append([]byte("x"), at)
	require.NoError(t, err)
	<-rings
	require.NoError(t, b.Mark(uid, imap.FlagSeen, true))
	<-rings
	require.NoError(t, b.Mark(uid, imap.FlagSeen, true))
	require.Empty(t, rings, "it was seen already")
	require.NoError(t, b.Mark(uid, imap.FlagSeen, false))
	<-rings
	require.ErrorIs(t, b.Mark(99, imap.FlagSeen, true), postbox.ErrNoMessage)
}

// TestAReopenedStoreIsTheSame does random things to a mailbox on disk and reopens it in between: what it shows must be what
// a model in memory shows, and no UID may ever be given twice under one UIDVALIDITY.
func TestAReopenedStoreIsTheSame(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		here, err := os.MkdirTemp(dir, "")
		require.NoError(t, err)
		disk, memory := open(t, here), open(t, "")
		given := map[[2]uint32]bool{}
		flag := rapid.SampledFrom([]imap.Flag{imap.FlagSeen, imap.FlagDeleted, "$Label"})
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				raw := []byte(rapid.StringN(0, 20, -1).Draw(t, "raw"))
				uid, validity, err := inbox(t, disk).Append(raw, at, flag.Draw(t, "flag"))
				require.NoError(t, err)
				require.False(t, given[[2]uint32{validity, uint32(uid)}], "given before")
				given[[2]uint32{validity, uint32(uid)}] = true
				want, _, err := inbox(t, memory).Append(raw, at, inbox(t, disk).Messages()[len(inbox(t, disk).Messages())-1].Flags...)
				require.NoError(t, err)
				require.Equal(t, want, uid)
			},
			"flag": func(t *rapid.T) {
				uid := imap.UID(rapid.IntRange(1, 5).Draw(t, "uid"))
				f, on := flag.Draw(t, "flag"), rapid.Bool().Draw(t, "on")
				require.Equal(t, inbox(t, memory).Mark(uid, f, on), inbox(t, disk).Mark(uid, f, on))
			},
			"expunge": func(t *rapid.T) {
				for _, s := range []*postbox.Store{disk, memory} {
					a, _ := s.Account("urp@x.example")
					if a == nil {
						return
					}
					v, _, err := a.Open("INBOX", false)
					require.NoError(t, err)
					require.NoError(t, v.Expunge(nil))
					v.Close()
				}
			},
			"renumber": func(t *rapid.T) {
				_, err := inbox(t, disk).Renumber()
				require.NoError(t, err)
				_, err = inbox(t, memory).Renumber()
				require.NoError(t, err)
				for _, m := range inbox(t, disk).Messages() {
					given[[2]uint32{inbox(t, disk).Validity(), uint32(m.UID)}] = true
				}
			},
			"reopen": func(t *rapid.T) { disk = open(t, here) },
			"": func(t *rapid.T) {
				d, m := inbox(t, disk), inbox(t, memory)
				require.Equal(t, m.Validity(), d.Validity())
				require.Equal(t, contents(t, m), contents(t, d))
				require.Equal(t, m.Status(), d.Status())
			},
		})
	})
}

// content is a message as both kinds of mailbox show it.
type content struct {
	UID   imap.UID
	At    time.Time
	Flags []imap.Flag
	Raw   string
}

func contents(t require.TestingT, b *postbox.Box) []content {
	var list []content
	for _, m := range b.Messages() {
		raw, err := b.Raw(m.UID)
		require.NoError(t, err)
		list = append(list, content{m.UID, m.At, append([]imap.Flag{}, m.Flags...), string(raw)})
	}
	return list
}
