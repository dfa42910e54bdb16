// Package pluginhost runs the adapters: programs of their own, each carrying any number of channels.
//
// A unit is one supervised process: one for each adapter in the catalogue, and one for each channel where the kind asks
// for isolation. A unit starts its process, restarts it with back-off when it ends, kills it when it hangs, and holds a
// seat for each of its channels. A seat opens the channel, keeps its health, competes for its lease, and, while it has
// the lease, ingests: it hands batches to the journal and acknowledges what the journal committed, never anything else.
//
// Calls go the other way too: sending, looking up, interpreting again, pages and webhooks. And the adapter calls the
// hub, through a service made for each open channel, which answers for that channel alone.
package pluginhost
