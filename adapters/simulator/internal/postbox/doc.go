// Package postbox keeps mail: accounts with mailboxes, messages with stable UIDs and flags.
//
// With a directory it is durable: each message is one file written and synced before Append returns, and each mailbox has
// an index of JSON lines that is only ever appended to and rewritten whole (with a rename) when it is opened or renumbered.
// A crash leaves at most a message file that no index names, which was never acknowledged and is removed at the next start.
// Without a directory everything lives in memory.
package postbox
