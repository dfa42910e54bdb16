package httpapi

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
)

func TestDescriptionIsValid(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(specText)
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context()))
	require.Equal(t, "3.1.0", doc.OpenAPI)
}

// TestRoutesAndDescriptionAgree holds the generated routes against the
// description in both directions.
func TestRoutesAndDescriptionAgree(t *testing.T) {
	t.Parallel()
	s, err := loadSpec(Config{})
	require.NoError(t, err)
	e := echo.New()
	api.RegisterHandlersWithBaseURL(e, api.NewStrictHandler(stubHandlers{}, nil), basePath)
	var routes, described []string
	for _, r := range e.Routes() {
		routes = append(routes, r.Method+" "+r.Path)
	}
	for key := range s.operations {
		described = append(described, key)
	}
	slices.Sort(routes)
	slices.Sort(described)
	require.Equal(t, described, routes)
}

// TestEveryRouteHasAPolicy fails for a route whose action the policy does not
// know, and for a route that is open without saying so.
func TestEveryRouteHasAPolicy(t *testing.T) {
	t.Parallel()
	s, err := loadSpec(Config{})
	require.NoError(t, err)
	used := map[account.Action]bool{}
	for key, op := range s.operations {
		used[op.action] = true
		require.Contains(t, account.Actions(), op.action, "%s needs an action that the policy knows", key)
		_, err := account.Allow(account.Actor{}, op.action, account.Object{})
		security := op.route.Operation.Security
		open := security != nil && len(*security) == 0
		require.Equal(t, open, err == nil, "%s: the description and the policy must agree on who may come", key)
	}
	for _, action := range account.Actions() {
		require.True(t, used[action], "no route needs %s", action)
	}
}

// TestRoleByRoute asks every route as every role through the whole listener,
// and compares with the policy.
func TestRoleByRoute(t *testing.T) {
	t.Parallel()
	s, err := loadSpec(Config{})
	require.NoError(t, err)
	op := id.New[id.Operator]()
	actors := map[string]account.Actor{
		"anonymous": {},
		"visitor":   {Kind: account.KindOperator, Operator: op, Role: "visitor"},
	}
	for _, role := range account.Roles() {
		actors[string(role)] = account.Actor{Kind: account.KindOperator, Operator: op, Role: role}
		actors["script of "+string(role)] = account.Actor{Kind: account.KindToken, Token: id.New[id.Token](), Role: role}
	}
	for name, actor := range actors {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFaceOf(t, actor)
			for key, o := range s.operations {
				method, path, _ := strings.Cut(key, " ")
				header := asScript
				if actor.Kind == account.Anonymous {
					header = "X-None: "
				}
				w := f.ask(method, example(path), "", header)
				_, err := account.Allow(actor, o.action, account.Object{})
				denied := w.Code == http.StatusForbidden || w.Code == http.StatusUnauthorized
				require.Equal(t, err != nil, denied, "%s as %s: %d, policy says %v", key, name, w.Code, err)
			}
		})
	}
}

// example fills the parameters of a path with values of the right form.
func example(path string) string {
	return strings.NewReplacer(":other", "2026-000124-3", ":number", "2026-000123-7", ":address", "0190c9b0-0000-7000-8000-000000000002", ":merged", "0190c9b0-0000-7000-8000-000000000003", ":id", "0190c9b0-0000-7000-8000-000000000001", ":kind", "reply").Replace(path)
}

// TestObjectsInBodiesAreClosed: a misspelt field must be an error, not silently nothing.
func TestObjectsInBodiesAreClosed(t *testing.T) {
	t.Parallel()
	s, err := loadSpec(Config{})
	require.NoError(t, err)
	for key, op := range s.operations {
		body := op.route.Operation.RequestBody
		if body == nil || op.streamed {
			continue
		}
		schema := body.Value.Content["application/json"].Schema
		if strings.HasSuffix(schema.Ref, "/DraftInput") {
			continue // part of the answer Draft, which has more
		}
		closed := schema.Value.AdditionalProperties.Has
		require.True(t, closed != nil && !*closed, "%s: %s takes any field", key, schema.Ref)
	}
}
