package account

import (
	"errors"
	"slices"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
)

// ErrUnauthenticated says that the act needs somebody who has signed in.
var ErrUnauthenticated = errors.New("not signed in")

// Action names something one can ask for. Every route of the API carries one.
type Action string

// The actions. Those of a thing's "decide" and "manage" change it; "read" shows it.
const (
	HealthRead       Action = "health.read"
	TownRead         Action = "town.read"
	SessionOpen      Action = "session.open"
	SessionRead      Action = "session.read"
	SessionClose     Action = "session.close"
	SessionRevoke    Action = "session.revoke"
	MeRead           Action = "me.read"
	MeUpdate         Action = "me.update"
	TicketList       Action = "ticket.list"
	TicketRead       Action = "ticket.read"
	TicketUpdate     Action = "ticket.update"
	TicketTake       Action = "ticket.take"
	TicketRecord     Action = "ticket.record"
	TicketReply      Action = "ticket.reply"
	TicketNote       Action = "ticket.note"
	TicketJoin       Action = "ticket.join"
	TicketSplit      Action = "ticket.split"
	TicketAsk        Action = "ticket.ask"
	AskList          Action = "ask.list"
	AskAnswer        Action = "ask.answer"
	MentionRead      Action = "mention.read"
	SuggestionDecide Action = "suggestion.decide"
	DraftWrite       Action = "draft.write"
	UploadCreate     Action = "upload.create"
	MessageRead      Action = "message.read"
	MessageCancel    Action = "message.cancel"
	AttachmentRead   Action = "attachment.read"
	AttachmentSigned Action = "attachment.signed"
	PictureSigned    Action = "picture.signed"
	DeliveryRead     Action = "delivery.read"
	DeliveryDecide   Action = "delivery.decide"
	QuarantineRead   Action = "quarantine.read"
	QuarantineDecide Action = "quarantine.decide"
	ContactRead      Action = "contact.read"
	ContactUpdate    Action = "contact.update"
	DirectoryRead    Action = "directory.read"
	ChannelRead      Action = "channel.read"
	ChannelManage    Action = "channel.manage"
	OfficeManage     Action = "office.manage"
	OfficeRun        Action = "office.run"
	TokenManage      Action = "token.manage"
	PeopleManage     Action = "people.manage"
	InvitationAccept Action = "invitation.accept"
	FactorRead       Action = "factor.read"
	FactorUpdate     Action = "factor.update"
	PolicyManage     Action = "policy.manage"
	PolicyRead       Action = "policy.read"
	RoutingManage    Action = "routing.manage"
	AbsenceManage    Action = "absence.manage"
	TagManage        Action = "tag.manage"
	TypeManage       Action = "type.manage"
	AuditRead        Action = "audit.read"
	AuditCheck       Action = "audit.check"
	ContactReaders   Action = "contact.readers"
	ContactReview    Action = "contact.review"
	ReportRead       Action = "report.read"
	ReportExport     Action = "report.export"
	ReportTickets    Action = "report.tickets"
	LiveRead         Action = "live.read"
)

// Actions lists every action.
func Actions() []Action {
	return []Action{
		HealthRead, TownRead, SessionOpen, SessionRead, SessionClose, SessionRevoke, MeRead, MeUpdate, FactorRead, FactorUpdate,
		TicketList, TicketRead, TicketUpdate, TicketReply, TicketNote, TicketJoin, TicketSplit, SuggestionDecide, DraftWrite,
		UploadCreate, TicketAsk, AskList, AskAnswer, MentionRead,
		MessageRead, MessageCancel, AttachmentRead, AttachmentSigned, PictureSigned, DeliveryRead, DeliveryDecide,
		QuarantineRead, QuarantineDecide, ContactRead, ContactUpdate, DirectoryRead, ChannelRead, ChannelManage, OfficeManage, OfficeRun, TokenManage, PolicyManage, LiveRead,
		PeopleManage, InvitationAccept, RoutingManage, AbsenceManage, TagManage, TypeManage, TicketTake, TicketRecord, PolicyRead, AuditRead, AuditCheck, ContactReaders, ContactReview,
		ReportRead, ReportExport, ReportTickets,
	}
}

// Object is what an action is about, as far as the answer depends on it. Its
// zero value is "nothing in particular".
type Object struct {
	// Owner is the operator the object belongs to.
	Owner id.Operator
	// Office is the one that the object is.
	Office id.Office
}

// audience is who may take an action, the narrowest check last.
type audience struct {
	anybody bool
	// people leaves scripts out: the action is about the operator's own things.
	people bool
	roles  []Role
	// owned lets only the object's owner pass, heads of its office and administrators.
	owned bool
	// shared says that a share of a ticket is enough; everything else takes an office that holds it.
	shared bool
	// watched gives auditors, who see no ticket, the whole town: what they are told holds no contents.
	watched bool
	// within lets only members of the object's office pass, and administrators.
	within bool
	// totals says that only sums are shown, which an auditor sees of the whole town.
	totals bool
}

