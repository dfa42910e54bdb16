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

// channelWarnings looks at each channel in use: whether it stands still, how its last trial went, whether its texts
// travel readable, and whether the domains that mail leaves from publish what makes other servers believe it. Signing is
// the relay's work; a trial sees whether a letter came back signed.
func channelWarnings(ctx context.Context, pool *pgxpool.Pool, lookup lookupTXT) ([]string, error) {
	channels, err := channel.NewStore(nil).List(ctx, pool)
	if err != nil {
		return nil, err
	}
	var warnings []string
	var domains []string
	for _, c := range channels {
		if c.Archived != nil {
			continue
		}
		for _, said := range []string{suspensionWarning(c), trialWarning(c), readableWarning(c)} {
			if said != "" {
				warnings = append(warnings, fmt.Sprintf("channel %s: %s", c.Slug, said))
			}
		}
		_, domain, mail := strings.Cut(c.Ability.Own.Value, "@")
		if mail && c.Ability.Can(channel.Send) && !slices.Contains(domains, domain) {
			domains = append(domains, domain)
		}
	}
	for _, domain := range domains {
		warnings = append(warnings, recordWarnings(ctx, domain, lookup)...)
	}
	return warnings, nil
}

// suspensionWarning says since when a channel waits for an administrator.
func suspensionWarning(c *channel.Channel) string {
	if c.Suspension == nil {
		return ""
	}
	return fmt.Sprintf("stopped since %s (%s); mend it and press \"Riattiva\" on its page", c.Suspension.Since.Format(time.DateOnly), c.Suspension.Code)
}

// readableWarning says that a session with a message centre is not enciphered.
func readableWarning(c *channel.Channel) string {
	var settings struct {
		SMPP *struct {
			Security string `json:"security"`
		} `json:"smpp"`
	}
	if c.Adapter != "sms" || json.Unmarshal(c.Config, &settings) != nil || settings.SMPP == nil || settings.SMPP.Security != "none" {
		return ""
	}
	return "password and texts travel readable to the message centre; only a VPN makes up for that"
}

// trialWarning says how the last trial of a channel went, when that is worth a word.
func trialWarning(c *channel.Channel) string {
	if !c.Ability.Can(channel.Send) {
		return ""
	}
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
