// Package redact covers what tells who somebody is in a text that leaves the town: best effort, for a person to read over.
package redact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Cover stands in the place of what is covered.
const Cover = "[omissis]"

// Person is what is known of whom the text shall not tell.
type Person struct {
	// Names are whole names: each of their words is covered, from three letters on.
	Names []string
	// Values are addresses, numbers and codes, covered however they are spaced.
	Values []string
}

var (
	mailAddress = regexp.MustCompile(`(?i)[a-z0-9._%+'-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}`)
	// fiscalCode also in the form in which digits are replaced by letters (omocodia).
	fiscalCode = regexp.MustCompile(`(?i)\b[a-z]{6}[0-9lmnpqrstuv]{2}[a-z][0-9lmnpqrstuv]{2}[a-z][0-9lmnpqrstuv]{3}[a-z]\b`)
	iban       = regexp.MustCompile(`(?i)\b[a-z]{2}[0-9]{2}(?:[ -]?[a-z0-9]{4}){3,7}(?:[ -]?[a-z0-9]{1,3})?\b`)
	digits     = regexp.MustCompile(`\+?[0-9](?:[ ./()-]{0,2}[0-9]){5,18}`)
	word       = regexp.MustCompile(`[\p{L}\p{M}]+`)
)

// keys are what opens something of the town's: reply tokens, the hub's own Message-IDs and the secrets of tickets.
var keys = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\bm\.[a-z2-7]{26}\.[a-z2-7]{26}\b`),
	regexp.MustCompile(`(?i)\bt[a-z2-7]{26}\b`),
	regexp.MustCompile(`(?i)\b(?:[0-9a-z]{4}-){6}[0-9a-z]{2}\b`),
	regexp.MustCompile(`\bs=[0-9A-Za-z%-]{26,80}`),
}

// Keys covers what would let whoever reads the text act on a ticket.
func Keys(text string) string {
	for _, key := range keys {
		text = key.ReplaceAllString(text, Cover)
	}
	return text
}

// minWord is the shortest part of a name that is covered by itself: shorter ones are words of the language.
const minWord = 3

// Cover covers the person in a text, and every mail address, fiscal code and bank account whosever it is. It also says how
// many places were covered.
func (p Person) Cover(text string) (string, int) {
	covered := 0
	cover := func(pattern *regexp.Regexp, is func(string) bool) {
		text = pattern.ReplaceAllStringFunc(text, func(found string) string {
			if !is(found) {
				return found
			}
			covered++
			return Cover
		})
	}
	anything := func(string) bool { return true }
	cover(mailAddress, anything)
	cover(fiscalCode, anything)
	cover(iban, anything)
	numbers, others := p.values()
	cover(digits, func(found string) bool { return numbers[tail(found)] })
	for _, value := range others {
		cover(regexp.MustCompile(`(?i)`+regexp.QuoteMeta(value)), anything)
	}
	if names := p.words(); len(names) > 0 {
		cover(word, func(found string) bool { return names[strings.ToLower(found)] })
	}
	return text, covered
}

// values parts numbers, compared by their last digits, from what is compared as it stands.
func (p Person) values() (numbers map[string]bool, others []string) {
	numbers = map[string]bool{}
	for _, v := range p.Values {
		switch {
		case utf8.RuneCountInString(v) < minValue:
		case digits.MatchString(v) && len(tail(v)) == tailDigits:
			numbers[tail(v)] = true
		default:
			others = append(others, v)
		}
	}
	return numbers, others
}

const (
	minValue = 5
	// tailDigits tell a telephone number whatever stands before them: country, area, a zero.
	tailDigits = 9
)

// tail is the last digits of a number, however it is spaced.
func tail(number string) string {
	only := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, number)
	return only[max(0, len(only)-tailDigits):]
}

func (p Person) words() map[string]bool {
	words := map[string]bool{}
	for _, name := range p.Names {
		for _, w := range word.FindAllString(strings.ToLower(name), -1) {
			if utf8.RuneCountInString(w) >= minWord {
				words[w] = true
			}
		}
	}
	return words
}
