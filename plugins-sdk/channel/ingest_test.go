package channel_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channel/wire"
	"sportello.dev/plugins-sdk/channelpb"
	"sportello.dev/plugins-sdk/channeltest"
)

func note(id string) channel.Event {
	return channel.Event{ID: id, OccurredAt: time.Unix(1, 0), Body: &channel.Unparsed{Code: "x"}}
}

// ingesting runs one Ingest function on a channel of its own.
func ingesting(t *testing.T, ingest func(context.Context, channel.Start, *channel.Sink) error) *channeltest.Harness {
	t.Helper()
	return opened(t, &stub{channel: stubChannel{ingest: ingest}})
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	outcomes := make(chan string, 3)
	h := ingesting(t, func(ctx context.Context, _ channel.Start, sink *channel.Sink) error {
		var receipts []*channel.Receipt
		for n := range 3 {
			receipt, err := sink.Deliver(ctx, note(fmt.Sprint("e", n)), []byte{byte(n)})
			if err != nil {
				return err
			}
			receipts = append(receipts, receipt)
		}
		for _, receipt := range receipts {
			outcomes <- fmt.Sprint(receipt.Wait(), receipt.Duplicate())
		}
		<-ctx.Done()
		return nil
	})
	stream := h.Ingest(nil, 8)
	stream.Next()
	second := stream.Next()
	stream.Next()
	stream.Ack(second, 2)
	require.Equal(t, "<nil> false", <-outcomes, "an ack covers what came before")
	require.Equal(t, "<nil> true", <-outcomes)
	stream.Break()
	require.Equal(t, fmt.Sprint(channel.ErrNotCommitted, false), <-outcomes)
}

func TestDeliverAfterStop(t *testing.T) {
	t.Parallel()
	after := make(chan error, 1)
	h := ingesting(t, func(ctx context.Context, _ channel.Start, sink *channel.Sink) error {
		<-ctx.Done()
		_, err := sink.Deliver(context.WithoutCancel(ctx), note("late"), nil)
		after <- err
		return errors.New("an error after the stop is nobody's business")
	})
	stream := h.Ingest(nil, 8)
	stream.AskStop()
	require.ErrorIs(t, <-after, channel.ErrStopped)
	require.NoError(t, stream.Ended())
}

