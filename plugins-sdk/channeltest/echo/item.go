package echo

import (
	"crypto/sha256"
	"encoding/json"
	"strings"
	"time"

	"sportello.dev/plugins-sdk/channel"
)

const (
	mediaType = "application/json"
	// maxParse is the largest original that is parsed, in bytes.
	maxParse = 32 << 20
	// maxBody is the most text of a message that travels in the event, in bytes; all of it is in the original.
	maxBody = 1 << 20
)

// Item is the form of a message in the spool.
type Item struct {
	From      ItemAddress `json:"from"`
	Subject   string      `json:"subject"`
	Text      string      `json:"text"`
	MessageID string      `json:"message_id,omitempty"`
	AnswersTo []string    `json:"answers_to,omitempty"`
	SentAt    time.Time   `json:"sent_at,omitzero"`
}

// ItemAddress is the sender of an Item.
type ItemAddress struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
	Name  string `json:"name,omitempty"`
}

// parse reads an original; what it cannot read is an *channel.Unparsed.
func parse(original []byte) (channel.Body, error) {
	if len(original) > maxParse {
		return nil, &channel.Unparsed{Code: "limit.size", Detail: "larger than 32 MiB"}
	}
	var item Item
	if err := json.Unmarshal(original, &item); err != nil {
		return nil, &channel.Unparsed{Code: "json", Detail: "not a message in JSON"}
	}
	if item.From.Value == "" {
		return nil, &channel.Unparsed{Code: "from", Detail: "no sender"}
	}
	sum := sha256.Sum256(original)
	message := &channel.InboundMessage{
		From: channel.Address{
			Kind: channel.OneLine(item.From.Kind), Value: channel.OneLine(item.From.Value), Name: channel.OneLine(item.From.Name),
		},
		Subject: channel.OneLine(item.Subject), Text: clip(item.Text), AnswersTo: item.AnswersTo,
		Class: channel.ClassHuman, Fingerprint: sum[:], SentAt: item.SentAt,
	}
	if item.MessageID != "" {
		message.ExternalIDs = []channel.ExternalID{{
			Kind: "message_id", Value: item.MessageID, Issuer: channel.IssuerSender,
		}}
	}
	return message, nil
}

func clip(text string) string {
	if len(text) <= maxBody {
		return text
	}
	return strings.ToValidUTF8(text[:maxBody], "")
}
