package mime

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func decodeString(t require.TestingT, encoding, s string) string {
	r, known := decodeTransfer(encoding, iotest.HalfReader(strings.NewReader(s)))
	require.True(t, known)
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(b)
}

func TestBase64(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		"":                       "",
		"Y2lhbw==":               "ciao",
		"Y2lhbw":                 "ciao",
		"Y2lh bw\t=\r\n=":        "ciao",
		"Y2lhbw==Y2lhbw==":       "ciaociao",
		"Y2lhbw==\r\nY2lh\r\nbw": "ciaociao",
		"Y!2?l*h<b>w==":          "ciao",
		"Y":                      "",
		"Y2lhbY":                 "ciam",
		"====":                   "",
	} {
		require.Equal(t, want, decodeString(t, "base64", input), "%q", input)
	}
}

func TestQuotedPrintable(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		"citt=C3=A0":                "città",
		"citt=c3=a0":                "città",
		"una riga=\r\n sola":        "una riga sola",
		"una riga= \t\r\n sola":     "una riga sola",
		"in coda  \t\r\nvia":        "in coda\r\nvia",
		"100=% =X= =":               "100=% =X= ",
		"ultima=":                   "ultima",
		"=":                         "",
		"a=\nb":                     "ab",
		strings.Repeat("=41", 3000): strings.Repeat("A", 3000),
	} {
		require.Equal(t, want, decodeString(t, " Quoted-Printable ", input), "%.40q", input)
	}
}

func TestTransferEncodingsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.SliceOf(rapid.Byte()).Draw(t, "content")
		encoded := base64.StdEncoding.EncodeToString(content)
		cut := rapid.IntRange(0, len(encoded)).Draw(t, "cut")
		require.Equal(t, string(content), decodeString(t, "base64", encoded[:cut]+"\r\n"+encoded[cut:]))

		var quoted bytes.Buffer
		w := quotedprintable.NewWriter(&quoted)
		w.Binary = true
		_, err := w.Write(content)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		require.Equal(t, string(content), decodeString(t, "quoted-printable", quoted.String()))
	})
}

func TestUnknownTransferEncoding(t *testing.T) {
	t.Parallel()
	r, known := decodeTransfer("x-uuencode", strings.NewReader("ciao"))
	require.False(t, known)
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "ciao", string(b))
}

func TestParameters(t *testing.T) {
	t.Parallel()
	tests := map[string]parameterised{
		"":                                   {"", map[string]string{}},
		"text/plain":                         {"text/plain", map[string]string{}},
		`Text/HTML; Charset="UTF-8"`:         {"text/html", map[string]string{"charset": "UTF-8"}},
		"text/plain;charset=utf-8;":          {"text/plain", map[string]string{"charset": "utf-8"}},
		"text/plain; charset=a; charset=b":   {"text/plain", map[string]string{"charset": "a"}},
		"text/plain (c;x=1); charset=a":      {"text/plain", map[string]string{"charset": "a"}},
		`a/b; name="x;y=z"`:                  {"a/b", map[string]string{"name": "x;y=z"}},
		`a/b; name="x\"y"`:                   {"a/b", map[string]string{"name": `x"y`}},
		`a/b; name="c:\dir\file.txt"`:        {"a/b", map[string]string{"name": `c:\dir\file.txt`}},
		"a/b; name=senza virgolette.txt":     {"a/b", map[string]string{"name": "senza virgolette.txt"}},
		"a/b; name*=utf-8''pi%C3%B9":         {"a/b", map[string]string{"name": "più"}},
		"a/b; name=x; name*=utf-8''y":        {"a/b", map[string]string{"name": "y"}},
		"a/b; n*1=b; n*0=a; n*2*=%63":        {"a/b", map[string]string{"n": "abc"}},
		"a/b; n*0*=iso-8859-1'it'%E0; n*1=b": {"a/b", map[string]string{"n": "àb"}},
		"a/b; =3; solo":                      {"a/b", map[string]string{}},
		`a/b; name="=?utf-8?Q?pi=C3=B9?="`:   {"a/b", map[string]string{"name": "più"}},
		`a/b; name="aperto`:                  {"a/b", map[string]string{"name": "aperto"}},
		"a/b; name*=x-ignoto''%E0":           {"a/b", map[string]string{"name": "à"}},
	}
	for input, want := range tests {
		require.Equal(t, want, parseParameterised(input), "%q", input)
	}
}

func TestDecodeWords(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		"":                                        "",
		"semplice":                                "semplice",
		"=?utf-8?Q?citt=C3=A0?=":                  "città",
		"=?UTF-8?b?Y2l0dMOg?=":                    "città",
		"=?utf-8?b?Y2l0dMOg":                      "=?utf-8?b?Y2l0dMOg",
		"=?utf-8?b?Y2l0d?=":                       "=?utf-8?b?Y2l0d?=",
		"=?utf-8?q?a?= =?utf-8?q?b?=":             "ab",
		"=?utf-8?q?a?= e =?utf-8?q?b?=":           "a e b",
		"prima =?utf-8?q?a_b?= dopo":              "prima a b dopo",
		"=?iso-8859-1?q?=E0?= =?utf-8?q?=C3=A0?=": "àà",
		"=?utf-8?q?=C3?= =?utf-8?q?=A0?=":         "à",
		"=?windows-1252?q?=80?=":                  "€",
		"=?iso-2022-jp?b?GyRCJDMbKEI=?=":          "こ",
		"=?utf-8?q?con spazi?=":                   "con spazi",
		"caff\xe8":                                "caffè",
		"a\tb\r\n c":                              "a b  c",
	} {
		require.Equal(t, want, decodeWords(input), "%q", input)
	}
}
