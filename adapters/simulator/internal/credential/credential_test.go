package credential_test

import (
	"errors"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator/internal/credential"
)

var errNo = errors.New("no")

func check(user, password, token string) error {
	if user == "urp@x" && (password == "p" || token == "t") {
		return nil
	}
	return errNo
}

func TestMechanisms(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mechanism string
		responses [][]byte
		err       error
	}{
		"plain":                  {"plain", [][]byte{[]byte("\x00urp@x\x00p")}, nil},
		"plain, wrong":           {"PLAIN", [][]byte{[]byte("\x00urp@x\x00q")}, errNo},
		"login, two steps":       {"LOGIN", [][]byte{nil, []byte("urp@x"), []byte("p")}, nil},
		"login, initial":         {"LOGIN", [][]byte{[]byte("urp@x"), []byte("p")}, nil},
		"login, wrong":           {"LOGIN", [][]byte{nil, []byte("urp@x"), []byte("")}, errNo},
		"xoauth2":                {"XOAUTH2", [][]byte{[]byte("user=urp@x\x01auth=Bearer t\x01\x01")}, nil},
		"xoauth2, asked":         {"XOAUTH2", [][]byte{nil, []byte("user=urp@x\x01auth=Bearer t\x01\x01")}, nil},
		"xoauth2, nonsense":      {"XOAUTH2", [][]byte{[]byte("hello")}, errNo},
		"xoauth2, another token": {"XOAUTH2", [][]byte{[]byte("user=urp@x\x01auth=Bearer p\x01\x01")}, errNo},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, err := credential.New(c.mechanism, check)
			require.NoError(t, err)
			for i, response := range c.responses {
				_, done, err := server.Next(response)
				if i < len(c.responses)-1 {
					require.NoError(t, err)
					require.False(t, done)
					continue
				}
				require.ErrorIs(t, err, c.err)
				require.True(t, done || err != nil)
			}
		})
	}
}

func TestPlainForAnotherIdentityIsRefused(t *testing.T) {
	t.Parallel()
	server, err := credential.New(sasl.Plain, check)
	require.NoError(t, err)
	_, _, err = server.Next([]byte("sindaco@x\x00urp@x\x00p"))
	require.Error(t, err)
}

func TestUnknownMechanism(t *testing.T) {
	t.Parallel()
	_, err := credential.New("CRAM-MD5", check)
	require.ErrorIs(t, err, credential.ErrUnknownMechanism)
	require.Len(t, credential.Mechanisms(), 3)
}
