package account

import (
	"sportello.dev/hub/internal/id"
)

// Role is what an operator or a token may do, as the database keeps it.
type Role string

// The roles: an operator works tickets, an admin also manages channels, tokens and operators.
const (
	Operating Role = "operator"
	Admin     Role = "admin"
)

// Valid tells whether the role exists.
func (r Role) Valid() bool { return r == Operating || r == Admin }

// Kind tells what sort of actor asks.
type Kind string

// The kinds of actor. The unset kind is somebody who has not signed in.
const (
	Anonymous     Kind = ""
	KindOperator  Kind = "operator"
	KindToken     Kind = "token"
	KindSystemJob Kind = "system"
)

// Actor is who asks. Its zero value is somebody who has not signed in.
type Actor struct {
	Kind     Kind
	Operator id.Operator
	Token    id.Token
	// Session is set when the operator came with a session cookie.
	Session id.Session
	Name    string
	Role    Role
}

// Key names the actor in one text, stable across requests.
func (a Actor) Key() string {
	switch a.Kind {
	case KindOperator:
		return "operator:" + a.Operator.String()
	case KindToken:
		return "token:" + a.Token.String()
	default:
		return string(a.Kind)
	}
}

// System is the hub itself, at work without anybody asking.
func System() Actor { return Actor{Kind: KindSystemJob, Name: "system"} }
