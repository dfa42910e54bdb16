package tnef

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"

	"sportello.dev/adapters/internal/tnef/tneftest"
)

func latin(b []byte, codePage int) string {
	if codePage != 1252 {
		return string(b)
	}
	s, _ := charmap.Windows1252.NewDecoder().String(string(b))
	return s
}

func sample() []byte {
	inner := tneftest.New().Attribute(1, attSubject, []byte("Dentro\x00")).Attribute(1, attBody, []byte("Ciao\x00"))
	return tneftest.New().
		Attribute(1, attCodePage, []byte{0xe4, 4, 0, 0, 0, 0, 0, 0}).
		Attribute(1, attClass, []byte("IPM.Note\x00")).
		Attribute(1, attSubject, []byte("Perch\xe9\x00")).
		Attribute(1, attProperties, tneftest.Properties(
			tneftest.Value{Kind: 0x0003, ID: propCodePage, Data: []byte{0xe4, 4, 0, 0}},
			tneftest.Value{Kind: typeUnicode, ID: 0x8001, Data: tneftest.Unicode("un nome")},
			tneftest.Value{Kind: typeUnicode, ID: propBody, Data: tneftest.Unicode("Buongiorno, è qui.")},
			tneftest.Value{Kind: typeBinary, ID: propRTF, Data: append([]byte{0, 0, 0, 0, 6, 0, 0, 0, 'M', 'E', 'L', 'A', 0, 0, 0, 0}, `{\rtf}`...)},
		)).
		Attribute(2, attNewFile, make([]byte, 14)).
		Attribute(2, attFileTitle, []byte("PIANTI~1.PDF\x00")).
		Attribute(2, attFileContent, []byte("%PDF-1.4 ...")).
		Attribute(2, attFileProperties, tneftest.Properties(
			tneftest.Value{Kind: typeUnicode, ID: propLongName, Data: tneftest.Unicode("Piantina è grande.pdf")},
			tneftest.Value{Kind: typeString, ID: propMIMEType, Data: []byte("application/pdf\x00")},
			tneftest.Value{Kind: typeString, ID: propCID, Data: []byte("image001@01\x00")},
		)).
		Attribute(2, attNewFile, make([]byte, 14)).
		Attribute(2, attFileProperties, tneftest.Properties(tneftest.Value{Kind: typeObject, ID: propData, Data: append(make([]byte, 16), inner.Bytes...)})).Bytes
}

func TestDecode(t *testing.T) {
	t.Parallel()
	m, err := Decode(sample(), latin)
	require.NoError(t, err)
	require.Equal(t, &Message{
		Class: "IPM.Note", Subject: "Perché", Text: "Buongiorno, è qui.", RTF: []byte(`{\rtf}`),
		Files: []File{
			{Name: "Piantina è grande.pdf", MediaType: "application/pdf", ContentID: "image001@01", Content: []byte("%PDF-1.4 ...")},
			{Message: &Message{Subject: "Dentro", Text: "Ciao"}},
		},
	}, m)
}

func TestBrokenContainersGiveWhatTheyHold(t *testing.T) {
	t.Parallel()
	whole := sample()
	for n := range whole {
		m, err := Decode(whole[:n], latin)
		if err == nil {
			continue // cut between two attributes
		}
		require.ErrorIs(t, err, ErrBroken)
		require.LessOrEqual(t, len(m.Files), 2)
	}
	_, err := Decode([]byte("non è un winmail.dat"), latin)
	require.ErrorIs(t, err, ErrBroken)
}

// The example of MS-OXRTFCP, section 4.1.1.
func TestCompressedRTF(t *testing.T) {
	t.Parallel()
	compressed := []byte{
		0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0x00, 0x0a, 0x00, 0x72, 0x63, 0x70, 0x67,
		0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0x00, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
	}
	got, err := decompressRTF(compressed)
	require.NoError(t, err)
	require.Equal(t, "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n", string(got))

	_, err = decompressRTF(append([]byte{0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}, compressed[8:]...))
	require.ErrorIs(t, err, ErrBroken)
}

func FuzzDecode(f *testing.F) {
	f.Add(sample())
	f.Add(sample()[:200])
	f.Fuzz(func(t *testing.T, b []byte) {
		m, _ := Decode(b, latin)
		require.NotNil(t, m)
		total := 0
		var count func(*Message)
		count = func(m *Message) {
			require.LessOrEqual(t, len(m.Files), maxFiles)
			require.LessOrEqual(t, len(m.RTF), maxRTF+17)
			for _, file := range m.Files {
				total += len(file.Content)
				if file.Message != nil {
					count(file.Message)
				}
			}
		}
		count(m)
		require.LessOrEqual(t, total, maxDepth*len(b))
	})
}
