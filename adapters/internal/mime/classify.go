package mime

import (
	"regexp"
	"strings"
)

// Class tells the mail of people from that of machines.
type Class string

// The classes, from the most to the least specific evidence.
const (
	ClassHuman       Class = "human"
	ClassAutoReply   Class = "auto_reply"
	ClassOutOfOffice Class = "out_of_office"
	ClassBounceHard  Class = "bounce_hard"
	ClassBounceSoft  Class = "bounce_soft"
	ClassDelayed     Class = "delayed"
	ClassReceipt     Class = "receipt"
	ClassList        Class = "list"
	ClassOwnLoop     Class = "own_loop"
	ClassFeedback    Class = "feedback"
)

// LoopHeader marks what an installation sent, so that it knows it again.
const LoopHeader = "X-Sportello-Loop"

// TrialHeader bears the trial whose test letter a mail is.
const TrialHeader = "X-Sportello-Trial"

// Self is what an installation knows of its own mail.
type Self struct {
	Addresses []string // its own addresses, lower case
	LoopMark  string   // value it puts into LoopHeader
}

// Classify says what kind of mail this is, and the evidence that decided.
func Classify(m *Mail, self Self) (class Class, evidence string) {
	for _, rule := range []func(*Mail, Self) (Class, string){
		ownLoop, reported, bounced, outOfOffice, automatic, fromList,
	} {
		if class, evidence := rule(m, self); class != "" {
			return class, evidence
		}
	}
	return ClassHuman, ""
}

func ownLoop(m *Mail, self Self) (Class, string) {
	if self.LoopMark != "" {
		for _, mark := range m.HeaderValues(LoopHeader) {
			if mark == self.LoopMark {
				return ClassOwnLoop, "loop header"
			}
		}
	}
	for _, from := range m.From {
		for _, own := range self.Addresses {
			if from.Email != "" && strings.EqualFold(withoutPlus(from.Email), own) {
				return ClassOwnLoop, "own address"
			}
		}
	}
	return "", ""
}

func withoutPlus(email string) string {
	local, domain, _ := strings.Cut(email, "@")
	local, _, _ = strings.Cut(local, "+")
	return local + "@" + domain
}

func reported(m *Mail, _ Self) (Class, string) {
	if m.Report == nil || m.Report.Kind == ReportInformal {
		return "", ""
	}
	switch m.Report.Kind {
	case ReportFeedback:
		return ClassFeedback, "feedback report"
	case ReportDisposition:
		return ClassReceipt, "disposition notification"
	}
	return classifyDelivery(m.Report), "delivery status"
}

// classifyDelivery takes the worst fate among the recipients.
func classifyDelivery(r *Report) Class {
	rank := map[Class]int{ClassReceipt: 1, ClassDelayed: 2, ClassBounceSoft: 3, ClassBounceHard: 4}
	worst := Class("")
	for _, recipient := range r.Recipients {
		class := ClassBounceSoft
		switch recipient.Action {
		case "delivered", "relayed", "expanded":
			class = ClassReceipt
		case "delayed":
			class = ClassDelayed
		case "failed":
			if recipient.Permanent() {
				class = ClassBounceHard
			}
		}
		if rank[class] > rank[worst] {
			worst = class
		}
	}
	if worst == "" {
		return ClassBounceSoft
	}
	return worst
}

// bounced recognises bounces without a machine-readable part.
func bounced(m *Mail, _ Self) (Class, string) {
	var evidence string
	switch {
	case m.HasHeader("X-Failed-Recipients"):
		evidence = "x-failed-recipients"
	case fromDaemon(m) && (nullReturnPath(m) || bounceSubject.MatchString(m.Subject)):
		evidence = "mailer daemon"
	default:
		return "", ""
	}
	head := firstRunes(m.Text, 4000)
	switch {
	case delaySubject.MatchString(m.Subject):
		return ClassDelayed, evidence
	case permanentCode.MatchString(head), permanentText.MatchString(head):
		return ClassBounceHard, evidence
	case transientCode.MatchString(head):
		return ClassBounceSoft, evidence
	case m.HasHeader("X-Failed-Recipients"):
		return ClassBounceHard, evidence
	}
	return ClassBounceSoft, evidence
}

