package routing

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/ticket"
)

// Offices and channels of these tests.
var (
	urp, taxes, school, gone, empty = office1("1"), office1("2"), office1("3"), office1("4"), office1("5")
	people                          = id.Area{UUID: uuid.MustParse("0190c9b0-0000-7000-8000-0000000000a1")}
	mail, forms                     = id.Channel{UUID: uuid.MustParse("0190c9b0-0000-7000-8000-0000000000c1")}, id.Channel{UUID: uuid.MustParse("0190c9b0-0000-7000-8000-0000000000c2")}
)

// Tags of these tests: old is retired, frost went into hoar, and hoar into ice.
var snow, ice, old, frost, hoar = id.New[id.Tag](), id.New[id.Tag](), id.New[id.Tag](), id.New[id.Tag](), id.New[id.Tag]()

func office1(n string) id.Office {
	return id.Office{UUID: uuid.MustParse("0190c9b0-0000-7000-8000-00000000000" + n)}
}

// monday is a time at which the offices of mornings work, evening one at which they do not.
var (
	monday  = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	evening = monday.Add(9 * time.Hour)
)

func someTown() *Town {
	mornings := &office.Calendar{Week: []office.Opening{{Day: time.Monday, From: 9 * 60, To: 13 * 60}}, Zone: time.UTC}
	return &Town{
		Offices: map[id.Office]Office{
			urp: {Name: "URP", Active: true, Calendar: mornings, Area: people}, taxes: {Name: "Tributi", Active: true, Calendar: mornings},
			school: {Name: "Scuola", Active: true}, gone: {Name: "Leva"}, empty: {Name: "Sport", Active: true, ReceivedBy: taxes},
		},
		Channels: map[id.Channel]bool{mail: true, forms: true}, Areas: map[id.Area]bool{people: true},
		Tags: map[id.Tag]Tag{snow: {Name: "Neve"}, ice: {Name: "Ghiaccio"}, old: {Name: "Elezioni 2019", Retired: true}, frost: {Name: "Brina", Into: hoar}, hoar: {Name: "Galaverna", Into: ice}},
	}
}

