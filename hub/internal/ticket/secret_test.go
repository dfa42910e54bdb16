package ticket_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/ticket"
)

func TestSecretsAreReadAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	ring, err := keyring.Load(filepath.Join(t.TempDir(), "keys"), true)
	require.NoError(t, err)
	secrets := ticket.NewSecrets(ring)
	made := &ticket.Ticket{ID: id.New[id.Ticket](), SecretVersion: 1}
	secret := secrets.Derive(made)
	require.Regexp(t, `^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{2}$`, secret)
	for _, text := range []string{
		secret, strings.ToLower(secret), strings.ReplaceAll(secret, "-", ""), strings.ReplaceAll(secret, "-", " "),
		strings.NewReplacer("0", "O", "1", "l").Replace(secret),
	} {
		require.True(t, secrets.Verify(made, text), text)
	}
	next, other := *made, *made
	next.SecretVersion++
	other.ID = id.New[id.Ticket]()
	require.False(t, secrets.Verify(&next, secret))
	require.False(t, secrets.Verify(&other, secret))
	require.NotEqual(t, secret, secrets.Derive(&next))
	for _, text := range []string{"", secret[1:], secret + "0", "U" + secret[1:], strings.Repeat("0", 26), strings.Repeat("0", 1<<20)} {
		require.False(t, secrets.Verify(made, text))
	}
}

func FuzzVerifySecret(f *testing.F) {
	ring, err := keyring.Load(filepath.Join(f.TempDir(), "keys"), true)
	require.NoError(f, err)
	secrets := ticket.NewSecrets(ring)
	made := &ticket.Ticket{ID: id.New[id.Ticket](), SecretVersion: 1}
	f.Add("K7QF-0000")
	f.Fuzz(func(t *testing.T, given string) {
		if secrets.Verify(made, given) {
			t.Fatal("guessed")
		}
	})
}
