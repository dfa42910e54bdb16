// Package phone reads telephone numbers as people write them.
package phone

import (
	"github.com/nyaruka/phonenumbers"

	"sportello.dev/plugins-sdk/channel"
)

// region is where numbers without a country code are at home.
const region = "IT"

// The kinds of address that a number can be.
const (
	KindMobile   = "mobile"
	KindLandline = "landline"
)

// Read reads a number as written into E.164 and its kind; ok is false where it is none. whole demands a number that is
// given to somebody, not only one of the right length.
func Read(written string, whole bool) (address channel.Address, ok bool) {
	number, err := phonenumbers.Parse(written, region)
	if err != nil || !phonenumbers.IsPossibleNumber(number) || whole && !phonenumbers.IsValidNumber(number) {
		return channel.Address{}, false
	}
	address = channel.Address{Kind: KindLandline, Value: phonenumbers.Format(number, phonenumbers.E164)}
	switch phonenumbers.GetNumberType(number) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
		address.Kind = KindMobile
	}
	return address, true
}

// Shown is a number as people in Italy write it; one from abroad keeps its country.
func Shown(number string) string {
	parsed, err := phonenumbers.Parse(number, region)
	if err != nil {
		return number
	}
	if phonenumbers.GetRegionCodeForNumber(parsed) == region {
		return phonenumbers.Format(parsed, phonenumbers.NATIONAL)
	}
	return phonenumbers.Format(parsed, phonenumbers.INTERNATIONAL)
}
