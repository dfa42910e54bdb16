// Package reader reads foreign mail in processes of their own, so that a mail
// which eats processor time or memory ends its reader and nothing else: a
// goroutine cannot be killed, a process can.
//
// A reader is the adapter's own program, started again without environment and
// with no descriptor but three pipes. It gets one mail after another over its
// standard input and answers with attachments and the reading over its
// standard output. Readers start when there is mail, and end when there has
// been none for a while.
package reader
