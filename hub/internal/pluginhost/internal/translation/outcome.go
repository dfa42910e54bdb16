package translation

import (
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
	"sportello.dev/plugins-sdk/channelpb"
)

const (
	// maxEvidence is the largest proof that travels inside a report, in bytes; larger ones are blobs.
	maxEvidence = 64 << 10
	// MaxProof is the largest proof that is kept with the answer to a transmission, in bytes.
	MaxProof = 1 << 20
)

func (b *bounds) externalIDs(in []*channelpb.ExternalId) []delivery.ExternalID {
	b.count(len(in), maxIDs, "external_ids")
	return each(in[:min(len(in), maxIDs)], func(x *channelpb.ExternalId) delivery.ExternalID {
		issuer := word(x.GetIssuer(), "ISSUER_")
		if x.GetIssuer() != channelpb.Issuer_ISSUER_HUB && x.GetIssuer() != channelpb.Issuer_ISSUER_PROVIDER {
			// Whoever is not known to be trusted is not.
			issuer = word(channelpb.Issuer_ISSUER_SENDER, "ISSUER_")
		}
		return delivery.ExternalID{
			Kind: b.text(x.GetKind(), maxWord, "external_ids"), Value: b.text(x.GetValue(), maxValue, "external_ids"), Issuer: issuer,
		}
	})
}

func (b *bounds) report(in *channelpb.DeliveryReport) delivery.Report {
	out := delivery.Report{
		Delivery:       b.text(in.GetDeliveryId(), maxWord, "delivery_id"),
		ExternalIDs:    b.externalIDs(in.GetExternalIds()),
		RecipientKind:  b.text(in.GetRecipient().GetKind(), maxWord, "address"),
		RecipientValue: b.text(in.GetRecipient().GetValue(), maxAddress, "address"),
		State:          word(in.GetState(), "DELIVERY_STATE_"),
		Failure:        Failure(in.GetFailure()),
		EvidenceKind:   b.text(in.GetEvidenceKind(), maxWord, "evidence_kind"),
		Verified:       in.GetVerified(),
		At:             moment(in.GetAt()),
		RetryUntil:     moment(in.GetRetryUntil()),
	}
	b.count(len(in.GetEvidence().GetInline()), maxEvidence, "evidence")
	if in.GetEvidence() == nil || b.broken != "" {
		return out
	}
	evidence, err := b.raw(in.GetEvidence())
	if err != nil {
		b.fail("blob.unknown")
	}
	out.Evidence, out.EvidenceSHA = evidence.Inline, evidence.SHA256
	return out
}

// Failure makes the hub's failure; nil stays nil.
func Failure(in *channelpb.Failure) *delivery.Failure {
	if in == nil {
		return nil
	}
	class := delivery.Class(word(in.GetClass(), "FAILURE_CLASS_"))
	switch class {
	case delivery.Transient, delivery.RateLimited, delivery.RecipientFault, delivery.ContentFault, delivery.ConfigFault, delivery.OptedOut:
	default:
		// A class that this release does not know proves nothing.
		class = delivery.UnknownOutcome
	}
	return &delivery.Failure{
		Class: class, Code: Text(in.GetCode(), maxWord), ProviderCode: Text(in.GetProviderCode(), maxWord),
		Detail: Text(in.GetDetail(), maxDetail), RetryAfter: duration(in.GetRetryAfter()),
	}
}

// Results makes the hub's results of those answers that belong to the transmission, the first for each delivery. What
// is missing or makes no sense counts, by its absence, as an unknown outcome.
func Results(in []*channelpb.DeliveryResult, asked []delivery.Recipient, blobs Blobs) []delivery.Result {
	open := make(map[string]id.Delivery, len(asked))
	for _, r := range asked {
		open[r.Delivery.String()] = r.Delivery
	}
	var out []delivery.Result
	for _, answer := range in {
		name, ok := open[answer.GetDeliveryId()]
		if !ok {
			continue
		}
		if result, ok := resultOf(answer, blobs); ok {
			result.Delivery = name
			out = append(out, result)
			delete(open, answer.GetDeliveryId())
		}
	}
	return out
}

func resultOf(in *channelpb.DeliveryResult, blobs Blobs) (delivery.Result, bool) {
	switch result := in.GetResult().(type) {
	case *channelpb.DeliveryResult_Failure:
		return delivery.Result{Failure: Failure(result.Failure)}, result.Failure != nil
	case *channelpb.DeliveryResult_Accepted:
		a := result.Accepted
		b := &bounds{blobs: blobs}
		out := delivery.Result{
			ExternalIDs: b.externalIDs(a.GetExternalIds()), EvidenceKind: Text(a.GetEvidenceKind(), maxWord),
		}
		if evidence := a.GetEvidence().GetInline(); len(evidence) <= MaxProof {
			out.Evidence = evidence
		}
		switch a.GetState() {
		case channelpb.DeliveryState_DELIVERY_STATE_SENT:
			out.State = delivery.Sent
		case channelpb.DeliveryState_DELIVERY_STATE_DELIVERED:
			out.State = delivery.Delivered
		default:
			out.State = delivery.Accepted
		}
		return out, true
	}
	return delivery.Result{}, false
}

// Finding makes the hub's finding; what is not clear is unknown.
func Finding(in channelpb.LookupDeliveryResponse_Finding) delivery.Finding {
	switch in {
	case channelpb.LookupDeliveryResponse_FINDING_FOUND:
		return delivery.Found
	case channelpb.LookupDeliveryResponse_FINDING_ABSENT:
		return delivery.Absent
	}
	return delivery.Unknown
}
