// Package routing decides at which office a new ticket begins: ordered rules, of which the first that holds wins; where
// none does, the office of the channel. It also tries rules on what has arrived, before they are in force.
package routing
