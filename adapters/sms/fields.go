package sms

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"sportello.dev/plugins-sdk/channel"
)

// stateNames are the words of status_map.
var stateNames = map[string]channel.DeliveryState{
	"accepted": channel.DeliveryAccepted, "sent": channel.DeliverySent, "delivered": channel.DeliveryDelivered,
	"read": channel.DeliveryRead, "failed": channel.DeliveryFailed, "expired": channel.DeliveryExpired,
}

// stateWords are what providers mostly say, in small letters.
var stateWords = map[string]channel.DeliveryState{
	"queued": channel.DeliveryAccepted, "accepted": channel.DeliveryAccepted, "scheduled": channel.DeliveryAccepted,
	"sending": channel.DeliveryAccepted, "enroute": channel.DeliverySent, "acceptd": channel.DeliverySent,
	"sent": channel.DeliverySent, "delivered": channel.DeliveryDelivered, "delivrd": channel.DeliveryDelivered,
	"dlvrd": channel.DeliveryDelivered, "read": channel.DeliveryRead, "undelivered": channel.DeliveryFailed,
	"undeliv": channel.DeliveryFailed, "undeliverable": channel.DeliveryFailed, "failed": channel.DeliveryFailed,
	"rejected": channel.DeliveryFailed, "rejectd": channel.DeliveryFailed, "deleted": channel.DeliveryFailed,
	"canceled": channel.DeliveryFailed, "error": channel.DeliveryFailed, "expired": channel.DeliveryExpired,
}

// states are the words that this provider says.
func (c *HTTP) states() map[string]channel.DeliveryState {
	all := make(map[string]channel.DeliveryState, len(stateWords))
	for word, state := range stateWords {
		all[word] = state
	}
	for _, line := range c.StatusMap {
		word, state, _ := strings.Cut(line, "=")
		all[strings.ToLower(strings.TrimSpace(word))] = stateNames[strings.TrimSpace(state)]
	}
	return all
}

// fields of a call or of an answer, in JSON or as a form.
type fields struct{ value any }

func fieldsOf(data []byte, mediaType string) fields {
	var value any
	if !strings.Contains(mediaType, "form-urlencoded") && json.Unmarshal(data, &value) == nil {
		return fields{value}
	}
	form, err := url.ParseQuery(string(data))
	if err != nil {
		return fields{}
	}
	all := make(map[string]any, len(form))
	for name := range form {
		all[name] = form.Get(name)
	}
	return fields{all}
}

// at finds a value by names divided by dots; numbers count in lists. A name with a dot in it is tried first.
func (f fields) at(path string) string {
	if path == "" {
		return ""
	}
	if object, ok := f.value.(map[string]any); ok {
		if value, whole := object[path]; whole {
			return scalar(value)
		}
	}
	value := f.value
	for step := range strings.SplitSeq(path, ".") {
		switch node := value.(type) {
		case map[string]any:
			value = node[step]
		case []any:
			index, err := strconv.Atoi(step)
			if err != nil || index < 0 || index >= len(node) {
				return ""
			}
			value = node[index]
		default:
			return ""
		}
	}
	return scalar(value)
}

func scalar(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return fmt.Sprint(v)
	}
	return ""
}
