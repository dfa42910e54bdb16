package fiscal_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sportello.dev/plugins-sdk/fiscal"
)

func TestCheckCode(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]fiscal.Fault{
		"RSSMRA85T10A562S":    fiscal.Good,
		"rss mra 85t10 a562s": fiscal.Good,
		"RSSMRA80A01H501U":    fiscal.Good,
		"NRENTN80B22G393L":    fiscal.Good,
		"MRTMTT91D08F205J":    fiscal.Good,
		// The same person's, each with one more digit turned into a letter because somebody else has the same code.
		"RSSMRA85T10A56NH": fiscal.Good,
		"RSSMRA85T10A5SNT": fiscal.Good,
		"RSSMRA85T10ARSNO": fiscal.Good,
		// Eleven digits: an organisation's, or a provisional one.
		"00162210348": fiscal.Good,
		"12345678903": fiscal.Good,
		"12345678904": fiscal.Check,
		"00000000000": fiscal.Check,
		// In print as examples, and wrong.
		"RRANGL74M28R701V":  fiscal.Check,
		"SPNDNL80R13C555X":  fiscal.Check,
		"RSSMRA85T10A562T":  fiscal.Check,
		"RSSMRA85F10A562S":  fiscal.Shape, // no month has the letter F
		"RSSMRA85T10A562":   fiscal.Shape,
		"RSSMRA85T10A562SS": fiscal.Shape,
		"1234567890":        fiscal.Shape,
		"RSSMRA85T10À562S":  fiscal.Shape,
		"":                  fiscal.Shape,
	} {
		require.Equal(t, want, fiscal.CheckCode(fiscal.Clean(written)), written)
	}
}

func TestCheckVAT(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]fiscal.Fault{
		"00162210348":       fiscal.Good,
		"IT 00162210348":    fiscal.Good,
		"it-001.622.103.48": fiscal.Good,
		"00162210349":       fiscal.Check,
		"00000000000":       fiscal.Check,
		"0016221034":        fiscal.Shape,
		"FR00162210348":     fiscal.Shape,
		"":                  fiscal.Shape,
	} {
		require.Equal(t, want, fiscal.CheckVAT(fiscal.CleanVAT(written)), written)
	}
}

// The last letter of a code is found by trying: exactly one fits. A day that no month has never passes, with any letter.
func TestOneLetterFits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		day := rapid.IntRange(0, 99).Draw(r, "day")
		month := rapid.IntRange(0, 11).Draw(r, "month")
		body := rapid.StringMatching(`[A-Z]{6}[0-9]{2}`).Draw(r, "name and year") +
			"ABCDEHLMPRST"[month:month+1] + fmt.Sprintf("%02d", day) + rapid.StringMatching(`[A-Z][0-9]{3}`).Draw(r, "place")
		if rapid.Bool().Draw(r, "omocodia") {
			body = body[:14] + string("LMNPQRSTUV"[body[14]-'0'])
		}
		count := map[fiscal.Fault]int{}
		for letter := 'A'; letter <= 'Z'; letter++ {
			count[fiscal.CheckCode(body+string(letter))]++
		}
		require.Equal(r, 25, count[fiscal.Check], body)
		born := day % 40 // a woman's day counts from 41
		if day == 40 || day > 71 {
			born = 0
		}
		switch {
		case born >= 1 && born <= 28:
			require.Equal(r, 1, count[fiscal.Good], body)
		case born == 0 || born > 31:
			require.Equal(r, 1, count[fiscal.Date], body)
		}
	})
}

// One wrong digit, and two neighbours changed round unless they are 0 and 9, are found in a number of the VAT register.
func TestOneWrongDigitIsFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		body, number := rapid.StringMatching(`[1-9][0-9]{9}`).Draw(r, "body"), ""
		for d := '0'; d <= '9'; d++ {
			if fiscal.CheckVAT(body+string(d)) == fiscal.Good {
				require.Empty(r, number, "one digit fits")
				number = body + string(d)
			}
		}
		require.NotEmpty(r, number)
		at, other := rapid.IntRange(0, 10).Draw(r, "at"), rapid.StringMatching(`[0-9]`).Draw(r, "other")
		if number[at:at+1] != other {
			require.Equal(r, fiscal.Check, fiscal.CheckVAT(number[:at]+other+number[at+1:]))
		}
		if at < 10 && number[at] != number[at+1] && !strings.Contains("09 90", number[at:at+2]) {
			require.Equal(r, fiscal.Check, fiscal.CheckVAT(number[:at]+number[at+1:at+2]+number[at:at+1]+number[at+2:]))
		}
	})
}

func FuzzCheckCode(f *testing.F) {
	f.Add("RSSMRA85T10A56NH")
	f.Add("00162210348")
	f.Fuzz(func(t *testing.T, written string) {
		code := fiscal.Clean(written)
		if fiscal.CheckCode(code) == fiscal.Good && len(code) != 16 && len(code) != 11 {
			t.Fatalf("%q is no code", code)
		}
		fiscal.CheckVAT(fiscal.CleanVAT(written))
	})
}
