package contact

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// The kinds of address.
const (
	KindEmail        = "email"
	KindPEC          = "pec"
	KindMobile       = "mobile"
	KindLandline     = "landline"
	KindFax          = "fax"
	KindWeb          = "web"
	KindPostal       = "postal"
	KindShortCode    = "short_code"
	KindAlphanumeric = "alphanumeric"
)

// Kinds lists every kind of address.
func Kinds() []string {
	return []string{KindEmail, KindPEC, KindMobile, KindLandline, KindFax, KindWeb, KindPostal, KindShortCode, KindAlphanumeric}
}

// maxAddress is the longest address in bytes: an e-mail address has at most 254 (RFC 5321, 4.5.3.1), a postal one more.
const maxAddress = 500

// region is where numbers without a country code are dialled.
const region = "IT"

var errAddress = errors.New("not an address of this kind")

var (
	shortCode    = regexp.MustCompile(`^[0-9*#]{3,8}$`)
	alphanumeric = regexp.MustCompile(`^[A-Za-z0-9 ._-]{1,11}$`)
	plainDomain  = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,253}$`)
)

// Normalise brings an address into the form in which addresses are compared and stored.
func Normalise(kind, value string) (string, error) {
	value = strings.TrimSpace(value)
	if value == "" || len(value) > maxAddress || strings.ContainsAny(value, "\x00\r\n") {
		return "", fmt.Errorf("%s: %w", kind, errAddress)
	}
	switch kind {
	case KindEmail, KindPEC:
		return normaliseMail(value)
	case KindMobile, KindLandline, KindFax:
		return normalisePhone(value)
	case KindShortCode:
		return matching(shortCode, value)
	case KindAlphanumeric:
		return matching(alphanumeric, value)
	case KindWeb, KindPostal:
		return strings.Join(strings.Fields(value), " "), nil
	}
	return "", fmt.Errorf("kind %q: %w", kind, errAddress)
}

func matching(form *regexp.Regexp, value string) (string, error) {
	if !form.MatchString(value) {
		return "", errAddress
	}
	return value, nil
}

// normaliseMail lowers both halves. RFC 5321 lets local parts differ by case, but no mailbox that citizens use does,
// and people write theirs as they please. The domain becomes ASCII, so that look-alikes stay apart.
func normaliseMail(value string) (string, error) {
	value = norm.NFC.String(value)
	at := strings.LastIndexByte(value, '@')
	if at < 1 || at == len(value)-1 || strings.ContainsFunc(value, notInMail) {
		return "", errAddress
	}
	domain, err := asciiDomain(strings.TrimSuffix(value[at+1:], "."))
	if err != nil {
		return "", err
	}
	return strings.ToLower(value[:at]) + "@" + domain, nil
}

func notInMail(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>,;", r)
}

// asciiDomain also takes names that no registry would, such as those with an underscore: mail does come from them.
func asciiDomain(domain string) (string, error) {
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil && plainDomain.MatchString(domain) {
		ascii, err = domain, nil
	}
	if err != nil || ascii == "" {
		return "", errAddress
	}
	return strings.ToLower(ascii), nil
}

// normalisePhone gives E.164.
func normalisePhone(value string) (string, error) {
	number, err := phonenumbers.Parse(value, region)
	if err != nil || !phonenumbers.IsPossibleNumber(number) {
		return "", errAddress
	}
	return phonenumbers.Format(number, phonenumbers.E164), nil
}

// PhoneKind tells a mobile number from a landline, for channels that carry both; the number is in E.164.
func PhoneKind(e164 string) string {
	number, err := phonenumbers.Parse(e164, region)
	if err != nil {
		return KindLandline
	}
	switch phonenumbers.GetNumberType(number) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
		return KindMobile
	}
	return KindLandline
}
