package account

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
)

func TestAllow(t *testing.T) {
	t.Parallel()
	me, other := id.New[id.Operator](), id.New[id.Operator]()
	anonymous := Actor{}
	operator := Actor{Kind: KindOperator, Operator: me, Role: FirstLevel}
	admin := Actor{Kind: KindOperator, Operator: me, Role: Administrator}
	script := Actor{Kind: KindToken, Token: id.New[id.Token](), Role: FirstLevel}
	backOffice := Actor{Kind: KindOperator, Operator: me, Role: BackOffice}
	head := Actor{Kind: KindOperator, Operator: me, Role: OfficeHead}
	auditor := Actor{Kind: KindOperator, Operator: me, Role: Auditor}
	ours, theirs := id.New[id.Office](), id.New[id.Office]()
	head.Offices = []id.Office{ours}
	stranger := Actor{Kind: KindOperator, Operator: me, Role: "visitor"}
	for name, c := range map[string]struct {
		actor  Actor
		action Action
		object Object
		want   fault.Code // "" is allowed, "anonymous" is ErrUnauthenticated
	}{
		"anybody sees health":                  {anonymous, HealthRead, Object{}, ""},
		"anybody may try to sign in":           {anonymous, SessionOpen, Object{}, ""},
		"nobody unknown lists tickets":         {anonymous, TicketList, Object{}, "anonymous"},
		"nobody unknown listens":               {anonymous, LiveRead, Object{}, "anonymous"},
		"an operator replies":                  {operator, TicketReply, Object{}, ""},
		"back office replies":                  {backOffice, TicketReply, Object{}, ""},
		"back office sees no quarantine":       {backOffice, QuarantineRead, Object{}, fault.CodeForbidden},
		"a head calls back a member's reply":   {head, MessageCancel, Object{Owner: other}, ""},
		"an auditor says who he is":            {auditor, MeRead, Object{}, ""},
		"an auditor reads no ticket":           {auditor, TicketRead, Object{}, fault.CodeForbidden},
		"an auditor reads no attachment":       {auditor, AttachmentRead, Object{}, fault.CodeForbidden},
		"an auditor reads sums":                {auditor, ReportRead, Object{}, ""},
		"an auditor reads no tickets of them":  {auditor, ReportTickets, Object{}, fault.CodeForbidden},
		"an operator reads no sums":            {operator, ReportRead, Object{}, fault.CodeForbidden},
		"an operator makes no tokens":          {operator, TokenManage, Object{}, fault.CodeForbidden},
		"an operator stops no channels":        {operator, ChannelManage, Object{}, fault.CodeForbidden},
		"an operator signs for no office":      {operator, OfficeManage, Object{}, fault.CodeForbidden},
		"a head runs the office":               {head, OfficeRun, Object{Office: ours}, ""},
		"a head runs no other office":          {head, OfficeRun, Object{Office: theirs}, fault.CodeForbidden},
		"an admin runs any office":             {admin, OfficeRun, Object{Office: theirs}, ""},
		"an operator runs no office":           {operator, OfficeRun, Object{Office: ours}, fault.CodeForbidden},
		"an admin makes tokens":                {admin, TokenManage, Object{}, ""},
		"a script replies":                     {script, TicketReply, Object{}, ""},
		"a script has no drafts":               {script, DraftWrite, Object{}, fault.CodeForbidden},
		"a script has no session":              {script, SessionRead, Object{}, fault.CodeForbidden},
		"one's own reply is called back":       {operator, MessageCancel, Object{Owner: me}, ""},
		"a colleague's reply is not":           {operator, MessageCancel, Object{Owner: other}, fault.CodeForbidden},
		"a script calls back no one's":         {script, MessageCancel, Object{Owner: other}, fault.CodeForbidden},
		"what nobody owns can be called back":  {script, MessageCancel, Object{}, ""},
		"an admin calls back anybody's":        {admin, MessageCancel, Object{Owner: other}, ""},
		"an unknown role may nothing":          {stranger, TicketRead, Object{}, fault.CodeForbidden},
		"an unknown action is denied to all":   {admin, "ticket.burn", Object{}, fault.CodeForbidden},
		"an unknown action is denied to jobs":  {System(), "ticket.burn", Object{}, fault.CodeForbidden},
		"the hub's own work needs no role":     {System(), TicketRead, Object{}, ""},
		"an empty action is denied to anybody": {anonymous, "", Object{}, fault.CodeForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scope, err := Allow(c.actor, c.action, c.object)
			switch c.want {
			case "":
				require.NoError(t, err)
			case "anonymous":
				require.ErrorIs(t, err, ErrUnauthenticated)
				require.True(t, scope.Empty())
			default:
				require.Equal(t, c.want, fault.Kind(err), "%v", err)
				require.True(t, scope.Empty(), "a refusal comes with a scope that covers nothing")
			}
		})
	}
}

