package webform

import (
	"regexp"
	"strings"
	"time"
)

var (
	fiscalForm = regexp.MustCompile(`^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$`)
	elevenForm = regexp.MustCompile(`^[0-9]{11}$`)
	// oddWeight is what a digit or letter counts at an odd place, digits first.
	oddWeight = [36]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}
)

const (
	fiscalMonths = "ABCDEHLMPRST"
	// omocodia are the letters that stand for the digits 0 to 9 where two people would have the same code.
	omocodia = "LMNPQRSTUV"
)

// fiscalFault is why a codice fiscale is not one.
type fiscalFault int

const (
	fiscalGood fiscalFault = iota
	// fiscalShape: not sixteen letters and digits in their places, nor eleven digits.
	fiscalShape
	// fiscalCheck: the last character does not fit the others, so one of them is wrong.
	fiscalCheck
	// fiscalDate: no such day of birth.
	fiscalDate
)

// cleanFiscalCode is the code as it is compared: without spaces, in capital letters.
func cleanFiscalCode(written string) string {
	return strings.ToUpper(strings.Join(strings.FieldsFunc(written, func(r rune) bool {
		return r == ' ' || r == '-' || r == '.' || r == '\u00a0'
	}), ""))
}

// checkFiscalCode judges a cleaned code: that of a person, or the eleven digits of an organisation or a provisional one.
func checkFiscalCode(code string) fiscalFault {
	if elevenForm.MatchString(code) {
		if !luhn(code) {
			return fiscalCheck
		}
		return fiscalGood
	}
	if !fiscalForm.MatchString(code) {
		return fiscalShape
	}
	if fiscalLetter(code[:15]) != code[15] {
		return fiscalCheck
	}
	if !fiscalBirth(code) {
		return fiscalDate
	}
	return fiscalGood
}

// fiscalLetter is the check letter of the first fifteen characters, as they are written.
func fiscalLetter(code string) byte {
	sum := 0
	for i := range len(code) {
		value := int(code[i] - '0')
		if code[i] >= 'A' {
			value = int(code[i]-'A') + 10
		}
		switch {
		case i%2 == 0: // the first place is odd
			sum += oddWeight[value]
		case value >= 10:
			sum += value - 10
		default:
			sum += value
		}
	}
	return byte('A' + sum%26)
}

// fiscalBirth says whether the day exists in one of the two centuries that the two digits of the year can mean.
func fiscalBirth(code string) bool {
	year, day := 10*fiscalDigit(code[6])+fiscalDigit(code[7]), 10*fiscalDigit(code[9])+fiscalDigit(code[10])
	if day > 40 { // women
		day -= 40
	}
	month := time.Month(strings.IndexByte(fiscalMonths, code[8]) + 1)
	for _, century := range []int{1900, 2000} {
		date := time.Date(century+year, month, day, 0, 0, 0, 0, time.UTC)
		if date.Day() == day && date.Month() == month {
			return true
		}
	}
	return false
}

// fiscalDigit is a digit, or the one that a letter of an omocodia stands for.
func fiscalDigit(c byte) int {
	if i := strings.IndexByte(omocodia, c); i >= 0 {
		return i
	}
	return int(c - '0')
}

func luhn(digits string) bool {
	sum := 0
	for i := range digits {
		d := int(digits[i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
