package webform

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"sportello.dev/plugins-sdk/channel"
)

// version is the semantic version of the adapter.
const version = "1.0.0"

// The routes, and the actions of their requests.
const (
	routeIndex = "index"
	routeForm  = "form"
	routeAsset = "asset"
	routeStyle = "style"
	routeTrack = "track"
)

// maxBody is the largest request, in bytes: more than the largest configured total, so that what is over it can be
// refused with a page that keeps what was typed.
const maxBody = 64 << 20

// Adapter makes channels of web forms.
type Adapter struct {
	schema []byte
	now    func() time.Time
}

// New returns the adapter; now is its clock.
func New(now func() time.Time) *Adapter {
	return &Adapter{schema: schema(), now: now}
}

// Describe says what a channel of web forms can ever do.
func (a *Adapter) Describe() channel.Description {
	return channel.Description{
		Adapter: "webform", Version: version, ConfigSchema: a.schema,
		Capabilities: []channel.Capability{channel.CapabilityHTTP},
		Routes: []channel.Route{
			{Method: http.MethodGet, Pattern: "{$}", Action: routeIndex, Page: true},
			{Method: http.MethodGet, Pattern: "modulo/{form}", Action: routeForm, Page: true},
			{Method: http.MethodPost, Pattern: "modulo/{form}", Action: routeForm, Page: true, MaxBodyBytes: maxBody},
			{Method: http.MethodGet, Pattern: trackingPath, Action: routeTrack, Page: true},
			{Method: http.MethodPost, Pattern: trackingPath, Action: routeTrack, Page: true, MaxBodyBytes: maxBody},
			{Method: http.MethodGet, Pattern: "assets/{name}", Action: routeAsset},
			{Method: http.MethodGet, Pattern: "modulo/{form}/stile.css", Action: routeStyle},
		},
		DisplayName: map[string]string{"it": "Moduli web", "en": "Web forms"},
	}
}

// Validate judges what the schema cannot: the administrator's own forms, and addresses of pages.
func (a *Adapter) Validate(_ context.Context, check channel.Check) []channel.Diagnostic {
	config, err := channel.Decode[Config](check.Config, check.Secrets)
	if err != nil {
		return []channel.Diagnostic{{Severity: channel.SeverityError, Code: "config.decode", Summary: err.Error()}}
	}
	_, wrong := config.forms()
	wrong = append(wrong, config.mistakes()...)
	findings := make([]channel.Diagnostic, 0, len(wrong))
	for _, m := range wrong {
		findings = append(findings, channel.Diagnostic{
			Severity: channel.SeverityError, Pointer: m.pointer, Code: m.code,
			Summary: m.summary.in(check.Language), Remedy: m.remedy.in(check.Language),
		})
	}
	return findings
}

// Open makes a channel ready.
func (a *Adapter) Open(ctx context.Context, opening channel.Opening) (channel.Channel, error) {
	config, err := channel.Decode[Config](opening.Config, opening.Secrets)
	if err != nil {
		return nil, err
	}
	forms, wrong := config.forms()
	if wrong = append(wrong, config.mistakes()...); len(wrong) > 0 {
		return nil, channel.Misconfigured(wrong[0].code, wrong[0].pointer+" "+wrong[0].summary.EN, nil)
	}
	seal, err := openSeal(ctx, opening.Host, opening.ChannelID)
	if err != nil {
		return nil, channel.Transient("webform.seal", "the hub did not give the key of the forms", err)
	}
	s := &site{
		config: config, forms: forms, seal: seal, host: opening.Host, log: opening.Log, now: a.now,
		base: basePath(opening.PublicURL), policy: config.policy(),
	}
	return &open{HTTPHandler: channel.HTTP(s), own: channel.Address{Kind: "web", Value: opening.PublicURL}}, nil
}

// open is an open channel.
type open struct {
	channel.HTTPHandler

	own channel.Address
}

// Profile says what this channel can do: pages, and nothing else.
func (o *open) Profile() channel.Profile {
	return channel.Profile{
		Capabilities: []channel.Capability{channel.CapabilityHTTP}, Reconcile: channel.ReconcileNone, OwnAddress: o.own,
		TrackingPath: trackingPath,
	}
}

// Close has nothing to release.
func (o *open) Close(context.Context) error { return nil }

// megabytes in words.
func megabytes(n int64) string { return strconv.FormatInt(n>>20, 10) + " MB" }
