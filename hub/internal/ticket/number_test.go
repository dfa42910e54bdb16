package ticket_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/ticket"
)

func numbers(r *rapid.T) ticket.Number {
	return ticket.FormatNumber(rapid.IntRange(2000, 2199).Draw(r, "year"), rapid.Int64Range(1, 999_999_999_999).Draw(r, "sequence"))
}

func TestNumberHasItsForm(t *testing.T) {
	t.Parallel()
	// The check digit of 572 is the example everybody gives for this algorithm.
	require.Equal(t, ticket.Number("0000-000572-4"), ticket.FormatNumber(0, 572))
	n := ticket.FormatNumber(2026, 123)
	require.Regexp(t, `^2026-000123-\d$`, string(n))
	require.Equal(t, 2026, n.Year())
	require.Regexp(t, `^2026-1234567-\d$`, string(ticket.FormatNumber(2026, 1_234_567)))
	require.Zero(t, ticket.Number("x").Year())
}

func TestEverySingleWrongDigitIsNoticed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		n := []byte(numbers(r))
		at := rapid.IntRange(0, len(n)-1).Draw(r, "at")
		digit := byte('0' + rapid.IntRange(0, 9).Draw(r, "digit"))
		if n[at] == '-' || n[at] == digit {
			return
		}
		n[at] = digit
		if _, err := ticket.ParseNumber(string(n)); err == nil {
			r.Fatalf("%s passes", n)
		}
	})
}

func TestEverySwapOfNeighboursIsNoticed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		n := string(numbers(r))
		digits := strings.ReplaceAll(n, "-", "")
		at := rapid.IntRange(0, len(digits)-2).Draw(r, "at")
		if digits[at] == digits[at+1] {
			return
		}
		swapped := digits[:at] + string(digits[at+1]) + string(digits[at]) + digits[at+2:]
		last := len(swapped) - 1
		if _, err := ticket.ParseNumber(swapped[:4] + "-" + swapped[4:last] + "-" + swapped[last:]); err == nil {
			r.Fatalf("%s passes for %s", swapped, n)
		}
	})
}

func TestNumbersAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	n := ticket.FormatNumber(2026, 123)
	bare := string(n)
	for _, text := range []string{
		bare, " " + bare + " ", "#" + bare, "Rif. " + bare, "rif " + bare, "[RIF. " + bare + "]", "n. " + bare,
		"pratica " + bare, strings.ReplaceAll(bare, "-", " - "), strings.ReplaceAll(bare, "-", "–"),
		strings.ReplaceAll(bare, "-", "/"),
	} {
		got, err := ticket.ParseNumber(text)
		require.NoError(t, err, text)
		require.Equal(t, n, got, text)
	}
	wrong := bare[:len(bare)-1] + string('0'+(bare[len(bare)-1]-'0'+1)%10)
	for _, text := range []string{"", "2026", wrong, "1" + bare, bare + "1", "2026-0000123-" + bare[len(bare)-1:], strings.Repeat("9", 100)} {
		_, err := ticket.ParseNumber(text)
		require.Equal(t, fault.CodeInvalid, fault.Kind(err), text)
	}
}

func TestNumbersAreFoundInTexts(t *testing.T) {
	t.Parallel()
	a, b := string(ticket.FormatNumber(2026, 123)), string(ticket.FormatNumber(2025, 1_000_042))
	wrong := a[:len(a)-1] + string('0'+(a[len(a)-1]-'0'+1)%10)
	cases := map[string][]ticket.Number{
		"":                                    nil,
		"nothing here, tel. 0521-218111-2":    nil,
		"R: TARI [Rif. " + a + "]":            {ticket.Number(a)},
		a + " " + b:                           {ticket.Number(a), ticket.Number(b)},
		a + "," + a + "\n" + a:                {ticket.Number(a)},
		"(" + a + ")/" + b + ".":              {ticket.Number(a), ticket.Number(b)},
		wrong:                                 nil,
		"9" + a:                               nil,
		a + "9":                               nil,
		"IT60X" + a:                           nil,
		"la pratica " + a + "- grazie":        {ticket.Number(a)},
		strings.Repeat("x", 70_000) + " " + a: nil,
	}
	for text, want := range cases {
		require.Equal(t, want, ticket.FindNumbers(text), "%.60s", text)
	}
}

func TestATextGivesAFewNumbersOnly(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range int64(100) {
		fmt.Fprintf(&b, "%s ", ticket.FormatNumber(2026, i+1))
	}
	require.Len(t, ticket.FindNumbers(b.String()), 20)
}

func TestFormattedNumbersAreReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		n := numbers(r)
		got, err := ticket.ParseNumber(string(n))
		if err != nil || got != n {
			r.Fatalf("%s is read as %q: %v", n, got, err)
		}
		if found := ticket.FindNumbers("x " + string(n) + ", y"); len(found) != 1 || found[0] != n {
			r.Fatalf("%s is found as %v", n, found)
		}
	})
}

func FuzzFindNumbers(f *testing.F) {
	f.Add("R: [Rif. 2026-000123-7] e 2025 – 000001 – 9")
	f.Fuzz(func(t *testing.T, text string) {
		for _, n := range ticket.FindNumbers(text) {
			if got, err := ticket.ParseNumber(string(n)); err != nil || got != n {
				t.Fatalf("found %q, which is not a number: %v", n, err)
			}
		}
	})
}
