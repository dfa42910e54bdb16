// Package account knows who is asking and what they may do: operators and
// their sessions, tokens of scripts, the policy function Allow, and the Scope
// that every store asks for before it shows tickets, messages, counts, blobs
// or live events.
package account
