// Package gsm is how texts travel in short messages: the 7-bit alphabet of 3GPP TS 23.038 with its extension and the
// national tables that phones use, UCS-2 with surrogate pairs, the user data header that ties the parts of a long
// message together, the splitting of a long text, and what to write in the place of a character that would make the
// message twice as long.
package gsm
