package email

import (
	"context"

	"github.com/emersion/go-imap/v2"

	"sportello.dev/plugins-sdk/channel"
)

// Lookup searches the folder of sent mail for the Message-ID. Finding it is
// proof. Not finding it is none: servers file their copies when they please.
func (m *Mailbox) Lookup(ctx context.Context, query channel.Query) (channel.Finding, error) {
	id := bare(query.Thread.MessageID)
	if id == "" {
		return channel.Finding{Verdict: channel.VerdictUnknown}, nil
	}
	s, err := m.openIMAP(ctx)
	if err != nil {
		return channel.Finding{}, err
	}
	defer s.close()
	if _, err := s.selectFolder(ctx, m.config.IMAP.SentFolder, true); err != nil {
		return channel.Finding{}, err
	}
	found, err := s.search(ctx, 1, 0, imap.SearchCriteria{
		Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: id}},
	})
	if err != nil {
		return channel.Finding{}, err
	}
	if len(found) == 0 {
		return channel.Finding{Verdict: channel.VerdictUnknown}, nil
	}
	results := channel.Results{}
	for _, r := range query.Recipients {
		results[r.DeliveryID] = channel.Result{Accepted: &channel.Accepted{
			State:       channel.DeliveryAccepted,
			ExternalIDs: []channel.ExternalID{{Kind: idMessage, Value: bracketed(id), Issuer: channel.IssuerHub}},
		}}
	}
	return channel.Finding{Verdict: channel.VerdictFound, Results: results}, nil
}
