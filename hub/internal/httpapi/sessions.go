package httpapi

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
)

// sessionRoutes are signing in and out, and the operator's own settings.
type sessionRoutes struct {
	db       *pgxpool.Pool
	accounts *account.Service
	offices  *office.Store
}

// SignIn opens a session.
func (h sessionRoutes) SignIn(ctx context.Context, r api.SignInRequestObject) (api.SignInResponseObject, error) {
	req := requestOf(ctx)
	req.login = r.Body.Login
	session, operator, secret, err := h.accounts.SignIn(ctx, account.Credentials{
		Login: r.Body.Login, Password: r.Body.Password, Place: req.place, UserAgent: req.userAgent,
	})
	var more *account.ChallengeError
	if errors.As(err, &more) {
		req.signedIn, req.halfway = more.Operator, true
		return challengeOf(more), nil
	}
	if err != nil {
		return nil, err
	}
	opened, err := h.opened(ctx, session, operator)
	return api.SignIn200JSONResponse{
		Body: opened, Headers: api.SignIn200ResponseHeaders{SetCookie: optional(sessionCookie(secret, req.secure))},
	}, err
}

// opened tells of a session just opened.
func (h sessionRoutes) opened(ctx context.Context, session account.Session, operator account.Operator) (api.Session, error) {
	requestOf(ctx).signedIn = operator.ID
	actor := account.Actor{Kind: account.KindOperator, Operator: operator.ID, Session: session.ID, Name: operator.Name, Role: operator.Role}
	me, err := h.describe(ctx, actor, operator)
	return sessionOf(session, me, session.ID), err
}

// SignOut ends the session of the cookie, if there is one.
func (h sessionRoutes) SignOut(ctx context.Context, _ api.SignOutRequestObject) (api.SignOutResponseObject, error) {
	req := requestOf(ctx)
	if req.cookie != "" {
		if err := h.accounts.SignOut(ctx, req.cookie); err != nil {
			return nil, err
		}
	}
	return api.SignOut204Response{Headers: api.SignOut204ResponseHeaders{SetCookie: optional(sessionCookie("", req.secure))}}, nil
}

// GetSession shows the session that the request came with.
func (h sessionRoutes) GetSession(ctx context.Context, _ api.GetSessionRequestObject) (api.GetSessionResponseObject, error) {
	list, err := h.sessions(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(s api.Session) bool { return s.Current })
	if i < 0 {
		return nil, fault.NotFound("the request came without a session")
	}
	return api.GetSession200JSONResponse(list[i]), nil
}

// ListSessions shows where the operator is signed in.
func (h sessionRoutes) ListSessions(ctx context.Context, _ api.ListSessionsRequestObject) (api.ListSessionsResponseObject, error) {
	list, err := h.sessions(ctx)
	if err != nil {
		return nil, err
	}
	return api.ListSessions200JSONResponse{Items: list}, nil
}

func (h sessionRoutes) sessions(ctx context.Context) ([]api.Session, error) {
	actor := requestOf(ctx).actor
	open, err := h.accounts.Sessions(ctx, actor.Operator)
	if err != nil {
		return nil, err
	}
	me, err := h.me(ctx, actor)
	if err != nil {
		return nil, err
	}
	list := make([]api.Session, len(open))
	for i, s := range open {
		list[i] = sessionOf(s, me, actor.Session)
	}
	return list, nil
}

// RevokeSession ends one of the operator's own sessions.
func (h sessionRoutes) RevokeSession(ctx context.Context, r api.RevokeSessionRequestObject) (api.RevokeSessionResponseObject, error) {
	if err := h.accounts.EndSession(ctx, requestOf(ctx).actor.Operator, id.Session{UUID: r.ID}); err != nil {
		return nil, err
	}
	return api.RevokeSession204Response{}, nil
}

// GetMe shows who asks.
func (h sessionRoutes) GetMe(ctx context.Context, _ api.GetMeRequestObject) (api.GetMeResponseObject, error) {
	me, err := h.me(ctx, requestOf(ctx).actor)
	if err != nil {
		return nil, err
	}
	return api.GetMe200JSONResponse(me), nil
}

// UpdateMe changes the operator's settings.
func (h sessionRoutes) UpdateMe(ctx context.Context, r api.UpdateMeRequestObject) (api.UpdateMeResponseObject, error) {
	actor := requestOf(ctx).actor
	operator, err := h.accounts.Choose(ctx, actor.Operator, account.Settings{
		Language: (*string)(r.Body.Language), Theme: (*string)(r.Body.Theme),
	})
	if err != nil {
		return nil, err
	}
	me, err := h.describe(ctx, actor, operator)
	if err != nil {
		return nil, err
	}
	return api.UpdateMe200JSONResponse(me), nil
}

// ChangePassword replaces the operator's password.
func (h sessionRoutes) ChangePassword(ctx context.Context, r api.ChangePasswordRequestObject) (api.ChangePasswordResponseObject, error) {
	req := requestOf(ctx)
	if err := h.accounts.ChangePassword(ctx, req.actor, req.place, r.Body.Current, r.Body.New); err != nil {
		return nil, err
	}
	return api.ChangePassword204Response{}, nil
}

func (h sessionRoutes) me(ctx context.Context, actor account.Actor) (api.Me, error) {
	if actor.Kind == account.KindToken {
		return api.Me{
			Kind: api.MeKindToken, ID: actor.Token.UUID, Name: actor.Name, Role: api.Role(actor.Role),
			Language: api.LanguageIt, Theme: api.ThemeSystem, Offices: []api.OfficeRef{}, Actions: allowed(actor),
		}, nil
	}
	operator, err := h.accounts.Operator(ctx, actor.Operator)
	if err != nil {
		return api.Me{}, err
	}
	return h.describe(ctx, actor, operator)
}

func (h sessionRoutes) describe(ctx context.Context, actor account.Actor, o account.Operator) (api.Me, error) {
	all, err := h.offices.List(ctx, h.db)
	if err != nil {
		return api.Me{}, err
	}
	own, err := h.offices.Of(ctx, h.db, o.ID)
	if err != nil {
		return api.Me{}, err
	}
	me := api.Me{
		Kind: api.MeKindOperator, ID: o.ID.UUID, Login: &o.Login, Name: o.Name, Role: api.Role(o.Role),
		Language: api.Language(o.Language), Theme: api.Theme(o.Theme), Offices: []api.OfficeRef{}, Actions: allowed(actor),
	}
	for _, one := range all {
		if slices.Contains(own, one.ID) {
			me.Offices = append(me.Offices, api.OfficeRef{ID: one.ID.UUID, Name: one.Name})
		}
	}
	return me, nil
}

// allowed lists what the actor may do to things that belong to nobody in particular.
func allowed(actor account.Actor) []string {
	var actions []string
	for _, action := range account.Actions() {
		if _, err := account.Allow(actor, action, account.Object{}); err == nil {
			actions = append(actions, string(action))
		}
	}
	return actions
}

func sessionOf(s account.Session, me api.Me, current id.Session) api.Session {
	return api.Session{
		ID: s.ID.UUID, Operator: me, CreatedAt: s.CreatedAt, LastSeenAt: s.LastSeenAt, ExpiresAt: s.ExpiresAt,
		UserAgent: optional(s.UserAgent), Current: s.ID == current,
	}
}
