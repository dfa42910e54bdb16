package account

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
)

func TestInvitations(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ctx := t.Context()
	tax, chief := id.New[id.Office](), Actor{Kind: KindOperator, Operator: f.lucia.ID, Role: Administrator}
	_, err := f.pool.Exec(ctx, `INSERT INTO office (id, slug, name) VALUES ($1, 'tributi', 'Tributi')`, tax)
	require.NoError(t, err)
	nino := NewOperator{Login: "nino@comune.example", Name: "Nino Bo", Role: BackOffice}
	_, _, err = f.Invite(ctx, chief, nino, []id.Office{id.New[id.Office]()})
	require.Equal(t, fault.CodeInvalid, fault.Kind(err), "no such office, and nobody is added")

	made, first, err := f.Invite(ctx, chief, nino, []id.Office{tax})
	require.NoError(t, err)
	require.Equal(t, f.clock.now().Add(InvitationLasts), first.ExpiresAt)
	p, err := f.Person(ctx, made.ID)
	require.NoError(t, err)
	require.Equal(t, []id.Office{tax}, p.Offices)
	require.False(t, p.HasPassword)
	require.NotNil(t, p.InvitedUntil)

	second, err := f.InviteAgain(ctx, chief, made.ID)
	require.NoError(t, err)
	refused := func(secret, why string) {
		_, err := f.Redeem(ctx, secret, goodPassword)
		require.ErrorIs(t, err, ErrNoInvitation, why)
	}
	refused(first.Secret, "another took its place")
	refused("niente", "never was one")
	_, err = f.Redeem(ctx, second.Secret, "corta")
	require.Equal(t, fault.CodeInvalid, fault.Kind(err), "a bad password does not use the link up")
	login, err := f.Redeem(ctx, second.Secret, goodPassword)
	require.NoError(t, err)
	require.Equal(t, nino.Login, login)
	refused(second.Secret, "used")
	_, _, _, err = f.SignIn(ctx, Credentials{Login: nino.Login, Password: goodPassword})
	require.NoError(t, err)

	late, err := f.InviteAgain(ctx, chief, made.ID)
	require.NoError(t, err)
	f.clock.advance(InvitationLasts + time.Second)
	refused(late.Secret, "too late")
}

func TestPeopleAreChangedByOthers(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ctx := t.Context()
	lucia, chief := Actor{Kind: KindOperator, Operator: f.lucia.ID, Role: Administrator}, System()
	_, _, secret, err := f.SignIn(ctx, Credentials{Login: "lucia.ferri", Password: goodPassword})
	require.NoError(t, err)
	head, gone := OfficeHead, false
	require.NoError(t, f.ChangePerson(ctx, chief, f.lucia.ID, PersonChange{Role: &head}))
	actor, err := f.BySession(ctx, secret)
	require.NoError(t, err)
	require.Equal(t, OfficeHead, actor.Role, "at once, in an open session")
	require.Equal(t, fault.CodeConflict, fault.Kind(f.ChangePerson(ctx, lucia, f.lucia.ID, PersonChange{Active: &gone})), "not oneself")
	require.Equal(t, fault.CodeNotFound, fault.Kind(f.ChangePerson(ctx, chief, id.New[id.Operator](), PersonChange{Active: &gone})))

	invitation, err := f.InviteAgain(ctx, chief, f.lucia.ID)
	require.NoError(t, err)
	require.NoError(t, f.ChangePerson(ctx, chief, f.lucia.ID, PersonChange{Active: &gone}))
	_, err = f.BySession(ctx, secret)
	require.ErrorIs(t, err, ErrUnauthenticated)
	_, err = f.Redeem(ctx, invitation.Secret, goodPassword)
	require.ErrorIs(t, err, ErrNoInvitation)
	_, err = f.InviteAgain(ctx, chief, f.lucia.ID)
	require.Equal(t, fault.CodeConflict, fault.Kind(err))
	people, err := f.People(ctx)
	require.NoError(t, err)
	require.False(t, people[len(people)-1].Active, "listed, last")
}
