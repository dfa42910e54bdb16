package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/hub/internal/postgres"
)

type channelCommand struct {
	List    channelListCommand    `cmd:"" help:"List channels with their state."`
	Show    channelShowCommand    `cmd:"" help:"Show a channel's settings, state and last trial as JSON; of secrets only the names."`
	Test    channelTestCommand    `cmd:"" help:"Let a running hub try a channel step by step; SPORTELLO_TOKEN holds an administrator's token."`
	Add     channelAddCommand     `cmd:"" help:"Add a channel; a running hub opens it within seconds."`
	Enable  channelEnableCommand  `cmd:"" help:"Open a channel again, also after a suspension."`
	Disable channelDisableCommand `cmd:"" help:"Close a channel."`
}

type channelListCommand struct{}

// Run lists channels.
func (c *channelListCommand) Run(s *session) error {
	return s.withDomain(func(d *app.Domain) error {
		list, err := d.Channels.List(s.ctx, d.Pool)
		if err != nil {
			return err
		}
		for _, ch := range list {
			state := string(ch.Health.State)
			if !ch.Enabled {
				state = "disabled"
			} else if ch.Suspension != nil {
				state = "suspended: " + ch.Suspension.Code
			}
			fmt.Fprintf(s.out, "%-20s %-10s %-30s %s\n", ch.Slug, ch.Adapter, ch.Name, state)
		}
		return nil
	})
}

type channelAddCommand struct {
	Slug     string `arg:"" help:"Short name, as it stands in public addresses: a-z, 0-9 and hyphens."`
	Adapter  string `help:"Kind of channel." required:""`
	Name     string `help:"Name that operators see." required:""`
	Office   string `help:"Slug of the office where its tickets begin."`
	Settings string `help:"File with the settings (JSON), as the adapter's schema describes them." required:"" type:"existingfile" placeholder:"FILE"`
	Secrets  string `help:"File with the secrets: a JSON object of JSON pointers and values." type:"existingfile" placeholder:"FILE"`
}

// Run adds a channel.
func (c *channelAddCommand) Run(s *session) error {
	draft, err := c.draft()
	if err != nil {
		return err
	}
	return s.withDomain(func(d *app.Domain) error {
		if err := d.EnsureTown(s.ctx); err != nil {
			return err
		}
		if draft.Office, err = officeBySlug(s, d, c.Office); err != nil {
			return err
		}
		return s.recorded(d, account.ChannelManage, "cliChannelAdd", "channels", func(ctx context.Context) error {
			return postgres.InTx(ctx, d.Pool, func(tx pgx.Tx) error {
				_, err := d.Channels.Create(ctx, tx, draft)
				return err
			})
		})
	})
}

func (c *channelAddCommand) draft() (channel.Draft, error) {
	settings, err := os.ReadFile(c.Settings)
	if err != nil {
		return channel.Draft{}, fmt.Errorf("reading the settings: %w", err)
	}
	secrets := map[string]string{}
	if c.Secrets != "" {
		text, err := os.ReadFile(c.Secrets)
		if err != nil {
			return channel.Draft{}, fmt.Errorf("reading the secrets: %w", err)
		}
		if err := json.Unmarshal(text, &secrets); err != nil {
			return channel.Draft{}, fmt.Errorf("reading the secrets: %w", err)
		}
	}
	return channel.Draft{Adapter: c.Adapter, Slug: c.Slug, Name: c.Name, Config: settings, Secrets: secrets, Enabled: true}, nil
}

func officeBySlug(s *session, d *app.Domain, slug string) (id.Office, error) {
	if slug == "" {
		return id.Office{}, nil
	}
	list, err := d.Offices.List(s.ctx, d.Pool)
	if err != nil {
		return id.Office{}, err
	}
	for _, o := range list {
		if o.Slug == slug {
			return o.ID, nil
		}
	}
	return id.Office{}, fmt.Errorf("--office: no office has the slug %q", slug)
}

type channelEnableCommand struct {
	Slug string `arg:"" help:"The channel."`
}

// Run opens a channel again.
func (c *channelEnableCommand) Run(s *session) error {
	return s.withDomain(func(d *app.Domain) error {
		ch, err := d.Channels.BySlug(s.ctx, d.Pool, c.Slug)
		if err != nil {
			return err
		}
		return s.recorded(d, account.ChannelManage, "cliChannelEnable", "channels/"+ch.ID.String(), func(ctx context.Context) error {
			if ch.Suspension != nil {
				if err := d.Channels.Resume(ctx, d.Pool, ch.ID); err != nil {
					return err
				}
			}
			return d.Channels.SetEnabled(ctx, d.Pool, ch.ID, true)
		})
	})
}

type channelDisableCommand struct {
	Slug string `arg:"" help:"The channel."`
}

// Run closes a channel.
func (c *channelDisableCommand) Run(s *session) error {
	return s.withDomain(func(d *app.Domain) error {
		ch, err := d.Channels.BySlug(s.ctx, d.Pool, c.Slug)
		if err != nil {
			return err
		}
		return s.recorded(d, account.ChannelManage, "cliChannelDisable", "channels/"+ch.ID.String(), func(ctx context.Context) error {
			return d.Channels.SetEnabled(ctx, d.Pool, ch.ID, false)
		})
	})
}

type adapterCommand struct {
	Catalogue catalogueCommand `cmd:"" help:"Write the catalogue (names and checksums) of the adapters in a directory."`
	List      adapterList      `cmd:"" help:"List the adapters of the catalogue."`
}

type catalogueCommand struct {
	Dir string `arg:"" help:"Directory with the adapter programs." type:"existingdir"`
}

// Run writes the catalogue; it is for builds and installers.
func (c *catalogueCommand) Run(s *session) error {
	catalogue, err := pluginhost.WriteCatalogue(c.Dir, app.Version)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d adapters listed\n", len(catalogue.Entries))
	return nil
}

type adapterList struct{}

// Run lists the catalogue.
func (c *adapterList) Run(s *session) error {
	cfg, _, err := s.load(nil)
	if err != nil {
		return err
	}
	catalogue, err := pluginhost.LoadCatalogue(app.AdaptersDir(cfg.Adapters))
	if err != nil {
		return err
	}
	for _, e := range catalogue.Entries {
		fmt.Fprintf(s.out, "%-12s %-10s %x\n", e.Name, e.Version, e.SHA256)
	}
	return nil
}
