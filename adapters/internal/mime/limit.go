package mime

import (
	"errors"
	"fmt"
	"io"
)

// Limits bound what Parse accepts. Zero values are not replaced: start from
// DefaultLimits.
type Limits struct {
	RawBytes        int64 // whole message as received
	HeaderBytes     int   // one header block, of the message or of a part
	HeaderFields    int   // fields in one header block
	Depth           int   // nested multiparts
	Parts           int   // parts in the whole message
	BoundaryBytes   int   // length of a multipart boundary
	Addresses       int   // addresses in all address fields together
	AttachmentBytes int64 // decoded attachments together
	TextBytes       int   // plain text, and HTML, to show; a part beyond is cut and attached whole
	OpenBytes       int   // a container that is opened, in memory; a larger one stays closed, and the text says so
}

// DefaultLimits returns the limits used when a channel sets none.
func DefaultLimits() Limits {
	return Limits{
		RawBytes:        60 << 20,
		HeaderBytes:     100 << 10,
		HeaderFields:    1000,
		Depth:           50,
		Parts:           500,
		BoundaryBytes:   2 << 10,
		Addresses:       500,
		AttachmentBytes: 100 << 20,
		TextBytes:       1 << 20,
		OpenBytes:       16 << 20,
	}
}

// deepNesting is the depth from which a mail is flagged: no mail program
// nests that far.
const deepNesting = 20

// The names a LimitError can carry.
const (
	LimitRaw         = "raw_bytes"
	LimitHeaderBytes = "header_bytes"
	LimitHeaderCount = "header_fields"
	LimitDepth       = "depth"
	LimitParts       = "parts"
	LimitBoundary    = "boundary_bytes"
	LimitAddresses   = "addresses"
	LimitAttachments = "attachment_bytes"
)

// LimitError says that a mail exceeds one of the Limits. The mail cannot be
// shown; its raw bytes can still be kept.
type LimitError struct {
	Limit string
	Max   int64
}

// Error implements error.
func (e *LimitError) Error() string {
	return fmt.Sprintf("mail exceeds the limit %s of %d", e.Limit, e.Max)
}

// ErrNoHeader is returned for bytes that hold no header field: not a mail.
var ErrNoHeader = errors.New("no header field found")

// cappedReader fails with a LimitError once more than max bytes came through.
type cappedReader struct {
	r     io.Reader
	limit string
	max   int64
	n     int64
}

func (c *cappedReader) Read(p []byte) (int, error) {
	if left := c.max - c.n; left >= 0 && int64(len(p)) > left+1 {
		p = p[:left+1]
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.n > c.max {
		return 0, &LimitError{Limit: c.limit, Max: c.max}
	}
	return n, err
}

// Unreadable reports whether a Parse error is about the bytes themselves, so
// that trying again with the same limits is useless.
func Unreadable(err error) bool {
	var limit *LimitError
	return errors.As(err, &limit) || errors.Is(err, ErrNoHeader)
}
