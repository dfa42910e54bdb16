package routing_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
	"sportello.dev/hub/internal/routing"
	"sportello.dev/hub/internal/ticket"
)

// shift is an office that has its work given out, at ten o'clock of a Monday.
type shift struct {
	t       *testing.T
	db      *pgxpool.Pool
	now     time.Time
	tickets *ticket.Store
	roster  *routing.Roster
	office  id.Office
	people  map[string]id.Operator
}

func newShift(t *testing.T) *shift {
	t.Helper()
	s := &shift{t: t, db: pgtest.New(t), now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), people: map[string]id.Operator{}}
	clock := func() time.Time { return s.now }
	offices := office.NewStore()
	require.NoError(t, offices.PutTown(t.Context(), s.db, office.Town{Name: "Valdoria", Zone: time.UTC}))
	s.tickets = ticket.NewStore(clock)
	s.roster = routing.NewRoster(offices, s.tickets, clock)
	var err error
	s.office, err = offices.Add(t.Context(), s.db, office.Office{Slug: "urp", Name: "URP"})
	require.NoError(t, err)
	for login, role := range map[string]account.Role{"anna": account.FirstLevel, "bruno": account.BackOffice, "carla": account.BackOffice, "elena": account.OfficeHead} {
		s.people[login] = id.New[id.Operator]()
		s.exec(`INSERT INTO operator (id, login, name, role) VALUES ($1, $2, $2, $3)`, s.people[login], login, role)
		require.NoError(t, offices.Join(t.Context(), s.db, s.office, s.people[login]))
	}
	return s
}

func (s *shift) exec(query string, args ...any) {
	s.t.Helper()
	_, err := s.db.Exec(s.t.Context(), query, args...)
	require.NoError(s.t, err)
}

func (s *shift) tx(do func(pgx.Tx) error) error { return postgres.InTx(s.t.Context(), s.db, do) }

// arrive makes tickets on which a citizen waits.
func (s *shift) arrive(n int) {
	s.t.Helper()
	for range n {
		require.NoError(s.t, s.tx(func(tx pgx.Tx) error {
			made, err := s.tickets.Create(s.t.Context(), tx, account.System(), ticket.Opening{Subject: "Una buca", Office: s.office})
			if err != nil {
				return err
			}
			_, err = s.tickets.AddInbound(s.t.Context(), tx, made, ticket.Inbound{
				ChannelKind: "email", From: ticket.Address{Kind: "email", Value: "ada@posta.example"}, Text: "C'è una buca", ReceivedAt: s.now,
				Reason: ticket.Reason{Code: ticket.ReasonNew},
			})
			return err
		}))
	}
}

// has counts by name what waits for each.
func (s *shift) has() map[string]int {
	s.t.Helper()
	var ids []id.Operator
	for _, each := range s.people {
		ids = append(ids, each)
	}
	load, err := s.tickets.Load(s.t.Context(), s.db, account.SystemScope(), ids)
	require.NoError(s.t, err)
	names := map[string]int{}
	for name, each := range s.people {
		if load[each] > 0 {
			names[name] = load[each]
		}
	}
	return names
}

// pass lets two replicas give out at the same time.
func (s *shift) pass() {
	s.t.Helper()
	var wait sync.WaitGroup
	failed := make([]error, 2)
	for i := range failed {
		wait.Go(func() { failed[i] = s.roster.ShareOut(s.t.Context(), s.db) })
	}
	wait.Wait()
	require.Equal(s.t, make([]error, 2), failed)
}

func (s *shift) put(d routing.Distribution) error {
	return s.tx(func(tx pgx.Tx) error { return s.roster.PutDistribution(s.t.Context(), tx, s.office, d) })
}

func (s *shift) away(who string, from, to int) (uuid.UUID, error) {
	a := routing.Absence{ID: uuid.New(), Operator: s.people[who]}
	a.From, a.To = s.now.Truncate(24*time.Hour).AddDate(0, 0, from), s.now.Truncate(24*time.Hour).AddDate(0, 0, to)
	return a.ID, s.tx(func(tx pgx.Tx) error { return s.roster.AddAbsence(s.t.Context(), tx, a) })
}

func (s *shift) handouts(cause string) (n int) {
	s.t.Helper()
	list, err := s.roster.Handouts(s.t.Context(), s.db, account.SystemScope(), 100)
	require.NoError(s.t, err)
	for _, each := range list {
		if each.Cause == cause {
			n++
		}
	}
	return n
}

