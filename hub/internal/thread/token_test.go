package thread_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/thread"
	"sportello.dev/hub/internal/ticket"
)

func TestTokensLeadBack(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	message := w.Reply(w.Open("uno").ID, w.Answer("ecco"))
	token, err := w.tokens.Mint(t.Context(), w.DB, message, ada)
	require.NoError(t, err)
	require.Regexp(t, `^t[a-z2-7]{26}$`, token)
	require.Len(t, token, thread.MaxTokenLength)
	again, err := w.tokens.Mint(t.Context(), w.DB, message, ada)
	require.NoError(t, err)
	require.Equal(t, token, again)
	other, err := w.tokens.Mint(t.Context(), w.DB, message, bruno)
	require.NoError(t, err)
	require.NotEqual(t, token, other)

	for _, text := range []string{token, strings.ToUpper(token), " " + token + "\n"} {
		got, ok, err := w.tokens.Verify(t.Context(), w.DB, text)
		require.NoError(t, err)
		require.True(t, ok, text)
		require.Equal(t, message, got.Message)
		require.True(t, got.Recipient.Same(ada))
	}

	name := w.tokens.MessageID(message, "comune.example")
	require.Regexp(t, `^<m\.[a-z2-7]{26}\.[a-z2-7]{26}@comune\.example>$`, name)
	for _, text := range []string{name, strings.Trim(name, "<>"), strings.ToUpper(name), strings.Replace(name, "comune", "relay", 1)} {
		got, ok, err := w.tokens.Verify(t.Context(), w.DB, text)
		require.NoError(t, err)
		require.True(t, ok, text)
		require.Equal(t, thread.Proved{Message: message}, got)
	}
}

func TestTokensCannotBeMadeUp(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	message := w.Reply(w.Open("uno").ID, w.Answer("ecco"))
	token, err := w.tokens.Mint(t.Context(), w.DB, message, ada)
	require.NoError(t, err)
	name := w.tokens.MessageID(message, "comune.example")
	wrong := func(s string, at int) string {
		c := byte('a')
		if s[at] == 'a' {
			c = 'b'
		}
		return s[:at] + string(c) + s[at+1:]
	}
	local := strings.Split(strings.Trim(name, "<>"), "@")[0]
	parts := strings.Split(local, ".")
	forged := []string{
		"", "t", "t" + strings.Repeat("a", 26), wrong(token, 1), wrong(token, 10), token + "a", token[:26],
		wrong(name, 5), wrong(name, 35), "<m." + parts[1] + "@comune.example>", "<m." + parts[1] + ".@comune.example>",
		"<m." + parts[1] + "." + token[1:] + "@comune.example>", "t" + parts[2], "<x." + parts[1] + "." + parts[2] + "@comune.example>",
		"<m.!!." + parts[2] + "@x>", "<m..@>", strings.Repeat("<", 100),
	}
	for _, text := range forged {
		_, ok, err := w.tokens.Verify(t.Context(), w.DB, text)
		require.NoError(t, err)
		require.False(t, ok, text)
	}

	stolen, err := keyring.Load(filepath.Join(t.TempDir(), "keys"), true)
	require.NoError(t, err)
	elsewhere := thread.NewTokens(stolen)
	for _, text := range []string{token, name} {
		_, ok, err := elsewhere.Verify(t.Context(), w.DB, text)
		require.NoError(t, err)
		require.False(t, ok, "the table alone proves nothing")
	}
	w.Exec(`UPDATE thread_token SET value = 'mallory@altrove.example'`)
	_, ok, err := w.tokens.Verify(t.Context(), w.DB, token)
	require.NoError(t, err)
	require.False(t, ok, "a token is bound to its recipient")
}

func TestTokensOutliveTheirKey(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	path := filepath.Join(t.TempDir(), "keys")
	ring, err := keyring.Load(path, true)
	require.NoError(t, err)
	message := w.Reply(w.Open("uno").ID, w.Answer("ecco"))
	made := &ticket.Ticket{ID: id.New[id.Ticket](), SecretVersion: 1}
	old := thread.NewTokens(ring)
	token, err := old.Mint(t.Context(), w.DB, message, ada)
	require.NoError(t, err)
	name, secret := old.MessageID(message, "x"), ticket.NewSecrets(ring).Derive(made)

	key, err := keyring.Add(path)
	require.NoError(t, err)
	require.NoError(t, keyring.Promote(path, key, keyring.ThreadToken, keyring.Tracking))
	ring, err = keyring.Load(path, false)
	require.NoError(t, err)
	rotated := thread.NewTokens(ring)
	fresh, err := rotated.Mint(t.Context(), w.DB, message, ada)
	require.NoError(t, err)
	require.NotEqual(t, token, fresh)
	for _, text := range []string{token, fresh, name, rotated.MessageID(message, "x")} {
		got, ok, err := rotated.Verify(t.Context(), w.DB, text)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, message, got.Message)
	}
	require.True(t, ticket.NewSecrets(ring).Verify(made, secret))
}

// No text that names a message is taken for a Message-ID of ours. Tokens of addresses need their row: see
// TestTokensLeadBack.
func FuzzVerifyToken(f *testing.F) {
	ring, err := keyring.Load(filepath.Join(f.TempDir(), "keys"), true)
	require.NoError(f, err)
	tokens := thread.NewTokens(ring)
	message := id.New[id.Message]()
	genuine := tokens.MessageID(message, "comune.example")
	for _, s := range []string{genuine, genuine[:40] + "a" + genuine[41:], "<m." + strings.Repeat("a", 26) + "." + strings.Repeat("a", 26) + "@x>", "<m..@>", "\u0130"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, given string) {
		text := strings.ToLower(strings.TrimSpace(given))
		if len(text) == thread.MaxTokenLength && text[0] == 't' {
			return
		}
		got, ok, err := tokens.Verify(t.Context(), nil, given)
		require.NoError(t, err)
		if local, _, _ := strings.Cut(strings.Trim(text, "<>"), "@"); ok && !strings.HasPrefix(genuine, "<"+local+"@") {
			t.Fatalf("proved %s by %q", got.Message, given)
		}
	})
}
