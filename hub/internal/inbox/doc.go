// Package inbox shows operators the tickets that they work on: queues, filters, search and counts, page by page. It only
// reads; what becomes of a ticket is package ticket's.
package inbox
