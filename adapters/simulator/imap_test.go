package simulator_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator"
)

// listening opens the town's inbox and reports the number of messages each time the server tells it.
func listening(t *testing.T, w *simulator.World) (*imapclient.Client, <-chan uint32) {
	t.Helper()
	exists := make(chan uint32, 100)
	c := login(t, w, town, password, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(data *imapclient.UnilateralDataMailbox) {
			if data.NumMessages != nil {
				exists <- *data.NumMessages
			}
		},
	}})
	_, err := c.Select("INBOX", nil).Wait()
	require.NoError(t, err)
	return c, exists
}

func await(t *testing.T, exists <-chan uint32, want uint32) {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case n := <-exists:
			if n == want {
				return
			}
		case <-deadline:
			require.FailNow(t, "the server did not tell of a message", "waiting for %d", want)
		}
	}
}

func TestIdleTellsOfNewMailWithinATenthOfASecond(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	c, exists := listening(t, w)
	idle, err := c.Idle()
	require.NoError(t, err)

	fastest := patience // the best of several: a busy machine slows down single ones
	sender := dial(t, w, "", "")
	for i := range uint32(8) {
		require.NoError(t, transmit(sender, "a@posta.example", []string{town}, letterFrom("a@posta.example", "")))
		accepted := time.Now()
		await(t, exists, i+1)
		fastest = min(fastest, time.Since(accepted))
	}
	require.Less(t, fastest, 100*time.Millisecond)
	require.NoError(t, idle.Close())
	require.NoError(t, idle.Wait())
}

func TestNoMailSlipsThroughBeforeIdle(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	c, exists := listening(t, w)
	fromOutside(t, w, "a@posta.example", letterFrom("a@posta.example", ""))
	require.Empty(t, exists, "nothing was asked since")

	idle, err := c.Idle()
	require.NoError(t, err)
	await(t, exists, 1)
	require.NoError(t, idle.Close())
}

func TestACitizensMailboxIsMadeAtFirstLogin(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	c := login(t, w, "Someone123@posta.example", "valdoria", nil)
	boxes, err := c.List("", "*", nil).Collect()
	require.NoError(t, err)
	require.Len(t, boxes, 2)
	require.Equal(t, "INBOX", boxes[0].Mailbox)
	require.Equal(t, "Sent", boxes[1].Mailbox)
	require.Contains(t, boxes[1].Attrs, imap.MailboxAttrSent)
}

func TestWrongPasswordsAreRefused(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	for user, pass := range map[string]string{town: "valdoria", "anna@posta.example": password, "a@b.example": "valdoria"} {
		c, err := imapclient.DialInsecure(w.IMAPAddr(), nil)
		require.NoError(t, err)
		err = c.Login(user, pass).Wait()
		var refused *imap.Error
		require.ErrorAs(t, err, &refused)
		require.Equal(t, imap.ResponseCodeAuthenticationFailed, refused.Code)
		require.NoError(t, c.Close())
	}
}

func TestXOAUTH2OverIMAP(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	c, err := imapclient.DialInsecure(w.IMAPAddr(), nil)
	require.NoError(t, err)
	defer func() { _ = c.Close() }()
	require.NoError(t, c.Authenticate(xoauth2{town, "t0k3n"}))
	_, err = c.Select("INBOX", nil).Wait()
	require.NoError(t, err)
}

func TestSearchFindsByHeaderFlagAndRange(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	for i := range 5 {
		fromOutside(t, w, "a@posta.example", letterFrom("a@posta.example", fmt.Sprintf("<m%d@posta.example>", i)))
	}
	c := inbox(t, w, town, password)
	require.NoError(t, c.Store(imap.UIDSetNum(2), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagFlagged, "$Visto"}}, nil).Close())

	var fromFour, fromNine imap.UIDSet
	fromFour.AddRange(4, 0)
	fromNine.AddRange(9, 0)
	for name, s := range map[string]struct {
		criteria imap.SearchCriteria
		want     []imap.UID
	}{
		"message id":      {imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: "<m3@posta.example>"}}}, []imap.UID{4}},
		"uid 4:*":         {imap.SearchCriteria{UID: []imap.UIDSet{fromFour}}, []imap.UID{4, 5}},
		"uid 9:*":         {imap.SearchCriteria{UID: []imap.UIDSet{fromNine}}, []imap.UID{5}}, // "*" is the last message, and ranges have no order
		"flag":            {imap.SearchCriteria{Flag: []imap.Flag{imap.FlagFlagged}}, []imap.UID{2}},
		"keyword":         {imap.SearchCriteria{Flag: []imap.Flag{"$visto"}}, []imap.UID{2}},
		"not flag":        {imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagFlagged}}, []imap.UID{1, 3, 4, 5}},
		"text":            {imap.SearchCriteria{Text: []string{"m0@POSTA"}}, []imap.UID{1}},
		"body, accent":    {imap.SearchCriteria{Body: []string{"c'È una buca"}}, []imap.UID{1, 2, 3, 4, 5}},
		"body, other":     {imap.SearchCriteria{Body: []string{"lampione"}}, nil},
		"larger":          {imap.SearchCriteria{Larger: 100_000}, nil},
		"sent since":      {imap.SearchCriteria{SentSince: time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)}, nil},
		"sent before":     {imap.SearchCriteria{SentBefore: time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)}, []imap.UID{1, 2, 3, 4, 5}},
		"not and or":      {imap.SearchCriteria{Not: []imap.SearchCriteria{{UID: []imap.UIDSet{imap.UIDSetNum(1)}}}, Or: [][2]imap.SearchCriteria{{{UID: []imap.UIDSet{imap.UIDSetNum(1, 2)}}, {UID: []imap.UIDSet{imap.UIDSetNum(3)}}}}}, []imap.UID{2, 3}},
		"sequence number": {imap.SearchCriteria{SeqNum: []imap.SeqSet{imap.SeqSetNum(5)}}, []imap.UID{5}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := inbox(t, w, town, password)
			data, err := c.UIDSearch(&s.criteria, nil).Wait()
			require.NoError(t, err)
			require.Equal(t, s.want, data.AllUIDs())
		})
	}
}

