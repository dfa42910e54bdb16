// Package channeltest holds an adapter against the rules of package channel.
//
// Start runs an adapter inside the test, over real gRPC, with a Host that the test can look into and command. Conformance
// runs the suite that every built-in adapter passes: the author describes the provider fake in a World, and each check
// gets a fresh one. What a channel claims is checked, what it does not claim is listed as not applicable; nothing is
// skipped. RunInbound and RunOutbound run tables of originals and transmissions with golden files. Verify runs checks
// without failing the test, to prove that a planted fault is found.
//
// The groups of the suite:
//
//   - config: the schema, what it refuses, labels in two languages, secrets, the description.
//   - accept: originals kept byte by byte, nothing destroyed before the acknowledgement, nothing lost when the hub is slow,
//     refuses, or dies.
//   - dedupe: event ids that are stable and unique, order of arrival.
//   - cursor: where a new start begins, the window.
//   - send: one attempt, one result for each delivery, failure classes, keys, look-ups, attachments.
//   - life-cycle: revisions, leases, several channels, closing in time, health, nothing left behind.
//   - http: signatures, replays, odd calls.
//   - safety: secrets, log lines, odd requests, line breaks.
//
// Package echo below this one is an adapter that passes, with its suite and with planted faults that do not.
package channeltest
