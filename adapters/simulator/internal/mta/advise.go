package mta

import (
	"context"
	"time"

	"sportello.dev/adapters/simulator/internal/directory"
	"sportello.dev/adapters/simulator/internal/letter"
	"sportello.dev/adapters/simulator/journal"
)

// adviserName is who reads the mail of an outside expert.
const adviserName = "ing. Sofia Verdi"

// opinion is what the expert answers, whatever the question: read, seen, a way on.
const opinion = "Buongiorno,\n\n" +
	"ho letto la vostra domanda. Da quanto descritto non vedo un pericolo immediato, ma prima di decidere serve un sopralluogo: " +
	"sono disponibile martedì o giovedì mattina. Dopo il sopralluogo vi mando due righe di relazione.\n\n" +
	"Cordiali saluti\n" + adviserName

// advise lets an outside expert answer what the town asks, as a mail program does: to where the letter wants it, quoting it.
// Machines and everybody else get no answer.
func (s *Server) advise(to string, l *letter.Letter, raw []byte) {
	if l.Automatic() || s.Directory.Resolve(l.From.Address).Kind != directory.Town {
		return
	}
	account := s.Directory.Resolve(to).Account
	s.Thinking(func(context.Context) {
		got, now := letter.Parse(raw), s.Now()
		d := letter.Reply(got, letter.Address{Name: adviserName, Address: account}, false)
		if len(d.To) == 0 || s.CheckRecipient(d.To[0].Address) != nil {
			return // nowhere to answer to
		}
		got.Date = got.Date.In(now.Location())
		env := Envelope{Via: journal.ViaScript, Account: account, Helo: "script.example", Remote: "[127.0.0.1]", From: account, To: []string{d.To[0].Address}}
		d.Text, d.Date = opinion+"\n\n"+letter.Quote(got), now.Truncate(time.Second)
		d.MessageID = s.messageID(env, account, "opinion"+got.MessageID)
		answer := d.Bytes()
		if _, err := s.Accept(env, answer); err != nil {
			s.Logger.Warn("an expert's answer could not be delivered", "error", err)
			return
		}
		if len(s.Boxes) > 0 {
			if err := s.Keep(account, s.Boxes[0], answer); err != nil {
				s.Logger.Warn("an expert's answer was not kept", "error", err)
			}
		}
	})
}
