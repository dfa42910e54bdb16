package httpapi

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/ticket"
)

// peopleRoutes are who may sign in, as what and where.
type peopleRoutes struct {
	db       *pgxpool.Pool
	accounts *account.Service
	offices  *office.Store
	tickets  *ticket.Store
}

// ListPeople shows everybody.
func (h peopleRoutes) ListPeople(ctx context.Context, _ api.ListPeopleRequestObject) (api.ListPeopleResponseObject, error) {
	people, err := h.accounts.People(ctx)
	if err != nil {
		return nil, err
	}
	list := api.PersonList{Items: make([]api.Person, len(people))}
	for i, p := range people {
		list.Items[i] = personOf(p)
	}
	return api.ListPeople200JSONResponse(list), nil
}

// InvitePerson adds somebody.
func (h peopleRoutes) InvitePerson(ctx context.Context, r api.InvitePersonRequestObject) (api.InvitePersonResponseObject, error) {
	made, invitation, err := h.accounts.Invite(ctx, requestOf(ctx).actor, account.NewOperator{
		Login: r.Body.Login, Name: r.Body.Name, Role: account.Role(r.Body.Role),
	}, officesOf(r.Body.Offices))
	if err != nil {
		return nil, err
	}
	answer, err := h.invited(ctx, made.ID, invitation)
	return api.InvitePerson201JSONResponse(answer), err
}

// InvitePersonAgain makes a new link.
func (h peopleRoutes) InvitePersonAgain(ctx context.Context, r api.InvitePersonAgainRequestObject) (api.InvitePersonAgainResponseObject, error) {
	who := id.Operator{UUID: r.ID}
	invitation, err := h.accounts.InviteAgain(ctx, requestOf(ctx).actor, who)
	if err != nil {
		return nil, err
	}
	answer, err := h.invited(ctx, who, invitation)
	return api.InvitePersonAgain201JSONResponse(answer), err
}

func (h peopleRoutes) invited(ctx context.Context, who id.Operator, invitation account.Invitation) (api.Invitation, error) {
	p, err := h.accounts.Person(ctx, who)
	return api.Invitation{Person: personOf(p), Secret: invitation.Secret, ExpiresAt: invitation.ExpiresAt}, err
}

// UpdatePerson changes role, offices or access.
func (h peopleRoutes) UpdatePerson(ctx context.Context, r api.UpdatePersonRequestObject) (api.UpdatePersonResponseObject, error) {
	who := id.Operator{UUID: r.ID}
	change := account.PersonChange{Role: (*account.Role)(r.Body.Role), Active: r.Body.Active}
	if r.Body.Offices != nil {
		offices := officesOf(*r.Body.Offices)
		change.Offices = &offices
	}
	if err := h.accounts.ChangePerson(ctx, requestOf(ctx).actor, who, change); err != nil {
		return nil, err
	}
	p, err := h.accounts.Person(ctx, who)
	return api.UpdatePerson200JSONResponse(personOf(p)), err
}

// SignPersonOut ends all sessions of somebody.
func (h peopleRoutes) SignPersonOut(ctx context.Context, r api.SignPersonOutRequestObject) (api.SignPersonOutResponseObject, error) {
	if err := h.accounts.SignOutEverywhere(ctx, id.Operator{UUID: r.ID}); err != nil {
		return nil, err
	}
	return api.SignPersonOut204Response{}, nil
}

// ListPersonSessions shows where somebody is signed in.
func (h peopleRoutes) ListPersonSessions(ctx context.Context, r api.ListPersonSessionsRequestObject) (api.ListPersonSessionsResponseObject, error) {
	open, err := h.accounts.Sessions(ctx, id.Operator{UUID: r.ID})
	list := api.PersonSessionList{Items: make([]api.PersonSession, len(open))}
	for i, s := range open {
		list.Items[i] = api.PersonSession{
			ID: s.ID.UUID, CreatedAt: s.CreatedAt, LastSeenAt: s.LastSeenAt, ExpiresAt: s.ExpiresAt, UserAgent: optional(s.UserAgent),
		}
	}
	return api.ListPersonSessions200JSONResponse(list), err
}

// EndPersonSession ends one of them.
func (h peopleRoutes) EndPersonSession(ctx context.Context, r api.EndPersonSessionRequestObject) (api.EndPersonSessionResponseObject, error) {
	return api.EndPersonSession204Response{}, h.accounts.EndSession(ctx, id.Operator{UUID: r.ID}, id.Session{UUID: r.Session})
}

// AcceptInvitation sets the password of whoever has the link.
func (h peopleRoutes) AcceptInvitation(ctx context.Context, r api.AcceptInvitationRequestObject) (api.AcceptInvitationResponseObject, error) {
	login, err := h.accounts.Redeem(ctx, r.Body.Secret, r.Body.Password)
	if err != nil {
		return nil, err
	}
	return api.AcceptInvitation200JSONResponse{Login: login}, nil
}

func personOf(p account.Person) api.Person {
	answer := api.Person{
		ID: p.ID.UUID, Login: p.Login, Name: p.Name, Role: api.Role(p.Role), Offices: make([]uuid.UUID, len(p.Offices)), Active: p.Active,
		HasPassword: p.HasPassword, SecondFactor: p.SecondFactor, Sessions: p.SignedIn, InvitedUntil: p.InvitedUntil,
	}
	for i, o := range p.Offices {
		answer.Offices[i] = o.UUID
	}
	return answer
}

func officesOf(list []uuid.UUID) []id.Office {
	offices := make([]id.Office, len(list))
	for i, o := range list {
		offices[i] = id.Office{UUID: o}
	}
	return offices
}
