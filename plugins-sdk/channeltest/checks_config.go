package channeltest

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channelpb"
)

func configChecks() []check {
	return []check{
		{"config/schema is valid 2020-12", always, configSchema},
		{"config/example accepted", always, configExample},
		{"config/probe leaves no trace", always, configProbe},
		{"config/trial plans and ends each step", tries, configTrial},
		{"config/missing required fields refused", always, configRequired},
		{"config/unknown key refused", always, configUnknown},
		{"config/not an object refused", always, configNotObject},
		{"config/semantic mistakes refused", given(always, hasInvalid, "the suite gives no Invalid"), configInvalid},
		{"config/secrets are write-only", always, configSecrets},
		{"config/labels in Italian and English", always, configLabels},
		{"config/refusals in Italian and English", always, configLanguages},
		{"config/describe is pure and complete", always, configDescribe},
		{"config/open refuses what is invalid", always, configOpenRefuses},
		{"config/profile within the description", always, configProfile},
	}
}

func hasInvalid(s *subject) bool { return len(s.suite.Invalid) > 0 }

// property is one field of a configuration by its pointer, with * for the elements of arrays.
type property struct {
	pointer  string
	rules    map[string]any
	required bool
}

// properties walks a schema without references, as Schema makes it, and one with local references as well.
func properties(root, node map[string]any, prefix string) []property {
	if ref, ok := node["$ref"].(string); ok {
		node = resolve(root, ref)
	}
	var all []property
	if items, ok := node["items"].(map[string]any); ok {
		all = append(all, properties(root, items, prefix+"/*")...)
	}
	fields, _ := node["properties"].(map[string]any)
	required, _ := node["required"].([]any)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		rules, ok := fields[name].(map[string]any)
		if !ok {
			continue
		}
		pointer := prefix + "/" + strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
		all = append(all, property{pointer: pointer, rules: rules, required: slices.Contains(required, any(name))})
		all = append(all, properties(root, rules, pointer)...)
	}
	return all
}

func resolve(root map[string]any, ref string) map[string]any {
	node := root
	for step := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		node, _ = node[step].(map[string]any)
	}
	return node
}

func (t *trial) schema() map[string]any {
	t.Helper()
	var schema map[string]any
	require.NoError(t, json.Unmarshal(t.description.ConfigSchema, &schema))
	return schema
}

var elementIndex = regexp.MustCompile(`/\d+(/|$)`)

// declares says whether a pointer, with indices, leads to a field of the schema.
func (t *trial) declares(pointer string) bool {
	t.Helper()
	wanted := elementIndex.ReplaceAllString(pointer, "/*$1")
	schema := t.schema()
	return pointer == "" || slices.ContainsFunc(properties(schema, schema, ""), func(p property) bool {
		return p.pointer == wanted || p.pointer+"/*" == wanted
	})
}

func configSchema(t *trial) {
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(t.description.ConfigSchema))
	require.NoError(t, err)
	require.Equal(t, "https://json-schema.org/draft/2020-12/schema", t.schema()["$schema"])
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("config.json", schema))
	_, err = compiler.Compile("config.json")
	require.NoError(t, err)
	require.Equal(t, false, t.schema()["additionalProperties"], "unknown keys must be refused")
}

func faulty(findings []channel.Diagnostic) []channel.Diagnostic {
	return slices.DeleteFunc(slices.Clone(findings), func(d channel.Diagnostic) bool {
		return d.Severity != channel.SeverityError
	})
}

func configExample(t *trial) {
	findings, err := t.start().Validate(t.world.Config, t.world.Secrets, false)
	require.NoError(t, err)
	require.Empty(t, faulty(findings))
}

func configProbe(t *trial) {
	var keys []string
	if ingests(t.subject) == "" {
		_, keys = t.inject(1)
	}
	findings, err := t.start().Validate(t.world.Config, t.world.Secrets, true)
	require.NoError(t, err)
	require.Empty(t, faulty(findings), "the suite's provider can be reached")
	if t.world.Effects != nil {
		require.Empty(t, t.world.Effects(), "a probe sends nothing")
	}
	for _, key := range keys {
		require.True(t, t.world.Present == nil || t.world.Present(key), "a probe removes nothing")
	}
	require.Empty(t, t.host.Entries(), "a probe keeps nothing")
}

