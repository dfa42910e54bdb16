package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"sportello.dev/hub/internal/fault"
)

// maxPage is the largest page of any list.
const maxPage = 50

// value is what an optional parameter says, or the default.
func value[T any](given *T, def T) T {
	if given == nil {
		return def
	}
	return *given
}

// parameters tells a store's complaint about a parameter as 400: the request
// itself is wrong, not what it carries.
func parameters(err error) error {
	if fault.Kind(err) != fault.CodeInvalid {
		return err
	}
	p := problemOfFault(err)
	p.status, p.detail = http.StatusBadRequest, "A parameter is wrong; see fields."
	return p
}

// encodeCursor makes an opaque text of a position in a list.
func encodeCursor[P any](position *P) (*string, error) {
	if position == nil {
		return nil, nil
	}
	text, err := json.Marshal(position)
	if err != nil {
		return nil, err
	}
	return new(base64.RawURLEncoding.EncodeToString(text)), nil
}

// decodeCursor reads what encodeCursor made; nil stands for the beginning.
func decodeCursor[P any](text *string) (*P, error) {
	if text == nil {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(*text)
	if err != nil {
		return nil, parameters(fault.Invalid("cursor", "format", "not a cursor of this list"))
	}
	position := new(P)
	if err := json.Unmarshal(raw, position); err != nil {
		return nil, parameters(fault.Invalid("cursor", "format", "not a cursor of this list"))
	}
	return position, nil
}
