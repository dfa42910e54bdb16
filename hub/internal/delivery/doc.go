// Package delivery takes messages out of the house: which channel and address (Choose), the deliveries of a message
// and their states, attempts that are committed before the provider is called, what providers report later, and what
// operators decide about deliveries that failed or whose outcome is unknown.
//
// A delivery row owns its attempt number and its next attempt; a job is only a wake-up for (transmission, attempt n).
// Results are written only where the attempt is still n. An attempt without proof of its outcome is uncertain: it is
// never repeated by itself, unless the provider honours the same idempotency key or a look-up proves its absence.
package delivery
