package sms

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"sportello.dev/adapters/internal/gsm"
	"sportello.dev/adapters/internal/smpp"
	"sportello.dev/plugins-sdk/channel"
)

const (
	// stateParts is the entry of the channel's state that keeps the parts of long messages. It is rewritten with each
	// part, and bounded by what an entry may hold.
	stateParts = "parts"
	// maxKept leaves room below the 64 KiB of an entry; beyond it the oldest message is shown with its gaps.
	maxKept = 48 << 10
	// maxPart is the longest content of a part, in bytes; a network's own have at most 160. What is longer is a message of
	// its own.
	maxPart = 512
	// maxEntry leaves room for the marks of what is whole; a part for which there is none is to come again later.
	maxEntry = 54 << 10
	// repeatedFor is how long a part of a message that is whole already counts as a repetition.
	repeatedFor = time.Hour
	maxDone     = 200
)

// group is a long message that is not whole yet, or was not taken by the hub yet.
type group struct {
	ID    string         `json:"id"`
	Key   string         `json:"key"`
	Total int            `json:"total"`
	Since time.Time      `json:"since"`
	Parts map[int][]byte `json:"parts"`
	// delivered says that it is on its way to the hub in this run.
	delivered bool
}

// kept is the whole entry.
type kept struct {
	Groups []*group `json:"groups,omitempty"`
	// Done are the digests of parts whose message the hub has.
	Done []mark `json:"done,omitempty"`
}

// assembly puts long messages together. Its user keeps it to one goroutine at a time.
type assembly struct {
	host    *channel.Host
	version uint64
	kept    kept
}

func loadAssembly(ctx context.Context, host *channel.Host) (*assembly, error) {
	entry, err := host.GetState(ctx, stateParts)
	if err != nil {
		return nil, err
	}
	a := &assembly{host: host, version: entry.Version}
	if len(entry.Value) > 0 {
		if err := json.Unmarshal(entry.Value, &a.kept); err != nil {
			return nil, fmt.Errorf("reading the parts of long messages: %w", err)
		}
	}
	return a, nil
}

func (a *assembly) save(ctx context.Context) error {
	encoded, err := json.Marshal(a.kept)
	if err != nil {
		return fmt.Errorf("writing the parts of long messages: %w", err)
	}
	version, err := a.host.PutState(ctx, stateParts, encoded, a.version)
	if errors.Is(err, channel.ErrStateChanged) {
		return fmt.Errorf("another one keeps the parts of this channel: %w", err)
	}
	if err == nil {
		a.version = version
	}
	return err
}

// partOf says whether a request is a part of a long message, and which.
func partOf(pdu smpp.PDU) (gsm.Part, bool) {
	m, err := smpp.ParseIncoming(pdu)
	if err != nil || smpp.IsReceipt(m) {
		return gsm.Part{}, false
	}
	part := partOfMessage(m)
	return part, part.Total > 1 && len(m.Content()) <= maxPart
}

// partOfMessage reads the header in the text, else the SAR parameters.
func partOfMessage(m smpp.Message) gsm.Part {
	if m.Class&smpp.ClassUDH != 0 {
		if header, _, err := gsm.SplitHeader(m.Content()); err == nil && header.Part.Total > 1 {
			return header.Part
		}
	}
	reference, has := m.TLVs.Number(smpp.TagSARReference)
	total, _ := m.TLVs.Number(smpp.TagSARTotal)
	number, _ := m.TLVs.Number(smpp.TagSARPart)
	if !has || total < 2 || number < 1 || number > total {
		return gsm.Part{}
	}
	return gsm.Part{Reference: uint16(reference), Wide: true, Total: total, Part: number}
}

// size of what is kept, about, as it is written.
func (a *assembly) size() int {
	size := 0
	for _, g := range a.kept.Groups {
		size += g.size()
	}
	return size
}

func (g *group) size() int {
	size := len(g.Key) + 150
	for _, part := range g.Parts {
		size += len(part)*4/3 + 20
	}
	return size
}

