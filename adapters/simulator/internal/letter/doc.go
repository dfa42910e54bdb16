// Package letter reads mail as a forgiving mail program does and writes it as a tidy one does.
//
// Parse never fails: what cannot be understood is shown as text. Node and Draft write messages whose bytes depend only on
// their fields, so that generated mail is the same for the same seed.
package letter
