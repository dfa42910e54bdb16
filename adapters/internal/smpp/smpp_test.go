package smpp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func someMessage(t *rapid.T) Message {
	text := rapid.StringMatching(`[ -~]{0,20}`)
	address := rapid.Custom(func(t *rapid.T) Address {
		return Address{TON: rapid.Byte().Draw(t, "ton"), NPI: rapid.Byte().Draw(t, "npi"), Value: text.Draw(t, "value")}
	})
	m := Message{
		ServiceType: text.Draw(t, "service"), Source: address.Draw(t, "source"), Dest: address.Draw(t, "dest"),
		Class: rapid.Byte().Draw(t, "class"), Priority: rapid.Byte().Draw(t, "priority"),
		ScheduledAt: text.Draw(t, "schedule"), ValidTill: text.Draw(t, "validity"), Registered: rapid.Byte().Draw(t, "registered"),
		Coding: rapid.Byte().Draw(t, "coding"), Short: rapid.SliceOfN(rapid.Byte(), 0, 255).Draw(t, "short"),
	}
	for range rapid.IntRange(0, 4).Draw(t, "parameters") {
		m.TLVs = append(m.TLVs, TLV{Tag(rapid.Uint16().Draw(t, "tag")), rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "value")})
	}
	return m
}

func TestMessagesComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := someMessage(t)
		sent := PDU{Command: SubmitSM, Sequence: rapid.Uint32().Draw(t, "sequence"), Body: m.Bytes()}
		got, err := ReadPDU(bytes.NewReader(sent.Bytes()))
		require.NoError(t, err)
		require.Equal(t, sent, got)
		read, err := ParseMessage(got.Body)
		require.NoError(t, err)
		require.Equal(t, m.Bytes(), read.Bytes())
		require.Equal(t, m.Source, read.Source)
		twice, err := SplitPDUs(append(sent.Original(), sent.Original()...))
		require.NoError(t, err)
		require.Len(t, twice, 2)
	})
}

