package sms

import (
	"context"
	"io"
	"log/slog"
	"time"

	"sportello.dev/adapters/internal/smpp"
	"sportello.dev/plugins-sdk/channel"
)

// Centre is an open channel to a message centre.
type Centre struct {
	config Config
	reader reader
	pace   pace
	now    func() time.Time
	host   *channel.Host
	log    *slog.Logger

	// link is nil where another replica holds the lease.
	link *link
	// window holds one token for each message that waits for its answer.
	window chan struct{}
	// late are answers to messages that were given up.
	late chan lateAnswer
}

// maxLateAnswers bounds the answers that wait to be reported; what exceeds them stays uncertain.
const maxLateAnswers = 100

func openCentre(config Config, opening channel.Opening, a *Adapter) (*Centre, error) {
	if _, err := config.SMPP.roots(); err != nil {
		return nil, err
	}
	c := &Centre{
		config: config, reader: reader{config}, pace: a.pace, now: a.now, host: opening.Host, log: opening.Log,
		window: make(chan struct{}, config.SMPP.Window), late: make(chan lateAnswer, maxLateAnswers),
	}
	if opening.LeaseHolder {
		c.link = startLink(config.SMPP, opening, a)
	}
	return c, nil
}

// Profile says what this channel can do.
func (c *Centre) Profile() channel.Profile {
	profile := channel.Profile{
		Capabilities: []channel.Capability{
			channel.CapabilitySend, channel.CapabilityExclusive, channel.CapabilityInterpret, channel.CapabilityIngest,
		},
		Limits:     limits(c.config, c.config.SMPP.Window),
		Reconcile:  channel.ReconcileNone,
		OwnAddress: c.config.own(),
	}
	if c.config.SMPP.Receipts {
		profile.Capabilities = append(profile.Capabilities, channel.CapabilityReports)
		profile.Reconcile = channel.ReconcileReceipts
	}
	return profile
}

// Close says goodbye to the centre.
func (c *Centre) Close(ctx context.Context) error {
	if c.link == nil {
		return nil
	}
	return c.link.stop(ctx)
}

// Interpret reads an original again.
func (c *Centre) Interpret(ctx context.Context, raw channel.Raw) (channel.Event, error) {
	original, err := c.host.OpenRaw(ctx, raw)
	if err != nil {
		return channel.Event{}, err
	}
	defer func() { _ = original.Close() }() // only read
	data, err := io.ReadAll(io.LimitReader(original, maxOriginal))
	if err != nil {
		return channel.Event{}, err
	}
	body, err := channel.Guard(func() (channel.Body, error) {
		pdus, err := smpp.SplitPDUs(data)
		if err != nil {
			return nil, &channel.Unparsed{Code: "smpp.pdu", Detail: err.Error()}
		}
		return c.reader.read(pdus)
	})
	return channel.Event{OccurredAt: c.now(), Raw: raw, Body: body}, err
}

// maxOriginal bounds what is read again: 255 parts of the largest size would be more, and are none.
const maxOriginal = 4 << 20
