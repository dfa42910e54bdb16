// Package mime reads and writes Internet mail (RFC 5322, 2045-2049) for the
// adapters that carry it.
//
// Reading is built for foreign bytes. Parse makes one pass over the stream, in
// time linear in its size whatever the nesting, holds no more than the text of
// the message in memory, streams attachments away, and checks every limit
// before it buffers. Header fields, charsets and multipart writing come from
// go-message; the walk over parts is our own because that library's nested
// readers cost quadratic time, bound nothing and give up at the first broken
// header line. A mail is refused only when it exceeds a limit or has no header
// at all; everything else yields the best reading together with warnings.
//
// Writing refuses line breaks in header values and always produces CRLF lines
// no longer than 998 bytes.
package mime
