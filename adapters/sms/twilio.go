package sms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"

	"sportello.dev/plugins-sdk/channel"
)

// TwilioLine is an open channel to an account at Twilio. The library checks signatures; requests are our own, because
// its client ends none with its context.
type TwilioLine struct {
	channel.HTTPHandler

	config    Config
	publicURL string
	pace      pace
	now       func() time.Time
	host      *channel.Host
	provider  *provider
	validator client.RequestValidator
}

func openTwilio(config Config, opening channel.Opening, a *Adapter) *TwilioLine {
	t := &TwilioLine{
		config: config, publicURL: opening.PublicURL, pace: a.pace, now: a.now, host: opening.Host,
		provider:  newProvider(config.Twilio.BaseURL, a.pace, opening.Health, a.now),
		validator: client.NewRequestValidator(config.Twilio.AuthToken),
	}
	t.HTTPHandler = channel.HTTP(&hook{
		host: opening.Host, log: opening.Log, now: a.now, proved: t.proved, read: t.read,
		thanks: func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/xml; charset=utf-8")
			_, _ = w.Write([]byte("<Response></Response>")) // into memory
		},
	})
	return t
}

// Profile says what this channel can do.
func (t *TwilioLine) Profile() channel.Profile { return t.config.hooked(true, true) }

// Close releases idle connections.
func (t *TwilioLine) Close(context.Context) error {
	t.provider.close()
	return nil
}

// Send makes one attempt. Where its outcome is lost, the status call that Twilio makes names the delivery by itself.
func (t *TwilioLine) Send(ctx context.Context, transmission channel.Transmission) (channel.Results, error) {
	to, text, err := t.config.one(transmission)
	if err != nil {
		return nil, err
	}
	ctx, cancel := within(ctx, t.pace)
	defer cancel()
	form := url.Values{"To": {to}, "Body": {text}}
	if t.publicURL != "" {
		form.Set("StatusCallback", t.publicURL+routeStatus+"?d="+url.QueryEscape(transmission.Recipients[0].DeliveryID))
	}
	if t.config.Twilio.ServiceSID != "" {
		form.Set("MessagingServiceSid", t.config.Twilio.ServiceSID)
	}
	if t.config.Twilio.ServiceSID == "" || t.config.Sender != "" {
		form.Set("From", t.config.sender())
	}
	id, err := t.config.Twilio.create(ctx, t.provider, form)
	t.provider.judge(err)
	if err != nil {
		return nil, err
	}
	return finished(transmission, id), nil
}

// create hands a message over and answers its id.
func (c *Twilio) create(ctx context.Context, p *provider, form url.Values) (id string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.resource("/Messages.json"), strings.NewReader(form.Encode()))
	if err != nil {
		return "", channel.Misconfigured("http.address", "the address of the API is none", err)
	}
	request.Header.Set("Content-Type", formType)
	request.SetBasicAuth(c.AccountSID, c.AuthToken)
	got, err := p.call(request)
	if err != nil {
		return "", err
	}
	var said struct {
		SID     string `json:"sid"`
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	// What is not JSON has no code; its status is judged alone.
	_ = json.Unmarshal(got.body, &said)
	if failure := got.failure(p.now()); failure != nil {
		return "", twilioFailure(said.Code, failure)
	}
	return said.SID, nil
}

func (c *Twilio) resource(path string) string {
	return strings.TrimSuffix(c.BaseURL, "/") + "/2010-04-01/Accounts/" + url.PathEscape(c.AccountSID) + path
}