func TestDeliverRefuses(t *testing.T) {
	t.Parallel()
	big := func(size int) []byte { return make([]byte, size) }
	refusals := map[string]struct {
		event  channel.Event
		cursor []byte
	}{
		"no id":       {note(""), nil},
		"long id":     {note(strings.Repeat("x", wire.MaxEventID+1)), nil},
		"no body":     {channel.Event{ID: "x"}, nil},
		"big cursor":  {note("x"), big(wire.MaxCursor + 1)},
		"big inline":  {channel.Event{ID: "x", Body: &channel.Unparsed{}, Raw: channel.Raw{Inline: big(wire.MaxInlineRaw + 1)}}, nil},
		"big message": {channel.Event{ID: "x", Body: &channel.InboundMessage{Text: string(big(wire.MaxMessage))}}, nil},
	}
	done := make(chan map[string]error, 1)
	h := ingesting(t, func(ctx context.Context, _ channel.Start, sink *channel.Sink) error {
		errs := map[string]error{}
		for name, refusal := range refusals {
			_, errs[name] = sink.Deliver(ctx, refusal.event, refusal.cursor)
		}
		done <- errs
		_, err := sink.Deliver(ctx, note("fits"), big(wire.MaxCursor))
		if err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
	stream := h.Ingest(nil, 1)
	for name, err := range <-done {
		require.Error(t, err, name)
	}
	require.EqualValues(t, 1, stream.Next().Seq, "what was refused took no number")
}

func TestAdvanceMovesOnlyTheCursor(t *testing.T) {
	t.Parallel()
	h := ingesting(t, func(ctx context.Context, _ channel.Start, sink *channel.Sink) error {
		if _, err := sink.Advance(ctx, []byte("moved")); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
	delivery := h.Ingest(nil, 1).NextAny()
	require.Empty(t, delivery.Event.ID)
	require.Equal(t, "moved", string(delivery.Cursor))
}

func TestIngestEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		code codes.Code
	}{
		"by itself": {nil, codes.Unavailable},
		"error":     {errors.New("connection lost"), codes.Unavailable},
		"config":    {channel.Misconfigured("auth", "", nil), codes.FailedPrecondition},
	} {
		h := ingesting(t, func(context.Context, channel.Start, *channel.Sink) error { return c.err })
		require.Equal(t, c.code, status.Code(h.Ingest(nil, 1).Ended()), name)
	}
}

func TestAckOfTheFutureEndsTheStream(t *testing.T) {
	t.Parallel()
	h := ingesting(t, func(ctx context.Context, _ channel.Start, sink *channel.Sink) error {
		receipt, err := sink.Deliver(ctx, note("e"), nil)
		if err != nil {
			return err
		}
		return receipt.Wait()
	})
	stream := h.Ingest(nil, 8)
	delivery := stream.Next()
	delivery.Seq = 99
	stream.Ack(delivery)
	require.Error(t, stream.Ended())
}

func TestStartReachesTheAdapter(t *testing.T) {
	t.Parallel()
	starts := make(chan channel.Start, 2)
	h := ingesting(t, func(ctx context.Context, start channel.Start, _ *channel.Sink) error {
		starts <- start
		<-ctx.Done()
		return nil
	})
	h.Ingest([]byte("here"), 7)
	require.Equal(t, channel.Start{Cursor: []byte("here"), Window: 7}, <-starts)
	h.Ingest(nil, 0)
	require.Equal(t, wire.DefaultWindow, (<-starts).Window)
}

// TestBurst: flow control holds with many events and acks in batches.
func TestBurst(t *testing.T) {
	t.Parallel()
	const events = 3000
	h := ingesting(t, func(ctx context.Context, _ channel.Start, sink *channel.Sink) error {
		for n := range events {
			if _, err := sink.Deliver(ctx, note(fmt.Sprint(n)), nil); err != nil {
				return err
			}
		}
		<-ctx.Done()
		return nil
	})
	stream := h.Ingest(nil, 32)
	for n := range events {
		delivery := stream.Next()
		require.Equal(t, fmt.Sprint(n), delivery.Event.ID)
		if n%16 == 15 || n == events-1 {
			stream.Ack(delivery)
		}
	}
	stream.AskStop()
	require.NoError(t, stream.Ended())
}

// withHost opens a channel and hands out its Host.
func withHost(t *testing.T, host *channeltest.Host) *channel.Host {
	t.Helper()
	var client *channel.Host
	h := channeltest.Start(t, &stub{open: func(o channel.Opening) error { client = o.Host; return nil }}, channeltest.OnHost(host))
	_, err := h.Open(channeltest.Opening{Config: []byte(`{}`)})
	require.NoError(t, err)
	return client
}

func TestBlobs(t *testing.T) {
	t.Parallel()
	host := channeltest.NewHost()
	client := withHost(t, host)
	for _, size := range []int{0, 1, wire.ChunkSize, wire.ChunkSize + 1, 5 << 20} {
		data := bytes.Repeat([]byte("a"), size)
		ref, err := client.PutBlob(t.Context(), iotest.HalfReader(bytes.NewReader(data)), int64(size), "text/plain")
		require.NoError(t, err)
		require.EqualValues(t, size, ref.Size)
		reader, err := client.GetBlob(t.Context(), ref)
		require.NoError(t, err)
		got, err := io.ReadAll(reader)
		require.NoError(t, err)
		require.NoError(t, reader.Close())
		require.True(t, bytes.Equal(data, got))
	}
}

func TestBlobErrors(t *testing.T) {
	t.Parallel()
	host := channeltest.NewHost()
	client := withHost(t, host)
	gone := errors.New("disk gone")
	_, err := client.PutBlob(t.Context(), iotest.ErrReader(gone), 0, "")
	require.ErrorIs(t, err, gone, "whoever reads recognises its own error")
	_, err = client.PutBlob(t.Context(), io.MultiReader(strings.NewReader("x"), iotest.ErrReader(io.ErrUnexpectedEOF)), 0, "")
	require.Error(t, err, "a reader that breaks off is not a shorter blob")
	_, err = client.PutBlob(t.Context(), strings.NewReader("four"), 5, "")
	require.Equal(t, codes.InvalidArgument, status.Code(errors.Unwrap(err)))
	_, err = client.GetBlob(t.Context(), channel.BlobRef{SHA256: "nowhere"})
	require.Equal(t, codes.NotFound, status.Code(errors.Unwrap(err)), "a refusal comes before the first read")
	host.Refuse(channeltest.PutBlob, status.Error(codes.ResourceExhausted, "full"))
	_, err = client.PutBlob(t.Context(), bytes.NewReader(make([]byte, 20<<20)), 0, "")
	require.Equal(t, codes.ResourceExhausted, status.Code(errors.Unwrap(err)), "the hub's reason, not the broken stream")
	require.NotErrorIs(t, err, channel.ErrTooLarge, "a full disk has room again one day")
	host.Refuse(channeltest.PutBlob, status.Error(codes.OutOfRange, "too large"))
	_, err = client.PutBlob(t.Context(), bytes.NewReader(make([]byte, 1<<20)), 0, "")
	require.ErrorIs(t, err, channel.ErrTooLarge)
}

func TestRawInlineOrBlob(t *testing.T) {
	t.Parallel()
	host := channeltest.NewHost()
	client := withHost(t, host)
	for _, size := range []int{0, 1, wire.MaxInlineRaw, wire.MaxInlineRaw + 1, 3 << 20} {
		data := bytes.Repeat([]byte("b"), size)
		raw, err := client.Raw(t.Context(), bytes.NewReader(data), "text/plain")
		require.NoError(t, err)
		require.Equal(t, size > wire.MaxInlineRaw, raw.Blob != nil, "%d bytes", size)
		kept, err := host.Bytes(raw)
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, kept))
		reader, err := client.OpenRaw(t.Context(), raw)
		require.NoError(t, err)
		got, err := io.ReadAll(reader)
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, got))
	}
}

