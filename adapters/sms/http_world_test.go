package sms_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/sms"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

const (
	accountSID = "AC00000000000000000000000000000000"
	authToken  = `to+ken/"di prova`
	hookSecret = `parola/segreta+"lunga`
	hookHeader = "X-Firma"
	origin     = "https://town.example/c/test/" + channeltest.ChannelID + "/"
)

// httpFault is what happens to the next message.
type httpFault struct {
	status     int
	body       string
	retryAfter string
	// drop ends the connection after the message was taken.
	drop bool
	hold chan struct{}
}

// httpProvider takes messages over HTTP, from Twilio's form or from JSON.
type httpProvider struct {
	*httptest.Server

	// answer is the positive one to the nth message.
	answer func(n int) (int, string)
	// knows says whether the credentials are right.
	knows func(r *http.Request) bool
	// read finds recipient and text in a request's body.
	read func(body []byte) (to, text string)

	mu       sync.Mutex
	faults   []httpFault
	taken    []channeltest.Effect
	bodies   []string
	attempts int
}

func newHTTPProvider(tb testing.TB, p *httpProvider) *httpProvider {
	tb.Helper()
	p.Server = httptest.NewServer(p)
	tb.Cleanup(func() {
		p.mu.Lock()
		for _, fault := range p.faults {
			if fault.hold != nil {
				close(fault.hold)
			}
		}
		p.mu.Unlock()
		p.CloseClientConnections()
		p.Close()
	})
	return p
}

func (p *httpProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if !p.knows(r) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.Method == http.MethodGet {
		return
	}
	to, text := p.read(body)
	p.mu.Lock()
	p.attempts++
	var fault httpFault
	if len(p.faults) > 0 {
		fault, p.faults = p.faults[0], p.faults[1:]
	}
	if to == refusedNumber && fault.status == 0 {
		fault = httpFault{status: http.StatusBadRequest, body: `{"code":21614,"error":"unknown"}`}
	}
	if fault.status == 0 && fault.hold == nil {
		p.taken = append(p.taken, channeltest.Effect{Recipient: to, Wire: []byte(text)})
		p.bodies = append(p.bodies, string(body))
	}
	status, answer := p.answer(len(p.taken))
	p.mu.Unlock()
	switch {
	case fault.hold != nil:
		select {
		case <-fault.hold:
		case <-r.Context().Done():
		}
	case fault.drop:
		panic(http.ErrAbortHandler)
	case fault.status != 0:
		if fault.retryAfter != "" {
			w.Header().Set("Retry-After", fault.retryAfter)
		}
		w.WriteHeader(fault.status)
		_, _ = io.WriteString(w, fault.body)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}
}

func (p *httpProvider) arm(fault httpFault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, fault)
}

func (p *httpProvider) hang() (release func()) {
	hold := make(chan struct{})
	p.arm(httpFault{hold: hold})
	return sync.OnceFunc(func() { close(hold) })
}

func (p *httpProvider) effects() []channeltest.Effect {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.taken)
}

func (p *httpProvider) lastBody() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bodies[len(p.bodies)-1]
}

func (p *httpProvider) tried() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.attempts
}

func (p *httpProvider) world(config json.RawMessage, secrets, bad map[string]string, faults map[string]httpFault, classes map[string]channel.FailureClass) channeltest.World {
	var all []channeltest.Fault
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		all = append(all, channeltest.Fault{Name: name, Arm: func() { p.arm(faults[name]) }, Want: classes[name]})
	}
	return channeltest.World{
		Adapter: sms.Hurried(time.Now), Again: func() channel.Adapter { return sms.Hurried(time.Now) },
		Config: config, Secrets: secrets, BadSecrets: bad,
		Effects: p.effects, Attempts: p.tried, Faults: all, Hang: p.hang,
	}
}

// faultsOf are those that every HTTP provider can have.
func faultsOf() (map[string]httpFault, map[string]channel.FailureClass) {
	return map[string]httpFault{
			"busy": {status: 429, retryAfter: "7"}, "closed": {status: 503}, "refused": {status: 422},
			"gone": {status: 404}, "broken": {status: 500}, "dropped": {drop: true},
		}, map[string]channel.FailureClass{
			"busy": channel.FailureRateLimited, "closed": channel.FailureTransient, "refused": channel.FailureContent,
			"gone": channel.FailureConfig, "broken": channel.FailureUnknownOutcome, "dropped": channel.FailureUnknownOutcome,
		}
}

func twilioProvider(tb testing.TB) *httpProvider {
	return newHTTPProvider(tb, &httpProvider{
		answer: func(n int) (int, string) {
			return http.StatusCreated, fmt.Sprintf(`{"sid":"SM%d","status":"queued"}`, n)
		},
		knows: func(r *http.Request) bool {
			user, password, ok := r.BasicAuth()
			return ok && user == accountSID && password == authToken && strings.HasPrefix(r.URL.Path, "/2010-04-01/Accounts/"+accountSID)
		},
		read: func(body []byte) (to, text string) {
			form, _ := url.ParseQuery(string(body))
			return form.Get("To"), form.Get("Body")
		},
	})
}

func twilioConfig(tb testing.TB, address string) json.RawMessage {
	tb.Helper()
	encoded, err := json.Marshal(object{
		"driver": "twilio", "number": townNumber, "twilio": object{"account_sid": accountSID, "base_url": address},
	})
	require.NoError(tb, err)
	return encoded
}

