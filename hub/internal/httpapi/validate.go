package httpapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
)

// maxProblemFields bounds how much an answer says about a request full of mistakes.
const maxProblemFields = 20

// limitBody caps the body before anything reads it.
func limitBody(s *spec) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			limit := int64(defaultRequestBytes)
			if op := s.find(c.Request(), c.Path()); op != nil {
				limit = op.limit
			}
			if c.Request().ContentLength > limit {
				return &http.MaxBytesError{Limit: limit}
			}
			c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, limit)
			return next(c)
		}
	}
}

// bodyWait is how long a body may take to arrive: 25 MiB over a poor line.
const bodyWait = 5 * time.Minute

// bodyDeadline ends requests whose body does not arrive. Requests without a body
// get none: a deadline on a live stream would end it.
func bodyDeadline(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Request().ContentLength == 0 {
			return next(c)
		}
		rc := http.NewResponseController(c.Response())
		if err := rc.SetReadDeadline(time.Now().Add(bodyWait)); err == nil {
			// The connection may serve another request, or wait long for this answer.
			defer func() { _ = rc.SetReadDeadline(time.Time{}) }()
		}
		return next(c)
	}
}

// validate holds a request against the description, so that handlers only see
// what it allows.
func validate(s *spec) echo.MiddlewareFunc {
	options := openapi3filter.Options{
		MultiError: true, SkipSettingDefaults: true, RejectWhenRequestBodyNotSpecified: false,
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		SchemaValidationOptions: []openapi3.SchemaValidationOption{
			openapi3.WithStringFormatValidator("uuid", openapi3.NewCallbackValidator(checkUUID)),
		},
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			op := s.find(c.Request(), c.Path())
			opts := options
			opts.ExcludeRequestBody = op.streamed
			input := &openapi3filter.RequestValidationInput{
				Request: c.Request(), PathParams: pathParams(c), QueryParams: c.QueryParams(), Route: op.route, Options: &opts,
			}
			if err := openapi3filter.ValidateRequest(c.Request().Context(), input); err != nil {
				return invalidRequest(err)
			}
			return next(c)
		}
	}
}

func checkUUID(text string) error {
	if len(text) != 36 {
		return errors.New("not a UUID")
	}
	_, err := uuid.Parse(text)
	return err
}

func pathParams(c echo.Context) map[string]string {
	params := map[string]string{}
	for _, name := range c.ParamNames() {
		params[name] = c.Param(name)
	}
	return params
}

// body reads the whole body, which is capped, and puts it back.
func body(r *http.Request) ([]byte, error) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(data))
	return data, nil
}

// invalidRequest says which parameters and fields are wrong: 400 for what cannot
// be read and for parameters, 422 for a body that can be read but not used.
func invalidRequest(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	p := &problemError{status: http.StatusUnprocessableEntity, code: string(fault.CodeInvalid),
		detail: "Something sent is wrong; see fields.", err: err}
	for _, one := range flatten(err) {
		var re *openapi3filter.RequestError
		if !errors.As(one, &re) {
			p.status = http.StatusBadRequest
			continue
		}
		p.note(re)
	}
	if len(p.fields) > maxProblemFields {
		p.fields = p.fields[:maxProblemFields]
	}
	return p
}

func (p *problemError) note(re *openapi3filter.RequestError) {
	switch {
	case re.Parameter != nil:
		p.status = http.StatusBadRequest
		p.fields = append(p.fields, fieldsOf(re.Parameter.Name, re.Err)...)
	case strings.Contains(re.Reason, "Content-Type"):
		p.status, p.code, p.detail = http.StatusUnsupportedMediaType, codeUnsupportedType, "This route takes another Content-Type."
	case errors.Is(re.Err, openapi3filter.ErrInvalidRequired):
		p.status, p.detail = http.StatusBadRequest, "A body is required."
	default:
		fields := fieldsOf("", re.Err)
		if len(fields) == 0 {
			p.status, p.detail = http.StatusBadRequest, "The body cannot be read."
		}
		p.fields = append(p.fields, fields...)
	}
}

// flatten lists the errors joined in one.
func flatten(err error) []error {
	var many openapi3.MultiError
	if !errors.As(err, &many) {
		return []error{err}
	}
	var list []error
	for _, one := range many {
		if me, ok := one.(openapi3.MultiError); ok { //nolint:errorlint // the library nests them bare
			list = append(list, flatten(me)...)
			continue
		}
		list = append(list, one)
	}
	return list
}

func fieldsOf(name string, err error) []api.ProblemField {
	if errors.Is(err, openapi3filter.ErrInvalidRequired) || errors.Is(err, openapi3filter.ErrInvalidEmptyValue) {
		return []api.ProblemField{{Field: name, Code: "required"}}
	}
	var fields []api.ProblemField
	for _, one := range flatten(err) {
		var se *openapi3.SchemaError
		switch {
		case errors.As(one, &se):
			fields = append(fields, api.ProblemField{Field: fieldPath(name, se), Code: fieldCode(se.SchemaField), Message: optional(sentence(se.Reason))})
		case name != "":
			fields = append(fields, api.ProblemField{Field: name, Code: "format"})
		}
	}
	return fields
}

// unsupported is how the library names a field that an object does not have.
var unsupported = regexp.MustCompile(`^property "([^"]+)" is unsupported$`)

func fieldPath(name string, se *openapi3.SchemaError) string {
	path := se.JSONPointer()
	if m := unsupported.FindStringSubmatch(se.Reason); m != nil {
		path = append(path, m[1])
	}
	if name != "" {
		path = append([]string{name}, path...)
	}
	return strings.Join(path, ".")
}

// fieldCode names the rule that a field breaks.
func fieldCode(rule string) string {
	switch rule {
	case "required":
		return "required"
	case "maxLength":
		return "too_long"
	case "minLength":
		return "too_short"
	case "maxItems":
		return "too_many"
	case "minItems", "minProperties":
		return "too_few"
	case "minimum", "maximum":
		return "out_of_range"
	case "enum", "properties", "additionalProperties":
		return "unknown"
	default:
		return "format"
	}
}
