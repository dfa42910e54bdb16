package channel

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"
)

const (
	// minSecret is the shortest secret that is searched for, in bytes: shorter ones would shred ordinary words.
	minSecret = 4
	redacted  = "[redacted]"
)

// redactor removes the secrets it has seen from everything that leaves the process for people to read.
type redactor struct {
	mu       sync.RWMutex
	known    map[string]struct{}
	replacer *strings.Replacer
}

func newRedactor() *redactor {
	return &redactor{known: map[string]struct{}{}, replacer: strings.NewReplacer()}
}

// learn adds secrets in the spellings in which they turn up: plain, JSON, URL and base64.
func (r *redactor) learn(secrets map[string]string) {
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
	words := make([]string, 0, len(r.known))
	for spelling := range r.known {
		words = append(words, spelling)
	}
	// The replacer takes the first pair that matches: longest first, so that no rest of a longer spelling stays.
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(words))
	for _, word := range words {
		pairs = append(pairs, word, redacted)
	}
	r.replacer = strings.NewReplacer(pairs...)
}

func (r *redactor) clean(text string) string {
	r.mu.RLock()
	replacer := r.replacer
	r.mu.RUnlock()
	return replacer.Replace(text)
}

func spellings(secret string) []string {
	quoted, err := json.Marshal(secret)
	if err != nil {
		quoted = []byte(`""`)
	}
	return []string{
		secret, string(quoted[1 : len(quoted)-1]), url.QueryEscape(secret), url.PathEscape(secret),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte(secret)),
	}
}
