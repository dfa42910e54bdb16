package httpapi

import (
	"encoding/json"
	"maps"
	"time"
	"unicode/utf8"

	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/ticket"
)

// maxShownText is how much of a message's text is shown, in characters; the original has the rest.
const maxShownText = 100_000

// messageOf shows a message with its deliveries.
func messageOf(m ticket.Message, sent []delivery.Delivery, now time.Time) api.Message {
	text, cut := firstRunes(m.Text, maxShownText)
	answer := api.Message{
		ID: m.ID.UUID, Ticket: string(m.TicketNumber), Direction: api.Direction(m.Direction), Class: string(m.Class),
		Automatic: m.Origin == ticket.OriginAutomatic || !m.Class.Human() && m.Class != ticket.ClassQuestion, Author: operatorRef(m.Author, m.AuthorName),
		From: correspondent(m.From), To: correspondents(m.Addressed(ticket.RoleTo)), Cc: correspondents(m.Addressed(ticket.RoleCc)),
		Subject: m.Subject, Text: text, Truncated: cut, Attachments: []api.Attachment{}, Deliveries: []api.Delivery{},
		Flags: flagsOf(m), CreatedAt: m.CreatedAt,
	}
	if !m.Channel.IsZero() {
		answer.Channel = &api.ChannelRef{ID: m.Channel.UUID, Name: m.ChannelName, Kind: m.ChannelKind}
	}
	answer.Way = wayOf(m)
	if m.HTML != "" {
		answer.HTMLURL = new(messagePath(m, "html"))
	}
	if !m.Journal.IsZero() {
		answer.RawURL = new(messagePath(m, "raw"))
	}
	if m.Direction == ticket.DirectionInbound {
		answer.ThreadingReason, answer.ThreadingParams = optional(m.Reason.Code), &m.Reason.Params
	}
	if m.Direction == ticket.DirectionInbound || m.Origin == ticket.OriginExpert {
		answer.Signatures = signaturesOf(m)
		answer.SenderAuthenticated, answer.SenderThird = &m.Authenticated, &m.ThirdPerson
		answer.SenderCheck = senderCheck(m)
	}
	if m.Direction == ticket.DirectionNote && m.Reason.Code != "" {
		answer.About = reason(m.Reason.Code, m.Reason.Params)
	}
	for _, f := range m.Attachments {
		answer.Attachments = append(answer.Attachments, attachmentOf(f))
		if f.ScanState == string(blob.Infected) {
			answer.RawURL = nil // it holds the same bytes
		}
	}
	for _, d := range sent {
		answer.Deliveries = append(answer.Deliveries, deliveryOf(d))
	}
	answer.CancelUntil = cancelUntil(m, sent, now)
	return answer
}

// senderCheck is what the server that received the mail found out about its sender.
func senderCheck(m ticket.Message) *api.SenderCheck {
	var kept intake.Authentication
	if err := json.Unmarshal(m.Authentication, &kept); err != nil {
		return nil
	}
	check := &api.SenderCheck{Authority: optional(kept.Authority), Results: map[string]string{}}
	maps.Copy(check.Results, kept.Results)
	return check
}

// signaturesOf are kept with what else is known of the sender.
func signaturesOf(m ticket.Message) *[]api.Signature {
	var kept intake.Authentication
	if json.Unmarshal(m.Authentication, &kept) != nil || len(kept.Signatures) == 0 {
		return nil
	}
	all := make([]api.Signature, len(kept.Signatures))
	for i, s := range kept.Signatures {
		all[i] = api.Signature{
			State: api.SignatureState(s.State), Reason: optional(s.Reason), Signer: optional(s.Signer), Email: optional(s.Email),
			Issuer: optional(s.Issuer), Whole: s.Whole,
		}
		if !all[i].State.Valid() {
			all[i].State = api.SignatureStateUnverified
		}
		if !s.SignedAt.IsZero() {
			all[i].SignedAt = &s.SignedAt
		}
	}
	return &all
}

func messagePath(m ticket.Message, what string) string {
	return basePath + "/messages/" + m.ID.String() + "/" + what
}

func attachmentPath(f ticket.Attachment) string { return basePath + "/attachments/" + f.ID.String() }

func flagsOf(m ticket.Message) []string {
	flags := []string{}
	if m.Reason.Params[ticket.ParamSubjectChanged] != "" && m.Reason.Code != ticket.ReasonSplit && m.Reason.Code != ticket.ReasonNewLinked {
		flags = append(flags, "subject_changed")
	}
	if m.Copies > 0 {
		flags = append(flags, "copies")
	}
	if m.CancelledAt != nil {
		flags = append(flags, "cancelled")
	}
	return flags
}

// cancelUntil is the end of the time to call a message back, while that is possible.
func cancelUntil(m ticket.Message, sent []delivery.Delivery, now time.Time) *time.Time {
	if m.SendAfter == nil || m.CancelledAt != nil || !m.SendAfter.After(now) || len(sent) == 0 {
		return nil
	}
	for _, d := range sent {
		if d.State != delivery.Queued || d.Attempt > 0 {
			return nil
		}
	}
	return m.SendAfter
}

func attachmentOf(f ticket.Attachment) api.Attachment {
	return api.Attachment{
		ID: f.ID.UUID, Name: f.Name, Type: f.MediaType, Size: f.Size, Inline: f.Inline,
		Scan: api.AttachmentScan(f.ScanState), URL: attachmentPath(f),
	}
}

func correspondent(a ticket.Address) api.Correspondent {
	return api.Correspondent{Address: a.Value, Kind: api.AddressKind(a.Kind), Name: optional(a.Name)}
}

func correspondents(list []ticket.Address) []api.Correspondent {
	answer := make([]api.Correspondent, len(list))
	for i, a := range list {
		answer[i] = correspondent(a)
	}
	return answer
}

func deliveryOf(d delivery.Delivery) api.Delivery {
	answer := api.Delivery{
		ID: d.ID.UUID, State: api.DeliveryState(d.State), Role: api.DeliveryRole(d.Role), Name: optional(d.AddressName),
		Address: d.AddressValue, Kind: api.AddressKind(d.AddressKind), Attempts: int(d.Attempt),
		Channel:       api.ChannelRef{ID: d.ChannelID.UUID, Name: d.ChannelName, Kind: d.ChannelKind},
		NextAttemptAt: d.NextAttemptAt, UpdatedAt: d.UpdatedAt, Decided: d.Decision != "",
	}
	if !d.State.Final() {
		answer.ExpiresAt = &d.ExpiresAt
	}
	if d.Delayed() {
		answer.Delayed = &api.DeliveryDelay{At: *d.DelayedAt, Until: d.DelayedUntil}
	}
	if d.FailureClass != "" {
		answer.Error = &api.DeliveryError{Class: d.FailureClass, Code: d.FailureCode, Text: d.FailureDetail}
	}
	return answer
}

// firstRunes is the beginning of a text, and whether that is not all of it.
func firstRunes(text string, n int) (string, bool) {
	if len(text) <= n {
		return text, false
	}
	for i := range text {
		if n == 0 {
			return text[:i], true
		}
		n--
	}
	return text, !utf8.ValidString(text)
}
