package email

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-message/textproto"
	"github.com/emersion/go-smtp"

	"sportello.dev/adapters/internal/mime"
	"sportello.dev/plugins-sdk/channel"
)

// correspond sends a letter from the mailbox to itself, waits for it and
// takes it away again.
func (t *trial) correspond(ctx context.Context) {
	id := strings.ToLower(rand.Text()) + "@" + domainOf(t.config.Address)
	if !t.step("letter.send", "/smtp", func() (outcome, error) { return t.send(ctx, id) }) {
		t.skip([]string{"letter.find", "letter.trust", "domain"})
		return
	}
	var head *textproto.Header
	if t.config.IMAP != nil {
		found := t.step("letter.find", "/imap/folders", func() (good outcome, err error) {
			head, good, err = t.find(ctx, id)
			return good, err
		})
		if !found {
			t.skip([]string{"letter.trust"})
		} else {
			t.step("letter.trust", "/authserv_ids", func() (outcome, error) { return t.trust(head), nil })
		}
	}
	t.step("domain", "/address", func() (outcome, error) { return t.records(ctx, head), nil })
}

func (t *trial) send(ctx context.Context, id string) (outcome, error) {
	client, conn, err := connectSMTP(ctx, t.dial, t.config.SMTP.endpoint(), domainOf(t.config.Address))
	if err != nil {
		return outcome{}, err
	}
	defer func() { _ = client.Close() }()
	if err := signInSMTP(ctx, client, conn, t.config.SMTP, t.tokens); err != nil {
		return outcome{}, err
	}
	defer guard(ctx, commandTimeout, conn)()
	self := mime.Address{Name: t.config.DisplayName, Email: t.config.Address}
	var letter bytes.Buffer
	err = mime.Compose(&letter, mime.Outgoing{
		From: self, To: []mime.Address{self}, Date: t.now(), MessageID: id, Automatic: true, LoopMark: loopMark(t.config.Address),
		Trial:   t.id,
		Subject: inLanguage(t.language, "Prova della casella (si può eliminare)", "Test of the mailbox (may be deleted)"),
		Text: inLanguage(t.language,
			"Questa lettera prova che la casella invia e riceve. Sportello la elimina da solo appena la trova.\n",
			"This letter proves that the mailbox sends and receives. Sportello deletes it as soon as it finds it.\n"),
	})
	if err != nil {
		return outcome{}, contentFailure(err)
	}
	if err := submit(client, t.config.Address, letter.Bytes()); err != nil {
		return outcome{}, err
	}
	return outcome{it: "Il server ha accettato la lettera.", en: "The server took the letter."}, nil
}

// submit hands one mail to the server, to its own sender.
func submit(client *smtp.Client, address string, letter []byte) error {
	if err := client.Mail(address, &smtp.MailOptions{Size: int64(len(letter))}); err != nil {
		return mailFailure(err)
	}
	if err := client.Rcpt(address, nil); err != nil {
		return mailFailure(err)
	}
	data, err := client.Data()
	if err != nil {
		return dataFailure(err)
	}
	if _, err := data.Write(letter); err != nil {
		return connectionLost(err)
	}
	if err := data.Close(); err != nil {
		return dataFailure(err)
	}
	_ = client.Quit() // the letter is taken, whatever comes of the farewell
	return nil
}

// find waits until the letter is in one of the folders that are read, and
// returns its header.
func (t *trial) find(ctx context.Context, id string) (*textproto.Header, outcome, error) {
	s, err := connectIMAP(ctx, t.dial, t.config.IMAP.endpoint())
	if err != nil {
		return nil, outcome{}, err
	}
	defer s.close()
	if err := s.signIn(ctx, t.config.IMAP, t.tokens); err != nil {
		return nil, outcome{}, err
	}
	for deadline := t.now().Add(t.patience.find); ; {
		for _, folder := range t.places() {
			head, err := s.takeLetter(ctx, folder, id)
			if err != nil {
				return nil, outcome{}, err
			}
			if head != nil {
				return head, outcome{
					it: "Trovata in " + folder + " e tolta di nuovo.", en: "Found in " + folder + " and taken away again.",
				}, nil
			}
		}
		if ctx.Err() != nil || !t.now().Before(deadline) {
			return nil, outcome{}, channel.Transient("letter.lost", "", ctx.Err())
		}
		pause(ctx, t.patience.look)
	}
}

// places are where a letter may be: an open channel may have moved it already.
func (t *trial) places() []string {
	if t.config.IMAP.AfterAck == afterMove {
		return append(append([]string{}, t.config.IMAP.Folders...), t.config.IMAP.MoveTo)
	}
	return t.config.IMAP.Folders
}

