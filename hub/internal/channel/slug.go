package channel

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"sportello.dev/hub/internal/postgres"
)

// maxMadeSlug leaves room for a number within the 63 characters of a slug.
const maxMadeSlug = 50

// SlugOf makes a short name for public addresses: "PEC Ufficio Qualità" becomes "pec-ufficio-qualita". A name without a
// single usable letter gives the adapter's.
func SlugOf(name, adapter string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && r < 0x300 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= maxMadeSlug {
			break
		}
	}
	slug := strings.Trim(b.String(), "-")
	if slug == "" {
		return strings.Trim(strings.ReplaceAll(adapter, "_", "-"), "-")
	}
	return slug
}

// NthSlug is the slug itself for 1, and one with the number after it for more.
func NthSlug(slug string, n int) string {
	if n == 1 {
		return slug
	}
	return slug + "-" + strconv.Itoa(n)
}

// Slugs lists those in use, archived channels' too.
func (s *Store) Slugs(ctx context.Context, q postgres.Querier) ([]string, error) {
	slugs, err := s.q.Slugs(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("listing slugs: %w", err)
	}
	return slugs, nil
}
