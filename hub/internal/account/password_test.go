package account

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sportello.dev/hub/internal/fault"
)

func TestPasswordRoundTrip(t *testing.T) {
	t.Parallel()
	p := NewPasswords(2)
	hash, err := p.Hash(t.Context(), "un cavallo a dondolo")
	require.NoError(t, err)
	require.Regexp(t, `^\$argon2id\$v=19\$m=19456,t=2,p=1\$`, hash)
	ok, err := p.Verify(t.Context(), hash, "un cavallo a dondolo")
	require.NoError(t, err)
	require.True(t, ok)
	ok, err = p.Verify(t.Context(), hash, "un cavallo a dondolO")
	require.NoError(t, err)
	require.False(t, ok)
	again, err := p.Hash(t.Context(), "un cavallo a dondolo")
	require.NoError(t, err)
	require.NotEqual(t, hash, again, "every hash has its own salt")
}

func TestNoStoredHashNeverMatches(t *testing.T) {
	t.Parallel()
	p := NewPasswords(1)
	for _, guess := range []string{"", "x", p.decoy} {
		ok, err := p.Verify(t.Context(), "", guess)
		require.NoError(t, err)
		require.False(t, ok)
	}
}

func TestVerifyRefusesForeignHashes(t *testing.T) {
	t.Parallel()
	p := NewPasswords(1)
	for _, stored := range []string{
		"secret",
		"$2a$10$abcdefghijklmnopqrstuv",
		"$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=16$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=19456,t=999,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=19456,t=2,p=0$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=19456,t=2,p=1$!!$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AA",
	} {
		_, err := p.Verify(t.Context(), stored, "x")
		require.Error(t, err, stored)
	}
}

func TestDecodeHashTakesAnyText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h, err := decodeHash(rapid.String().Draw(t, "stored"))
		if err == nil && (h.memory > maxArgonMemory || h.passes > maxArgonPasses) {
			t.Fatalf("too costly a hash was accepted: %+v", h)
		}
	})
}

func TestOnlySoManyHashesAtOnce(t *testing.T) {
	t.Parallel()
	p := NewPasswords(1)
	release, err := p.enter(t.Context())
	require.NoError(t, err)
	full, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = p.Hash(full, "abbastanza lunga")
	require.Equal(t, fault.CodeUnavailable, fault.Kind(err), "whoever cannot wait is told to come back")
	release()
	_, err = p.Hash(t.Context(), "abbastanza lunga")
	require.NoError(t, err)
}
