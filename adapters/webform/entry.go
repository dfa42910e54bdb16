package webform

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"sportello.dev/plugins-sdk/channel"
)

// The names of the page's own fields; no form may use them.
const (
	fieldSeal     = "modulo"
	fieldAction   = "azione"
	fieldLanguage = "lingua"
	fieldTrap     = "sito_web"
	fieldRemove   = "togli"
)

const (
	// maxParts and maxTyped bound what is read beside the files: fields, and bytes of text.
	maxParts = 200
	maxTyped = 512 << 10
	// maxRefused is how many files that cannot be taken are listed.
	maxRefused = 30
)

// entry is what came from a page.
type entry struct {
	typed url.Values
	files []file
	// refused are files that were not taken, by field.
	refused []refusal
}

// refusal is a file that was not taken.
type refusal struct {
	field, name string
	// size is more than the limit; unknown files are not kept for another reason.
	tooLarge bool
}

// errEntry says that a body is no form.
var errEntry = errors.New("the body is not a form")

// errKeeping says that the hub could not keep a file.
var errKeeping = errors.New("keeping a file")

// keeper takes the files of an entry.
type keeper struct {
	host  *channel.Host
	limit int64
	// fields are those that take files.
	fields map[string]bool
}

// read takes a posted form apart. The files go to the hub as they come. When the hub cannot keep one the rest is still
// read, so that nothing typed is lost, and the error is errKeeping.
func (k *keeper) read(ctx context.Context, mediaType string, body io.Reader) (*entry, error) {
	kind, params, err := mime.ParseMediaType(mediaType)
	if err != nil {
		return nil, errEntry
	}
	e := &entry{typed: url.Values{}}
	switch kind {
	case "application/x-www-form-urlencoded":
		text, err := io.ReadAll(io.LimitReader(body, 2*maxTyped+1))
		if err != nil {
			return nil, fmt.Errorf("reading a form: %w", err)
		}
		if len(text) > 2*maxTyped {
			return nil, errEntry
		}
		// What cannot be read of it is left out, as browsers send none such.
		e.typed, _ = url.ParseQuery(string(text))
		return e, nil
	case "multipart/form-data":
		return e, k.parts(ctx, multipart.NewReader(body, params["boundary"]), e)
	}
	return nil, errEntry
}

func (k *keeper) parts(ctx context.Context, reader *multipart.Reader, e *entry) error {
	var failed error
	typed := 0
	for range maxParts {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return failed
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errEntry, err)
		}
		if part.FileName() != "" {
			if err := k.file(ctx, part, e); err != nil {
				failed = err
			}
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, int64(maxTyped-typed)+1))
		if err != nil {
			return fmt.Errorf("%w: %w", errEntry, err)
		}
		if typed += len(text); typed > maxTyped {
			return errEntry
		}
		if name := part.FormName(); name != "" {
			e.typed.Add(name, string(text))
		}
	}
	return errEntry
}

// file gives one file to the hub.
func (k *keeper) file(ctx context.Context, part *multipart.Part, e *entry) error {
	field, name := part.FormName(), channel.CleanName(part.FileName())
	content := bufio.NewReaderSize(part, sniffed)
	head, err := content.Peek(sniffed)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return fmt.Errorf("%w: %w", errEntry, err)
	case len(head) == 0 || !k.fields[field]:
		return nil // an empty choice
	}
	detected := mimetype.Detect(head).String()
	limited := &limitedReader{r: content, left: k.limit}
	ref, err := k.host.PutBlob(ctx, limited, 0, detected)
	switch {
	case limited.over || errors.Is(err, channel.ErrTooLarge):
		if len(e.refused) < maxRefused {
			e.refused = append(e.refused, refusal{field: field, name: name, tooLarge: true})
		}
		return nil
	case err != nil:
		return fmt.Errorf("%w: %w", errKeeping, err)
	}
	declared, _, _ := strings.Cut(channel.OneLine(part.Header.Get("Content-Type")), ";")
	e.files = append(e.files, file{
		Field: field, SHA256: ref.SHA256, Size: int64(ref.Size), Name: name, Type: detected, Declared: clip(declared, 100), Claim: ref.Claim,
	})
	return nil
}

// sniffed is how much of a file is looked at for its type, in bytes.
const sniffed = 3072

// limitedReader fails beyond its limit, where io.LimitReader would pretend the end.
type limitedReader struct {
	r    io.Reader
	left int64
	over bool
}

var errOver = errors.New("more than the limit")

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.over {
		return 0, errOver
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		l.over = true
		return 0, errOver
	}
	return n, err
}

// clip cuts a text at a number of bytes, at the beginning of a character.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

// values are the answers to a form's questions, as they were typed.
func (e *entry) values(f *Form) Values {
	v := Values{}
	for i := range f.Fields {
		field := &f.Fields[i]
		if typed := tidy(e.typed.Get(field.Name), field.Kind == KindLong); typed != "" {
			v[field.Name] = typed
		}
	}
	return v
}

// tidy makes typed text fit to be kept: valid, no control characters, line breaks only where there may be some.
func tidy(text string, lines bool) string {
	text = strings.ReplaceAll(strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n"), "\r", "\n")
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && lines, r == '\t' && lines:
			return r
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\ufeff':
			return ' '
		case r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\u200e' || r == '\u200f':
			return -1 // would turn what follows around
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}
