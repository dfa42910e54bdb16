package simulator

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"sportello.dev/adapters/simulator/internal/directory"
	"sportello.dev/adapters/simulator/internal/imapd"
)

// TLS says how the mail servers treat TLS.
type TLS string

// The ways of using TLS.
const (
	TLSOff      TLS = "off"      // plain connections
	TLSStart    TLS = "starttls" // STARTTLS, needed before a login
	TLSImplicit TLS = "implicit" // TLS from the first byte
)

// Mailbox is an account of the town hall. Token, if set, is accepted as OAuth access token.
type Mailbox = directory.Mailbox

// Defaults of the mail world.
const (
	DefaultTownDomain      = "comune.valdoria.example"
	DefaultMailbox         = "urp@" + DefaultTownDomain
	DefaultAuthServID      = "mx.valdoria.example"
	DefaultCitizenPassword = "valdoria"
	DefaultMaxBytes        = 80 << 20
	// DefaultTownNumber is where citizens send their texts.
	DefaultTownNumber = "+393399900100"
	// SMPPSystemID signs the town hall in at the message centre.
	SMPPSystemID = "comune"
)

// DefaultCitizenDomains are the domains where citizens have their mail.
func DefaultCitizenDomains() []string {
	return []string{"posta.example", "libero-mail.example", "mail.valdoria.example", "studio-tecnico.example"}
}

// Config describes a world. The zero value is a world in memory on free ports.
type Config struct {
	// Dir keeps mail, journal and test CA; empty keeps everything in memory.
	Dir string
	// NoSync leaves out the disk flushes that make each accepted message survive a power cut.
	NoSync bool

	// SMTPAddr, IMAPAddr, SMPPAddr and HTTPAddr are where to listen; empty means a free port of the loopback interface.
	SMTPAddr, IMAPAddr, SMPPAddr, HTTPAddr string
	// TownNumber is the town hall's number for texts, SMPPPassword signs it in; empty is the citizens' password.
	TownNumber, SMPPPassword string
	// TLS of the mail servers; empty means off.
	TLS TLS

	// TownDomain is the town hall's mail domain, Mailboxes its accounts. The first one is where citizens write to.
	TownDomain string
	Mailboxes  []Mailbox
	// AuthServID is the name the town's mail exchanger puts on its authentication results.
	AuthServID string
	// CitizenDomains are where citizens have their mail; an address there exists as soon as someone uses it.
	CitizenDomains  []string
	CitizenPassword string
	// MaxBytes is the largest message accepted.
	MaxBytes int64

	// ReactionDelay is how long bounces and automatic answers take; an expert takes some times that.
	ReactionDelay time.Duration
	// Seed makes scripted mail repeatable.
	Seed uint64
	// Now is the clock; nil means the machine's.
	Now func() time.Time
	// Logger gets what the world does; nil discards it.
	Logger *slog.Logger
}

func (c Config) withDefaults() Config {
	c.SMTPAddr = cmp.Or(c.SMTPAddr, "127.0.0.1:0")
	c.IMAPAddr = cmp.Or(c.IMAPAddr, "127.0.0.1:0")
	c.SMPPAddr = cmp.Or(c.SMPPAddr, "127.0.0.1:0")
	c.TownNumber = cmp.Or(c.TownNumber, DefaultTownNumber)
	c.HTTPAddr = cmp.Or(c.HTTPAddr, "127.0.0.1:0")
	c.TLS = cmp.Or(c.TLS, TLSOff)
	c.TownDomain = strings.ToLower(cmp.Or(c.TownDomain, DefaultTownDomain))
	c.AuthServID = cmp.Or(c.AuthServID, DefaultAuthServID)
	c.CitizenPassword = cmp.Or(c.CitizenPassword, DefaultCitizenPassword)
	c.SMPPPassword = cmp.Or(c.SMPPPassword, c.CitizenPassword)
	c.MaxBytes = cmp.Or(c.MaxBytes, DefaultMaxBytes)
	if len(c.CitizenDomains) == 0 {
		c.CitizenDomains = DefaultCitizenDomains()
	}
	if len(c.Mailboxes) == 0 {
		c.Mailboxes = []Mailbox{{Address: "urp@" + c.TownDomain, Password: DefaultCitizenPassword}}
	}
	clock := c.Now
	if clock == nil {
		clock = time.Now
	}
	zone := valdoriaTime()
	c.Now = func() time.Time { return clock().In(zone) }
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

func (c Config) validate() error {
	if !slices.Contains([]TLS{TLSOff, TLSStart, TLSImplicit}, c.TLS) {
		return fmt.Errorf("unknown TLS mode %q", c.TLS)
	}
	if slices.Contains(c.CitizenDomains, c.TownDomain) {
		return errors.New("the town's domain is also a citizens' domain")
	}
	for _, m := range c.Mailboxes {
		normal, ok := directory.Normal(m.Address)
		if !ok || normal != m.Address || directory.Domain(m.Address) != c.TownDomain || strings.Contains(m.Address, "+") {
			return fmt.Errorf("mailbox %q is not a plain lower-case address of %s", m.Address, c.TownDomain)
		}
		if m.Password == "" && m.Token == "" {
			return fmt.Errorf("mailbox %q has neither password nor token", m.Address)
		}
	}
	return nil
}

func (c Config) security() imapd.Security {
	switch c.TLS {
	case TLSStart:
		return imapd.StartTLS
	case TLSImplicit:
		return imapd.Implicit
	default:
		return imapd.Plain
	}
}

// valdoriaTime is the time zone of the citizens' letters; a machine that knows no zones gives them the winter's.
func valdoriaTime() *time.Location {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		return time.FixedZone("CET", 3600)
	}
	return zone
}
