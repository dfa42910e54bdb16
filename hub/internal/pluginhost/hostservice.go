package pluginhost

import (
	"context"
	"errors"
	"io"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/pluginhost/internal/translation"
	"sportello.dev/plugins-sdk/channel/wire"
	"sportello.dev/plugins-sdk/channelpb"
)

const (
	// maxCalls is how many calls one channel may have under way.
	maxCalls     = 64
	maxQuery     = 500
	maxSheets    = 50
	maxReference = 200
)

// hostService is the hub as one open channel sees it. It answers for that channel alone: its connection is encrypted
// for one process, and every call must name the one channel.
type hostService struct {
	channelpb.UnimplementedHostServer

	seat   *seat
	host   *Host
	broker uint32

	mu      sync.Mutex
	server  *grpc.Server
	stopped bool
}

func newHostService(s *seat) *hostService { return &hostService{seat: s, host: s.host} }

// serve offers the service to the process; its goroutine ends with stop, at the latest with the process.
func serve(r *running, hs *hostService) *hostService {
	hs.broker = r.API.Broker.NextId()
	go r.API.Broker.AcceptAndServe(hs.broker, hs.newServer)
	return hs
}

func (hs *hostService) newServer(options []grpc.ServerOption) *grpc.Server {
	options = append(options, wire.ServerOptions()...)
	options = append(options, grpc.MaxConcurrentStreams(maxCalls),
		grpc.ChainUnaryInterceptor(hs.guardUnary), grpc.ChainStreamInterceptor(hs.guardStream))
	server := grpc.NewServer(options...)
	channelpb.RegisterHostServer(server, hs)
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if hs.server = server; hs.stopped {
		server.Stop()
	}
	return server
}

func (hs *hostService) stop() {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	hs.stopped = true
	if hs.server != nil {
		hs.server.Stop()
	}
}

func (hs *hostService) guardUnary(ctx context.Context, request any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	answer, err := next(ctx, request)
	return answer, hs.statusOf(err)
}

func (hs *hostService) guardStream(server any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	return hs.statusOf(next(server, stream))
}

// statusOf tells the adapter what it can act upon, and the log the rest.
func (hs *hostService) statusOf(err error) error {
	if err == nil {
		return nil
	}
	if s, ok := status.FromError(err); ok {
		return s.Err()
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return status.FromContextError(err).Err()
	}
	switch fault.Kind(err) {
	case fault.CodeInvalid:
		return status.Error(codes.InvalidArgument, err.Error())
	case fault.CodeNotFound:
		return status.Error(codes.NotFound, "not found")
	case fault.CodeConflict:
		return status.Error(codes.Aborted, "conflict")
	case fault.CodeForbidden:
		return status.Error(codes.PermissionDenied, "not allowed")
	}
	hs.seat.log.Warn("a call of the adapter failed", "error", err)
	return status.Error(codes.Unavailable, "the hub cannot do this now")
}

var errOtherChannel = status.Error(codes.PermissionDenied, "this connection belongs to another channel")

func (hs *hostService) check(channelID string) error {
	if channelID != hs.seat.id.String() {
		hs.seat.log.Error("the adapter named a channel that is not its own")
		return errOtherChannel
	}
	return nil
}

