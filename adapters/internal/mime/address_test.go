package mime

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseAddresses(t *testing.T) {
	t.Parallel()
	one := func(name, email string) []Address { return []Address{{Name: name, Email: email}} }
	raw := func(name, raw string) []Address { return []Address{{Name: name, Raw: raw}} }
	tests := map[string][]Address{
		"":                                      nil,
		" , ;":                                  nil,
		"a@b.it":                                one("", "a@b.it"),
		"A.B@Example.COM":                       one("", "A.B@example.com"),
		"<a@b.it>":                              one("", "a@b.it"),
		"Mario Rossi <m@b.it>":                  one("Mario Rossi", "m@b.it"),
		`"Rossi, Mario" <m@b.it>`:               one("Rossi, Mario", "m@b.it"),
		`"Mario \"il Rosso\"" <m@b.it>`:         one(`Mario "il Rosso"`, "m@b.it"),
		`'Mario' <m@b.it>`:                      one("Mario", "m@b.it"),
		"m@b.it (Mario)":                        one("Mario", "m@b.it"),
		"m@b.it <m@b.it>":                       one("m@b.it", "m@b.it"),
		"=?utf-8?B?TmljY29sw7I=?= <n@b.it>":     one("Niccolò", "n@b.it"),
		`"=?iso-8859-1?Q?Nicol=F2?=" <n@b.it>`:  one("Nicolò", "n@b.it"),
		"mailto:a@b.it":                         one("", "a@b.it"),
		"a@b.it.":                               one("", "a@b.it"),
		`"con spazio"@b.it`:                     one("", `"con spazio"@b.it`),
		`"semplice"@b.it`:                       one("", "semplice@b.it"),
		"a@città.it":                            one("", "a@xn--citt-3na.it"),
		"niccolò@b.it":                          one("", "niccolò@b.it"),
		"Mario <m@b.it":                         raw("", "Mario <m@b.it"),
		"Mario <>":                              raw("Mario", "Mario <>"),
		"Mario":                                 raw("", "Mario"),
		"a b@c.it":                              raw("", "a b@c.it"),
		"a@b@c.it":                              raw("", "a@b@c.it"),
		"a@b..it":                               raw("", "a@b..it"),
		"a@-b.it>":                              raw("", "a@-b.it>"),
		"<a@b.it> x":                            raw("", "<a@b.it> x"),
		"a\x00@b.it":                            raw("", "a@b.it"),
		"a\u200b@b.it":                          raw("", "a\u200b@b.it"),
		"Lista: a@b.it, \"c, d\" <c@d.it>; e@f": {{Email: "a@b.it"}, {Name: "c, d", Email: "c@d.it"}, {Email: "e@f"}},
	}
	for input, want := range tests {
		require.Equal(t, want, ParseAddresses(input), "%q", input)
	}
	require.Equal(t, "b.it", Address{Email: "a@b.it"}.Domain())
	long := ParseAddresses(strings.Repeat("é", 2000))
	require.LessOrEqual(t, len(long[0].Raw), 512)
}

func TestFileName(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"relazione.pdf":                     "relazione.pdf",
		"e\u0300.txt":                       "è.txt",
		"../../etc/passwd":                  "passwd",
		`C:\a\b.doc`:                        "b.doc",
		"\u200b.htaccess":                   "htaccess",
		"fattura\u202efdp.exe":              "fatturafdp.exe",
		"a\x00b\r\nc.pdf":                   "abc.pdf",
		"  spazi   doppi .pdf ":             "spazi doppi .pdf",
		"com1.txt":                          "_com1.txt",
		"COMUNE.pdf":                        "COMUNE.pdf",
		"lpt9":                              "_lpt9",
		"a<b>c:d\"e|f?g*h.pdf":              "a_b_c_d_e_f_g_h.pdf",
		"...":                               "",
		"":                                  "",
		"\ufeff\u2066":                      "",
		"nome.":                             "nome",
		strings.Repeat("è", 300):            strings.Repeat("è", 127),
		"\u3164\u115f.pdf":                  "pdf",
		"cartella/":                         "",
		"\xff\xfevalido.pdf":                "valido.pdf",
		"tab\tulazione.pdf":                 "tab ulazione.pdf",
		"a\u00a0b.pdf":                      "a b.pdf",
		"e\u200b\u0301.pdf":                 "é.pdf",
		"fam\U0001F468\u200d\U0001F469.png": "fam\U0001F468\U0001F469.png",
	}
	for input, want := range tests {
		got := FileName(input)
		require.Equal(t, want, got, "%q", input)
		require.Equal(t, got, FileName(got), "a safe name stays as it is")
	}
	long := FileName(strings.Repeat("x", 400) + ".pdf")
	require.Len(t, long, maxFileName)
	require.True(t, strings.HasSuffix(long, ".pdf"))
}
