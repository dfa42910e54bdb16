// Package sms carries text messages for the hub, by one of three drivers: SMPP 3.4 to a message centre, Twilio, and any
// provider with an HTTP interface that a configuration can describe.
//
// SMPP is one session for the whole installation, on the holder of the lease. A message that arrives is answered only
// after the hub has committed it; the position that travels with each event names those whose answer may not have
// arrived, so that the centre's repetition of them is recognised. The parts of a long message are kept in the hub's
// state, because centres send the next only when the last was answered, and become one message when they are whole, or
// a visible one with a gap when they do not become whole in time.
package sms