func TestRoute(t *testing.T) {
	t.Parallel()
	letter := Arrival{Channel: mail, Office: urp, Subject: "Perché la TARI è così alta?", Text: "Chiedo notizie dell'asilo nido di mio figlio.", Language: "it", At: monday}
	for name, c := range map[string]struct {
		when   Condition
		then   Target
		change func(*Arrival)
		office id.Office
		detour Detour
	}{
		"a word, whatever case and accent":     {when: Condition{Words: []string{"perche"}}, then: Target{Office: taxes}, office: taxes},
		"no part of a word":                    {when: Condition{Words: []string{"tar"}}, then: Target{Office: taxes}, office: urp},
		"a phrase across punctuation":          {when: Condition{Words: []string{"Asilo-Nido"}}, then: Target{Office: school}, office: school},
		"words in another order":               {when: Condition{Words: []string{"nido asilo"}}, then: Target{Office: school}, office: urp},
		"behind an apostrophe":                 {when: Condition{Words: []string{"asilo"}}, then: Target{Office: school}, office: school},
		"in the subject only":                  {when: Condition{Words: []string{"asilo"}, In: InSubject}, then: Target{Office: school}, office: urp},
		"in the text only":                     {when: Condition{Words: []string{"asilo"}, In: InText}, then: Target{Office: school}, office: school},
		"one word of several":                  {when: Condition{Words: []string{"imu", "tari"}}, then: Target{Office: taxes}, office: taxes},
		"all parts must hold":                  {when: Condition{Words: []string{"tari"}, Channels: []id.Channel{forms}}, then: Target{Office: taxes}, office: urp},
		"the channel":                          {when: Condition{Channels: []id.Channel{forms, mail}}, then: Target{Office: taxes}, office: taxes},
		"the form":                             {when: Condition{Forms: []string{"iscrizione"}}, then: Target{Office: school}, change: func(a *Arrival) { a.Form = "iscrizione" }, office: school},
		"no form":                              {when: Condition{Forms: []string{"iscrizione"}}, then: Target{Office: school}, office: urp},
		"a variety of the language":            {when: Condition{Languages: []string{"de"}}, then: Target{Office: school}, change: func(a *Arrival) { a.Language = "DE-at" }, office: school},
		"a language that begins alike":         {when: Condition{Languages: []string{"de"}}, then: Target{Office: school}, change: func(a *Arrival) { a.Language = "del" }, office: urp},
		"a proved sender":                      {when: Condition{Sender: Authenticated}, then: Target{Office: taxes}, change: func(a *Arrival) { a.Authenticated = true }, office: taxes},
		"a sender who is not":                  {when: Condition{Sender: Authenticated}, then: Target{Office: taxes}, office: urp},
		"within hours":                         {when: Condition{Hours: Open}, then: Target{Office: taxes}, office: taxes},
		"outside hours":                        {when: Condition{Hours: Closed}, then: Target{Office: school}, change: func(a *Arrival) { a.At = evening }, office: school},
		"an office that is gone":               {when: Condition{Channels: []id.Channel{mail}}, then: Target{Office: gone, Fallback: school}, office: school, detour: DetourInactive},
		"an office that is gone, and no other": {when: Condition{Channels: []id.Channel{mail}}, then: Target{Office: gone}, office: urp, detour: DetourInactive},
		"a fallback that is gone":              {when: Condition{Channels: []id.Channel{mail}}, then: Target{Office: taxes, Fallback: gone, WhenClosed: true}, change: func(a *Arrival) { a.At = evening }, office: taxes},
		"an office that is closed":             {when: Condition{Channels: []id.Channel{mail}}, then: Target{Office: taxes, Fallback: school, WhenClosed: true}, change: func(a *Arrival) { a.At = evening }, office: school, detour: DetourClosed},
		"a closed office that does not mind":   {when: Condition{Channels: []id.Channel{mail}}, then: Target{Office: taxes, Fallback: school}, change: func(a *Arrival) { a.At = evening }, office: taxes},
		"an office that has nobody":            {when: Condition{Channels: []id.Channel{mail}}, then: Target{Office: empty}, office: taxes, detour: DetourInactive},
		"the area":                             {when: Condition{Areas: []id.Area{people}}, then: Target{Office: taxes}, office: taxes},
		"another area":                         {when: Condition{Areas: []id.Area{{UUID: uuid.New()}}}, then: Target{Office: taxes}, office: urp},
		"only a priority":                      {when: Condition{Words: []string{"tari"}}, then: Target{Priority: ticket.PriorityHigh}, office: urp},
	} {
		a := letter
		if c.change != nil {
			c.change(&a)
		}
		set := compile([]Rule{{ID: uuid.New(), Name: name, Enabled: true, When: c.when, Then: c.then}}, someTown())
		d := set.Route(a)
		require.Equal(t, c.office, d.Office, name)
		require.Equal(t, c.detour, d.Detour, name)
		require.Equal(t, c.detour != "", !d.Meant.IsZero(), name)
	}
}

// A rule gives what took the place of its tags, each once, and nothing of those that are retired; no rule that holds, no tag.
func TestRulesGiveTags(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tags []id.Tag
		word string
		want []ticket.Tag
	}{
		"in their order":         {tags: []id.Tag{snow, ice}, word: "tari", want: []ticket.Tag{{ID: snow, Name: "Neve"}, {ID: ice, Name: "Ghiaccio"}}},
		"retired":                {tags: []id.Tag{old, snow}, word: "tari", want: []ticket.Tag{{ID: snow, Name: "Neve"}}},
		"merged, and once more":  {tags: []id.Tag{frost}, word: "tari", want: []ticket.Tag{{ID: ice, Name: "Ghiaccio"}}},
		"merged into one it has": {tags: []id.Tag{ice, hoar, frost}, word: "tari", want: []ticket.Tag{{ID: ice, Name: "Ghiaccio"}}},
		"gone":                   {tags: []id.Tag{id.New[id.Tag]()}, word: "tari"},
		"where it does not hold": {tags: []id.Tag{snow}, word: "imu"},
	} {
		town := someTown()
		rules := []Rule{{ID: uuid.New(), Name: name, Enabled: true, When: Condition{Words: []string{c.word}}, Then: Target{Tags: c.tags}}}
		follow(rules, town.Tags)
		set := compile(rules, town)
		letter := Arrival{Office: urp, Subject: "La Tari", At: monday}
		require.Equal(t, c.want, set.Route(letter).Tags, name)
		var names []string
		for _, tag := range c.want {
			names = append(names, tag.Name)
		}
		require.Equal(t, names, set.sample(Arrived{Arrival: letter}, urp).Tags, name)
	}
}

func TestCheckNamesEveryFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	fine := Rule{Name: "TARI", When: Condition{Words: []string{"tari"}}, Then: Target{Office: taxes}}
	twice := uuid.New()
	for want, change := range map[string]func(*Rule){
		"rules.1.name required":                     func(r *Rule) { r.Name = " " },
		"rules.1.name rule_name_taken":              func(r *Rule) { r.Name = "prima" },
		"rules.1.name too_long":                     func(r *Rule) { r.Name = strings.Repeat("à", 101) },
		"rules.1.id not_distinct":                   func(r *Rule) { r.ID = twice },
		"rules.1.when rule_no_condition":            func(r *Rule) { r.When = Condition{In: InText} },
		"rules.1.words rule_no_word":                func(r *Rule) { r.When.Words = []string{"?!"} },
		"rules.1.channels rule_no_channel":          func(r *Rule) { r.When.Channels = []id.Channel{{UUID: uuid.New()}} },
		"rules.1.languages format":                  func(r *Rule) { r.When.Languages = []string{"italiano!"} },
		"rules.1.then rule_does_nothing":            func(r *Rule) { r.Then = Target{} },
		"rules.1.office_id unknown":                 func(r *Rule) { r.Then.Office = id.Office{UUID: uuid.New()} },
		"rules.1.office_id rule_office_inactive":    func(r *Rule) { r.Then.Office = gone },
		"rules.1.fallback_id rule_office_inactive":  func(r *Rule) { r.Then.Fallback = gone },
		"rules.1.fallback_id rule_fallback_ring":    func(r *Rule) { r.Then.Fallback = taxes },
		"rules.1.fallback_id rule_fallback_missing": func(r *Rule) { r.Then.WhenClosed = true },
		"rules.1.fallback_id rule_fallback_alone":   func(r *Rule) { r.Then = Target{Fallback: urp, Priority: 3} },
		"rules.1.tags unknown":                      func(r *Rule) { r.Then.Tags = []id.Tag{snow, id.New[id.Tag]()} },
		"rules.1.tags tag_retired":                  func(r *Rule) { r.Then = Target{Tags: []id.Tag{old}} },
		"rules.1.tags tags_many":                    func(r *Rule) { r.Then.Tags = slices.Repeat([]id.Tag{snow}, ticket.MaxTags+1) },
		"rules.1.priority out_of_range":             func(r *Rule) { r.Then.Priority = 9 },
	} {
		bad := fine
		change(&bad)
		first := fine
		first.Name, first.ID = "Prima", twice
		wrong := check([]Rule{first, bad}, someTown())
		require.Len(t, wrong, 1, want)
		v := fault.Violations(wrong[0])[0]
		require.Equal(t, want, v.Field+" "+v.Key)
	}
	rules := []Rule{fine}
	require.Empty(t, check(rules, someTown()))
	require.NotEqual(t, uuid.Nil, rules[0].ID, "a new rule gets its id")
}

// someRule draws rules over a small world, so that they often hold.
func someRule(t *rapid.T) Rule {
	some := func(name string, from ...string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(from), 0, 2, rapid.ID[string]).Draw(t, name)
	}
	r := Rule{ID: uuid.New(), Enabled: rapid.Bool().Draw(t, "enabled")}
	r.When = Condition{
		Channels: rapid.SliceOfNDistinct(rapid.SampledFrom([]id.Channel{mail, forms}), 0, 1, rapid.ID[id.Channel]).Draw(t, "channels"),
		Forms:    some("forms", "a", "b"), Languages: some("languages", "it", "de"), Words: some("words", "Tari", "asilo nido", "nido", "città"),
		In:     rapid.SampledFrom([]Place{"", InSubject, InText}).Draw(t, "in"),
		Sender: rapid.SampledFrom([]Sender{"", "", Authenticated, Unauthenticated}).Draw(t, "sender"),
		Hours:  rapid.SampledFrom([]Hours{"", "", Open, Closed}).Draw(t, "hours"),
	}
	if rapid.Bool().Draw(t, "in area") {
		r.When.Areas = []id.Area{people}
	}
	r.Then = Target{
		Office:     rapid.SampledFrom([]id.Office{{}, taxes, school, gone, empty}).Draw(t, "office"),
		Fallback:   rapid.SampledFrom([]id.Office{{}, school, gone}).Draw(t, "fallback"),
		WhenClosed: rapid.Bool().Draw(t, "when closed"),
	}
	return r
}

func someArrival(t *rapid.T) Arrival {
	said := rapid.SampledFrom([]string{"", "TARI", "l'asilo, nido", "in citta'", "CITTÀ nido", "asili nidi"})
	return Arrival{
		Channel: rapid.SampledFrom([]id.Channel{mail, forms}).Draw(t, "channel"), Office: rapid.SampledFrom([]id.Office{urp, school}).Draw(t, "own"),
		Form: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "form"), Subject: said.Draw(t, "subject"), Text: said.Draw(t, "text"),
		Language: rapid.SampledFrom([]string{"", "it", "de-AT"}).Draw(t, "language"), Authenticated: rapid.Bool().Draw(t, "proved"),
		At: rapid.SampledFrom([]time.Time{monday, evening}).Draw(t, "at"),
	}
}