func TestState(t *testing.T) {
	t.Parallel()
	host := channeltest.NewHost()
	client := withHost(t, host)
	entry, err := client.GetState(t.Context(), "k")
	require.NoError(t, err)
	require.Zero(t, entry.Version)
	version, err := client.PutState(t.Context(), "k", []byte("one"), 0)
	require.NoError(t, err)
	_, err = client.PutState(t.Context(), "k", []byte("two"), 0)
	require.ErrorIs(t, err, channel.ErrStateChanged)
	require.ErrorIs(t, client.DeleteState(t.Context(), "k", version+1), channel.ErrStateChanged)
	require.NoError(t, client.DeleteState(t.Context(), "k", version))
	_, err = client.PutState(t.Context(), "k", make([]byte, wire.MaxState+1), 0)
	require.Error(t, err)
}

func TestUpdateState(t *testing.T) {
	t.Parallel()
	host := channeltest.NewHost()
	client := withHost(t, host)
	meddle := 2
	add := func(n *int) error {
		if meddle > 0 {
			meddle--
			host.SetState(channeltest.ChannelID, "n", fmt.Append(nil, *n+100))
		}
		*n++
		return nil
	}
	require.NoError(t, channel.UpdateState(t.Context(), client, "n", add))
	require.Equal(t, "201", string(host.Entries()[channeltest.ChannelID+"/n"].Value), "nobody's write is lost")
	refusal := errors.New("no")
	require.ErrorIs(t, channel.UpdateState(t.Context(), client, "n", func(*int) error { return refusal }), refusal)
	meddle = 1000
	require.ErrorIs(t, channel.UpdateState(t.Context(), client, "n", add), channel.ErrStateChanged)
}

func TestGuard(t *testing.T) {
	t.Parallel()
	message := &channel.InboundMessage{Text: "x"}
	down := errors.New("hub is down")
	for name, c := range map[string]struct {
		parse func() (channel.Body, error)
		body  channel.Body
		err   error
	}{
		"fine":     {func() (channel.Body, error) { return message, nil }, message, nil},
		"panic":    {func() (channel.Body, error) { panic("index out of range") }, &channel.Unparsed{Code: "crash", Detail: "index out of range"}, nil},
		"unparsed": {func() (channel.Body, error) { return nil, fmt.Errorf("x: %w", &channel.Unparsed{Code: "charset"}) }, &channel.Unparsed{Code: "charset"}, nil},
		"outside":  {func() (channel.Body, error) { return nil, down }, nil, down},
	} {
		body, err := channel.Guard(c.parse)
		require.Equal(t, c.body, body, name)
		require.Equal(t, c.err, err, name)
	}
}

