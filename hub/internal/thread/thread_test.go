package thread_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/thread"
	"sportello.dev/hub/internal/ticket"
)

// world is one ticket of Ada's, with Carla to whom an operator wrote and Bruno who only wrote in, and a message of ours
// that went to Ada with Bruno in copy.
type world struct {
	candidate thread.Candidate
	sent      id.Message
}

func newWorld() world {
	at := noon.Add(-48 * time.Hour)
	return world{
		candidate: thread.Candidate{
			ID: id.New[id.Ticket](), Number: ticket.FormatNumber(2026, 123), Subject: subject, Status: ticket.StatusOpen,
			CreatedAt: at, ReopenWithin: 30 * 24 * time.Hour,
			Parties: []ticket.Party{
				{Kind: ada.Kind, Value: ada.Value, Role: ticket.RoleRequester, WroteAt: &at, AddressedAt: &at},
				{Kind: carla.Kind, Value: carla.Value, Role: ticket.RoleThird, AddressedAt: &at},
				{Kind: bruno.Kind, Value: bruno.Value, Role: ticket.RoleThird, WroteAt: &at},
			},
		},
		sent: id.New[id.Message](),
	}
}

func (w *world) evidence(sender ticket.Address, authenticated bool) thread.Evidence {
	return thread.Evidence{
		Class: ticket.ClassHuman, Sender: sender, Authenticated: authenticated, Subject: "R: " + subject,
		Policy: thread.DefaultPolicy(), Now: noon,
		Candidates: map[id.Ticket]thread.Candidate{w.candidate.ID: w.candidate},
	}
}

func (w *world) token() []thread.TokenHit {
	return []thread.TokenHit{{Ticket: w.candidate.ID, Message: w.sent, Subject: subject, Recipient: ada}}
}

func (w *world) ours() []thread.ExternalHit {
	return []thread.ExternalHit{{
		Ticket: w.candidate.ID, Message: w.sent, Subject: subject, Issuer: ticket.IssuerProvider, Outbound: true,
		Recipients: []ticket.Address{ada, bruno},
	}}
}

// theirs is a mail of Ada's to the town with Bruno in copy: its identifier was chosen by Ada's mail program.
func (w *world) theirs() []thread.ExternalHit {
	hits := w.ours()
	hits[0].Issuer, hits[0].Outbound, hits[0].Recipients = ticket.IssuerSender, false, []ticket.Address{bruno}
	return hits
}

func (w *world) number() []thread.NumberHit {
	return []thread.NumberHit{{Number: w.candidate.Number, Ticket: w.candidate.ID}}
}

