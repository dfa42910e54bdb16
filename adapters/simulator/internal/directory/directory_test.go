package directory_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator/internal/directory"
)

func world() *directory.Directory {
	return &directory.Directory{
		TownDomain: "comune.valdoria.example", CitizenDomains: []string{"posta.example", "libero-mail.example"}, CitizenPassword: "valdoria",
		Mailboxes: []directory.Mailbox{{Address: "urp@comune.valdoria.example", Password: "segreta", Token: "t0k3n"}},
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]directory.Resolution{
		"urp@comune.valdoria.example":               {Kind: directory.Town, Account: "urp@comune.valdoria.example", Known: true},
		"URP+r.abc=1@Comune.Valdoria.Example":       {Kind: directory.Town, Account: "urp@comune.valdoria.example", Known: true},
		"sindaco@comune.valdoria.example":           {Kind: directory.Town, Account: "sindaco@comune.valdoria.example"},
		"someone123@posta.example":                  {Kind: directory.Citizen, Account: "someone123@posta.example", Known: true},
		"d'angelo@posta.example":                    {Kind: directory.Citizen, Account: "d'angelo@posta.example", Known: true},
		"inesistente@posta.example":                 {Kind: directory.Citizen, Account: "inesistente@posta.example", Behaviour: directory.Unknown},
		"rimbalza+x@libero-mail.example":            {Kind: directory.Citizen, Account: "rimbalza@libero-mail.example", Known: true, Behaviour: directory.BounceHard},
		"a@b.example":                               {Account: "a@b.example"},
		"a@evil.posta.example":                      {Account: "a@evil.posta.example"},
		"../../etc@posta.example":                   {},
		"due parole@posta.example":                  {},
		"":                                          {},
		"@posta.example":                            {},
		strings.Repeat("a", 300) + "@posta.example": {},
	} {
		require.Equal(t, want, world().Resolve(address), address)
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		user, password, token string
		ok                    bool
	}{
		"town, right":           {"urp@comune.valdoria.example", "segreta", "", true},
		"town, wrong":           {"urp@comune.valdoria.example", "valdoria", "", false},
		"town, empty":           {"urp@comune.valdoria.example", "", "", false},
		"town, token":           {"urp@comune.valdoria.example", "", "t0k3n", true},
		"town, wrong token":     {"urp@comune.valdoria.example", "", "segreta", false},
		"town, unknown":         {"sindaco@comune.valdoria.example", "segreta", "", false},
		"citizen, right":        {"Someone@posta.example", "valdoria", "", true},
		"citizen, wrong":        {"someone@posta.example", "x", "", false},
		"citizen, token":        {"someone@posta.example", "", "t0k3n", false},
		"foreign":               {"a@b.example", "valdoria", "", false},
		"citizen, non existent": {"inesistente@posta.example", "valdoria", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, ok := world().Login(c.user, c.password, c.token)
			require.Equal(t, c.ok, ok)
		})
	}
}