// tries is the applicability of checks about trials.
func tries(s *subject) string {
	if _, ok := s.world.Adapter.(channel.Trier); !ok {
		return "has no trial"
	}
	return ""
}

func configTrial(t *trial) {
	reports, err := t.start().Try(t.world.Config, t.world.Secrets)
	require.NoError(t, err)
	require.NotEmpty(t, reports)
	last := map[string]channel.Step{}
	for _, report := range reports {
		if report.State != channel.StepPlanned {
			require.Contains(t, last, report.Name, "begun and not planned")
		}
		last[report.Name] = report
	}
	for name, step := range last {
		require.NotContains(t, []channel.StepState{channel.StepPlanned, channel.StepRunning}, step.State, "%s does not end", name)
		require.True(t, t.declares(step.Pointer), "%s points to %q, which is no field", name, step.Pointer)
	}
}

// refused validates, demands errors, and that each names a real field.
func (t *trial) refused(h *Harness, config json.RawMessage, secrets map[string]string) []channel.Diagnostic {
	t.Helper()
	findings, err := h.Validate(config, secrets, false)
	require.NoError(t, err)
	errors := faulty(findings)
	require.NotEmpty(t, errors, "this must be refused: %s", config)
	return errors
}

func pointers(findings []channel.Diagnostic) (all []string) {
	for _, finding := range findings {
		all = append(all, finding.Pointer)
	}
	return all
}

func configRequired(t *trial) {
	h := t.start()
	schema := t.schema()
	for _, p := range properties(schema, schema, "") {
		if !p.required || strings.Count(p.pointer, "/") > 1 {
			continue
		}
		config, secrets := t.without(p.pointer)
		require.Contains(t, pointers(t.refused(h, config, secrets)), p.pointer)
	}
}

// without is the valid configuration less one top-level field.
func (t *trial) without(pointer string) (json.RawMessage, map[string]string) {
	t.Helper()
	var config map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(t.world.Config, &config))
	delete(config, strings.TrimPrefix(pointer, "/"))
	secrets := maps.Clone(t.world.Secrets)
	delete(secrets, pointer)
	encoded, err := json.Marshal(config)
	require.NoError(t, err)
	return encoded, secrets
}

func configUnknown(t *trial) {
	var config map[string]any
	require.NoError(t, json.Unmarshal(t.world.Config, &config))
	config["no_such_key"] = 1
	encoded, err := json.Marshal(config)
	require.NoError(t, err)
	errors := t.refused(t.start(), encoded, t.world.Secrets)
	require.Contains(t, pointers(errors), "/no_such_key")
}

func configNotObject(t *trial) {
	h := t.start()
	for _, config := range []string{`[]`, `"x"`, `null`, `{`, `{"a":}`} {
		t.refused(h, json.RawMessage(config), nil)
	}
}

func configInvalid(t *trial) {
	h := t.start()
	for _, invalid := range t.suite.Invalid {
		errors := t.refused(h, invalid.Config, invalid.Secrets)
		if invalid.Pointer != "" {
			require.Contains(t, pointers(errors), invalid.Pointer, invalid.Name)
		}
		for _, finding := range errors {
			require.True(t, t.declares(finding.Pointer), "%s: no field %q in the schema", invalid.Name, finding.Pointer)
			require.NotEmpty(t, finding.Code, invalid.Name)
		}
	}
}

var secretName = regexp.MustCompile(`(?i)(password|passwd|secret|token|api_?key|private_?key|credential)`)

func configSecrets(t *trial) {
	schema := t.schema()
	writeOnly := map[string]bool{}
	for _, p := range properties(schema, schema, "") {
		name := p.pointer[strings.LastIndex(p.pointer, "/")+1:]
		hidden := p.rules["writeOnly"] == true
		writeOnly[p.pointer] = hidden
		if secretName.MatchString(name) && p.rules["type"] == "string" {
			require.True(t, hidden, "%s looks like a secret and is not writeOnly", p.pointer)
		}
		if hidden {
			require.NotContains(t, p.rules, "default", "a secret has no default")
		}
	}
	for pointer := range t.world.Secrets {
		require.True(t, writeOnly[elementIndex.ReplaceAllString(pointer, "/*$1")], "the secret %s is not writeOnly", pointer)
	}
}

