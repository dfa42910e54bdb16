// Package audit keeps the log of sign-ins, acts and reads of personal data. Rows hold ids, never contents, and are
// only added; a sealer chains them with a keyed hash once they are committed, so that Verify can name the first row
// that somebody with the database's password changed.
package audit
