// Package fiscal checks the codes by which Italy's tax office knows people and organisations: the codice fiscale and the
// number of the VAT register (partita IVA). A code that passes is well made; that it was given to somebody only the tax
// office knows.
package fiscal

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
	months = "ABCDEHLMPRST"
	// omocodia are the letters that stand for the digits 0 to 9 where two people would have the same code.
	omocodia = "LMNPQRSTUV"
)

// Fault is why a code is not one; the empty one says that it is.
type Fault string

// What can be wrong with a code.
const (
	Good Fault = ""
	// Shape: not the right number of letters and digits in their places.
	Shape Fault = "shape"
	// Check: the last character does not fit the others, so one of them is wrong.
	Check Fault = "check"
	// Date: no such day of birth, neither a man's nor a woman's.
	Date Fault = "date"
)

// Clean is a code as it is compared: without spaces, in capital letters.
func Clean(written string) string {
	return strings.ToUpper(strings.Join(strings.FieldsFunc(written, func(r rune) bool {
		return r == ' ' || r == '-' || r == '.' || r == '\u00a0'
	}), ""))
}

// CleanVAT is a number of the VAT register as it is compared: also without the letters of the country.
func CleanVAT(written string) string { return strings.TrimPrefix(Clean(written), "IT") }

// CheckCode judges a cleaned codice fiscale: that of a person, or the eleven digits of an organisation or a provisional one.
func CheckCode(code string) Fault {
	if elevenForm.MatchString(code) {
		return CheckVAT(code)
	}
	if !fiscalForm.MatchString(code) {
		return Shape
	}
	if checkLetter(code[:15]) != code[15] {
		return Check
	}
	if !birth(code) {
		return Date
	}
	return Good
}

// CheckVAT judges a cleaned number of the VAT register.
func CheckVAT(number string) Fault {
	switch {
	case !elevenForm.MatchString(number):
		return Shape
	case !luhn(number) || strings.Trim(number, "0") == "": // nothing but zeros fits too, and is nobody's
		return Check
	}
	return Good
}

// checkLetter is the check letter of the first fifteen characters, as they are written.
func checkLetter(code string) byte {
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

// birth says whether the day exists in one of the two centuries that the two digits of the year can mean.
func birth(code string) bool {
	year, day := 10*digit(code[6])+digit(code[7]), 10*digit(code[9])+digit(code[10])
	if day > 40 { // women
		day -= 40
	}
	month := time.Month(strings.IndexByte(months, code[8]) + 1)
	for _, century := range []int{1900, 2000} {
		date := time.Date(century+year, month, day, 0, 0, 0, 0, time.UTC)
		if date.Day() == day && date.Month() == month {
			return true
		}
	}
	return false
}

// digit is a digit, or the one that a letter of an omocodia stands for.
func digit(c byte) int {
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
