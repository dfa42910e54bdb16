package mime

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	const trusted = "mx.comune.it"
	tests := map[string]struct {
		header string
		ok     bool
		reason string
	}{
		"dmarc pass":            {"Authentication-Results: mx.comune.it; dmarc=pass header.from=example.com", true, "dmarc_pass"},
		"version and case":      {"Authentication-Results: MX.Comune.it 1; dmarc=PASS header.from=Example.com", true, "dmarc_pass"},
		"blanks around equals":  {"Authentication-Results: mx.comune.it; dmarc = pass header.from = example.com", true, "dmarc_pass"},
		"dkim aligned":          {"Authentication-Results: mx.comune.it; dkim=pass header.d=example.com", true, "dkim_aligned"},
		"dkim by identity":      {"Authentication-Results: mx.comune.it; dkim=pass header.i=@mail.example.com", true, "dkim_aligned"},
		"dkim second of two":    {"Authentication-Results: mx.comune.it; dkim=fail header.d=x.it; dkim=pass header.d=example.com", true, "dkim_aligned"},
		"dkim of another":       {"Authentication-Results: mx.comune.it; dkim=pass header.d=evil.com", false, "no_aligned_pass"},
		"dkim fail":             {"Authentication-Results: mx.comune.it; dkim=fail header.d=example.com", false, "no_aligned_pass"},
		"dkim pass, dmarc fail": {"Authentication-Results: mx.comune.it; dkim=pass header.d=example.com; dmarc=fail header.from=example.com", false, "dmarc_fail"},
		"spf alone":             {"Authentication-Results: mx.comune.it; spf=pass smtp.mailfrom=example.com", false, "no_aligned_pass"},
		"dmarc of another":      {"Authentication-Results: mx.comune.it; dmarc=pass header.from=evil.com", false, "no_aligned_pass"},
		"another server":        {"Authentication-Results: mx.evil.com; dmarc=pass header.from=example.com", false, "no_trusted_result"},
		"server as a prefix":    {"Authentication-Results: mx.comune.it.evil.com; dmarc=pass header.from=example.com", false, "no_trusted_result"},
		"server in a comment":   {"Authentication-Results: mx.evil.com (mx.comune.it); dmarc=pass header.from=example.com", false, "no_trusted_result"},
		"none":                  {"Authentication-Results: mx.comune.it; none", false, "no_aligned_pass"},
		"forged below": {"Authentication-Results: mx.comune.it; dmarc=fail header.from=example.com\r\n" +
			"Authentication-Results: mx.comune.it; dmarc=pass header.from=example.com", false, "dmarc_fail"},
		"foreign on top": {"Authentication-Results: mx.evil.com; dmarc=fail\r\n" +
			"Authentication-Results: mx.comune.it; dmarc=pass header.from=example.com", true, "dmarc_pass"},
		"semicolon in a comment": {"Authentication-Results: mx.comune.it; spf=fail (x; dmarc=pass header.from=example.com) smtp.mailfrom=x", false, "no_aligned_pass"},
		"semicolon in quotes":    {`Authentication-Results: mx.comune.it; spf=pass smtp.mailfrom="x; dmarc=pass header.from=example.com"@evil.com`, false, "no_aligned_pass"},
		"open quote":             {`Authentication-Results: mx.comune.it; spf=pass smtp.mailfrom="x; dmarc=pass header.from=example.com`, false, "no_trusted_result"},
		"escaped quote":          {`Authentication-Results: mx.comune.it; spf=pass smtp.mailfrom="x\"; dmarc=pass header.from=example.com "@evil.com`, false, "no_aligned_pass"},
		"no version 2":           {"Authentication-Results: mx.comune.it 2; dmarc=pass header.from=example.com", false, "unreadable_result"},
		"absent":                 {"X: 1", false, "no_trusted_result"},
		"two From fields":        {"From: b@example.com\r\nAuthentication-Results: mx.comune.it; dmarc=pass header.from=example.com", false, "no_single_from"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := parseString(t, tt.header+"\r\nFrom: mario@example.com\r\n\r\nciao")
			got := Authenticate(m, []string{"altro.it", trusted})
			require.Equal(t, tt.ok, got.Authenticated)
			require.Equal(t, tt.reason, got.Reason)
			require.False(t, Authenticate(m, nil).Authenticated)
		})
	}
}