// Allow is the one policy function: it says whether the actor may take the
// action on the object, and how far the actor sees. What it does not know it
// denies. The error is ErrUnauthenticated or a fault of kind forbidden.
func Allow(actor Actor, action Action, object Object) (Scope, error) {
	who, known := audienceOf(action)
	if !known {
		return Scope{}, fault.Forbidden("no policy for action %q", action)
	}
	if actor.Kind == KindSystemJob {
		return SystemScope(), nil
	}
	if actor.Kind == Anonymous && !who.anybody {
		return Scope{}, ErrUnauthenticated
	}
	if !who.anybody && !who.admits(actor, object) {
		return Scope{}, fault.Forbidden("%s %q may not %s", actor.Kind, actor.Role, action)
	}
	if who.watched && actor.Role == Auditor {
		return TownScope(nil), nil
	}
	if who.totals && actor.Role == Auditor {
		return TownScope(actor.Hidden).Holding(), nil
	}
	if who.shared {
		return scopeOf(actor), nil
	}
	return scopeOf(actor).Holding(), nil
}

// WorksOn says whether somebody may work on the tickets that an office holds: only such a person can be given one.
func WorksOn(who Actor, office id.Office) bool {
	scope, err := Allow(who, TicketUpdate, Object{})
	return err == nil && scope.Covers(office)
}

func (who audience) admits(actor Actor, object Object) bool {
	if !slices.Contains(who.roles, actor.Role) {
		return false
	}
	if who.people && actor.Kind != KindOperator {
		return false
	}
	if who.within && !object.Office.IsZero() && actor.Role != Administrator && !slices.Contains(actor.Offices, object.Office) {
		return false
	}
	if !who.owned || object.Owner.IsZero() || actor.Role == Administrator || actor.Role == OfficeHead {
		return true
	}
	return actor.Kind == KindOperator && actor.Operator == object.Owner
}

// scopeOf says how far the actor sees. First level and administrators see the town but for confidential offices that
// they are no members of; the others see their own offices and what is shared with them; an auditor sees no ticket.
func scopeOf(actor Actor) Scope {
	if actor.Kind == Anonymous {
		return Scope{}
	}
	switch actor.Role {
	case FirstLevel, Administrator:
		return TownScope(actor.Hidden, actor.Offices...)
	case BackOffice, OfficeHead, Communications, KnowledgeEditor:
		return OfficeScope(actor.Offices...)
	case Auditor:
	}
	return Scope{}
}

func audienceOf(action Action) (audience, bool) {
	admins, towns := []Role{Administrator}, []Role{FirstLevel, Administrator}
	desk := []Role{FirstLevel, BackOffice, OfficeHead, Communications, KnowledgeEditor, Administrator}
	switch action {
	case HealthRead, TownRead, SessionOpen, SessionClose, InvitationAccept, AttachmentSigned, PictureSigned:
		return audience{anybody: true}, true
	case SessionRead, SessionRevoke, MeUpdate, FactorRead, FactorUpdate:
		return audience{roles: Roles(), people: true}, true
	case DraftWrite, MentionRead:
		return audience{roles: desk, people: true, shared: true}, true
	case MessageCancel:
		return audience{roles: desk, owned: true}, true
	case AbsenceManage:
		return audience{roles: Roles(), owned: true}, true
	case MeRead, DirectoryRead, LiveRead:
		return audience{roles: Roles(), shared: true}, true
	case QuarantineRead, QuarantineDecide, ContactReview:
		return audience{roles: towns}, true
	case TicketList, TicketRead, TicketNote, AskList, AskAnswer, MessageRead, AttachmentRead, DeliveryRead, ContactRead:
		return audience{roles: desk, shared: true}, true
	case TicketUpdate, TicketReply, TicketAsk, TicketJoin, TicketSplit, SuggestionDecide, UploadCreate, DeliveryDecide, ContactUpdate, ChannelRead:
		return audience{roles: desk}, true
	case AuditRead, AuditCheck:
		return audience{roles: []Role{Auditor, Administrator}, watched: true}, true
	case ContactReaders:
		return audience{roles: []Role{Auditor, Administrator, OfficeHead}, watched: true}, true
	case TicketTake, TicketRecord:
		return audience{roles: desk, people: true}, true
	case OfficeRun:
		return audience{roles: []Role{OfficeHead, Administrator}, within: true}, true
	case ReportRead, ReportExport:
		return audience{roles: []Role{OfficeHead, Administrator, Auditor}, totals: true}, true
	case PolicyRead, ReportTickets:
		return audience{roles: []Role{OfficeHead, Administrator}}, true
	case ChannelManage, OfficeManage, TokenManage, PeopleManage, PolicyManage, RoutingManage, TagManage, TypeManage:
		return audience{roles: admins}, true
	}
	return audience{}, false
}
