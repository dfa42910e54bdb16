package httpapi

import (
	"context"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/totp"
)

// factorRoutes are the second step of signing in and what belongs to it.
type factorRoutes struct {
	sessions sessionRoutes
	accounts *account.Service
}

func challengeOf(c *account.ChallengeError) api.SignIn202JSONResponse {
	step := api.ChallengeStepCode
	if c.Enrol {
		step = api.ChallengeStepEnrol
	}
	return api.SignIn202JSONResponse{Challenge: c.Secret, Step: step, ExpiresAt: c.ExpiresAt}
}

// FinishSignIn opens a session for a code.
func (h factorRoutes) FinishSignIn(ctx context.Context, r api.FinishSignInRequestObject) (api.FinishSignInResponseObject, error) {
	req := requestOf(ctx)
	done, err := h.accounts.FinishSignIn(ctx, account.Answer{
		Challenge: r.Body.Challenge, Code: r.Body.Code, Place: req.place, UserAgent: req.userAgent,
	})
	req.signedIn = done.Operator.ID
	if err != nil {
		return nil, err
	}
	opened, err := h.sessions.opened(ctx, done.Session, done.Operator)
	if err != nil {
		return nil, err
	}
	answer := api.SignedIn{
		ID: opened.ID, Operator: opened.Operator, CreatedAt: opened.CreatedAt, LastSeenAt: opened.LastSeenAt, ExpiresAt: opened.ExpiresAt,
		UserAgent: opened.UserAgent, Current: true,
	}
	if done.RecoveryCodes != nil {
		answer.RecoveryCodes = &done.RecoveryCodes
	}
	return api.FinishSignIn200JSONResponse{
		Body: answer, Headers: api.FinishSignIn200ResponseHeaders{SetCookie: optional(sessionCookie(done.Secret, req.secure))},
	}, nil
}

// EnrolAtSignIn makes a key for who must have a second factor.
func (h factorRoutes) EnrolAtSignIn(ctx context.Context, r api.EnrolAtSignInRequestObject) (api.EnrolAtSignInResponseObject, error) {
	req := requestOf(ctx)
	e, who, err := h.accounts.Enrol(ctx, r.Body.Challenge)
	if err != nil {
		return nil, err
	}
	req.signedIn, req.halfway = who, true
	key, err := factorKeyOf(e)
	return api.EnrolAtSignIn200JSONResponse(key), err
}

// GetFactor shows how things stand.
func (h factorRoutes) GetFactor(ctx context.Context, _ api.GetFactorRequestObject) (api.GetFactorResponseObject, error) {
	f, err := h.accounts.Factor(ctx, requestOf(ctx).actor)
	return api.GetFactor200JSONResponse{Active: f.Active, Since: f.Since, RecoveryCodes: f.RecoveryCodes, Required: f.Required}, err
}

// BeginFactor makes a key.
func (h factorRoutes) BeginFactor(ctx context.Context, r api.BeginFactorRequestObject) (api.BeginFactorResponseObject, error) {
	e, err := h.accounts.BeginFactor(ctx, requestOf(ctx).actor, proofOf(ctx, r.Body))
	if err != nil {
		return nil, err
	}
	key, err := factorKeyOf(e)
	return api.BeginFactor200JSONResponse(key), err
}

// ConfirmFactor puts the key to use.
func (h factorRoutes) ConfirmFactor(ctx context.Context, r api.ConfirmFactorRequestObject) (api.ConfirmFactorResponseObject, error) {
	req := requestOf(ctx)
	codes, err := h.accounts.ConfirmFactor(ctx, req.actor, req.place, r.Body.Code)
	return api.ConfirmFactor200JSONResponse{Codes: codes}, err
}

// NewRecoveryCodes replaces the recovery codes.
func (h factorRoutes) NewRecoveryCodes(ctx context.Context, r api.NewRecoveryCodesRequestObject) (api.NewRecoveryCodesResponseObject, error) {
	codes, err := h.accounts.NewRecoveryCodes(ctx, requestOf(ctx).actor, proofOf(ctx, r.Body))
	return api.NewRecoveryCodes200JSONResponse{Codes: codes}, err
}

// EndFactor gives the second factor up.
func (h factorRoutes) EndFactor(ctx context.Context, r api.EndFactorRequestObject) (api.EndFactorResponseObject, error) {
	return api.EndFactor204Response{}, h.accounts.EndFactor(ctx, requestOf(ctx).actor, proofOf(ctx, r.Body))
}

// ResetFactor takes it off somebody.
func (h factorRoutes) ResetFactor(ctx context.Context, r api.ResetFactorRequestObject) (api.ResetFactorResponseObject, error) {
	return api.ResetFactor204Response{}, h.accounts.ResetFactor(ctx, id.Operator{UUID: r.ID})
}

// GetSignInPolicy shows of whom a second factor is asked.
func (h factorRoutes) GetSignInPolicy(ctx context.Context, _ api.GetSignInPolicyRequestObject) (api.GetSignInPolicyResponseObject, error) {
	policy, err := h.accounts.FactorPolicy(ctx)
	return api.GetSignInPolicy200JSONResponse{SecondFactor: api.SignInPolicySecondFactor(policy)}, err
}

// PutSignInPolicy decides it.
func (h factorRoutes) PutSignInPolicy(ctx context.Context, r api.PutSignInPolicyRequestObject) (api.PutSignInPolicyResponseObject, error) {
	err := h.accounts.PutFactorPolicy(ctx, account.FactorPolicy(r.Body.SecondFactor))
	return api.PutSignInPolicy200JSONResponse(*r.Body), err
}

func proofOf(ctx context.Context, p *api.FactorProof) account.Proof {
	return account.Proof{Password: p.Password, Code: value(p.Code, ""), Place: requestOf(ctx).place}
}

func factorKeyOf(e account.Enrolment) (api.FactorKey, error) {
	path, size, err := totp.Draw(e.URI)
	return api.FactorKey{Key: e.Key, URI: e.URI, Drawing: api.Drawing{Path: path, Size: size}}, err
}