// PutBlob implements channelpb.HostServer.
func (hs *hostService) PutBlob(stream grpc.ClientStreamingServer[channelpb.PutBlobRequest, channelpb.PutBlobResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	start := first.GetStart()
	if start == nil {
		return status.Error(codes.InvalidArgument, "a blob begins with its start")
	}
	if err := hs.check(start.GetChannelId()); err != nil {
		return err
	}
	if start.GetSize() > uint64(hs.host.MaxBlob) {
		return hs.tooLarge()
	}
	ref, err := hs.host.keepBlob(stream.Context(), &chunks{stream: stream}, translation.Text(start.GetMediaType(), 100))
	if fault.Kind(err) == fault.CodeInvalid {
		return hs.tooLarge()
	}
	if err != nil {
		return err
	}
	hs.seat.proc.book.add(ref.Sum, ref.Size)
	named := translation.BlobRef(ref.Sum[:], ref.Size)
	if named.Claim, err = hs.host.Channels.Claim(hs.seat.id, ref.Sum, ref.Size, hs.host.Now()); err != nil {
		return err
	}
	return stream.SendAndClose(&channelpb.PutBlobResponse{Blob: named})
}

// tooLarge is an answer of its own: trying again ends the same.
func (hs *hostService) tooLarge() error {
	return status.Errorf(codes.OutOfRange, "more than %d bytes, which is the most that is taken", hs.host.MaxBlob)
}

// chunks reads the rest of a stream.
type chunks struct {
	stream grpc.ClientStreamingServer[channelpb.PutBlobRequest, channelpb.PutBlobResponse]
	rest   []byte
}

// Read implements io.Reader.
func (c *chunks) Read(p []byte) (int, error) {
	for len(c.rest) == 0 {
		part, err := c.stream.Recv()
		if err != nil {
			return 0, err
		}
		if len(part.GetChunk()) > wire.ChunkSize {
			return 0, status.Errorf(codes.InvalidArgument, "a chunk of %d bytes; at most %d are taken", len(part.GetChunk()), wire.ChunkSize)
		}
		c.rest = part.GetChunk()
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// GetBlob implements channelpb.HostServer.
func (hs *hostService) GetBlob(r *channelpb.GetBlobRequest, stream grpc.ServerStreamingServer[channelpb.GetBlobResponse]) error {
	if err := hs.check(r.GetChannelId()); err != nil {
		return err
	}
	sum, err := translation.Sum(r.GetBlob())
	if err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	hs.seat.redeem(r.GetBlob())
	if _, ok := hs.seat.proc.book.size(sum); !ok {
		return status.Error(codes.PermissionDenied, "the blob was neither put by nor handed to this adapter")
	}
	content, err := hs.host.Blobs.Get(stream.Context(), sum, blob.Range{})
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	buffer := make([]byte, wire.ChunkSize)
	for {
		n, err := io.ReadFull(content, buffer)
		if n > 0 {
			if err := stream.Send(&channelpb.GetBlobResponse{Chunk: buffer[:n]}); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// checkState keeps an adapter to its own channel and from the hub's own entries.
func (hs *hostService) checkState(channelID, key string) error {
	if channel.Reserved(key) {
		return status.Error(codes.InvalidArgument, "keys that begin with hub: are the hub's")
	}
	return hs.check(channelID)
}

// GetState implements channelpb.HostServer.
func (hs *hostService) GetState(ctx context.Context, r *channelpb.GetStateRequest) (*channelpb.GetStateResponse, error) {
	if err := hs.checkState(r.GetChannelId(), r.GetKey()); err != nil {
		return nil, err
	}
	entry, err := hs.host.Channels.State(ctx, hs.host.Pool, hs.seat.id, r.GetKey())
	if err != nil {
		return nil, err
	}
	return &channelpb.GetStateResponse{Version: uint64(entry.Version), Value: entry.Value}, nil
}

// PutState implements channelpb.HostServer.
func (hs *hostService) PutState(ctx context.Context, r *channelpb.PutStateRequest) (*channelpb.PutStateResponse, error) {
	if err := hs.checkState(r.GetChannelId(), r.GetKey()); err != nil {
		return nil, err
	}
	expected := int64(r.GetExpectedVersion())
	if r.GetDelete() {
		gone, err := hs.host.Channels.DeleteState(ctx, hs.host.Pool, hs.seat.id, r.GetKey(), expected)
		return &channelpb.PutStateResponse{Stored: gone}, err
	}
	version, stored, err := hs.host.Channels.PutState(ctx, hs.host.Pool, hs.seat.id, r.GetKey(), expected, r.GetValue())
	return &channelpb.PutStateResponse{Stored: stored, Version: uint64(version)}, err
}

// Submit implements channelpb.HostServer.
func (hs *hostService) Submit(ctx context.Context, r *channelpb.SubmitRequest) (*channelpb.SubmitResponse, error) {
	if err := hs.check(r.GetChannelId()); err != nil {
		return nil, err
	}
	if hs.host.Submitter == nil {
		return nil, errNotHere
	}
	e, err := hs.seat.event(ctx, r.GetEvent())
	if errors.Is(err, translation.ErrForeignOriginal) {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, hs.host.Timing.Submit)
	defer cancel()
	key := r.GetTicket()
	if key != nil && e.Message == nil {
		return nil, status.Error(codes.InvalidArgument, "only a message can be put on a ticket")
	}
	receipt, err := hs.host.Submitter.Submit(ctx, hs.seat.id, e, ticketKey(key))
	var many *TooManyWrongError
	if errors.As(err, &many) {
		return &channelpb.SubmitResponse{Outcome: channelpb.SubmitResponse_OUTCOME_REFUSED, RetryAfter: durationpb.New(many.After)}, nil
	}
	if err != nil {
		return nil, err
	}
	outcomes := map[string]channelpb.SubmitResponse_Outcome{
		"filed":     channelpb.SubmitResponse_OUTCOME_FILED,
		"received":  channelpb.SubmitResponse_OUTCOME_RECEIVED,
		"duplicate": channelpb.SubmitResponse_OUTCOME_DUPLICATE,
		"refused":   channelpb.SubmitResponse_OUTCOME_REFUSED,
	}
	return &channelpb.SubmitResponse{
		Outcome: outcomes[receipt.Outcome], TicketNumber: receipt.Number, TrackingSecret: receipt.Secret, ReceiptCode: receipt.Code,
	}, nil
}

// asksForTicket are requests that come with what opens a ticket.
type asksForTicket interface {
	comparable
	GetTicketNumber() string
	GetTrackingSecret() string
	GetClientIp() string
}

func ticketKey[R asksForTicket](r R) *TicketKey {
	var none R
	if r == none {
		return nil
	}
	return &TicketKey{
		Number: translation.Text(r.GetTicketNumber(), maxReference), Secret: translation.Text(r.GetTrackingSecret(), maxReference),
		Client: network(r.GetClientIp()).String(),
	}
}

var errNotHere = status.Error(codes.Unimplemented, "this hub does not offer it")

// LookupTicket implements channelpb.HostServer.
func (hs *hostService) LookupTicket(ctx context.Context, r *channelpb.LookupTicketRequest) (*channelpb.LookupTicketResponse, error) {
	if err := hs.check(r.GetChannelId()); err != nil {
		return nil, err
	}
	if hs.host.Tickets == nil {
		return nil, errNotHere
	}
	t, err := hs.host.Tickets.PublicTicket(ctx, *ticketKey(r))
	var many *TooManyWrongError
	if errors.As(err, &many) {
		return &channelpb.LookupTicketResponse{RetryAfter: durationpb.New(many.After)}, nil
	}
	if err != nil || t == nil {
		return &channelpb.LookupTicketResponse{}, err
	}
	answer := &channelpb.PublicTicket{
		Number: t.Number, Subject: t.Subject, Status: t.Status, Office: t.Office, CreatedAt: timestamppb.New(t.CreatedAt),
		Answers: answerAddress(t.Answers), PreferenceOffered: t.PreferenceOffered && hs.host.Preferences != nil,
	}
	for _, m := range t.Messages {
		answer.Messages = append(answer.Messages, hs.publicMessage(m))
	}
	return &channelpb.LookupTicketResponse{Found: true, Ticket: answer}, nil
}

func (hs *hostService) publicMessage(m PublicMessage) *channelpb.PublicMessage {
	out := &channelpb.PublicMessage{Outbound: m.Outbound, ChannelKind: m.ChannelKind, Text: m.Text, At: timestamppb.New(m.At), Withheld: m.Withheld}
	for _, a := range m.Attachments {
		hs.seat.proc.hand(a.SHA256, a.Size)
		out.Attachments = append(out.Attachments, &channelpb.Attachment{
			Blob: translation.BlobRef(a.SHA256, a.Size), Name: a.Name, MediaType: a.MediaType, DeclaredType: a.DeclaredType,
		})
	}
	return out
}

// hand lets the process read a blob that it is told of.
func (r *running) hand(sum []byte, size int64) {
	if known, err := blob.SumFromBytes(sum); err == nil {
		r.book.add(known, size)
	}
}

// SearchSheets implements channelpb.HostServer.
func (hs *hostService) SearchSheets(ctx context.Context, r *channelpb.SearchSheetsRequest) (*channelpb.SearchSheetsResponse, error) {
	if err := hs.check(r.GetChannelId()); err != nil {
		return nil, err
	}
	if hs.host.Sheets == nil {
		return nil, errNotHere
	}
	limit := int(min(max(r.GetLimit(), 1), maxSheets))
	found, err := hs.host.Sheets.Search(ctx, translation.Text(r.GetQuery(), maxQuery), translation.Text(r.GetLanguage(), 40), limit)
	if err != nil {
		return nil, err
	}
	answer := &channelpb.SearchSheetsResponse{}
	for _, s := range found {
		answer.Sheets = append(answer.Sheets, summary(s))
	}
	return answer, nil
}

// GetSheet implements channelpb.HostServer.
func (hs *hostService) GetSheet(ctx context.Context, r *channelpb.GetSheetRequest) (*channelpb.GetSheetResponse, error) {
	if err := hs.check(r.GetChannelId()); err != nil {
		return nil, err
	}
	if hs.host.Sheets == nil {
		return nil, errNotHere
	}
	s, err := hs.host.Sheets.Sheet(ctx, translation.Text(r.GetSheetId(), maxReference), translation.Text(r.GetLanguage(), 40))
	if err != nil || s == nil {
		return &channelpb.GetSheetResponse{}, err
	}
	answer := &channelpb.GetSheetResponse{Found: true, Summary: summary(s.SheetSummary)}
	for _, section := range s.Sections {
		answer.Sections = append(answer.Sections, &channelpb.SheetSection{Heading: section.Heading, Text: section.Text})
	}
	return answer, nil
}

func summary(s SheetSummary) *channelpb.SheetSummary {
	return &channelpb.SheetSummary{SheetId: s.ID, Title: s.Title, Summary: s.Summary}
}
