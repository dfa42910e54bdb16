package delivery

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/ticket"
)

// trackingPage is the address of the page on which citizens follow a ticket, empty where no channel has one.
func (c *Composer) trackingPage(ctx context.Context, tx pgx.Tx) (string, error) {
	if c.publicURL == "" {
		return "", nil
	}
	channels, err := c.channels.List(ctx, tx)
	if err != nil {
		return "", fmt.Errorf("listing channels: %w", err)
	}
	for _, ch := range channels {
		if ch.Wanted() && ch.Ability.TrackingPath != "" && ch.Ability.Can(channel.HTTP) {
			return strings.TrimSuffix(c.publicURL, "/") + "/c/" + ch.Adapter + "/" + ch.Slug + "/" + ch.Ability.TrackingPath, nil
		}
	}
	return "", nil
}

// trackingLink opens the page of a ticket. The mark stands for the secret, as everywhere in an acknowledgement.
func trackingLink(page string, n ticket.Number) string {
	return page + "?n=" + url.QueryEscape(string(n)) + "&s=" + secretMark
}

// oneText is how many characters one text message holds.
const oneText = 160

var (
	followLines = map[string]string{
		"it": "\nPer seguirla sul sito: %s",
		"en": "\nTo follow it on our site: %s",
	}
	shortFollowed = map[string]string{
		"it": "%s: ricevuta la richiesta %s. Link riservato: %s",
		"en": "%s: received request %s. Private link: %s",
	}
)

// followable puts the link into the text of an acknowledgement: beside the code in a letter, in its place in a text
// message, if that stays one.
func followable(a *Acknowledgement, text, page, town string) string {
	if page == "" {
		return text
	}
	language := a.Ticket.Language
	if _, ok := followLines[language]; !ok {
		language = "it"
	}
	link := trackingLink(page, a.Ticket.Number)
	if !telephone(a.To.Kind) {
		return strings.Replace(text, secretMark, secretMark+fmt.Sprintf(followLines[language], link), 1)
	}
	if short := fmt.Sprintf(shortFollowed[language], town, a.Ticket.Number, link); utf8.RuneCountInString(short) <= oneText {
		return short
	}
	return text
}
