package httpapi

import (
	"cmp"
	_ "embed"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"sportello.dev/hub/internal/account"
)

//go:generate ../../../.cache/tools/oapi-codegen -config config.yaml openapi.yaml

//go:embed openapi.yaml
var specText []byte

// basePath is where the API lives on the internal listener.
const basePath = "/api/v1"

// Limits on request bodies when the configuration sets none, in bytes. JSON
// carries at most a reply with its HTML.
const (
	defaultRequestBytes = 1 << 20
	defaultUploadBytes  = 25 << 20
)

const (
	actionKey     = "x-action"
	idempotentKey = "Idempotency-Key"
)

// operation is one route as the description has it.
type operation struct {
	id     string
	action account.Action
	// limit is the largest body, in bytes.
	limit int64
	// idempotent says that the route takes an Idempotency-Key.
	idempotent bool
	// streamed says that the body is a file, which is not read before the handler does.
	streamed bool
	route    *routers.Route
}

// spec is the description of the API and its routes by method and path pattern of the router.
type spec struct {
	doc        *openapi3.T
	operations map[string]*operation
}

// description reads the embedded text once for the whole process: its 260 KB take longer than all else that a listener
// begins with. Nothing writes on what it returns.
var description = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(specText)
	if err != nil {
		return nil, fmt.Errorf("reading the API description: %w", err)
	}
	// The library compiles the schemas of a 3.1 document anew for every value it
	// checks; ours use nothing that 3.0 lacks, so requests are checked by its rules.
	doc.OpenAPI = "3.0.3"
	return doc, nil
})

func loadSpec(cfg Config) (*spec, error) {
	doc, err := description()
	if err != nil {
		return nil, err
	}
	s := &spec{doc: doc, operations: map[string]*operation{}}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			o, err := newOperation(cfg, doc, path, item, method, op)
			if err != nil {
				return nil, err
			}
			s.operations[method+" "+routerPath(path)] = o
		}
	}
	return s, nil
}

func newOperation(cfg Config, doc *openapi3.T, path string, item *openapi3.PathItem, method string, op *openapi3.Operation) (*operation, error) {
	action, _ := op.Extensions[actionKey].(string)
	if action == "" {
		return nil, fmt.Errorf("the API description gives %s %s no %s", method, path, actionKey)
	}
	o := &operation{
		id: op.OperationID, action: account.Action(action), limit: cmp.Or(cfg.RequestBytes, defaultRequestBytes),
		idempotent: op.Parameters.GetByInAndName(openapi3.ParameterInHeader, idempotentKey) != nil,
		route:      &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: op},
	}
	if body := op.RequestBody; body != nil {
		o.streamed = body.Value.Content["application/octet-stream"] != nil
	}
	if o.streamed {
		o.limit = uploadLimit(cfg)
	}
	return o, nil
}

// routerPath turns "/tickets/{number}" into "/api/v1/tickets/:number".
func routerPath(path string) string {
	return basePath + strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// find returns the operation of a matched route; nil for a route outside the description.
func (s *spec) find(r *http.Request, pattern string) *operation {
	return s.operations[r.Method+" "+pattern]
}
