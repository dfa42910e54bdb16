package imapd

import (
	"bufio"
	"bytes"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-message/textproto"
)

// section cuts the part of a message that a BODY[...] names. The whole message, its header and its text are taken from
// the stored bytes as they are, so that a client sees mail that no parser would accept exactly as it arrived.
func section(raw []byte, bs *imap.FetchItemBodySection) []byte {
	if len(bs.Part) > 0 || len(bs.HeaderFields) > 0 || len(bs.HeaderFieldsNot) > 0 {
		return imapserver.ExtractBodySection(bytes.NewReader(raw), bs)
	}
	head, body := split(raw)
	switch bs.Specifier {
	case imap.PartSpecifierHeader, imap.PartSpecifierMIME:
		raw = head
	case imap.PartSpecifierText:
		raw = body
	}
	return partial(raw, bs.Partial)
}

// split divides a message at its first empty line, which belongs to the header.
func split(raw []byte) (head, body []byte) {
	if bytes.HasPrefix(raw, []byte("\r\n")) {
		return raw[:2], raw[2:]
	}
	i := bytes.Index(raw, []byte("\r\n\r\n"))
	if i < 0 {
		return raw, nil
	}
	return raw[:i+4], raw[i+4:]
}

func partial(data []byte, p *imap.SectionPartial) []byte {
	if p == nil {
		return data
	}
	size := int64(len(data))
	start := min(max(p.Offset, 0), size)
	return data[start:min(start+max(p.Size, 0), size)]
}

// envelope reads what it can of a header; a broken one gives an empty envelope.
func envelope(raw []byte) *imap.Envelope {
	head, _ := split(raw)
	header, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(head)))
	if err != nil {
		return &imap.Envelope{}
	}
	return imapserver.ExtractEnvelope(header)
}
