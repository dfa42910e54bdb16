package mta

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"sportello.dev/adapters/simulator/internal/directory"
	"sportello.dev/adapters/simulator/internal/letter"
)

// stamp puts the receiving server's header fields on top of a message: Return-Path, Received, Authentication-Results.
// Results that the message already brought under the same server's name are forged, and go.
func (s *Server) stamp(env Envelope, to, queueID string, now time.Time, l *letter.Letter, raw []byte) []byte {
	id := s.authServID(to)
	var b bytes.Buffer
	b.Grow(len(raw) + 1024)
	letter.WriteField(&b, "Return-Path", "<"+env.From+">")
	letter.WriteField(&b, "Authentication-Results", results(id, s.judge(env, l)))
	with := "ESMTP"
	if env.Account != "" {
		with = "ESMTPA"
	}
	letter.WriteField(&b, "Received", fmt.Sprintf("from %s (%s) by %s with %s id %s for <%s>; %s",
		token(env.Helo, "unknown"), token(env.Remote, "[127.0.0.1]"), id, with, queueID, to, now.Format(time.RFC1123Z)))
	b.Write(withoutResults(raw, id))
	return b.Bytes()
}

// authServID is the name of the server that receives mail for an address.
func (s *Server) authServID(to string) string {
	if r := s.Directory.Resolve(to); r.Kind == directory.Citizen {
		return "mx." + directory.Domain(r.Account)
	}
	return s.AuthServID
}

// verdict is what the receiving server found out about a sender.
type verdict struct {
	spf, dkim, dmarc string
	from, envelope   string // domains
}

// judge decides as if every domain of the world published strict records. Who logged in and writes under their own
// address passes. Without a login, a citizens' domain passes when header and envelope agree, because the simulated
// servers of those domains speak from here; the town's own domain never does. Other domains publish nothing.
func (s *Server) judge(env Envelope, l *letter.Letter) verdict {
	from := directory.Domain(l.From.Address)
	envelope := directory.Domain(env.From)
	if env.From == "" {
		envelope = from // a bounce or automatic answer has no sender whose domain could differ
	}
	v := verdict{spf: "none", dkim: "none", dmarc: "none", from: from, envelope: envelope}
	sender := s.Directory.Resolve(l.From.Address)
	if sender.Kind == directory.Foreign {
		return v
	}
	aligned := from == envelope
	if env.Account != "" {
		aligned = aligned && sender.Account == env.Account
	} else {
		aligned = aligned && sender.Kind == directory.Citizen
	}
	if aligned {
		return verdict{spf: "pass", dkim: "pass", dmarc: "pass", from: from, envelope: envelope}
	}
	v.spf, v.dmarc = "fail", "fail"
	if envelope != from && s.owned(envelope) {
		v.spf = "pass" // the envelope's own domain is in order, it is only not the one shown
	}
	return v
}

func (s *Server) owned(domain string) bool {
	return s.Directory.Resolve("postmaster@"+domain).Kind == directory.Citizen
}

func results(id string, v verdict) string {
	from, envelope := token(v.from, "unknown"), token(v.envelope, "unknown")
	dkim := "dkim=" + v.dkim
	if v.dkim == "pass" {
		dkim += " header.d=" + from
	}
	return fmt.Sprintf("%s; %s; spf=%s smtp.mailfrom=%s; dmarc=%s header.from=%s", id, dkim, v.spf, envelope, v.dmarc, from)
}

// token makes foreign text safe for a place in a header where a word is expected.
func token(s, otherwise string) string {
	s = strings.Map(func(r rune) rune {
		if r > ' ' && r < 127 && !strings.ContainsRune(`()<>;,"\`, r) {
			return r
		}
		return -1
	}, s)
	if s == "" || len(s) > 255 {
		return otherwise
	}
	return s
}

// withoutResults returns the message without the Authentication-Results fields of a server.
func withoutResults(raw []byte, id string) []byte {
	end := len(raw)
	if bytes.HasPrefix(raw, []byte("\r\n")) {
		return raw
	}
	if i := bytes.Index(raw, []byte("\r\n\r\n")); i >= 0 {
		end = i + 2
	}
	var kept []byte
	rest, removed := raw[:end], false
	for len(rest) > 0 {
		n := fieldLength(rest)
		if forged(rest[:n], id) {
			removed = true
		} else {
			kept = append(kept, rest[:n]...)
		}
		rest = rest[n:]
	}
	if !removed {
		return raw
	}
	return append(kept, raw[end:]...)
}

// fieldLength is the length of the header field at the start of data, with its continuation lines.
func fieldLength(data []byte) int {
	n := 0
	for n < len(data) {
		i := bytes.IndexByte(data[n:], '\n')
		if i < 0 {
			return len(data)
		}
		n += i + 1
		if n == len(data) || data[n] != ' ' && data[n] != '\t' {
			break
		}
	}
	return n
}

// forged says whether a header field claims to be the server's own finding. Comments, quotes, a version number and case
// do not hide the name.
func forged(field []byte, id string) bool {
	name, value, _ := strings.Cut(string(field), ":")
	if !strings.EqualFold(strings.TrimSpace(name), "Authentication-Results") {
		return false
	}
	value, _, _ = strings.Cut(withoutComments(value), ";")
	for _, word := range strings.Fields(strings.ReplaceAll(value, `"`, "")) {
		if strings.EqualFold(word, id) {
			return true
		}
	}
	return false
}

func withoutComments(s string) string {
	var b strings.Builder
	depth := 0
	for _, r := range s {
		switch {
		case r == '(':
			depth++
		case r == ')' && depth > 0:
			depth--
			b.WriteByte(' ')
		case depth == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}
