package mime

import (
	"fmt"
	"strings"

	"sportello.dev/adapters/internal/rtf"
	"sportello.dev/adapters/internal/tnef"
)

// isTNEF knows winmail.dat by its type and, where that was lost, by its name.
func isTNEF(e entity) bool {
	switch e.contentType.value {
	case "application/ms-tnef", "application/vnd.ms-tnef":
		return true
	}
	return strings.EqualFold(e.fileName(), "winmail.dat")
}

// openTNEF puts what Outlook packed in place of the package, and tells whether
// it could: a package that is not whole stays an attachment.
func (w *walker) openTNEF(e entity, content []byte) (opened bool, err error) {
	if w.nested >= openDepth || w.openedBytes+len(content) > openTotal {
		return false, nil
	}
	m, err := tnef.Decode(content, windowsText)
	if err != nil {
		return false, nil //nolint:nilerr // it is no container
	}
	return true, w.addTNEF(e, m)
}

func (w *walker) addTNEF(e entity, m *tnef.Message) error {
	switch {
	case !w.body.empty():
	case m.Text != "" || m.HTML != "":
		if m.HTML != "" {
			w.body.addHTML(cut(cleanText(m.HTML), w.limits.TextBytes))
		}
		if m.Text != "" {
			w.body.addPlain(cut(cleanText(m.Text), w.limits.TextBytes))
		}
	case w.addRTF(m.RTF):
	case len(m.RTF) > 0:
		if err := w.attachInner(e, "messaggio.rtf", "application/rtf", "", m.RTF); err != nil {
			return err
		}
	}
	return w.addTNEFFiles(e, m)
}

// addRTF shows what Rich Text says, and tells whether it says anything.
func (w *walker) addRTF(b []byte) bool {
	text, isHTML := rtf.Text(b, windowsText)
	text = cut(cleanText(text), w.limits.TextBytes)
	if strings.TrimSpace(text) == "" {
		return false
	}
	if isHTML {
		w.body.addHTML(text)
	} else {
		w.body.addPlain(text)
	}
	return true
}

func (w *walker) addTNEFFiles(e entity, m *tnef.Message) error {
	for _, f := range m.Files {
		if f.Message != nil {
			if err := w.addEnclosedTNEF(e, f); err != nil {
				return err
			}
			continue
		}
		if err := w.attachInner(e, f.Name, f.MediaType, f.ContentID, f.Content); err != nil {
			return err
		}
	}
	return nil
}

// addEnclosedTNEF shows a message that Outlook attached to a message.
func (w *walker) addEnclosedTNEF(e entity, f tnef.File) error {
	text := textOfTNEF(f.Message)
	text = fmt.Sprintf("---------- Messaggio allegato ----------\nOggetto: %s\n\n%s", cleanLine(f.Message.Subject), cut(cleanText(text), enclosedText))
	if w.enclosedBytes+len(text) <= enclosedTotal {
		w.enclosedBytes += len(text)
		w.body.addBelow(text)
	}
	return w.addTNEFFiles(e, f.Message)
}

// textOfTNEF is a message as text, whatever form Outlook gave it.
func textOfTNEF(m *tnef.Message) string {
	markup := m.HTML
	if m.Text == "" && markup == "" {
		text, isHTML := rtf.Text(m.RTF, windowsText)
		if !isHTML {
			return text
		}
		markup = text
	}
	if m.Text == "" && markup != "" {
		return TextFromHTML(cut(cleanText(markup), enclosedText))
	}
	return m.Text
}

// windowsText reads bytes in a Windows code page.
func windowsText(b []byte, codePage int) string {
	label := ""
	switch codePage {
	case 0:
	case 65001:
		label = "utf-8"
	case 932:
		label = "shift_jis"
	case 936:
		label = "gbk"
	default:
		label = fmt.Sprintf("windows-%d", codePage)
	}
	text, _ := toUTF8(b, label)
	return text
}

func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}
