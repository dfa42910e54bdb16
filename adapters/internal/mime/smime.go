package mime

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/pem"
	"hash"
	"io"
	"strings"

	"github.com/smallstep/pkcs7"
)

// signatureBytes is far above any detached signature with its certificates.
const signatureBytes = 1 << 20

// tap takes the digest of the lines that pass the scanner, from the boundary
// before a part to the one behind it: exactly as they are and, once a line
// does not end as the standard wants, also as if all did.
type tap struct {
	exact, canonical map[crypto.Hash]hash.Hash

	last   []byte // not yet digested: it may be the boundary
	ending []byte // of the line before, which may belong to the boundary
	begun  bool
}

func newTap(micalg string) *tap {
	t := &tap{exact: map[crypto.Hash]hash.Hash{crypto.SHA256: crypto.SHA256.New()}}
	for name := range strings.SplitSeq(strings.ToLower(micalg), ",") {
		f := map[string]crypto.Hash{"sha1": crypto.SHA1, "sha384": crypto.SHA384, "sha512": crypto.SHA512}[strings.ReplaceAll(strings.TrimSpace(name), "-", "")]
		if f != 0 {
			t.exact[f] = f.New()
		}
	}
	return t
}

func (t *tap) line(chunk []byte) {
	if t.begun {
		t.write(t.ending)
		content, ending := splitEnding(t.last)
		t.write(content)
		t.ending = ending
	}
	t.last, t.begun = append(t.last[:0], chunk...), true
}

func (t *tap) write(b []byte) {
	bare := len(b) == 1 && b[0] == '\n'
	if bare && t.canonical == nil {
		t.canonical = map[crypto.Hash]hash.Hash{}
		for f, h := range t.exact {
			if h, ok := h.(hash.Cloner); ok {
				if clone, err := h.Clone(); err == nil {
					t.canonical[f] = clone
				}
			}
		}
	}
	for _, h := range t.exact {
		h.Write(b)
	}
	if bare {
		b = crlf
	}
	for _, h := range t.canonical {
		h.Write(b)
	}
}

// sums are the digests up to the line before the boundary, which came last.
func (t *tap) sums() []hasher {
	all := []hasher{sum(t.exact)}
	if t.canonical != nil {
		all = append(all, sum(t.canonical))
	}
	return all
}

func sum(hashes map[crypto.Hash]hash.Hash) hasher {
	sums := hasher{}
	for f, h := range hashes {
		sums[f] = h.Sum(nil)
	}
	return sums
}

// awaited is content that was signed; its signature is the next part.
type awaited struct {
	sums  []hasher
	depth int
	whole bool
}

// signed reads the parts of a multipart/signed of S/MIME: what was signed, and
// the signature.
func (w *walker) signed(e entity, level int) (stop, error) {
	t := newTap(e.contentType.params["micalg"])
	w.scanner.taps = append(w.scanner.taps, t)
	at, err := w.child("signed", e.depth+1)
	w.scanner.taps = w.scanner.taps[:len(w.scanner.taps)-1]
	if err != nil || at.level != level || at.final {
		return at, err
	}
	w.awaited = &awaited{sums: t.sums(), depth: e.depth + 1, whole: e.depth == 0}
	before := len(w.mail.Signatures)
	at, err = w.child("signed", e.depth+1)
	w.awaited = nil
	if at.level == level && !at.final && len(w.mail.Signatures) > before {
		w.mail.Signatures[before].Whole = false // more parts follow, which nobody signed
	}
	return at, err
}

func isSMIME(e entity) bool {
	return e.contentType.value == "multipart/signed" && strings.HasSuffix(strings.ToLower(e.contentType.params["protocol"]), "pkcs7-signature")
}

// isSignature tells the signature that is awaited.
func (w *walker) isSignature(e entity) bool {
	return w.awaited != nil && e.depth == w.awaited.depth && strings.HasSuffix(e.contentType.value, "pkcs7-signature")
}

// detached checks the signature over the part before. One that cannot be read
// stays an attachment.
func (w *walker) detached(e entity, r io.Reader) error {
	content, err := io.ReadAll(io.LimitReader(r, signatureBytes))
	if err != nil {
		return err
	}
	signed := w.awaited
	w.awaited = nil
	p7, err := pkcs7.Parse(content)
	if err != nil {
		w.mail.Signatures = append(w.mail.Signatures, Signature{State: SignatureUnverified, Reason: ReasonUnsupported})
		return w.attach(e, io.MultiReader(bytes.NewReader(content), r))
	}
	w.addSignature(p7, signed.whole, signed.sums...)
	return nil
}

// isEnvelope tells a mail that is packed into its signature, or encrypted.
func isEnvelope(e entity) bool {
	switch e.contentType.value {
	case "application/pkcs7-mime", "application/x-pkcs7-mime":
	default:
		return false
	}
	name := strings.ToLower(e.fileName())
	return name == "" || name == "smime.p7m" || name == "smime.p7z"
}

// envelope shows what is packed into a signature. What is encrypted, or cannot
// be opened, stays an attachment.
func (w *walker) envelope(e entity, content []byte) error {
	inner, p7 := unpack(content)
	if inner == nil || w.nested >= openDepth || w.openedBytes+len(inner) > openTotal {
		if p7 == nil && !strings.Contains(e.contentType.params["smime-type"], "signed") {
			w.mail.warn(WarnEncrypted)
		}
		return w.attach(e, bytes.NewReader(content))
	}
	w.addSignature(p7, e.depth == 0)
	if e.depth+1 > w.limits.Depth {
		return &LimitError{Limit: LimitDepth, Max: int64(w.limits.Depth)}
	}
	w.openedBytes += len(inner)
	outer := w.scanner
	w.scanner = newScanner(outer.ctx, bytes.NewReader(inner))
	w.nested++
	_, err := w.child("", e.depth+1)
	w.nested--
	w.scanner = outer
	return err
}

// unpack opens a signature that holds its content: as it is, in base64, or as
// PEM. Signatures around signatures are opened too.
func unpack(b []byte) (inner []byte, outermost *pkcs7.PKCS7) {
	for range openDepth {
		p7, err := pkcs7.Parse(binaryForm(b))
		if err != nil || len(p7.Signers) == 0 || len(p7.Content) == 0 {
			return inner, outermost
		}
		if outermost == nil {
			outermost = p7
		}
		inner, b = p7.Content, p7.Content
	}
	return inner, outermost
}

func binaryForm(b []byte) []byte {
	trimmed := bytes.TrimSpace(b)
	if len(trimmed) == 0 || trimmed[0] == 0x30 {
		return b
	}
	if block, _ := pem.Decode(trimmed); block != nil {
		return block.Bytes
	}
	out := make([]byte, base64.StdEncoding.DecodedLen(len(trimmed)))
	n, err := base64.StdEncoding.Decode(out, bytes.Join(bytes.Fields(trimmed), nil))
	if err != nil {
		return b
	}
	return out[:n]
}

// openEnvelope puts the file inside a signed one, as in delibera.pdf.p7m,
// beside it.
func (w *walker) openEnvelope(e entity, a Attachment, content []byte) error {
	inner, _ := unpack(content)
	if inner == nil || w.openedBytes+len(inner) > openTotal {
		return nil
	}
	name := a.Name
	for strings.EqualFold(extension(name), ".p7m") {
		name = name[:len(name)-len(".p7m")]
	}
	return w.attachInner(e, name, "", "", inner)
}
