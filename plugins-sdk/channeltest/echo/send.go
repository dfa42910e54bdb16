package echo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"sportello.dev/plugins-sdk/channel"
)

const (
	maxText       = 100_000
	maxRecipients = 10
	maxAddress    = 320
	// maxAttachment is the largest attachment, in bytes: the journal keeps it in a line.
	maxAttachment = 20 << 20
	oversize      = 20 << 20
	retryAfter    = 90 * time.Second

	refusedPrefix = "refused"
)

var errTold = errors.New("told to fail in no particular way")

// Journal is the file that stands for the provider: what is in it has been sent.
type Journal struct{ Path string }

// Entry is one line of the journal: an attempt that the provider saw, or a message that it took.
type Entry struct {
	// Attempt is true for the attempt, false for a message taken.
	Attempt      bool     `json:"attempt,omitempty"`
	Transmission string   `json:"transmission"`
	Delivery     string   `json:"delivery,omitempty"`
	Recipient    string   `json:"recipient,omitempty"`
	Wire         string   `json:"wire,omitempty"`
	Attachments  [][]byte `json:"attachments,omitempty"`
}

// Send appends to the journal, durably.
func (e *echo) Send(ctx context.Context, transmission channel.Transmission) (channel.Results, error) {
	if err := e.connect(); err != nil {
		return nil, err
	}
	if err := check(transmission); err != nil {
		return nil, err
	}
	attachments, err := e.attachments(ctx, transmission)
	if err != nil {
		return nil, err
	}
	if err := e.journal.append([]Entry{{Attempt: true, Transmission: transmission.ID}}); err != nil {
		return nil, channel.Transient("echo.journal", "the journal cannot be written", err)
	}
	fault := e.sendFault()
	if err := e.failBefore(ctx, fault); err != nil {
		return nil, err
	}
	results, entries := e.prepare(transmission, attachments)
	if err := e.journal.take(transmission.ID, entries, !e.config.NoKey); err != nil {
		return nil, channel.UnknownOutcome("echo.journal", "the journal cannot be written", err)
	}
	e.dieIf(fault == faultDieAfter)
	if fault == faultOversize {
		return oversized(transmission), nil
	}
	return results, nil
}

// failBefore fails as told before anything is taken.
func (e *echo) failBefore(ctx context.Context, fault string) error {
	switch fault {
	case faultDieBefore:
		e.dieIf(true)
	case faultHang:
		<-ctx.Done()
		return channel.UnknownOutcome("echo.hang", "no answer", ctx.Err())
	case faultPanic:
		panic("told to panic on sending")
	}
	return failure(fault)
}

func oversized(transmission channel.Transmission) channel.Results {
	return channel.AcceptAll(transmission, channel.Accepted{
		State: channel.DeliverySent, Evidence: &channel.Raw{Inline: make([]byte, oversize)},
	})
}

func check(transmission channel.Transmission) error {
	switch {
	case transmission.ID == "":
		return channel.ContentRefused("echo.transmission", "no transmission id", nil)
	case len(transmission.Recipients) > maxRecipients:
		return channel.ContentRefused("echo.recipients", "too many recipients", nil)
	case utf8.RuneCountInString(transmission.Content.Text) > maxText:
		return channel.ContentRefused("echo.text", "the text is too long", nil)
	}
	return nil
}

// attachments are read whole before anything is sent, so that no message leaves without them.
func (e *echo) attachments(ctx context.Context, transmission channel.Transmission) ([][]byte, error) {
	var all [][]byte
	for _, attachment := range transmission.Content.Attachments {
		if attachment.Blob.Size > maxAttachment {
			return nil, channel.ContentRefused("echo.attachment", "an attachment is too large", nil)
		}
		content, err := e.attachment(ctx, attachment.Blob)
		if err != nil {
			return nil, channel.Transient("echo.attachment", "an attachment cannot be read", err)
		}
		all = append(all, content)
	}
	return all, nil
}

func (e *echo) attachment(ctx context.Context, ref channel.BlobRef) ([]byte, error) {
	reader, err := e.Host.GetBlob(ctx, ref)
	if err != nil {
		return nil, err
	}
	defer func() { _ = reader.Close() }()
	content, err := io.ReadAll(io.LimitReader(reader, maxAttachment+1))
	return content, wrap("reading an attachment", err)
}

