package email

import (
	"encoding/hex"
	"regexp"
	"strings"

	"sportello.dev/adapters/internal/mime"
	"sportello.dev/plugins-sdk/channel"
)

const (
	idMessage = "message_id"
	idQueue   = "queue_id"
	// idEnvelope is what a report names where it holds nothing of the mail.
	idEnvelope = "envelope_id"

	maxSubject = 4000 // bytes; mail programs write at most 998
	maxHints   = 100
	maxTrial   = 100
)

// inbound says in the hub's words what a mail says.
func (m *Mailbox) inbound(mail *mime.Mail, sink *blobSink) *channel.InboundMessage {
	class, _ := mime.Classify(mail, m.self)
	message := &channel.InboundMessage{
		From:        sender(mail),
		Parties:     parties(mail),
		Subject:     clip(mail.Subject, maxSubject),
		Text:        mail.Text,
		HTML:        mail.HTML,
		Attachments: attachments(mail, sink),
		AnswersTo:   answersTo(mail),
		Tokens:      m.replyTokens(mail),
		Numbers:     ticketNumbers(mail.Subject),
		Class:       classes[class],
		Language:    language(mail),
		Headers:     copiedBack(mail),
		SentAt:      mail.Date,
		Reports:     reports(mail, class),
		Signatures:  signatures(mail),
		Trial:       clip(mail.Header(mime.TrialHeader), maxTrial),
	}
	if class == mime.ClassHuman && mail.Enclosed.Email != "" {
		message.Forwarded = address(mail.Enclosed)
	}
	if mail.MessageID != "" {
		message.ExternalIDs = []channel.ExternalID{{Kind: idMessage, Value: bracketed(mail.MessageID), Issuer: channel.IssuerSender}}
	}
	if sum, err := hex.DecodeString(mail.Fingerprint); err == nil {
		message.Fingerprint = sum
	}
	if len(m.config.AuthservIDs) > 0 {
		found := mime.Authenticate(mail, m.config.AuthservIDs)
		message.Authentication = &channel.Authentication{
			Authenticated: found.Authenticated, Authority: found.Authority, Results: found.Results,
		}
	}
	return message
}

var classes = map[mime.Class]channel.MessageClass{
	mime.ClassHuman:       channel.ClassHuman,
	mime.ClassAutoReply:   channel.ClassAutoReply,
	mime.ClassOutOfOffice: channel.ClassOutOfOffice,
	mime.ClassBounceHard:  channel.ClassBounceHard,
	mime.ClassBounceSoft:  channel.ClassBounceSoft,
	mime.ClassDelayed:     channel.ClassDelayed,
	mime.ClassReceipt:     channel.ClassReceipt,
	mime.ClassList:        channel.ClassList,
	mime.ClassOwnLoop:     channel.ClassOwnLoop,
	mime.ClassFeedback:    channel.ClassFeedback,
}

// sender is the first From address that can be written to, else whatever
// tells most about who wrote.
func sender(mail *mime.Mail) channel.Address {
	for _, list := range [][]mime.Address{mail.From, mail.Sender, mime.ParseAddresses(mail.Header("Return-Path"))} {
		for _, a := range list {
			if a.Email != "" {
				return address(a)
			}
		}
	}
	if len(mail.From) > 0 {
		return channel.Address{Kind: kindEmail, Name: mail.From[0].Raw}
	}
	return channel.Address{Kind: kindEmail}
}

func address(a mime.Address) channel.Address {
	return channel.Address{Kind: kindEmail, Value: a.Email, Name: a.Name}
}

// envelopeFields name the address by which a message reached the mailbox.
var envelopeFields = []string{"Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To"}

func parties(mail *mime.Mail) []channel.Party {
	var all []channel.Party
	add := func(role channel.Role, list []mime.Address) {
		for _, a := range list {
			if a.Email != "" {
				all = append(all, channel.Party{Role: role, Address: address(a)})
			}
		}
	}
	add(channel.RoleTo, mail.To)
	add(channel.RoleCC, mail.Cc)
	add(channel.RoleReplyTo, mail.ReplyTo)
	add(channel.RoleSender, mail.Sender)
	add(channel.RoleEnvelope, envelopeAddresses(mail))
	return all
}

func envelopeAddresses(mail *mime.Mail) []mime.Address {
	var all []mime.Address
	for _, name := range envelopeFields {
		for _, value := range mail.HeaderValues(name) {
			all = append(all, mime.ParseAddresses(value)...)
		}
	}
	return all[:min(len(all), maxHints)]
}

func attachments(mail *mime.Mail, sink *blobSink) []channel.Attachment {
	all := make([]channel.Attachment, 0, len(mail.Attachments))
	for _, a := range mail.Attachments {
		all = append(all, channel.Attachment{
			Blob: sink.of(a), Name: a.Name, MediaType: a.Type, DeclaredType: clip(a.DeclaredType, 100),
			ContentID: a.ContentID, Inline: a.Inline,
		})
	}
	return all
}