// twilioCall signs a call as Twilio does: the address, then each name with its value in the order of the names.
func twilioCall(action, query, token string, form url.Values) channeltest.Request {
	address := origin + action + query
	signed := address
	for _, name := range slices.Sorted(maps.Keys(form)) {
		signed += name + form.Get(name)
	}
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(signed))
	return channeltest.Request{
		Action: action, Method: http.MethodPost, URL: address, Body: []byte(form.Encode()),
		Header: http.Header{
			"Content-Type":       {"application/x-www-form-urlencoded"},
			"X-Twilio-Signature": {base64.StdEncoding.EncodeToString(mac.Sum(nil))},
		},
	}
}

func twilioText(n int) url.Values {
	return url.Values{
		"MessageSid": {fmt.Sprintf("SM%d", n)}, "From": {"+" + citizen(n)}, "To": {townNumber}, "NumSegments": {"1"},
		"Body": {"Buongiorno, è pronta?"}, "SmsStatus": {"received"},
	}
}

func twilioWorld(tb testing.TB) channeltest.World {
	tb.Helper()
	p := twilioProvider(tb)
	faults, classes := faultsOf()
	faults["stopped"], classes["stopped"] = httpFault{status: 400, body: `{"code":21610,"message":"unsubscribed"}`}, channel.FailureOptedOut
	faults["sender"], classes["sender"] = httpFault{status: 400, body: `{"code":21606}`}, channel.FailureConfig
	w := p.world(twilioConfig(tb, p.URL), map[string]string{"/twilio/auth_token": authToken},
		map[string]string{"/twilio/auth_token": "un altro"}, faults, classes)
	refused := channel.Address{Kind: "mobile", Value: refusedNumber}
	w.RefusedRecipient = &refused
	unsigned := twilioCall("inbound", "", authToken, twilioText(1))
	unsigned.Header.Del("X-Twilio-Signature")
	elsewhere := twilioCall("inbound", "", authToken, twilioText(1))
	elsewhere.Action, elsewhere.URL = "status", origin+"status"
	w.Webhook = &channeltest.Webhook{
		Call: func(n int) channeltest.Request { return twilioCall("inbound", "", authToken, twilioText(n)) },
		Forged: []channeltest.Request{
			unsigned, elsewhere, twilioCall("inbound", "", "un altro", twilioText(1)),
			twilioCall("status", "?d=delivery-1", "", url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"delivered"}}),
		},
	}
	return w
}

func gatewayProvider(tb testing.TB) *httpProvider {
	return newHTTPProvider(tb, &httpProvider{
		answer: func(n int) (int, string) { return http.StatusOK, fmt.Sprintf(`{"result":{"messages":[{"id":%d}]}}`, n) },
		knows:  func(r *http.Request) bool { return r.Header.Get("X-Api-Key") == authToken },
		read: func(body []byte) (to, text string) {
			var sent struct{ To, Text string }
			_ = json.Unmarshal(body, &sent)
			return sent.To, sent.Text
		},
	})
}

func gatewayConfig(tb testing.TB, address string, change object) json.RawMessage {
	tb.Helper()
	section := object{
		"url": address + "/send", "body": `{"to":"{to}","text":"{text}","sender":"{from}","ref":"{id}","hook":"{callback}"}`,
		"header_name": "X-Api-Key", "id_path": "result.messages.0.id", "error_path": "error",
		"webhook_auth": "hmac", "signature_header": hookHeader,
	}
	maps.Copy(section, change)
	encoded, err := json.Marshal(object{"driver": "http", "number": townNumber, "http": section})
	require.NoError(tb, err)
	return encoded
}

func gatewaySecrets() map[string]string {
	return map[string]string{"/http/header_secret": authToken, "/http/webhook_secret": hookSecret}
}

func gatewayCall(action, secret string, body []byte) channeltest.Request {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return channeltest.Request{
		Action: action, Method: http.MethodPost, URL: origin + action, Body: body,
		Header: http.Header{"Content-Type": {"application/json"}, hookHeader: {"sha256=" + hex.EncodeToString(mac.Sum(nil))}},
	}
}

func gatewayText(n int) []byte {
	return fmt.Appendf(nil, `{"id":%d,"from":"%s","text":"Buongiorno, è pronta?"}`, n, citizen(n))
}

func gatewayWorld(tb testing.TB) channeltest.World {
	tb.Helper()
	p := gatewayProvider(tb)
	faults, classes := faultsOf()
	faults["yes that means no"], classes["yes that means no"] = httpFault{status: 200, body: `{"error":"no credit"}`}, channel.FailureContent
	w := p.world(gatewayConfig(tb, p.URL, nil), gatewaySecrets(),
		map[string]string{"/http/header_secret": "un'altra", "/http/webhook_secret": hookSecret}, faults, classes)
	unsigned := gatewayCall("inbound", hookSecret, gatewayText(1))
	unsigned.Header.Del(hookHeader)
	w.Webhook = &channeltest.Webhook{
		Call: func(n int) channeltest.Request { return gatewayCall("inbound", hookSecret, gatewayText(n)) },
		Forged: []channeltest.Request{
			unsigned, gatewayCall("inbound", "un'altra parola", gatewayText(1)), gatewayCall("status", "", []byte(`{"id":1,"status":"sent"}`)),
		},
	}
	return w
}
