package script

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
)

//go:embed letters/*.txt
var texts embed.FS

const followUps = "seguiti"

// Letter is the text of a letter, with {placeholders} for what differs from sender to sender.
type Letter struct {
	Key     string // short name, unique
	Office  string // the office it is for: tributi, anagrafe, polizia, lavori, scuola, cultura, edilizia, sociale
	Subject string
	Text    string
	Role    Role // who writes such a letter; empty for anyone
}

// Letters returns all letters to the town hall, grouped by office.
func Letters() []Letter { return catalogue().letters }

type collection struct {
	letters []Letter
	follow  []Letter // answers to the town hall; the key's first word is their tone
}

// catalogue reads the embedded texts, once. They are part of the program, so a mistake in them is a bug.
var catalogue = sync.OnceValue(func() collection {
	var all collection
	names, err := fs.Glob(texts, "letters/*.txt")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		raw, err := texts.ReadFile(name)
		if err != nil {
			panic(err)
		}
		office := strings.TrimSuffix(path.Base(name), ".txt")
		list, err := parseLetters(office, string(raw))
		if err != nil {
			panic(err)
		}
		if office == followUps {
			all.follow = list
		} else {
			all.letters = append(all.letters, list...)
		}
	}
	return all
})

// parseLetters reads a file of letters: each begins with a line "@ key | subject | role", the text follows.
func parseLetters(office, file string) ([]Letter, error) {
	var list []Letter
	for part := range strings.SplitSeq("\n"+file, "\n@ ") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		head, text, _ := strings.Cut(part, "\n")
		key, rest, _ := strings.Cut(head, "|")
		subject, role, _ := strings.Cut(rest, "|")
		l := Letter{
			Key: strings.TrimSpace(key), Office: office, Subject: strings.TrimSpace(subject),
			Text: strings.TrimSpace(text), Role: Role(strings.TrimSpace(role)),
		}
		if l.Key == "" || l.Text == "" {
			return nil, fmt.Errorf("letters/%s.txt: a letter without key or text near %q", office, head)
		}
		list = append(list, l)
	}
	return list, nil
}
