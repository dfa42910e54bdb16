// Package kb is the room of the product sheets ("schede prodotto"): what the town offers, who may ask, what it costs, how
// long it takes. It imports nothing of the hub.
package kb
