package httpapi

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/httpapi/api"
)

func TestTheCalendarIsTheAdministrators(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me, boss := d.signIn(t, "lucia"), d.signIn(t, "capo")
	got := decode[api.Calendar](t, d.ask("GET", "/api/v1/calendar", "", me), 200)
	require.NotEmpty(t, got.Town.Hours)
	require.Len(t, got.Offices, 2)

	require.Equal(t, 403, d.ask("PUT", "/api/v1/calendar", `{"hours":[],"holidays":true,"patron":"","closures":[]}`, me).Code)
	body := `{"hours":[{"day":"monday","from":"00:00","to":"24:00"}],"holidays":true,"patron":"09-21",
		"closures":[{"from":"2026-08-14","to":"","reason":"Ponte"}]}`
	got = decode[api.Calendar](t, d.ask("PUT", "/api/v1/calendar", body, boss), 200)
	require.Equal(t, []api.Closure{{From: "2026-08-14", To: "2026-08-14", Reason: "Ponte"}}, got.Town.Closures)
	own := "/api/v1/offices/" + d.taxes.String() + "/calendar"
	body = `{"hours":[{"day":"friday","from":"14:30","to":"17:00"},{"day":"friday","from":"09:00","to":"13:00"}],"closures":[]}`
	got = decode[api.Calendar](t, d.ask("PUT", own, body, boss), 200)
	require.Equal(t, "09:00", got.Offices[0].Hours[0].From)
	require.Equal(t, 403, d.ask("PUT", own, body, me).Code)

	preview := decode[api.CalendarPreview](t, d.ask("POST", "/api/v1/calendar/preview", `{"own":`+body+`}`, me), 200)
	town := `{"town":{"hours":[{"day":"monday","from":"09:00","to":"13:00"}],"holidays":false,"patron":"","closures":[]}}`
	planned := decode[api.CalendarPreview](t, d.ask("POST", "/api/v1/calendar/preview", town, me), 200)
	require.Equal(t, time.Monday, planned.Examples[0].Due.Weekday())
	require.Empty(t, planned.DaysOff)
	for _, each := range preview.Examples {
		require.Equal(t, time.Friday, each.Due.Weekday(), "%v", each)
	}
	require.NotEmpty(t, preview.DaysOff)
	require.Equal(t, [2]string{"hours.friday", "hours_overlap"}, refused(t, d, "POST", "/api/v1/calendar/preview",
		`{"own":{"hours":[{"day":"friday","from":"09:00","to":"13:00"},{"day":"friday","from":"12:00","to":"14:00"}],"closures":[]}}`, me))

	bad := decode[api.Problem](t, d.ask("PUT", own, `{"hours":[{"day":"friday","from":"13:00","to":"09:00"}],"closures":[]}`, boss), 422)
	require.Equal(t, []string{"hours.friday", "hours_order"}, []string{(*bad.Fields)[0].Field, (*bad.Fields)[0].Code})
	d.showsTimeWorked(t, me, boss)
}

// A closing day of another age is a slip of the hand, wherever it is written.
func TestClosingDaysLieAroundToday(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	boss := d.signIn(t, "capo")
	const hours = `"hours":[{"day":"monday","from":"09:00","to":"13:00"}]`
	near, far := d.clock.now().AddDate(9, 0, 0).Format(time.DateOnly), d.clock.now().AddDate(-11, 0, 0).Format(time.DateOnly)
	for days, code := range map[string]int{
		`{"from":"9999-12-31","to":"9999-12-31","reason":""}`: 422, `{"from":"0001-01-01","to":"","reason":""}`: 422,
		`{"from":"` + far + `","to":"","reason":""}`: 422, `{"from":"` + near + `","to":"` + near + `","reason":""}`: 200,
	} {
		closures := `"closures":[` + days + `]`
		town := `{` + hours + `,"holidays":true,"patron":"",` + closures + `}`
		own := `{` + hours + `,` + closures + `}`
		for _, each := range [][3]string{
			{"PUT", "/calendar", town}, {"PUT", "/offices/" + d.taxes.String() + "/calendar", own},
			{"POST", "/calendar/preview", `{"town":` + town + `}`}, {"POST", "/calendar/preview", `{"own":` + own + `}`},
		} {
			answer := d.ask(each[0], basePath+each[1], each[2], boss)
			require.Equal(t, code, answer.Code, "%s %s: %s", each[1], days, answer.Body)
			if code == 422 {
				wrong := (*decode[api.Problem](t, answer, 422).Fields)[0]
				require.Equal(t, []string{"closures.0", "date_range"}, []string{wrong.Field, wrong.Code})
			}
		}
	}
}