var signatureStates = map[mime.SignatureState]channel.SignatureState{
	mime.SignatureValid:      channel.SignatureValid,
	mime.SignatureUntrusted:  channel.SignatureUntrusted,
	mime.SignatureBroken:     channel.SignatureBroken,
	mime.SignatureUnverified: channel.SignatureUnverified,
}

func signatures(mail *mime.Mail) []channel.Signature {
	var all []channel.Signature
	for _, s := range mail.Signatures {
		all = append(all, channel.Signature{
			State: signatureStates[s.State], Reason: s.Reason, Signer: s.Signer, Email: s.Email,
			Issuer: s.Issuer, SignedAt: s.SignedAt, Whole: s.Whole,
		})
	}
	return all
}

// answersTo lists the messages answered, nearest first.
func answersTo(mail *mime.Mail) []string {
	var all []string
	seen := map[string]bool{}
	add := func(id string) {
		if !seen[id] && len(all) < maxHints {
			seen[id] = true
			all = append(all, bracketed(id))
		}
	}
	// Reports of every kind say what mail they are about.
	if mail.Report != nil && mail.Report.OriginalMessageID != "" {
		add(mail.Report.OriginalMessageID)
	}
	for _, id := range mail.InReplyTo {
		add(id)
	}
	for i := len(mail.References) - 1; i >= 0; i-- {
		add(mail.References[i])
	}
	return all
}

func bracketed(id string) string { return "<" + id + ">" }

// hubID has the form of the Message-IDs that the hub makes; only the hub can
// tell whether one is genuine.
var hubID = regexp.MustCompile(`^m\.[a-z0-9]+\.[a-z0-9]+@`)

// replyTokens finds what may be keyed tokens: in the addresses written to, in
// the identifiers answered, and in our own address quoted in the text.
func (m *Mailbox) replyTokens(mail *mime.Mail) []string {
	var all []string
	seen := map[string]bool{}
	add := func(token string) {
		if token = strings.ToLower(token); token != "" && !seen[token] && len(all) < maxHints {
			seen[token] = true
			all = append(all, token)
		}
	}
	for _, list := range [][]mime.Address{envelopeAddresses(mail), mail.To, mail.Cc} {
		for _, a := range list {
			add(m.plusPart(a.Email))
		}
	}
	for _, id := range append(append([]string{}, mail.InReplyTo...), mail.References...) {
		if hubID.MatchString(strings.ToLower(id)) {
			add(bracketed(id))
		}
	}
	for _, token := range m.quotedTokens(mail.Text) {
		add(token)
	}
	return all
}

// plusPart is the token in local+token@domain, if the rest is our address.
func (m *Mailbox) plusPart(email string) string {
	local, domain, _ := strings.Cut(strings.ToLower(email), "@")
	own, ownDomain, _ := strings.Cut(strings.ToLower(m.config.Address), "@")
	before, token, ok := strings.Cut(local, "+")
	if !ok || before != own || domain != ownDomain {
		return ""
	}
	return token
}

// quotedTokens finds our address with a token, or the token at the end of what
// we wrote, anywhere in a text. The plain
// search before it costs a hundredth of the pattern, which few texts need.
func (m *Mailbox) quotedTokens(text string) []string {
	text = strings.ToLower(text)
	all := markerTokens(text)
	local, _, _ := strings.Cut(strings.ToLower(m.config.Address), "@")
	if !strings.Contains(text, local+"+") {
		return all
	}
	for _, found := range m.quoted.FindAllStringSubmatch(text, maxHints) {
		all = append(all, found[1])
	}
	return all
}

func quotedAddress(address string) *regexp.Regexp {
	local, domain, _ := strings.Cut(strings.ToLower(address), "@")
	return regexp.MustCompile(regexp.QuoteMeta(local) + `\+([a-z0-9]{16,64})@` + regexp.QuoteMeta(domain))
}

// ticketNumber is year, sequence and check digit, with the dashes people and
// programs put in their place.
var ticketNumber = regexp.MustCompile(`\b(\d{4})[-\x{2010}-\x{2015}](\d{6,12})[-\x{2010}-\x{2015}](\d)\b`)

func ticketNumbers(subject string) []string {
	var all []string
	for _, found := range ticketNumber.FindAllStringSubmatch(subject, maxHints) {
		all = append(all, found[1]+"-"+found[2]+"-"+found[3])
	}
	return all
}

func language(mail *mime.Mail) string {
	tag, _, _ := strings.Cut(mail.Header("Content-Language"), ",")
	tag = strings.TrimSpace(tag)
	if languageTag.MatchString(tag) {
		return tag
	}
	return ""
}

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)

// The fields that an answer copies back.
const (
	headerThreadIndex = "thread-index"
	headerThreadTopic = "thread-topic"
)

func copiedBack(mail *mime.Mail) map[string]string {
	headers := map[string]string{}
	for _, name := range []string{headerThreadIndex, headerThreadTopic} {
		if value := channel.OneLine(mail.Header(name)); value != "" && len(value) <= maxSubject {
			headers[name] = value
		}
	}
	return headers
}

// clip shortens text to a number of bytes without breaking a character.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && text[limit]&0xc0 == 0x80 {
		limit--
	}
	return text[:limit]
}
