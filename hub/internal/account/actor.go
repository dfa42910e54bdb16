package account

import (
	"slices"
	"time"

	"sportello.dev/hub/internal/id"
)

// Role is what an operator or a token may do, as the database keeps it.
type Role string

// The roles. First level answers for the whole town; back office and head work what their offices hold; an
// administrator also manages channels, people and tokens; an auditor reads who did what, and no contents.
const (
	FirstLevel      Role = "first_level"
	BackOffice      Role = "back_office"
	OfficeHead      Role = "office_head"
	Communications  Role = "communications"
	KnowledgeEditor Role = "knowledge_editor"
	Administrator   Role = "administrator"
	Auditor         Role = "auditor"
)

// Roles lists every role.
func Roles() []Role {
	return []Role{FirstLevel, BackOffice, OfficeHead, Communications, KnowledgeEditor, Administrator, Auditor}
}

// Valid tells whether the role exists.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

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
	// Offices are those the actor is a member of, Hidden the confidential ones it is not.
	Offices []id.Office
	Hidden  []id.Office
	// Until is when session or token end at the latest; nil is never.
	Until *time.Time
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
