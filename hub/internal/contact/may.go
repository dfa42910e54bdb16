package contact

// Purpose is why the town writes to somebody.
type Purpose struct {
	kind purpose
	// category is set for what needs a consent.
	category Category
}

type purpose int

const (
	answer purpose = iota
	practice
	emergency
	generic
)

// Answer replies to what the contact asked, Practice tells of something under way that concerns it, Emergency warns
// of danger to life, health or order. None of the three needs a consent (Garante, 12 March 2003).
func Answer() Purpose { return Purpose{kind: answer} }

// Practice is a message about something under way that concerns the contact.
func Practice() Purpose { return Purpose{kind: practice} }

// Emergency is a warning of danger to life, health or order.
func Emergency() Purpose { return Purpose{kind: emergency} }

// About is a message of a category to which people must have consented.
func About(c Category) Purpose { return Purpose{kind: generic, category: c} }

// Why something may be sent to a contact or not, as codes for readers to put into words.
const (
	WhyUndeliverable = "undeliverable"
	WhyAnswer        = "answer"
	WhyEmergency     = "emergency"
	WhyDoNotContact  = "do_not_contact"
	WhyStopped       = "stopped"
	WhyPractice      = "practice"
	WhyConsented     = "consented"
	WhyRefused       = "refused"
	WhyNotAsked      = "not_asked"
)

// MayReceive says whether something may be sent to an address of a contact, and why. said is what the contact said, as
// Consents lists it. Nobody is written to where nothing arrives; answers and emergencies go to everybody else; who is not to
// be contacted, or stopped messages from the telephone or mailbox itself, gets nothing that he did not ask for; a
// category needs a consent that was not taken back.
func MayReceive(p Purpose, said []Consent, at Address) (may bool, why string) {
	last := Latest(said)
	refusesAll := func() bool { word, spoken := last[Anything]; return spoken && !word.Given }
	switch {
	case at.UndeliverableSince != nil:
		return false, WhyUndeliverable
	case p.kind == answer:
		return true, WhyAnswer
	case p.kind == emergency:
		return true, WhyEmergency
	case refusesAll():
		return false, WhyDoNotContact
	case at.SuppressedSince != nil:
		return false, WhyStopped
	case p.kind == practice:
		return true, WhyPractice
	}
	word, spoken := last[p.category]
	switch {
	case !spoken || p.category == Anything:
		return false, WhyNotAsked
	case !word.Given:
		return false, WhyRefused
	}
	return true, WhyConsented
}