func TestCrumbs(t *testing.T) {
	t.Parallel()
	host := channeltest.NewHost()
	client := withHost(t, host)
	begin := func(cursor string) *channel.Crumbs {
		crumbs, err := channel.NewCrumbs(t.Context(), client, channel.Start{Cursor: []byte(cursor)})
		require.NoError(t, err)
		return crumbs
	}
	first := begin("1")
	writes := host.Calls(channeltest.PutState)
	require.NoError(t, first.Parsing(t.Context(), "a"))
	require.NoError(t, first.Parsed(t.Context()))
	require.Equal(t, writes, host.Calls(channeltest.PutState), "nothing is written while all goes well")
	for crash := range 2 {
		crumbs := begin("1")
		require.False(t, crumbs.Killer("b"), "crash %d", crash)
		require.NoError(t, crumbs.Parsing(t.Context(), "a"))
		require.NoError(t, crumbs.Parsed(t.Context()))
		require.NoError(t, crumbs.Parsing(t.Context(), "b"))
	}
	suspicious := begin("1")
	require.True(t, suspicious.Killer("b"))
	require.False(t, suspicious.Killer("a"), "what was parsed is innocent")
	require.True(t, begin("1").Killer("b"), "as long as it is not committed")
	require.False(t, begin("2").Killer("b"), "a new position is a new life")
}

// A parser that comes back with an error, even from a channel that is being closed, has not killed the process.
func TestCrumbsOfFailuresAreNone(t *testing.T) {
	t.Parallel()
	client := withHost(t, channeltest.NewHost())
	for range 5 {
		crumbs, err := channel.NewCrumbs(t.Context(), client, channel.Start{Cursor: []byte("1")})
		require.NoError(t, err)
		require.False(t, crumbs.Killer("a"))
		closing, end := context.WithCancel(t.Context())
		require.NoError(t, crumbs.Parsing(closing, "a"))
		end()
		require.NoError(t, crumbs.Parsed(closing))
	}
}

func TestHostServices(t *testing.T) {
	t.Parallel()
	host := channeltest.NewHost()
	client := withHost(t, host)
	event := note("form-1")
	first, err := client.Submit(t.Context(), event)
	require.NoError(t, err)
	require.Equal(t, channel.SubmitFiled, first.Outcome)
	second, err := client.Submit(t.Context(), event)
	require.NoError(t, err)
	require.Equal(t, channel.SubmitDuplicate, second.Outcome)
	require.Equal(t, first.TicketNumber, second.TicketNumber)
	_, err = client.Submit(t.Context(), channel.Event{})
	require.Error(t, err)
	host.AddSheet(channel.Sheet{
		SheetSummary: channel.SheetSummary{ID: "s", Title: "Carta d'identità"},
		Sections:     []channel.SheetSection{{Heading: "Costi", Text: "22 €"}},
	})
	found, err := client.SearchSheets(t.Context(), "carta", "it", 10)
	require.NoError(t, err)
	require.Len(t, found, 1)
	sheet, ok, err := client.GetSheet(t.Context(), found[0].ID, "it")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "22 €", sheet.Sections[0].Text)
	_, ok, err = client.GetSheet(t.Context(), "other", "it")
	require.NoError(t, err)
	require.False(t, ok)
	key := channel.TicketKey{Number: "2026-000009-6", Secret: "guess"}
	_, ok, err = client.LookupTicket(t.Context(), key)
	require.NoError(t, err)
	require.False(t, ok)
	refused, err := client.SubmitOn(t.Context(), note("more-1"), key)
	require.NoError(t, err)
	require.Equal(t, channel.SubmitRefused, refused.Outcome)
	require.Len(t, host.Submissions(), 1, "what is refused leaves no trace")
	host.AddTicket("guess", &channelpb.PublicTicket{Number: key.Number, Messages: []*channelpb.PublicMessage{{Withheld: []string{"virus.exe"}}}})
	shown, ok, err := client.LookupTicket(t.Context(), key)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, []string{"virus.exe"}, shown.Messages[0].Withheld)
	added, err := client.SubmitOn(t.Context(), note("more-1"), key)
	require.NoError(t, err)
	require.Equal(t, channel.Submission{Outcome: channel.SubmitFiled, TicketNumber: key.Number, TrackingSecret: "guess"}, added)
	require.Equal(t, key.Number, host.Submissions()[1].Number)
}
