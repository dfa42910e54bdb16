package inbox_test

import (
	"testing"

	"sportello.dev/hub/internal/ticket/tickettest"
)

// town is where these tests happen.
type town struct{ *tickettest.Town }

func newTown(t testing.TB) *town { return &town{tickettest.New(t)} }
