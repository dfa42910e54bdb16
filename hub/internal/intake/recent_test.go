package intake

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
)

// What a worker has from memory is what another replica reads from the journal.
func TestAnEventIsTheSameFromMemoryAndFromTheJournal(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 0, 0, 123456789, time.UTC)
	from := Address{Kind: "email", Value: "ada@posta.example", Name: `Ada "<&>" Rossi`}
	report := delivery.Report{At: at, RetryUntil: at}
	for name, e := range map[string]Event{
		"message": {Message: &Inbound{
			From: from, Parties: []Party{{Role: "to", Address: from}}, Subject: "Perché 1 < 2?", Text: "riga\r\n\triga \u2028 è", HTML: "<p>&amp;</p>",
			Attachments: []Attachment{{SHA256: []byte{1, 2}, Size: 3, Name: "a.pdf", MediaType: "application/pdf", ContentID: "x@y", Inline: true}},
			ExternalIDs: []ExternalID{{Kind: "message_id", Value: "<1@posta.example>", Issuer: "sender"}}, AnswersTo: []string{"<0@posta.example>"},
			Tokens: []string{"t"}, Numbers: []string{"2026-000001-5"}, Class: "human", Fingerprint: []byte{9},
			Authentication: Authentication{Authenticated: true, Authority: "mx", Results: map[string]string{"spf": "pass"}, Signatures: []Signature{{State: "valid", SignedAt: at}}},
			Language:       "it", Headers: map[string]string{"X": "y"}, FormID: "f", FormVersion: "1", FormFields: []byte(`{}`), SentAt: at,
			Reports: []delivery.Report{report}, Units: 2,
		}},
		"report":   {Report: &report},
		"signal":   {Signal: &Signal{Address: from, Kind: "undeliverable", Detail: "x"}},
		"call":     {Call: &Call{CallID: "1", Step: "ended", Caller: from, Called: from, At: at, Duration: time.Minute, Recording: &Attachment{SHA256: []byte{1}}, Choices: map[string]string{"1": "tributi"}}},
		"unparsed": {Unparsed: &Unparsed{Code: "depth", Detail: "60"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			payload, err := json.Marshal(&e)
			require.NoError(t, err)
			var read Event
			require.NoError(t, json.Unmarshal(payload, &read))
			r, entry := newRecent(), id.New[id.Entry]()
			e.ID, e.OccurredAt, e.Raw = "1", at, Raw{Inline: []byte("raw")}
			r.keep(entry, &e, len(payload))
			kept, ok := r.take(entry)
			require.True(t, ok)
			require.Equal(t, read, kept)
			_, ok = r.take(entry)
			require.False(t, ok, "once")
		})
	}
}

func TestWhatIsRecentIsBounded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ events, size, kept int }{
		"in number":          {3 * maxRecentEvents, 10, maxRecentEvents},
		"in bytes":           {100, 1 << 20, 16},
		"none of many bytes": {3, maxRecentBytes, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRecent()
			var last id.Entry
			for i := range c.events {
				last = id.New[id.Entry]()
				r.keep(last, &Event{Message: &Inbound{Subject: fmt.Sprint(i)}}, c.size)
			}
			require.Len(t, r.events, c.kept)
			require.Equal(t, c.kept*c.size, r.bytes)
			require.LessOrEqual(t, len(r.order), maxRecentEvents)
			e, ok := r.take(last)
			require.Equal(t, c.kept > 0, ok)
			require.Equal(t, c.kept > 0, e.Message != nil && e.Message.Subject == fmt.Sprint(c.events-1), "the last ones stay")
		})
	}
}
