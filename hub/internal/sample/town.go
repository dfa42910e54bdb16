package sample

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
)

// Mailbox is the town's mail address; its domain is that of the simulated world.
const Mailbox = "urp@comune.valdoria.example"

// ChannelSlug names the town's mail channel, FormsSlug that of its web forms, TextsSlug that of its text messages.
const (
	ChannelSlug = "posta"
	FormsSlug   = "moduli"
	TextsSlug   = "sms"
)

// Login is a way to sign in to the demo. The password is public: a demo town never becomes a real one.
type Login struct {
	Role     string `json:"role"`
	User     string `json:"user"`
	Password string `json:"password"`
	Name     string `json:"-"`
	office   string
	policy   account.Role
}

// Logins are the people of the demo's desk.
func Logins() []Login {
	const password = "valdoria-demo"
	return []Login{
		{Role: "first level", User: "anna", Password: password, Name: "Anna Bianchi", office: "urp", policy: account.FirstLevel},
		{Role: "back office", User: "luca", Password: password, Name: "Luca Moretti", office: "anagrafe", policy: account.BackOffice},
		{Role: "first level", User: "marta", Password: password, Name: "Marta Conti", office: "urp", policy: account.FirstLevel},
		{Role: "administrator", User: "admin", Password: password, Name: "Paolo Ferri", office: "urp", policy: account.Administrator},
		{Role: "first level", User: "sara", Password: password, Name: "Sara Marini", office: "urp", policy: account.FirstLevel},
		{Role: "office head", User: "elena", Password: password, Name: "Elena Greco", office: "anagrafe", policy: account.OfficeHead},
		{Role: "communications", User: "chiara", Password: password, Name: "Chiara Fontana", office: "urp", policy: account.Communications},
		{Role: "knowledge", User: "davide", Password: password, Name: "Davide Longo", office: "urp", policy: account.KnowledgeEditor},
		{Role: "auditor", User: "sandro", Password: password, Name: "Sandro Villa", policy: account.Auditor},
	}
}

// Parts are the stores that the sample is written through.
type Parts struct {
	Pool     *pgxpool.Pool
	Accounts *account.Service
	Offices  *office.Store
	Channels *channel.Store
}

// Town is the sample town as it stands in the database.
type Town struct {
	Offices   map[string]id.Office
	Operators map[string]id.Operator
	Channel   id.Channel
	// Tags are the town's own words, by name.
	Tags map[string]id.Tag
}

// Raise makes the town, its offices, people and mail channel. The channel's settings follow with Connect.
func Raise(ctx context.Context, p Parts) (*Town, error) {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		return nil, fmt.Errorf("loading the time zone: %w", err)
	}
	err = p.Offices.PutTown(ctx, p.Pool, office.Town{
		Name: "Comune di Valdoria", Zone: zone, Languages: []string{"it", "en"},
		MailDomains: []string{"comune.valdoria.example"}, Demo: true,
	})
	if err != nil {
		return nil, err
	}
	t := &Town{Offices: map[string]id.Office{}, Operators: map[string]id.Operator{}, Tags: map[string]id.Tag{}}
	if err := t.build(ctx, p); err != nil {
		return nil, err
	}
	if err := t.hire(ctx, p); err != nil {
		return nil, err
	}
	if err := t.staff(ctx, p); err != nil {
		return nil, err
	}
	if err := t.open(ctx, p); err != nil {
		return nil, err
	}
	if err := t.mark(ctx, p); err != nil {
		return nil, err
	}
	if err := t.openMailbox(ctx, p); err != nil {
		return t, err
	}
	if err := t.openTexts(ctx, p); err != nil {
		return t, err
	}
	return t, t.offerForms(ctx, p)
}

// Find reads the sample town that Raise has made.
func Find(ctx context.Context, p Parts) (*Town, error) {
	t := &Town{Offices: map[string]id.Office{}, Operators: map[string]id.Operator{}, Tags: map[string]id.Tag{}}
	offices, err := p.Offices.List(ctx, p.Pool)
	if err != nil {
		return nil, err
	}
	for _, o := range offices {
		t.Offices[o.Slug] = o.ID
	}
	for _, l := range Logins() {
		var operator id.Operator
		if err := p.Pool.QueryRow(ctx, `SELECT id FROM operator WHERE login = $1`, l.User).Scan(&operator); err != nil {
			return nil, fmt.Errorf("looking for operator %s: %w", l.User, err)
		}
		t.Operators[l.User] = operator
	}
	ch, err := p.Channels.BySlug(ctx, p.Pool, ChannelSlug)
	if err != nil {
		return nil, err
	}
	t.Channel = ch.ID
	return t, t.findTags(ctx, p.Pool)
}

