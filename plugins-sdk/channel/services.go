package channel

import (
	"context"
	"fmt"
	"time"

	"sportello.dev/plugins-sdk/channelpb"
)

// Submission is the answer to Submit.
type Submission struct {
	Outcome SubmitOutcome
	// TicketNumber and TrackingSecret are given when the event is on a ticket.
	TicketNumber   string
	TrackingSecret string
	// ReceiptCode is given when it was committed and will be filed later.
	ReceiptCode string
	// RetryAfter is how long to wait before the key is tried again; see SubmitRefused.
	RetryAfter time.Duration
}

// SubmitOutcome is what became of a submitted event.
type SubmitOutcome int32

// The outcomes.
const (
	SubmitFiled    SubmitOutcome = 1
	SubmitReceived SubmitOutcome = 2
	// SubmitDuplicate: known already; the answer is the one of the first time.
	SubmitDuplicate SubmitOutcome = 3
	// SubmitRefused: number and secret do not belong together, or too many wrong ones were tried. Nothing was committed.
	SubmitRefused SubmitOutcome = 4
)

// TicketKey is what a citizen gives to be let at a ticket.
type TicketKey struct {
	Number string
	Secret string
	// ClientIP is HTTPRequest.RemoteIP of whoever gave it: wrong secrets are counted by ticket and by client.
	ClientIP string
}

// Submit commits an event and takes it through intake at once, for pages that show the ticket number.
func (h *Host) Submit(ctx context.Context, event Event) (Submission, error) {
	return h.submit(ctx, event, nil)
}

// SubmitOn puts a message on a ticket, written by whoever holds its number and secret: the message's own sender does not
// count. The hub verifies the secret; a wrong one is SubmitRefused and leaves no trace. A ticket that is over for too long
// makes a new one, whose number and secret are the answer.
func (h *Host) SubmitOn(ctx context.Context, event Event, key TicketKey) (Submission, error) {
	return h.submit(ctx, event, key.proto())
}

func (h *Host) submit(ctx context.Context, event Event, key *channelpb.TicketKey) (Submission, error) {
	if err := checkEvent(event); err != nil {
		return Submission{}, err
	}
	answer, err := h.client.Submit(ctx, &channelpb.SubmitRequest{
		ChannelId: h.channelID, Event: EventToProto(event), Ticket: key,
	})
	if err != nil {
		return Submission{}, fmt.Errorf("submitting: %w", err)
	}
	return Submission{
		Outcome: SubmitOutcome(answer.GetOutcome()), TicketNumber: answer.GetTicketNumber(),
		TrackingSecret: answer.GetTrackingSecret(), ReceiptCode: answer.GetReceiptCode(),
		RetryAfter: answer.GetRetryAfter().AsDuration(),
	}, nil
}

// PublicTicket is what the citizen may see of a ticket.
type PublicTicket struct {
	Number  string
	Subject string
	// Status is new, open, waiting or closed.
	Status    string
	Office    string
	CreatedAt time.Time
	Messages  []PublicMessage
	// Answers is where answers go; see AskPreference, which may be called when PreferenceOffered says so.
	Answers           AnswerAddress
	PreferenceOffered bool
}

// PublicMessage is one message of a PublicTicket.
type PublicMessage struct {
	// Outbound is from the town to the citizen.
	Outbound    bool
	ChannelKind string
	Text        string
	At          time.Time
	// Attachments may be given to the citizen, with ServeBlob.
	Attachments []Attachment
	// Withheld names files in which a virus was found.
	Withheld []string
}

// TooManyWrongError says that too many wrong secrets were tried, and how long to wait.
type TooManyWrongError struct{ After time.Duration }

// Error says how long to wait.
func (e *TooManyWrongError) Error() string {
	return fmt.Sprintf("too many wrong secrets: wait %s", e.After.Round(time.Second))
}

// LookupTicket gives the public view of a ticket to whoever holds number and secret. Wrong ones are counted: after too
// many the error is a TooManyWrongError.
func (h *Host) LookupTicket(ctx context.Context, key TicketKey) (ticket PublicTicket, found bool, err error) {
	answer, err := h.client.LookupTicket(ctx, &channelpb.LookupTicketRequest{
		ChannelId: h.channelID, TicketNumber: key.Number, TrackingSecret: key.Secret, ClientIp: key.ClientIP,
	})
	if err != nil {
		return PublicTicket{}, false, fmt.Errorf("looking up a ticket: %w", err)
	}
	if wait := answer.GetRetryAfter(); wait != nil {
		return PublicTicket{}, false, &TooManyWrongError{After: wait.AsDuration()}
	}
	in := answer.GetTicket()
	to := in.GetAnswers()
	return PublicTicket{
		Number: in.GetNumber(), Subject: in.GetSubject(), Status: in.GetStatus(), Office: in.GetOffice(),
		CreatedAt: timeFromProto(in.GetCreatedAt()),
		Answers:   AnswerAddress{Kind: to.GetKind(), Masked: to.GetMasked(), Chosen: to.GetChosen()}, PreferenceOffered: in.GetPreferenceOffered(),
		Messages: each(in.GetMessages(), func(m *channelpb.PublicMessage) PublicMessage {
			return PublicMessage{
				Outbound: m.GetOutbound(), ChannelKind: m.GetChannelKind(), Text: m.GetText(), At: timeFromProto(m.GetAt()),
				Attachments: each(m.GetAttachments(), attachmentFromProto), Withheld: m.GetWithheld(),
			}
		}),
	}, answer.GetFound(), nil
}

// SheetSummary is one public product sheet in a list.
type SheetSummary struct {
	ID      string
	Title   string
	Summary string
}

// Sheet is one public product sheet.
type Sheet struct {
	SheetSummary

	Sections []SheetSection
}

// SheetSection is one part of a sheet.
type SheetSection struct {
	Heading string
	Text    string
}

// SearchSheets searches the public product sheets; limit is at most 50.
func (h *Host) SearchSheets(ctx context.Context, query, language string, limit uint32) ([]SheetSummary, error) {
	answer, err := h.client.SearchSheets(ctx, &channelpb.SearchSheetsRequest{
		ChannelId: h.channelID, Query: query, Language: language, Limit: limit,
	})
	if err != nil {
		return nil, fmt.Errorf("searching sheets: %w", err)
	}
	return each(answer.GetSheets(), sheetSummaryFromProto), nil
}

// GetSheet reads one public product sheet.
func (h *Host) GetSheet(ctx context.Context, id, language string) (sheet Sheet, found bool, err error) {
	answer, err := h.client.GetSheet(ctx, &channelpb.GetSheetRequest{
		ChannelId: h.channelID, SheetId: id, Language: language,
	})
	if err != nil {
		return Sheet{}, false, fmt.Errorf("getting a sheet: %w", err)
	}
	return Sheet{
		SheetSummary: sheetSummaryFromProto(answer.GetSummary()),
		Sections: each(answer.GetSections(), func(s *channelpb.SheetSection) SheetSection {
			return SheetSection{Heading: s.GetHeading(), Text: s.GetText()}
		}),
	}, answer.GetFound(), nil
}

func sheetSummaryFromProto(in *channelpb.SheetSummary) SheetSummary {
	return SheetSummary{ID: in.GetSheetId(), Title: in.GetTitle(), Summary: in.GetSummary()}
}
