package sample

import (
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/routing"
	"sportello.dev/hub/internal/ticket"
)

// Rules are those by which the sample town's new requests find their office.
func (t *Town) Rules() []routing.Rule {
	return []routing.Rule{
		{
			Name: "Pericolo immediato", Enabled: true,
			When: routing.Condition{Words: []string{"pericolo immediato", "fuga di gas", "cavi scoperti"}},
			Then: routing.Target{Priority: ticket.PriorityUrgent},
		},
		{
			Name: "Stato civile", Enabled: true,
			When: routing.Condition{Words: []string{"stato di famiglia", "atto di matrimonio", "pubblicazioni di matrimonio", "dichiarazione di nascita"}},
			Then: routing.Target{Office: t.Offices["anagrafe"]},
		},
		{
			Name: "Allagamenti e rami caduti", Enabled: true,
			When: routing.Condition{Words: []string{"allagata", "allagate", "allagato", "ramo pericolante", "albero caduto"}},
			Then: routing.Target{Priority: ticket.PriorityHigh, Tags: []id.Tag{t.Tags[stormy]}},
		},
		{
			Name: "In tedesco, fuori orario",
			When: routing.Condition{Languages: []string{"de"}, Hours: routing.Closed},
			Then: routing.Target{Office: t.Offices["urp"], Priority: ticket.PriorityLow},
		},
	}
}
