package channeltest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channel/wire"
	"sportello.dev/plugins-sdk/channelpb"
)

// Host plays the hub's Host service, keeps all in memory, and does as it is told. It outlives the adapter, as the hub's
// data outlives a process.
type Host struct {
	channelpb.UnimplementedHostServer

	mu          sync.Mutex
	blobs       map[string][]byte
	state       map[string]channel.Entry
	submissions []Submission
	receiptCode string
	refusals    map[string]error
	gates       map[string]chan struct{}
	calls       map[string]int
	tickets     map[string]*channelpb.PublicTicket
	codes       map[string]*sentCode
	denied      channel.AskOutcome
	sheets      []channel.Sheet
}

// Submission is an event that an adapter submitted.
type Submission struct {
	ChannelID string
	Event     channel.Event
	// Number is that of the ticket it was put on; empty when it began one.
	Number string
}

// The calls of the Host service, for Refuse, Hold and Calls.
const (
	PutBlob           = "PutBlob"
	GetBlob           = "GetBlob"
	GetState          = "GetState"
	PutState          = "PutState"
	Submit            = "Submit"
	LookupTicket      = "LookupTicket"
	AskPreference     = "AskPreference"
	ConfirmPreference = "ConfirmPreference"
	DropPreference    = "DropPreference"
	SearchSheets      = "SearchSheets"
	GetSheet          = "GetSheet"
)

// NewHost makes a hub that has seen nothing yet.
func NewHost() *Host {
	return &Host{
		blobs: map[string][]byte{}, state: map[string]channel.Entry{}, refusals: map[string]error{},
		gates: map[string]chan struct{}{}, calls: map[string]int{}, tickets: map[string]*channelpb.PublicTicket{},
		codes: map[string]*sentCode{},
	}
}

// Refuse makes a call fail from now on; nil lets it work again.
func (h *Host) Refuse(call string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refusals[call] = err
}

// Hold makes a call wait until release is called.
func (h *Host) Hold(call string) (release func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	gate := make(chan struct{})
	h.gates[call] = gate
	return sync.OnceFunc(func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.gates[call] == gate {
			delete(h.gates, call)
		}
		close(gate)
	})
}

// Calls is how often a call was made.
func (h *Host) Calls(call string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.calls[call]
}

// enter counts a call, waits at its gate and refuses it if told so.
func (h *Host) enter(ctx context.Context, call string) error {
	h.mu.Lock()
	h.calls[call]++
	gate := h.gates[call]
	h.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.refusals[call]
}

// AddBlob hands bytes to the channels, as the hub does with the attachments of a transmission.
func (h *Host) AddBlob(data []byte) channel.BlobRef {
	sum := sha256.Sum256(data)
	ref := channel.BlobRef{SHA256: hex.EncodeToString(sum[:]), Size: uint64(len(data))}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.blobs[ref.SHA256] = slices.Clone(data)
	return ref
}

// Blob is what was put under a reference.
func (h *Host) Blob(ref channel.BlobRef) ([]byte, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	data, ok := h.blobs[ref.SHA256]
	return data, ok
}

// Bytes is an original, wherever it is; an unknown blob is an error.
func (h *Host) Bytes(raw channel.Raw) ([]byte, error) {
	if raw.Blob == nil {
		return raw.Inline, nil
	}
	data, ok := h.Blob(*raw.Blob)
	if !ok {
		return nil, fmt.Errorf("blob %s was never put", raw.Blob.SHA256)
	}
	return data, nil
}

// Entries is the state of all channels, by key.
func (h *Host) Entries() map[string]channel.Entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.state)
}

// SetState writes an entry, as somebody else would.
func (h *Host) SetState(channelID, key string, value []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	name := stateName(channelID, key)
	h.state[name] = channel.Entry{Version: h.state[name].Version + 1, Value: value}
}

// Delay makes Submit answer with a receipt code, as the hub does when filing takes long; empty: with a number again.
func (h *Host) Delay(receiptCode string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.receiptCode = receiptCode
}

// Submissions are the events submitted so far.
func (h *Host) Submissions() []Submission {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.submissions)
}

// AddTicket makes a ticket that LookupTicket finds with the secret.
func (h *Host) AddTicket(secret string, ticket *channelpb.PublicTicket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tickets[ticket.GetNumber()+" "+secret] = ticket
}

// AddSheet makes a product sheet.
func (h *Host) AddSheet(sheet channel.Sheet) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sheets = append(h.sheets, sheet)
}

func stateName(channelID, key string) string { return channelID + "/" + key }

// PutBlob keeps the bytes.
func (h *Host) PutBlob(stream grpc.ClientStreamingServer[channelpb.PutBlobRequest, channelpb.PutBlobResponse]) error {
	if err := h.enter(stream.Context(), PutBlob); err != nil {
		return err
	}
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	if first.GetStart().GetChannelId() == "" {
		return status.Error(codes.InvalidArgument, "a blob must start with its channel")
	}
	var data []byte
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if len(part.GetChunk()) > wire.ChunkSize {
			return status.Errorf(codes.InvalidArgument, "chunk of %d bytes", len(part.GetChunk()))
		}
		data = append(data, part.GetChunk()...)
	}
	if size := first.GetStart().GetSize(); size != 0 && size != uint64(len(data)) {
		return status.Errorf(codes.InvalidArgument, "%d bytes announced, %d came", size, len(data))
	}
	ref := h.AddBlob(data)
	return stream.SendAndClose(&channelpb.PutBlobResponse{
		Blob: &channelpb.BlobRef{Sha256: ref.SHA256, Size: ref.Size, Claim: "claim-" + ref.SHA256},
	})
}