// Requests go to who is there and has least to do, never beyond capacity, and come back when somebody is away.
func TestSharingOut(t *testing.T) {
	t.Parallel()
	s := newShift(t)
	s.arrive(7)
	s.pass()
	require.Empty(t, s.has(), "nobody asked for it")
	require.NoError(t, s.put(routing.Distribution{Mode: routing.ModeAutomatic, Capacity: 2}))
	require.Equal(t, fault.CodeConflict, fault.Kind(s.put(routing.Distribution{Mode: routing.ModeNext})), "two at once: the second is told")
	require.NoError(t, s.tx(func(tx pgx.Tx) error { return s.roster.SetCapacity(t.Context(), tx, s.people["bruno"], 1) }))
	carla, err := s.away("carla", 0, 1)
	require.NoError(t, err)

	p, err := s.roster.TryShare(t.Context(), s.db, account.SystemScope(), s.office)
	require.NoError(t, err)
	require.Equal(t, []any{true, 2, 7}, []any{p.Open, p.Present, len(p.Shares)})
	given := map[string]int{}
	for _, each := range p.Shares {
		given[each.To]++
	}
	require.Equal(t, map[string]int{"anna": 2, "bruno": 1, "": 4}, given)
	require.Empty(t, s.has(), "trying changes nothing")

	noon := s.now
	s.now = noon.Add(9 * time.Hour)
	s.pass()
	require.Empty(t, s.has(), "the office is closed")
	s.now = noon
	s.pass()
	s.pass() // what one replica held is passed over by the other
	require.Equal(t, map[string]int{"anna": 2, "bruno": 1}, s.has(), "not the absent, not the head, and no more than there is room for")
	require.Equal(t, 3, s.handouts("automatic"))

	// Carla is back; Anna leaves, and what citizens wait for at hers goes on.
	require.NoError(t, s.roster.DropAbsence(t.Context(), s.db, s.people["carla"], carla))
	_, err = s.away("anna", 0, 3)
	require.NoError(t, err)
	s.pass()
	s.pass()
	require.Equal(t, map[string]int{"bruno": 1, "carla": 2}, s.has())
	require.Equal(t, 2, s.handouts("absent"))
	waiting, err := s.tickets.Waiting(t.Context(), s.db, account.SystemScope(), s.office, 10)
	require.NoError(t, err)
	require.Len(t, waiting, 4)

	// What waits for the citizen stays with who is away until the citizen answers.
	s.exec(`UPDATE ticket SET assignee_id = $1, status = 'waiting_citizen', waiting_since = NULL WHERE number = $2`, s.people["anna"], waiting[0].Number)
	s.pass()
	var kept id.Operator
	require.NoError(t, s.db.QueryRow(t.Context(), `SELECT assignee_id FROM ticket WHERE number = $1`, waiting[0].Number).Scan(&kept))
	require.Equal(t, s.people["anna"], kept)

	// What is over is forgotten.
	s.now = noon.AddDate(0, 0, 7)
	s.pass()
	var left int
	require.NoError(t, s.db.QueryRow(t.Context(), `SELECT count(*) FROM absence`).Scan(&left))
	require.Zero(t, left)
}

// What somebody has who works there no more would wait for nobody: it goes back, whatever its state.
func TestWhatLeaversHaveGoesBack(t *testing.T) {
	t.Parallel()
	s := newShift(t)
	s.arrive(4)
	var numbers []ticket.Number
	waiting, err := s.tickets.Waiting(t.Context(), s.db, account.SystemScope(), s.office, 10)
	require.NoError(t, err)
	for i, who := range []string{"anna", "bruno", "carla", "carla"} {
		s.exec(`UPDATE ticket SET assignee_id = $1, status = 'open' WHERE number = $2`, s.people[who], waiting[i].Number)
		numbers = append(numbers, waiting[i].Number)
	}
	s.exec(`UPDATE ticket SET status = 'waiting_citizen', waiting_since = NULL WHERE number = $1`, numbers[2])
	s.exec(`UPDATE ticket SET status = 'closed' WHERE number = $1`, numbers[3])
	having := func() (names []string) {
		rows, err := s.db.Query(t.Context(), `SELECT coalesce(o.name, '') FROM ticket t LEFT JOIN operator o ON o.id = t.assignee_id ORDER BY array_position($1, t.number)`, numbers)
		require.NoError(t, err)
		names, err = pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		return names
	}
	s.pass()
	require.Equal(t, []string{"anna", "bruno", "carla", "carla"}, having())
	s.exec(`DELETE FROM office_member WHERE operator_id = $1`, s.people["bruno"])
	s.exec(`UPDATE operator SET active = false WHERE id = $1`, s.people["carla"])
	s.pass()
	s.pass()
	require.Equal(t, []string{"anna", "", "", "carla"}, having(), "who closed what is over stays known")
	require.Equal(t, 2, s.handouts("left"))
}

