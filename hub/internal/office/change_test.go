package office_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

// register is a database with some offices, changed one transaction at a time.
type register struct {
	t    *testing.T
	pool *pgxpool.Pool
	s    *office.Store
}

func (r register) add(slug string) id.Office {
	r.t.Helper()
	made, err := r.s.Add(r.t.Context(), r.pool, office.Office{Slug: slug, Name: slug})
	require.NoError(r.t, err)
	return made
}

func (r register) tx(do func(context.Context, pgx.Tx) error) error {
	return postgres.InTx(r.t.Context(), r.pool, func(tx pgx.Tx) error { return do(r.t.Context(), tx) })
}

func (r register) get(o id.Office) *office.Office {
	r.t.Helper()
	got, err := r.s.Get(r.t.Context(), r.pool, o)
	require.NoError(r.t, err)
	return got
}

// fallback gives an office one.
func (r register) fallback(o, to id.Office) error {
	was := r.get(o)
	return r.tx(func(ctx context.Context, tx pgx.Tx) error {
		return r.s.Change(ctx, tx, o, was.Version, office.Draft{Name: was.Name, Area: was.Area, Fallback: to})
	})
}

func (r register) deactivate(o, successor id.Office) error {
	version := r.get(o).Version
	return r.tx(func(ctx context.Context, tx pgx.Tx) error {
		return r.s.Deactivate(ctx, tx, o, version, successor, time.Now())
	})
}

// staff makes somebody with access a member.
func (r register) staff(o id.Office, login string) id.Operator {
	r.t.Helper()
	who := id.New[id.Operator]()
	_, err := r.pool.Exec(r.t.Context(), `INSERT INTO operator (id, login, name, role) VALUES ($1, $2, $2, 'back_office')`, who, login)
	require.NoError(r.t, err)
	require.NoError(r.t, r.s.Join(r.t.Context(), r.pool, o, who))
	return who
}

func (r register) requireFault(err error, field, key string) {
	r.t.Helper()
	wrong := fault.Violations(err)
	require.Len(r.t, wrong, 1, "%v", err)
	require.Equal(r.t, [2]string{field, key}, [2]string{wrong[0].Field, wrong[0].Key})
}

func TestWhoReceivesForAnOffice(t *testing.T) {
	t.Parallel()
	r := register{t, pgtest.New(t), office.NewStore()}
	urp, taxes, roads, green := r.add("urp"), r.add("tributi"), r.add("strade"), r.add("verde")
	r.staff(urp, "anna")
	luca := r.staff(taxes, "luca")
	receives := func(o, want id.Office, why string) {
		t.Helper()
		require.Equal(t, want, r.get(o).ReceivedBy, why)
	}
	receives(roads, id.Office{}, "nobody is there, but it has no fallback")
	require.NoError(t, r.fallback(roads, taxes))
	receives(roads, taxes, "nobody is there")
	require.NoError(t, r.fallback(taxes, urp))
	_, err := r.pool.Exec(t.Context(), `UPDATE operator SET active = false WHERE id = $1`, luca)
	require.NoError(t, err)
	receives(taxes, urp, "its only member lost access")
	receives(roads, urp, "the way goes on as long as nobody is there")
	r.staff(taxes, "marta")
	receives(roads, taxes, "somebody came")

	require.NoError(t, r.deactivate(taxes, urp))
	receives(taxes, urp, "it is closed down")
	require.False(t, r.get(taxes).Active)
	require.NotNil(t, r.get(taxes).DeactivatedAt)
	receives(roads, urp, "what it fell back on is closed down")
	_, err = r.pool.Exec(t.Context(), `UPDATE office SET active = false WHERE id = $1`, green)
	require.NoError(t, err)
	receives(green, urp, "the town's first takes what has no way")

	r.requireFault(r.fallback(urp, urp), "fallback_id", "fallback_self")
	r.requireFault(r.fallback(urp, roads), "fallback_id", "fallback_ring")
	r.requireFault(r.fallback(roads, green), "fallback_id", "unknown")
	r.requireFault(r.fallback(roads, id.New[id.Office]()), "fallback_id", "unknown")
	r.requireFault(r.deactivate(urp, taxes), "successor_id", "unknown")
	r.requireFault(r.deactivate(urp, roads), "successor_id", "fallback_ring")

	version := r.get(taxes).Version
	require.NoError(t, r.tx(func(ctx context.Context, tx pgx.Tx) error { return r.s.Activate(ctx, tx, taxes, version) }))
	receives(roads, taxes, "it is open again")
}

