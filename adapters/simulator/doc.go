// Package simulator is the outside world for demonstrations and tests: the mail servers between a town hall and its
// citizens, the citizens' mailboxes, a page on which one plays a citizen, and scripted traffic.
//
// Mail for the town's domain goes to the town's mailboxes, mail for a citizens' domain to the citizen's, which exists as
// soon as someone writes to it or logs in. There is one SMTP port: without a login it is the mail exchanger that takes
// mail from anyone for the world's own domains, with a login it is the submission server. Every accepted message is in
// the journal, so that a test can count what really arrived; faults make the world misbehave on request.
//
// Some addresses at any citizens' domain behave in a special way: inesistente@ is refused, pieno@ refused for now,
// rimbalza@ bounces, pienissimo@ bounces with a temporary status, ritardo@ reports a delay, assente@ answers that it is
// away, and perito@ is an outside expert who answers what the town asks.
//
// The package never touches the network beyond the addresses it listens on.
package simulator