// Of two who change hours at once, the second is told; scripts that name no version replace what is there.
func TestTwoChangeHoursAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	boss := d.signIn(t, "capo")
	seen := decode[api.Calendar](t, d.ask("GET", "/api/v1/calendar", "", boss), 200)
	const town, own = `{%s"hours":[{"day":"monday","from":"09:00","to":"1%d:00"}],"holidays":true,"patron":"","closures":[]}`,
		`{%s"hours":[{"day":"monday","from":"09:00","to":"1%d:00"}],"closures":[]}`
	for _, each := range []struct{ path, body, version string }{
		{"/api/v1/calendar", town, *seen.Town.Version},
		{"/api/v1/offices/" + seen.Offices[0].ID.String() + "/calendar", own, seen.Offices[0].Version},
	} {
		version := fmt.Sprintf(`"version":%q,`, each.version)
		require.Equal(t, 200, d.ask("PUT", each.path, fmt.Sprintf(each.body, version, 2), boss).Code)
		require.Equal(t, codeStale, decode[api.Problem](t, d.ask("PUT", each.path, fmt.Sprintf(each.body, version, 3), boss), 409).Code)
		require.Equal(t, 200, d.ask("PUT", each.path, fmt.Sprintf(each.body, "", 4), boss).Code)
	}
	after := decode[api.Calendar](t, d.ask("GET", "/api/v1/calendar", "", boss), 200)
	require.Equal(t, []string{"14:00", "14:00"}, []string{after.Town.Hours[0].To, after.Offices[0].Hours[0].To})
}

// showsTimeWorked looks at the stays of a ticket while the town never closes.
func (d *desk) showsTimeWorked(t *testing.T, me, boss string) {
	t.Helper()
	days := []string{}
	for day := time.Sunday; day <= time.Saturday; day++ {
		days = append(days, fmt.Sprintf(`{"day":%q,"from":"00:00","to":"24:00"}`, strings.ToLower(day.String())))
	}
	body := `{"hours":[` + strings.Join(days, ",") + `],"holidays":false,"patron":"","closures":[]}`
	decode[api.Calendar](t, d.ask("PUT", "/api/v1/calendar", body, boss), 200)
	number := d.receive(t, d.letter("Quando si paga la TARI?", nil))
	path := "/api/v1/tickets/" + number
	stays := decode[api.StayList](t, d.ask("GET", path+"/stays", "", me), 200).Items
	require.Len(t, stays, 1)
	require.Equal(t, "URP", stays[0].Office.Name)
	require.Nil(t, stays[0].To)

	d.clock.advance(90 * time.Minute)
	change := fmt.Sprintf(`{"version":%d,"status":"resolved"}`, d.ticket(t, number, me).Version)
	decode[api.Ticket](t, d.ask("PATCH", path, change, me), 200)
	d.clock.advance(time.Hour)
	stays = decode[api.StayList](t, d.ask("GET", path+"/stays", "", me), 200).Items
	require.Len(t, stays, 1)
	require.Equal(t, api.StayReason("ended"), *stays[0].Reason)
	require.Equal(t, int64(stays[0].To.Sub(stays[0].From)/time.Second), stays[0].WorkedSeconds)
	require.GreaterOrEqual(t, stays[0].WorkedSeconds, int64(90*60))
	require.Equal(t, 404, d.ask("GET", "/api/v1/tickets/2026-999999-9/stays", "", me).Code)
}
