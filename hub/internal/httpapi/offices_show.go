package httpapi

import (
	"context"
	"slices"
	"time"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
)

// officeView is what it takes to show offices to somebody.
type officeView struct {
	all       []office.Office
	names     map[id.Office]string
	calendars *office.Calendars
	strength  map[id.Office]int
	held      map[id.Office]int
	actor     account.Actor
	scope     account.Scope
	now       time.Time
}

func (h officeRoutes) view(ctx context.Context, q postgres.Querier) (*officeView, error) {
	req := requestOf(ctx)
	v := &officeView{names: map[id.Office]string{}, actor: req.actor, scope: req.scope, now: h.now()}
	var err error
	if v.all, err = h.offices.All(ctx, q); err != nil {
		return nil, err
	}
	for _, o := range v.all {
		v.names[o.ID] = o.Name
	}
	if v.calendars, err = h.offices.Calendars(ctx, q); err != nil {
		return nil, err
	}
	if v.strength, err = h.accounts.Strength(ctx, q); err != nil {
		return nil, err
	}
	v.held, err = h.tickets.HeldByOffice(ctx, q, v.scope)
	return v, err
}

func (v *officeView) entry(o *office.Office) api.OfficeEntry {
	e := api.OfficeEntry{
		ID: o.ID.UUID, Name: o.Name, Mine: slices.Contains(v.actor.Offices, o.ID), Active: o.Active, DeactivatedAt: o.DeactivatedAt,
		Confidential: o.Confidential, Members: v.strength[o.ID], Fallback: v.ref(o.Fallback), ReceivedBy: v.ref(o.ReceivedBy),
		HoursToday: []api.Opening{},
	}
	if !o.Area.IsZero() {
		e.AreaID = &o.Area.UUID
	}
	// The scope is from before the request, which may have made the office confidential.
	if v.scope.Covers(o.ID) && (e.Mine || !o.Confidential) {
		held := v.held[o.ID]
		e.OpenTickets = &held
	}
	if !o.Active {
		return e
	}
	state := v.calendars.For(o.ID).At(v.now)
	e.OpenNow, e.HoursToday = state.Open, hoursOf(state.Today)
	if !state.Changes.IsZero() {
		e.ChangesAt = &state.Changes
	}
	if state.Closed.Kind != "" {
		e.ClosedToday = &api.ClosedDay{Kind: api.ClosedDayKind(state.Closed.Kind), Name: state.Closed.Name}
	}
	return e
}

func (v *officeView) ref(o id.Office) *api.OfficeRef {
	if o.IsZero() {
		return nil
	}
	return &api.OfficeRef{ID: o.UUID, Name: v.names[o]}
}

func (h officeRoutes) detail(ctx context.Context, q postgres.Querier, which id.Office) (api.OfficeDetail, error) {
	v, err := h.view(ctx, q)
	if err != nil {
		return api.OfficeDetail{}, err
	}
	i := slices.IndexFunc(v.all, func(o office.Office) bool { return o.ID == which })
	if i < 0 {
		return api.OfficeDetail{}, fault.NotFound("no office %s", which)
	}
	policy, err := h.offices.MailPolicy(ctx, q)
	if err != nil {
		return api.OfficeDetail{}, err
	}
	answer := api.OfficeDetail{
		Version: v.all[i].Version, Entry: v.entry(&v.all[i]), ReopenDays: v.all[i].ReopenDays, TownReopenDays: policy.ReopenDays,
		People: []api.OfficeMember{}, Channels: []api.OfficeChannel{},
	}
	members, err := h.accounts.Members(ctx, q, which)
	if err != nil {
		return api.OfficeDetail{}, err
	}
	for _, m := range members {
		answer.People = append(answer.People, api.OfficeMember{ID: m.ID.UUID, Name: m.Name, Role: api.Role(m.Role), Active: m.Active})
	}
	return answer, h.addChannels(ctx, q, which, &answer)
}

func (h officeRoutes) addChannels(ctx context.Context, q postgres.Querier, which id.Office, answer *api.OfficeDetail) error {
	all, err := h.channels.List(ctx, q)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Office == which && c.Archived == nil {
			answer.Channels = append(answer.Channels, api.OfficeChannel{ID: c.ID.UUID, Name: c.Name, Adapter: c.Adapter})
		}
	}
	return nil
}
