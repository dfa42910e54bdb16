package email_test

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/email"
	"sportello.dev/adapters/mailpeers"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

// What arrives while a great number of messages is being fetched comes within
// two batches, also after a restart in the middle; nothing is lost or doubled.
func TestNewMailPassesABacklog(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	const many = 150
	for n := range many {
		w.inject(item(n, 0))
	}
	h := opened(t, w.config())
	seen := map[string]bool{}
	stream := h.Ingest(nil, 8)
	var last channeltest.Delivery
	next := func() string {
		last = stream.Next()
		stream.Ack(last)
		require.False(t, seen[last.Event.ID], "twice: %s", last.Event.ID)
		seen[last.Event.ID] = true
		return subject(t, last)
	}
	untilFresh := func(n int) {
		w.inject(item(n, 0))
		for behind := 0; next() != "Richiesta "+strconv.Itoa(n); behind++ {
			require.Less(t, behind, 80, "new mail stands behind the backlog")
		}
	}
	require.Equal(t, "Richiesta 0", next(), "the backlog comes oldest first")
	untilFresh(many)
	require.Less(t, len(seen), many, "the backlog is not through yet")

	stream.Break()
	stream = h.Ingest(last.Cursor, 8)
	untilFresh(many + 1)
	for len(seen) < many+2 {
		next()
	}
	stream.Quiet()

	stream.Break()
	stream = h.Ingest(last.Cursor, 8)
	stream.Quiet()
}

// settled is a mailbox of Dovecot with what an administrator chose for it.
func settled(t *testing.T, peers *mailpeers.Peers, address string, change object) *channeltest.Stream {
	t.Helper()
	return openedAt(t, peers, address, change).Ingest(nil, 8)
}

func openedAt(t *testing.T, peers *mailpeers.Peers, address string, change object) *channeltest.Harness {
	t.Helper()
	in := object{"host": peers.Host, "port": peers.IMAP, "security": "none"}
	for key, value := range change {
		in[key] = value
	}
	config, err := json.Marshal(object{"address": address, "imap": in})
	require.NoError(t, err)
	h := channeltest.Start(t, email.Hurried(time.Now), channeltest.Patience(30*time.Second, 300*time.Millisecond))
	_, err = h.Open(channeltest.Opening{Config: config, Secrets: peerSecrets()})
	require.NoError(t, err)
	return h
}

// flagged lists the flags of the messages in a folder; nil where it is missing.
func flagged(t *testing.T, client *imapclient.Client, folder string) [][]imap.Flag {
	t.Helper()
	found, err := client.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil || found.NumMessages == 0 {
		return nil
	}
	all := imap.SeqSet{}
	all.AddRange(1, 0)
	messages, err := client.Fetch(all, &imap.FetchOptions{Flags: true}).Collect()
	require.NoError(t, err)
	var flags [][]imap.Flag
	for _, message := range messages {
		flags = append(flags, message.Flags)
	}
	return flags
}

// What happens to a message upstream happens only once the hub has it.
func TestAfterAckWithDovecot(t *testing.T) {
	t.Parallel()
	peers := mailpeers.StartDovecot(t)
	seen := []imap.Flag{imap.FlagSeen}
	tests := map[string]struct {
		change       object
		inbox, moved [][]imap.Flag
	}{
		"keep":   {object{"after_ack": "keep"}, [][]imap.Flag{{}, {}}, nil},
		"seen":   {object{"after_ack": "seen"}, [][]imap.Flag{seen, {}}, nil},
		"move":   {object{"after_ack": "move", "move_to": "Registrati/2026"}, [][]imap.Flag{{}}, [][]imap.Flag{{}}},
		"delete": {object{"after_ack": "delete"}, [][]imap.Flag{{}}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := name + "@comune.esempio.it"
			client := mailbox(t, peers, address)
			peers.Deliver(t, citizen, address, item(1, 0))
			peers.Deliver(t, citizen, address, item(2, 0))
			stream := settled(t, peers, address, tt.change)
			first := stream.Next()
			second := stream.Next()
			require.NotEqual(t, first.Event.ID, second.Event.ID)
			stream.Quiet()
			require.Len(t, flagged(t, client, "INBOX"), 2, "nothing before the acknowledgement")
			stream.Ack(first)
			same := func(want [][]imap.Flag, folder string) func() bool {
				return func() bool {
					got := flagged(t, client, folder)
					for i := range got {
						got[i] = only(got[i], imap.FlagSeen)
					}
					return len(got) == len(want) && (len(want) == 0 || len(got[0]) == len(want[0]))
				}
			}
			require.Eventually(t, same(tt.inbox, "INBOX"), 10*time.Second, 50*time.Millisecond)
			require.Eventually(t, same(tt.moved, "Registrati/2026"), 10*time.Second, 50*time.Millisecond)
		})
	}
}

// only leaves one flag; Dovecot marks what is new as recent.
func only(flags []imap.Flag, wanted imap.Flag) []imap.Flag {
	for _, flag := range flags {
		if flag == wanted {
			return []imap.Flag{flag}
		}
	}
	return nil
}

// A folder that is made anew numbers its messages anew: all of them come again
// with the same content under other names, and none is missed.
func TestNewUIDValidityWithDovecot(t *testing.T) {
	t.Parallel()
	peers := mailpeers.StartDovecot(t)
	// Each time through a session of its own: Dovecot knows an index by its inode for a while, and the new folder may get the old one's.
	store := func(numbers ...int) {
		client := mailbox(t, peers, ownAddress)
		require.NoError(t, client.Create("Moduli", nil).Wait())
		for _, n := range numbers {
			require.Eventually(t, func() bool { return appendTo(client, "Moduli", item(n, 0)) == nil }, 20*time.Second, 100*time.Millisecond)
		}
	}
	store(1, 2)
	h := openedAt(t, peers, ownAddress, object{"folders": []string{"Moduli"}})
	stream := h.Ingest(nil, 8)
	var last channeltest.Delivery
	before := map[string]channel.Event{}
	for range 2 {
		delivery := stream.Next()
		stream.Ack(delivery)
		before[subject(t, delivery)] = delivery.Event
		last = delivery
	}
	// Nobody has it open meanwhile: Dovecot may leave such a session with the old folder, or take the new one from under us.
	stream.Break()
	require.NoError(t, mailbox(t, peers, ownAddress).Delete("Moduli").Wait())
	store(1, 2, 3)
	stream = h.Ingest(last.Cursor, 8)
	after := map[string]channel.Event{}
	for range 3 {
		delivery := stream.Next()
		stream.Ack(delivery)
		after[subject(t, delivery)] = delivery.Event
	}
	require.Len(t, after, 3, "nothing is missed")
	for name, event := range before {
		again := after[name]
		require.NotEqual(t, event.ID, again.ID)
		require.Equal(t, event.Body.(*channel.InboundMessage).Fingerprint, again.Body.(*channel.InboundMessage).Fingerprint,
			"by this the hub knows that it has it")
	}
	stream.Quiet()
}

// appendTo stores one letter in a folder; what the server refuses is not in it.
func appendTo(client *imapclient.Client, folder string, letter []byte) error {
	command := client.Append(folder, int64(len(letter)), nil)
	if _, err := command.Write(letter); err != nil {
		return err
	}
	if err := command.Close(); err != nil {
		return err
	}
	_, err := command.Wait()
	return err
}