func TestEveryCutIsAnError(t *testing.T) {
	t.Parallel()
	whole := PDU{Command: DeliverSM, Body: Message{
		Source: Address{1, 1, "393331234567"}, Dest: Address{1, 1, "3932000"}, Short: []byte("ciao"),
		TLVs: TLVs{{TagPayload, []byte("abc")}},
	}.Bytes()}.Bytes()
	for cut := 1; cut < len(whole); cut++ {
		_, err := ReadPDU(bytes.NewReader(whole[:cut]))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
	for cut := range 30 {
		_, err := ParseMessage(whole[headerSize : headerSize+cut])
		require.Error(t, err, "%d bytes", cut)
	}
	for _, head := range []string{"GET / HTTP/1.1\r\nHost: x", "\x00\x00\x00\x0f12345678901234567890", "\xff\xff\xff\xff123456789012"} {
		_, err := ReadPDU(bytes.NewReader([]byte(head)))
		require.ErrorIs(t, err, ErrFrame)
	}
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	text := func(s string) Message { return Message{Class: ClassReceipt, Short: []byte(s)} }
	day := time.Date(2026, 11, 3, 10, 20, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		message Message
		want    Receipt
		not     bool
	}{
		"the specification's": {text("id:0123456789 sub:001 dlvrd:001 submit date:2611031019 done date:2611031020 stat:DELIVRD err:000 text:Buongiorno stat:x"),
			Receipt{MessageID: "0123456789", State: StateDelivered, Word: "DELIVRD", ErrorCode: "000", DoneAt: day}, false},
		"seconds and capitals": {text("ID:ab12 SUB:001 DLVRD:000 SUBMIT DATE:261103101900 DONE DATE:261103102000 STAT:UNDELIV ERR:011 TEXT:"),
			Receipt{MessageID: "ab12", State: StateUndeliverable, Word: "UNDELIV", ErrorCode: "011", DoneAt: day}, false},
		"another order, underscores": {text("stat:EXPIRED id:7 done_date:2611031020 err:1"),
			Receipt{MessageID: "7", State: StateExpired, Word: "EXPIRED", ErrorCode: "1", DoneAt: day}, false},
		"parameters alone": {Message{Class: ClassReceipt, TLVs: TLVs{{TagReceiptedMessageID, []byte("9F\x00")}, {TagMessageState, []byte{8}}, {TagNetworkError, []byte{3, 0, 34}}}},
			Receipt{MessageID: "9F", State: StateRejected, ErrorCode: "34"}, false},
		"parameters win": {Message{Class: ClassReceipt, Short: []byte("id:1 stat:ENROUTE"), TLVs: TLVs{{TagReceiptedMessageID, []byte("2\x00")}, {TagMessageState, []byte{2}}}},
			Receipt{MessageID: "2", State: StateDelivered, Word: "ENROUTE"}, false},
		"in the payload": {Message{Class: ClassReceipt, TLVs: TLVs{{TagPayload, []byte("id:5 stat:ACCEPTD")}}},
			Receipt{MessageID: "5", State: StateAccepted, Word: "ACCEPTD"}, false},
		"no state":         {text("id:5 stat:"), Receipt{MessageID: "5"}, true},
		"an unknown state": {text("id:5 stat:PERHAPS"), Receipt{MessageID: "5", Word: "PERHAPS"}, true},
		"no id":            {text("stat:DELIVRD"), Receipt{State: StateDelivered, Word: "DELIVRD"}, true},
		"not even words":   {text("\xff\xfe\x00id"), Receipt{}, true},
	} {
		require.True(t, IsReceipt(c.message), name)
		got, ok := ParseReceipt(c.message)
		require.Equal(t, !c.not, ok, name)
		require.Equal(t, c.want, got, name)
	}
	require.True(t, IsReceipt(Message{Short: []byte("id:1 sub:001 dlvrd:001 submit date:2 done date:3 stat:DELIVRD err:0 text:")}),
		"a provider that forgets the bit")
	require.False(t, IsReceipt(Message{Short: []byte("id: vorrei sapere lo stat: della pratica")}), "a citizen's text")
}

func TestIDForms(t *testing.T) {
	t.Parallel()
	for id, form := range map[string]string{
		"4660": "1234", "1234ABCD": "305441741", "305441741": "1234ABCD", "0000001A": "26", "26": "0000001a", "0012": "12",
		"a-b-c": "a-b-c", "26 ": "26 ",
	} {
		forms := IDForms(id)
		require.Equal(t, id, forms[0])
		require.Contains(t, forms, form)
	}
	require.Len(t, IDForms("123456789012345678901234567890123456789012345"), 1)
}

// pair is a session with its peer's bare connection.
func pair(t *testing.T) (*Session, net.Conn) {
	t.Helper()
	here, there := net.Pipe()
	s := NewSession(here, time.Second)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Run(func(p PDU) { _ = s.Reply(p, InvalidCommand, nil) })
	}()
	t.Cleanup(func() {
		s.Close()
		_ = there.Close()
		<-done
	})
	return s, there
}

func TestAnswersFindTheirRequest(t *testing.T) {
	t.Parallel()
	s, peer := pair(t)
	const calls = 10
	results := make(chan error, calls)
	for range calls {
		go func() {
			answer, err := s.Call(context.Background(), SubmitSM, []byte("x"), nil)
			if err == nil && ParseText(answer.Body) == "" {
				err = errors.New("no id")
			}
			results <- err
		}()
	}
	var asked []PDU
	for range calls {
		p, err := ReadPDU(peer)
		require.NoError(t, err)
		asked = append(asked, p)
	}
	for n := range asked {
		p := asked[len(asked)-1-n]
		_, err := peer.Write(PDU{Command: p.Command.Answer(), Sequence: p.Sequence, Body: Text("id")}.Bytes())
		require.NoError(t, err)
	}
	for range calls {
		require.NoError(t, <-results)
	}
}

