// Package fault names the few kinds of error a caller of the hub's packages
// branches on. Everything else is internal: logged in full, shown to nobody.
package fault

import (
	"errors"
	"fmt"
)

// Code is the kind of a fault, in the words the API uses for it.
type Code string

// The kinds of fault. CodeInternal is the kind of every error that carries none.
const (
	CodeInternal    Code = "internal"
	CodeNotFound    Code = "not_found"
	CodeConflict    Code = "conflict"
	CodeInvalid     Code = "invalid"
	CodeForbidden   Code = "forbidden"
	CodeUnavailable Code = "unavailable"
)

// Error is an error with a kind. Field and Key are set on invalid input only:
// the input's name and the key of the message shown beside it.
type Error struct {
	Code  Code
	Field string
	Key   string
	err   error
}

// Error returns the text meant for logs.
func (e *Error) Error() string { return e.err.Error() }

// Unwrap gives the causes wrapped with %w.
func (e *Error) Unwrap() error { return e.err }

// NotFound reports that what was asked for does not exist, or not for this caller.
func NotFound(format string, args ...any) error {
	return &Error{Code: CodeNotFound, err: fmt.Errorf(format, args...)}
}

// Conflict reports that the state on record does not allow the act.
func Conflict(format string, args ...any) error {
	return &Error{Code: CodeConflict, err: fmt.Errorf(format, args...)}
}

// Forbidden reports that the caller may not do this.
func Forbidden(format string, args ...any) error {
	return &Error{Code: CodeForbidden, err: fmt.Errorf(format, args...)}
}

// Unavailable reports a passing state of the surroundings (disk full, database
// away): the same call may succeed later.
func Unavailable(format string, args ...any) error {
	return &Error{Code: CodeUnavailable, err: fmt.Errorf(format, args...)}
}

// Invalid reports unusable input: the field's name, the key of the message for
// the person who typed it, and a text for logs.
func Invalid(field, key, format string, args ...any) error {
	return &Error{Code: CodeInvalid, Field: field, Key: key, err: fmt.Errorf(format, args...)}
}

// Kind returns the outermost kind found in err, CodeInternal when there is none
// and "" when err is nil.
func Kind(err error) Code {
	if err == nil {
		return ""
	}
	var f *Error
	if errors.As(err, &f) {
		return f.Code
	}
	return CodeInternal
}

// Violations lists every invalid field in err, in the order in which they were
// joined.
func Violations(err error) []*Error {
	var all []*Error
	if f, ok := err.(*Error); ok && f.Code == CodeInvalid { //nolint:errorlint // every level is looked at in turn
		all = append(all, f)
	}
	switch u := err.(type) { //nolint:errorlint // every level is looked at in turn
	case interface{ Unwrap() error }:
		all = append(all, Violations(u.Unwrap())...)
	case interface{ Unwrap() []error }:
		for _, e := range u.Unwrap() {
			all = append(all, Violations(e)...)
		}
	}
	return all
}
