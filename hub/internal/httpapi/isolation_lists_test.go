package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
)

// unlisted are routes without an object that are no lists: a stream, whose isolation has tests of its own, and pictures
// behind a signature.
var unlisted = []string{"GET /live", "GET /pictures"}

// given are values of parameters that must be there, or that only some values fit.
var givenParameters = map[string][]string{
	"from": {"2026-01-01"}, "to": {"2026-12-31"}, "until": {"2027-01-01T00:00:00Z"}, "GET /audit from": {"2026-01-01T00:00:00Z"}, "GET /audit/export from": {"2026-01-01T00:00:00Z"},
	"GET /reports channel": {"email"}, "GET /reports/tickets channel": {"email"}, "reason": {"mime.broken"}, "limit": nil, "act": nil, "actor": nil, "type": {"records"},
}

// TestIsolationOfEveryList asks every route that lists, counts or finds with every parameter turned to what is out of
// sight, as every role: names, numbers and ids of a confidential office's must not come back, nor in what headers say. A
// new route or parameter is asked as soon as the description has it.
func TestIsolationOfEveryList(t *testing.T) {
	t.Parallel()
	w := newIsolated(t)
	s, err := loadSpec(Config{})
	require.NoError(t, err)
	w.exec(t, `UPDATE channel SET name = 'Posta riservata' WHERE slug = 'cittconfidential'`) // of channels everybody may know
	hidden := w.hangers(t)
	secret := slices.Collect(maps.Values(hidden))
	secret = append(secret, "cittconfidential")
	for key, op := range s.operations {
		route := strings.Replace(key, " "+basePath, " ", 1)
		if op.route.Method != "GET" || strings.Contains(route, ":") || slices.Contains(unlisted, route) {
			continue
		}
		for _, query := range w.queries(t, route, op.route.Operation, hidden) {
			for role, who := range w.readers {
				if role == account.Auditor && op.action == account.AuditRead {
					continue // the log names to auditors what was read: numbers and ids, no contents
				}
				answer := w.ask("GET", basePath+strings.TrimPrefix(route, "GET ")+"?"+query.Encode(), "", who)
				require.Less(t, answer.Code, 500, "%s?%s as %s: %s", route, query.Encode(), role, answer.Body)
				said := answer.Body.String()
				for name, values := range answer.Header() {
					said += name + strings.Join(values, " ")
				}
				for _, each := range secret {
					if !strings.Contains(query.Encode(), url.QueryEscape(each)) || answer.Code == 200 {
						require.NotContains(t, said, each, "%s?%s as %s", route, query.Encode(), role)
					}
				}
			}
		}
	}
}

// queries are all values of each parameter by itself, beside those that a route must have.
func (w *isolated) queries(t *testing.T, route string, op *openapi3.Operation, hidden map[string]string) []url.Values {
	t.Helper()
	base, all := url.Values{}, []url.Values{}
	values := map[string][]string{}
	for _, p := range op.Parameters {
		if p.Value.In != openapi3.ParameterInQuery {
			continue
		}
		values[p.Value.Name] = w.values(t, route, p.Value, hidden)
		if p.Value.Required {
			require.NotEmpty(t, values[p.Value.Name], "%s: say in this test what %s may be", route, p.Value.Name)
			base.Set(p.Value.Name, values[p.Value.Name][0])
		}
	}
	all = append(all, base)
	for name, each := range values {
		for _, value := range each {
			query := maps.Clone(base)
			query.Set(name, value)
			all = append(all, query)
		}
	}
	return all
}

// values are what a parameter is turned to: what it may be, and whatever of it is out of sight.
func (w *isolated) values(t *testing.T, route string, p *openapi3.Parameter, hidden map[string]string) []string {
	t.Helper()
	if given, known := givenParameters[route+" "+p.Name]; known {
		return given
	}
	if given, known := givenParameters[p.Name]; known {
		return given
	}
	schema := p.Schema.Value
	if schema.Items != nil {
		schema = schema.Items.Value
	}
	switch {
	case p.Name == "q":
		return []string{"cittconfidential", "cittconfidential@posta.example", "pratica", "segreto", "0000", hidden["number"]}
	case p.Name == "cursor":
		return w.cursors(hidden)
	case p.Name == "object":
		return []string{"tickets/" + hidden["number"], "contacts/" + hidden["contact"], "messages/" + hidden["message"], "attachments/" + hidden["attachment"]}
	case strings.HasPrefix(schema.Pattern, "^[0-9]{4}-"):
		return []string{hidden["number"], w.things["own"].number + "," + hidden["number"]}
	case schema.Format == "uuid":
		return []string{w.officeID(t, "sociale").String(), uuid.NewString()}
	case len(schema.Enum) > 0:
		var each []string
		for _, value := range schema.Enum {
			each = append(each, value.(string)) //nolint:forcetypeassert // all enumerations are of words
		}
		return each
	case schema.Type.Is("boolean"):
		return []string{"true", "false"}
	}
	require.Fail(t, "a parameter that is never turned", "%s: say in this test what %s may be", route, p.Name)
	return nil
}

// cursors are positions at and around what is out of sight, as a list would write them.
func (w *isolated) cursors(hidden map[string]string) []string {
	var all []string
	for _, at := range []any{nil, "2026-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 1, "x"} {
		for _, list := range []string{"", "all", "asks", "mentions", "deliveries", "quarantine"} {
			raw, _ := json.Marshal(map[string]any{"l": list, "k": at, "i": hidden["message"], "s": 1, "h": hidden["contact"]})
			all = append(all, base64.RawURLEncoding.EncodeToString(raw))
		}
	}
	return append(all, "0", "1.1", hidden["message"], base64.RawURLEncoding.EncodeToString([]byte("0.0")))
}
