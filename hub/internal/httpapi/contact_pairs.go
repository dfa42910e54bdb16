package httpapi

import (
	"context"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
)

// Bounds of a page of pairs: rounds of reading are made until the page is full, because who may not be seen is left out.
const (
	usualPairs = 30
	maxPairs   = 50
	pairRounds = 4
)

// pairCursor is the last pair that was read, whether it was shown or not.
type pairCursor struct {
	Strength int       `json:"s"`
	Low      uuid.UUID `json:"l"`
	High     uuid.UUID `json:"h"`
}

// ListDuplicatePairs lists who may be the same in the whole town, as far as the caller may see both.
func (h contactRoutes) ListDuplicatePairs(ctx context.Context, r api.ListDuplicatePairsRequestObject) (api.ListDuplicatePairsResponseObject, error) {
	from, err := decodeCursor[pairCursor](r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	if from != nil && (contact.Strength(from.Strength) < contact.StrengthCode || contact.Strength(from.Strength) > contact.StrengthName) {
		return nil, parameters(fault.Invalid("cursor", "format", "not a cursor of this list"))
	}
	var after *contact.Pair
	if from != nil {
		after = &contact.Pair{Strength: contact.Strength(from.Strength), Low: id.Contact{UUID: from.Low}, High: id.Contact{UUID: from.High}}
	}
	size := min(max(value(r.Params.Limit, usualPairs), 1), maxPairs)
	answer := api.ListDuplicatePairs200JSONResponse{Items: []api.DuplicatePair{}}
	seen := sights{}
	for range pairRounds {
		page, err := h.contacts.Pairs(ctx, h.db, after, size+1)
		if err != nil {
			return nil, err
		}
		more := len(page) > size
		for i := range page[:min(len(page), size)] {
			after = &page[i]
			in, err := seen.both(ctx, h, after)
			if err != nil {
				return nil, err
			}
			if in {
				answer.Items = append(answer.Items, pairOf(after))
			}
			if len(answer.Items) == size {
				more = more || i+1 < len(page)
				break
			}
		}
		if !more {
			return answer, nil
		}
		if len(answer.Items) == size {
			break
		}
	}
	answer.Next, err = encodeCursor(&pairCursor{Strength: int(after.Strength), Low: after.Low.UUID, High: after.High.UUID})
	return answer, err
}

// sights remembers who may be seen: of many alike one stands in many pairs.
type sights map[id.Contact]bool

func (s sights) both(ctx context.Context, h contactRoutes, p *contact.Pair) (bool, error) {
	for _, c := range []id.Contact{p.Low, p.High} {
		in, known := s[c]
		if !known {
			var err error
			if in, err = h.inSight(ctx, c); err != nil {
				return false, err
			}
			s[c] = in
		}
		if !in {
			return false, nil
		}
	}
	return true, nil
}

func pairOf(p *contact.Pair) api.DuplicatePair {
	strengths := map[contact.Strength]api.DuplicatePairStrength{
		contact.StrengthCode: api.DuplicatePairStrengthCode, contact.StrengthAddress: api.DuplicatePairStrengthAddress, contact.StrengthName: api.DuplicatePairStrengthName,
	}
	pair := api.DuplicatePair{
		ID: p.Low.String() + "." + p.High.String(), One: api.ContactRef{ID: p.Low.UUID, Name: p.LowName},
		Other: api.ContactRef{ID: p.High.UUID, Name: p.HighName}, Strength: strengths[p.Strength],
	}
	for i, reason := range p.Reasons {
		pair.Reasons = append(pair.Reasons, api.Reason{Code: reason, Params: map[string]string{"value": p.Whats[i]}})
	}
	return pair
}
