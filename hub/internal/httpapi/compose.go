package httpapi

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/mention"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// composeRoutes write replies and notes, say where a reply would go, and call replies back.
type composeRoutes struct {
	db         *pgxpool.Pool
	tickets    *ticket.Store
	deliveries *delivery.Store
	composer   *delivery.Composer
	mentions   *mention.Store
	show       presenter
}

// CreateReply writes a message and its deliveries in one transaction.
func (h composeRoutes) CreateReply(ctx context.Context, r api.CreateReplyRequestObject) (api.CreateReplyResponseObject, error) {
	made, err := h.write(ctx, r.Number, ticket.DraftReply, func(tx pgx.Tx, t *ticket.Ticket, message id.Message) error {
		return h.reply(ctx, tx, t, message, r.Body)
	})
	if err != nil {
		return nil, err
	}
	return api.CreateReply201JSONResponse(made), nil
}

// CreateNote writes an internal note.
func (h composeRoutes) CreateNote(ctx context.Context, r api.CreateNoteRequestObject) (api.CreateNoteResponseObject, error) {
	made, err := h.write(ctx, r.Number, ticket.DraftNote, func(tx pgx.Tx, t *ticket.Ticket, message id.Message) error {
		return h.note(ctx, tx, t, message, r.Body)
	})
	if err != nil {
		return nil, err
	}
	return api.CreateNote201JSONResponse(made), nil
}

// write runs fn on the locked ticket with the id that the message will have,
// drops the draft it was written from, and shows the message. A repeated
// request that was cut off after its commit finds the message there.
func (h composeRoutes) write(ctx context.Context, number string, kind ticket.DraftKind, fn func(pgx.Tx, *ticket.Ticket, id.Message) error) (api.Message, error) {
	req := requestOf(ctx)
	message := id.Message{UUID: req.newUUID("message")}
	if req.key != nil {
		made, err := h.show.message(ctx, req.scope, message)
		if err == nil || fault.Kind(err) != fault.CodeNotFound {
			return made, err
		}
	}
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		t, err := h.tickets.LockNumber(ctx, tx, req.scope, number)
		if err != nil {
			return err
		}
		if err := fn(tx, t, message); err != nil || req.actor.Kind != account.KindOperator {
			return err
		}
		return h.tickets.DeleteDraft(ctx, tx, req.actor.Operator, t.ID, kind)
	})
	if err != nil && !postgres.IsUnique(err, "message_pkey") {
		return api.Message{}, err
	}
	return h.show.message(ctx, req.scope, message)
}

func (h composeRoutes) reply(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, message id.Message, b *api.Reply) error {
	if err := h.nothingNewer(ctx, tx, t, b.SeenMessageID); err != nil {
		return err
	}
	files, err := h.files(ctx, tx, b.Attachments)
	if err != nil {
		return err
	}
	draft := delivery.Draft{
		ID: message, Text: b.Text, Subject: value(b.Subject, ""), HTML: value(b.HTML, ""), Attachments: files,
		To: addresses(b.To), Cc: addresses(b.Cc), Formal: value(b.Formal, false),
		Undo: time.Duration(value(b.DelaySeconds, 0)) * time.Second, Status: ticket.Status(value(b.Status, "")),
		Standing: standingOf(b.Standing),
	}
	if b.ChannelID != nil {
		if draft.Target, err = h.over(ctx, tx, t, *b.ChannelID, draft); err != nil {
			return err
		}
	}
	_, err = h.composer.Reply(ctx, tx, requestOf(ctx).actor, t, draft)
	return err
}

// over is the operator's choice of a channel: to the recipient given, else to whoever is answered by default.
func (h composeRoutes) over(ctx context.Context, db postgres.Querier, t *ticket.Ticket, channel uuid.UUID, d delivery.Draft) (*delivery.Target, error) {
	to := d.To
	if len(to) == 0 {
		known, err := h.tickets.DefaultRecipients(ctx, db, requestOf(ctx).scope, t.ID, id.Message{})
		if err != nil {
			return nil, err
		}
		to = known.To
	}
	target := &delivery.Target{Channel: id.Channel{UUID: channel}}
	if len(to) > 0 {
		normal, err := contact.Normalise(to[0].Kind, to[0].Value)
		if err != nil {
			return nil, fault.Invalid("to", "format", "this is no address of its kind: %w", err)
		}
		target.Kind, target.Value = to[0].Kind, normal
	}
	return target, nil
}