var (
	bounceSubject = regexp.MustCompile(`(?i)undeliver|delivery (status|failure|has failed)|mail delivery|returned mail|failure notice|mancat\w+ (consegna|recapito)|non recapitat|impossibile recapitare|delivery notification`)
	delaySubject  = regexp.MustCompile(`(?i)\bdelay|warning: (message|could)|ritardo|ritardat`)
	permanentText = regexp.MustCompile(`(?i)this is a permanent error|permanent fatal error|user unknown|no such user|utente sconosciuto|mailbox (unavailable|not found)|address rejected`)
	daemonLocal   = regexp.MustCompile(`(?i)^(mailer-daemon|mail-daemon|postmaster|mdaemon|microsoftexchange[0-9a-f]*)@`)
)

func fromDaemon(m *Mail) bool {
	for _, from := range m.From {
		if daemonLocal.MatchString(from.Email + "@") {
			return true
		}
	}
	return len(m.From) == 1 && strings.EqualFold(m.From[0].Raw, "mailer-daemon")
}

func nullReturnPath(m *Mail) bool {
	value := strings.TrimSpace(m.Header("Return-Path"))
	return value == "<>" || strings.EqualFold(value, "<mailer-daemon>")
}

func outOfOffice(m *Mail, _ Self) (Class, string) {
	suppress := strings.ToLower(m.Header("X-Auto-Response-Suppress"))
	auto := strings.ToLower(m.Header("Auto-Submitted"))
	switch {
	case strings.Contains(suppress, "all") && m.HasHeader("X-MS-Exchange-Inbox-Rules-Loop"):
		return ClassOutOfOffice, "exchange inbox rule"
	case strings.Contains(strings.ToLower(m.Header("X-Mailer")), "vacation"),
		strings.Contains(auto, "vacation"), m.HasHeader("X-Vacation"),
		strings.Contains(auto, "owner-email="):
		return ClassOutOfOffice, "vacation responder"
	}
	if class, _ := automatic(m, Self{}); class == ClassAutoReply && absenceSubject.MatchString(m.Subject) {
		return ClassOutOfOffice, "subject of an automatic reply"
	}
	return "", ""
}

var absenceSubject = regexp.MustCompile(`(?i)out of (the )?office|fuori (sede|ufficio)|\bassen(za|te|ti)\b|automatic reply|risposta automatica|\bferie\b|on vacation|abwesen|absence`)

func automatic(m *Mail, _ Self) (Class, string) {
	auto, _, _ := strings.Cut(strings.ToLower(stripComments(m.Header("Auto-Submitted"))), ";")
	if auto = strings.TrimSpace(auto); auto != "" && auto != "no" {
		return ClassAutoReply, "auto-submitted"
	}
	for _, name := range []string{"X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply", "X-Autogenerated"} {
		if value := strings.ToLower(m.Header(name)); value != "" && value != "no" {
			return ClassAutoReply, strings.ToLower(name)
		}
	}
	for _, name := range []string{"Precedence", "X-Precedence"} {
		if value := strings.ToLower(m.Header(name)); value == "auto_reply" || value == "auto-reply" {
			return ClassAutoReply, strings.ToLower(name)
		}
	}
	switch {
	case strings.Contains(strings.ToLower(m.Header("Delivered-To")), "autoresponder"):
		return ClassAutoReply, "delivered-to"
	case strings.EqualFold(m.Header("X-Loop"), "yes"), strings.EqualFold(m.Header("X-Loop"), "true"):
		return ClassAutoReply, "x-loop"
	case hasToken(m.Header("X-Auto-Response-Suppress"), "all"):
		return ClassAutoReply, "x-auto-response-suppress"
	case nullReturnPath(m):
		return ClassAutoReply, "null return path"
	}
	return "", ""
}

func fromList(m *Mail, _ Self) (Class, string) {
	for _, name := range []string{"List-Id", "List-Post", "List-Unsubscribe"} {
		if m.HasHeader(name) {
			return ClassList, strings.ToLower(name)
		}
	}
	for _, name := range []string{"Precedence", "X-Precedence"} {
		switch strings.ToLower(m.Header(name)) {
		case "list", "bulk", "junk":
			return ClassList, strings.ToLower(name)
		}
	}
	return "", ""
}

func hasToken(list, token string) bool {
	for _, item := range strings.Split(list, ",") {
		if strings.EqualFold(strings.TrimSpace(item), token) {
			return true
		}
	}
	return false
}

func firstRunes(s string, limit int) string {
	for i := range s {
		if i >= limit {
			return s[:i]
		}
	}
	return s
}
