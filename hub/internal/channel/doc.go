// Package channel keeps the configured ways in and out of the hub: a mailbox, a text-message account, a fax line.
//
// A channel's adapter runs elsewhere (package pluginhost); here live its settings, its sealed secrets, what it can do
// as it said when it was opened, its health, the lease by which one replica at a time may ingest from it, and the
// small state that its adapter keeps.
package channel
