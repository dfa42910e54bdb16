// Package smpp is SMPP 3.4 as far as an adapter of text messages needs it: the PDUs of bind, submit, deliver, data,
// query, enquire_link and unbind with their optional parameters, delivery receipts in the forms that are met, and a
// session with a window that serves both ends of a connection.
//
// Reading is built for foreign bytes: every length is checked before it is used, a PDU has a largest size, and what
// cannot be read is an error that keeps the bytes, never a panic.
package smpp
