package main

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func TestChannelWarnings(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	add := func(slug, address, trial string) {
		ability := `{"capabilities":["send"],"own":{"kind":"email","value":"` + address + `"}}`
		_, err := pool.Exec(t.Context(), `INSERT INTO channel (id, adapter, slug, name, ability, last_trial, last_trial_at)
			VALUES ($1, 'email', $2, $2, $3, nullif($4, '')::jsonb, CASE WHEN $4 <> '' THEN timestamptz '2026-11-02' END)`,
			id.New[id.Channel](), slug, ability, trial)
		require.NoError(t, err)
	}
	add("anagrafe", "anagrafe@comune.example", `[{"name":"domain","state":"passed"}]`)
	add("tributi", "tributi@comune.example", `[{"name":"imap.auth","state":"failed","summary":"Password rifiutata."}]`)
	add("urp", "urp@altro.example", "")
	_, err := pool.Exec(t.Context(), `INSERT INTO channel (id, adapter, slug, name, config, state, suspended_code, suspended_at)
		VALUES ($1, 'sms', 'sms', 'SMS', '{"smpp": {"host": "smsc.example", "security": "none"}}', 'suspended', 'smpp.bind', '2026-11-03')`, id.New[id.Channel]())
	require.NoError(t, err)
	records := func(_ context.Context, name string) ([]string, error) {
		switch {
		case strings.HasSuffix(name, "altro.example"):
			return nil, &net.DNSError{Err: "server misbehaving", Name: name}
		case name == "comune.example":
			return []string{"google-site-verification=x", "v=spf1 -all"}, nil
		}
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	warnings, err := channelWarnings(t.Context(), pool, records)
	require.NoError(t, err)
	require.Equal(t, []string{
		"channel sms: stopped since 2026-11-03 (smpp.bind); mend it and press \"Riattiva\" on its page",
		"channel sms: password and texts travel readable to the message centre; only a VPN makes up for that",
		"channel tributi: its last trial, on 2026-11-02, failed: Password rifiutata.",
		`channel urp: never tried; press "Prova il collegamento" on its page`,
		"domain comune.example publishes no DMARC record (TXT at _dmarc.comune.example): answers may end up as junk",
		"domain altro.example: the DNS does not answer for SPF",
		"domain altro.example: the DNS does not answer for DMARC",
	}, warnings)
}
