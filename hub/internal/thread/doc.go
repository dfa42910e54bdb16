// Package thread holds the rules by which a message finds its way to the ticket it belongs to.
//
// Gather looks up what may tie messages to tickets, in a few round trips for many; Decide is a pure function over what it
// found. Tokens make, and prove, what ties an answer to the message it answers. Nothing here writes on a ticket, and what
// Gather finds in any office is shown to nobody: it takes no scope.
package thread
