package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/pluginhost/internal/process"
)

// Journal commits what arrives. Package intake has it.
type Journal interface {
	// Append commits events and position, fenced by the lease; intake.ErrLeaseLost when that is gone.
	Append(ctx context.Context, b intake.Batch) (duplicates []bool, err error)
	// AppendUnleased commits events that came by request.
	AppendUnleased(ctx context.Context, channel id.Channel, events []intake.Event) (duplicates []bool, err error)
	// Missing names those events that are not there.
	Missing(ctx context.Context, channel id.Channel, events []string) ([]string, error)
}

// Submitter commits an event and takes it through intake at once.
type Submitter interface {
	// Submit answers within 2 s; when filing takes longer, with a receipt code. With a key the message goes on that ticket.
	Submit(ctx context.Context, channel id.Channel, event intake.Event, key *TicketKey) (Receipt, error)
}

// TicketKey is what a citizen gives to be let at a ticket. Client is the network he asks from.
type TicketKey struct {
	Number string
	Secret string
	Client string
}

// TooManyWrongError says that too many wrong secrets were tried, and when the next one is looked at.
type TooManyWrongError struct{ After time.Duration }

// Error says how long to wait.
func (e *TooManyWrongError) Error() string {
	return fmt.Sprintf("too many wrong secrets, wait %s", e.After.Round(time.Second))
}

// Receipt is the answer to a submitted event.
type Receipt struct {
	// Outcome is filed, received, duplicate or, of a wrong key, refused.
	Outcome string
	// Number and Secret are set when it is on a ticket.
	Number string
	Secret string
	// Code is set when it was committed and will be filed later.
	Code string
}

// Tickets shows tickets to citizens.
type Tickets interface {
	// PublicTicket answers nil when number and secret do not belong together, and a TooManyWrongError when too many wrong
	// ones were tried.
	PublicTicket(ctx context.Context, key TicketKey) (*PublicTicket, error)
}

// PublicTicket is what a citizen may see of a ticket.
type PublicTicket struct {
	Number    string
	Subject   string
	Status    string
	Office    string
	CreatedAt time.Time
	// Messages are the last ones, oldest first.
	Messages []PublicMessage
	Answers  AnswerAddress
	// PreferenceOffered: the citizen may choose where answers to this ticket go.
	PreferenceOffered bool
}

// AnswerAddress is where answers go, as the citizen may be told.
type AnswerAddress struct {
	Kind, Masked string
	Chosen       bool
}

// PublicMessage is one message of a PublicTicket.
type PublicMessage struct {
	Outbound    bool
	ChannelKind string
	Text        string
	At          time.Time
	Attachments []intake.Attachment
	// Withheld names infected files.
	Withheld []string
}

// Preferences takes where citizens want the answers to a ticket. A wrong key is refused, and too many of them are a
// TooManyWrongError.
type Preferences interface {
	AskPreference(ctx context.Context, key TicketKey, address, language string) (Asked, error)
	ConfirmPreference(ctx context.Context, key TicketKey, request, code string) (Confirmed, error)
	// DropPreference answers false when the key is wrong.
	DropPreference(ctx context.Context, key TicketKey) (bool, error)
}

// Asked is the answer to AskPreference. Outcome is sent, refused, invalid, unreachable, blocked or too_many.
type Asked struct {
	Outcome string
	Request string
	Address AnswerAddress
	// Wait is set with too_many, Valid with sent.
	Wait, Valid time.Duration
}

// Confirmed is the answer to ConfirmPreference. Outcome is confirmed, refused, wrong or expired.
type Confirmed struct {
	Outcome   string
	TriesLeft int
}

// Sheets gives access to the public product sheets.
type Sheets interface {
	Search(ctx context.Context, query, language string, limit int) ([]SheetSummary, error)
	// Sheet answers nil when there is no such public sheet.
	Sheet(ctx context.Context, sheetID, language string) (*Sheet, error)
}

// SheetSummary is a product sheet in a list.
type SheetSummary struct {
	ID      string
	Title   string
	Summary string
}

// Sheet is a product sheet.
type Sheet struct {
	SheetSummary

	Sections []SheetSection
}

// SheetSection is one part of a sheet.
type SheetSection struct {
	Heading string
	Text    string
}

// RunAs is a user and group for an adapter's process.
type RunAs = process.RunAs

// Config is what a Host needs. Optional fields say so; what they serve then answers that it is not there.
type Config struct {
	Catalogue Catalogue
	// Replica names this process of the hub; a new one each start.
	Replica  id.Replica
	Pool     *pgxpool.Pool
	Channels *channel.Store
	Blobs    blob.Store
	Journal  Journal
	// Submitter, Tickets, Preferences and Sheets are optional.
	Submitter   Submitter
	Tickets     Tickets
	Preferences Preferences
	Sheets      Sheets
	Log         *slog.Logger
	// PublicURL is the origin of the public listener: "https://sportello.comune.example".
	PublicURL string
	// RunDir is for sockets, of this replica alone; its path must be short. Optional.
	RunDir string
	// Env is added to the environment of every adapter. Optional.
	Env []string
	// Isolate overrides, by adapter, whether each channel gets a process of its own. Optional.
	Isolate map[string]bool
	// RunAs names, by adapter, another user for its processes. Optional.
	RunAs map[string]RunAs
	// MaxBlob is the largest attachment or original in bytes; 0 means 256 MiB.
	MaxBlob int64
	// Timing is for tests; zero fields mean the defaults.
	Timing Timing
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

const defaultMaxBlob = 256 << 20

// maxRunDir leaves room for the names of sockets in the 108 bytes that the kernel allows.
const maxRunDir = 60

func (c *Config) complete() error {
	switch {
	case c.Pool == nil || c.Channels == nil || c.Blobs == nil || c.Journal == nil || c.Log == nil:
		return errors.New("plugin host: pool, channels, blobs, journal and log are required")
	case c.Replica.IsZero():
		return errors.New("plugin host: the replica has no identifier")
	}
	if c.MaxBlob == 0 {
		c.MaxBlob = defaultMaxBlob
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Timing = c.Timing.orDefaults()
	return c.prepareRunDir()
}

func (c *Config) prepareRunDir() error {
	mode := os.FileMode(0o700)
	if len(c.RunAs) > 0 {
		// Another user passes through to its own directory and sees no other.
		mode = 0o711
	}
	if c.RunDir == "" {
		dir, err := os.MkdirTemp("", "sportello-")
		if err != nil {
			return fmt.Errorf("making the directory for sockets: %w", err)
		}
		c.RunDir = dir
		return os.Chmod(dir, mode)
	}
	if len(c.RunDir) > maxRunDir {
		return fmt.Errorf("plugin host: the path of the run directory has %d bytes, at most %d fit a socket's address", len(c.RunDir), maxRunDir)
	}
	if err := os.MkdirAll(c.RunDir, mode); err != nil {
		return fmt.Errorf("making the directory for sockets: %w", err)
	}
	if err := process.Clean(c.RunDir); err != nil {
		return err
	}
	return os.Chmod(c.RunDir, mode)
}
