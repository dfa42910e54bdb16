package sms_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/internal/smpp"
	"sportello.dev/adapters/sms"
	"sportello.dev/adapters/sms/internal/smsctest"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

const (
	// townNumber is written to, in both spellings.
	townNumber = "+393202041999"
	townDigits = "393202041999"
	// refusedNumber is one that the centre never takes.
	refusedNumber = "+393331119999"
)

type object = map[string]any

// centreConfig leads to a centre on this computer; change adds to the section of SMPP.
func centreConfig(t testing.TB, port int, change object) json.RawMessage {
	t.Helper()
	section := object{"host": "127.0.0.1", "port": port, "security": "none", "system_id": smsctest.SystemID}
	maps.Copy(section, change)
	encoded, err := json.Marshal(object{"driver": "smpp", "number": townNumber, "smpp": section})
	require.NoError(t, err)
	return encoded
}

func centreSecrets() map[string]string { return map[string]string{"/smpp/password": smsctest.Password} }

func citizen(n int) string { return fmt.Sprintf("39333%07d", 1000000+n) }

// item is the nth citizen's message as the centre hands it over, at least size bytes long.
func item(n, size int) []byte {
	m := smpp.Message{
		Source: smpp.Address{TON: 1, NPI: 1, Value: citizen(n)}, Dest: smpp.Address{TON: 1, NPI: 1, Value: townDigits},
		Short: fmt.Appendf(nil, "Richiesta %d", n),
	}
	if size > 200 {
		m.Short, m.TLVs = nil, smpp.TLVs{{Tag: smpp.TagPayload, Value: []byte(strings.Repeat("a", min(size, 65535)))}}
	}
	return smsctest.Deliver(m).Original()
}

func transmission(n int) channel.Transmission {
	return channel.Transmission{
		ID: fmt.Sprintf("transmission-%d", n), Attempt: 1,
		Recipients: []channel.Recipient{{
			DeliveryID: fmt.Sprintf("delivery-%d", n), Role: channel.RoleTo,
			Address: channel.Address{Kind: "mobile", Value: "+" + citizen(n)},
		}},
		Content: channel.Content{Text: "Gentile cittadino, la pratica è pronta."},
		Origin:  channel.OriginOperator,
	}
}

func centreWorld(tb testing.TB) channeltest.World {
	tb.Helper()
	centre := smsctest.Start(tb)
	centre.Refuses = strings.TrimPrefix(refusedNumber, "+")
	refused := channel.Address{Kind: "mobile", Value: refusedNumber}
	keys := map[string]int{}
	return channeltest.World{
		Adapter: sms.Hurried(time.Now),
		Again:   func() channel.Adapter { return sms.Hurried(time.Now) },
		Config:  centreConfig(tb, centre.Port(), nil), Secrets: centreSecrets(),
		BadSecrets: map[string]string{"/smpp/password": "sbagliata"},
		Inject: func(original []byte) string {
			key := centre.PutBytes(original)
			name := fmt.Sprint(key)
			keys[name] = key
			return name
		},
		Present:          func(key string) bool { return centre.Present(keys[key]) },
		Effects:          func() []channeltest.Effect { return effects(centre) },
		Attempts:         centre.Attempts,
		Faults:           faults(centre),
		Hang:             centre.Hang,
		RefusedRecipient: &refused,
	}
}

func effects(centre *smsctest.SMSC) (all []channeltest.Effect) {
	for _, m := range centre.Taken() {
		all = append(all, channeltest.Effect{Recipient: "+" + m.Dest.Value, Wire: m.Content()})
	}
	return all
}

func faults(centre *smsctest.SMSC) (all []channeltest.Fault) {
	fails := func(name string, fault smsctest.Fault, want channel.FailureClass) {
		all = append(all, channeltest.Fault{Name: name, Arm: func() { centre.Arm(fault) }, Want: want})
	}
	refuses := func(status smpp.Status, want channel.FailureClass) {
		fails(status.String(), smsctest.Fault{Status: status}, want)
	}
	refuses(smpp.Throttled, channel.FailureRateLimited)
	refuses(smpp.QueueFull, channel.FailureRateLimited)
	refuses(smpp.SystemError, channel.FailureTransient)
	refuses(smpp.SubmitFailed, channel.FailureTransient)
	refuses(smpp.Status(0x0400), channel.FailureTransient)
	refuses(smpp.InvalidDest, channel.FailureRecipient)
	refuses(smpp.InvalidSource, channel.FailureConfig)
	refuses(smpp.InvalidDataCoding, channel.FailureContent)
	fails("lost before it was taken", smsctest.Fault{BreakBefore: true}, channel.FailureUnknownOutcome)
	fails("lost after it was taken", smsctest.Fault{BreakAfter: true}, channel.FailureUnknownOutcome)
	return all
}