func TestOfficesAreChanged(t *testing.T) {
	t.Parallel()
	r := register{t, pgtest.New(t), office.NewStore()}
	urp := r.add("URP")
	r.staff(urp, "anna")
	areas, err := r.s.Areas(t.Context(), r.pool)
	require.NoError(t, err)
	require.Len(t, areas.List, 5, "a new town has areas")
	people := areas.List[0].ID
	create := func(d office.Draft) (made id.Office, err error) {
		return made, r.tx(func(ctx context.Context, tx pgx.Tx) error {
			made, err = r.s.Create(ctx, tx, "sociale", true, d)
			return err
		})
	}
	social, err := create(office.Draft{Name: " Servizi\n sociali ", Area: people, Fallback: urp})
	require.NoError(t, err)
	got := r.get(social)
	require.Equal(t, []any{"Servizi sociali", people, urp, urp, true, true, int64(1)},
		[]any{got.Name, got.Area, got.Fallback, got.ReceivedBy, got.Confidential, got.Active, got.Version})

	never, always := -1, 4000
	for want, d := range map[[2]string]office.Draft{
		{"name", "required"}:            {Name: " \u0000 "},
		{"name", "name_taken"}:          {Name: "urp"},
		{"area_id", "unknown"}:          {Name: "Altro", Area: id.New[id.Area]()},
		{"reopen_days", "out_of_range"}: {Name: "Altro", ReopenDays: &never},
	} {
		_, err := create(d)
		r.requireFault(err, want[0], want[1])
	}
	change := func(version int64, d office.Draft) error {
		return r.tx(func(ctx context.Context, tx pgx.Tx) error { return r.s.Change(ctx, tx, social, version, d) })
	}
	r.requireFault(change(1, office.Draft{Name: "Sociale", ReopenDays: &always}), "reopen_days", "out_of_range")
	days := 14
	require.NoError(t, change(1, office.Draft{Name: "Sociale", ReopenDays: &days}))
	got = r.get(social)
	require.Equal(t, []any{"Sociale", id.Area{}, id.Office{}, 14, int64(2)}, []any{got.Name, got.Area, got.Fallback, *got.ReopenDays, got.Version})
	require.Equal(t, fault.CodeConflict, fault.Kind(change(1, office.Draft{Name: "Di chi arriva secondo"})))
	require.NoError(t, r.tx(func(ctx context.Context, tx pgx.Tx) error { return r.s.SetConfidential(ctx, tx, social, 2, false) }))
	require.False(t, r.get(social).Confidential)
	require.Equal(t, fault.CodeNotFound, fault.Kind(r.tx(func(ctx context.Context, tx pgx.Tx) error {
		return r.s.Activate(ctx, tx, id.New[id.Office](), 1)
	})))
}

func TestAreasAreChangedAsAWhole(t *testing.T) {
	t.Parallel()
	r := register{t, pgtest.New(t), office.NewStore()}
	was, err := r.s.Areas(t.Context(), r.pool)
	require.NoError(t, err)
	put := func(change func(*office.Areas)) error {
		now := office.Areas{Revision: was.Revision, List: append([]office.Area{}, was.List...)}
		change(&now)
		return r.tx(func(ctx context.Context, tx pgx.Tx) error { return r.s.PutAreas(ctx, tx, now) })
	}
	_, err = r.pool.Exec(t.Context(), `INSERT INTO office (id, slug, name, area_id) VALUES ($1, 'anagrafe', 'Anagrafe', $2)`,
		id.New[id.Office](), was.List[0].ID)
	require.NoError(t, err)
	for want, change := range map[[2]string]func(*office.Areas){
		{"areas", "area_missing"}:    func(a *office.Areas) { a.List = a.List[1:] },
		{"areas.1", "unknown"}:       func(a *office.Areas) { a.List[1] = a.List[0]; a.List[1].Name = "Due volte" },
		{"areas.2.name", "required"}: func(a *office.Areas) { a.List[2].Name = "" },
		{"areas.3.name", "name_taken"}: func(a *office.Areas) {
			a.List[2].Name = "tributi e pagamenti"
			a.List[2], a.List[3] = a.List[3], a.List[2]
		},
		{"areas.0.archived", "area_in_use"}: func(a *office.Areas) { a.List[0].Archived = true },
	} {
		r.requireFault(put(change), want[0], want[1])
	}
	require.NoError(t, put(func(a *office.Areas) {
		a.List[4].Archived, a.List[1].English = true, ""
		a.List = append([]office.Area{{Name: "Emergenze", English: "Emergencies"}}, a.List...)
	}))
	got, err := r.s.Areas(t.Context(), r.pool)
	require.NoError(t, err)
	require.Equal(t, was.Revision+1, got.Revision)
	require.Len(t, got.List, 6)
	require.Equal(t, "Emergenze", got.List[0].Name)
	require.True(t, got.List[5].Archived)
	require.Equal(t, fault.CodeConflict, fault.Kind(put(func(*office.Areas) {})), "somebody was quicker")
}
