package sample

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/tag"
)

// word is one of the town's tags, and what of a subject makes an operator think of it.
type word struct {
	name, colour string
	stems        []string
	// retired ones stand on requests of the past alone.
	retired bool
}

const stormy = "Allerta meteo"

// words are the town's tags.
var words = []word{
	{name: stormy, colour: "red", stems: []string{"allagat", "ramo pericolante"}},
	{name: "Asilo nido", colour: "blue", stems: []string{"nido"}},
	{name: "Bonus e contributi", colour: "green", stems: []string{"bonus", "contributo", "sconto"}},
	{name: "Carta d’identità", colour: "blue", stems: []string{"carta d'identità"}},
	{name: "Festa di San Valdo", colour: "violet", stems: []string{"san valdo", "patrono", "processione", "concerto"}},
	{name: "Illuminazione", colour: "amber", stems: []string{"lampione"}},
	{name: "Mensa scolastica", colour: "green", stems: []string{"mensa"}},
	{name: "Raccolta rifiuti", colour: "green", stems: []string{"cassonetto", "sacchi neri", "ritiro frigorifero"}},
	{name: "Referendum", colour: "grey", stems: []string{"elettorale"}, retired: true},
	{name: "Strade e marciapiedi", colour: "amber", stems: []string{"buca", "marciapiede", "passo carrabile"}},
	{name: "TARI", colour: "grey", stems: []string{"tari", "compost"}},
	{name: "Verde pubblico", colour: "green", stems: []string{"parco", "orti urbani"}},
	{name: "ZTL e contrassegni", colour: "violet", stems: []string{"ztl", "contrassegno"}},
}

// thought is which tags a subject makes one think of, by name.
func thought(subject string) (names []string) {
	subject = strings.ToLower(subject)
	for _, w := range words {
		if slices.ContainsFunc(w.stems, func(stem string) bool { return strings.Contains(subject, stem) }) {
			names = append(names, w.name)
		}
	}
	return names
}

// mark makes the town's tags.
func (t *Town) mark(ctx context.Context, p Parts) error {
	tags := tag.NewStore(time.Now)
	return postgres.InTx(ctx, p.Pool, func(tx pgx.Tx) error {
		for _, w := range words {
			made, err := tags.Make(ctx, tx, w.name, w.colour)
			if err != nil {
				return err
			}
			t.Tags[w.name] = made.ID
			if !w.retired {
				continue
			}
			if _, err := tags.Change(ctx, tx, made.ID, tag.Change{Retired: new(true)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// findTags reads the tags that mark has made.
func (t *Town) findTags(ctx context.Context, q postgres.Querier) error {
	all, err := tag.NewStore(time.Now).All(ctx, q)
	if err != nil {
		return fmt.Errorf("reading the town's tags: %w", err)
	}
	for _, each := range all {
		t.Tags[each.Name] = each.ID
	}
	return nil
}

// offered are the tags that somebody would put on a request at present.
func (t *Town) offered(subject string) (tags []id.Tag) {
	for _, name := range thought(subject) {
		if i := slices.IndexFunc(words, func(w word) bool { return w.name == name }); !words[i].retired {
			tags = append(tags, t.Tags[name])
		}
	}
	return tags
}