func TestDecideTable(t *testing.T) {
	t.Parallel()
	const yes, no = true, false
	cases := []struct {
		name          string
		sender        ticket.Address
		authenticated bool
		clue          string
		outcome       thread.Outcome
		reason        string
		third         bool
		suggestion    string
	}{
		{"token, requester", ada, yes, "token", thread.Attach, ticket.ReasonToken, no, ""},
		{"token, requester not proved", ada, no, "token", thread.Attach, ticket.ReasonToken, no, ""},
		{"token, third whom we wrote to", carla, yes, "token", thread.Attach, ticket.ReasonToken, yes, ""},
		{"token, third who only wrote", bruno, yes, "token", thread.Attach, ticket.ReasonTokenThird, yes, ""},
		{"token, forwarded to a stranger", stranger, yes, "token", thread.Attach, ticket.ReasonTokenThird, yes, ""},
		{"token, no sender", ticket.Address{}, no, "token", thread.Attach, ticket.ReasonTokenThird, yes, ""},
		{"our id, requester", ada, yes, "ours", thread.Attach, ticket.ReasonExternalID, no, ""},
		{"our id, requester not proved but addressed", ada, no, "ours", thread.Attach, ticket.ReasonExternalID, no, ""},
		{"our id, in copy", bruno, no, "ours", thread.Attach, ticket.ReasonExternalIDThird, yes, ""},
		{"our id, on the ticket but not addressed", carla, yes, "ours", thread.Attach, ticket.ReasonExternalIDThird, yes, ""},
		{"our id, the same not proved", carla, no, "ours", thread.Begin, ticket.ReasonNewSuggested, no, ticket.SuggestReference},
		{"our id, stranger", stranger, yes, "ours", thread.Begin, ticket.ReasonNewSuggested, no, ticket.SuggestReference},
		{"their id, requester", ada, yes, "theirs", thread.Attach, ticket.ReasonExternalID, no, ""},
		{"their id, requester not proved", ada, no, "theirs", thread.Begin, ticket.ReasonNewSuggested, no, ticket.SuggestReference},
		{"their id, in copy", bruno, yes, "theirs", thread.Attach, ticket.ReasonExternalIDThird, yes, ""},
		{"their id, in copy not proved", bruno, no, "theirs", thread.Begin, ticket.ReasonNewSuggested, no, ticket.SuggestReference},
		{"their id, stranger", stranger, yes, "theirs", thread.Begin, ticket.ReasonNewSuggested, no, ticket.SuggestReference},
		{"number, requester", ada, yes, "number", thread.Attach, ticket.ReasonNumber, no, ""},
		{"number, requester not proved", ada, no, "number", thread.Begin, ticket.ReasonNewSuggested, no, ticket.SuggestNumber},
		{"number, third whom we wrote to", carla, yes, "number", thread.Attach, ticket.ReasonNumber, yes, ""},
		{"number, third who only wrote", bruno, yes, "number", thread.Begin, ticket.ReasonNewSuggested, no, ticket.SuggestNumber},
		{"number, stranger", stranger, yes, "number", thread.Begin, ticket.ReasonNewSuggested, no, ticket.SuggestNumber},
		{"subject, requester", ada, yes, "recent", thread.Begin, ticket.ReasonNewSuggested, no, ticket.SuggestSameSubject},
		{"subject, stranger", stranger, yes, "recent", thread.Begin, ticket.ReasonNew, no, ""},
		{"number, requester by certified mail", ticket.Address{Kind: "pec", Value: ada.Value}, yes, "number", thread.Attach, ticket.ReasonNumber, no, ""},
		{"nothing", ada, yes, "", thread.Begin, ticket.ReasonNew, no, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			e := w.evidence(c.sender, c.authenticated)
			switch c.clue {
			case "token":
				e.Tokens = w.token()
			case "ours":
				e.External = w.ours()
			case "theirs":
				e.External = w.theirs()
			case "number":
				e.Numbers = w.number()
			case "recent":
				e.Recent = []id.Ticket{w.candidate.ID}
			}
			d := thread.Decide(e)
			require.Equal(t, c.outcome, d.Outcome)
			require.Equal(t, c.reason, d.Reason.Code)
			require.Equal(t, c.third, d.ThirdPerson)
			require.Equal(t, c.outcome == thread.Attach, d.Ticket == w.candidate.ID)
			require.Equal(t, !c.authenticated, d.Reason.Params[ticket.ParamUnverified] == "true")
			if c.suggestion == "" {
				require.Empty(t, d.Suggest)
			} else {
				require.Equal(t, []ticket.Suggested{{Ticket: w.candidate.ID, Reason: c.suggestion}}, d.Suggest)
			}
		})
	}
}

func TestTheFirstEvidenceWins(t *testing.T) {
	t.Parallel()
	w, other := newWorld(), newWorld()
	e := w.evidence(ada, true)
	e.Candidates[other.candidate.ID] = other.candidate
	e.Numbers = other.number()
	e.External = w.ours()
	require.Equal(t, w.candidate.ID, thread.Decide(e).Ticket)
	e.External, e.Tokens = other.ours(), w.token()
	d := thread.Decide(e)
	require.Equal(t, w.candidate.ID, d.Ticket)
	require.Equal(t, w.sent, d.Answers)
	require.Equal(t, thread.ConfidenceHigh, d.Confidence)
}