func (t *Town) hire(ctx context.Context, p Parts) error {
	for _, l := range Logins() {
		o, err := p.Accounts.AddOperator(ctx, account.NewOperator{Login: l.User, Name: l.Name, Role: l.policy, Password: l.Password, Language: "it"})
		if err != nil {
			return fmt.Errorf("adding operator %s: %w", l.User, err)
		}
		t.Operators[l.User] = o.ID
		if l.office == "" {
			continue
		}
		if err := p.Offices.Join(ctx, p.Pool, t.Offices[l.office], o.ID); err != nil {
			return err
		}
	}
	return nil
}

// openMailbox makes the channel, closed until it is connected.
func (t *Town) openMailbox(ctx context.Context, p Parts) error {
	settings, err := json.Marshal(map[string]any{"address": Mailbox})
	if err != nil {
		return fmt.Errorf("encoding the channel's settings: %w", err)
	}
	return postgres.InTx(ctx, p.Pool, func(tx pgx.Tx) error {
		t.Channel, err = p.Channels.Create(ctx, tx, channel.Draft{
			Adapter: "email", Slug: ChannelSlug, Name: "E-mail URP", Office: t.Offices["urp"], Config: settings,
		})
		return err
	})
}

// openTexts makes the channel of text messages, closed until it is connected.
func (t *Town) openTexts(ctx context.Context, p Parts) error {
	return postgres.InTx(ctx, p.Pool, func(tx pgx.Tx) error {
		_, err := p.Channels.Create(ctx, tx, channel.Draft{
			Adapter: "sms", Slug: TextsSlug, Name: "SMS", Office: t.Offices["urp"], Config: []byte(`{}`),
		})
		return err
	})
}

// offerForms makes the channel of the web forms, which needs nobody else and is open at once.
func (t *Town) offerForms(ctx context.Context, p Parts) error {
	settings, err := json.Marshal(map[string]any{
		"town": "Comune di Valdoria", "region": "Regione Montalva", "contact": "Piazza Grande 1, Valdoria\nCentralino 0171 555000, da lunedì a venerdì dalle 8:30 alle 13",
	})
	if err != nil {
		return fmt.Errorf("encoding the settings of the forms: %w", err)
	}
	return postgres.InTx(ctx, p.Pool, func(tx pgx.Tx) error {
		_, err = p.Channels.Create(ctx, tx, channel.Draft{
			Adapter: "webform", Slug: FormsSlug, Name: "Moduli sul sito", Office: t.Offices["urp"], Config: settings, Enabled: true,
		})
		return err
	})
}

// MailWorld is where the simulated mail servers listen.
type MailWorld struct {
	IMAPHost, SMTPHost string
	IMAPPort, SMTPPort int
	Password           string
	// AuthServID is the name of the server that judges senders.
	AuthServID string
}

// TextWorld is where the simulated message centre listens.
type TextWorld struct {
	Host               string
	Port               int
	SystemID, Password string
	// Number is the town hall's.
	Number string
}

// ConnectTexts points the channel of text messages at the centre and opens it.
func ConnectTexts(ctx context.Context, p Parts, w TextWorld) error {
	settings, err := json.Marshal(map[string]any{
		"number": w.Number, "smpp": map[string]any{"host": w.Host, "port": w.Port, "security": "none", "system_id": w.SystemID},
	})
	if err != nil {
		return fmt.Errorf("encoding the channel's settings: %w", err)
	}
	return connect(ctx, p, TextsSlug, settings, map[string]string{"/smpp/password": w.Password})
}

// Connect points the town's mail channel at the simulated world, whose ports differ from start to start, and opens it.
func Connect(ctx context.Context, p Parts, w MailWorld) error {
	settings, err := json.Marshal(map[string]any{
		"address": Mailbox, "display_name": "Comune di Valdoria", "authserv_ids": []string{w.AuthServID}, "plus_address": true,
		"imap": map[string]any{"host": w.IMAPHost, "port": w.IMAPPort, "security": "none", "after_ack": "seen"},
		"smtp": map[string]any{"host": w.SMTPHost, "port": w.SMTPPort, "security": "none", "auth": "password"},
	})
	if err != nil {
		return fmt.Errorf("encoding the channel's settings: %w", err)
	}
	return connect(ctx, p, ChannelSlug, settings, map[string]string{"/imap/password": w.Password, "/smtp/password": w.Password})
}

// connect gives a channel its settings and opens it.
func connect(ctx context.Context, p Parts, slug string, settings json.RawMessage, secrets map[string]string) error {
	return postgres.InTx(ctx, p.Pool, func(tx pgx.Tx) error {
		ch, err := p.Channels.BySlug(ctx, tx, slug)
		if err != nil {
			return err
		}
		_, err = p.Channels.Update(ctx, tx, ch.ID, channel.Change{
			Revision: ch.Revision, Name: ch.Name, Office: ch.Office, Config: settings,
			Secrets: secrets,
		})
		if err != nil {
			return err
		}
		if ch.Suspension != nil {
			if err := p.Channels.Resume(ctx, tx, ch.ID); err != nil {
				return err
			}
		}
		return p.Channels.SetEnabled(ctx, tx, ch.ID, true)
	})
}
