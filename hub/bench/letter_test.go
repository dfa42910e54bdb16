//go:build bench

package bench

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"sportello.dev/hub/internal/intake"
)

// words are those of citizens; their text is compressed by the database about as well as real letters are.
var words = strings.Fields(`strada buca illuminazione rifiuti certificato residenza anagrafe tributo pagamento scadenza scuola mensa
	autobus fermata marciapiede parcheggio multa ricorso permesso edilizia cantiere rumore vicino albero potatura acqua perdita
	fognatura cimitero biblioteca asilo iscrizione modulo documento identità rinnovo appuntamento sportello ufficio telefono risposta
	gentile buongiorno vorrei sapere quando possibile grazie cordiali saluti il la lo gli di a da in con su per tra che non come`)

// textBytes is the size of a letter's text.
const textBytes = 2000

// prose is a text of so many bytes that no other seed gives.
func prose(seed, size int) string {
	r := rand.New(rand.NewPCG(uint64(seed), 7))
	var b strings.Builder
	for b.Len() < size {
		b.WriteString(words[r.IntN(len(words))])
		b.WriteByte(' ')
	}
	return b.String()[:size]
}

// letter is the n-th event: a mail of 2 KB of text by somebody, with its original.
func letter(n, sender int) intake.Event {
	text := prose(n, textBytes)
	from, messageID, subject := citizen(sender), fmt.Sprintf("<%d@posta.example>", n), fmt.Sprintf("Richiesta %d", n)
	raw := fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: %s\r\n\r\n%s\r\n", from, ownMailbox, subject, messageID, text)
	sum := sha256.Sum256(raw)
	return intake.Event{
		ID: fmt.Sprintf("INBOX/1/%d", n), OccurredAt: time.Now(), Raw: intake.Raw{Inline: raw, MediaType: "message/rfc822"},
		Message: &intake.Inbound{
			From:    intake.Address{Kind: "email", Value: from, Name: "Cittadino"},
			Parties: []intake.Party{{Role: "to", Address: intake.Address{Kind: "email", Value: ownMailbox}}},
			Subject: subject, Text: text, Class: "human",
			ExternalIDs: []intake.ExternalID{{Kind: "message_id", Value: messageID, Issuer: "sender"}},
			Fingerprint: sum[:], Authentication: intake.Authentication{Authenticated: true},
		},
	}
}

func citizen(n int) string { return fmt.Sprintf("cittadino%d@posta.example", n) }