// prepare judges each recipient and writes the messages of those who can be written to.
func (e *echo) prepare(transmission channel.Transmission, attachments [][]byte) (channel.Results, []Entry) {
	results := channel.Results{}
	var entries []Entry
	for _, recipient := range transmission.Recipients {
		if !e.reaches(recipient.Address) {
			results[recipient.DeliveryID] = channel.Result{
				Failure: channel.RecipientRefused("echo.recipient", "nobody there", nil),
			}
			continue
		}
		results[recipient.DeliveryID] = accepted(transmission.ID, recipient.DeliveryID)
		entries = append(entries, Entry{
			Transmission: transmission.ID, Delivery: recipient.DeliveryID, Recipient: recipient.Address.Value,
			Wire: render(transmission, recipient), Attachments: attachments,
		})
	}
	return results, entries
}

func (e *echo) reaches(address channel.Address) bool {
	return slices.Contains([]string{"email", "mobile", "web"}, address.Kind) && address.Value != "" &&
		len(address.Value) <= maxAddress && channel.OneLine(address.Value) == address.Value &&
		!strings.HasPrefix(address.Value, refusedPrefix)
}

func accepted(transmission, delivery string) channel.Result {
	return channel.Result{Accepted: &channel.Accepted{
		State: channel.DeliverySent,
		ExternalIDs: []channel.ExternalID{{
			Kind: "echo_id", Value: transmission + "/" + delivery, Issuer: channel.IssuerProvider,
		}},
	}}
}

// render makes the message; what comes from people is one line where a line has a meaning.
func render(transmission channel.Transmission, recipient channel.Recipient) string {
	return fmt.Sprintf("From: %s\nTo: %s <%s>\nSubject: %s\nMessage-ID: %s\nIn-Reply-To: %s\nReply-Token: %s\n\n%s",
		channel.OneLine(transmission.SenderName), channel.OneLine(recipient.Address.Name), recipient.Address.Value,
		channel.OneLine(transmission.Content.Subject), channel.OneLine(transmission.Thread.MessageID),
		channel.OneLine(transmission.Thread.InReplyTo), channel.OneLine(transmission.Thread.ReplyToken),
		transmission.Content.Text)
}

// Lookup finds a transmission in the journal, which forgets nothing.
func (e *echo) Lookup(_ context.Context, query channel.Query) (channel.Finding, error) {
	entries, err := e.journal.Entries()
	if err != nil {
		return channel.Finding{}, channel.Transient("echo.journal", "the journal cannot be read", err)
	}
	finding := channel.Finding{Verdict: channel.VerdictAbsent, Results: channel.Results{}}
	for _, entry := range entries {
		if !entry.Attempt && entry.Transmission == query.TransmissionID {
			finding.Verdict = channel.VerdictFound
			finding.Results[entry.Delivery] = accepted(entry.Transmission, entry.Delivery)
		}
	}
	return finding, nil
}

// Entries reads the journal.
func (j Journal) Entries() ([]Entry, error) {
	file, err := os.Open(j.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	defer func() { _ = file.Close() }()
	return decodeEntries(file)
}

// decodeEntries skips lines that a crash has cut short: they were never confirmed to anybody.
func decodeEntries(reader io.Reader) ([]Entry, error) {
	content, err := io.ReadAll(reader)
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	var entries []Entry
	for line := range bytes.Lines(content) {
		var entry Entry
		if json.Unmarshal(line, &entry) == nil {
			entries = append(entries, entry)
		}
	}
	return entries, nil
}

// take appends messages, unless the key is honoured and the transmission is in the journal already.
func (j Journal) take(transmission string, entries []Entry, honourKey bool) error {
	return j.locked(func(file *os.File) error {
		if honourKey {
			known, err := decodeEntries(file)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(known, func(k Entry) bool { return !k.Attempt && k.Transmission == transmission }) {
				return nil
			}
		}
		return write(file, entries)
	})
}

func (j Journal) append(entries []Entry) error {
	return j.locked(func(file *os.File) error { return write(file, entries) })
}

// locked keeps other channels and processes out while the file is read and written.
func (j Journal) locked(do func(*os.File) error) error {
	file, err := os.OpenFile(j.Path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("opening the journal: %w", err)
	}
	defer func() { _ = file.Close() }()
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("locking the journal: %w", err)
	}
	return do(file)
}

func write(file *os.File, entries []Entry) error {
	// Each write starts on a line of its own, whatever a crash has left before it.
	lines := []byte{'\n'}
	for _, entry := range entries {
		line, err := json.Marshal(entry)
		if err != nil {
			return fmt.Errorf("writing the journal: %w", err)
		}
		lines = append(append(lines, line...), '\n')
	}
	if _, err := file.Write(lines); err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	return wrap("writing the journal", file.Sync())
}
