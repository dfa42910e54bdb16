//go:build bench

package bench

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
)

// marked gives some of the past what lists can be narrowed by: a tag that many have and one that few have, a type, an outcome.
func (d *desk) marked(t *testing.T) (common, rare id.Tag) {
	t.Helper()
	common, rare = id.New[id.Tag](), id.New[id.Tag]()
	for text, args := range map[string][]any{
		`INSERT INTO tag (id, name, key, colour, created_at) VALUES ($1, 'solita', 'solita', 'grey', now()), ($2, 'rara', 'rara', 'grey', now())`: {common, rare},
		`UPDATE ticket SET request_type = 'praise', tags = CASE WHEN hashtext(number) % 1000 = 7 THEN ARRAY[$1, $2]::uuid[] ELSE ARRAY[$1]::uuid[] END,
			standing = CASE WHEN status IN ('resolved', 'closed') AND hashtext(number) % 100 = 7 THEN '{"outcome": "refused"}'::jsonb ELSE standing END
			WHERE hashtext(number) % 10 = 7`: {common, rare},
		`ANALYZE ticket`: nil,
	} {
		_, err := d.app.Pool.Exec(t.Context(), text, args...)
		require.NoError(t, err)
	}
	return common, rare
}

// everyList are all lists that the interface can ask for, narrowed and ordered in every way, and some searches.
func everyList(common, rare id.Tag) (all []string) {
	narrowed := []string{"", "&status=suspended", "&status=closed", "&status=new,open", "&tag=" + common.String(), "&tag=" + rare.String(),
		"&type=praise", "&type=information", "&outcome=refused", "&q=2026-0", "&q=123", "&q=rossi", "&q=carta+identit%C3%A0", "&q=solita", "&q=rara", "&q=nessuno+mai"}
	for _, queue := range []string{"mine", "office", "unassigned", "waiting", "attention", "all", "closed", "snoozed"} {
		for _, order := range []string{"waiting", "newest", "due"} {
			for _, n := range narrowed {
				all = append(all, "/tickets?limit=50&queue="+queue+"&order="+order+n)
			}
		}
	}
	return all
}

// pagesBeside are what else is asked for while a desk works and a town is run: people, questions, deliveries, settings with their counts.
func (d *desk) pagesBeside(t *testing.T) []string {
	t.Helper()
	var contact, number string
	require.NoError(t, d.app.Pool.QueryRow(t.Context(), `SELECT t.contact_id, max(t.number) FROM ticket t JOIN office o ON o.id = t.office_id
		WHERE NOT o.confidential GROUP BY 1 ORDER BY count(*) DESC LIMIT 1`).Scan(&contact, &number))
	return []string{
		"/contacts?q=rossi", "/contacts?q=mario+r", "/contacts?q=nessuno+mai", "/contacts/" + contact, "/contacts/" + contact + "/tickets",
		"/contacts/" + contact + "/duplicates", "/contacts/" + contact + "/readers", "/duplicates", "/mentions", "/experts", "/asks?box=received", "/asks?box=sent",
		"/tickets/" + number + "/stays", "/tickets/" + number + "/mentionable", "/tickets/" + number + "/delivery-choice",
		"/deliveries?state=failed", "/deliveries?state=uncertain", "/quarantine", "/quarantine/piles",
		"/tags", "/request-types", "/request-types/praise/uses", "/routing", "/routing/log", "/routing/handouts", "/offices", "/offices/overview",
		"/operators", "/people", "/channels", "/audit", "/audit?kind=read", "/audit/state",
	}
}

// slowest asks for every list a few times and reports those that take longest: a plan that fits one list may ruin another.
func (d *desk) slowest(t *testing.T, who string, c *client, lists []string) {
	t.Helper()
	type asked struct {
		list string
		took time.Duration
	}
	var all []asked
	for _, list := range lists {
		took := sampled(t, 5, func() (time.Duration, error) {
			took, _, err := c.get(list)
			return took, err
		})
		slices.Sort(took)
		all = append(all, asked{list, took[len(took)/2]})
	}
	slices.SortFunc(all, func(a, b asked) int { return int(b.took - a.took) })
	times := make([]time.Duration, len(all))
	for i, each := range all {
		times[i] = each.took
	}
	report(t, "Desk", figure{what: fmt.Sprintf("%d lists, for %s", len(lists), who), is: spoken(times)})
	for _, each := range all[:6] {
		report(t, "Desk", figure{what: "the slowest of them: " + each.list, is: fmt.Sprintf("%.1f ms", ms(each.took))})
	}
}
