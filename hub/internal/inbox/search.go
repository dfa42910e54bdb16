package inbox

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

var (
	sequenceAlone = regexp.MustCompile(`^\d{1,12}$`)
	numberPrefix  = regexp.MustCompile(`^\d{4}-?[\d-]{0,16}$`)
)

const (
	// searchedYears is how many years back a sequence alone is looked for.
	searchedYears = 10
	// mostFound bounds what a search looks at: the latest tickets that match. Whoever gets so many writes more words.
	mostFound = 1000
	// mostTried bounds how many of the latest that match are tried for whether they are in scope. A word that so many have
	// is short: of an office that has one ticket in a hundred two hundred are found by it.
	mostTried = 20_000
	// mostPeople and mostOfEach bound how many requesters a search follows, and how many of their tickets.
	mostPeople = 50
	mostOfEach = 50
	// mostNamed is how many people of one name are tried for whether an office has something of theirs: within a few offices
	// the few whom they know must not drown among all others of the name. It takes some 10 microseconds each.
	mostNamed = 10_000
	// mostTagsFound is how many tags of a name count.
	mostTagsFound = 20
	// mostWords is how many words of a search count.
	mostWords = 8
)

// number finds by the beginning of a number. With the latest numbers first: "2026" alone begins two hundred thousand.
func (f *Filter) number(c *conditions, year int) error {
	text := strings.TrimSpace(f.Number)
	var either []string
	if sequenceAlone.MatchString(text) {
		sequence, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("reading a sequence: %w", err)
		}
		var numbers []string
		for y := year; y > year-searchedYears; y-- {
			numbers = append(numbers, string(ticket.FormatNumber(y, sequence)))
		}
		either = append(either, `SELECT n.id FROM ticket n WHERE n.number = ANY(`+c.arg(numbers)+`)`)
	}
	if numberPrefix.MatchString(text) {
		either = append(either, fmt.Sprintf(`(SELECT n.id FROM ticket n WHERE n.number LIKE %s ORDER BY n.number DESC LIMIT %d)`,
			c.arg(text+"%"), mostFound))
	}
	if len(either) == 0 {
		return fault.Invalid("q", "format", "not the beginning of a ticket number")
	}
	c.few = true
	c.where = append(c.where, `t.id = ANY(ARRAY(`+strings.Join(either, " UNION ")+`))`)
	return nil
}

// words finds by beginnings of words in the subject or the requester's name, all of them, by the beginning of an
// address, or by a tag's name. Offices out of scope do not use up what a search may find.
func (f *Filter) words(c *conditions) {
	c.few = true
	query := wordQuery(f.Words)
	if query == "" {
		c.where = append(c.where, "false")
		return
	}
	words, address := c.arg(query), c.arg(likePrefix(strings.ToLower(strings.TrimSpace(f.Words))))
	within := ""
	// The latest first, one by one and by the key, until there are enough: a join would read all tickets for a word that
	// many have, and before they are in order so would this.
	if held := c.held(`(SELECT o.office_id FROM ticket o WHERE o.id = w.ticket_id)`); held != "" {
		within = ` WHERE ` + held
		if c.seen.shares() {
			within = ` WHERE (` + held + ` OR w.ticket_id = ANY(` + c.sharedIDs() + `))`
		}
	}
	c.where = append(c.where, fmt.Sprintf(`t.id = ANY(ARRAY(
		(SELECT w.ticket_id FROM (
		     SELECT w.ticket_id FROM ticket_words w WHERE w.words @@ %[1]s::text::tsquery ORDER BY w.ticket_id DESC LIMIT %[8]d) w%[2]s LIMIT %[4]d)
		UNION
		SELECT own.id FROM (
		    (SELECT k.id FROM contact k WHERE search_words(k.name) @@ %[1]s::text::tsquery LIMIT %[5]d)
		    UNION
		    (SELECT a.contact_id FROM contact_address a WHERE a.value LIKE %[3]s LIMIT %[5]d)) who
		CROSS JOIN LATERAL (SELECT r.id FROM ticket r WHERE r.contact_id = ANY(ARRAY(SELECT contact_group(who.id)))
		                    ORDER BY r.last_message_at DESC LIMIT %[6]d) own
		%[7]s
		%[9]s))`,
		words, within, address, mostFound, mostPeople, mostOfEach, f.tagged(c), mostTried, namesakes(c, words)))
}

// namesakes finds what offices have of whoever goes by a name, whomever they were merged with. Person by person: a join would read
// all tickets for a name that many have. It is empty where any office is read, or any but a few.
func namesakes(c *conditions, words string) string {
	if c.seen.offices() == nil {
		return ""
	}
	held := c.held(`r.office_id`)
	if c.seen.shares() {
		held = `(` + held + ` OR r.id = ANY(` + c.sharedIDs() + `))`
	}
	return fmt.Sprintf(`UNION
		(WITH called AS MATERIALIZED (
		     SELECT k.id, k.merged_into FROM contact k WHERE search_words(k.name) @@ %[1]s::text::tsquery LIMIT %[2]d),
		 person AS (
		     SELECT id FROM called UNION SELECT merged_into FROM called WHERE merged_into IS NOT NULL
		     UNION SELECT m.id FROM called JOIN contact m ON m.merged_into = called.id)
		 SELECT own.id FROM person CROSS JOIN LATERAL (
		     SELECT r.id FROM ticket r WHERE r.contact_id = person.id AND %[3]s ORDER BY r.last_message_at DESC LIMIT %[4]d) own
		 ORDER BY own.id DESC LIMIT %[5]d)`, words, mostNamed, held, mostOfEach, mostFound)
}

// tagged finds by tags whose name was written. They are values and not a subquery: how many tickets have a tag decides
// between its index and the latest tickets, and of a subquery the planner knows nothing.
func (f *Filter) tagged(c *conditions) string {
	if len(f.named) == 0 {
		return ""
	}
	c.valued = true
	return fmt.Sprintf(`UNION (SELECT r.id FROM ticket r WHERE r.tags && %s::uuid[] ORDER BY r.id DESC LIMIT %d)`, c.arg(f.named), mostFound)
}

// look finds the tags that the words may mean.
func (f *Filter) look(ctx context.Context, db postgres.Querier) error {
	query := wordQuery(f.Words)
	if query == "" {
		return nil
	}
	rows, err := db.Query(ctx, `SELECT id FROM tag WHERE search_words(name) @@ $1::text::tsquery LIMIT $2`, query, mostTagsFound)
	if err != nil {
		return fmt.Errorf("looking for tags: %w", err)
	}
	if f.named, err = pgx.CollectRows(rows, pgx.RowTo[id.Tag]); err != nil {
		return fmt.Errorf("looking for tags: %w", err)
	}
	return nil
}

// unaccented makes what takes the accents off, as search_words does in the database. It holds a state: one search, one.
func unaccented() transform.Transformer {
	return transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC)
}

// wordQuery makes a tsquery of a text: every word, each as a beginning, a single letter as itself: half of all words
// begin with one of three letters. Empty when there is no word.
func wordQuery(text string) string {
	folded, _, err := transform.String(unaccented(), text)
	if err != nil {
		folded = text
	}
	words := strings.FieldsFunc(strings.ToLower(folded), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range words {
		words[i] = "'" + w + "'"
		if utf8.RuneCountInString(w) > 1 {
			words[i] += ":*"
		}
	}
	return strings.Join(words[:min(len(words), mostWords)], " & ")
}

// likePrefix is a pattern that finds what begins like this.
func likePrefix(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}
