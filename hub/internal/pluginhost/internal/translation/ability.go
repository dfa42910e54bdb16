package translation

import (
	"math"
	"regexp"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/plugins-sdk/channelpb"
)

const (
	maxCapabilities = 50
	maxTypes        = 200
)

// Ability makes the hub's words of what an opened channel can do.
func Ability(in *channelpb.OpenResponse) channel.Ability {
	return channel.Ability{
		Capabilities: Capabilities(in.GetCapabilities()),
		Limits:       limits(in.GetLimits()),
		Reconcile:    channel.Reconcile(word(in.GetReconcile(), "RECONCILE_")),
		Own: channel.Address{
			Kind:  Text(in.GetOwnAddress().GetKind(), maxWord),
			Value: Text(in.GetOwnAddress().GetValue(), maxAddress),
			Name:  Text(in.GetOwnAddress().GetName(), maxName),
		},
		ReplyToken:           in.GetReplyToken(),
		AuthenticatesSenders: in.GetAuthenticatesSenders(),
		TrackingPath:         trackingPath(in.GetTrackingPath()),
	}
}

// relativePath keeps a link to the channel's own pages: it is written to citizens.
var relativePath = regexp.MustCompile(`^[a-z0-9][a-z0-9/_-]{0,99}$`)

func trackingPath(given string) string {
	if !relativePath.MatchString(given) {
		return ""
	}
	return given
}

// Capabilities makes words of capabilities.
func Capabilities(in []channelpb.Capability) []channel.Capability {
	return each(in[:min(len(in), maxCapabilities)], func(c channelpb.Capability) channel.Capability {
		return channel.Capability(word(c, "CAPABILITY_"))
	})
}

func limits(in *channelpb.Limits) channel.Limits {
	types := in.GetAttachmentTypes()
	return channel.Limits{
		TextCharacters:  int(in.GetTextCharacters()),
		MessageBytes:    bytes(in.GetMessageBytes()),
		AttachmentBytes: bytes(in.GetAttachmentBytes()),
		AttachmentTypes: each(types[:min(len(types), maxTypes)], func(t string) string { return Text(t, maxWord) }),
		Recipients:      int(in.GetRecipients()),
		Concurrency:     int(in.GetConcurrency()),
		Subject:         in.GetSubject(),
		HTML:            in.GetHtml(),
		Attachments:     in.GetAttachments(),
	}
}

func bytes(n uint64) int64 { return int64(min(n, math.MaxInt64)) }

// Health makes the hub's words of a report; what is not known is unknown.
func Health(in *channelpb.WatchHealthResponse) channel.Health {
	h := channel.Health{Code: Text(in.GetCode(), maxWord), Detail: Text(in.GetDetail(), maxDetail)}
	switch in.GetState() {
	case channelpb.WatchHealthResponse_STATE_CONNECTING:
		h.State = channel.Connecting
	case channelpb.WatchHealthResponse_STATE_HEALTHY:
		h.State = channel.Healthy
	case channelpb.WatchHealthResponse_STATE_DEGRADED:
		h.State = channel.Degraded
	case channelpb.WatchHealthResponse_STATE_MISCONFIGURED:
		h.State = channel.Misconfigured
	case channelpb.WatchHealthResponse_STATE_DOWN:
		h.State = channel.Down
	default:
		h.State = channel.Unknown
	}
	return h
}