// twilioFailure is what Twilio's own code means, which says more than the status.
func twilioFailure(code int, failure *channel.Failure) *channel.Failure {
	provider := strconv.Itoa(code)
	cause := errors.New("code " + provider)
	switch code {
	case 0:
		return failure
	case 20429, 14107, 30001, 63018:
		return channel.RateLimited(failure.RetryAfter, cause).WithProviderCode(provider)
	case 21211, 21214, 21217, 21265, 21614, 30004, 30005, 30006:
		return channel.RecipientRefused("twilio.to", "Twilio does not reach this number", cause).WithProviderCode(provider)
	case 21610:
		return channel.OptedOut("twilio.stop", "the citizen has written STOP to this number", cause).WithProviderCode(provider)
	case 20003, 20005, 20006, 20404, 21212, 21408, 21601, 21603, 21606, 21607, 21611, 21612, 21659, 21660, 21701, 21703, 30002:
		return channel.Misconfigured("twilio.account", "Twilio refuses the account or the sender", cause).WithProviderCode(provider)
	case 21602, 21605, 21617, 21619, 30007:
		return channel.ContentRefused("twilio.body", "Twilio refuses the text", cause).WithProviderCode(provider)
	case 30003, 30008, 30009, 30010:
		return channel.Transient("twilio.unreached", "the telephone was not reached", cause).WithProviderCode(provider)
	}
	return failure.WithProviderCode(provider)
}

// proved checks the signature over the address and the raw body, as the provider saw them.
func (t *TwilioLine) proved(r *http.Request, body []byte) bool {
	signature := r.Header.Get("X-Twilio-Signature")
	if r.Method != http.MethodPost || signature == "" {
		return false
	}
	// Twilio was given the address that the hub tells, or one of its short ones.
	told := t.publicURL + channel.Action(r.Context())
	if r.URL.RawQuery != "" {
		told += "?" + r.URL.RawQuery
	}
	return t.validator.ValidateBody(r.URL.String(), body, signature) || t.validator.ValidateBody(told, body, signature)
}

func (t *TwilioLine) read(c call) (id string, event func() (channel.Body, error)) {
	form, err := url.ParseQuery(string(c.data))
	unique := form.Get("MessageSid")
	if c.action == routeStatus && unique != "" {
		unique += "/" + form.Get("MessageStatus")
	}
	return c.eventID(unique), func() (channel.Body, error) {
		if err != nil {
			return nil, &channel.Unparsed{Code: "twilio.form", Detail: "not a form"}
		}
		return t.body(form, c.query.Get("d"))
	}
}

// body is a message, or where a status is given a report.
func (t *TwilioLine) body(form url.Values, delivery string) (channel.Body, error) {
	if status := form.Get("MessageStatus"); status != "" && form.Get("SmsStatus") != "received" {
		return twilioReport(form, status, delivery)
	}
	text := form.Get("Body")
	if media, err := strconv.Atoi(form.Get("NumMedia")); err == nil && media > 0 {
		text = strings.TrimSpace(text + fmt.Sprintf("\n[MMS: allegati %d]", media))
	}
	segments, err := strconv.ParseUint(form.Get("NumSegments"), 10, 16)
	if err != nil {
		segments = 1
	}
	return t.config.written(form.Get("From"), form.Get("To"), text, form.Get("MessageSid"), uint32(segments))
}

func twilioReport(form url.Values, status, delivery string) (channel.Body, error) {
	report := &channel.DeliveryReport{DeliveryID: delivery, ExternalIDs: externalIDs(form.Get("MessageSid")), EvidenceKind: evidenceReceipt}
	if to, ok := dialled(form.Get("To")); ok {
		report.Recipient = &to
	}
	state, known := stateWords[strings.ToLower(status)]
	if !known {
		return nil, &channel.Unparsed{Code: "twilio.status", Detail: "a status that is not known"}
	}
	report.State = state
	if state == channel.DeliveryFailed {
		code, _ := strconv.Atoi(form.Get("ErrorCode")) // 0 if none
		undelivered := channel.Transient("twilio.undelivered", "the network could not deliver it", nil)
		report.Failure = twilioFailure(code, undelivered)
	}
	return report, nil
}

// Interpret reads a call again.
func (t *TwilioLine) Interpret(ctx context.Context, raw channel.Raw) (channel.Event, error) {
	data, err := readAgain(ctx, t.host, raw)
	if err != nil {
		return channel.Event{}, err
	}
	body, err := channel.Guard(func() (channel.Body, error) {
		form, err := url.ParseQuery(string(data))
		if err != nil {
			return nil, &channel.Unparsed{Code: "twilio.form", Detail: "not a form"}
		}
		return t.body(form, "")
	})
	return channel.Event{OccurredAt: t.now(), Raw: raw, Body: body}, err
}
