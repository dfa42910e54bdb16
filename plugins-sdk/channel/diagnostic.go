package channel

import "time"

// Diagnostic is one finding about a configuration.
type Diagnostic struct {
	Severity Severity
	// Pointer is the JSON pointer (RFC 6901) of the field concerned, empty for the whole.
	Pointer string
	// Code is stable, for translation: "imap.auth".
	Code string
	// Summary is one sentence in the language asked for.
	Summary string
	// Remedy says what to do about it.
	Remedy string
	// Took is how long the step of a probe took.
	Took time.Duration
}
