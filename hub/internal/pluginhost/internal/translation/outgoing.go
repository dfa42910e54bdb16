package translation

import (
	"encoding/hex"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/plugins-sdk/channelpb"
)

// SendRequest asks for one attempt at a transmission.
func SendRequest(t *delivery.Transmission) *channelpb.SendRequest {
	return &channelpb.SendRequest{
		ChannelId:      t.Channel.String(),
		TransmissionId: t.ID.String(),
		Attempt:        uint32(max(t.Attempt, 0)),
		Recipients:     each(t.Recipients, recipient),
		Content: &channelpb.Content{
			Subject: t.Content.Subject, Text: t.Content.Text, Html: t.Content.HTML,
			Attachments: each(t.Content.Attachments, attachment),
		},
		Thread:     thread(&t.Thread),
		Origin:     number[channelpb.Origin](channelpb.Origin_value, "ORIGIN_", t.Origin),
		SenderName: t.SenderName,
		Language:   t.Language,
	}
}

// LookupRequest asks what became of an attempt.
func LookupRequest(t *delivery.Transmission, attemptedAt time.Time) *channelpb.LookupDeliveryRequest {
	return &channelpb.LookupDeliveryRequest{
		ChannelId:      t.Channel.String(),
		TransmissionId: t.ID.String(),
		Attempt:        uint32(max(t.Attempt, 0)),
		Thread:         thread(&t.Thread),
		Recipients:     each(t.Recipients, recipient),
		AttemptedAt:    timestamppb.New(attemptedAt),
	}
}

// Raw hands an original back to its adapter.
func Raw(r intake.Raw) *channelpb.Raw {
	out := &channelpb.Raw{MediaType: r.MediaType}
	if r.Inline != nil || r.SHA256 == nil {
		out.Bytes = &channelpb.Raw_Inline{Inline: r.Inline}
	} else {
		out.Bytes = &channelpb.Raw_Blob{Blob: BlobRef(r.SHA256, r.Size)}
	}
	return out
}

// BlobRef names bytes to an adapter.
func BlobRef(sum []byte, size int64) *channelpb.BlobRef {
	return &channelpb.BlobRef{Sha256: hex.EncodeToString(sum), Size: uint64(max(size, 0))}
}

func recipient(r delivery.Recipient) *channelpb.Recipient {
	return &channelpb.Recipient{
		DeliveryId: r.Delivery.String(),
		Address:    &channelpb.Address{Kind: r.Kind, Value: r.Value, Name: r.Name},
		Role:       number[channelpb.Role](channelpb.Role_value, "ROLE_", r.Role),
	}
}

func attachment(a delivery.Attachment) *channelpb.Attachment {
	return &channelpb.Attachment{
		Blob: BlobRef(a.SHA256, a.Size), Name: a.Name, MediaType: a.MediaType, DeclaredType: a.MediaType,
		ContentId: a.ContentID, Inline: a.Inline,
	}
}

func thread(t *delivery.Thread) *channelpb.Thread {
	return &channelpb.Thread{
		MessageId: t.MessageID, InReplyTo: t.InReplyTo, References: t.References, ReplyToken: t.ReplyToken,
		TicketNumber: t.TicketNumber, Headers: t.Headers,
	}
}
