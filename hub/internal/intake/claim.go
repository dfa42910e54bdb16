package intake

import (
	"cmp"
	"slices"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake/internal/db"
)

// suspect is the number of claims without an end after which a row is worked on alone: if it kills the process, it
// shall not be taken for its neighbours.
const suspect = 3

// maxClaimBytes bounds the events that a worker has in memory at a time; one event may be larger.
const maxClaimBytes = 8 << 20

// eligible keeps, of rows ordered by lane, those that may be worked on now: a row that waits holds back its lane, and
// a suspect row is taken alone.
func eligible(rows []db.CandidatesRow) []uuid.UUID {
	var ids []uuid.UUID
	blocked := map[int16]bool{}
	size := int64(0)
	for _, r := range rows {
		if blocked[r.Lane] || r.Early {
			blocked[r.Lane] = true
			continue
		}
		if r.Attempt >= suspect {
			return []uuid.UUID{r.ID.UUID}
		}
		if size += r.Size; size > maxClaimBytes && len(ids) > 0 {
			break
		}
		ids = append(ids, r.ID.UUID)
	}
	return ids
}

// inOrder sorts claimed rows as they arrived, whatever their lane.
func inOrder(rows []db.ClaimEntriesRow) []id.Entry {
	slices.SortFunc(rows, func(a, b db.ClaimEntriesRow) int { return cmp.Compare(a.Seq, b.Seq) })
	entries := make([]id.Entry, len(rows))
	for i, r := range rows {
		entries[i] = r.ID
	}
	return entries
}

func uuids(entries []id.Entry) []uuid.UUID {
	all := make([]uuid.UUID, len(entries))
	for i, e := range entries {
		all[i] = e.UUID
	}
	return all
}

// clip shortens text for people to at most n bytes, at a rune's border.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
