package ticket

// The reasons why a message stands where it stands, kept on the message. The words are stable: clients translate them.
const (
	// ReasonToken: a valid keyed token; ReasonTokenThird: with it came somebody who is not on the ticket.
	// ReasonTokenUnproved: with it came the address of somebody who is, but the server that judges senders did not prove it.
	ReasonToken         = "token"
	ReasonTokenThird    = "token_third"
	ReasonTokenUnproved = "token_unproved"
	// ReasonExternalID: the answer names a message of ours; ReasonExternalIDThird: from somebody it was addressed to
	// who is not on the ticket as the requester. ReasonExternalIDUnproved: from the requester's address, not proved.
	ReasonExternalID         = "external_id"
	ReasonExternalIDThird    = "external_id_third"
	ReasonExternalIDUnproved = "external_id_unproved"
	// ReasonNumber: the ticket's number, from an authenticated sender who is on the ticket.
	ReasonNumber = "number"
	// ReasonPhone: the only open ticket of a telephone number's last days. ReasonPhoneNumber: a text names the number of a
	// ticket that its telephone number is on.
	ReasonPhone       = "phone"
	ReasonPhoneNumber = "phone_number"
	// ReasonTracking: written on the tracking page by whoever holds number and secret.
	ReasonTracking = "tracking_page"
	// ReasonNew: nothing ties it to a ticket; ReasonNewSuggested: something does, but proves nothing.
	ReasonNew          = "new"
	ReasonNewSuggested = "new_suggested"
	// ReasonNewLinked: it belongs to a ticket that is over.
	ReasonNewLinked = "new_linked"
	// ReasonUnmatched: mail of a machine about nothing we know.
	ReasonUnmatched = "unmatched"
	// ReasonManyNew and ReasonManyReopened: a flood; more letters than people write in so short a time.
	ReasonManyNew      = "many_new"
	ReasonManyReopened = "many_reopened"
	// ReasonManual: an operator put it here. ReasonSplit: an operator took it out of another ticket.
	ReasonManual = "manual"
	ReasonSplit  = "split"
	// ReasonExpertAnswered, of a note: what an outside expert wrote about a question; ReasonExpertMachine: what a machine
	// sent about it.
	ReasonExpertAnswered = "expert_answered"
	ReasonExpertMachine  = "expert_machine"
	// ReasonRecorded: an operator wrote down what somebody said.
	ReasonRecorded = "recorded"
)

// Reasons lists every reason that a message can carry.
func Reasons() []string {
	return []string{
		ReasonToken, ReasonTokenThird, ReasonTokenUnproved, ReasonExternalID, ReasonExternalIDThird,
		ReasonExternalIDUnproved, ReasonNumber, ReasonTracking, ReasonNew, ReasonNewSuggested, ReasonNewLinked, ReasonUnmatched,
		ReasonManyNew, ReasonManyReopened, ReasonManual, ReasonSplit, ReasonPhone, ReasonPhoneNumber, ReasonExpertAnswered,
		ReasonExpertMachine, ReasonRecorded,
	}
}

// The parameters of a reason. Marks have the value "true".
const (
	// ParamNumber is the number of the ticket spoken of.
	ParamNumber = "number"
	// ParamMessage is the message of ours that is answered.
	ParamMessage = "message"
	// ParamConfidence is how sure the decision is: high, medium or low.
	ParamConfidence = "confidence"
	// ParamSubjectChanged marks an answer under another subject.
	ParamSubjectChanged = "subject_changed"
	// ParamUnverified marks a sender whom nothing proves.
	ParamUnverified = "unverified"
	// ParamFollowed is the number given where it was joined to another ticket.
	ParamFollowed = "followed"
	// ParamOpened is the number whose secret was given.
	ParamOpened = "opened"
	// ParamIDReused marks a message whose identifier another message has too.
	ParamIDReused = "id_reused"
	// ParamClosedFor is for how many days the ticket had been over.
	ParamClosedFor = "closed_days"
	// ParamSameOriginal is the number of a ticket that the same mail stands on, come to another address of ours.
	ParamSameOriginal = "same_original"
	// ParamForwarded is the address of whoever wrote what a colleague forwarded.
	ParamForwarded = "forwarded"
	// ParamWas is the reason that an operator's act replaced.
	ParamWas = "was"
)

// The reasons of a suggestion.
const (
	// SuggestNumber: a number was given by somebody who is not proved to be on that ticket.
	SuggestNumber = "number"
	// SuggestReference: it names a message of that ticket which was not addressed to the sender.
	SuggestReference = "reference"
	// SuggestSameSubject: the same sender wrote about the same subject not long ago.
	SuggestSameSubject = "same_subject"
	// SuggestSamePhone: one of several open tickets of the same telephone number.
	SuggestSamePhone = "same_phone"
	// SuggestContinues: it goes on with a ticket that is over.
	SuggestContinues = "continues"
	// SuggestExpert: its sender is asked about that ticket as an outside expert, and nothing proves that this is the answer.
	SuggestExpert = "expert"
)

// SuggestionReasons lists every reason that a suggestion can carry.
func SuggestionReasons() []string {
	return []string{SuggestNumber, SuggestReference, SuggestSameSubject, SuggestContinues, SuggestExpert}
}