func TestMoveCopyExpungeWithTwoSessions(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	for i := range 4 {
		fromOutside(t, w, "a@posta.example", letterFrom("a@posta.example", fmt.Sprintf("<m%d@posta.example>", i)))
	}
	one, two := inbox(t, w, town, password), inbox(t, w, town, password)

	copied, err := one.Copy(imap.UIDSetNum(1), "Archive").Wait()
	require.NoError(t, err)
	require.Equal(t, imap.UIDSetNum(1), copied.DestUIDs)
	moved, err := one.Move(imap.UIDSetNum(1, 2), "Archive").Wait()
	require.NoError(t, err)
	require.Equal(t, imap.UIDSetNum(2, 3), moved.DestUIDs)
	_, err = one.Move(imap.UIDSetNum(3), "Nowhere").Wait()
	require.Error(t, err)

	require.NoError(t, one.Store(imap.UIDSetNum(3, 4), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close())
	require.NoError(t, one.UIDExpunge(imap.UIDSetNum(4)).Close())

	left := fetchAll(t, two)
	require.Len(t, left, 1)
	require.Equal(t, imap.UID(3), left[0].UID)
	require.NoError(t, two.Noop().Wait())
	require.EqualValues(t, 1, two.Mailbox().NumMessages)

	_, err = two.Select("Archive", &imap.SelectOptions{ReadOnly: true}).Wait()
	require.NoError(t, err)
	require.Len(t, fetchAll(t, two), 3)
	require.Error(t, two.Store(imap.UIDSetNum(1), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagSeen}}, nil).Close())
}

func TestReadingSetsSeenAndPeekingDoesNot(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	fromOutside(t, w, "a@posta.example", letterFrom("a@posta.example", ""))
	c := inbox(t, w, town, password)
	require.Empty(t, fetchAll(t, c)[0].Flags)
	_, err := c.Fetch(imap.UIDSetNum(1), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{{Specifier: imap.PartSpecifierText}}}).Collect()
	require.NoError(t, err)
	require.Equal(t, []imap.Flag{imap.FlagSeen}, fetchAll(t, c)[0].Flags)
}

func TestMailboxesCanBeMadeRenamedAndDeleted(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{Dir: t.TempDir()})
	c := login(t, w, town, password, nil)
	require.NoError(t, c.Create("Lavorati/2026", nil).Wait())
	require.Error(t, c.Create("Lavorati/2026", nil).Wait())
	require.Error(t, c.Create("inbox", nil).Wait())
	require.NoError(t, c.Subscribe("Lavorati/2026").Wait())
	require.NoError(t, c.Rename("Lavorati/2026", "Perché no", nil).Wait())
	require.NoError(t, c.Create("Lavorati/2026", nil).Wait(), "its old directory is not in the way")

	raw := letterFrom("a@posta.example", "<kept@x>")
	appendTo := c.Append("Perché no", int64(len(raw)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen}})
	_, err := appendTo.Write(raw)
	require.NoError(t, err)
	require.NoError(t, appendTo.Close())
	data, err := appendTo.Wait()
	require.NoError(t, err)
	require.Equal(t, imap.UID(1), data.UID)

	status, err := c.Status("Perché no", &imap.StatusOptions{NumMessages: true, NumUnseen: true, UIDNext: true}).Wait()
	require.NoError(t, err)
	require.EqualValues(t, 1, *status.NumMessages)
	require.EqualValues(t, 0, *status.NumUnseen)
	require.NoError(t, c.Delete("Perché no").Wait())
	_, err = c.Select("Perché no", nil).Wait()
	require.Error(t, err)
	require.Error(t, c.Delete("INBOX").Wait())
}

func TestBrokenMailIsServedByteForByte(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{})
	for i, raw := range []string{
		"no header at all, just a line\r\n",
		"\r\nonly a body\r\n",
		"Subject: =?x?q?broken\r\n continued: yes\r\nnot a field\r\n\r\nbody\r\n",
		"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n",
	} {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			user := fmt.Sprintf("rotto%d@posta.example", i)
			require.NoError(t, transmit(dial(t, w, "", ""), "a@b.example", []string{user}, []byte(raw)))
			c := inbox(t, w, user, "valdoria")
			require.True(t, strings.HasSuffix(fetchAll(t, c)[0].Raw, raw))
			_, err := c.Fetch(imap.SeqSetNum(1), &imap.FetchOptions{Envelope: true, RFC822Size: true, InternalDate: true}).Collect()
			require.NoError(t, err)
		})
	}
}
