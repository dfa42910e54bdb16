package imapd

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"

	"sportello.dev/adapters/simulator/fault"
	"sportello.dev/adapters/simulator/internal/postbox"
)

var errCut = errors.New("connection cut on request")

func (s *session) Fetch(w *imapserver.FetchWriter, set imap.NumSet, options *imap.FetchOptions) error {
	reading := slices.ContainsFunc(options.BodySection, func(bs *imap.FetchItemBodySection) bool { return !bs.Peek }) ||
		slices.ContainsFunc(options.BinarySection, func(bs *imap.FetchItemBinarySection) bool { return !bs.Peek })
	set = s.view.Static(set)
	if reading && !s.view.ReadOnly {
		if err := s.view.Seen(set); err != nil {
			return err
		}
	}
	for _, e := range s.view.Entries(set) {
		if e.Seq == 0 {
			continue // not announced to this session yet; the poll after this command does that
		}
		if err := s.fetch(w, &e, options); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) fetch(w *imapserver.FetchWriter, e *postbox.Entry, options *imap.FetchOptions) error {
	var raw []byte
	if options.Envelope || options.BodyStructure != nil || len(options.BodySection)+len(options.BinarySection)+len(options.BinarySectionSize) > 0 {
		var err error
		if raw, err = s.view.Raw(e); err != nil {
			return nil //nolint:nilerr // expunged by another session in between, which the next poll will tell
		}
		if _, drop := s.server.Faults.Take(fault.DropFetch, s.owner); drop {
			s.cut()
			return errCut
		}
	}
	m := w.CreateMessage(e.Seq)
	m.WriteUID(e.UID)
	if options.Flags {
		m.WriteFlags(e.Flags)
	}
	if options.InternalDate {
		m.WriteInternalDate(e.At)
	}
	if options.RFC822Size {
		m.WriteRFC822Size(e.Size)
	}
	if options.Envelope {
		m.WriteEnvelope(envelope(raw))
	}
	if options.BodyStructure != nil {
		m.WriteBodyStructure(imapserver.ExtractBodyStructure(bytes.NewReader(raw)))
	}
	return errors.Join(writeSections(m, raw, options), m.Close())
}

func writeSections(m *imapserver.FetchResponseWriter, raw []byte, options *imap.FetchOptions) error {
	for _, bs := range options.BodySection {
		part := section(raw, bs)
		if err := writeAll(m.WriteBodySection(bs, int64(len(part))), part); err != nil {
			return err
		}
	}
	for _, bs := range options.BinarySection {
		part := imapserver.ExtractBinarySection(bytes.NewReader(raw), bs)
		if err := writeAll(m.WriteBinarySection(bs, int64(len(part))), part); err != nil {
			return err
		}
	}
	for _, bs := range options.BinarySectionSize {
		m.WriteBinarySectionSize(bs, imapserver.ExtractBinarySectionSize(bytes.NewReader(raw), bs))
	}
	return nil
}

func writeAll(w io.WriteCloser, data []byte) error {
	_, err := w.Write(data)
	return errors.Join(err, w.Close())
}

// Store, Expunge, Copy, Move: the view does the work and the poll after the command tells of it.

func (s *session) Store(w *imapserver.FetchWriter, set imap.NumSet, flags *imap.StoreFlags, _ *imap.StoreOptions) error {
	entries, err := s.view.Store(s.view.Static(set), flags)
	if err != nil {
		return refusal(err)
	}
	if flags.Silent {
		return nil
	}
	for _, e := range entries {
		if e.Seq == 0 {
			continue
		}
		m := w.CreateMessage(e.Seq)
		m.WriteUID(e.UID)
		m.WriteFlags(e.Flags)
		if err := m.Close(); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) Expunge(_ *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	return refusal(s.view.Expunge(uids))
}

func (s *session) Copy(set imap.NumSet, dest string) (*imap.CopyData, error) {
	data, err := s.view.Copy(set, dest)
	return data, noTarget(err)
}

func (s *session) Move(w *imapserver.MoveWriter, set imap.NumSet, dest string) error {
	if s.view.ReadOnly {
		return refusal(postbox.ErrReadOnly)
	}
	data, err := s.view.Move(set, dest)
	if err != nil || data == nil {
		return noTarget(err)
	}
	return w.WriteCopyData(data)
}

func noTarget(err error) error {
	if errors.Is(err, postbox.ErrNoMailbox) {
		return &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeTryCreate, Text: "No such mailbox"}
	}
	return refusal(err)
}