func TestWhatBecameOfARequest(t *testing.T) {
	t.Parallel()
	s, peer := pair(t)
	ctx, cancel := context.WithCancel(context.Background())
	late := make(chan PDU, 1)
	result := make(chan error, 1)
	go func() {
		_, err := s.Call(ctx, SubmitSM, nil, func(p PDU) { late <- p })
		result <- err
	}()
	asked, err := ReadPDU(peer)
	require.NoError(t, err)
	cancel()
	require.ErrorIs(t, <-result, ErrNoAnswer, "it left")
	_, err = peer.Write(PDU{Command: asked.Command.Answer(), Sequence: asked.Sequence, Body: Text("late")}.Bytes())
	require.NoError(t, err)
	require.Equal(t, "late", ParseText((<-late).Body))

	_, err = s.Call(ctx, SubmitSM, nil, nil)
	require.ErrorIs(t, err, ErrNotSent, "it never left")

	go func() {
		_, err := s.Call(context.Background(), SubmitSM, nil, nil)
		result <- err
	}()
	asked, err = ReadPDU(peer)
	require.NoError(t, err)
	_, err = peer.Write(PDU{Command: GenericNack, Status: Throttled, Sequence: asked.Sequence}.Bytes())
	require.NoError(t, err)
	var refused StatusError
	require.ErrorAs(t, <-result, &refused)
	require.Equal(t, Throttled, refused.Status)

	go func() {
		_, err := s.Call(context.Background(), SubmitSM, nil, nil)
		result <- err
	}()
	_, err = ReadPDU(peer)
	require.NoError(t, err)
	require.NoError(t, peer.Close())
	require.ErrorIs(t, <-result, ErrNoAnswer)
	_, err = s.Call(context.Background(), SubmitSM, nil, nil)
	require.ErrorIs(t, err, ErrNotSent)
}

func TestGarbageEndsTheSession(t *testing.T) {
	t.Parallel()
	s, peer := pair(t)
	_, err := peer.Write(PDU{Command: 0x77, Sequence: 5}.Bytes())
	require.NoError(t, err)
	answer, err := ReadPDU(peer)
	require.NoError(t, err)
	require.Equal(t, PDU{Command: GenericNack, Status: InvalidCommand, Sequence: 5, Body: []byte{}}, answer)
	go func() { _, _ = peer.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) }()
	answer, err = ReadPDU(peer)
	require.NoError(t, err)
	require.Equal(t, InvalidCommandLen, answer.Status)
	<-s.Done()
}

func FuzzPDU(f *testing.F) {
	f.Add(PDU{Command: DeliverSM, Body: Message{Short: []byte("id:1 stat:DELIVRD"), Class: ClassReceipt}.Bytes()}.Bytes())
	f.Add(PDU{Command: DataSM, Body: Message{TLVs: TLVs{{TagPayload, []byte("x")}}}.DataBytes()}.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		pdu, err := ReadPDU(bytes.NewReader(data))
		if err != nil {
			return
		}
		require.Equal(t, data[:len(pdu.Bytes())], pdu.Bytes())
		for _, parse := range []func([]byte) (Message, error){ParseMessage, ParseData} {
			if m, err := parse(pdu.Body); err == nil {
				IsReceipt(m)
				ParseReceipt(m)
				if again, err := ParseMessage(m.Bytes()); err == nil {
					require.Equal(t, m.Bytes(), again.Bytes())
				}
			}
		}
		_, _ = ParseBind(pdu.Body)
		IDForms(ParseText(pdu.Body))
	})
}

func FuzzReceipt(f *testing.F) {
	f.Add("id:1 sub:001 dlvrd:001 submit date:2611031019 done date:2611031020 stat:DELIVRD err:000 text:x")
	f.Add("STAT:x id:\x00 done date:99")
	f.Fuzz(func(_ *testing.T, text string) {
		ParseReceipt(Message{Class: ClassReceipt, TLVs: TLVs{{TagPayload, []byte(text)}}})
		IDForms(text)
	})
}
