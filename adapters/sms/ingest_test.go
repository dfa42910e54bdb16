package sms_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/internal/gsm"
	"sportello.dev/adapters/internal/smpp"
	"sportello.dev/adapters/sms"
	"sportello.dev/adapters/sms/internal/smsctest"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

const patience = 15 * time.Second

// rig is one hub that can start adapters, one after another, against one centre.
type rig struct {
	t      *testing.T
	centre *smsctest.SMSC
	host   *channeltest.Host
	change object
	*channeltest.Harness
}

func newRig(t *testing.T, change object) *rig {
	t.Helper()
	r := &rig{t: t, centre: smsctest.Start(t), host: channeltest.NewHost(), change: change}
	r.start(sms.Hurried(time.Now))
	return r
}

func (r *rig) start(adapter *sms.Adapter) {
	r.t.Helper()
	r.Harness = channeltest.Start(r.t, adapter, channeltest.OnHost(r.host), channeltest.Patience(patience, 150*time.Millisecond))
	_, err := r.Open(channeltest.Opening{Config: centreConfig(r.t, r.centre.Port(), r.change), Secrets: centreSecrets()})
	require.NoError(r.t, err)
}

// again kills the adapter and starts another.
func (r *rig) again() {
	r.t.Helper()
	r.Kill()
	r.start(sms.Hurried(time.Now))
}

func (r *rig) eventually(condition func() bool, why string) {
	r.t.Helper()
	require.Eventually(r.t, condition, patience, 5*time.Millisecond, why)
}

func message(t *testing.T, event channel.Event) *channel.InboundMessage {
	t.Helper()
	m, ok := event.Body.(*channel.InboundMessage)
	require.True(t, ok, "%T %v", event.Body, event.Body)
	return m
}

func report(t *testing.T, event channel.Event) *channel.DeliveryReport {
	t.Helper()
	r, ok := event.Body.(*channel.DeliveryReport)
	require.True(t, ok, "%T %v", event.Body, event.Body)
	return r
}

// long divides a text as a telephone does.
func long(from, text string, reference uint16, sar bool) []smpp.PDU {
	encoded := gsm.Encode(text, false)
	var all []smpp.PDU
	for n, data := range encoded.Parts {
		part := gsm.Part{Reference: reference, Total: len(encoded.Parts), Part: n + 1}
		m := smpp.Message{
			Source: smpp.Address{TON: 1, NPI: 1, Value: from}, Dest: smpp.Address{TON: 1, NPI: 1, Value: townDigits}, Coding: encoded.Coding,
		}
		if sar {
			m.Short = data
			m.TLVs = smpp.TLVs{{Tag: smpp.TagSARReference, Value: []byte{0, byte(reference)}},
				{Tag: smpp.TagSARTotal, Value: []byte{byte(part.Total)}}, {Tag: smpp.TagSARPart, Value: []byte{byte(part.Part)}}}
		} else {
			m.Class, m.Short = smpp.ClassUDH, append(part.Header(), data...)
		}
		all = append(all, smsctest.Deliver(m))
	}
	return all
}

func TestSendersAreNormalised(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	stream := r.Ingest(nil, 8)
	for _, c := range []struct {
		from smpp.Address
		want channel.Address
	}{
		{smpp.Address{TON: 1, NPI: 1, Value: "393331234567"}, channel.Address{Kind: "mobile", Value: "+393331234567"}},
		{smpp.Address{TON: 0, NPI: 0, Value: "+39 333 1234567"}, channel.Address{Kind: "alphanumeric", Value: "+39 333 1234567"}},
		{smpp.Address{TON: 2, NPI: 1, Value: "3331234567"}, channel.Address{Kind: "mobile", Value: "+393331234567"}},
		{smpp.Address{TON: 0, NPI: 1, Value: "00393331234567"}, channel.Address{Kind: "mobile", Value: "+393331234567"}},
		{smpp.Address{TON: 1, NPI: 1, Value: "390512193111"}, channel.Address{Kind: "landline", Value: "+390512193111"}},
		{smpp.Address{TON: 3, NPI: 1, Value: "48000"}, channel.Address{Kind: "short_code", Value: "48000"}},
		{smpp.Address{TON: 5, Value: "PosteInfo"}, channel.Address{Kind: "alphanumeric", Value: "PosteInfo"}},
	} {
		r.centre.Put(smsctest.Deliver(smpp.Message{Source: c.from, Short: []byte("ciao")}))
		delivery := stream.Next()
		require.Equal(t, c.want, message(t, delivery.Event).From)
		stream.Ack(delivery)
	}
}

