package keyring_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sportello.dev/hub/internal/keyring"
)

// fixed is a key file with known keys, so that what it makes can be pinned.
const fixed = `{"format": 1, "primary": {"tracking": "one", "audit": "two"}, "keys": [
	{"id": "one", "created": "2026-01-01T00:00:00Z", "secret": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="},
	{"id": "two", "created": "2026-02-01T00:00:00Z", "secret": "YWJjZGVmZ2hpamFiY2RlZmdoaWphYmNkZWZnaGlqYWI="}]}`

func newRing(t testing.TB) (*keyring.Ring, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.json")
	r, err := keyring.Load(path, true)
	require.NoError(t, err)
	return r, path
}

func writeFile(t testing.TB, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.json")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	require.NoError(t, os.Chmod(path, mode))
	return path
}

func TestCreatedOnceAndPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	_, err := keyring.Load(path, false)
	require.ErrorIs(t, err, os.ErrNotExist)

	macs := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range macs {
		wg.Go(func() {
			r, err := keyring.Load(path, true)
			if err != nil {
				t.Errorf("loading: %v", err)
				return
			}
			_, macs[i] = r.MAC(keyring.Tracking, []byte("x"))
		})
	}
	wg.Wait()
	for _, mac := range macs {
		require.Equal(t, macs[0], mac, "replicas that start together share one key")
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing is left beside it")
}

func TestWhatKeysMakeNeverChanges(t *testing.T) {
	t.Parallel()
	r, err := keyring.Load(writeFile(t, fixed, 0o640), false)
	require.NoError(t, err)
	id, mac := r.MAC(keyring.Tracking, []byte("ticket"), []byte("1"))
	require.Equal(t, "one", id)
	require.Equal(t, "9853b0ee1261f78dd2d1309dcb81a3558b70a2bf4a1b47557d3433ddfc427ab9", hex.EncodeToString(mac))
	id, mac = r.MAC(keyring.Audit, []byte("ticket"), []byte("1"))
	require.Equal(t, "two", id)
	require.Equal(t, "fc6918b70b655c4f27c8fc7eed1d77a07410d3df3024315af8adff521000175a", hex.EncodeToString(mac))
	id, _ = r.Derive(keyring.Session)
	require.Equal(t, "one", id, "a purpose without an entry uses the first key")
}

func TestMAC(t *testing.T) {
	t.Parallel()
	r, _ := newRing(t)
	id, mac := r.MAC(keyring.ThreadToken, []byte("ab"), []byte("c"))
	require.True(t, r.VerifyMAC(keyring.ThreadToken, id, mac, []byte("ab"), []byte("c")))
	require.True(t, r.VerifyMAC(keyring.ThreadToken, id, mac[:16], []byte("ab"), []byte("c")))
	again, err := r.MACWith(keyring.ThreadToken, id, []byte("ab"), []byte("c"))
	require.NoError(t, err)
	require.Equal(t, mac, again)

	flipped := bytes.Clone(mac)
	flipped[15] ^= 1
	for name, ok := range map[string]bool{
		"too short":       r.VerifyMAC(keyring.ThreadToken, id, mac[:15], []byte("ab"), []byte("c")),
		"too long":        r.VerifyMAC(keyring.ThreadToken, id, append(bytes.Clone(mac), 0), []byte("ab"), []byte("c")),
		"empty":           r.VerifyMAC(keyring.ThreadToken, id, nil, []byte("ab"), []byte("c")),
		"changed":         r.VerifyMAC(keyring.ThreadToken, id, flipped[:16], []byte("ab"), []byte("c")),
		"moved boundary":  r.VerifyMAC(keyring.ThreadToken, id, mac, []byte("a"), []byte("bc")),
		"one part less":   r.VerifyMAC(keyring.ThreadToken, id, mac, []byte("abc")),
		"other purpose":   r.VerifyMAC(keyring.Tracking, id, mac, []byte("ab"), []byte("c")),
		"unknown key":     r.VerifyMAC(keyring.ThreadToken, "nobody", mac, []byte("ab"), []byte("c")),
		"other data":      r.VerifyMAC(keyring.ThreadToken, id, mac, []byte("ab"), []byte("d")),
		"no data at all ": r.VerifyMAC(keyring.ThreadToken, id, mac),
	} {
		require.False(t, ok, name)
	}
}

func TestSealOpens(t *testing.T) {
	t.Parallel()
	r, _ := newRing(t)
	rapid.Check(t, func(rt *rapid.T) {
		text, aad := rapid.SliceOf(rapid.Byte()).Draw(rt, "text"), rapid.SliceOf(rapid.Byte()).Draw(rt, "aad")
		sealed, err := r.Seal(keyring.Secrets, text, aad)
		require.NoError(rt, err)
		got, err := r.Open(keyring.Secrets, sealed, aad)
		require.NoError(rt, err)
		require.True(rt, bytes.Equal(text, got))

		at := rapid.IntRange(0, len(sealed)-1).Draw(rt, "at")
		sealed[at] ^= byte(rapid.IntRange(1, 255).Draw(rt, "bits"))
		_, err = r.Open(keyring.Secrets, sealed, aad)
		require.Error(rt, err, "every byte counts")
	})
}