func configLabels(t *trial) {
	schema := t.schema()
	for _, p := range properties(schema, schema, "") {
		for _, language := range []string{"x-it", "x-en"} {
			label, _ := p.rules[language].(map[string]any)
			title, _ := label["title"].(string)
			require.NotEmpty(t, title, "%s has no title in %s", p.pointer, language)
		}
	}
}

func configLanguages(t *trial) {
	h := t.start()
	said := map[string]string{}
	for _, language := range []string{"it", "en"} {
		answer, err := h.Client.Validate(h.Context(), &channelpb.ValidateRequest{
			ConfigJson: []byte(`{"no_such_key":1}`), Language: language,
		})
		require.NoError(t, err)
		require.NotEmpty(t, answer.GetDiagnostics())
		said[language] = answer.GetDiagnostics()[0].GetSummary()
		require.NotEmpty(t, said[language])
	}
	require.NotEqual(t, said["it"], said["en"])
}

var (
	kindName = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)
	semantic = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)
)

func configDescribe(t *trial) {
	h := t.start()
	first, err := h.Client.Describe(h.Context(), &channelpb.DescribeRequest{})
	require.NoError(t, err)
	t.openOn(h)
	second, err := h.Client.Describe(h.Context(), &channelpb.DescribeRequest{})
	require.NoError(t, err)
	require.True(t, proto.Equal(first, second), "a description does not change")
	again := t.world.Again().Describe()
	require.Equal(t, t.description, again, "two processes of one kind describe themselves alike")
	require.Regexp(t, kindName, first.GetAdapter())
	require.Regexp(t, semantic, first.GetVersion())
	require.NotEmpty(t, first.GetDisplayName()["it"])
	require.NotEmpty(t, first.GetDisplayName()["en"])
	require.NotEmpty(t, first.GetCapabilities())
	require.NotContains(t, first.GetCapabilities(), channelpb.Capability_CAPABILITY_UNSPECIFIED)
	for _, route := range first.GetHttpRoutes() {
		require.NotEmpty(t, route.GetAction(), "route %q has no action", route.GetPattern())
		require.False(t, strings.HasPrefix(route.GetPattern(), "/"), "patterns are relative to the channel")
	}
}

func configOpenRefuses(t *trial) {
	_, err := t.start().Open(Opening{Config: json.RawMessage(`{"no_such_key":1}`), Secrets: t.world.Secrets})
	require.Equal(t, codes.FailedPrecondition, status.Code(err))
	require.Equal(t, channelpb.FailureClass_FAILURE_CLASS_CONFIG, failureOf(err).GetClass())
}

// failureOf is the failure in the details of a gRPC status.
func failureOf(err error) *channelpb.Failure {
	for _, detail := range status.Convert(err).Details() {
		if failure, ok := detail.(*channelpb.Failure); ok {
			return failure
		}
	}
	return nil
}

func configProfile(t *trial) {
	for _, capability := range t.profile.Capabilities {
		require.Contains(t, t.description.Capabilities, capability)
	}
	if !t.can(channel.CapabilitySend) {
		return
	}
	switch t.profile.Reconcile {
	case channel.ReconcileKey:
		require.True(t, t.can(channel.CapabilityIdempotentSend), "reconciling by key needs IDEMPOTENT_SEND")
	case channel.ReconcileLookup:
		require.True(t, t.can(channel.CapabilityLookup), "reconciling by look-up needs LOOKUP_DELIVERY")
	case channel.ReconcileReceipts:
		require.True(t, t.can(channel.CapabilityReports), "reconciling by receipts needs REPORTS")
	default:
		require.Equal(t, channel.ReconcileNone, t.profile.Reconcile, "a channel that sends says how it reconciles")
	}
}
