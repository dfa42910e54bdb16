package mime

import (
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/emersion/go-message/textproto"
)

// ReportKind tells the machine-readable reports apart.
type ReportKind string

// The kinds of Report.
const (
	ReportDelivery    ReportKind = "delivery"    // RFC 3464
	ReportDisposition ReportKind = "disposition" // RFC 8098
	ReportFeedback    ReportKind = "feedback"    // RFC 5965
	ReportInformal    ReportKind = "informal"    // a bounce in prose, as of qmail
)

// Report is the machine-readable part of a report about an earlier mail.
type Report struct {
	Kind              ReportKind
	ReportingMTA      string
	EnvelopeID        string // Original-Envelope-Id
	OriginalMessageID string // of the mail reported on, when the report says
	Recipients        []ReportRecipient
	Disposition       string // RFC 8098, as in "manual-action/MDN-sent-manually; displayed"
	FeedbackType      string // RFC 5965, as in "abuse"
}

// ReportRecipient is the fate of one recipient.
type ReportRecipient struct {
	Original   string // Original-Recipient
	Final      string // Final-Recipient
	Action     string // failed, delayed, delivered, relayed, expanded
	Status     string // enhanced status code, as in 5.1.1
	Diagnostic string
	RemoteMTA  string
	// RetryUntil is Will-Retry-Until, of a delay; zero when absent or unreadable.
	RetryUntil time.Time `json:",omitzero"`
}

// Address returns the recipient as we wrote to it, else the final one.
func (r ReportRecipient) Address() string {
	if r.Original != "" {
		return r.Original
	}
	return r.Final
}

// Permanent reports whether the failure is for good: by its status, by its
// diagnostic where there is none, and not otherwise.
func (r ReportRecipient) Permanent() bool {
	switch {
	case strings.HasPrefix(r.Status, "5."):
		return true
	case r.Status != "" && r.Status != "0.0.0":
		return false
	}
	return permanentCode.MatchString(r.Diagnostic)
}

var (
	enhancedCode  = regexp.MustCompile(`\b([245])\.\d{1,3}\.\d{1,3}\b`)
	permanentCode = regexp.MustCompile(`\b(5\.\d{1,3}\.\d{1,3}|55[0-9])\b`)
	transientCode = regexp.MustCompile(`\b(4\.\d{1,3}\.\d{1,3}|4[25][0-2])\b`)
)

// reportGroups bounds the recipients of one report: a report on a mail of ours
// has few.
const reportGroups = 500

func (w *walker) report(kind string, r io.Reader) error {
	s := newScanner(w.scanner.ctx, r)
	groups, err := readGroups(s, w.limits)
	if err != nil {
		return err
	}
	report := &Report{Kind: ReportDelivery}
	switch {
	case strings.HasSuffix(kind, "disposition-notification"):
		report.Kind = ReportDisposition
	case strings.HasSuffix(kind, "feedback-report"):
		report.Kind = ReportFeedback
	}
	for i, h := range groups {
		report.read(h, i == 0)
		w.fingerprint("report", []byte(h.Get("Final-Recipient")+h.Get("Action")+h.Get("Status")))
	}
	if w.mail.Report == nil {
		w.mail.Report = report
	}
	return nil
}

// readGroups reads header blocks divided by empty lines.
func readGroups(s *scanner, limits Limits) ([]textproto.Header, error) {
	var groups []textproto.Header
	for len(groups) < reportGroups {
		b, err := readBlock(s, limits)
		if err != nil {
			return nil, err
		}
		if b.header.Len() > 0 {
			groups = append(groups, b.header)
		}
		if b.open {
			break
		}
	}
	return groups, drainAll(s)
}

func drainAll(s *scanner) error {
	_, err := newPart(s).drain()
	return err
}

func (r *Report) read(h textproto.Header, first bool) {
	if first {
		r.ReportingMTA = typed(h.Get("Reporting-Mta"))
		r.EnvelopeID = cleanLine(h.Get("Original-Envelope-Id"))
		r.Disposition = cleanLine(h.Get("Disposition"))
		r.FeedbackType = cleanLine(h.Get("Feedback-Type"))
		if ids := messageIDs(h.Get("Original-Message-Id")); len(ids) > 0 {
			r.OriginalMessageID = ids[0]
		}
	}
	recipient := ReportRecipient{
		Original:   reportAddress(h.Get("Original-Recipient")),
		Final:      reportAddress(h.Get("Final-Recipient")),
		Action:     strings.ToLower(firstWord(stripComments(h.Get("Action")))),
		Status:     enhancedCode.FindString(h.Get("Status")),
		Diagnostic: typed(h.Get("Diagnostic-Code")),
		RemoteMTA:  typed(h.Get("Remote-Mta")),
		RetryUntil: parseDate(h.Get("Will-Retry-Until")),
	}
	if recipient.Final != "" || recipient.Original != "" {
		r.Recipients = append(r.Recipients, recipient)
	}
}

// complete adds what the enclosed message says.
func (r *Report) complete(o *original) {
	if r.OriginalMessageID == "" && o != nil {
		r.OriginalMessageID = o.messageID
	}
}

// typed drops the type of a "type; value" field.
func typed(value string) string {
	if kind, rest, ok := strings.Cut(value, ";"); ok && !strings.ContainsAny(strings.TrimSpace(kind), " <@") {
		value = rest
	}
	return decodeWords(value)
}

func reportAddress(value string) string {
	address := strings.Trim(typed(value), "<> ")
	if email, ok := normaliseEmail(address); ok {
		return email
	}
	return ""
}

func firstWord(s string) string {
	if words := strings.Fields(s); len(words) > 0 {
		return words[0]
	}
	return ""
}

// informalReport reads a bounce that was written for people only: recipients
// from X-Failed-Recipients, the rest from its text.
func informalReport(m *Mail) *Report {
	failed := m.Header("X-Failed-Recipients")
	bounce := fromDaemon(m) && nullReturnPath(m)
	if failed == "" && !bounce {
		return nil
	}
	report := &Report{Kind: ReportInformal}
	head := firstRunes(m.Text, informalBytes)
	for _, a := range ParseAddresses(failed) {
		if a.Email != "" && len(report.Recipients) < reportGroups {
			report.Recipients = append(report.Recipients, ReportRecipient{
				Final: a.Email, Action: "failed", Status: enhancedCode.FindString(head),
			})
		}
	}
	if quoted := quotedID.FindStringSubmatch(head); quoted != nil {
		report.OriginalMessageID = quoted[1]
	}
	return report
}

// informalBytes of a bounce hold its reason and the header it quotes.
const informalBytes = 32 << 10

var quotedID = regexp.MustCompile(`(?im)^[> ]*Message-ID:\s*<([^<>\s]{1,900})>`)
