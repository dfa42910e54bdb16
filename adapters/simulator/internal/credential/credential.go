// Package credential checks logins over SASL, the same way for SMTP and IMAP.
package credential

import (
	"bytes"
	"errors"
	"strings"

	"github.com/emersion/go-sasl"
)

var mechanisms = []string{sasl.Plain, sasl.Login, "XOAUTH2"}

// Mechanisms lists what New understands, in the order a server advertises it.
func Mechanisms() []string { return append([]string{}, mechanisms...) }

// ErrUnknownMechanism says that New does not know the mechanism.
var ErrUnknownMechanism = errors.New("unknown authentication mechanism")

// Check decides on a login; of password and token one is empty.
type Check func(user, password, token string) error

// New returns the server's side of a mechanism.
func New(mechanism string, check Check) (sasl.Server, error) {
	switch strings.ToUpper(mechanism) {
	case sasl.Plain:
		return sasl.NewPlainServer(func(identity, user, password string) error {
			if identity != "" && identity != user {
				return errors.New("acting for another user is not possible")
			}
			return check(user, password, "")
		}), nil
	case sasl.Login:
		return &login{check: check}, nil
	case "XOAUTH2":
		return &xoauth2{check: check}, nil
	}
	return nil, ErrUnknownMechanism
}

// login is the LOGIN mechanism: two questions, two answers.
type login struct {
	check Check
	user  *string
	asked int
}

func (l *login) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil && l.asked == 0 {
		l.asked++
		return []byte("Username:"), false, nil
	}
	if l.user == nil {
		user := string(response)
		l.user = &user
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(*l.user, string(response), "")
}

// xoauth2 is the mechanism of the large mail providers: "user=U^Aauth=Bearer T^A^A".
type xoauth2 struct {
	check Check
	asked bool
}

func (x *xoauth2) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil && !x.asked {
		x.asked = true
		return []byte{}, false, nil
	}
	var user, token string
	for field := range bytes.SplitSeq(response, []byte{1}) {
		key, value, _ := strings.Cut(string(field), "=")
		switch key {
		case "user":
			user = value
		case "auth":
			token = strings.TrimPrefix(value, "Bearer ")
		}
	}
	return nil, true, x.check(user, "", token)
}
