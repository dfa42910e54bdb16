package email

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/emersion/go-imap/v2"

	"sportello.dev/plugins-sdk/channel"
)

// maxChoices bounds how many folders an administrator is offered.
const maxChoices = 200

// noFolder is a folder that does not open, with those that there are.
type noFolder struct {
	error

	pointer string
	there   []string
}

func (e noFolder) Unwrap() error { return e.error }

// folders opens each folder that is to be read, and lists what there is to
// choose from.
func (t *trial) folders(ctx context.Context, s *imapSession) (outcome, error) {
	there, _, err := s.list(ctx)
	if err != nil {
		return outcome{}, err
	}
	for _, folder := range t.config.IMAP.Folders {
		if _, err := s.selectFolder(ctx, folder, true); err != nil {
			return outcome{}, noFolder{error: err, pointer: "/imap/folders", there: there}
		}
	}
	opened := listed(t.config.IMAP.Folders)
	good := outcome{it: "Si aprono: " + opened + ".", en: "They open: " + opened + ".", choices: there}
	switch {
	case t.config.IMAP.AfterAck == afterMove && !contains(there, t.config.IMAP.MoveTo):
		good.warning, good.pointer, good.code = true, "/imap/move_to", "imap.move_to"
		good.it += " La cartella " + t.config.IMAP.MoveTo + " non c'è ancora: verrà creata."
		good.en += " Folder " + t.config.IMAP.MoveTo + " is not there yet: it will be made."
	case !s.canIdle():
		good.warning, good.code = true, "imap.idle"
		good.it += " Il server non avvisa dei nuovi messaggi: vengono cercati ogni 15 secondi."
		good.en += " The server does not tell of new messages: they are looked for every 15 seconds."
	case t.config.IMAP.AfterAck == afterMove && !s.caps.Has(imap.CapMove) && !s.caps.Has(imap.CapUIDPlus),
		t.config.IMAP.AfterAck == afterDelete && !s.caps.Has(imap.CapUIDPlus):
		good.warning, good.pointer, good.code = true, "/imap/after_ack", "imap.move"
		good.it += " Il server non sa spostare o eliminare singoli messaggi: vengono soltanto segnati come eliminati."
		good.en += " The server cannot move or delete single messages: they are only marked as deleted."
	}
	return good, nil
}

// sent looks at the folder of sent mail, or finds out which one it is.
func (t *trial) sent(ctx context.Context, s *imapSession) (outcome, error) {
	there, special, err := s.list(ctx)
	if err != nil {
		return outcome{}, err
	}
	if folder := t.config.IMAP.SentFolder; folder != "" {
		if _, err := s.selectFolder(ctx, folder, true); err != nil {
			return outcome{}, noFolder{error: err, pointer: "/imap/sent_folder", there: there}
		}
		return outcome{it: "La cartella " + folder + " si apre.", en: "Folder " + folder + " opens."}, nil
	}
	if special == "" {
		return outcome{
			it: "Nessuna cartella indicata: gli invii incerti restano da decidere a mano.",
			en: "No folder given: uncertain sends are left to a person.", choices: there,
		}, nil
	}
	return outcome{
		warning: true, choices: []string{special},
		it:       fmt.Sprintf("Il server tiene la posta inviata in «%s», ma la casella non lo sa.", special),
		en:       fmt.Sprintf("The server keeps sent mail in “%s”, but the mailbox does not know it.", special),
		remedyIT: "Se il server vi copia da solo ciò che si invia, indicarla: serve a chiarire gli invii incerti.",
		remedyEN: "If the server files copies of what is sent there by itself, name it: it settles uncertain sends.",
	}, nil
}

// list names the folders that can be opened, and the one of sent mail where
// the server marks it.
func (s *imapSession) list(ctx context.Context) (names []string, sent string, err error) {
	defer guard(ctx, commandTimeout, s.conn)()
	options := &imap.ListOptions{}
	if s.caps.Has(imap.CapSpecialUse) {
		options.ReturnSpecialUse = true
	}
	found, err := s.client.List("", "*", options).Collect()
	var refused *imap.Error
	if errors.As(err, &refused) && options.ReturnSpecialUse {
		found, err = s.client.List("", "*", nil).Collect()
	}
	if err != nil {
		return nil, "", connectionFailure(err)
	}
	for _, folder := range found {
		if slices.Contains(folder.Attrs, imap.MailboxAttrNoSelect) || slices.Contains(folder.Attrs, imap.MailboxAttrNonExistent) {
			continue
		}
		if slices.Contains(folder.Attrs, imap.MailboxAttrSent) && sent == "" {
			sent = folder.Mailbox
		}
		if len(names) < maxChoices {
			names = append(names, channel.OneLine(folder.Mailbox))
		}
	}
	slices.Sort(names)
	return names, sent, nil
}

// ignoreMissing lets a folder that does not exist pass.
func ignoreMissing(err error) error {
	if channel.AsFailure(err).Class == channel.FailureConfig {
		return nil
	}
	return err
}
