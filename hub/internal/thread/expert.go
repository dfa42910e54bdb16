package thread

import (
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// byExpert: a token of the expert's own kind, before any other, leads to the question and never into the conversation. Of
// machines, what names the question by an identifier of ours or a provider's is kept beside it too.
func (e *Evidence) byExpert() (Decision, bool) {
	for _, hit := range e.Tokens {
		if c, ok := e.Candidates[hit.Ticket]; ok {
			if !hit.expert {
				return Decision{}, false
			}
			return e.answer(c, hit.Message), true
		}
	}
	if e.Class.Human() {
		return Decision{}, false
	}
	for i := range e.External {
		hit := &e.External[i]
		if c, ok := e.Candidates[hit.Ticket]; ok && hit.expert && hit.Issuer != ticket.IssuerSender {
			return e.answer(c, hit.Message), true
		}
	}
	return Decision{}, false
}

func (e *Evidence) answer(c Candidate, letter id.Message) Decision {
	code := ticket.ReasonExpertAnswered
	if !e.Class.Human() {
		code = ticket.ReasonExpertMachine
	}
	params := map[string]string{ticket.ParamNumber: string(c.Number), ticket.ParamMessage: letter.String()}
	if e.Class.Human() && !e.credible() {
		params[ticket.ParamUnproved] = "true"
	}
	return e.decide(Decision{Outcome: Answer, Ticket: c.ID, Answers: letter, Confidence: ConfidenceHigh}, code, params)
}
