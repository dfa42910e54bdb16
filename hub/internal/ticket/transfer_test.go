package ticket_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/ticket"
)

func TestTransferAndReturn(t *testing.T) {
	t.Parallel()
	h := newHearing(t)
	ctx, of := t.Context(), h.Open("Quanto devo?").ID
	give := func(by account.Actor, version int64, reason string) (got *ticket.Ticket, err error) {
		err = h.Tx(func(tx pgx.Tx) error {
			got, err = h.Store.GiveBack(ctx, tx, h.All, of, by, version, reason)
			return err
		})
		return got, err
	}
	_, err := give(h.marta, h.Get(of).Version, "Non nostra")
	require.Equal(t, fault.CodeConflict, fault.Kind(err), "nobody handed it over")

	_, err = h.update(of, ticket.Change{Version: h.Get(of).Version, Office: &h.Other, Note: "È una rata della TARI"})
	require.NoError(t, err)
	came, err := h.Store.Transferred(ctx, h.DB, h.All, of)
	require.NoError(t, err)
	require.Equal(t, "URP", came.FromName)
	require.Equal(t, "Lucia", came.ByName)

	held := h.Get(of)
	_, err = give(h.marta, held.Version, "  ")
	require.Equal(t, fault.CodeInvalid, fault.Kind(err), "a reason is due")
	_, err = give(h.marta, held.Version-1, "Non nostra")
	require.Equal(t, fault.CodeConflict, fault.Kind(err), "somebody was faster")
	back, err := give(h.marta, held.Version, "Non di competenza")
	require.NoError(t, err)
	require.Equal(t, h.Office, back.Office)
	require.Equal(t, h.Lucia.Operator, back.Assignee, "it goes back to who handed it over")
	came, err = h.Store.Transferred(ctx, h.DB, h.All, of)
	require.NoError(t, err)
	require.Nil(t, came, "what came back is not given back again")

	page, err := h.Store.Messages(ctx, h.DB, h.All, of, ticket.Span{})
	require.NoError(t, err)
	var notes []string
	for _, m := range page.Items[1:] {
		require.Equal(t, ticket.DirectionNote, m.Direction)
		notes = append(notes, m.Reason.Code+" "+m.Reason.Params["office_name"]+": "+m.Text)
	}
	require.Equal(t, []string{"transferred Tributi: È una rata della TARI", "transfer_returned URP: Non di competenza"}, notes)
	events, err := h.Store.Timeline(ctx, h.DB, h.All, of, ticket.Span{})
	require.NoError(t, err)
	stays, err := ticket.RecomputeStays(events.Items, back.Office)
	require.NoError(t, err)
	require.NotEmpty(t, stays)
	require.Equal(t, h.Office, stays[len(stays)-1].Office)
}