func TestAlphabets(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	stream := r.Ingest(nil, 8)
	for _, c := range []struct {
		class, coding byte
		data          string
		want          string
	}{
		{0, 0x00, "Perch\x05 no? \x1b\x65", "Perché no? €"},
		{0, 0x08, "\x00\xc8\xd8\x3d\xde\x00", "È😀"},
		{0, 0x03, "\xc8 qui", "È qui"},
		{0, 0x10, "subito", "subito"},
		{0, 0x18, "\x00a", "a"},
		{0, 0xF0, "subito", "subito"},
		{0, 0x06, "\xb0", "А"},
		{smpp.ClassUDH, 0x00, "\x03\x24\x01\x02\x1b\x61", "á"},
	} {
		r.centre.Put(smsctest.Deliver(smpp.Message{
			Source: smpp.Address{TON: 1, NPI: 1, Value: citizen(1)}, Class: c.class, Coding: c.coding, Short: []byte(c.data),
		}))
		delivery := stream.Next()
		require.Equal(t, c.want, message(t, delivery.Event).Text)
		stream.Ack(delivery)
	}
}

func TestATextNamesItsTicket(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.centre.Put(smsctest.Text(citizen(1), townDigits, "Per la pratica #2026-000123-4, grazie"))
	m := message(t, r.Ingest(nil, 8).Next().Event)
	require.Equal(t, []string{"2026-000123-4"}, m.Numbers)
	require.Equal(t, townNumber, m.Parties[0].Address.Value)
	require.Nil(t, m.Authentication, "a sender's number is no proof")
}

func TestOurOwnMessageIsKnown(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.centre.Put(smsctest.Text(townDigits, townDigits, "Sportello: SMS di prova."))
	require.Equal(t, channel.ClassOwnLoop, message(t, r.Ingest(nil, 8).Next().Event).Class)
}

// The centre got no answer for what the hub has: its repetition is answered, and no second event comes of it.
func TestARepetitionIsNoSecondMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	key := r.centre.Put(smsctest.Text(citizen(1), townDigits, "ciao"))
	delivery := r.Ingest(nil, 8).Next()
	r.Kill() // the hub commits, the answer does not leave
	r.start(sms.Hurried(time.Now))
	stream := r.Ingest(delivery.Cursor, 8)
	r.eventually(func() bool { return !r.centre.Present(key) }, "the repetition is answered")
	stream.Quiet()
}

// The same words once more, later, are a message of their own: in the same session, in another, and after a restart.
func TestTheSameWordsAgainAreAnotherMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	stream := r.Ingest(nil, 8)
	ids := map[string]bool{}
	var cursor []byte
	take := func() {
		r.centre.Put(smsctest.Text(citizen(1), townDigits, "ok"))
		delivery := stream.Next()
		require.False(t, ids[delivery.Event.ID])
		ids[delivery.Event.ID] = true
		stream.Ack(delivery)
		settled := stream.NextAny()
		require.Empty(t, settled.Event.ID, "the position moves on when the centre has the answer")
		stream.Ack(settled)
		cursor = settled.Cursor
	}
	take()
	take()
	r.centre.BreakAll()
	take()
	r.again()
	stream = r.Ingest(cursor, 8)
	take()
	require.Len(t, ids, 4)
}