// GetBlob streams the bytes.
func (h *Host) GetBlob(request *channelpb.GetBlobRequest, stream grpc.ServerStreamingServer[channelpb.GetBlobResponse]) error {
	if err := h.enter(stream.Context(), GetBlob); err != nil {
		return err
	}
	data, ok := h.Blob(channel.BlobRef{SHA256: request.GetBlob().GetSha256()})
	if !ok {
		return status.Error(codes.NotFound, "no such blob")
	}
	for chunk := range slices.Chunk(data, wire.ChunkSize) {
		if err := stream.Send(&channelpb.GetBlobResponse{Chunk: chunk}); err != nil {
			return err
		}
	}
	return nil
}

// GetState reads an entry.
func (h *Host) GetState(ctx context.Context, request *channelpb.GetStateRequest) (*channelpb.GetStateResponse, error) {
	if err := h.enter(ctx, GetState); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	entry := h.state[stateName(request.GetChannelId(), request.GetKey())]
	return &channelpb.GetStateResponse{Version: entry.Version, Value: entry.Value}, nil
}

// PutState writes an entry if its version is the expected one.
func (h *Host) PutState(ctx context.Context, request *channelpb.PutStateRequest) (*channelpb.PutStateResponse, error) {
	if err := h.enter(ctx, PutState); err != nil {
		return nil, err
	}
	if len(request.GetValue()) > wire.MaxState || request.GetKey() == "" {
		return nil, status.Error(codes.InvalidArgument, "no key, or a value too large")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	name := stateName(request.GetChannelId(), request.GetKey())
	entry := h.state[name]
	if entry.Version != request.GetExpectedVersion() {
		return &channelpb.PutStateResponse{Version: entry.Version}, nil
	}
	if request.GetDelete() {
		delete(h.state, name)
		return &channelpb.PutStateResponse{Stored: true}, nil
	}
	h.state[name] = channel.Entry{Version: entry.Version + 1, Value: request.GetValue()}
	return &channelpb.PutStateResponse{Stored: true, Version: entry.Version + 1}, nil
}

// Submit files the event under a number of its own, the same for the same event, or on the ticket named.
func (h *Host) Submit(ctx context.Context, request *channelpb.SubmitRequest) (*channelpb.SubmitResponse, error) {
	if err := h.enter(ctx, Submit); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	key := request.GetTicket()
	if _, opens := h.tickets[key.GetTicketNumber()+" "+key.GetTrackingSecret()]; key != nil && !opens {
		return &channelpb.SubmitResponse{Outcome: channelpb.SubmitResponse_OUTCOME_REFUSED}, nil
	}
	outcome := channelpb.SubmitResponse_OUTCOME_FILED
	number := len(h.submissions) + 1
	for i, known := range h.submissions {
		if known.ChannelID == request.GetChannelId() && known.Event.ID == request.GetEvent().GetEventId() {
			outcome, number = channelpb.SubmitResponse_OUTCOME_DUPLICATE, i+1
		}
	}
	if outcome == channelpb.SubmitResponse_OUTCOME_FILED {
		event := channel.EventFromProto(request.GetEvent())
		h.submissions = append(h.submissions, Submission{
			ChannelID: request.GetChannelId(), Event: event, Number: key.GetTicketNumber(),
		})
	}
	if key != nil {
		return &channelpb.SubmitResponse{
			Outcome: outcome, TicketNumber: key.GetTicketNumber(), TrackingSecret: key.GetTrackingSecret(),
		}, nil
	}
	if h.receiptCode != "" {
		return &channelpb.SubmitResponse{Outcome: channelpb.SubmitResponse_OUTCOME_RECEIVED, ReceiptCode: h.receiptCode}, nil
	}
	return &channelpb.SubmitResponse{
		Outcome: outcome, TicketNumber: fmt.Sprintf("2026-%06d-0", number), TrackingSecret: fmt.Sprintf("secret-%d", number),
	}, nil
}

// LookupTicket finds what AddTicket made.
func (h *Host) LookupTicket(ctx context.Context, request *channelpb.LookupTicketRequest) (*channelpb.LookupTicketResponse, error) {
	if err := h.enter(ctx, LookupTicket); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	ticket, found := h.tickets[request.GetTicketNumber()+" "+request.GetTrackingSecret()]
	return &channelpb.LookupTicketResponse{Found: found, Ticket: ticket}, nil
}

// SearchSheets answers all sheets, up to the limit.
func (h *Host) SearchSheets(ctx context.Context, request *channelpb.SearchSheetsRequest) (*channelpb.SearchSheetsResponse, error) {
	if err := h.enter(ctx, SearchSheets); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	answer := &channelpb.SearchSheetsResponse{}
	for _, sheet := range h.sheets[:min(len(h.sheets), int(request.GetLimit()))] {
		answer.Sheets = append(answer.Sheets, sheetSummary(sheet))
	}
	return answer, nil
}

// GetSheet finds what AddSheet made.
func (h *Host) GetSheet(ctx context.Context, request *channelpb.GetSheetRequest) (*channelpb.GetSheetResponse, error) {
	if err := h.enter(ctx, GetSheet); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, sheet := range h.sheets {
		if sheet.ID != request.GetSheetId() {
			continue
		}
		answer := &channelpb.GetSheetResponse{Found: true, Summary: sheetSummary(sheet)}
		for _, section := range sheet.Sections {
			answer.Sections = append(answer.Sections, &channelpb.SheetSection{Heading: section.Heading, Text: section.Text})
		}
		return answer, nil
	}
	return &channelpb.GetSheetResponse{}, nil
}

func sheetSummary(sheet channel.Sheet) *channelpb.SheetSummary {
	return &channelpb.SheetSummary{SheetId: sheet.ID, Title: sheet.Title, Summary: sheet.Summary}
}
