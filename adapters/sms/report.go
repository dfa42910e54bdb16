package sms

import (
	"strings"
	"time"

	"sportello.dev/adapters/internal/smpp"
	"sportello.dev/plugins-sdk/channel"
)

// kindID is the kind of the identifier that a provider gives a message.
const kindID = "sms_id"

// evidenceReceipt is the kind of proof that a receipt is.
const evidenceReceipt = "dlr"

func externalIDs(ids ...string) []channel.ExternalID {
	var all []channel.ExternalID
	for _, id := range ids {
		if id != "" {
			all = append(all, channel.ExternalID{Kind: kindID, Value: id, Issuer: channel.IssuerProvider})
		}
	}
	return all
}

// report reads a delivery receipt. Its id may be written in another way than in the answer to the message; the
// recipient keeps one message's other spelling apart from another message.
func (r reader) report(m smpp.Message, pdu smpp.PDU) (channel.Body, error) {
	receipt, ok := smpp.ParseReceipt(m)
	if !ok {
		return nil, &channel.Unparsed{Code: "smpp.receipt", Detail: "a receipt without message or state"}
	}
	report := &channel.DeliveryReport{
		EvidenceKind: evidenceReceipt,
		Evidence:     &channel.Raw{Inline: pdu.Original(), MediaType: mediaType},
		ExternalIDs:  externalIDs(receipt.MessageID),
	}
	if to, known := r.recipient(m); known {
		report.Recipient = &to
		report.ExternalIDs = externalIDs(smpp.IDForms(receipt.MessageID)...)
	}
	report.State, report.Failure = outcome(receipt)
	if !receipt.DoneAt.IsZero() {
		report.At = wallClock(receipt.DoneAt)
	}
	return report, nil
}

// recipient of the message that a receipt is about: its source, or its destination where a centre does not swap them.
func (r reader) recipient(m smpp.Message) (channel.Address, bool) {
	for _, a := range []smpp.Address{m.Source, m.Dest} {
		address := correspondent(a)
		if !r.config.ours(address) && (address.Kind == kindMobile || address.Kind == kindLandline) {
			return address, true
		}
	}
	return channel.Address{}, false
}

// outcome is what a receipt means. That a telephone was off for days says nothing lasting of its number; that the
// network does not know it does.
func outcome(receipt smpp.Receipt) (channel.DeliveryState, *channel.Failure) {
	code := receipt.Word
	if receipt.ErrorCode != "" {
		code = strings.TrimSpace(code + " err:" + receipt.ErrorCode)
	}
	switch receipt.State {
	case smpp.StateDelivered:
		return channel.DeliveryDelivered, nil
	case smpp.StateExpired:
		return channel.DeliveryExpired, channel.Transient("smpp.expired", "not reached in time", nil).WithProviderCode(code)
	case smpp.StateUndeliverable:
		if strings.Trim(receipt.ErrorCode, "0") == "1" {
			return channel.DeliveryFailed, channel.RecipientRefused("smpp.unknown_subscriber", "the network does not know the number", nil).WithProviderCode(code)
		}
		return channel.DeliveryFailed, channel.Transient("smpp.undeliverable", "the network could not deliver it", nil).WithProviderCode(code)
	case smpp.StateRejected:
		return channel.DeliveryFailed, channel.ContentRefused("smpp.rejected", "the network rejects the message", nil).WithProviderCode(code)
	case smpp.StateDeleted:
		return channel.DeliveryFailed, channel.Transient("smpp.deleted", "the provider deleted it", nil).WithProviderCode(code)
	case smpp.StateEnroute, smpp.StateAccepted:
		return channel.DeliverySent, nil
	}
	return channel.DeliveryDelayed, nil
}

// wallClock reads a time without zone as one of Italy: receipts carry the provider's own clock.
func wallClock(at time.Time) time.Time {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		return time.Time{}
	}
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, rome)
}
