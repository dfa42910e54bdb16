package id_test

import (
	"encoding/json"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
)

func TestIdentifierTravelsAsText(t *testing.T) {
	t.Parallel()
	ticket := id.New[id.Ticket]()
	text, err := json.Marshal(ticket)
	require.NoError(t, err)

	var back id.Ticket
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, ticket, back)

	parsed, err := id.Parse[id.Ticket](ticket.String())
	require.NoError(t, err)
	require.Equal(t, ticket, parsed)
	_, err = id.Parse[id.Ticket]("2026-000123-7")
	require.Error(t, err)
}

func TestUnsetIdentifierIsNull(t *testing.T) {
	t.Parallel()
	v, err := id.Operator{}.UUIDValue()
	require.NoError(t, err)
	require.False(t, v.Valid)

	operator := id.New[id.Operator]()
	require.NoError(t, operator.ScanUUID(pgtype.UUID{}))
	require.True(t, operator.IsZero())
}
