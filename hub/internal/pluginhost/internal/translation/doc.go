// Package translation is the one place where the adapter protocol and the hub's own words meet.
//
// What comes from an adapter is foreign: text is cleaned, everything is bounded, and bytes count only if the adapter
// really handed them over. An event that breaks a bound is not refused, because then it would vanish: it becomes
// unparsed, with its original, for a person to look at.
package translation