func TestSealedValueStaysInItsPlace(t *testing.T) {
	t.Parallel()
	r, _ := newRing(t)
	sealed, err := r.Seal(keyring.Secrets, []byte("hunter2"), []byte("channel 1"))
	require.NoError(t, err)
	other, err := r.Seal(keyring.Secrets, []byte("hunter2"), []byte("channel 1"))
	require.NoError(t, err)
	require.NotEqual(t, sealed, other, "equal secrets do not look equal")
	require.NotContains(t, string(sealed), "hunter2")
	_, err = r.Open(keyring.Secrets, sealed, []byte("channel 2"))
	require.Error(t, err)
	_, err = r.Open(keyring.Session, sealed, []byte("channel 1"))
	require.Error(t, err)
	stranger, _ := newRing(t)
	_, err = stranger.Open(keyring.Secrets, sealed, []byte("channel 1"))
	require.ErrorContains(t, err, "has no key")
	for _, bad := range [][]byte{nil, {1}, {1, 200, 'a'}, sealed[:len(sealed)-1], {2, 1, 'a'}} {
		_, err := r.Open(keyring.Secrets, bad, nil)
		require.Error(t, err)
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	old, path := newRing(t)
	oldID, mac := old.MAC(keyring.Tracking, []byte("x"))
	sealed, err := old.Seal(keyring.Secrets, []byte("password"), nil)
	require.NoError(t, err)

	added, err := keyring.Add(path)
	require.NoError(t, err)
	between, err := keyring.Load(path, false)
	require.NoError(t, err)
	id, _ := between.MAC(keyring.Tracking, []byte("x"))
	require.Equal(t, oldID, id, "a key that was only added makes nothing")
	require.ElementsMatch(t, []string{oldID, added}, between.KeyIDs())

	require.NoError(t, keyring.Promote(path, added, keyring.Tracking, keyring.Secrets))
	fresh, err := keyring.Load(path, true)
	require.NoError(t, err)
	id, newMAC := fresh.MAC(keyring.Tracking, []byte("x"))
	require.Equal(t, added, id)
	require.NotEqual(t, mac, newMAC)
	require.True(t, fresh.VerifyMAC(keyring.Tracking, oldID, mac, []byte("x")))
	require.True(t, between.VerifyMAC(keyring.Tracking, id, newMAC, []byte("x")), "a replica not yet restarted understands the new key")
	id, _ = fresh.Derive(keyring.Audit)
	require.Equal(t, oldID, id, "other purposes keep their key")
	text, err := fresh.Open(keyring.Secrets, sealed, nil)
	require.NoError(t, err)
	require.Equal(t, "password", string(text))

	require.Error(t, keyring.Promote(path, "nobody", keyring.Tracking))
	_, err = keyring.Load(path, false)
	require.NoError(t, err, "a refused change leaves the file as it was")
	require.NoError(t, os.WriteFile(path+".new", nil, 0o600))
	_, err = keyring.Add(path)
	require.ErrorContains(t, err, "another change")
}

func TestUnusableFilesAreRefusedAndKept(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, content, want string
		mode                os.FileMode
	}{
		{"open to all", fixed, "chmod 600", 0o644},
		{"writable by group", fixed, "chmod 600", 0o660},
		{"empty", "", "not the JSON", 0o600},
		{"no keys", `{"format":1,"primary":{},"keys":[]}`, "no key", 0o600},
		{"later format", strings.Replace(fixed, `"format": 1`, `"format": 2`, 1), "format is 2", 0o600},
		{"unknown field", strings.Replace(fixed, `"format"`, `"fromat"`, 1), "not the JSON", 0o600},
		{"short secret", strings.Replace(fixed, `OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=`, ``, 1), "not 32 bytes", 0o600},
		{"two alike", strings.Replace(fixed, `"id": "two"`, `"id": "one"`, 1), "two keys", 0o600},
		{"primary gone", strings.Replace(fixed, `"audit": "two"`, `"audit": "three"`, 1), `"three"`, 0o600},
		{"bad id", strings.Replace(fixed, `"id": "two"`, `"id": "TWO"`, 1), "proper id", 0o600},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := writeFile(t, c.content, c.mode)
			_, err := keyring.Load(path, true)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "MDEyMzQ1", "no secret in an error")
			kept, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, c.content, string(kept))
		})
	}
}

func FuzzOpen(f *testing.F) {
	r, err := keyring.Load(filepath.Join(f.TempDir(), "keys.json"), true)
	require.NoError(f, err)
	sealed, err := r.Seal(keyring.Secrets, []byte("x"), nil)
	require.NoError(f, err)
	f.Add(sealed)
	f.Add([]byte{1, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		if text, err := r.Open(keyring.Secrets, b, nil); err == nil {
			require.Equal(t, sealed, b, "only what was sealed opens, here to %q", text)
		}
	})
}
