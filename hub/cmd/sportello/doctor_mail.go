package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/channel"
)

// recordsWait bounds the questions to the DNS about one domain.
const recordsWait = 10 * time.Second

// lookupTXT asks the DNS for text records.
type lookupTXT func(ctx context.Context, name string) ([]string, error)

// mailWarnings looks at each mailbox that sends: whether its domain publishes what makes other servers believe its mail,
// and how its last trial went. Signing is the relay's work; a trial sees whether a letter came back signed.
func mailWarnings(ctx context.Context, pool *pgxpool.Pool, lookup lookupTXT) ([]string, error) {
	channels, err := channel.NewStore(nil).List(ctx, pool)
	if err != nil {
		return nil, err
	}
	var warnings []string
	var domains []string
	for _, c := range channels {
		if c.Archived != nil || c.Ability.Own.Kind != "email" || !c.Ability.Can(channel.Send) {
			continue
		}
		if said := trialWarning(c); said != "" {
			warnings = append(warnings, fmt.Sprintf("channel %s: %s", c.Slug, said))
		}
		if _, domain, ok := strings.Cut(c.Ability.Own.Value, "@"); ok && !slices.Contains(domains, domain) {
			domains = append(domains, domain)
		}
	}
	for _, domain := range domains {
		warnings = append(warnings, recordWarnings(ctx, domain, lookup)...)
	}
	return warnings, nil
}

// trialWarning says how the last trial of a channel went, when that is worth a word.
func trialWarning(c *channel.Channel) string {
	if c.Trial == nil || c.TriedAt == nil {
		return "never tried; press \"Prova il collegamento\" on its page"
	}
	var trial channel.Trial
	if err := json.Unmarshal(c.Trial, &trial); err != nil {
		return "its last trial cannot be read"
	}
	for _, step := range trial {
		if step.State == channel.StepFailed {
			return fmt.Sprintf("its last trial, on %s, failed: %s", c.TriedAt.Format(time.DateOnly), step.Summary)
		}
	}
	for _, step := range trial {
		if step.Code == "domain.records" {
			return fmt.Sprintf("its last trial, on %s: %s", c.TriedAt.Format(time.DateOnly), step.Summary)
		}
	}
	return ""
}

func recordWarnings(ctx context.Context, domain string, lookup lookupTXT) (warnings []string) {
	ctx, cancel := context.WithTimeout(ctx, recordsWait)
	defer cancel()
	for _, wanted := range []struct{ what, name, prefix string }{
		{"SPF", domain, "v=spf1"}, {"DMARC", "_dmarc." + domain, "v=dmarc1"},
	} {
		found, err := lookup(ctx, wanted.name)
		var answer *net.DNSError
		switch {
		case err != nil && (!errors.As(err, &answer) || !answer.IsNotFound):
			warnings = append(warnings, fmt.Sprintf("domain %s: the DNS does not answer for %s", domain, wanted.what))
		case !slices.ContainsFunc(found, func(text string) bool { return strings.HasPrefix(strings.ToLower(text), wanted.prefix) }):
			warnings = append(warnings, fmt.Sprintf("domain %s publishes no %s record (TXT at %s): answers may end up as junk", domain, wanted.what, wanted.name))
		}
	}
	return warnings
}