// keep adds a part and says whether anything changed.
func (a *assembly) keep(pdu smpp.PDU, part gsm.Part, at time.Time) (changed bool) {
	original := pdu.Original()
	hash := digest(original)
	a.kept.Done = slices.DeleteFunc(a.kept.Done, func(m mark) bool { return at.Unix()-m.At > int64(repeatedFor.Seconds()) })
	if slices.ContainsFunc(a.kept.Done, func(m mark) bool { return m.Hash == hash }) {
		return false
	}
	m, err := smpp.ParseIncoming(pdu)
	if err != nil {
		return false
	}
	key := fmt.Sprintf("%s>%s/%d/%d/%t", m.Source.Value, m.Dest.Value, part.Reference, part.Total, part.Wide)
	for _, g := range a.kept.Groups {
		if g.Key != key || g.delivered || at.Sub(g.Since) > openFor {
			continue
		}
		known, has := g.Parts[part.Part]
		if has && digest(known) == hash {
			return false
		}
		if !has {
			g.Parts[part.Part] = original
			return true
		}
		// The same number for another text: the sender's numbers went round, and this begins a new message.
	}
	a.kept.Groups = append(a.kept.Groups, &group{
		ID: "long-" + digest(fmt.Appendf(nil, "%s %s %d", key, hash, at.UnixNano())), Key: key, Total: part.Total, Since: at,
		Parts: map[int][]byte{part.Part: original},
	})
	return true
}

// due are the messages to hand over: those that are whole, those that have waited long enough, and the oldest where
// there are too many.
func (a *assembly) due(now time.Time, patience time.Duration) []*group {
	var due []*group
	size := 0
	for _, g := range slices.Backward(a.kept.Groups) {
		size += g.size()
		if !g.delivered && (len(g.Parts) == g.Total || now.Sub(g.Since) >= patience || size > maxKept) {
			due = append(due, g)
		}
	}
	slices.Reverse(due)
	return due
}

// pdus of a group in the order of its parts.
func (g *group) pdus() []smpp.PDU {
	numbers := make([]int, 0, len(g.Parts))
	for number := range g.Parts {
		numbers = append(numbers, number)
	}
	slices.SortFunc(numbers, cmp.Compare[int])
	var all []smpp.PDU
	for _, number := range numbers {
		pdus, err := smpp.SplitPDUs(g.Parts[number])
		if err == nil {
			all = append(all, pdus...)
		}
	}
	return all
}

// remove forgets a group that the hub has, and remembers its parts for a while.
func (a *assembly) remove(g *group, now time.Time) {
	for _, part := range g.Parts {
		a.kept.Done = append(a.kept.Done, mark{digest(part), now.Unix()})
	}
	a.kept.Done = a.kept.Done[max(len(a.kept.Done)-maxDone, 0):]
	a.kept.Groups = slices.DeleteFunc(a.kept.Groups, func(other *group) bool { return other == g })
}

// receivePart keeps a part in the hub's state, which is as safe as an event, and answers: many centres send the next
// part only then.
func (r *ingestion) receivePart(ctx context.Context, in *incoming, part gsm.Part) error {
	r.assembling.Lock()
	if r.parts.size() > maxEntry {
		r.assembling.Unlock()
		r.log.Warn("too many long messages wait for the hub; the centre is to send a part again")
		return r.later(in)
	}
	changed := r.parts.keep(in.pdu, part, in.at)
	var err error
	if changed {
		err = r.parts.save(ctx)
	}
	r.assembling.Unlock()
	if err != nil {
		return err
	}
	if err := r.link.answer(in, smpp.OK); err != nil {
		r.log.Info("an answer did not leave; the centre sends the part again", "error", err)
	}
	return r.wholes(ctx)
}

// later asks the centre to send a request again.
func (r *ingestion) later(in *incoming) error {
	if err := r.link.answer(in, smpp.QueueFull); err != nil {
		r.log.Info("an answer did not leave; the centre sends the part again", "error", err)
	}
	return nil
}

// wholes hands over what is due.
func (r *ingestion) wholes(ctx context.Context) error {
	r.assembling.Lock()
	due := r.parts.due(r.now(), r.pace.parts)
	for _, g := range due {
		g.delivered = true
	}
	r.assembling.Unlock()
	for _, g := range due {
		event, err := r.event(ctx, g.ID, r.now(), g.pdus()...)
		if err != nil {
			return err
		}
		if err := r.deliver(ctx, event, nil, func(ctx context.Context) error { return r.removed(ctx, g) }); err != nil {
			return err
		}
	}
	return nil
}

// removed runs when the hub has a long message. Where it fails, the message comes again by the same name.
func (r *ingestion) removed(ctx context.Context, g *group) error {
	r.assembling.Lock()
	defer r.assembling.Unlock()
	r.parts.remove(g, r.now())
	return r.parts.save(ctx)
}
