package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/fault"
)

func TestKindIsFoundThroughWrapping(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		err  error
		want fault.Code
	}{
		{"nil", nil, ""},
		{"plain", io.EOF, fault.CodeInternal},
		{"not found", fault.NotFound("ticket %d", 7), fault.CodeNotFound},
		{"conflict", fault.Conflict("taken"), fault.CodeConflict},
		{"forbidden", fault.Forbidden("no"), fault.CodeForbidden},
		{"unavailable", fault.Unavailable("disk full"), fault.CodeUnavailable},
		{"invalid", fault.Invalid("name", "required", "no name"), fault.CodeInvalid},
		{"wrapped twice", fmt.Errorf("a: %w", fmt.Errorf("b: %w", fault.Conflict("c"))), fault.CodeConflict},
		{"outermost wins", fault.Unavailable("later: %w", fault.NotFound("gone")), fault.CodeUnavailable},
		{"joined", errors.Join(io.EOF, fault.NotFound("x")), fault.CodeNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, fault.Kind(c.err))
		})
	}
}

func TestCauseStaysReachable(t *testing.T) {
	t.Parallel()
	err := fault.Unavailable("reading the page: %w", io.ErrUnexpectedEOF)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.EqualError(t, err, "reading the page: unexpected EOF")
}

func TestViolationsListsEveryField(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("saving: %w", errors.Join(
		fault.Invalid("name", "required", "no name"),
		io.EOF,
		fault.Invalid("email", "email", "bad address: %w", fault.Invalid("email.domain", "domain", "bad domain")),
	))
	var got []string
	for _, v := range fault.Violations(err) {
		got = append(got, v.Field+"="+v.Key)
	}
	require.Equal(t, []string{"name=required", "email=email", "email.domain=domain"}, got)
	require.Empty(t, fault.Violations(fault.NotFound("x")))
	require.Empty(t, fault.Violations(nil))
}
