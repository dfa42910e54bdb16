package main

import (
	"encoding/json"
	"fmt"
	"time"

	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/channel"
)

type channelShowCommand struct {
	Slug string `arg:"" help:"The channel."`
}

// shown is a channel as scripts read it. Of secrets there are only the names.
type shown struct {
	Slug      string              `json:"slug"`
	Adapter   string              `json:"adapter"`
	Name      string              `json:"name"`
	Enabled   bool                `json:"enabled"`
	Suspended string              `json:"suspended,omitempty"`
	Health    channel.HealthState `json:"health"`
	Code      string              `json:"code,omitempty"`
	Detail    string              `json:"detail,omitempty"`
	LastIn    *time.Time          `json:"last_in,omitempty"`
	LastOut   *time.Time          `json:"last_out,omitempty"`
	Archived  *time.Time          `json:"archived,omitempty"`
	Settings  json.RawMessage     `json:"settings"`
	Secrets   []string            `json:"secrets"`
	TriedAt   *time.Time          `json:"tried_at,omitempty"`
	Trial     json.RawMessage     `json:"trial,omitempty"`
}

// Run shows a channel as JSON.
func (c *channelShowCommand) Run(s *session) error {
	return s.withDomain(func(d *app.Domain) error {
		ch, err := d.Channels.BySlug(s.ctx, d.Pool, c.Slug)
		if err != nil {
			return err
		}
		secrets, err := d.Channels.SecretPointers(s.ctx, d.Pool, ch.ID)
		if err != nil {
			return err
		}
		out := shown{
			Slug: ch.Slug, Adapter: ch.Adapter, Name: ch.Name, Enabled: ch.Enabled, Health: ch.Health.State, Code: ch.Health.Code,
			Detail: ch.Health.Detail, LastIn: ch.LastIn, LastOut: ch.LastOut, Archived: ch.Archived, Settings: ch.Config,
			Secrets: append([]string{}, secrets...), TriedAt: ch.TriedAt, Trial: ch.Trial,
		}
		if ch.Suspension != nil {
			out.Suspended = ch.Suspension.Code
		}
		text, err := json.MarshalIndent(out, "", "  ")
		if err != nil {
			return fmt.Errorf("writing a channel: %w", err)
		}
		fmt.Fprintln(s.out, string(text))
		return nil
	})
}
