package httpapi

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/httpapi/api"
)

func TestTagsAndPuttingAsideOverTheAPI(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me, boss := d.signIn(t, "lucia"), d.signIn(t, "capo")
	require.Equal(t, 403, d.ask("POST", basePath+"/tags", `{"name":"Neve"}`, me).Code, "administrators make tags")
	snow := decode[api.Tag](t, d.ask("POST", basePath+"/tags", `{"name":" Neve ","colour":"blue"}`, boss), 201)
	ice := decode[api.Tag](t, d.ask("POST", basePath+"/tags", `{"name":"Ghiaccio"}`, boss), 201)
	require.Equal(t, "name_taken", (*decode[api.Problem](t, d.ask("POST", basePath+"/tags", `{"name":"NEVE"}`, boss), 422).Fields)[0].Code)
	numbers := []string{d.receive(t, d.letter("uno", nil)), d.receive(t, d.letter("due", nil))}

	done := []string{"done", "done"}
	require.Equal(t, done, outcomes(d.act(t, d.seen(t, me, numbers...), fmt.Sprintf(`{"add_tags":[%q,%q]}`, snow.ID, ice.ID), me)))
	require.Equal(t, done, outcomes(d.act(t, d.seen(t, me, numbers...), fmt.Sprintf(`{"remove_tags":[%q]}`, ice.ID), me)))
	listed := func(query string) int {
		return len(decode[api.TicketList](t, d.ask("GET", basePath+"/tickets?"+query, "", me), 200).Items)
	}
	require.Equal(t, []int{2, 0}, []int{listed("tag=" + snow.ID.String()), listed("tag=" + ice.ID.String())})
	merged := decode[api.Tag](t, d.ask("POST", basePath+"/tags/"+snow.ID.String()+"/merge", fmt.Sprintf(`{"into":%q}`, ice.ID), boss), 200)
	require.Equal(t, ice.ID, merged.ID)
	require.Equal(t, []int{0, 2}, []int{listed("tag=" + snow.ID.String()), listed("tag=" + ice.ID.String())})
	retired := decode[api.Tag](t, d.ask("PATCH", basePath+"/tags/"+ice.ID.String(), `{"retired":true,"name":"Gelo"}`, boss), 200)
	require.Equal(t, api.Tag{ID: ice.ID, Name: "Gelo", Colour: api.TagColourGrey, Retired: true}, retired)
	require.Equal(t, 404, d.ask("PATCH", basePath+"/tags/"+snow.ID.String(), `{"retired":true}`, boss).Code)

	until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	require.Equal(t, done, outcomes(d.act(t, d.seen(t, me, numbers...), fmt.Sprintf(`{"snooze":{"until":%q}}`, until.Format(time.RFC3339)), me)))
	got := d.ticket(t, numbers[0], me)
	require.Equal(t, []any{until, d.lucia.ID.UUID}, []any{got.SnoozedUntil.UTC(), *got.SnoozedBy})
	require.Equal(t, []int{2, 0}, []int{listed("queue=snoozed"), listed("queue=unassigned")})
	require.Equal(t, 2, decode[api.Counts](t, d.ask("GET", basePath+"/tickets/counts", "", me), 200).Snoozed)
	require.Equal(t, done, outcomes(d.act(t, d.seen(t, me, numbers...), `{"wake":true}`, me)))
	require.Equal(t, 2, listed("queue=unassigned"))
	require.Equal(t, 422, d.ask("POST", basePath+"/tickets/acts", `{"tickets":[`+d.seen(t, me, numbers[0])+`],"act":{"snooze":{}}}`, me).Code)
}