// takeLetter looks for a letter in a folder, reads its header and removes it.
// Nil without an error means that it is not there.
func (s *imapSession) takeLetter(ctx context.Context, folder, id string) (*textproto.Header, error) {
	if _, err := s.selectFolder(ctx, folder, false); err != nil {
		// The folder to move to may not exist before the first message.
		return nil, ignoreMissing(err)
	}
	uids, err := s.search(ctx, 1, 0, imap.SearchCriteria{
		Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: id}},
	})
	if err != nil || len(uids) == 0 {
		return nil, err
	}
	defer guard(ctx, commandTimeout, s.conn)()
	section := &imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, Peek: true}
	found, err := s.client.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}}).Collect()
	if err != nil || len(found) == 0 {
		return nil, err
	}
	head, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(found[0].FindBodySection(section))))
	if err != nil {
		return nil, fmt.Errorf("reading the letter's header: %w", err)
	}
	return &head, s.remove(imap.UIDSetNum(uids...))
}

// trust compares what the server says of the sender with what is configured.
func (t *trial) trust(head *textproto.Header) outcome {
	id := ""
	if fields := head.Values("Authentication-Results"); len(fields) > 0 {
		first, _, _ := strings.Cut(fields[0], ";")
		if words := strings.Fields(first); len(words) > 0 {
			id = channel.OneLine(words[0])
		}
	}
	switch {
	case len(t.config.AuthservIDs) > 0 && (id == "" || containsFold(t.config.AuthservIDs, id)):
		return outcome{it: "Valgono i giudizi di " + listed(t.config.AuthservIDs) + ".", en: "The verdicts of " + listed(t.config.AuthservIDs) + " count."}
	case id != "":
		return outcome{
			warning: true, code: "letter.authserv", choices: []string{id},
			it:       "Il server firma i suoi giudizi sui mittenti come «" + id + "», ma la casella non lo sa.",
			en:       "The server signs its verdicts on senders as “" + id + "”, but the mailbox does not know it.",
			remedyIT: "Indicare questo nome, se è del vostro fornitore: senza, nessun mittente risulta verificato.",
			remedyEN: "Name it, if it is your provider's: without it no sender counts as verified.",
		}
	}
	return outcome{
		warning: true, code: "letter.unverified",
		it:       "Il server non ha scritto alcun giudizio sul mittente di questa lettera.",
		en:       "The server wrote no verdict on the sender of this letter.",
		remedyIT: "Molti server lo fanno solo per la posta da fuori: scrivere alla casella da un altro indirizzo e cercare nelle intestazioni «Authentication-Results».",
		remedyEN: "Many servers do so for mail from elsewhere only: write to the mailbox from another address and look for “Authentication-Results” in the headers.",
	}
}

func containsFold(list []string, item string) bool {
	for _, each := range list {
		if strings.EqualFold(each, item) {
			return true
		}
	}
	return false
}

// recordsWait bounds all questions to the DNS about a domain.
const recordsWait = 5 * time.Second

// records looks for what makes other servers believe the town's mail. Signing
// is the relay's work; here only its traces are looked at.
func (t *trial) records(ctx context.Context, head *textproto.Header) outcome {
	ctx, cancel := context.WithTimeout(ctx, recordsWait)
	defer cancel()
	domain := domainOf(t.config.Address)
	var missing []string
	if !t.hasTXT(ctx, domain, "v=spf1") {
		missing = append(missing, "SPF")
	}
	if !t.hasTXT(ctx, "_dmarc."+domain, "v=dmarc1") {
		missing = append(missing, "DMARC")
	}
	if head != nil && !signed(head) {
		missing = append(missing, "DKIM")
	}
	if len(missing) == 0 {
		return outcome{it: "SPF, DKIM e DMARC ci sono.", en: "SPF, DKIM and DMARC are there."}
	}
	return outcome{
		warning: true, code: "domain.records",
		it: "Non si trova: " + listed(missing) + ".", en: "Not found: " + listed(missing) + ".",
		remedyIT: "Senza, le risposte possono finire nella posta indesiderata. Chiedere a chi gestisce il dominio di pubblicare le registrazioni e di firmare la posta; " +
			"alcuni server firmano solo la posta che esce davvero.",
		remedyEN: "Without it answers may end up as junk. Ask whoever runs the domain to publish the records and to sign its mail; " +
			"some servers sign only what really leaves.",
	}
}

func (t *trial) hasTXT(ctx context.Context, name, prefix string) bool {
	found, err := t.lookupTXT(ctx, name)
	if err != nil {
		return false
	}
	for _, text := range found {
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(text)), prefix) {
			return true
		}
	}
	return false
}

// signed says whether a letter bears a DKIM signature, or a server says that
// it did.
func signed(head *textproto.Header) bool {
	if head.Has("DKIM-Signature") {
		return true
	}
	for _, field := range head.Values("Authentication-Results") {
		if strings.Contains(strings.ToLower(field), "dkim=pass") {
			return true
		}
	}
	return false
}
