package httpapi

import (
	"context"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
)

// tokenRoutes are the tokens of scripts.
type tokenRoutes struct{ accounts *account.Service }

// ListTokens shows the tokens that work.
func (h tokenRoutes) ListTokens(ctx context.Context, _ api.ListTokensRequestObject) (api.ListTokensResponseObject, error) {
	tokens, err := h.accounts.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	list := api.TokenList{Items: make([]api.Token, len(tokens))}
	for i, t := range tokens {
		list.Items[i] = tokenShown(t)
	}
	return api.ListTokens200JSONResponse(list), nil
}

// CreateToken makes a token.
func (h tokenRoutes) CreateToken(ctx context.Context, r api.CreateTokenRequestObject) (api.CreateTokenResponseObject, error) {
	b := r.Body
	t, secret, err := h.accounts.AddToken(ctx, account.NewToken{
		Name: b.Name, Role: account.Role(b.Role), Office: id.Office{UUID: value(b.OfficeID, id.Office{}.UUID)},
		Lasts: account.Lasting(b.Lasts), Because: value(b.NeverBecause, ""),
	})
	if err != nil {
		return nil, err
	}
	shown := tokenShown(t)
	return api.CreateToken201JSONResponse{
		ID: shown.ID, Name: shown.Name, Role: shown.Role, OfficeID: shown.OfficeID, CreatedAt: shown.CreatedAt, ExpiresAt: shown.ExpiresAt,
		NeverBecause: shown.NeverBecause, Secret: secret,
	}, nil
}

func tokenShown(t account.Token) api.Token {
	return api.Token{
		ID: t.ID.UUID, Name: t.Name, Role: api.Role(t.Role), OfficeID: tokenOffice(t), CreatedAt: t.CreatedAt, LastUsedAt: t.LastUsedAt,
		ExpiresAt: t.ExpiresAt, NeverBecause: optional(t.NeverBecause),
	}
}

func tokenOffice(t account.Token) *uuid.UUID {
	if t.Office.IsZero() {
		return nil
	}
	return &t.Office.UUID
}

// RevokeToken ends a token.
func (h tokenRoutes) RevokeToken(ctx context.Context, r api.RevokeTokenRequestObject) (api.RevokeTokenResponseObject, error) {
	if err := h.accounts.EndToken(ctx, id.Token{UUID: r.ID}); err != nil {
		return nil, err
	}
	return api.RevokeToken204Response{}, nil
}
