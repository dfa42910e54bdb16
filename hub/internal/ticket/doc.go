// Package ticket holds the citizen's request: its number, its conversation, the people in it. How a message finds its
// way to the ticket it belongs to is package thread's.
//
// Rules are pure functions over values (the statuses, the clocks, the numbers); the Store reads and writes rows inside the
// caller's transaction. A method that changes a ticket takes it locked, as Create and Lock return it. What joins
// tickets never moves a message: the conversation of a ticket is its own messages and those of all joined to it.
package ticket