func TestATicketThatIsOver(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	cases := []struct {
		name    string
		status  ticket.Status
		ago     time.Duration
		subject string
		want    thread.Outcome
		changed bool
	}{
		{"closed yesterday", ticket.StatusClosed, day, "R: " + subject, thread.Attach, false},
		{"resolved yesterday", ticket.StatusResolved, day, "R: " + subject, thread.Attach, false},
		{"closed 30 days ago", ticket.StatusClosed, 30 * day, "R: " + subject, thread.Attach, false},
		{"closed 31 days ago", ticket.StatusClosed, 31 * day, "R: " + subject, thread.Begin, false},
		{"closed yesterday, about something else", ticket.StatusClosed, day, "Carta d'identità", thread.Begin, true},
		{"open, about something else", ticket.StatusOpen, 0, "Carta d'identità", thread.Attach, true},
		{"open, no subject", ticket.StatusOpen, 0, "", thread.Attach, false},
		{"open, number in it", ticket.StatusOpen, 0, "Re: " + subject + " [Rif. 2026-000123-" + lastDigit() + "]", thread.Attach, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.candidate.Status = c.status
			if !c.status.Open() {
				closed := noon.Add(-c.ago)
				w.candidate.ClosedAt = &closed
			}
			e := w.evidence(ada, true)
			e.Subject, e.Tokens = c.subject, w.token()
			d := thread.Decide(e)
			require.Equal(t, c.want, d.Outcome)
			require.Equal(t, c.changed, d.Reason.Params[ticket.ParamSubjectChanged] == "true")
			require.Equal(t, string(w.candidate.Number), d.Reason.Params[ticket.ParamNumber])
			if c.want == thread.Begin {
				require.Equal(t, ticket.ReasonNewLinked, d.Reason.Code)
				require.Equal(t, []ticket.Suggested{{Ticket: w.candidate.ID, Reason: ticket.SuggestContinues}}, d.Suggest)
				require.Equal(t, []ticket.Link{{Other: w.candidate.ID, Kind: ticket.LinkContinues}}, d.Link)
			}

			e.Class = ticket.ClassOutOfOffice
			d = thread.Decide(e)
			require.Equal(t, thread.Attach, d.Outcome, "mail of machines stays with what caused it")
			require.False(t, d.ThirdPerson)
		})
	}
}

func TestAnOfficeThatNeverReopens(t *testing.T) {
	t.Parallel()
	w := newWorld()
	closed := noon.Add(-time.Minute)
	w.candidate.Status, w.candidate.ClosedAt, w.candidate.ReopenWithin = ticket.StatusResolved, &closed, 0
	e := w.evidence(ada, true)
	e.Tokens = w.token()
	d := thread.Decide(e)
	require.Equal(t, ticket.ReasonNewLinked, d.Reason.Code)
	require.Len(t, d.Link, 1)
}

// Where a server judges senders, an address that it did not prove is nobody's: what comes with a token is a third
// person's, whatever name it bears.
func TestASenderThatTheServerDidNotProve(t *testing.T) {
	t.Parallel()
	w := newWorld()
	e := w.evidence(ada, false)
	e.Judged, e.Tokens = true, w.token()
	d := thread.Decide(e)
	require.Equal(t, ticket.ReasonTokenUnproved, d.Reason.Code)
	require.True(t, d.ThirdPerson)
	require.Equal(t, "true", d.Reason.Params[ticket.ParamUnverified])

	e.Tokens, e.External = nil, w.ours()
	d = thread.Decide(e)
	require.Equal(t, ticket.ReasonExternalIDUnproved, d.Reason.Code)
	require.True(t, d.ThirdPerson)

	e.External, e.Numbers = w.theirs(), w.number()
	require.Equal(t, thread.Begin, thread.Decide(e).Outcome)
	e.Class, e.External = ticket.ClassBounceHard, w.ours()
	d = thread.Decide(e)
	require.Equal(t, ticket.ReasonExternalID, d.Reason.Code, "machines prove nothing and need not")
	require.False(t, d.ThirdPerson)
}

func TestFloodsWaitForAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld()
	e := w.evidence(ada, true)
	e.BegunLately = 19
	require.Equal(t, thread.Begin, thread.Decide(e).Outcome)
	e.BegunLately = 20
	d := thread.Decide(e)
	require.Equal(t, thread.Hold, d.Outcome)
	require.Equal(t, ticket.ReasonManyNew, d.Reason.Code)
	e.Tokens = w.token()
	require.Equal(t, thread.Attach, thread.Decide(e).Outcome, "answers are no new tickets")

	closed := noon.Add(-time.Minute)
	w.candidate.Status, w.candidate.ClosedAt, w.candidate.ReopenedLately = ticket.StatusResolved, &closed, 4
	e = w.evidence(ada, true)
	e.Tokens = w.token()
	require.Equal(t, thread.Attach, thread.Decide(e).Outcome)
	w.candidate.ReopenedLately = 5
	e.Candidates[w.candidate.ID] = w.candidate
	d = thread.Decide(e)
	require.Equal(t, thread.Hold, d.Outcome)
	require.Equal(t, ticket.ReasonManyReopened, d.Reason.Code)
	e.Class = ticket.ClassAutoReply
	require.Equal(t, thread.Attach, thread.Decide(e).Outcome, "mail of machines opens nothing")
}

func TestOneMailToTwoAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld()
	copied := id.New[id.Message]()
	e := w.evidence(ada, true)
	e.Siblings = []thread.Sibling{{Ticket: w.candidate.ID, Message: copied}}
	e.Recent = []id.Ticket{w.candidate.ID}
	d := thread.Decide(e)
	require.Equal(t, thread.Begin, d.Outcome, "each address has its own ticket")
	require.Equal(t, []ticket.Link{{Other: w.candidate.ID, Kind: ticket.LinkSameOriginal}}, d.Link)
	require.Empty(t, d.Suggest, "whoever wrote to both wants both to answer")
	require.Equal(t, string(w.candidate.Number), d.Reason.Params[ticket.ParamSameOriginal])

	e.Tokens = w.token()
	d = thread.Decide(e)
	require.Equal(t, thread.Repeat, d.Outcome, "a token leads both to one ticket, where it stands already")
	require.Equal(t, copied, d.Copied)
	require.Equal(t, w.candidate.ID, d.Ticket)
}

func TestAColleagueForwards(t *testing.T) {
	t.Parallel()
	w := newWorld()
	e := w.evidence(bruno, true)
	e.Forwarded = ada
	require.Equal(t, ada, thread.Decide(e).Requester)
	e.Tokens = w.token()
	require.True(t, thread.Decide(e).Requester.IsZero(), "it belongs to a ticket that has its citizen")
}

func lastDigit() string {
	n := ticket.FormatNumber(2026, 123)
	return string(n[len(n)-1])
}

func TestMachineMail(t *testing.T) {
	t.Parallel()
	w := newWorld()
	daemon := ticket.Address{Kind: "email", Value: "mailer-daemon@relay.example"}
	e := w.evidence(daemon, false)
	e.Class = ticket.ClassBounceHard
	e.External = w.ours()
	require.Equal(t, ticket.ReasonExternalID, thread.Decide(e).Reason.Code)
	e.External = w.theirs()
	require.Equal(t, thread.Hold, thread.Decide(e).Outcome, "an identifier that a sender chose proves nothing")
	e.External, e.Numbers, e.Recent = nil, w.number(), []id.Ticket{w.candidate.ID}
	d := thread.Decide(e)
	require.Equal(t, thread.Hold, d.Outcome)
	require.Equal(t, ticket.ReasonUnmatched, d.Reason.Code)
	require.Empty(t, d.Suggest)
}

func TestANumberOfAJoinedTicketIsFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld()
	e := w.evidence(ada, true)
	given := ticket.FormatNumber(2025, 9)
	e.Numbers = []thread.NumberHit{{Number: given, Ticket: w.candidate.ID}}
	d := thread.Decide(e)
	require.Equal(t, w.candidate.ID, d.Ticket)
	require.Equal(t, string(given), d.Reason.Params[ticket.ParamFollowed])
}

func TestOldTicketsAreNotSuggestedForTheirSubject(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.candidate.CreatedAt = noon.Add(-15 * 24 * time.Hour)
	e := w.evidence(ada, true)
	e.Recent = []id.Ticket{w.candidate.ID}
	require.Empty(t, thread.Decide(e).Suggest)
}

