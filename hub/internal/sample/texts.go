package sample

import (
	"math/rand/v2"
	"time"

	"sportello.dev/adapters/simulator/script"
	"sportello.dev/hub/internal/ticket"
)

// variants is how many versions of each letter there are: other streets, dates and amounts.
const variants = 24

// texts are what people wrote, ready made: five million are not made up one by one.
type texts struct {
	byOffice map[string][]pastLetter
	all      []pastLetter
	replies  map[string][]pastText
	anyReply []pastText
	follow   []pastText
	notes    []pastText
}

// pastLetter is a first letter.
type pastLetter struct {
	pastText

	office, subject string
}

// pastText is a text with its beginning.
type pastText struct{ text, preview string }

func newTexts(seed uint64, now time.Time) *texts {
	g := script.New(seed, Mailbox, func() time.Time { return now.AddDate(-1, 0, 0) })
	citizens := script.Citizens()
	t := &texts{byOffice: map[string][]pastLetter{}, replies: map[string][]pastText{}}
	for k, l := range script.Letters() {
		for v := range variants {
			filled := g.Write(citizens[(k*variants+v)%len(citizens)], l).Letter
			p := pastLetter{pastText: past(filled.Text), office: l.Office, subject: filled.Subject}
			t.byOffice[l.Office] = append(t.byOffice[l.Office], p)
			t.all = append(t.all, p)
		}
	}
	for _, d := range desks {
		for _, matter := range d.matters {
			for _, a := range answers[matter] {
				t.replies[matter] = append(t.replies[matter], past(a))
				t.anyReply = append(t.anyReply, past(a))
			}
		}
	}
	for _, f := range followUps {
		t.follow = append(t.follow, past(f))
	}
	for _, n := range notes {
		t.notes = append(t.notes, past(n))
	}
	return t
}

func past(text string) pastText { return pastText{text: text, preview: ticket.Preview(text)} }

// letter is one that an office with these matters gets; the office of everything gets all.
func (t *texts) letter(matters []string, rng *rand.Rand) *pastLetter {
	list := t.all
	if len(matters) > 0 {
		list = t.byOffice[matters[rng.IntN(len(matters))]]
	}
	return &list[rng.IntN(len(list))]
}

// of is what was said at turn k of a story.
func (t *texts) of(s *story, k int) pastText {
	u := &s.turns[k]
	switch {
	case k == 0:
		return s.letter.pastText
	case u.direction == ticket.DirectionOutbound:
		if list := t.replies[s.letter.office]; len(list) > 0 {
			return list[u.text%len(list)]
		}
		return t.anyReply[u.text%len(t.anyReply)]
	case u.direction == ticket.DirectionNote:
		return t.notes[u.text%len(t.notes)]
	}
	return t.follow[u.text%len(t.follow)]
}