func TestAlignment(t *testing.T) {
	t.Parallel()
	require.True(t, aligned("mail.comune.bologna.it", "comune.bologna.it"))
	require.False(t, aligned("comune.modena.it", "comune.bologna.it"))
	require.False(t, aligned("it", "comune.it"))
	require.False(t, aligned("", ""))
	require.True(t, aligned("Example.com", strings.ToLower("EXAMPLE.com")))
}

func TestClassifyTable(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		header string
		want   Class
	}{
		"person":                {"Subject: ferie e assenze", ClassHuman},
		"auto-submitted no":     {"Auto-Submitted: No (person)", ClassHuman},
		"auto-generated":        {"Auto-Submitted: auto-generated", ClassAutoReply},
		"x-autoreply":           {"X-Autoreply: yes", ClassAutoReply},
		"precedence auto_reply": {"Precedence: auto_reply", ClassAutoReply},
		"suppress all":          {"X-Auto-Response-Suppress: DR, All", ClassAutoReply},
		"suppress some":         {"X-Auto-Response-Suppress: DR, OOF", ClassHuman},
		"null return path":      {"Return-Path: <>", ClassAutoReply},
		"x-loop":                {"X-Loop: yes", ClassAutoReply},
		"delivered to a robot":  {"Delivered-To: autoresponder@b.it", ClassAutoReply},
		"vacation":              {"Auto-Submitted: auto-replied (vacation)", ClassOutOfOffice},
		"owner-email":           {"Auto-Submitted: auto-replied; owner-email=\"x@y.it\"", ClassOutOfOffice},
		"absence by subject":    {"Auto-Submitted: auto-replied\r\nSubject: Fuori sede", ClassOutOfOffice},
		"list":                  {"List-Id: <x.it>", ClassList},
		"bulk":                  {"Precedence: bulk", ClassList},
		"own address":           {"From: urp+t.x@comune.esempio.it", ClassOwnLoop},
		"daemon, soft":          {"Return-Path: <>\r\nFrom: postmaster@b.it\r\nSubject: Delivery Status Notification", ClassBounceSoft},
		"daemon, delay":         {"Return-Path: <>\r\nFrom: mailer-daemon@b.it\r\nSubject: Warning: could not send message for past 4 hours", ClassDelayed},
		"postmaster, a person":  {"From: postmaster@b.it\r\nSubject: domanda", ClassHuman},
	}
	for name, tt := range tests {
		header := tt.header
		if !strings.Contains(header, "From:") {
			header += "\r\nFrom: mario@example.com"
		}
		got, evidence := Classify(parseString(t, header+"\r\n\r\nciao"), testSelf)
		require.Equal(t, tt.want, got, name)
		require.Equal(t, got == ClassHuman, evidence == "", name)
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	original := "From: a@b.it\r\nDate: Mon, 5 Oct 2026 10:15:00 +0200\r\nSubject: x\r\n\r\nciao\r\n"
	same := []string{
		"Received: from y\r\n" + original,
		strings.ReplaceAll(original, "\r\n", "\n"),
		"From: <A@B.it>\r\nDate: Mon, 5 Oct 2026 08:15:00 +0000\r\nSubject: =?utf-8?q?x?=\r\nContent-Transfer-Encoding: base64\r\n\r\nY2lhbw==\r\n",
	}
	same[2] = strings.Replace(same[2], "A@B.it", "a@B.it", 1)
	want := parseString(t, original).Fingerprint
	for _, raw := range same {
		require.Equal(t, want, parseString(t, raw).Fingerprint, "%q", raw)
	}
	for _, change := range [][2]string{{"a@b.it", "c@b.it"}, {"10:15", "10:16"}, {": x", ": y"}, {"ciao", "ciao!"}} {
		require.NotEqual(t, want, parseString(t, strings.Replace(original, change[0], change[1], 1)).Fingerprint)
	}
}
