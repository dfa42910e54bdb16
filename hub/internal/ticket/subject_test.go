package ticket_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sportello.dev/hub/internal/ticket"
)

func TestNormalSubject(t *testing.T) {
	t.Parallel()
	n := string(ticket.FormatNumber(2026, 123))
	cases := map[string]string{
		"":                                 "",
		"TARI 2026":                        "tari 2026",
		"R: TARI 2026":                     "tari 2026",
		"RE: R: Re: TARI 2026":             "tari 2026",
		"I: TARI 2026":                     "tari 2026",
		"Fwd: FW: WG: AW: TARI 2026":       "tari 2026",
		"Rif: TARI 2026":                   "tari 2026",
		"Re[2]: TARI 2026":                 "tari 2026",
		"RE(3) : TARI 2026":                "tari 2026",
		"POSTA CERTIFICATA: TARI":          "tari",
		"ANOMALIA MESSAGGIO: TARI":         "tari",
		"TARI [Rif. " + n + "]":            "tari",
		"R: TARI [Rif. " + n + "] ":        "tari",
		"[Rif. " + n + "] R: TARI":         "tari",
		"TARI (#" + n + ")":                "tari",
		"TARI " + n:                        "tari",
		"  TARI \t\r\n  2026 ":             "tari 2026",
		"ＴＡＲＩ":                             "tari",
		"Rimborso: TARI":                   "rimborso: tari",
		"Ritiro rifiuti: quando?":          "ritiro rifiuti: quando?",
		"telefono 0521-218111-3":           "telefono 0521-218111-3",
		"R:":                               "",
		strings.Repeat("R: ", 1000):        "",
		"Re: " + strings.Repeat("à", 5000): strings.Repeat("à", (4096-4)/2),
	}
	for subject, want := range cases {
		require.Equal(t, want, ticket.NormalSubject(subject), "%.60q", subject)
	}
}

func TestNormalSubjectIsStable(t *testing.T) {
	t.Parallel()
	pieces := rapid.SampledFrom([]string{
		"R:", "re:", " I: ", "Fwd:", "POSTA CERTIFICATA:", "[Rif. " + string(ticket.FormatNumber(2026, 7)) + "]", "TARI", " ",
		"\u00a0", "：", "(", "]", "2026-", "ſ", "R", ":",
	})
	rapid.Check(t, func(r *rapid.T) {
		subject := strings.Join(rapid.SliceOfN(pieces, 0, 12).Draw(r, "pieces"), "") + rapid.String().Draw(r, "tail")
		once := ticket.NormalSubject(subject)
		if twice := ticket.NormalSubject(once); twice != once {
			r.Fatalf("%q became %q, then %q", subject, once, twice)
		}
		if again := ticket.NormalSubject("R: Fwd: " + subject); again != once {
			r.Fatalf("an answer to %q is about %q, not %q", subject, again, once)
		}
	})
}

func FuzzNormalSubject(f *testing.F) {
	f.Add("R: RE: [Rif. 2026-000123-7] TARI")
	f.Fuzz(func(t *testing.T, subject string) {
		once := ticket.NormalSubject(subject)
		if ticket.NormalSubject(once) != once {
			t.Fatalf("%q is not stable", once)
		}
	})
}

func TestPreview(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"": "",
		"Buongiorno,\n\nquando apre  l'ufficio?\n":                                                                "Buongiorno, quando apre l'ufficio?",
		"Grazie!\n\nIl giorno lun 2 mar 2026 alle ore 10:12 URP <urp@comune.example> ha scritto:\n> Gentile Ada":  "Grazie!",
		"Grazie!\n\nIl giorno lun 2 mar 2026 alle ore 10:12 URP\n<urp@comune.example> ha scritto:\n> Gentile Ada": "Grazie!",
		"Thanks\r\nOn Mon, 2 Mar 2026 at 10:12, URP <urp@comune.example> wrote:\r\n> Dear":                        "Thanks",
		"Ok\n-----Messaggio originale-----\nDa: URP":                                                              "Ok",
		"Ok\n________________________________\nDa: URP <urp@comune.example>\nInviato: oggi":                       "Ok",
		"Ok\nDa: URP <urp@comune.example>\nA: Ada":                                                                "Ok",
		"> prima\nrisposta\n> dopo":                                                                               "risposta",
		"> solo citazione":                                                                                        "> solo citazione",
		"Il giorno del mercato\nle strade sono chiuse":                                                            "Il giorno del mercato le strade sono chiuse",
		strings.Repeat("è", 200):                                                                                  strings.Repeat("è", 140),
	}
	for text, want := range cases {
		require.Equal(t, want, ticket.Preview(text), "%.60q", text)
	}
}

func FuzzPreview(f *testing.F) {
	f.Add("Grazie\nIl giorno x ha scritto:\n> y")
	f.Fuzz(func(t *testing.T, text string) {
		if got := []rune(ticket.Preview(text)); len(got) > 140 {
			t.Fatalf("%d characters", len(got))
		}
	})
}
