// Package redact removes secrets from texts that people read: logs, answers, what is kept of an exchange.
package redact

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Cover stands in the place of a secret.
const Cover = "[redacted]"

// minSecret is the shortest secret that is searched for, in bytes; shorter ones would shred ordinary words.
const minSecret = 4

// Redactor removes the secrets that it has learnt. It may be used by many at once.
type Redactor struct {
	mu       sync.RWMutex
	known    map[string]struct{}
	replacer *strings.Replacer
}

// New returns a Redactor that knows no secrets.
func New() *Redactor {
	return &Redactor{known: map[string]struct{}{}, replacer: strings.NewReplacer()}
}

// Learn adds secrets, whatever they are called, in the spellings in which they turn up: plain, JSON, URL and base64.
func (r *Redactor) Learn(secrets map[string]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := len(r.known)
	for _, secret := range secrets {
		if len(secret) < minSecret {
			continue
		}
		for _, spelling := range spellings(secret) {
			r.known[spelling] = struct{}{}
		}
	}
	if len(r.known) == before {
		return
	}
	// The replacer takes the first pair that matches: longest first, so that no rest of a longer spelling stays.
	words := slices.SortedFunc(maps.Keys(r.known), func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(words))
	for _, word := range words {
		pairs = append(pairs, word, Cover)
	}
	r.replacer = strings.NewReplacer(pairs...)
}

// Clean replaces every secret that is known.
func (r *Redactor) Clean(text string) string {
	r.mu.RLock()
	replacer := r.replacer
	r.mu.RUnlock()
	return replacer.Replace(text)
}

func spellings(secret string) []string {
	all := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte(secret)),
	}
	if quoted, err := json.Marshal(secret); err == nil {
		all = append(all, string(quoted[1:len(quoted)-1]))
	}
	return all
}
