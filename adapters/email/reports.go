package email

import (
	"strings"

	"sportello.dev/adapters/internal/mime"
	"sportello.dev/plugins-sdk/channel"
)

// maxEnvelope is the longest envelope identifier that RFC 3461 allows.
const maxEnvelope = 100

// maxReports of one mail: what is reported on had few recipients.
const maxReports = 100

// reports says what a bounce or a receipt means for deliveries of ours.
func reports(mail *mime.Mail, class mime.Class) []channel.DeliveryReport {
	if mail.Report == nil || mail.Report.Kind == mime.ReportFeedback {
		return nil
	}
	var ids []channel.ExternalID
	if id := mail.Report.OriginalMessageID; id != "" {
		ids = append(ids, channel.ExternalID{Kind: idMessage, Value: bracketed(id), Issuer: channel.IssuerHub})
	}
	if id := mail.Report.EnvelopeID; id != "" && len(id) <= maxEnvelope {
		ids = append(ids, channel.ExternalID{Kind: idEnvelope, Value: id, Issuer: channel.IssuerHub})
	}
	recipients := mail.Report.Recipients
	if len(recipients) == 0 && len(ids) > 0 {
		recipients = []mime.ReportRecipient{{}} // of whoever it was sent to
	}
	var all []channel.DeliveryReport
	for _, recipient := range recipients[:min(len(recipients), maxReports)] {
		report, ok := reportOn(mail, recipient, class)
		if !ok {
			continue
		}
		report.ExternalIDs, report.At = ids, mail.Date
		if a := recipient.Address(); a != "" {
			report.Recipient = &channel.Address{Kind: kindEmail, Value: a}
		}
		all = append(all, report)
	}
	return all
}

func reportOn(mail *mime.Mail, recipient mime.ReportRecipient, class mime.Class) (channel.DeliveryReport, bool) {
	if mail.Report.Kind == mime.ReportDisposition {
		read := strings.Contains(strings.ToLower(mail.Report.Disposition), "displayed")
		return channel.DeliveryReport{State: channel.DeliveryRead, EvidenceKind: "mdn"}, read
	}
	report := channel.DeliveryReport{EvidenceKind: "dsn"}
	switch recipient.Action {
	case "delivered":
		report.State = channel.DeliveryDelivered
	case "relayed", "expanded":
		report.State = channel.DeliverySent
	case "delayed":
		report.State, report.RetryUntil = channel.DeliveryDelayed, recipient.RetryUntil
	case "failed":
		report.State = channel.DeliveryFailed
		report.Failure = bounceFailure(recipient, class)
	default:
		return proseReport(report, recipient, class)
	}
	return report, true
}

// proseReport judges a bounce that names no action by the mail's class.
func proseReport(report channel.DeliveryReport, recipient mime.ReportRecipient, class mime.Class) (channel.DeliveryReport, bool) {
	switch class {
	case mime.ClassDelayed:
		report.State = channel.DeliveryDelayed
	case mime.ClassBounceHard, mime.ClassBounceSoft:
		report.State = channel.DeliveryFailed
		report.Failure = bounceFailure(recipient, class)
	default:
		return report, false
	}
	return report, true
}

// bounceFailure classifies by the enhanced status code (RFC 3463).
func bounceFailure(recipient mime.ReportRecipient, class mime.Class) *channel.Failure {
	detail := clip(recipient.Diagnostic, 400)
	permanent := recipient.Permanent() || recipient.Status == "" && class == mime.ClassBounceHard
	var failure *channel.Failure
	switch {
	case !permanent:
		failure = channel.Transient("dsn.failed", detail, nil)
	case strings.HasPrefix(recipient.Status, "5.3.4"), strings.HasPrefix(recipient.Status, "5.6."),
		strings.HasPrefix(recipient.Status, "5.7."), strings.HasPrefix(recipient.Status, "5.2.3"):
		failure = channel.ContentRefused("dsn.refused", detail, nil)
	default:
		failure = channel.RecipientRefused("dsn.recipient", detail, nil)
	}
	return failure.WithProviderCode(recipient.Status)
}
