// Package email carries ordinary e-mail: IMAP in, SMTP submission out.
//
// Ingest holds one IMAP connection for each folder, waits with IDLE where the
// server has it, and delivers every message once, in the order of its UIDs.
// The cursor is the UIDVALIDITY and last UID of each folder; what the
// configuration asks to be done upstream (mark as read, move) is done after
// the hub has committed a message. Bytes that cannot be read travel as they
// are; a mail is never skipped.
//
// Send makes one SMTP attempt. Until the final dot of DATA is written nothing
// has left, so every failure before it is safe to repeat; a connection lost
// after it is an unknown outcome, which only a look at the mailbox's folder of
// sent mail can settle, where one is configured.
package email
