package httpapi

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
)

//go:embed docs.html
var docsTemplate string

//go:embed docs.css
var docsStyle []byte

// docs is the documentation made from the description: one page without
// scripts, which asks nobody else for anything.
type docs struct{ page []byte }

// docsPage is what the template shows.
type docsPage struct {
	Info    *openapi3.Info
	Groups  []docsGroup
	Schemas []docsSchema
}

type docsGroup struct {
	Name, Description string
	Operations        []docsOperation
}

type docsOperation struct {
	ID, Method, Path, Summary, Description, Action string
	Open                                           bool
	Parameters                                     []docsField
	Body                                           template.HTML
	BodyType                                       string
	Responses                                      []docsResponse
}

type docsResponse struct {
	Status, Description, ContentType string
	Type                             template.HTML
}

type docsSchema struct {
	Name, Description string
	Type              template.HTML
	Fields            []docsField
}

type docsField struct {
	Name, In, Description string
	Type                  template.HTML
	Required              bool
}

// documentation writes the page once for the whole process.
var documentation = sync.OnceValues(func() (*docs, error) {
	doc, err := description()
	if err != nil {
		return nil, err
	}
	return renderDocs(doc)
})

func renderDocs(doc *openapi3.T) (*docs, error) {
	tmpl, err := template.New("docs").Funcs(template.FuncMap{"prose": prose}).Parse(docsTemplate)
	if err != nil {
		return nil, fmt.Errorf("reading the template of the API documentation: %w", err)
	}
	var page bytes.Buffer
	if err := tmpl.Execute(&page, pageOf(doc)); err != nil {
		return nil, fmt.Errorf("writing the API documentation: %w", err)
	}
	return &docs{page: page.Bytes()}, nil
}

func (d *docs) mount(g *echo.Group) {
	g.GET("/docs", func(c echo.Context) error { return c.HTMLBlob(http.StatusOK, d.page) })
	g.GET("/docs/style.css", func(c echo.Context) error { return c.Blob(http.StatusOK, "text/css; charset=utf-8", docsStyle) })
	g.GET("/openapi.yaml", func(c echo.Context) error { return c.Blob(http.StatusOK, "application/yaml", specText) })
}

func pageOf(doc *openapi3.T) docsPage {
	page := docsPage{Info: doc.Info}
	for _, tag := range doc.Tags {
		page.Groups = append(page.Groups, docsGroup{Name: tag.Name, Description: tag.Description, Operations: operationsOf(doc, tag.Name)})
	}
	for _, name := range sortedKeys(doc.Components.Schemas) {
		schema := doc.Components.Schemas[name].Value
		page.Schemas = append(page.Schemas, docsSchema{
			Name: name, Description: schema.Description, Type: typeOf(&openapi3.SchemaRef{Value: schema}), Fields: fieldsOfSchema(schema),
		})
	}
	return page
}

func operationsOf(doc *openapi3.T, tag string) []docsOperation {
	var list []docsOperation
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if slices.Contains(op.Tags, tag) {
				list = append(list, describeOperation(path, method, item, op))
			}
		}
	}
	slices.SortFunc(list, func(a, b docsOperation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(methodRank(a.Method), methodRank(b.Method)))
	})
	return list
}

func methodRank(method string) int {
	return slices.Index([]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, method)
}

func describeOperation(path, method string, item *openapi3.PathItem, op *openapi3.Operation) docsOperation {
	action, _ := op.Extensions[actionKey].(string)
	d := docsOperation{
		ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Description: op.Description,
		Action: action, Open: op.Security != nil && len(*op.Security) == 0,
	}
	for _, p := range slices.Concat(item.Parameters, op.Parameters) {
		d.Parameters = append(d.Parameters, docsField{
			Name: p.Value.Name, In: p.Value.In, Required: p.Value.Required,
			Description: cmp.Or(p.Value.Description, p.Value.Schema.Value.Description), Type: typeOf(p.Value.Schema),
		})
	}
	if op.RequestBody != nil {
		for contentType, media := range op.RequestBody.Value.Content {
			d.BodyType, d.Body = contentType, typeOf(media.Schema)
		}
	}
	for _, status := range sortedKeys(op.Responses.Map()) {
		d.Responses = append(d.Responses, describeResponse(status, op.Responses.Value(status).Value))
	}
	return d
}

