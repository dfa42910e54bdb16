package sms

import (
	"context"
	"net"
	"net/http"
	"net/url"

	"sportello.dev/plugins-sdk/channel"
)

// located is the step that is the same for every HTTP provider: its name.
func (t *trial) located(prefix, pointer, address string) []step {
	host := ""
	if target, err := url.Parse(address); err == nil {
		host = target.Hostname()
	}
	return []step{{prefix + ".dns", pointer, words{"Nome del server " + host, "Name of the server " + host}, func(ctx context.Context) (found, error) {
		ctx, cancel := context.WithTimeout(ctx, t.pace.dial)
		defer cancel()
		if _, err := net.DefaultResolver.LookupHost(ctx, host); err != nil {
			return found{}, channel.Transient("http.dns", host, err)
		}
		return found{words: words{"Il nome esiste.", "The name exists."}}, nil
	}}}
}

func (t *trial) planTwilio() (steps []step, release func()) {
	c := t.config.Twilio
	p := newProvider(c.BaseURL, t.pace, channel.NewHealth(), t.now)
	steps = append(t.located("twilio", "/twilio/base_url", c.BaseURL), step{
		"twilio.account", "/twilio/auth_token", words{"Accesso all'account", "Sign-in to the account"}, func(ctx context.Context) (found, error) {
			ctx, cancel := context.WithTimeout(ctx, t.pace.answer)
			defer cancel()
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.resource(".json"), nil)
			if err != nil {
				return found{}, channel.Misconfigured("http.address", "the address of the API is none", err)
			}
			request.SetBasicAuth(c.AccountSID, c.AuthToken)
			got, err := p.call(request)
			if err != nil {
				return found{}, err
			}
			if failure := got.failure(t.now()); failure != nil {
				return found{}, failure
			}
			return found{words: words{"Twilio riconosce l'account.", "Twilio knows the account."}}, nil
		},
	})
	if t.writes() {
		steps = append(steps, t.letter("twilio.send", func(ctx context.Context, to string) (string, error) {
			form := url.Values{"To": {to}, "From": {t.config.sender()}, "Body": {trialText}}
			return c.create(ctx, p, form)
		}))
	}
	return steps, p.close
}

func (t *trial) planHTTP() (steps []step, release func()) {
	c := t.config.HTTP
	p := newProvider(c.plainURL(), t.pace, channel.NewHealth(), t.now, c.HeaderName)
	steps = t.located("http", "/http/url", c.plainURL())
	if t.writes() {
		steps = append(steps, t.letter("http.send", func(ctx context.Context, to string) (string, error) {
			return c.create(ctx, p, map[string]string{"to": to, "from": t.config.sender(), "text": trialText, "id": "trial"})
		}))
	}
	return steps, p.close
}

// writes says whether a trial ends with a message to the town's own number.
func (t *trial) writes() bool {
	return t.message && t.config.Number != "" && t.config.own().Kind != kindShortCode
}

func (t *trial) letter(name string, send func(ctx context.Context, to string) (string, error)) step {
	to := t.config.own().Value
	return step{name, "/number", words{"Invio di un SMS di prova a " + to, "Sending a test message to " + to}, func(ctx context.Context) (found, error) {
		ctx, cancel := context.WithTimeout(ctx, t.pace.submit)
		defer cancel()
		id, err := send(ctx, to)
		if err != nil {
			return found{}, err
		}
		return found{words: words{"Il fornitore ha preso in carico l'SMS (" + id + ").", "The provider has taken the message (" + id + ")."}}, nil
	}}
}