// TestRouteLaws: the first rule that holds alone is the one that holds; rules behind it, and those that are off, change
// nothing; and a ticket never begins at an office that is not there.
func TestRouteLaws(t *testing.T) {
	t.Parallel()
	town := someTown()
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfN(rapid.Custom(someRule), 0, 6).Draw(t, "rules")
		a := someArrival(t)
		d := compile(rules, town).Route(a)
		first := slices.IndexFunc(rules, func(r Rule) bool { return r.Enabled && plainly(r.When, a, town) })
		if first < 0 {
			require.Equal(t, Decision{Office: a.Office}, d)
			return
		}
		require.Equal(t, rules[first].ID, d.Rule.ID)
		require.True(t, town.Offices[d.Office].Active)
		alone := compile(rules[first:first+1], town).Route(a)
		alone.Rule, d.Rule = nil, nil
		require.Equal(t, alone, d)
	})
}

// plainly tells whether a condition holds, as one would say it.
func plainly(w Condition, a Arrival, town *Town) bool {
	spaced := func(s string) string {
		return " " + strings.Join(strings.FieldsFunc(strings.NewReplacer("à", "a").Replace(strings.ToLower(s)),
			func(r rune) bool { return !unicode.IsLetter(r) }), " ") + " "
	}
	one := func(n int, holds func(int) bool) bool {
		for i := range n {
			if holds(i) {
				return true
			}
		}
		return n == 0
	}
	open := (a.At.Equal(monday) || town.Offices[a.Office].Calendar == nil)
	return one(len(w.Channels), func(i int) bool { return w.Channels[i] == a.Channel }) &&
		one(len(w.Forms), func(i int) bool { return w.Forms[i] == a.Form }) &&
		one(len(w.Languages), func(i int) bool { return w.Languages[i] == strings.TrimSuffix(a.Language, "-AT") }) &&
		one(len(w.Words), func(i int) bool {
			return w.In != InText && strings.Contains(spaced(a.Subject), spaced(w.Words[i])) ||
				w.In != InSubject && strings.Contains(spaced(a.Text), spaced(w.Words[i]))
		}) &&
		(len(w.Areas) == 0 || a.Office == urp) && (w.Sender == "" || (w.Sender == Authenticated) == a.Authenticated) && (w.Hours == "" || (w.Hours == Open) == open)
}

// FuzzWords looks at texts of any bytes: no word is empty, and a text holds each of its own words.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"", "L'IMU è giù", "\xff\xfe", "ＴＡＲＩ ﬁne", strings.Repeat("à", maxRead)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := words(text)
		require.NotContains(t, all, "")
		if len(text) > 200 {
			return
		}
		for _, w := range all {
			x, hit := index{}, []bool{false}
			x.add(w, 0, "")
			x.find(text, InText, hit)
			require.True(t, hit[0] || len(words(w)) == 0, "%q in %q", w, text)
		}
	})
}

func TestTrialCountsWhatWouldChange(t *testing.T) {
	t.Parallel()
	rule := func(word string, to id.Office) Rule {
		return Rule{ID: uuid.New(), Name: word, Enabled: true, When: Condition{Words: []string{word}}, Then: Target{Office: to}}
	}
	var arrived []Arrived
	for _, subject := range []string{"tari", "nido", "tari", "altro", "nido", "tari", "tari", "tari", "tari", "tari"} {
		arrived = append(arrived, Arrived{Number: ticket.FormatNumber(2026, int64(len(arrived))), Arrival: Arrival{Office: urp, Subject: subject, At: monday}})
	}
	now := compile([]Rule{rule("nido", school)}, someTown())
	got := try(compile([]Rule{rule("nido", school), rule("tari", taxes), rule("mai", taxes)}, someTown()), now, arrived)
	require.Equal(t, 10, got.Arrived)
	require.Equal(t, []Tally{{Held: 2}, {Held: 7, Changed: 7}, {}}, got.Tallies)
	require.Equal(t, []int{1, 7}, []int{got.Unruled, got.Changed})
	require.Len(t, got.Samples, samplesEach+2)
	require.Equal(t, []string{"URP", "Tributi"}, []string{got.Samples[0].FromName, got.Samples[0].ToName})
	require.Equal(t, 0, got.Samples[samplesEach].Rule, "what stays comes last")
}
