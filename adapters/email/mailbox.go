package email

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"sportello.dev/adapters/internal/mime"
	"sportello.dev/adapters/internal/reader"
	"sportello.dev/plugins-sdk/channel"
)

const (
	kindEmail = "email"
	// maxRecipients of one transmission: few enough for every relay.
	maxRecipients = 50
	// maxConcurrent transmissions, each with a connection of its own.
	maxConcurrent = 4
	megabyte      = 1 << 20
)

// Mailbox is one open channel.
type Mailbox struct {
	config Config
	dialer dialer
	tokens *tokenSource
	host   *channel.Host
	health *healthBoard
	log    *slog.Logger
	now    func() time.Time
	self   mime.Self
	limits mime.Limits
	quoted *regexp.Regexp
	pace   pace
	// announced is the largest message that the outgoing server takes; 0 where it does not say.
	announced int64
	// readers are the adapter's, for all its mailboxes.
	readers *reader.Pool
	release func()
}

func newMailbox(ctx context.Context, config Config, opening channel.Opening, a *Adapter) (*Mailbox, error) {
	dial, err := newDialer(config.CAPEM)
	if err != nil {
		return nil, err
	}
	limits := mime.DefaultLimits()
	limits.RawBytes = int64(config.MaxMegabytes) * megabyte
	return &Mailbox{
		config: config,
		dialer: dial,
		tokens: newTokenSource(config.OAuth, opening.Host, a.now),
		host:   opening.Host,
		health: newHealthBoard(opening.Health),
		log:    opening.Log,
		now:    a.now,
		self:   mime.Self{Addresses: []string{strings.ToLower(config.Address)}, LoopMark: loopMark(config.Address)},
		limits: limits,
		quoted: quotedAddress(config.Address),
		pace:   a.pace,

		announced: announced(ctx, config, dial, opening.Host),

		readers: a.readers,
		release: a.readers.Hold(),
	}, nil
}

// loopMark tells our own mail from that of other mailboxes without naming it.
func loopMark(address string) string {
	sum := sha256.Sum256([]byte("loop " + strings.ToLower(address)))
	return hex.EncodeToString(sum[:12])
}

// Profile says what the mailbox can do as it is configured.
func (m *Mailbox) Profile() channel.Profile {
	profile := channel.Profile{
		Capabilities:         []channel.Capability{channel.CapabilityInterpret},
		Reconcile:            channel.ReconcileNone,
		OwnAddress:           channel.Address{Kind: kindEmail, Value: m.config.Address, Name: m.config.DisplayName},
		ReplyToken:           true, // in the address, else at the end of the text
		AuthenticatesSenders: len(m.config.AuthservIDs) > 0,
	}
	if m.config.IMAP != nil {
		profile.Capabilities = append(profile.Capabilities, channel.CapabilityIngest, channel.CapabilityReports)
	}
	if m.config.SMTP != nil {
		profile.Capabilities = append(profile.Capabilities, channel.CapabilitySend)
		size := uint64(m.largest())
		profile.Limits = channel.Limits{
			MessageBytes: size, AttachmentBytes: size / 4 * 3, // base64 takes four bytes for three
			Recipients: maxRecipients, Concurrency: maxConcurrent, Subject: true, HTML: true, Attachments: true,
		}
	}
	if m.config.SMTP != nil && m.config.IMAP != nil && m.config.IMAP.SentFolder != "" {
		profile.Capabilities = append(profile.Capabilities, channel.CapabilityLookup)
		profile.Reconcile = channel.ReconcileLookup
	}
	return profile
}

// Close lets go of the readers. Every connection belongs to the call that
// opened it and ends with it.
func (m *Mailbox) Close(context.Context) error {
	m.tokens.close()
	m.release()
	return nil
}