func (h composeRoutes) note(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, message id.Message, b *api.Note) error {
	files, err := h.files(ctx, tx, b.Attachments)
	if err != nil {
		return err
	}
	_, err = h.tickets.AddNote(ctx, tx, t, requestOf(ctx).actor, ticket.Note{
		ID: message, Text: b.Text, HTML: h.composer.Clean(value(b.HTML, "")), Attachments: files,
	})
	if err != nil {
		return err
	}
	req := requestOf(ctx)
	return h.mentions.Write(ctx, tx, req.scope, req.actor, t.ID, message, namesOf(b.Mentions))
}

// nothingNewer refuses a reply when somebody wrote after what its writer had seen.
func (h composeRoutes) nothingNewer(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, seen *uuid.UUID) error {
	if seen == nil {
		return nil
	}
	newer, err := h.tickets.HasNewer(ctx, tx, requestOf(ctx).scope, t.ID, id.Message{UUID: *seen})
	if err != nil {
		return err
	}
	if newer {
		return conflict(codeNewerMessage, "Somebody has written on the ticket since; read it before you answer.")
	}
	return nil
}

// files takes uploads for the message.
func (h composeRoutes) files(ctx context.Context, tx pgx.Tx, uploads *[]uuid.UUID) ([]ticket.NewAttachment, error) {
	var ids []id.Upload
	for _, u := range value(uploads, nil) {
		ids = append(ids, id.Upload{UUID: u})
	}
	files, err := h.tickets.TakeUploads(ctx, tx, requestOf(ctx).actor, ids)
	if err != nil {
		return nil, err
	}
	return files, blockAttached(ctx, tx, files)
}

func addresses(list *[]api.Recipient) []ticket.Address {
	var all []ticket.Address
	for _, r := range value(list, nil) {
		all = append(all, ticket.Address{Kind: string(r.Kind), Value: r.Address, Name: value(r.Name, "")})
	}
	return all
}

// CancelMessage calls a reply back while none of it has begun to leave.
func (h composeRoutes) CancelMessage(ctx context.Context, r api.CancelMessageRequestObject) (api.CancelMessageResponseObject, error) {
	req := requestOf(ctx)
	which := id.Message{UUID: r.ID}
	m, err := h.tickets.Message(ctx, h.db, req.scope, which)
	if err != nil {
		return nil, err
	}
	if _, err := account.Allow(req.actor, account.MessageCancel, account.Object{Owner: m.Author}); err != nil {
		return nil, err
	}
	err = postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		if _, err := h.tickets.Withdraw(ctx, tx, req.scope, req.actor, which); err != nil {
			return err
		}
		return h.deliveries.Cancel(ctx, tx, which, req.actor.Operator)
	})
	if fault.Kind(err) == fault.CodeConflict {
		return nil, conflict(codeTooLate, "The message has begun to leave, or was called back already.")
	}
	if err != nil {
		return nil, err
	}
	answer, err := h.show.message(ctx, req.scope, which)
	if err != nil {
		return nil, err
	}
	return api.CancelMessage200JSONResponse(answer), nil
}

// GetDeliveryChoice says where a reply would go now, and why.
func (h composeRoutes) GetDeliveryChoice(ctx context.Context, r api.GetDeliveryChoiceRequestObject) (api.GetDeliveryChoiceResponseObject, error) {
	t, err := h.tickets.Get(ctx, h.db, requestOf(ctx).scope, r.Number)
	if err != nil {
		return nil, err
	}
	draft := delivery.Draft{Formal: value(r.Params.Formal, false), Characters: value(r.Params.Characters, 0)}
	if size := value(r.Params.Bytes, 0); size > 0 {
		draft.Attachments = []ticket.NewAttachment{{Size: size}}
	}
	if r.Params.ChannelID != nil {
		if draft.Target, err = h.over(ctx, h.db, t, *r.Params.ChannelID, draft); err != nil {
			return nil, err
		}
	}
	p, err := h.composer.Preview(ctx, h.db, t, draft)
	if err != nil {
		return nil, err
	}
	answer, err := h.show.choice(ctx, p)
	if err != nil {
		return nil, err
	}
	return api.GetDeliveryChoice200JSONResponse(answer), nil
}