// forgery draws what somebody can make up who has no token, does not control the address of anybody on the ticket, and
// received none of our messages: right numbers, copied identifiers, the citizen's subject, name and address.
func forgery(r *rapid.T, w *world) thread.Evidence {
	proved := rapid.Bool().Draw(r, "proved")
	senders := []ticket.Address{stranger, {}, {Kind: "web", Value: ada.Value}, {Kind: "email", Value: "аda@posta.example"}, bruno}
	if !proved {
		senders = append(senders, carla)
	}
	sender := rapid.SampledFrom(senders).Draw(r, "sender")
	e := w.evidence(sender, proved)
	e.Judged = rapid.Bool().Draw(r, "judged")
	e.BegunLately = rapid.IntRange(0, 25).Draw(r, "begun")
	if rapid.Bool().Draw(r, "forwarded") {
		e.Forwarded = ada
	}
	if rapid.Bool().Draw(r, "sibling") {
		e.Siblings = []thread.Sibling{{Ticket: w.candidate.ID, Message: w.sent}}
	}
	e.Class = rapid.SampledFrom([]ticket.Class{
		ticket.ClassHuman, "", ticket.ClassAutoReply, ticket.ClassBounceHard, ticket.ClassOwnLoop, "unheard_of",
	}).Draw(r, "class")
	e.Subject = rapid.SampledFrom([]string{subject, "R: " + subject, "", string(w.candidate.Number)}).Draw(r, "subject")
	if rapid.Bool().Draw(r, "number") {
		e.Numbers = w.number()
	}
	if rapid.Bool().Draw(r, "copied") {
		hits := w.ours()
		if !e.Class.Human() || rapid.Bool().Draw(r, "theirs") {
			hits = w.theirs()
		}
		hits[0].Recipients = []ticket.Address{ada}
		e.External = hits
	}
	if rapid.Bool().Draw(r, "recent") {
		e.Recent = []id.Ticket{w.candidate.ID}
	}
	return e
}

func TestForgeriesNeverJoin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld()
		d := thread.Decide(forgery(r, &w))
		if d.Outcome == thread.Attach || !d.Ticket.IsZero() {
			r.Fatalf("joined: %+v", d)
		}
	})
}

func TestEveryReasonIsListed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld()
		w.candidate.Status = rapid.SampledFrom(ticket.Statuses()).Draw(r, "status")
		e := forgery(r, &w)
		e.Sender = rapid.SampledFrom([]ticket.Address{ada, bruno, carla, stranger}).Draw(r, "who")
		if rapid.Bool().Draw(r, "token") {
			e.Tokens = w.token()
		}
		d := thread.Decide(e)
		require.Contains(r, ticket.Reasons(), d.Reason.Code)
		require.NotEmpty(r, d.Confidence)
		for _, s := range d.Suggest {
			require.Contains(r, ticket.SuggestionReasons(), s.Reason)
		}
		if (d.Outcome == thread.Attach || d.Outcome == thread.Repeat) == d.Ticket.IsZero() {
			r.Fatalf("outcome and ticket disagree: %+v", d)
		}
	})
}

// What a token or an identifier of ours can do for whoever has it: write, as a third person unless proved to be on the
// ticket as its citizen; and what machines can do: nothing but stand where they belong.
func TestWhoJoinsAndAsWhom(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld()
		w.candidate.Status = rapid.SampledFrom(ticket.Statuses()).Draw(r, "status")
		closed := noon.Add(-time.Duration(rapid.IntRange(0, 60).Draw(r, "days")) * 24 * time.Hour)
		if !w.candidate.Status.Open() {
			w.candidate.ClosedAt = &closed
		}
		w.candidate.ReopenedLately = rapid.IntRange(0, 8).Draw(r, "reopened")
		e := forgery(r, &w)
		e.Candidates[w.candidate.ID] = w.candidate
		e.Sender = rapid.SampledFrom([]ticket.Address{ada, bruno, carla, stranger}).Draw(r, "who")
		e.Subject = rapid.SampledFrom([]string{subject, "R: " + subject, "", "Altro"}).Draw(r, "about")
		e.Tokens = w.token()
		d := thread.Decide(e)
		require.Equal(r, d, thread.Decide(e), "the same evidence, the same decision")
		if !e.Class.Human() {
			require.False(r, d.ThirdPerson)
			require.NotEqual(r, thread.Begin, d.Outcome)
			require.Empty(r, d.Suggest)
			return
		}
		joined := d.Outcome == thread.Attach
		if joined && !d.ThirdPerson {
			require.Equal(r, ada, e.Sender)
			require.True(r, e.Authenticated || !e.Judged)
		}
		if joined && !w.candidate.Status.Open() {
			require.LessOrEqual(r, noon.Sub(closed), w.candidate.ReopenWithin)
			require.NotEqual(r, "Altro", e.Subject, "something else about a ticket that is over is a ticket of its own")
		}
		if d.Reason.Code == ticket.ReasonNewLinked {
			require.Contains(r, d.Link, ticket.Link{Other: w.candidate.ID, Kind: ticket.LinkContinues})
		}
	})
}
