package channel

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func updateGolden() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

var _ = flag.Bool("update", false, "write golden files")

type mailbox struct {
	Name string `json:"name" jsonschema:"minLength=1" it:"Nome" en:"Name"`
	Key  string `json:"key,omitempty" secret:"true" it:"Chiave" en:"Key"`
	Days int    `json:"days,omitempty" jsonschema:"default=7" it:"Giorni" en:"Days"`
}

type settings struct {
	Server    string    `json:"server" jsonschema:"minLength=1" it:"Server|Nome del server" en:"Server|Name of the server" group:"imap"`
	Port      int       `json:"port,omitempty" jsonschema:"minimum=1,maximum=65535,default=993" it:"Porta" en:"Port"`
	Mode      string    `json:"mode,omitempty" jsonschema:"enum=tls,enum=starttls,default=tls" it:"Modo" en:"Mode"`
	Password  string    `json:"password" jsonschema:"minLength=1" secret:"true" it:"Password" en:"Password"`
	Mailboxes []mailbox `json:"mailboxes,omitempty" it:"Caselle" en:"Mailboxes"`
}

func TestSchemaGolden(t *testing.T) {
	t.Parallel()
	var schema any
	require.NoError(t, json.Unmarshal(Schema[settings](), &schema))
	got, err := json.MarshalIndent(schema, "", "  ")
	require.NoError(t, err)
	golden := filepath.Join("testdata", "schema.golden.json")
	if updateGolden() {
		require.NoError(t, os.WriteFile(golden, append(got, '\n'), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got)+"\n")
}

func TestDecode(t *testing.T) {
	t.Parallel()
	config, err := Decode[settings](
		[]byte(`{"server":"mail.example.it","mailboxes":[{"name":"INBOX"},{"name":"Altro","days":1}]}`),
		map[string]string{"/password": "pass word", "/mailboxes/1/key": "k"},
	)
	require.NoError(t, err)
	require.Equal(t, settings{
		Server: "mail.example.it", Port: 993, Mode: "tls", Password: "pass word",
		Mailboxes: []mailbox{{Name: "INBOX", Days: 7}, {Name: "Altro", Key: "k", Days: 1}},
	}, config)
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	secret := map[string]string{"/password": "p"}
	for name, c := range map[string]struct {
		config  string
		secrets map[string]string
	}{
		"no secret":        {`{"server":"x"}`, nil},
		"missing":          {`{}`, secret},
		"unknown":          {`{"server":"x","sever":"y"}`, secret},
		"unknown inside":   {`{"server":"x","mailboxes":[{"name":"a","nme":"b"}]}`, secret},
		"type":             {`{"server":1}`, secret},
		"range":            {`{"server":"x","port":0}`, secret},
		"fraction":         {`{"server":"x","port":1.5}`, secret},
		"enum":             {`{"server":"x","mode":"plain"}`, secret},
		"not JSON":         {`{`, secret},
		"not an object":    {`[]`, secret},
		"secret nowhere":   {`{"server":"x"}`, map[string]string{"/password": "p", "/mailboxes/0/key": "k"}},
		"secret no place":  {`{"server":"x"}`, map[string]string{"password": "p"}},
		"secret into text": {`{"server":"x"}`, map[string]string{"/password": "p", "/server/key": "k"}},
	} {
		_, err := Decode[settings]([]byte(c.config), c.secrets)
		require.Error(t, err, name)
		require.Equal(t, FailureConfig, AsFailure(err).Class, name)
	}
}

func TestJudgeNamesTheField(t *testing.T) {
	t.Parallel()
	judge, err := newSchemaJudge(Schema[settings]())
	require.NoError(t, err)
	for config, want := range map[string]Diagnostic{
		`{"server":"x","port":70000}`:            {Pointer: "/port", Code: "config.range"},
		`{"server":"x","a/b~c":1}`:               {Pointer: "/a~1b~0c", Code: "config.unknown"},
		`{"server":""}`:                          {Pointer: "/server", Code: "config.length"},
		`{"server":"x","mailboxes":[{}]}`:        {Pointer: "/mailboxes/0/name", Code: "config.required"},
		`{"server":"x","mode":"plain"}`:          {Pointer: "/mode", Code: "config.enum"},
		`{"server":"x","mailboxes":{"name":""}}`: {Pointer: "/mailboxes", Code: "config.type"},
	} {
		for _, language := range []string{"it", "en"} {
			findings := judge.check(Check{
				Config: []byte(config), Secrets: map[string]string{"/password": "p"}, Language: language,
			})
			require.Len(t, findings, 1, config)
			require.Equal(t, want.Pointer, findings[0].Pointer)
			require.Equal(t, want.Code, findings[0].Code)
			require.Equal(t, SeverityError, findings[0].Severity)
			require.NotEmpty(t, findings[0].Summary)
		}
	}
}

func TestJudgeNeverShowsTheSecret(t *testing.T) {
	t.Parallel()
	judge, err := newSchemaJudge(Schema[settings]())
	require.NoError(t, err)
	findings := judge.check(Check{
		Config:  []byte(`{"server":"x","mailboxes":[{"name":"n","days":"canary-secret"}]}`),
		Secrets: map[string]string{"/password": "canary-secret", "/mode": "canary-secret"},
	})
	require.NotEmpty(t, findings)
	for _, finding := range findings {
		require.NotContains(t, finding.Summary+finding.Remedy, "canary-secret")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"server":"x"}`), "/password", "p")
	f.Add([]byte(`{"mailboxes":[[[]]]}`), "/mailboxes/0/0/0", "p")
	f.Fuzz(func(t *testing.T, config []byte, pointer, secret string) {
		decoded, err := Decode[settings](config, map[string]string{pointer: secret})
		if err == nil {
			require.NotEmpty(t, decoded.Server)
			require.NotEmpty(t, decoded.Password)
		}
	})
}
