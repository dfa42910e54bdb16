package channel

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

type account struct {
	Host     string `json:"host" peer:"true" group:"server" it:"Server" en:"Server"`
	Auth     string `json:"auth,omitempty" jsonschema:"enum=password,enum=token" itwords:"password=Password|token=Gettone" enwords:"password=Password|token=Token" it:"Accesso" en:"Sign-in"`
	Password string `json:"password,omitempty" secret:"true" when:"/auth=password" it:"Password" en:"Password"`
	CA       string `json:"ca,omitempty" advanced:"true" lines:"6" it:"Autorità" en:"Authority"`
}

// What the interface reads beside the rules of JSON Schema.
func TestNotesForForms(t *testing.T) {
	t.Parallel()
	schema := Schema[account](
		Group{Name: "server", IT: "Il server|Lo indica il fornitore", EN: "The server"},
		Preset{Name: "aruba", IT: "Aruba", EN: "Aruba", Values: map[string]any{"/host": "imaps.aruba.it"}},
	)
	var form struct {
		Groups  []map[string]any `json:"x-groups"`
		Presets []struct {
			Name   string
			Values map[string]string
		} `json:"x-presets"`
		Properties map[string]map[string]any
	}
	require.NoError(t, json.Unmarshal(schema, &form))
	require.Equal(t, map[string]any{"title": "Il server", "description": "Lo indica il fornitore"}, form.Groups[0]["x-it"])
	require.Equal(t, map[string]string{"/host": "imaps.aruba.it"}, form.Presets[0].Values)
	host, auth, ca := form.Properties["host"], form.Properties["auth"], form.Properties["ca"]
	require.Equal(t, []any{true, "server"}, []any{host["x-peer"], host["x-group"]})
	require.Equal(t, map[string]any{"password": "Password", "token": "Gettone"}, auth["x-it"].(map[string]any)["values"])
	require.Equal(t, []any{true, 6.0}, []any{ca["x-advanced"], ca["x-lines"]})
	require.Equal(t, map[string]any{"/auth": "password"}, form.Properties["password"]["x-when"])
	require.Equal(t, true, form.Properties["password"]["writeOnly"])
}

func TestStepsThatEndedAreFindings(t *testing.T) {
	t.Parallel()
	for state, want := range map[StepState]Severity{
		StepPlanned: 0, StepRunning: 0, StepSkipped: 0, StepPassed: SeverityOK, StepWarning: SeverityWarning, StepFailed: SeverityError,
	} {
		finding, ended := Step{State: state, Code: "imap.auth"}.Finding()
		require.Equal(t, want, finding.Severity)
		require.Equal(t, want != 0, ended)
	}
}