func describeResponse(status string, response *openapi3.Response) docsResponse {
	d := docsResponse{Status: status, Description: *response.Description}
	for contentType, media := range response.Content {
		d.ContentType, d.Type = contentType, typeOf(media.Schema)
	}
	return d
}

func fieldsOfSchema(schema *openapi3.Schema) []docsField {
	var fields []docsField
	for _, part := range schema.AllOf {
		fields = append(fields, fieldsOfSchema(part.Value)...)
	}
	for _, name := range sortedKeys(schema.Properties) {
		property := schema.Properties[name]
		description := property.Value.Description
		if property.Ref != "" {
			description, _ = property.Extensions["description"].(string)
		}
		fields = append(fields, docsField{
			Name: name, Required: slices.Contains(schema.Required, name), Type: typeOf(property), Description: description,
		})
	}
	return fields
}

// typeOf words a schema, with a link where it has a name.
func typeOf(ref *openapi3.SchemaRef) template.HTML {
	if ref == nil {
		return ""
	}
	if name, ok := strings.CutPrefix(ref.Ref, "#/components/schemas/"); ok {
		name = template.HTMLEscapeString(name)
		return template.HTML(`<a href="#schema-` + name + `">` + name + `</a>`) //nolint:gosec // made of our own specification, escaped
	}
	s := ref.Value
	if s.Type.Is(openapi3.TypeArray) {
		return "list of " + typeOf(s.Items)
	}
	var words []string
	if s.Type != nil {
		words = append(words, strings.Join(s.Type.Slice(), " or "))
	}
	if s.Format != "" {
		words = append(words, "("+s.Format+")")
	}
	words = append(words, limitsOf(s)...)
	return template.HTML(template.HTMLEscapeString(strings.Join(words, " "))) //nolint:gosec // made of our own specification, escaped
}

func limitsOf(s *openapi3.Schema) []string {
	var words []string
	if len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum {
			values = append(values, fmt.Sprint(v))
		}
		words = append(words, strings.Join(values, " | "))
	}
	if s.MinLength > 0 || s.MaxLength != nil {
		words = append(words, span(float64(s.MinLength), s.MaxLength)+" characters")
	}
	if s.Min != nil {
		words = append(words, fmt.Sprintf("from %v", *s.Min))
	}
	if s.Max != nil {
		words = append(words, fmt.Sprintf("to %v", *s.Max))
	}
	if s.Pattern != "" {
		words = append(words, "matching "+s.Pattern)
	}
	if s.Default != nil {
		words = append(words, fmt.Sprintf("default %v", s.Default))
	}
	return words
}

func span(low float64, high *uint64) string {
	if high == nil {
		return fmt.Sprintf("at least %v", low)
	}
	if low == 0 {
		return fmt.Sprintf("at most %v", *high)
	}
	return fmt.Sprintf("%v to %v", low, *high)
}

var (
	codeSpan = regexp.MustCompile("`([^`]+)`")
	boldSpan = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	slant    = regexp.MustCompile(`\*([^*]+)\*`)
)

// prose turns the description's plain text with code, bold and emphasis into paragraphs.
func prose(text string) template.HTML {
	var out strings.Builder
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if paragraph == "" {
			continue
		}
		safe := template.HTMLEscapeString(paragraph)
		safe = codeSpan.ReplaceAllString(safe, "<code>$1</code>")
		safe = boldSpan.ReplaceAllString(safe, "<strong>$1</strong>")
		safe = slant.ReplaceAllString(safe, "<em>$1</em>")
		out.WriteString("<p>" + safe + "</p>")
	}
	return template.HTML(out.String()) //nolint:gosec // made of our own specification, escaped
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
