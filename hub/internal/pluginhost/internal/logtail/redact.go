package logtail

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
)

const (
	// minSecret is the shortest secret that is searched for, in bytes; shorter ones would shred ordinary words.
	minSecret = 4
	redacted  = "[redacted]"
)

// Redactor removes secrets from text.
type Redactor struct {
	mu       sync.RWMutex
	known    map[string]struct{}
	replacer *strings.Replacer
}

// NewRedactor knows no secrets.
func NewRedactor() *Redactor {
	return &Redactor{known: map[string]struct{}{}, replacer: strings.NewReplacer()}
}

// Learn adds secrets, in the spellings in which they turn up in a log.
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
		pairs = append(pairs, word, redacted)
	}
	r.replacer = strings.NewReplacer(pairs...)
}

// Clean replaces every known secret.
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
