package smpp

import (
	"bytes"
	"math/big"
	"strings"
	"time"
)

// State is what became of a message.
type State byte

// The states.
const (
	StateEnroute       State = 1
	StateDelivered     State = 2
	StateExpired       State = 3
	StateDeleted       State = 4
	StateUndeliverable State = 5
	StateAccepted      State = 6
	StateUnknown       State = 7
	StateRejected      State = 8
)

// stateWords are met in the text of receipts, in full or as the specification cuts them.
var stateWords = map[string]State{
	"ENROUTE": StateEnroute, "BUFFERD": StateEnroute, "BUFFERED": StateEnroute, "SCHEDULED": StateEnroute,
	"DELIVRD": StateDelivered, "DELIVERED": StateDelivered, "DLVRD": StateDelivered,
	"EXPIRED": StateExpired, "DELETED": StateDeleted,
	"UNDELIV": StateUndeliverable, "UNDELIVERABLE": StateUndeliverable, "UNDELIVERED": StateUndeliverable,
	"FAILED": StateUndeliverable, "ACCEPTD": StateAccepted, "ACCEPTED": StateAccepted,
	"UNKNOWN": StateUnknown, "UNKNOWNERR": StateUnknown, "REJECTD": StateRejected, "REJECTED": StateRejected,
}

// Receipt is what a provider says of a message that it took.
type Receipt struct {
	// MessageID as the receipt has it; see IDForms.
	MessageID string
	State     State
	// Word is the state as written, for people.
	Word string
	// ErrorCode is the provider's or the network's.
	ErrorCode string
	// DoneAt has no time zone: it is the provider's wall clock.
	DoneAt time.Time
}

// IsReceipt says whether an incoming message is one. Providers that forget the bit in esm_class are known by the
// parameter or by the text.
func IsReceipt(m Message) bool {
	switch m.Class & ClassTypeMask {
	case ClassReceipt, ClassIntermediate:
		return true
	case 0:
		return len(m.TLVs.Get(TagReceiptedMessageID)) > 0 && m.TLVs.Get(TagMessageState) != nil || looksLikeReceipt(m.Short)
	}
	return false
}

// looksLikeReceipt is strict: a citizen's text must not pass for a receipt.
func looksLikeReceipt(text []byte) bool {
	lower := bytes.ToLower(text)
	if !bytes.HasPrefix(lower, []byte("id:")) {
		return false
	}
	for _, field := range []string{" sub:", " dlvrd:", " submit date:", " done date:", " stat:"} {
		if !bytes.Contains(lower, []byte(field)) {
			return false
		}
	}
	return true
}

// ParseReceipt reads a receipt from parameters and text; ok is false where it names no message or no state.
func ParseReceipt(m Message) (receipt Receipt, ok bool) {
	text := receiptFields(string(m.Content()))
	receipt.MessageID = cString(m.TLVs.Get(TagReceiptedMessageID))
	if receipt.MessageID == "" {
		receipt.MessageID = text["id"]
	}
	receipt.Word = strings.ToUpper(text["stat"])
	receipt.State = stateWords[receipt.Word]
	if state, has := m.TLVs.Number(TagMessageState); has && state >= int(StateEnroute) && state <= int(StateRejected) {
		receipt.State = State(state)
	}
	receipt.ErrorCode = text["err"]
	if network := m.TLVs.Get(TagNetworkError); receipt.ErrorCode == "" && len(network) == 3 {
		receipt.ErrorCode = new(big.Int).SetBytes(network[1:]).String()
	}
	receipt.DoneAt = receiptTime(text["done date"])
	return receipt, receipt.MessageID != "" && receipt.State != 0
}

func cString(value []byte) string {
	if end := bytes.IndexByte(value, 0); end >= 0 {
		value = value[:end]
	}
	return strings.TrimSpace(string(value))
}

// receiptKeys in the order in which they are looked for: "submit date" before "date" would be, had it been a key.
var receiptKeys = []string{"id", "sub", "dlvrd", "submit date", "done date", "stat", "err", "text"}

// receiptFields reads "id:1 sub:001 ... stat:DELIVRD err:000 text:..." in any order, case and spacing, and with _ in the
// names of dates.
func receiptFields(text string) map[string]string {
	found := map[string]string{}
	lower := strings.ToLower(text)
	lower = strings.NewReplacer("submit_date", "submit date", "done_date", "done date").Replace(lower)
	type mark struct{ from, to int }
	marks := map[string]mark{}
	for _, key := range receiptKeys {
		for at := 0; ; {
			next := strings.Index(lower[at:], key+":")
			if next < 0 {
				break
			}
			at += next
			if at == 0 || strings.ContainsRune(" \t\r\n,;", rune(lower[at-1])) {
				marks[key] = mark{at, at + len(key) + 1}
				break
			}
			at += len(key)
		}
	}
	for key, m := range marks {
		end := len(text)
		for other, n := range marks {
			if other != key && n.from >= m.to && n.from < end {
				end = n.from
			}
		}
		if m.to <= end {
			found[key] = strings.Trim(text[m.to:end], " \t\r\n\x00,;")
		}
	}
	if value, has := found["stat"]; has {
		found["stat"], _, _ = strings.Cut(value, " ")
	}
	return found
}

// receiptTime reads yyMMddhhmm, with seconds or with the century as well.
func receiptTime(text string) time.Time {
	for _, layout := range []string{"0601021504", "060102150405", "20060102150405", "200601021504"} {
		if at, err := time.Parse(layout, text); err == nil && len(text) == len(layout) {
			return at
		}
	}
	return time.Time{}
}

// IDForms are the ways in which an id may have been written in the answer to submit_sm: as it is, and as the other of
// decimal and hexadecimal, with and without leading zeros. The first is the most likely.
func IDForms(id string) []string {
	forms := []string{id}
	add := func(form string) {
		for _, known := range forms {
			if form == known {
				return
			}
		}
		if form != "" {
			forms = append(forms, form)
		}
	}
	const longest = 40
	if len(id) > longest {
		return forms
	}
	if trimmed := strings.TrimLeft(id, "0"); trimmed != "" {
		add(trimmed)
	}
	number := new(big.Int)
	if isDigits(id) {
		if _, ok := number.SetString(id, 10); ok {
			hex := number.Text(16)
			add(hex)
			add(strings.ToUpper(hex))
			// Eight digits is how 32 bits are printed.
			if padded := 8 - len(hex); padded > 0 {
				add(strings.Repeat("0", padded) + hex)
				add(strings.Repeat("0", padded) + strings.ToUpper(hex))
			}
		}
	}
	if isHex(id) {
		if _, ok := number.SetString(id, 16); ok {
			add(number.Text(10))
			if padded := 10 - len(number.Text(10)); padded > 0 {
				add(strings.Repeat("0", padded) + number.Text(10))
			}
		}
		add(strings.ToLower(id))
		add(strings.ToUpper(id))
	}
	return forms
}

func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

func isHex(text string) bool {
	return text != "" && strings.Trim(text, "0123456789abcdefABCDEF") == ""
}
