// Package chaos is the kill test: an oracle outside the hub sends mail and text
// messages into a simulated world and hands in web forms, lets operators answer and ask outside experts,
// kills hub, adapters and PostgreSQL with SIGKILL while they work, and then counts.
//
// What it knows of the hub is what everybody outside knows: the programs, their
// command line, the HTTP API with a bearer token, and the mail that goes in and
// comes out. What was accepted is what the simulated world's own journal says,
// and the oracle writes it into a database of its own before it believes
// anything.
//
// A run passes when
//
//   - no valid mail is in quarantine,
//   - each accepted mail, each text message, and each form with a receipt is visible
//     exactly once within a minute of the last kill, the form where its receipt says,
//   - deliveries are uncertain only where a kill fell into the attempt,
//   - every other reply, acknowledgement and question to an expert reached the mail server exactly once,
//   - what an expert answered is a note, exactly once, and never in the conversation.
//
// The test is itself tested: three faults planted into the hub must each turn it
// red. The small scale runs with all tests, the full one by `make chaos`.
package chaos
