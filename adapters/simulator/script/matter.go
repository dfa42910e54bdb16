package script

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"html"
	"image"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// noise returns bytes that do not compress.
func (g *Generator) noise(n int) []byte {
	var seed [32]byte
	for i := 0; i < len(seed); i += 8 {
		binary.LittleEndian.PutUint64(seed[i:], g.rng.Uint64())
	}
	data := make([]byte, n)
	_, _ = rand.NewChaCha8(seed).Read(data) // never fails
	return data
}

// picture draws something that passes for a snapshot of a street: sky, road, and a dark patch.
func (g *Generator) picture(width, height int, photo bool) []byte {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	grain := g.noise(width + height)
	horizon := height/3 + g.rng.IntN(height/6)
	cx, cy, r := width/4+g.rng.IntN(width/2), height*3/4, width/10+g.rng.IntN(width/10)
	for y := range height {
		row := img.Pix[y*img.Stride : y*img.Stride+4*width]
		base := [3]byte{120, 160, 210}
		if y > horizon {
			base = [3]byte{100, 100, 98}
		}
		for x := range width {
			light := grain[x]&7 + grain[width+y]&7
			c := base
			if dx, dy := x-cx, 2*(y-cy); dx*dx+dy*dy < r*r {
				c = [3]byte{40, 36, 34}
			}
			p := row[4*x : 4*x+4]
			p[0], p[1], p[2], p[3] = c[0]+light, c[1]+light, c[2]+light, 255
		}
	}
	var b bytes.Buffer
	var err error
	if photo {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 60})
	} else {
		err = png.Encode(&b, img)
	}
	if err != nil {
		panic(err) // a buffer takes everything and the size is ours
	}
	return b.Bytes()
}

// pdf makes a one-page document that any reader opens.
func pdf(title, text string) []byte {
	var content strings.Builder
	content.WriteString("BT /F1 11 Tf 60 780 Td 16 TL\n")
	for line := range strings.SplitSeq(title+"\n\n"+text, "\n") {
		for len(line) > 0 {
			n := min(90, len(line))
			fmt.Fprintf(&content, "(%s) Tj T*\n", pdfText(line[:n]))
			line = line[n:]
		}
		content.WriteString("T*\n")
	}
	content.WriteString("ET\n")
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%sendstream", content.Len(), content.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	offsets := make([]int, 0, len(objects))
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

// pdfText writes a string for a content stream in WinAnsi, leaving out what it cannot hold.
func pdfText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '(' || r == ')' || r == '\\':
			b.WriteString(`\` + string(r))
		case r >= ' ' && r < 127:
			b.WriteRune(r)
		case r >= 0xa0 && r <= 0xff:
			fmt.Fprintf(&b, `\%03o`, r)
		}
	}
	return b.String()
}

func escape(s string) string { return html.EscapeString(s) }

// outlookHTML wraps text in the markup Outlook writes around it.
func outlookHTML(text string) string {
	var b strings.Builder
	b.WriteString(`<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">` +
		`<head><meta name="Generator" content="Microsoft Word 15 (filtered medium)"><style><!-- p.MsoNormal {margin:0cm; font-size:11.0pt; ` +
		`font-family:"Calibri",sans-serif;} --></style><!--[if gte mso 9]><xml><o:shapedefaults v:ext="edit" spidmax="1026"/></xml><![endif]--></head>` +
		"\n" + `<body lang="IT"><div class="WordSection1">` + "\n")
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" {
			line = "\u00a0"
		}
		b.WriteString(`<p class="MsoNormal">` + escape(line) + "<o:p></o:p></p>\n")
	}
	b.WriteString("</div></body></html>\n")
	return b.String()
}

// windows1252 encodes text as mail programs of another age do, with a question mark for what they cannot write.
func windows1252(text string) string {
	var b strings.Builder
	for _, r := range text {
		c, ok := charmap.Windows1252.EncodeRune(r)
		if !ok {
			c = '?'
		}
		b.WriteByte(c)
	}
	return b.String()
}

// crlf gives text in any charset the line ends of mail.
func crlf(text string) []byte {
	return []byte(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n"))
}
