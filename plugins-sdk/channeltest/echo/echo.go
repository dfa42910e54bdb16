// Package echo is the reference adapter: what arrives are files in a spool directory, removed when they are committed;
// what is sent are lines in a journal file. It passes the whole conformance suite, shows how an adapter is written, and
// can be told to fail in every way that the hub must bear.
package echo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"sportello.dev/plugins-sdk/channel"
)

const version = "1.0.0"

// Config is a channel's configuration.
type Config struct {
	Spool      string `json:"spool" jsonschema:"minLength=1" it:"Cartella di arrivo|Dove compaiono i messaggi in arrivo" en:"Spool directory|Where arriving messages appear"`
	Journal    string `json:"journal" jsonschema:"minLength=1" it:"Registro degli invii|File con una riga per messaggio inviato" en:"Journal|File with one line for each message sent"`
	Token      string `json:"token" jsonschema:"minLength=8" secret:"true" it:"Chiave|Firma le chiamate in arrivo" en:"Key|Signs incoming calls"`
	PollMillis int    `json:"poll_ms,omitempty" jsonschema:"minimum=1,maximum=60000,default=20" it:"Intervallo di lettura (ms)|Ogni quanto si guarda nella cartella" en:"Poll interval (ms)|How often the spool is read"`
	Exclusive  bool   `json:"exclusive,omitempty" it:"Un solo collegamento|Solo una replica si collega" en:"One connection|Only one replica connects"`
	NoKey      bool   `json:"no_key,omitempty" it:"Senza chiave di idempotenza|Lo stesso invio ripetuto sono due messaggi" en:"No idempotency key|The same transmission twice is two messages"`
	NoLookup   bool   `json:"no_lookup,omitempty" it:"Senza ricerca|L'esito non si può chiedere" en:"No look-up|The outcome cannot be asked for"`
	Control    string `json:"control,omitempty" it:"Comandi di guasto|File JSON con i guasti, letto a ogni operazione" en:"Fault control|JSON file of faults, read at each operation"`
	Faults     Faults `json:"faults,omitempty" it:"Guasti|Guasti da provocare nelle prove" en:"Faults|Faults to cause in tests"`
}

// Adapter opens channels on spool directories.
type Adapter struct{}

// New makes the adapter.
func New() *Adapter { return &Adapter{} }

// Describe says what the kind can do.
func (*Adapter) Describe() channel.Description {
	return channel.Description{
		Adapter:      "echo",
		Version:      version,
		ConfigSchema: channel.Schema[Config](),
		Capabilities: []channel.Capability{
			channel.CapabilityIngest, channel.CapabilitySend, channel.CapabilityHTTP, channel.CapabilityLookup,
			channel.CapabilityIdempotentSend, channel.CapabilityExclusive, channel.CapabilityInterpret,
		},
		AddressKinds: []string{"email", "mobile", "web"},
		Routes: []channel.Route{
			{Method: "POST", Pattern: "push", Action: actionPush, MaxBodyBytes: maxPush},
			{Method: "POST", Pattern: "form", Action: actionForm, Page: true},
			{Method: "GET", Pattern: "status", Action: actionStatus, Page: true},
		},
		DisplayName: map[string]string{"it": "Eco (prova)", "en": "Echo (test)"},
	}
}

// Validate looks whether the directories are there.
func (*Adapter) Validate(_ context.Context, check channel.Check) []channel.Diagnostic {
	config, err := channel.Decode[Config](check.Config, check.Secrets)
	if err != nil {
		return []channel.Diagnostic{{Severity: channel.SeverityError, Code: "config.decode", Summary: err.Error()}}
	}
	var findings []channel.Diagnostic
	for pointer, directory := range map[string]string{"/spool": config.Spool, "/journal": filepath.Dir(config.Journal)} {
		if info, err := os.Stat(directory); err != nil || !info.IsDir() {
			findings = append(findings, missingDirectory(pointer, check.Language))
		}
	}
	return findings
}

func missingDirectory(pointer, language string) channel.Diagnostic {
	finding := channel.Diagnostic{
		Severity: channel.SeverityError, Pointer: pointer, Code: "echo.directory",
		Summary: "La cartella non esiste.", Remedy: "Crearla sul server.",
	}
	if language == "en" {
		finding.Summary, finding.Remedy = "There is no such directory.", "Make it on the server."
	}
	return finding
}

// Open makes a channel.
func (*Adapter) Open(_ context.Context, opening channel.Opening) (channel.Channel, error) {
	config, err := channel.Decode[Config](opening.Config, opening.Secrets)
	if err != nil {
		return nil, err
	}
	e := &echo{Opening: opening, config: config, spool: Spool{Dir: config.Spool}, journal: Journal{Path: config.Journal}}
	e.HTTPHandler = channel.HTTP(e.routes())
	if err := e.faultsAtOpen(); err != nil {
		return nil, err
	}
	opening.Log.Info("opened", "revision", opening.Revision, "lease_holder", opening.LeaseHolder)
	return e, nil
}

// echo is one open channel.
type echo struct {
	channel.Opening
	channel.HTTPHandler

	config  Config
	spool   Spool
	journal Journal

	// control guards the control file, which a fault of one time removes.
	control sync.Mutex
}

func (e *echo) Profile() channel.Profile {
	profile := channel.Profile{
		Capabilities: []channel.Capability{
			channel.CapabilityIngest, channel.CapabilitySend, channel.CapabilityHTTP, channel.CapabilityInterpret,
		},
		Limits: channel.Limits{
			TextCharacters: maxText, Recipients: maxRecipients, Concurrency: 4, Subject: true, Attachments: true,
		},
		Reconcile:  channel.ReconcileNone,
		OwnAddress: channel.Address{Kind: "web", Value: e.ChannelID},
	}
	if !e.config.NoLookup {
		profile.Capabilities = append(profile.Capabilities, channel.CapabilityLookup)
		profile.Reconcile = channel.ReconcileLookup
	}
	if !e.config.NoKey {
		profile.Capabilities = append(profile.Capabilities, channel.CapabilityIdempotentSend)
		profile.Reconcile = channel.ReconcileKey
	}
	if e.config.Exclusive {
		profile.Capabilities = append(profile.Capabilities, channel.CapabilityExclusive)
	}
	return profile
}

// Close has nothing to release: the channel keeps no file open and nothing running between calls.
func (e *echo) Close(ctx context.Context) error {
	if e.faults().Close == faultHang {
		<-ctx.Done()
	}
	return nil
}

// connect stands for the log-in of a real channel.
func (e *echo) connect() error {
	if e.config.Exclusive && !e.LeaseHolder {
		return channel.Transient("echo.lease", "another replica is connected", nil)
	}
	err := e.spool.authenticate(e.config.Token)
	switch {
	case errors.Is(err, errWrongToken):
		e.Health.Report(channel.Status{State: channel.HealthMisconfigured, Code: "echo.token", Backlog: channel.UnknownBacklog})
		return channel.Misconfigured("echo.token", "the spool belongs to another key", err)
	case err != nil:
		e.Health.Report(channel.Status{State: channel.HealthDown, Code: "echo.spool", Backlog: channel.UnknownBacklog})
		return channel.Transient("echo.spool", "the spool cannot be read", err)
	}
	return nil
}

func (c Config) poll() time.Duration { return time.Duration(max(c.PollMillis, 1)) * time.Millisecond }

var errWrongToken = errors.New("wrong token")

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
