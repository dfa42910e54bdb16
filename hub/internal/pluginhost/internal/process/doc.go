// Package process starts one adapter program and talks the plugin handshake with it.
//
// Everything that go-plugin leaves to its user is here: the program that was checked is the program that runs, nothing
// of the hub's environment reaches it, it dies with the hub and takes its children along, whatever it writes is data
// for a log and never parsed by the library, and no call to it can hang the hub.
package process