func TestLongMessagesBecomeOne(t *testing.T) {
	t.Parallel()
	for _, sar := range []bool{false, true} {
		for _, text := range []string{strings.Repeat("àbcdefghi€", 40), strings.Repeat("😀 ciao", 40)} {
			t.Run(fmt.Sprintf("sar %t %.4s", sar, text), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, nil)
				r.centre.Window = 1 // the next part comes only when the last was answered
				parts := long(citizen(1), text, 7, sar)
				require.Greater(t, len(parts), 2)
				stream := r.Ingest(nil, 8)
				for n := range parts {
					r.centre.Put(parts[(n+1)%len(parts)]) // out of order
				}
				delivery := stream.Next()
				m := message(t, delivery.Event)
				require.Equal(t, text, m.Text)
				require.EqualValues(t, len(parts), m.Units)
				stream.Ack(delivery)
				stream.Quiet()
			})
		}
	}
}

// Parts that were answered are safe: the rest may come to another process.
func TestPartsSurviveARestart(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	text := strings.Repeat("abcdefghi ", 40)
	parts := long(citizen(1), text, 9, false)
	keys := []int{r.centre.Put(parts[0]), r.centre.Put(parts[1])}
	r.Ingest(nil, 8)
	r.eventually(func() bool { return !r.centre.Present(keys[0]) && !r.centre.Present(keys[1]) }, "parts are kept and answered")
	r.again()
	r.centre.Put(parts[1]) // once more, because the answer was lost
	r.centre.Put(parts[2])
	delivery := r.Ingest(nil, 8).Next()
	require.Equal(t, text, message(t, delivery.Event).Text)

	// Not acknowledged: it comes again by the same name, and then no more.
	r.again()
	stream := r.Ingest(nil, 8)
	again := stream.Next()
	require.Equal(t, delivery.Event.ID, again.Event.ID)
	stream.Ack(again)
	r.eventually(func() bool { return !strings.Contains(string(r.host.Entries()["parts"].Value), `"groups"`) }, "and is forgotten")
	r.centre.Put(parts[2])
	stream.Quiet()
}

// What says that it is a part and is longer than any part can be stands by itself, and never fills the state.
func TestAnEndlessPartIsAMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	stream := r.Ingest(nil, 8)
	for _, size := range []int{600, 60_000} {
		header := gsm.Part{Reference: 1, Total: 2, Part: 1}.Header()
		r.centre.Put(smsctest.Deliver(smpp.Message{
			Source: smpp.Address{TON: 1, NPI: 1, Value: citizen(1)}, Class: smpp.ClassUDH,
			TLVs: smpp.TLVs{{Tag: smpp.TagPayload, Value: append(header, strings.Repeat("a", size)...)}},
		}))
		delivery := stream.Next()
		require.Contains(t, message(t, delivery.Event).Text, strings.Repeat("a", size))
		stream.Ack(delivery)
	}
}

// Hundreds of first parts whose rest never comes are shown, oldest first, before they fill the state.
func TestManyUnfinishedMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	stream := r.Ingest(nil, 300)
	const count = 300
	for n := range count {
		r.centre.Put(long(citizen(n), strings.Repeat("a", 161), uint16(n%256), false)[0])
	}
	shown := stream.Next()
	require.Contains(t, message(t, shown.Event).Text, "[manca la parte 2 di 2]")
	require.Equal(t, "+"+citizen(0), message(t, shown.Event).From.Value)
	require.Less(t, len(r.host.Entries()["parts"].Value), 64<<10)
}

func TestAMissingPartIsShown(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.Kill()
	r.start(sms.Hurried(time.Now).WithPartsWait(50 * time.Millisecond))
	parts := long(citizen(1), strings.Repeat("a", 400), 3, false)
	r.centre.Put(parts[0])
	r.centre.Put(parts[2])
	text := message(t, r.Ingest(nil, 8).Next().Event).Text
	if !strings.Contains(text, "[manca la parte 2 di 3]") {
		// A slow machine may have given up on the first before the last came.
		require.Contains(t, text, "[manca la parte 3 di 3]")
	}
	require.Contains(t, text, "aaa")
}

