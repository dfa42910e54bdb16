package httpapi

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/audit"
	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/inbox"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/live"
	"sportello.dev/hub/internal/mention"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/picture"
	"sportello.dev/hub/internal/report"
	"sportello.dev/hub/internal/requesttype"
	"sportello.dev/hub/internal/routing"
	"sportello.dev/hub/internal/scan"
	"sportello.dev/hub/internal/tag"
	"sportello.dev/hub/internal/ticket"
)

// Stores are where the API reads and writes.
type Stores struct {
	DB         *pgxpool.Pool
	Accounts   *account.Service
	Tickets    *ticket.Store
	Contacts   *contact.Store
	Offices    *office.Store
	Channels   *channel.Store
	Deliveries *delivery.Store
	Composer   *delivery.Composer
	Routing    *routing.Store
	Journal    *intake.Journal
	Stages     *intake.Stages
	// Interpreter reads the raw bytes of a quarantined item again.
	Interpreter intake.Interpreter
	// Adapters judge and try the settings of channels.
	Adapters Adapters
	Blobs    blob.Store
	// Gate looks through originals and uploads; nil where there is no scanner.
	Gate *scan.Gate
	Keys *keyring.Ring
	// Chain seals the audit log; CheckAudit has all of it walked, behind.
	Chain      *audit.Chain
	CheckAudit func(context.Context, pgx.Tx) error
	Live       *live.Hub
	Now        func() time.Time
	Log        *slog.Logger
}

// handlers answer the API. Each group of routes has only what it works with.
type handlers struct {
	sessionRoutes
	factorRoutes
	ticketRoutes
	actRoutes
	composeRoutes
	draftRoutes
	messageRoutes
	deliveryRoutes
	quarantineRoutes
	contactRoutes
	directoryRoutes
	officeRoutes
	policyRoutes
	calendarRoutes
	termRoutes
	reportRoutes
	routingRoutes
	distributionRoutes
	tagRoutes
	typeRoutes
	splitRoutes
	askRoutes
	visitRoutes
	mentionRoutes
	channelRoutes
	setupRoutes
	tokenRoutes
	peopleRoutes
	auditRoutes
	systemRoutes
}

// NewHandlers returns the handlers of the API on these stores.
func NewHandlers(cfg Config, s Stores) api.StrictServerInterface {
	mentions, lists := mention.NewStore(s.Accounts, s.Now), inbox.NewStore(s.Now)
	show := presenter{db: s.DB, tickets: s.Tickets, inbox: lists, deliveries: s.Deliveries, channels: s.Channels, offices: s.Offices, mentions: mentions,
		now: s.Now, scanning: cfg.Scanning}
	roster := routing.NewRoster(s.Offices, s.Tickets, s.Now)
	tickets := ticketRoutes{db: s.DB, tickets: s.Tickets, inbox: lists, offices: s.Offices, roster: roster, show: show}
	return handlers{
		sessionRoutes: sessionRoutes{db: s.DB, accounts: s.Accounts, offices: s.Offices},
		factorRoutes:  factorRoutes{sessions: sessionRoutes{db: s.DB, accounts: s.Accounts, offices: s.Offices}, accounts: s.Accounts},
		ticketRoutes:  tickets,
		actRoutes:     actRoutes{tickets: tickets, turns: &turns{}},
		composeRoutes: composeRoutes{db: s.DB, tickets: s.Tickets, deliveries: s.Deliveries, composer: s.Composer, mentions: mentions, show: show},
		draftRoutes:   draftRoutes{db: s.DB, tickets: s.Tickets, blobs: s.Blobs, gate: s.Gate, limit: uploadLimit(cfg)},
		messageRoutes: messageRoutes{db: s.DB, tickets: s.Tickets, journal: s.Journal, blobs: s.Blobs, gate: s.Gate, show: show,
			links: inlineLinks{ring: s.Keys, now: s.Now}, away: picture.NewFetcher()},
		deliveryRoutes:   deliveryRoutes{db: s.DB, tickets: s.Tickets, deliveries: s.Deliveries, composer: s.Composer, show: show},
		quarantineRoutes: quarantineRoutes{journal: s.Journal, stages: s.Stages, tickets: s.Tickets, db: s.DB, again: s.Interpreter, blobs: s.Blobs, gate: s.Gate},
		contactRoutes:    contactRoutes{db: s.DB, contacts: s.Contacts, tickets: s.Tickets, inbox: lists, now: s.Now},
		directoryRoutes:  directoryRoutes{db: s.DB, accounts: s.Accounts, offices: s.Offices, roster: roster},
		officeRoutes:     officeRoutes{db: s.DB, offices: s.Offices, accounts: s.Accounts, channels: s.Channels, tickets: s.Tickets, now: s.Now},
		policyRoutes:     policyRoutes{db: s.DB, offices: s.Offices},
		calendarRoutes:   calendarRoutes{db: s.DB, offices: s.Offices, tickets: s.Tickets, now: s.Now},
		termRoutes:       termRoutes{db: s.DB, offices: s.Offices, tickets: s.Tickets, now: s.Now},
		routingRoutes:    routingRoutes{db: s.DB, routing: s.Routing},
		tagRoutes:        tagRoutes{db: s.DB, tags: tag.NewStore(s.Now), tickets: s.Tickets, routing: s.Routing},
		typeRoutes:       typeRoutes{db: s.DB, types: requesttype.NewStore(s.Now), routing: s.Routing, offices: s.Offices},
		reportRoutes:     reportRoutes{db: s.DB, reports: report.NewStore(s.Offices), tickets: s.Tickets, types: requesttype.NewStore(s.Now)},
		splitRoutes:      splitRoutes{db: s.DB, tickets: s.Tickets, contacts: s.Contacts, show: show},
		visitRoutes: visitRoutes{db: s.DB, tickets: s.Tickets, contacts: s.Contacts, offices: s.Offices, composer: s.Composer,
			show: show, now: s.Now},
		askRoutes:     askRoutes{db: s.DB, tickets: s.Tickets, offices: s.Offices, composer: s.Composer, show: show, now: s.Now},
		mentionRoutes: mentionRoutes{db: s.DB, tickets: s.Tickets, mentions: mentions},
		channelRoutes: channelRoutes{db: s.DB, channels: s.Channels},
		setupRoutes:   setupRoutes{db: s.DB, channels: s.Channels, adapters: s.Adapters},
		tokenRoutes:   tokenRoutes{accounts: s.Accounts},
		peopleRoutes:  peopleRoutes{db: s.DB, accounts: s.Accounts, offices: s.Offices, tickets: s.Tickets},
		auditRoutes:   auditRoutes{db: s.DB, chain: s.Chain, check: s.CheckAudit, contacts: s.Contacts, tickets: s.Tickets, log: s.Log},
		systemRoutes:  systemRoutes{db: s.DB, accounts: s.Accounts, channels: s.Channels, live: s.Live, version: cfg.Version, now: s.Now, scanning: cfg.Scanning},

		distributionRoutes: distributionRoutes{db: s.DB, offices: s.Offices, accounts: s.Accounts, roster: roster},
	}
}
