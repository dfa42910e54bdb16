package chaos

import (
	"context"
	"fmt"
	"net/mail"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"sportello.dev/adapters/simulator"
	"sportello.dev/adapters/simulator/journal"
)

// snapshot is all that can be seen from outside: what the ledger knows, what the
// API shows, and what reached the citizens.
type snapshot struct {
	letters []entry
	replies []replied
	kills   []kill

	quarantine []quarantined
	// inbound are the visible letters by their marker; "" holds those without one.
	inbound map[string][]message
	// noted are the notes with a marker: answers of experts.
	noted map[string][]message
	// outbound are all that left for somebody, questions to experts too.
	outbound   []message
	deliveries map[string]delivery
	// arrivals is what the mail server took from the town.
	arrivals []arrival
	// mailed is what the mail exchanger took for the town.
	mailed int
	// deaths are ends of the hub that nobody caused, orphans adapters that outlived it,
	// late the letters that took too long.
	deaths  []string
	orphans []int
	late    []string
}

// arrival is one mail of the town in a citizen's mailbox, or in the journal.
type arrival struct {
	at        time.Time
	id        string
	to        string
	subject   string
	marker    string
	automatic bool
	// inbox is how often it lies in the mailbox, accepted how often the mail server took it.
	inbox, accepted int
}

// look takes a snapshot.
func (r *run) look(ctx context.Context) (*snapshot, error) {
	s := &snapshot{inbound: map[string][]message{}, noted: map[string][]message{}, deliveries: map[string]delivery{}, deaths: r.hub.unexplained()}
	var err error
	if s.letters, err = r.ledger.letters(ctx); err != nil {
		return nil, err
	}
	if s.replies, err = r.ledger.replies(ctx); err != nil {
		return nil, err
	}
	if s.kills, err = r.ledger.kills(ctx); err != nil {
		return nil, err
	}
	if s.quarantine, err = r.hub.quarantine(ctx); err != nil {
		return nil, fmt.Errorf("looking at the quarantine: %w", err)
	}
	if err := s.lookAtTickets(ctx, r.hub.desk); err != nil {
		return nil, fmt.Errorf("looking at the tickets: %w", err)
	}
	s.lookAtPhones(r.world)
	return s, s.lookAtMail(r.world)
}

// readers is how many requests go at once.
const readers = 4

func (s *snapshot) lookAtTickets(ctx context.Context, d *desk) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	var mu sync.Mutex
	err := d.tickets(ctx, func(some []ticket) bool {
		for _, t := range some {
			group.Go(func() error {
				messages, err := d.messages(ctx, t.Number)
				mu.Lock()
				defer mu.Unlock()
				s.sort(messages)
				return err
			})
		}
		return true
	})
	if err := group.Wait(); err != nil {
		return err
	}
	return err
}

func (s *snapshot) sort(messages []message) {
	for _, m := range messages {
		marker := letterMark.FindString(m.Text)
		switch {
		case m.Direction == "inbound":
			s.inbound[marker] = append(s.inbound[marker], m)
		case m.Direction == "note" && marker != "":
			s.noted[marker] = append(s.noted[marker], m)
		case m.Direction == "outbound" || m.Class == "question":
			s.outbound = append(s.outbound, m)
			for _, d := range m.Deliveries {
				s.deliveries[d.ID] = d
			}
		}
	}
}

// lookAtAttempts reads each delivery with its attempts.
func (s *snapshot) lookAtAttempts(ctx context.Context, d *desk) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	var mu sync.Mutex
	for _, m := range s.outbound {
		for _, short := range m.Deliveries {
			group.Go(func() error {
				whole, err := d.delivery(ctx, short.ID)
				mu.Lock()
				defer mu.Unlock()
				s.deliveries[short.ID] = whole
				return err
			})
		}
	}
	return group.Wait()
}

func (s *snapshot) lookAtMail(world *simulator.World) error {
	byID := map[string]*arrival{}
	for _, e := range world.Journal().After(0, 0) {
		if e.Via == journal.ViaMX {
			s.mailed++
		}
		if e.Via != journal.ViaSubmission {
			continue
		}
		if byID[e.MessageID] == nil {
			byID[e.MessageID] = &arrival{id: e.MessageID, at: e.At, to: strings.Join(e.To, ","), subject: e.Subject}
		}
		byID[e.MessageID].accepted++
	}
	read := map[string]bool{}
	for _, l := range s.letters {
		if read[l.Citizen] || l.Mailbox == texts.address || l.Form == byExpert {
			continue
		}
		read[l.Citizen] = true
		if err := lookInto(world, l.Citizen, byID); err != nil {
			return err
		}
	}
	for _, r := range s.replies {
		if r.Expert == "" {
			continue
		}
		if err := lookInto(world, r.Expert, byID); err != nil {
			return err
		}
	}
	for _, a := range byID {
		s.arrivals = append(s.arrivals, *a)
	}
	return nil
}

// lookInto counts the mails in a citizen's mailbox.
func lookInto(world *simulator.World, citizen string, byID map[string]*arrival) error {
	list, err := read(world, citizen, simulator.DefaultCitizenPassword, inbox)
	if err != nil {
		return err
	}
	for _, raw := range list {
		m, err := mail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			return fmt.Errorf("reading a mail of the town: %w", err)
		}
		id := m.Header.Get("Message-Id")
		if byID[id] == nil {
			byID[id] = &arrival{id: id, to: citizen, subject: m.Header.Get("Subject")}
		}
		byID[id].inbox++
		byID[id].marker = replyMark.FindString(raw)
		byID[id].automatic = m.Header.Get("Auto-Submitted") != "" && m.Header.Get("Auto-Submitted") != "no"
	}
	return nil
}

// settled tells whether no delivery is under way.
func (s *snapshot) settled() bool {
	for _, d := range s.deliveries {
		if d.State == "queued" || d.State == "sending" {
			return false
		}
	}
	return true
}
