package gsm

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// vector is one line of the table that the composer's counter is held against as well.
type vector struct {
	Text    string `json:"text"`
	Repeat  int    `json:"repeat"`
	UCS2    bool   `json:"ucs2"`
	Units   int    `json:"units"`
	Parts   int    `json:"parts"`
	Forcing string `json:"forcing"`
	// Spelled is the text in the 7-bit alphabet.
	Spelled string `json:"spelled"`
}

func TestVectors(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var vectors []vector
	require.NoError(t, json.Unmarshal(data, &vectors))
	for _, v := range vectors {
		text := strings.Repeat(v.Text, max(v.Repeat, 1))
		encoded := Encode(text, false)
		require.Equal(t, v.UCS2, encoded.Coding == CodingUCS2, v.Text)
		require.Equal(t, v.Units, encoded.Units, v.Text)
		require.Len(t, encoded.Parts, v.Parts, v.Text)
		got := ""
		if encoded.Forcing != 0 {
			got = string(encoded.Forcing)
		}
		require.Equal(t, v.Forcing, got, v.Text)
		if v.Spelled != "" {
			require.Equal(t, strings.Repeat(v.Spelled, max(v.Repeat, 1)), Transliterate(text), v.Text)
		}
	}
}

func TestPartsNeverTearPairs(t *testing.T) {
	t.Parallel()
	for _, part := range Encode(strings.Repeat("€", 81), false).Parts {
		require.Zero(t, len(part)%2, "an escape and its character stay together")
	}
	smileys := Encode(strings.Repeat("😀", 36), false)
	require.Len(t, smileys.Parts[0], 33*4)
	require.Len(t, smileys.Parts[1], 3*4)
	wide := Encode(strings.Repeat("a", 161), true)
	require.Len(t, wide.Parts[0], 152, "a header of 7 bytes takes 8 septets")
	require.Len(t, Encode(strings.Repeat("ж", 71), true).Parts[0], 132)
}

func TestSplitAndJoin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.OneOf(
			rapid.RuneFrom([]rune(defaultAlphabet[:5]+"abc èéìòù€{}[]~^|\\\n")), rapid.RuneFrom([]rune("È’…😀ж漢")),
		)).Draw(t, "text")
		wide := rapid.Bool().Draw(t, "wide")
		encoded := Encode(text, wide)
		var joined string
		for n, data := range encoded.Parts {
			part := Part{Reference: 0xABCD & 0xFF, Wide: wide, Total: len(encoded.Parts), Part: n + 1}
			header, rest, err := SplitHeader(append(part.Header(), data...))
			require.NoError(t, err)
			require.Equal(t, part.orNone(), header.Part)
			if len(encoded.Parts) > 1 && encoded.Coding == CodingUCS2 {
				require.LessOrEqual(t, len(part.Header())+len(data), roomBytes)
			}
			if encoded.Coding == CodingUCS2 {
				joined += DecodeUCS2(rest)
				continue
			}
			read, ok := Decode7(rest, header)
			require.True(t, ok)
			joined += read
		}
		require.Equal(t, norm.NFC.String(text), joined)
	})
}

func TestSpellings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"L’ufficio è chiuso – vedi «avviso»…": `L'ufficio è chiuso - vedi "avviso"...`,
		"È già così, PERCHÉ NO":               "E' già così, PERCHÉ NO",
		"n° 5":                                "no 5",
		"façade São Žižka":                    "facade Sao Zizka",
		"un sorriso 😀, l’altro":               "un sorriso 😀, l’altro",
		"e\u0300 uno":                         "è uno",
	} {
		require.Equal(t, want, Transliterate(text))
	}
}

func TestNationalTables(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header []byte
		data   []byte
		want   string
	}{
		"default":              {[]byte{0}, []byte{0x48, 0x1B, 0x65, 0x7F}, "H€à"},
		"spanish single":       {[]byte{3, 0x24, 1, 2}, []byte{0x1B, 0x61, 0x1B, 0x65}, "á€"},
		"turkish locking":      {[]byte{3, 0x25, 1, 1}, []byte{0x0B, 0x04, 0x40}, "Ğ€İ"},
		"portuguese both":      {[]byte{6, 0x24, 1, 3, 0x25, 1, 3}, []byte{0x7B, 0x1B, 0x7F}, "ãâ"},
		"escape at the end":    {[]byte{0}, []byte{0x41, 0x1B}, "A"},
		"escape, nothing else": {[]byte{0}, []byte{0x1B, 0x41, 0x1B, 0x1B}, "A "},
	} {
		header, rest, err := SplitHeader(append(c.header, c.data...))
		require.NoError(t, err, name)
		text, ok := Decode7(rest, header)
		require.True(t, ok, name)
		require.Equal(t, c.want, text, name)
	}
	_, ok := Decode7([]byte("x"), Header{Locking: 9})
	require.False(t, ok, "a table that is not known is not guessed")
}

func TestBrokenHeaders(t *testing.T) {
	t.Parallel()
	for _, data := range [][]byte{nil, {5}, {2, 0, 3}, {1, 0}, {255, 1, 2}} {
		_, _, err := SplitHeader(data)
		require.Error(t, err)
	}
	for _, part := range [][]byte{{5, 0, 3, 1, 2, 3}, {5, 0, 3, 1, 0, 0}, {5, 0, 3, 1, 1, 1}} {
		header, _, err := SplitHeader(part)
		require.NoError(t, err)
		require.Zero(t, header.Part, "part 3 of 2 is a message of its own")
	}
}

func FuzzSplitHeader(f *testing.F) {
	f.Add([]byte{5, 0, 3, 7, 2, 1, 'a'})
	f.Add([]byte{6, 8, 4, 1, 7, 2, 1, 'a'})
	f.Add([]byte{3, 0x25, 1, 9, 0x1B})
	f.Fuzz(func(_ *testing.T, data []byte) {
		header, rest, err := SplitHeader(data)
		if err == nil {
			Decode7(rest, header)
			DecodeUCS2(rest)
		}
	})
}
