package mime

import (
	"bytes"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// uuencoded is a file as old mail programs write it into a text.
func uuencoded(name string, content []byte) string {
	var b strings.Builder
	letter := func(bits byte) {
		b.WriteByte(" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"[bits&63])
	}
	b.WriteString("begin 644 " + name + "\r\n")
	for len(content) > 0 {
		line := content[:min(45, len(content))]
		content = content[len(line):]
		letter(byte(len(line)))
		for i := 0; i < len(line); i += 3 {
			var three [3]byte
			copy(three[:], line[i:])
			letter(three[0] >> 2)
			letter(three[0]<<4 | three[1]>>4)
			letter(three[1]<<2 | three[2]>>6)
			letter(three[2])
		}
		b.WriteString("\r\n")
	}
	return b.String() + "`\r\nend\r\n"
}

func splitUU(t *testing.T, text string, most int) (string, []uuFile) {
	t.Helper()
	u := newUUReader(iotestHalves(text), most)
	rest, err := io.ReadAll(u)
	require.NoError(t, err)
	return string(rest), u.files
}

// iotestHalves gives a text in pieces of odd sizes.
func iotestHalves(s string) io.Reader {
	cut := len(s) / 3
	return io.MultiReader(strings.NewReader(s[:cut]), strings.NewReader(s[cut:]))
}

func TestUUFiles(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 100_000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	whole := uuencoded("foto.jpg", noise)
	rest, files := splitUU(t, "Prima\r\n"+whole+"Dopo\r\n"+whole, 1<<20)
	require.Equal(t, "Prima\r\nDopo\r\n", rest)
	require.Len(t, files, 2)
	require.Equal(t, "foto.jpg", files[1].name)
	require.Equal(t, noise, files[1].content)

	// Blanks at the ends of lines got lost on the way, and the last line has no end.
	bare := strings.TrimSuffix(strings.ReplaceAll(uuencoded("a", make([]byte, 50)), " \r\n", "\r\n"), "\r\n")
	rest, files = splitUU(t, bare, 1<<20)
	require.Empty(t, rest)
	require.Equal(t, make([]byte, 50), files[0].content)

	for name, text := range map[string]string{
		"cut": whole[:5000], "too large": whole, "no name": "begin 644 \nx\n", "no mode": "begin 9 a\n`\nend\n", "within a line": "> " + whole[:200],
		"prose": "begin 644 a\nun testo\nend\n", "a long line": strings.Repeat("x", 3*uuLine) + "begin 644 a\n", "no end": "begin 644 a\n`\nfine\n",
	} {
		rest, files := splitUU(t, text, 5000)
		require.Equal(t, text, rest, name)
		require.Empty(t, files, name)
	}

	// A file that turns out to be none gives way to the next.
	rest, files = splitUU(t, "begin 644 a\nbegin 644 b\n#8VEA\n`\nend\n", 5000)
	require.Equal(t, "begin 644 a\n", rest)
	require.Equal(t, []uuFile{{"b", []byte("cia")}}, files)
}

// Files over the limit for one mail stay text, of which the rest is attached.
func TestUUInALongText(t *testing.T) {
	t.Parallel()
	limits := DefaultLimits()
	limits.TextBytes = 1000
	raw := "From: a@b.it\r\n\r\n" + strings.Repeat("riga\r\n", 500) + uuencoded("a.bin", []byte("contenuto")) + "fine\r\n"
	sink := &memorySink{}
	m, err := Parse(t.Context(), strings.NewReader(raw), limits, sink)
	require.NoError(t, err)
	require.Contains(t, m.Warnings, WarnTextTruncated)
	require.Len(t, sink.files, 2)
	require.Equal(t, "contenuto", string(sink.files[1]))
	require.True(t, bytes.HasSuffix(sink.files[0], []byte("riga\r\nfine\r\n")))
}

func FuzzUU(f *testing.F) {
	f.Add("begin 644 a.txt\n#8VEA\n`\nend\n")
	f.Add("x\nbegin 0600 b\nbegin 644 a\n$8VEA;P``\n \nend\n")
	f.Fuzz(func(t *testing.T, text string) {
		rest, files := splitUU(t, text, 1000)
		total := len(rest)
		for _, file := range files {
			require.NotEmpty(t, file.name)
			total += len(file.content)
		}
		require.LessOrEqual(t, total, len(text))
		if len(files) == 0 {
			require.Equal(t, text, rest)
		}
	})
}
