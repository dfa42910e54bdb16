package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/letter"
	"sportello.dev/hub/internal/ticket"
)

// GetMessageHTML shows a message's HTML as a page for a sandboxed frame.
func (h messageRoutes) GetMessageHTML(ctx context.Context, r api.GetMessageHTMLRequestObject) (api.GetMessageHTMLResponseObject, error) {
	m, err := h.formatted(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	away := value(r.Params.Images, api.GetMessageHTMLParamsImagesOwn) == api.GetMessageHTMLParamsImagesAll
	o := letter.Options{Images: h.pictures(m), Width: value(r.Params.Width, 0), Words: pageWords(value(r.Params.Lang, api.GetMessageHTMLParamsLangIt))}
	if away {
		o.Remote = h.links.remotePath
	}
	return messagePage{
		body: letter.Show(m.HTML, o).HTML, origin: requestOf(ctx).origin, away: away,
		dark: value(r.Params.Theme, api.GetMessageHTMLParamsThemeLight) == api.GetMessageHTMLParamsThemeDark,
	}, nil
}

// GetMessageContents tells what the page of a message holds and would fetch.
func (h messageRoutes) GetMessageContents(ctx context.Context, r api.GetMessageContentsRequestObject) (api.GetMessageContentsResponseObject, error) {
	m, err := h.formatted(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	page := letter.Show(m.HTML, letter.Options{Images: h.pictures(m), Width: value(r.Params.Width, 0)})
	answer := api.GetMessageContents200JSONResponse{
		Height: page.Height, Links: []api.MessageLink{},
		Remote: api.RemoteContents{
			Pictures: page.Remote.Pictures, Trackers: page.Remote.Trackers, Backgrounds: page.Remote.Backgrounds,
			Hosts: append([]string{}, page.Remote.Hosts...),
		},
	}
	for _, l := range page.Links {
		answer.Links = append(answer.Links, api.MessageLink{Text: l.Text, URL: l.Address, Host: l.Host, Pretends: l.Pretends})
	}
	return answer, nil
}

// formatted is a message that has HTML.
func (h messageRoutes) formatted(ctx context.Context, which api.ID) (*ticket.Message, error) {
	m, err := h.tickets.Message(ctx, h.db, requestOf(ctx).scope, id.Message{UUID: which})
	if err != nil {
		return nil, err
	}
	if m.HTML == "" {
		return nil, fault.NotFound("the message has no HTML")
	}
	return m, nil
}

// pictures are the signed addresses of a message's own pictures, by Content-ID.
func (h messageRoutes) pictures(m *ticket.Message) map[string]string {
	images := map[string]string{}
	for _, f := range m.Attachments {
		if f.ContentID != "" && showable(f.MediaType) {
			images[strings.ToLower(strings.Trim(f.ContentID, "<>"))] = h.links.path(f.ID)
		}
	}
	return images
}

func pageWords(lang api.GetMessageHTMLParamsLang) letter.Words {
	if lang == api.GetMessageHTMLParamsLangEn {
		return letter.Words{Quoted: "Quoted text", LeadsTo: "leads to"}
	}
	return letter.Words{Quoted: "Testo citato", LeadsTo: "porta a"}
}

// messagePage is a page for a sandboxed frame.
type messagePage struct {
	body   string
	origin string
	dark   bool
	// away lets pictures be fetched through the hub.
	away bool
}

// Styles of the page. Letters are made for white paper: in the dark theme all colours are turned round, which keeps
// every contrast and hue the writer chose, and pictures are turned back.
const (
	pageStyle = `html{overflow-wrap:anywhere;background:#fff}body{margin:0;padding:12px;font:15px/1.5 system-ui,sans-serif;color:#1b2430}` +
		`img{max-width:100%;height:auto}table,div{max-width:100%!important;min-width:0!important}pre{white-space:pre-wrap}` +
		`blockquote{margin:.5em 0;padding-left:.8em;border-left:3px solid #c5ccd4;color:#4d5864}a{color:#0b5c8e}` +
		`.MsoNormal,.MsoListParagraph,.MsoPlainText,.MsoNoSpacing{margin:0}` +
		`.host,.picture{font:12px/1.4 system-ui,sans-serif!important;letter-spacing:0!important;text-transform:none!important;border-radius:3px}` +
		`.host{margin-left:.35em;padding:0 .3em;background:#eef1f4;color:#4d5864!important;font-weight:400!important}` +
		`.false{background:#fdecea;color:#9a1b12!important}.pretends{text-decoration:underline dotted #9a1b12}` +
		`.picture{display:inline-block;min-width:24px;min-height:18px;padding:2px 8px;border:1px dashed #8a949e;background:#f6f7f9;color:#4d5864}` +
		`summary{width:max-content;margin:.6em 0;padding:0 .6em;border-radius:4px;background:#e9edf0;color:#4d5864;font:12px/22px system-ui,sans-serif;cursor:pointer}`
	pageDarker = `html{filter:invert(.9) hue-rotate(180deg)}img{filter:invert(1) hue-rotate(180deg)}`
)

// VisitGetMessageHTMLResponse sends the page. The policy names the images'
// address in full, because a frame without an origin has no "self".
func (m messagePage) VisitGetMessageHTMLResponse(w http.ResponseWriter) error {
	style := pageStyle
	if m.dark {
		style += pageDarker
	}
	images := m.origin + basePath + "/attachments/"
	if m.away {
		images += " " + m.origin + basePath + "/pictures"
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; img-src "+images+"; style-src 'unsafe-inline'; base-uri 'none'; "+
		"form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Cache-Control", "private, no-store")
	w.WriteHeader(http.StatusOK)
	_, err := fmt.Fprintf(w, "<!doctype html><html><head><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\">"+
		"<title>Sportello</title><style>%s</style></head><body>%s</body></html>", style, m.body)
	return err
}
