package translation

import (
	"sportello.dev/hub/internal/intake"
)

// The bounds of an event: numbers of things, and bytes of text. They are far above what honest mail has.
const (
	maxEventID     = 500
	maxSubject     = 10_000
	maxText        = 4 << 20
	maxHTML        = 8 << 20
	maxParties     = 1000
	maxAttachments = 500
	maxIDs         = 100
	maxReports     = 200
	maxHints       = 100
	maxSignatures  = 20
	maxPairs       = 50
	maxForm        = 1 << 20
	maxAddress     = 1000
	maxValue       = 2000
	maxPairValue   = 4 << 10
	maxName        = 500
	maxWord        = 100
	maxDetail      = 2000
	maxFingerprint = 64
)

// bounds remembers the first bound that an event broke.
type bounds struct {
	broken string
	blobs  Blobs
}

func (b *bounds) fail(code string) {
	if b.broken == "" {
		b.broken = code
	}
}

func (b *bounds) count(n, most int, code string) {
	if n > most {
		b.fail("limit." + code)
	}
}

// text cleans; too much of it breaks the event.
func (b *bounds) text(s string, most int, code string) string {
	if len(s) > most {
		b.fail("limit." + code)
	}
	return Text(s, most)
}

func (b *bounds) pairs(in map[string]string, code string) map[string]string {
	if len(in) == 0 {
		return nil
	}
	b.count(len(in), maxPairs, code)
	out := make(map[string]string, len(in))
	for key, value := range in {
		out[b.text(key, maxWord, code)] = b.text(value, maxPairValue, code)
	}
	return out
}

// unparsed keeps of an event only its original and the reason.
func unparsed(e *intake.Event, code, detail string) {
	e.Message, e.Report, e.Signal, e.Call = nil, nil, nil, nil
	e.Unparsed = &intake.Unparsed{Code: code, Detail: detail}
}