// The first and the last day of an absence are days away for all who look; nothing is given to who has no access, nor at an
// office that is closed down.
func TestOneDayAway(t *testing.T) {
	t.Parallel()
	s := newShift(t)
	day, err := s.away("anna", 0, 0)
	require.NoError(t, err, "it is not over yet")
	require.NoError(t, s.put(routing.Distribution{Mode: routing.ModeAutomatic}))
	s.exec(`UPDATE operator SET active = false WHERE id = $1`, s.people["carla"])
	s.arrive(3)
	s.pass()
	require.Equal(t, map[string]int{"bruno": 3}, s.has())
	listed := func() int {
		list, err := s.roster.Absences(t.Context(), s.db, s.people["anna"])
		require.NoError(t, err)
		return len(list)
	}
	away := func() bool {
		now, err := s.roster.AwayNow(t.Context(), s.db)
		require.NoError(t, err)
		_, found := now[s.people["anna"]]
		return found
	}
	require.Equal(t, 1, listed(), "what lasts is not forgotten")
	require.True(t, away())
	require.Equal(t, fault.CodeNotFound, fault.Kind(s.roster.DropAbsence(t.Context(), s.db, s.people["bruno"], day)), "somebody else's")
	s.now = s.now.AddDate(0, 0, 1)
	require.Zero(t, listed())
	require.False(t, away())
	s.arrive(1)
	s.exec(`UPDATE office SET active = false WHERE id = $1`, s.office)
	s.pass()
	require.Equal(t, map[string]int{"bruno": 3}, s.has())
	s.exec(`UPDATE office SET active = true WHERE id = $1`, s.office)
	s.pass()
	require.Equal(t, map[string]int{"anna": 1, "bruno": 3}, s.has())
}

func TestAbsencesAndRoom(t *testing.T) {
	t.Parallel()
	s := newShift(t)
	_, err := s.away("anna", 2, 4)
	require.NoError(t, err)
	for _, wrong := range []struct {
		from, to int
		field    string
		key      string
	}{{3, 2, "to", "date_order"}, {-3, -1, "to", "past"}, {1, 900, "to", "too_far"}, {-800, 3, "from", "too_old"}, {4, 6, "from", "absence_overlaps"}, {0, 9, "from", "absence_overlaps"}} {
		_, err := s.away("anna", wrong.from, wrong.to)
		require.Equal(t, [2]string{wrong.field, wrong.key}, [2]string{fault.Violations(err)[0].Field, fault.Violations(err)[0].Key}, "%v", wrong)
	}
	now, err := s.roster.AwayNow(t.Context(), s.db)
	require.NoError(t, err)
	require.Empty(t, now, "it is to come")

	room := func() (r routing.Room) {
		require.NoError(t, s.tx(func(tx pgx.Tx) (err error) {
			r, err = s.roster.RoomOf(t.Context(), tx, s.people["anna"], []id.Office{s.office})
			return err
		}))
		return r
	}
	s.arrive(1)
	require.Equal(t, routing.Room{Offices: []id.Office{s.office}}, room())
	require.Equal(t, "out_of_range", fault.Violations(s.put(routing.Distribution{Mode: routing.ModeNext, Capacity: 501}))[0].Key)
	require.NoError(t, s.put(routing.Distribution{Mode: routing.ModeNext, Capacity: 1}))
	s.exec(`UPDATE ticket SET assignee_id = $1`, s.people["anna"])
	require.Equal(t, routing.Room{Full: []id.Office{s.office}}, room())
	require.NoError(t, s.tx(func(tx pgx.Tx) error { return s.roster.SetCapacity(t.Context(), tx, s.people["anna"], 2) }))
	require.Equal(t, routing.Room{Offices: []id.Office{s.office}}, room(), "one's own counts before the office's")
	require.NoError(t, s.put(routing.Distribution{Version: 1, Mode: routing.ModeNone}))
	require.Equal(t, routing.Room{}, room(), "nothing is given out there")
}
