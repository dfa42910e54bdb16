package sms

import (
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"sportello.dev/adapters/internal/phone"
	"sportello.dev/adapters/internal/smpp"
	"sportello.dev/plugins-sdk/channel"
)

// region is where numbers without a country code are at home.
const region = "IT"

// The kinds of address that a text message comes from. Only numbers can be answered.
const (
	kindMobile       = phone.KindMobile
	kindLandline     = phone.KindLandline
	kindShortCode    = "short_code"
	kindAlphanumeric = "alphanumeric"
)

var (
	shortCode = regexp.MustCompile(`^[0-9*#]{3,8}$`)
	// aliasForm is what the networks take as a sender's name.
	aliasForm = regexp.MustCompile(`^[A-Za-z0-9 ._-]{1,11}$`)
	onlyDigit = regexp.MustCompile(`^\+?[0-9]+$`)
)

// dialled reads a number as written into E.164 and its kind; ok is false where it is none.
func dialled(written string) (address channel.Address, ok bool) { return phone.Read(written, false) }

// correspondent is whoever stands on a text message: a number in E.164, a short code, or a name.
func correspondent(a smpp.Address) channel.Address {
	written := channel.OneLine(strings.TrimSpace(a.Value))
	if a.TON == smpp.TONAlphanumeric {
		return channel.Address{Kind: kindAlphanumeric, Value: written}
	}
	if onlyDigit.MatchString(written) {
		return numeric(a.TON, written)
	}
	if shortCode.MatchString(written) {
		return channel.Address{Kind: kindShortCode, Value: written}
	}
	return channel.Address{Kind: kindAlphanumeric, Value: written}
}

// numeric reads digits by their type of number. Providers that say nothing mostly mean an international number without
// its +; one that is none that way is read as dialled in Italy.
func numeric(ton byte, digits string) channel.Address {
	bare := strings.TrimPrefix(digits, "+")
	if len(bare) <= 8 && ton != smpp.TONInternational && bare == digits && shortCode.MatchString(bare) {
		return channel.Address{Kind: kindShortCode, Value: bare}
	}
	readings := []string{"+" + strings.TrimPrefix(bare, "00"), bare}
	if ton == smpp.TONNational {
		readings = []string{bare, "+" + bare}
	}
	for _, reading := range readings {
		number, err := phonenumbers.Parse(reading, region)
		if err == nil && phonenumbers.IsValidNumber(number) {
			address, _ := dialled(reading)
			return address
		}
	}
	for _, reading := range readings {
		if address, ok := dialled(reading); ok {
			return address
		}
	}
	return channel.Address{Kind: kindShortCode, Value: bare}
}

// source is what stands as sender on what is sent: a name, a short code, or a number.
func source(written string) smpp.Address {
	switch {
	case shortCode.MatchString(written):
		return smpp.Address{TON: smpp.TONNetwork, NPI: smpp.NPITelephone, Value: written}
	case onlyDigit.MatchString(written):
		return destination(written)
	}
	return smpp.Address{TON: smpp.TONAlphanumeric, NPI: smpp.NPIUnknown, Value: written}
}

// destination is a number in E.164 as the network wants it.
func destination(e164 string) smpp.Address {
	return smpp.Address{TON: smpp.TONInternational, NPI: smpp.NPITelephone, Value: strings.TrimPrefix(e164, "+")}
}

// reachable is the recipient of a delivery in E.164.
func reachable(to channel.Address) (string, *channel.Failure) {
	if to.Kind == kindShortCode || to.Kind == kindAlphanumeric {
		return "", channel.RecipientRefused("sms.unanswerable", "a short code or a sender's name cannot be answered", nil)
	}
	address, ok := dialled(to.Value)
	if !ok || len(to.Value) > maxNumber {
		return "", channel.RecipientRefused("sms.number", "not a telephone number", nil)
	}
	return address.Value, nil
}

// maxNumber bounds what is read as a number, in bytes.
const maxNumber = 64
