package keyset_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/keyset"
)

func TestAPageEndsWhereTheNextBegins(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	rows := []uuid.UUID{uuid.New(), uuid.New(), uuid.New()}
	page := keyset.Cut(rows, 2, func(last uuid.UUID) keyset.Cursor { return keyset.Cursor{List: "rows", At: &at, ID: last} })
	require.Equal(t, rows[:2], page.Items)
	from, err := keyset.Decode(page.Next, "rows")
	require.NoError(t, err)
	require.Equal(t, keyset.Cursor{List: "rows", At: &at, ID: rows[1]}, *from)
	_, err = keyset.Decode(page.Next, "others")
	require.Equal(t, fault.CodeInvalid, fault.Kind(err), "a cursor belongs to its list")
	require.Empty(t, keyset.Cut(rows, 3, func(uuid.UUID) keyset.Cursor { return keyset.Cursor{} }).Next, "the last page")
	begin, err := keyset.Decode("", "rows")
	require.NoError(t, err)
	require.Nil(t, begin)
}