func TestReceiptsBecomeReports(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	stream := r.Ingest(nil, 8)
	receipt := func(text string) *channel.DeliveryReport {
		r.centre.Put(smsctest.Deliver(smpp.Message{
			Class: smpp.ClassReceipt, Source: smpp.Address{TON: 1, NPI: 1, Value: citizen(1)},
			Dest: smpp.Address{TON: 1, NPI: 1, Value: townDigits}, Short: []byte(text),
		}))
		delivery := stream.Next()
		stream.Ack(delivery)
		return report(t, delivery.Event)
	}
	delivered := receipt("id:4660 sub:001 dlvrd:001 submit date:2611031019 done date:2611031020 stat:DELIVRD err:000 text:Gentile")
	require.Equal(t, channel.DeliveryDelivered, delivered.State)
	require.Equal(t, "4660", delivered.ExternalIDs[0].Value)
	require.Contains(t, delivered.ExternalIDs, channel.ExternalID{Kind: "sms_id", Value: "1234", Issuer: channel.IssuerProvider})
	require.Equal(t, "+"+citizen(1), delivered.Recipient.Value)
	require.Equal(t, time.Date(2026, 11, 3, 9, 20, 0, 0, time.UTC), delivered.At.UTC(), "the provider's clock is Italy's")
	require.Equal(t, "dlr", delivered.EvidenceKind)
	for text, want := range map[string]struct {
		state channel.DeliveryState
		class channel.FailureClass
	}{
		"id:1 stat:UNDELIV err:001": {channel.DeliveryFailed, channel.FailureRecipient},
		"id:2 stat:UNDELIV err:027": {channel.DeliveryFailed, channel.FailureTransient},
		"id:3 stat:REJECTD err:099": {channel.DeliveryFailed, channel.FailureContent},
		"id:4 stat:EXPIRED err:000": {channel.DeliveryExpired, channel.FailureTransient},
		"id:5 stat:ACCEPTD err:000": {channel.DeliverySent, 0},
		"id:6 stat:ENROUTE err:000": {channel.DeliverySent, 0},
		"id:7 stat:UNKNOWN err:000": {channel.DeliveryDelayed, 0},
	} {
		got := receipt(text)
		require.Equal(t, want.state, got.State, text)
		if want.class != 0 {
			require.Equal(t, want.class, got.Failure.Class, text)
			require.Contains(t, got.Failure.ProviderCode, "err:")
		}
	}
}

// A peer that sends rubbish, half a PDU, or nothing at all is left, and another session is tried.
func TestPeersThatAreNone(t *testing.T) {
	t.Parallel()
	for name, talk := range map[string]func(net.Conn){
		"rubbish":    func(c net.Conn) { _, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) },
		"half a PDU": func(c net.Conn) { _, _ = c.Write([]byte{0, 0, 0, 40, 0x80, 0}); _ = c.Close() },
		"silence":    func(net.Conn) {},
		"hangs up":   func(c net.Conn) { _ = c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			calls := make(chan net.Conn, 100)
			go func() {
				for {
					conn, err := listener.Accept()
					if err != nil {
						close(calls)
						return
					}
					talk(conn)
					calls <- conn
				}
			}()
			t.Cleanup(func() {
				_ = listener.Close()
				for conn := range calls {
					_ = conn.Close()
				}
			})
			address, _ := listener.Addr().(*net.TCPAddr)
			h := channeltest.Start(t, sms.Hurried(time.Now).WithAnswerWait(30*time.Millisecond), channeltest.Patience(patience, 0))
			_, err = h.Open(channeltest.Opening{Config: centreConfig(t, address.Port, nil), Secrets: centreSecrets()})
			require.NoError(t, err)
			for range 2 {
				select {
				case conn := <-calls:
					_ = conn.Close()
				case <-time.After(patience):
					require.FailNow(t, "not tried again")
				}
			}
			results, err := h.Send(transmission(0))
			require.NoError(t, err)
			require.Equal(t, channel.FailureTransient, results["delivery-0"].Failure.Class, "nothing left")
			require.NoError(t, h.Close())
		})
	}
}
