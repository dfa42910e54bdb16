package channel

import (
	"encoding/json"
	"regexp"
	"time"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
)

// Channel is one configured instance of an adapter.
type Channel struct {
	ID id.Channel
	// Adapter is the kind of program behind it: "email".
	Adapter string
	// Slug names it in public addresses; it never changes.
	Slug string
	// Name is what operators read: "PEC Ufficio Tributi".
	Name string
	// Office is where its tickets begin, when set.
	Office id.Office
	// Config holds the settings without secrets, as the adapter's schema describes them.
	Config json.RawMessage
	// Revision grows with every change of the settings or secrets.
	Revision int64
	// Enabled is the administrator's wish; a channel that is not enabled is closed.
	Enabled bool
	// Suspension is set when only an administrator can make it work again.
	Suspension *Suspension
	Health     Health
	// Ability is what it could do when it was last opened.
	Ability Ability
	// LastIn and LastOut are written by the journal and by the deliveries.
	LastIn    *time.Time
	LastOut   *time.Time
	CreatedAt time.Time
	// Archived is since when the channel is put away; nil for one in use.
	Archived *time.Time
	// Trial is how the last trial of the channel went, as SetTrial got it; nil before the first.
	Trial   json.RawMessage
	TriedAt *time.Time
}

// Wanted tells whether the channel is to be open.
func (c *Channel) Wanted() bool { return c.Enabled && c.Suspension == nil && c.Archived == nil }

// Suspension is why a channel waits for an administrator.
type Suspension struct {
	Code   string
	Detail string
	Since  time.Time
}

// Health is the last that the adapter said of the channel.
type Health struct {
	State  HealthState
	Code   string
	Detail string
	At     *time.Time
}

// HealthState says how well a channel works.
type HealthState string

// The states of health; Unknown until the adapter reports.
const (
	Unknown       HealthState = "unknown"
	Connecting    HealthState = "connecting"
	Healthy       HealthState = "healthy"
	Degraded      HealthState = "degraded"
	Misconfigured HealthState = "misconfigured"
	Down          HealthState = "down"
)

// Draft is a channel about to be created.
type Draft struct {
	Adapter string
	Slug    string
	Name    string
	Office  id.Office
	Config  json.RawMessage
	// Secrets by JSON pointer.
	Secrets map[string]string
	Enabled bool
}

// Change replaces a channel's settings. Secrets that it does not name stay.
type Change struct {
	// Revision that the change was made from; if another came meanwhile, it is a conflict.
	Revision int64
	Name     string
	Office   id.Office
	Config   json.RawMessage
	// Secrets by JSON pointer, added or replaced.
	Secrets map[string]string
	// Forget names secrets to remove.
	Forget []string
}

const (
	maxConfig  = 256 << 10
	maxSecrets = 50
	// maxSecret leaves room for a private key with its chain.
	maxSecret  = 64 << 10
	maxPointer = 500
	maxName    = 200
)

var (
	slugPattern    = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)
	adapterPattern = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
)

func (d *Draft) check() error {
	if !adapterPattern.MatchString(d.Adapter) {
		return fault.Invalid("adapter", "channel.adapter", "adapter %q is not a name", d.Adapter)
	}
	if !slugPattern.MatchString(d.Slug) {
		return fault.Invalid("slug", "channel.slug", "slug %q is not made of a-z, 0-9 and hyphens", d.Slug)
	}
	return checkSettings(d.Name, d.Config, d.Secrets)
}

func checkSettings(name string, config json.RawMessage, secrets map[string]string) error {
	if name == "" || len(name) > maxName {
		return fault.Invalid("name", "channel.name", "name of %d bytes, want 1 to %d", len(name), maxName)
	}
	var object map[string]json.RawMessage
	if len(config) > maxConfig || json.Unmarshal(config, &object) != nil || object == nil {
		return fault.Invalid("config", "channel.config", "config of %d bytes is not a JSON object of at most %d", len(config), maxConfig)
	}
	if len(secrets) > maxSecrets {
		return fault.Invalid("secrets", "channel.secrets", "%d secrets, at most %d", len(secrets), maxSecrets)
	}
	for pointer, value := range secrets {
		if len(pointer) < 2 || len(pointer) > maxPointer || pointer[0] != '/' {
			return fault.Invalid("secrets", "channel.secret_pointer", "%d bytes are not a JSON pointer", len(pointer))
		}
		if value == "" || len(value) > maxSecret {
			return fault.Invalid(pointer, "channel.secret", "secret of %d bytes, want 1 to %d", len(value), maxSecret)
		}
	}
	return nil
}
