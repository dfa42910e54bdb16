package email

import "fmt"

// xoauth2 is the SASL mechanism of Google and Microsoft. The server's
// challenge is always a refusal with its reason as JSON.
type xoauth2 struct{ username, token string }

// Start implements sasl.Client.
func (x xoauth2) Start() (mechanism string, initial []byte, err error) {
	return "XOAUTH2", fmt.Appendf(nil, "user=%s\x01auth=Bearer %s\x01\x01", x.username, x.token), nil
}

// Next implements sasl.Client. Answering the challenge would only be one more
// way to be refused: some servers take the empty answer for a broken command.
func (x xoauth2) Next(challenge []byte) ([]byte, error) {
	return nil, &refusedToken{reason: string(challenge)}
}

// refusedToken carries the server's JSON.
type refusedToken struct{ reason string }

// Error implements error.
func (r *refusedToken) Error() string { return "access token refused: " + r.reason }