func TestEveryActionHasAnAudience(t *testing.T) {
	t.Parallel()
	seen := map[Action]bool{}
	for _, action := range Actions() {
		require.False(t, seen[action], "listed twice: %s", action)
		seen[action] = true
		_, err := Allow(Actor{Kind: KindOperator, Role: Administrator}, action, Object{})
		require.NoError(t, err, "an admin at least may %s", action)
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	tax, registry := id.New[id.Office](), id.New[id.Office]()
	none, all, some := Scope{}, SystemScope(), OfficeScope(tax)
	require.False(t, none.Covers(tax))
	require.True(t, none.Empty())
	require.NotNil(t, none.Offices(), "an array in SQL, not NULL")
	require.True(t, all.Covers(tax))
	require.False(t, all.Empty())
	require.True(t, some.Covers(tax))
	require.False(t, some.Covers(registry))
	require.False(t, some.All())

	town := TownScope([]id.Office{tax}, registry)
	require.False(t, town.Covers(tax))
	require.True(t, town.Covers(registry))
	require.False(t, town.All())
	require.False(t, town.Empty())
	require.True(t, town.CoversShare(registry))
	require.False(t, all.CoversShare(tax), "what is seen anyway needs no share")

	some.Offices()[0] = registry
	require.False(t, some.Covers(registry), "a scope cannot be widened from outside")

	scope, err := Allow(Actor{}, AttachmentSigned, Object{})
	require.NoError(t, err)
	require.True(t, scope.Empty(), "being let in is not seeing everything")
}

// An auditor is told of the whole town who did what, and sums without those of confidential offices; an administrator is
// told neither of those.
func TestIsolationOfWhatAuditorsSee(t *testing.T) {
	t.Parallel()
	social, tax := id.New[id.Office](), id.New[id.Office]()
	covers := func(role Role, action Action) [2]bool {
		scope, err := Allow(Actor{Kind: KindOperator, Operator: id.New[id.Operator](), Role: role, Hidden: []id.Office{social}}, action, Object{})
		require.NoError(t, err)
		return [2]bool{scope.Covers(social), scope.Covers(tax)}
	}
	for _, action := range []Action{AuditRead, AuditCheck, ContactReaders} {
		require.Equal(t, [2]bool{true, true}, covers(Auditor, action), action)
		require.Equal(t, [2]bool{false, true}, covers(Administrator, action), action)
	}
	for _, action := range []Action{ReportRead, ReportExport} {
		require.Equal(t, [2]bool{false, true}, covers(Auditor, action), action)
		require.Equal(t, [2]bool{false, true}, covers(Administrator, action), action)
	}
}

func TestASharePermitsWhatIsListed(t *testing.T) {
	t.Parallel()
	mine := id.New[id.Office]()
	enough := []Action{
		TicketList, TicketRead, TicketNote, AskList, AskAnswer, MentionRead, DraftWrite, MessageRead, AttachmentRead, DeliveryRead, ContactRead, MeRead, DirectoryRead, LiveRead,
	}
	for _, action := range Actions() {
		scope, err := Allow(Actor{Kind: KindOperator, Role: Administrator, Offices: []id.Office{mine}}, action, Object{})
		require.NoError(t, err)
		require.Equal(t, slices.Contains(enough, action), scope.CoversShare(mine), "%s", action)
	}
}

func TestWhatIsMissing(t *testing.T) {
	t.Parallel()
	absent, broken := fault.NotFound("none"), errors.New("broken")
	share := OfficeScope(id.New[id.Office]())
	for name, c := range map[string]struct {
		scope Scope
		look  error
		want  error
	}{
		"seen for a share":           {share.Holding(), nil, ErrShared},
		"not there":                  {share.Holding(), fault.NotFound("neither"), absent},
		"nobody knows":               {share.Holding(), broken, broken},
		"not seen, looking at all":   {share, nil, absent},
		"of somebody without shares": {SystemScope().Holding(), nil, absent},
	} {
		require.ErrorIs(t, c.scope.Missing(absent, func(sight Scope) error {
			require.Equal(t, share.Shares(), sight.Shares(), name)
			return c.look
		}), c.want, name)
	}
}

func TestActorKey(t *testing.T) {
	t.Parallel()
	op, tok := id.New[id.Operator](), id.New[id.Token]()
	require.Equal(t, "operator:"+op.String(), Actor{Kind: KindOperator, Operator: op}.Key())
	require.Equal(t, "token:"+tok.String(), Actor{Kind: KindToken, Token: tok}.Key())
	require.Equal(t, "system", System().Key())
	require.Empty(t, Actor{}.Key())
}
